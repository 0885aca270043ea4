"""What a summary says of its papers: how many are in it, of how many, and why not the others."""

from __future__ import annotations

import pytest

from rag.records import Citation
from rag.summaries.coverage import coverage
from rag.summaries.gather import Gathered, gather
from tests.support.evidence import candidate, evidence, paper


def found(used: int, near: int) -> Gathered:
    made = [candidate(evidence(paper("t", "", str(i)))) for i in range(used + near)]
    return Gathered(tuple(made[:used]), tuple(made[used:]))


@pytest.mark.parametrize(
    ("used", "near", "more", "crowded", "own", "silent", "told"),
    [
        pytest.param(
            12, 8, 582, True, True, 0,
            "12 of 602 papers of this topic are in this summary: at most 12 are used, and 590 "
            "others are less typical of it.",
            id="a large topic",
        ),
        pytest.param(
            12, 8, 1_000, True, True, 2,
            "10 of 1,020 papers of this topic are in this summary: at most 12 are used, and 1,008 "
            "others are less typical of it; nothing was taken from 2.",
            id="some have nothing",
        ),
        pytest.param(
            12, 1, 0, True, False, 0,
            "12 of 13 papers near this topic are in this summary: at most 12 are used, and 1 other "
            "is less close to it.",
            id="one too many",
        ),
        pytest.param(
            3, 2, 0, False, False, 0,
            "3 of 5 papers near this topic are in this summary: 2 others are less close to it.",
            id="a few",
        ),
        pytest.param(
            5, 0, 0, False, True, 1,
            "4 of 5 papers of this topic are in this summary: nothing was taken from 1.",
            id="all but one",
        ),
        pytest.param(
            1, 0, 0, False, False, 0, "1 of 1 paper near this topic is in this summary.", id="one"
        ),
    ],
)  # fmt: skip
def test_the_papers_add_up(
    used: int, near: int, more: int, crowded: bool, own: bool, silent: int, told: str
) -> None:
    given = found(used, near)
    gathered = Gathered(given.used, given.near, crowded, more, own)
    cited = [
        Citation(n, one.evidence.paper.id, "t", "s", 0, 1, "")
        for n, one in enumerate(given.used[silent:], 1)
    ]
    made = coverage(gathered, cited)
    assert made.told == told
    assert len(made.used) + len(made.left_out) + made.more == used + near + more


def test_all_that_are_near_are_counted() -> None:
    made = [1.0] + [0.3] * 30 + [0.1] * 40
    scored = [candidate(evidence(paper("t", "", str(i)), score=s)) for i, s in enumerate(made)]
    gathered = gather(scored)
    assert (len(gathered.used), len(gathered.near), gathered.more) == (1, 8, 22)
