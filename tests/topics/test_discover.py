"""The topics of made-up libraries of every size: all papers placed, the same ones every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rag.records import Paper, Topic
from rag.topics.clusters import MOST, SMALLEST
from rag.topics.discover import THEMES, discover, group
from rag.topics.placing import topics_of

THEME_WORDS = (
    "graph partition of meshes", "protein folding dynamics", "speech recognition of dialects",
    "coral reef ecology", "quantum error correction",
)  # fmt: skip

Vectors = NDArray[np.float32]


def embed(texts: Sequence[str]) -> Vectors:
    """Embed texts by their letters; only that it is the same every time matters."""
    rows = np.zeros((len(texts), 32), dtype=np.float32)
    for i, text in enumerate(texts):
        for char in text:
            rows[i, ord(char) % 32] += 1
    return unit(rows)


def unit(rows: Vectors) -> Vectors:
    return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9), dtype=np.float32)


def library(count: int, themes: int) -> tuple[list[Paper], Vectors, list[int]]:
    """Return papers around so many themes, their vectors, and the theme of each."""
    random = np.random.default_rng(7)
    centres = random.normal(size=(themes, 32))
    of = [i % themes for i in range(count)]
    papers = [
        Paper(f"p{i}", f"Study {i} on {THEME_WORDS[t]}", f"We study {THEME_WORDS[t]} in detail.")
        for i, t in enumerate(of)
    ]
    vectors = centres[of] + 0.15 * random.normal(size=(count, 32))
    return papers, unit(vectors.astype(np.float32)), of


def found(papers: Sequence[Paper], vectors: Vectors, **given: Any) -> list[Topic]:
    return topics_of(*discover(papers, vectors, embed=embed, **given))


def placed(topics: Sequence[Topic]) -> list[str]:
    return [paper_id for topic in topics for paper_id in topic.paper_ids]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 6, 7, 20, 60])
def test_every_paper_is_placed_once(count: int) -> None:
    papers, vectors, _ = library(count, min(3, max(count, 1)))
    topics = found(papers, vectors)
    assert sorted(placed(topics)) == sorted(paper.id for paper in papers)
    assert all(len(t.x) == len(t.y) == len(t.paper_ids) for t in topics)
    assert all(0 <= value <= 1 for t in topics for value in (*t.x, *t.y))
    assert all(topic.label and topic.id for topic in topics)
    assert len({topic.id for topic in topics}) == len({t.label for t in topics}) == len(topics)
    if count < 2 * SMALLEST:
        assert len(topics) == min(count, 1)
    else:
        assert min(len(topic.paper_ids) for topic in topics) >= SMALLEST


def test_themes_that_are_there_are_found() -> None:
    papers, vectors, of = library(60, 5)
    topics = found(papers, vectors)
    assert len(topics) == 5
    assert [topic.number for topic in topics] == [1, 2, 3, 4, 5]
    theme = dict(zip((paper.id for paper in papers), of, strict=True))
    for topic in topics:
        (only,) = {theme[paper_id] for paper_id in topic.paper_ids}
        assert any(term in THEME_WORDS[only] for term in topic.terms)


def test_the_same_twice_and_in_any_order() -> None:
    papers, vectors, _ = library(40, 4)
    once, again = (found(papers, vectors) for _ in range(2))
    assert once == again
    order = np.random.default_rng(1).permutation(len(papers))
    mixed = found([papers[i] for i in order], vectors[order])
    assert {frozenset(t.paper_ids) for t in mixed} == {frozenset(t.paper_ids) for t in once}


def test_identical_papers_do_no_harm() -> None:
    paper = Paper("p", "Coral reef ecology", "We study coral reef ecology.")
    papers = [Paper(f"p{i}", paper.title, paper.abstract) for i in range(12)]
    vectors = unit(np.ones((12, 32), dtype=np.float32))
    assert len(placed(found(papers, vectors))) == 12


def test_papers_without_any_content_word_have_a_topic() -> None:
    papers = [Paper(f"p{i}", "The of and", "It is so.") for i in range(9)]
    topics = found(papers, unit(np.eye(9, 32, dtype=np.float32)))
    assert len(placed(topics)) == 9
    assert all(topic.label for topic in topics)


def test_further_papers_join_the_topic_they_are_near_to() -> None:
    papers, vectors, of = library(90, 3)
    rest = [([papers[i].id for i in range(60, 90)], vectors[60:])]
    topics = found(papers[:60], vectors[:60], rest=rest)
    assert len(placed(topics)) == 90
    theme = dict(zip((paper.id for paper in papers), of, strict=True))
    for topic in topics:
        assert len({theme[paper_id] for paper_id in topic.paper_ids}) == 1
        spread = np.std(topic.x) + np.std(topic.y)
        assert spread < 0.4  # they lie among their own


@pytest.mark.slow
def test_a_large_library_has_topics_that_fit_a_page() -> None:
    papers, vectors, _ = library(1_200, 5)
    vectors = unit(np.random.default_rng(3).normal(size=(1_200, 32)).astype(np.float32))
    assert 2 <= len(found(papers, vectors)) <= MOST


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 12])
def test_a_few_papers_are_grouped(count: int) -> None:
    papers, vectors, _ = library(count, min(3, max(count, 1)))
    themes = group(papers, vectors, embed=embed, among=papers, topic="study")
    assert sorted(place for _, places in themes for place in places) == list(range(count))
    assert len(themes) <= THEMES
    if count >= 4:
        assert min(len(places) for _, places in themes) >= 2
    assert [places[0] for _, places in themes] == sorted(places[0] for _, places in themes)


def test_a_theme_is_not_called_what_the_topic_is() -> None:
    papers, vectors, _ = library(8, 2)
    labels = [
        label
        for label, _ in group(papers, vectors, embed=embed, among=papers, topic="graph partition")
    ]
    assert all(label != "graph partition" for label in labels)
