"""The names in a claim, and whether papers speak of them."""

from __future__ import annotations

import pytest

from rag.grounding.subjects import absent_names, names_of, same_name

TEXT = (
    "VideoMAE V2: Scaling Masked Autoencoders\nVision transformers are tested on Kinetics-400 and "
    "ImageNet-1K. Post-training quantization of Text-to-Video models needs GPUs."
)


@pytest.mark.parametrize(
    ("claim", "names"),
    [
        ("VideoMAE V2 scales.", ["VideoMAE", "V2"]),
        ("Tarsier describes videos.", ["Tarsier"]),
        ("The masks are dual.", []),
        ("However, masks are dual.", []),
        ("On Kinetics-400 it scales.", ["Kinetics-400"]),
        ("Results of Müller are cited.", ["Müller"]),
    ],
)
def test_the_names_of_a_claim(claim: str, names: list[str]) -> None:
    assert list(names_of(claim)) == names


@pytest.mark.parametrize(
    ("claim", "absent"),
    [
        pytest.param("VideoMAE V2 scales.", [], id="there"),
        pytest.param("VideoMAE-V2 scales.", [], id="with a hyphen"),
        pytest.param("It needs a GPU.", [], id="in the singular"),
        pytest.param("ViTs are tested.", [], id="as words"),
        pytest.param("It is about PTQ.", [], id="as words with a hyphen"),
        pytest.param("T2V models are quantised.", [], id="2 for to"),
        pytest.param("It is tested on K400.", [], id="a short form"),
        pytest.param("It is tested on IN1K.", [], id="a short form with a letter"),
        pytest.param("It uses text-to-video.", [], id="in small letters"),
        pytest.param("VideoMAE V3 scales.", ["V3"], id="another number"),
        pytest.param("DiST scales.", ["DiST"], id="another name"),
        pytest.param("Tarsier scales.", ["Tarsier"], id="another name, at the start"),
        pytest.param("It beats SAM and K600.", ["SAM", "K600"], id="two"),
        pytest.param("The VMT is fast.", ["VMT"], id="initials of words that stand apart"),
    ],
)
def test_what_papers_do_not_speak_of(claim: str, absent: list[str]) -> None:
    assert absent_names(claim, TEXT) == absent


def test_one_name_in_two_spellings() -> None:
    assert same_name("VideoMAE-V2", "VideoMAE V2")
    assert same_name("ViTs", "ViT")
    assert not same_name("VideoMAE", "VideoMAE V2")
    assert not same_name("", "")
