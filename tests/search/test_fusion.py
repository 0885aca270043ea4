"""Scores of papers: two grains and words, in exact small numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rag.library import Entry
from rag.search.fusion import Found, fuse, rerank, starts
from rag.search.late import Late
from tests.support.evidence import entry, matrix, paper, towards

AXIS = np.array([1.0, 0.0], dtype=np.float32)


def made(name: str, chunks: Sequence[float], sentences: Sequence[float]) -> Entry:
    """Make a paper whose chunks and sentences have these cosines to the axis."""
    text = " ".join("Corals grow." for _ in sentences[1:])
    return entry(paper("Corals", text, name), [*map(towards, sentences)], [*map(towards, chunks)])


NEAR = made("near", [0.75, 0.25], [0.0, 1.0, 0.5])  # (0.5 + 1) / 2
FAR = made("far", [0.25], [0.25, -0.5])  # (0.25 + 0.25) / 2


def fused(*entries: Entry, most: int = 9, **shares: float) -> list[Found]:
    return fuse(entries, AXIS, shares, most=most)


def test_nearness_is_the_mean_of_the_chunks_and_the_best_sentence() -> None:
    near, far = fused(FAR, NEAR)
    assert near.nearness == pytest.approx(0.75)
    assert far.nearness == pytest.approx(0.25)


def test_a_score_is_the_share_of_the_greatest_nearness_and_of_the_words() -> None:
    near, far = fused(FAR, NEAR, far=0.5)
    assert [one.entry.paper.id for one in (near, far)] == ["near", "far"]
    assert [near.score, far.score] == pytest.approx([1.0, 0.25 / 0.75 + 0.5])
    assert [near.bm25_share, far.bm25_share] == [0.0, 0.5]


def test_words_can_turn_the_order() -> None:
    assert [one.entry.paper.id for one in fused(FAR, NEAR, far=0.66)] == ["near", "far"]
    assert [one.entry.paper.id for one in fused(FAR, NEAR, far=0.67)] == ["far", "near"]


def test_each_paper_has_the_cosines_of_its_own_sentences() -> None:
    near, far = fused(FAR, NEAR)
    assert near.cosines.tolist() == pytest.approx([0.0, 1.0, 0.5])
    assert far.cosines.tolist() == pytest.approx([0.25, -0.5])
    assert near.entry is NEAR
    assert far.entry is FAR


def test_ties_are_in_the_order_of_the_ids() -> None:
    twins = [made(name, [0.5], [0.5]) for name in ("c", "a", "b")]
    assert [one.entry.paper.id for one in fused(*twins)] == ["a", "b", "c"]


def test_only_the_best_are_returned() -> None:
    assert [one.entry.paper.id for one in fused(FAR, NEAR, most=1)] == ["near"]
    assert fused(FAR, NEAR, most=0) == []
    assert fused() == []


@pytest.mark.parametrize(
    ("cosine", "score"),
    [
        pytest.param(0.05, 1.0, id="just near enough"),
        pytest.param(0.025, 0.5, id="hardly near"),
        pytest.param(0.0, 0.0, id="not near"),
    ],
)
def test_a_question_that_nothing_is_near_makes_nothing_great(cosine: float, score: float) -> None:
    (found,) = fused(made("a", [cosine], [cosine]))
    assert found.score == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        pytest.param([3], [0], id="one"),
        pytest.param([3, 1, 2], [0, 3, 4], id="several"),
    ],
)
def test_where_each_part_begins(sizes: list[int], expected: list[int]) -> None:
    assert starts([matrix([[0.0]] * size) for size in sizes]).tolist() == expected


# -- late interaction ----------------------------------------------------------------------------


def late(paper: float, sentence: float = 0.0, meaning: float = 0.0) -> Late:
    return Late(paper, sentence, meaning, 0.0, np.zeros(1, dtype=np.float32))


def alike(*names: str) -> list[Found]:
    return fused(*(made(name, [0.5], [0.5]) for name in names))


def ids(found: Sequence[Found]) -> list[str]:
    return [one.entry.paper.id for one in found]


def test_late_interaction_is_added_as_shares_of_the_greatest() -> None:
    first, second = rerank(alike("a", "b"), [late(0.4, 0.2, 0.1), late(0.8, 0.1, 0.2)])
    assert ids([first, second]) == ["b", "a"]
    assert first.score == pytest.approx(1.0 + 1.0 + 0.5 + 0.5)
    assert second.score == pytest.approx(1.0 + 0.5 + 1.0 + 0.5 * 0.5)
    assert first.late is not None
    assert first.late.paper == 0.8


def test_papers_that_were_not_compared_follow_as_they_were() -> None:
    found = rerank(alike("a", "b", "c"), [late(0.1), late(0.2)])
    assert ids(found) == ["b", "a", "c"]
    assert found[2].late is None
    assert found[2].score == pytest.approx(1.0)


def test_a_paper_that_has_the_name_letter_by_letter_comes_first() -> None:
    texts = {
        "a": "We train on WebVid-10M.",
        "b": "We offer WebVid-2M.",
        "c": "Corals.",
        "d": "Fish.",
    }
    entries = [entry(paper("T", text, name), [towards(0.5)] * 2) for name, text in texts.items()]
    equal = [late(0.5)] * 4
    assert ids(rerank(fused(*entries), equal, "Who offers WebVid-2M?")) == ["b", "a", "c", "d"]
    assert ids(rerank(fused(*entries), equal, "Who offers videos?")) == ["a", "b", "c", "d"]


def test_a_name_that_most_papers_have_tells_nothing() -> None:
    texts = {"a": "Corals.", "b": "On ImageNet1k.", "c": "With ImageNet1k."}
    entries = [entry(paper("T", text, name), [towards(0.5)] * 2) for name, text in texts.items()]
    assert ids(rerank(fused(*entries), [late(0.5)] * 3, "Who uses ImageNet1k?")) == ["a", "b", "c"]
