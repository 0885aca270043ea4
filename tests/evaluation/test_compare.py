"""Two reports compared, figures held to floors, and the bootstrap behind it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rag.errors import InputError, ReadError
from rag.evaluation.bootstrap import paired
from rag.evaluation.compare import (
    Floor,
    Values,
    below,
    check_floors,
    compare,
    comparison_json,
    comparison_markdown,
    read_floor,
    read_values,
)


def noise(count: int = 60, seed: int = 3) -> list[float]:
    values: list[float] = np.random.default_rng(seed).normal(0, 0.2, count).tolist()
    return values


def test_identical_systems_do_not_differ() -> None:
    found = paired(noise(), noise())
    assert (found.mean, found.low, found.high) == (0.0, 0.0, 0.0)
    assert (found.better, found.worse, found.same) == (0, 0, 60)
    assert not found.is_sure


def test_two_noises_do_not_differ_surely() -> None:
    found = paired(noise(seed=1), noise(seed=2))
    assert found.low < 0 < found.high
    assert found.low < found.mean < found.high


def test_a_shift_is_sure_and_has_a_side() -> None:
    base = noise()
    better = [value + 0.1 + wobble / 4 for value, wobble in zip(base, noise(seed=4), strict=True)]
    up, down = paired(base, better), paired(better, base)
    assert 0 < up.low < up.mean < up.high
    assert down.high < 0
    assert up.mean == pytest.approx(-down.mean)
    assert (up.better, up.worse) == (down.worse, down.better)


def test_the_interval_is_that_of_the_normal_for_many_questions() -> None:
    values = noise(2_000)
    found = paired([0.0] * 2_000, values)
    spread = 1.96 * float(np.std(values)) / 2_000**0.5
    assert found.high - found.low == pytest.approx(2 * spread, rel=0.05)


def test_the_same_values_give_the_same_interval() -> None:
    assert paired(noise(), noise(seed=9)) == paired(noise(), noise(seed=9))
    assert paired(noise(), noise(seed=9), seed=1) != paired(noise(), noise(seed=9), seed=2)


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(ValueError, match="no question"):
        paired([], [])


FIRST: Values = {"a": {"P@1": 0.0, "R@5": 1.0}, "b": {"P@1": 1.0}, "old": {"P@1": 1.0}}
SECOND: Values = {"b": {"P@1": 1.0}, "a": {"P@1": 1.0}, "new": {"P@1": 1.0}}


def test_questions_are_matched_by_id_and_the_others_told() -> None:
    found = compare(FIRST, SECOND)
    assert (found.only_first, found.only_second) == (("old",), ("new",))
    assert set(found.measures) == {"P@1"}
    assert found.measures["P@1"].mean == 0.5
    assert (found.measures["P@1"].better, found.measures["P@1"].same) == (1, 1)
    text = comparison_markdown(found, ("A", "B"))
    assert text.startswith("# B compared with A\n")
    assert "| P@1 | 2 | +0.500 |" in text
    assert "Only in A: 1 questions (old)" in text
    assert json.loads(json.dumps(comparison_json(found)))["measures"]["P@1"]["mean"] == 0.5


def test_reports_about_other_questions_are_not_compared() -> None:
    with pytest.raises(InputError, match="no measure of the same question"):
        compare({"a": {"P@1": 1.0}}, {"b": {"P@1": 1.0}})


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"form": "other", "rows": []}', '{"form": 1}', "null", "prose"]
)
def test_a_file_that_is_no_report(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReadError, match=r"a\.json is no report of rag eval; write one with"):
        read_values(path)


def test_a_floor_holds_up_to_its_value() -> None:
    figures = {"nDCG@10": 0.8, "nDCG@10/detail": 0.5, "false_refusals": 0.1}
    assert below(figures, [Floor("ndcg@10", 0.8)]) == []
    assert below(figures, [Floor("nDCG@10", 0.81), Floor("nDCG@10/DETAIL", 0.6)]) == [
        "nDCG@10 is 0.8000, below 0.81",
        "nDCG@10/detail is 0.5000, below 0.6",
    ]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("MAP", id="unknown"),
        pytest.param("false_refusals", id="fewer is better"),
        pytest.param("search_p50_ms", id="faster is better"),
        pytest.param("anchor_violations/detail", id="fewer of a kind is better"),
    ],
)
def test_a_floor_under_what_has_none(name: str) -> None:
    figures = {
        "nDCG@10": 0.8,
        "false_refusals": 0.1,
        "search_p50_ms": 2.0,
        "anchor_violations/detail": 0.0,
    }
    with pytest.raises(InputError, match=f"no figure '{name}' .* there are nDCG@10, and"):
        below(figures, [Floor(name, 0.1)])


def test_floors_are_read() -> None:
    assert read_floor("nDCG@10=0.8") == Floor("nDCG@10", 0.8)
    assert read_floor(" a=b =1") == Floor("a=b", 1.0)


@pytest.mark.parametrize("text", ["", "nDCG@10", "=0.8", "nDCG@10=", "nDCG@10=x", "a=nan"])
def test_what_is_no_floor(text: str) -> None:
    with pytest.raises(InputError, match="write NAME=VALUE"):
        read_floor(text)


def test_a_floor_that_no_evaluation_has_is_told_before_anything_is_asked() -> None:
    held = ["nDCG@5", "p@1/detail", "cited_recall", "answered", "refused_near_miss", "turns_R@5"]
    check_floors([Floor(name, 0.5) for name in held], k=5)
    for name in ("nDCG@10", "false_refusals", "MAP/detail", "ask_p50_ms"):
        with pytest.raises(InputError, match=r"there are nDCG@5, R@5, RR@5, P@1, cited_recall"):
            check_floors([Floor(name, 0.5)], k=5)
