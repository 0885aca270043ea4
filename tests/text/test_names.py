"""One table of what is a name, what a figure, and what a title calls its work."""

from __future__ import annotations

import pytest

from rag.text.names import (
    has_figure,
    hyphenated_names,
    is_name,
    names_in,
    short_title,
    title_name,
    title_parts,
)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        pytest.param("ViT", True, id="a capital inside"),
        pytest.param("GPT", True, id="capitals"),
        pytest.param("K400", True, id="a digit behind a letter"),
        pytest.param("X3D", True, id="a digit and a capital"),
        pytest.param("WebVid-2M", True, id="hyphen and count"),
        pytest.param("Text-to-Video", True, id="capitals behind hyphens"),
        pytest.param("pre-LN", True, id="only the end"),
        pytest.param("3D-LLM", True, id="begins with a dimension"),
        pytest.param("8x7B", True, id="a number of experts"),
        pytest.param("Qwen2.5-VL", True, id="a dot between digits"),
        pytest.param("ÜberNet", True, id="letters beyond ASCII"),
        pytest.param("Video", False, id="only the first letter"),
        pytest.param("pre-training", False, id="hyphen alone"),
        pytest.param("3D", False, id="a dimension"),
        pytest.param("8-bit", False, id="a figure with its unit"),
        pytest.param("4K", False, id="a size"),
        pytest.param("224x224", False, id="width and height"),
        pytest.param("2024", False, id="a number"),
        pytest.param("-", False, id="no letter"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_names(token: str, expected: bool) -> None:
    assert is_name(token) is expected


@pytest.mark.parametrize(
    ("text", "names", "with_capitals"),
    [
        pytest.param("How does ViT-B/16 see?", ["ViT-B"], ["ViT-B"], id="a slash parts"),
        pytest.param(
            "Is Qwen2.5-VL good?", ["Qwen2.5-VL"], ["Qwen2.5-VL"], id="a dot joins digits"
        ),
        pytest.param("new methods.Our SAM", ["SAM"], ["SAM"], id="a missing space joins nothing"),
        pytest.param(
            "What does Segment Anything do?", [], ["Segment", "Anything"], id="plain words"
        ),
        pytest.param("Thanks. What about it?", [], [], id="a second sentence begins"),
        pytest.param("Unrelated: Which ones?", [], [], id="behind a colon"),
        pytest.param("the “Swin” model", [], ["Swin"], id="in quotes"),
        pytest.param("SAM and SAM again", ["SAM", "SAM"], ["SAM", "SAM"], id="repeated"),
    ],
)
def test_names_in_a_text(text: str, names: list[str], with_capitals: list[str]) -> None:
    assert names_in(text) == names
    assert names_in(text, capitalised=True) == with_capitals


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("WebVid-2M and ViT-B", ["WebVid-2M", "ViT-B"], id="names"),
        # Wider than is_name, and meant so: a phrase of common words is found where they stand.
        pytest.param("Pre-training in 8-bit", ["Pre-training", "8-bit"], id="wider than names"),
        pytest.param("pre-training", [], id="no capital, no digit"),
        pytest.param("SAM 2", [], id="no hyphen"),
    ],
)
def test_hyphenated_names(text: str, found: list[str]) -> None:
    assert list(hyphenated_names(text)) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("gains 3 percent", True, id="a count"),
        pytest.param("(12 hours)", True, id="in brackets"),
        pytest.param("0.3 dB", True, id="a fraction"),
        pytest.param("on LVD-2M", False, id="inside a hyphenated name"),
        pytest.param("with ViT-B/16", False, id="behind a slash"),
        pytest.param("VideoMAE V2", False, id="a version"),
        pytest.param("no number", False, id="none"),
    ],
)
def test_figures(text: str, expected: bool) -> None:
    assert has_figure(text) is expected


LONG = "A title that goes on for rather more than forty characters"


@pytest.mark.parametrize(
    ("title", "parts", "name"),
    [
        pytest.param(
            "CheapNet: Merging tokens", ("CheapNet", "Merging tokens"), "CheapNet", id="name"
        ),
        pytest.param("SAM 2: Segment", ("SAM 2", "Segment"), "SAM 2", id="a version"),
        pytest.param("VideoMAE V2: Scaling", ("VideoMAE V2", "Scaling"), "VideoMAE V2", id="V2"),
        pytest.param("VIOLET : End-to-End", ("VIOLET", "End-to-End"), "VIOLET", id="space before"),
        pytest.param("SAM2:Segment", ("SAM2", "Segment"), "SAM2", id="no space behind a name"),
        pytest.param("M$^{3}$ViT: Mixture", ("M$^{3}$ViT", "Mixture"), "M$^{3}$ViT", id="LaTeX"),
        # Several words head a row of a table, but make no question ("What does … propose?").
        pytest.param("Masked tokens: a survey", ("Masked tokens", "a survey"), "", id="two words"),
        pytest.param("Mixing at 3:1 and more", ("", "Mixing at 3:1 and more"), "", id="a ratio"),
        pytest.param("Merging tokens", ("", "Merging tokens"), "", id="no colon"),
        pytest.param("http://x.org", ("", "http://x.org"), "", id="an address"),
        pytest.param(f"{LONG}: tail", ("", f"{LONG}: tail"), "", id="too long"),
        pytest.param("Name:", ("", "Name:"), "", id="nothing behind"),
    ],
)
def test_titles(title: str, parts: tuple[str, str], name: str) -> None:
    assert title_parts(title) == parts
    assert title_name(title) == name
    assert short_title(title) == (parts[0] or title)
