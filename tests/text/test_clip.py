"""Enumerations clipped to what matters."""

from __future__ import annotations

import pytest

from rag.text.clip import clipped

HEAD = "We solve the many hard problems of growing corals in warm seas with these parts, including"
FIRST = "(1) a reordering of all the water that flows through every tank of the whole house;"
LONG = (
    f"{HEAD} {FIRST} "
    "(2) a fast softmax of one pass; (3) a cheap way to count how many corals have grown; and "
    "(4) a unit that all of the tanks share."
)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"softmax"}, f"{HEAD} … (2) a fast softmax of one pass …"),
        (
            {"water", "softmax"},
            f"{HEAD} {FIRST} (2) a fast softmax of one pass …",
        ),
        ({"unit"}, f"{HEAD} … (4) a unit that all of the tanks share."),
        ({"whale"}, f"{HEAD} …"),
        ({"fast", "cheap", "unit", "reorder"}, LONG),
    ],
)
def test_items_that_matter(wanted: set[str], expected: str) -> None:
    assert clipped(LONG, wanted) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("(1) a softmax; (2) a unit; (3) water.", id="short"),
        pytest.param(f"{LONG.partition('(3)')[0]}{'very ' * 30}much.", id="two items"),
        pytest.param(f"{'very ' * 80}much softmax.", id="no items"),
    ],
)
def test_what_is_shown_whole(sentence: str) -> None:
    assert clipped(sentence, {"softmax"}) == sentence
