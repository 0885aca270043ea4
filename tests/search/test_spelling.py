"""A misspelt name is read as the one it is like; what may be another is only asked back."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from rag import Assistant, Settings
from rag.search import Spelling

NAMES = (
    "VideoMAE",
    "EfficientTAM",
    "UniFormerV2",
    "UniFormerV3",
    "TinyViT",
    "CoralNet",
    "CoralBet",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("spelling")
    rows = [
        {"title": f"{name}: A Method", "abstract": f"We propose {name}. EfficientTAMs are fast."}
        for name in NAMES
    ]
    (folder / "papers.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with Assistant.open(Settings(home=folder / "library", seeds="")) as assistant:
        assistant.ingest(folder / "papers.jsonl")
        yield assistant


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("VideMAE", "VideoMAE"),  # left out
        ("VideooMAE", "VideoMAE"),  # doubled
        ("VidoeMAE", "VideoMAE"),  # changed places
        ("VIDEMAE", "VideoMAE"),
        ("EfficentTAM", "EfficientTAM"),  # not the plural
        ("UnifromerV2", "UniFormerV2"),  # not V3
        ("VideoMAE", "VideoMAE"),
        ("VideoGPT", "VideoGPT"),  # too far
        ("UniFormerV4", "UniFormerV4"),  # another figure is another name
        ("TinyVit2", "TinyVit2"),
        ("TnyViT", "TinyViT"),
        ("ViTa", "ViTa"),  # too short
        ("KideoMAE", "KideoMAE"),  # begins otherwise
    ],
)
def test_a_slip_is_put_right(library: Assistant, written: str, read: str) -> None:
    spelling = Spelling(library.library, library._parts.lexicon)
    found = spelling.read(f"How fast is {written}, on TinyViT's data?")
    assert found.text == f"How fast is {read}, on TinyViT's data?"
    assert found.offers == ()


@pytest.mark.parametrize(
    ("written", "offers"),
    [
        ("VideoMAC", ("VideoMAE",)),  # may be a name of its own
        ("CoralNett", ("CoralNet",)),
        ("CoralMet", ("CoralNet", "CoralBet")),
    ],
)
def test_what_is_not_clear_is_asked_back(
    library: Assistant, written: str, offers: tuple[str, ...]
) -> None:
    spelling = Spelling(library.library, library._parts.lexicon)
    found = spelling.read(f"What is {written}?")
    if len(written) == len(offers[0]):
        assert found.text == f"What is {written}?"
        assert set(found.offers) == {f"What is {one}?" for one in offers}
    else:
        assert found.text == f"What is {offers[0]}?"


def test_an_answer_says_what_was_read_or_asks_back(library: Assistant) -> None:
    answer = library.ask("What does VideMAE propose?")
    assert answer.read_as == "What does VideoMAE propose?"
    assert "We propose VideoMAE" in answer.text
    assert library.ask("What does VideMAE propose?", without=["reading"]).read_as == ""
    answer = library.ask("What does VideoMAC propose?")
    assert answer.read_as == ""
    assert answer.follow_ups[0] == "What does VideoMAE propose?"
    assert "Did you mean: What does VideoMAE propose?" in answer.notice
