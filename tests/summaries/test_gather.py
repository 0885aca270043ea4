"""Choosing the papers of a summary: those that stand out, those near, and how many more."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.summaries.gather import Candidate, Gathered, gather
from tests.support.evidence import candidate, evidence, paper

X, Y = (1.0, 0.0), (0.0, 1.0)


def found(
    scores: Sequence[float], vectors: Sequence[tuple[float, float]] | None = None
) -> list[Candidate]:
    """Make papers "0", "1", … of these scores, all alike unless vectors are given."""
    made = (evidence(paper("t", "", str(i)), score=score) for i, score in enumerate(scores))
    return [
        candidate(one, vector=v) for one, v in zip(made, vectors or [X] * len(scores), strict=True)
    ]


def names(gathered: Gathered) -> tuple[str, str]:
    """Return the used and the near papers, each by its digit."""
    parts = (gathered.used, gathered.near)
    used, near = ("".join(one.evidence.paper.id for one in part) for part in parts)
    return used, near


@pytest.mark.parametrize(
    ("scores", "used", "near"),
    [
        pytest.param([1.0], "0", "", id="one"),
        # Fewer than eight: the background is half the best, so 0.68 is used and 0.575 near.
        pytest.param([1.0, 0.69, 0.67, 0.58, 0.57], "01", "23", id="few"),
        # The background is the median 0.4, so from 0.616 on a paper is used, from 0.49 near.
        pytest.param([1.0, 0.7, 0.65, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4], "012", "3", id="many"),
        pytest.param([0.5] * 8, "01234567", "", id="all alike"),
    ],
)
def test_papers_that_stand_out_are_used(scores: list[float], used: str, near: str) -> None:
    gathered = gather(found(scores))
    assert names(gathered) == (used, near)
    assert (gathered.crowded, gathered.more) == (False, 0)


@pytest.mark.parametrize(
    ("standing", "near", "crowded", "more"),
    [
        pytest.param(12, 0, False, 0, id="as many as fit"),
        pytest.param(13, 1, True, 0, id="one too many"),
        pytest.param(20, 8, True, 0, id="as many as are named"),
        pytest.param(23, 8, True, 3, id="more than are named"),
    ],
)
def test_a_summary_holds_twelve(standing: int, near: int, crowded: bool, more: int) -> None:
    gathered = gather(found([1.0] * standing + [0.1] * 30))
    assert (len(gathered.used), len(gathered.near)) == (12, near)
    assert (gathered.crowded, gathered.more) == (crowded, more)


def test_papers_known_to_fit_are_all_used() -> None:
    scores = [1.0, 0.4, 0.2]
    assert names(gather(found(scores))) == ("0", "")
    assert names(gather(found(scores), all_fit=True)) == ("012", "")


def test_a_paper_unlike_the_best_falls_behind() -> None:
    # Apart from their mean they point opposite ways, the pivots 0.6 : 0.4: ±0.2, and half of that.
    assert names(gather(found([0.6, 0.45]))) == ("01", "")
    assert names(gather(found([0.6, 0.45], [X, Y]))) == ("0", "")


def test_a_paper_like_the_best_overtakes() -> None:
    gathered = gather(found([0.60, 0.50, 0.49], [X, Y, X]))
    assert [one.evidence.paper.id for one in (*gathered.used, *gathered.near)] == ["0", "2"]


def test_nothing_comes_from_nothing() -> None:
    assert gather([]) == Gathered((), ())
