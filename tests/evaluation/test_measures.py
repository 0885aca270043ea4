"""Ranking measures on rankings made by hand."""

from __future__ import annotations

import math
import sys

import pytest

from rag.errors import InputError
from rag.evaluation.measures import names, per_question


def measured(ranking: str, grades: dict[str, int], k: int = 10) -> dict[str, float]:
    """Measure a ranking whose papers are called by one letter."""
    return per_question({"q": list(ranking)}, {"q": grades}, k=k)["q"]


def test_a_perfect_ranking() -> None:
    assert measured("ab", {"a": 2, "b": 1}) == dict.fromkeys(names(10), 1.0)


def test_exact_values() -> None:
    found = measured("xbya", {"a": 2, "b": 1, "c": 1})
    gain = 1 / math.log2(3) + 2 / math.log2(5)
    ideal = 2 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found["nDCG@10"] == pytest.approx(gain / ideal)
    assert found["R@10"] == pytest.approx(2 / 3)
    assert found["RR@10"] == 0.5
    assert found["P@1"] == 0.0


def test_what_is_deeper_than_the_measure_does_not_count() -> None:
    found = measured("vwxyza", {"a": 1, "z": 1})
    assert found["R@5"] == 0.5
    assert found["R@10"] == 1.0
    assert measured("vwxyzstuqra", {"a": 1})["RR@10"] == 0.0
    assert measured("xa", {"a": 1}, k=1)["nDCG@1"] == 0.0


def test_a_question_that_found_nothing_counts_as_0() -> None:
    found = per_question({"q": []}, {"q": {"a": 1}, "r": {"b": 1}}, k=10)
    assert found == {"q": dict.fromkeys(names(10), 0.0), "r": dict.fromkeys(names(10), 0.0)}


def test_the_order_counts_whatever_the_papers_are_called() -> None:
    assert measured("ab", {"a": 1})["P@1"] == measured("ba", {"b": 1})["P@1"] == 1.0


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (10, ("nDCG@10", "R@10", "R@5", "RR@10", "P@1")),
        (5, ("nDCG@5", "R@5", "RR@5", "P@1")),
        (3, ("nDCG@3", "R@3", "RR@3", "P@1")),
    ],
)
def test_measures_go_as_deep_as_the_search(k: int, expected: tuple[str, ...]) -> None:
    assert names(k) == expected
    assert set(measured("a", {"a": 1}, k=k)) == set(expected)


def test_without_the_library_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(InputError, match=r"pip install 'cited-rag\[eval\]'"):
        measured("a", {"a": 1})
