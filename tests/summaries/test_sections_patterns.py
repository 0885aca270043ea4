"""The lines of an outline that a model writes."""

from __future__ import annotations

import pytest

from rag.summaries.sections import _themes


@pytest.mark.parametrize(
    ("line", "is_theme"),
    [
        pytest.param("THEME: corals | P1", True, id="plain"),
        pytest.param("## theme 12 corals | P1", True, id="a heading with a number"),
        pytest.param("2. **Theme** corals | P1", True, id="a list"),
        pytest.param("Themes: corals | P1", False, id="a longer word"),
        pytest.param("The theme: corals | P1", False, id="a word before"),
        pytest.param("123. THEME: corals | P1", False, id="three digits"),
        pytest.param("2 THEME: corals | P1", False, id="a number without its mark"),
    ],
)
def test_a_theme_is_told_by_its_mark(line: str, is_theme: bool) -> None:
    themes, prose = _themes(line, 5)
    assert [theme.label for theme in themes] == (["corals"] if is_theme else [])
    assert prose == ("" if is_theme else line)


@pytest.mark.parametrize(
    ("rest", "label"),
    [
        pytest.param("corals p 3", "corals", id="a space"),
        pytest.param("corals P-1 | P3", "corals P-1", id="a hyphen"),
        pytest.param("GP1 of corals | P3", "GP1 of corals", id="part of a word"),
        pytest.param("SAM 2 | P3", "SAM 2", id="a number"),
    ],
)
def test_the_label_ends_at_the_first_id(rest: str, label: str) -> None:
    ((theme,), _) = _themes(f"THEME: {rest}", 5)
    assert (theme.label, theme.places) == (label, (2,))
