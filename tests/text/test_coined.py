"""What a paper calls its own work."""

from __future__ import annotations

import pytest

from rag.text.coined import label, mention, own_names, plain_name


@pytest.mark.parametrize(
    ("abstract", "names"),
    [
        ("We propose I-ViT, an integer-only scheme.", ["I-ViT"]),
        ("We introduce the LLM4VG benchmark.", ["LLM4VG"]),
        ("Our method, dubbed PACE, explains.", ["PACE"]),
        ('A model named "Shiftmax" is fast.', ["Shiftmax"]),
        ("We propose a vectorized timestep model (VTM).", ["VTM"]),
        ("We have developed a pruning method (DIMAP) for corals.", ["DIMAP"]),
        ("This paper presents a global network (GC ViT).", ["GC ViT"]),
        ("It is termed Denoising Vision Transformers (DVT).", ["DVT"]),
        ("We investigate limits and introduce a score, the Text Score (T2VScore).", ["T2VScore"]),
        ("In this work, DiST is proposed.", ["DiST"]),
        ("We build EfficientTAMs. We propose EfficientTAMs for phones.", ["EfficientTAM"]),
        ("We propose Dynamic Hybrid Networks for all.", []),
        ("We present a new model. CLIP is used.", []),
        ("They propose ReefNet. This is old.", []),
    ],
)
def test_coined_names(abstract: str, names: list[str]) -> None:
    assert own_names("On corals", abstract) == tuple(names)


def test_the_name_in_the_title_comes_first() -> None:
    assert own_names("ReefNet: Corals", "We release CoralSet, a data set.") == (
        "ReefNet",
        "CoralSet",
    )
    assert own_names("Model soups: averaging", "") == ("Model soups",)


@pytest.mark.parametrize(
    ("title", "abstract", "expected"),
    [
        ("ReefNet: Corals", "", "ReefNet"),
        ("Corals seen anew", "We propose DiST. DiST grows.", "DiST"),
        ("Corals seen anew", "We propose DiST.", "Corals seen anew"),  # once is by the way
        ("Step-T2V Technical Report: Corals", "We present Step-T2V. Step-T2V grows.", "Step-T2V"),
        ("Model soups: averaging", "", "Model soups"),
        ("Corals seen anew", "", "Corals seen anew"),
    ],
)
def test_labels(title: str, abstract: str, expected: str) -> None:
    assert label(title, abstract) == expected


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("VideoMAE", "How does VideoMAE work?", True),
        ("VideoMAE", "How does videomae work?", True),
        ("VideoMAE", "How does VideoMAE V2 work?", False),
        ("VideoMAE", "How does VideoMAE-V2 work?", False),
        ("UniFormer", "Explain UniFormerV2", False),
        ("ViTamin", "How big is ViTamin-L?", True),
        ("EfficientTAM", "Are EfficientTAMs small?", True),
        ("Tarsier", "What is Tarsier?", True),
        ("Tarsier", "What does a tarsier eat?", False),
        ("STREAM", "a stream of data", False),
        ("M²UGen", "What is M2UGen?", True),
        ("Model soups", "How do model soups work?", True),
    ],
)
def test_mentions(name: str, text: str, found: bool) -> None:
    assert bool(mention(name, text)) is found


def test_a_mention_is_where_it_stands() -> None:
    assert mention("ReefNet", "Does ReefNet grow?") == (5, 12)


def test_names_are_compared_as_they_are_read() -> None:
    assert plain_name("M$^{2}$UGen") == plain_name("m2ugen")
