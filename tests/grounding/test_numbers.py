"""What is read as a number of a claim, and which spellings are the same number."""

from __future__ import annotations

import pytest

from rag.grounding.numbers import number_faults


def read(text: str) -> list[str]:
    """The numbers of a text, as a claim without a source is told about them."""
    return [fault.split(" is not")[0] for fault in number_faults(text, "", "")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("2.62x faster", ["2.62times"], id="a decimal with x"),
        pytest.param("1,500 clips", ["1500"], id="a comma"),
        pytest.param("10-fold", ["10times"], id="a hyphen"),
        pytest.param("5 million hours", ["5e+06hours"], id="a scale and a unit"),
        pytest.param("by 3.", ["3"], id="a full stop"),
        pytest.param("V2", ["V2"], id="a name"),
        pytest.param("Kinetics-400", ["Kinetics-400"], id="a name with a hyphen"),
        pytest.param("v1.2", ["v1.2"], id="a version"),
        pytest.param("no number", [], id="words"),
    ],
)
def test_quantities(text: str, found: list[str]) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("(1) we ask", [], id="brackets"),
        pytest.param("so 12) we ask", [], id="one bracket"),
        pytest.param("in v1) we ask", ["v1"], id="a name"),
        pytest.param("by 3.5) we ask", ["3.5"], id="a decimal"),
        pytest.param("in (123) we ask", ["123"], id="three digits"),
        pytest.param("(3)-fold", ["3"], id="no space behind"),
    ],
)
def test_enumerators_are_no_quantities(text: str, found: list[str]) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    ("claim", "source", "is_same"),
    [
        pytest.param("M3ViT", "M^{3}ViT", True, id="LaTeX"),
        pytest.param("10 FPS", "10 frames/s", True, id="frames/s"),
        pytest.param("8 and 16 pixels", "8×16 pixels", True, id="a size"),
        pytest.param("3 to 4", r"3\sim4", True, id="a range"),
        pytest.param("10 times", "an order of magnitude", True, id="order of magnitude"),
        pytest.param("10 FPS", "10 frames/section", False, id="frames/section"),
        pytest.param("10 times", "two orders of magnitude", False, id="orders of magnitude"),
        pytest.param("5 hours", "5 per cent", False, id="per cent"),
    ],
)
def test_spellings(claim: str, source: str, is_same: bool) -> None:
    assert (not list(number_faults(claim, source, ""))) is is_same


@pytest.mark.parametrize(
    ("claim", "is_near"),
    [
        pytest.param("It has about 2,500.", True, id="about"),
        pytest.param("It has fewer than 2,600.", True, id="fewer than"),
        pytest.param("It has ~2,500.", True, id="a tilde"),
        pytest.param("It has exactly 2,500.", False, id="exactly"),
        pytest.param("It is about the 2,500.", False, id="a word between"),
        pytest.param("It has 2,500, about.", False, id="behind"),
        pytest.param("It has about 2,000.", False, id="too far off"),
    ],
)
def test_a_hedge_allows_a_number_that_is_near(claim: str, is_near: bool) -> None:
    assert (not list(number_faults(claim, "It has 2,543.", ""))) is is_near


TWO = "It achieves 90.0% on K400 and 89.9% on K600, by up to 4% and over two million videos."


@pytest.mark.parametrize(
    ("claim", "fault"),
    [
        ("It achieves 89.9% on K400.", "89.9% is of another name"),
        ("It achieves 90.0% on K600 and 89.9% on K400.", "90% is of another name"),
        ("It achieves 90.0% on K400.", ""),
        ("On K600 it has 89.9%.", ""),
        ("It gains at least 4%.", "4% is bounded the other way"),
        ("It gains at most 4%.", ""),
        ("Fewer than two million videos are used.", "2e+06 is bounded the other way"),
        ("More than two million videos are used.", ""),
        ("There are a million videos.", "1e+06 is not in"),
    ],
)
def test_figures_belong_to_names_and_have_their_bounds(claim: str, fault: str) -> None:
    found = list(number_faults(claim, TWO, ""))
    assert (fault in found[0]) if fault else not found, found
