"""Judges what each sentence of a paper is worth in each place of a summary, and hands them out.

Pure. Everything is added to a sentence's nearness to the topic: its relevance, and the topic's
words that it has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.search import COVERAGE_WEIGHT, Evidence
from rag.summaries.cells import Cell, plain, setting_words
from rag.summaries.gather import Candidate
from rag.text.citations import Anchor
from rag.text.names import has_figure
from rag.text.rhetoric import (
    Role,
    dissents,
    is_open_question,
    leans,
    proposes,
    reports_outcome,
    roles,
    speaks_of_itself,
)
from rag.text.words import say_the_same

Place = Literal[
    "contribution", "idea", "result", "setting", "explanation", "overview", "dissent", "open"
]
"""Where a sentence may stand: of one paper, the first five; of all together, the last three."""

# What the role of a sentence adds to its worth as a paper's contribution.
_ROLES: Mapping[Role, float] = {
    "approach": 0.3,
    "other": 0.05,
    "result": 0.0,
    "problem": -0.4,
    "availability": -1.0,
}


class Sentences:
    """One paper's sentences, and what can be told of each; a title is sentence 0."""

    def __init__(self, candidate: Candidate) -> None:
        evidence = candidate.evidence
        texts = [sentence.text for sentence in evidence.sentences]
        self.evidence: Evidence = evidence
        self.texts = texts
        self.roles = roles(evidence.sentences)
        self.nearness = evidence.relevance + COVERAGE_WEIGHT * evidence.coverage.sum(axis=1)
        self.leans = [leans(text) for text in texts]
        # Where the paper begins to speak of what it does itself.
        self.start = next(
            (i for i, text in enumerate(texts) if i and proposes(text)),
            next((i for i, role in enumerate(self.roles) if role == "approach"), 1),
        )

    def worth(self, place: Place, said: Collection[int] = ()) -> NDArray[np.float32]:
        """Return what each sentence is worth in a place, ``-inf`` for never, a number a sentence.

        ``said`` are the indices of the sentences that the paper's section has already.
        """
        judge, _ = PLACES[place]
        added = [judge(self, i, said) for i in range(1, len(self.texts))]
        extra = [-np.inf, *(-np.inf if one is None else one for one in added)]
        return np.asarray(self.nearness + extra, dtype=np.float32)

    def is_open(self, index: int) -> bool:
        """Whether a question stays open: a gap named before the proposal is what it closes."""
        text = self.texts[index]
        return index > self.start and is_open_question(text) and not speaks_of_itself(text)


# -- what a sentence gains in a place, None for never ----------------------------------------------


def _contribution(paper: Sentences, index: int, _said: Collection[int]) -> float | None:
    """What the paper brings, in a sentence that stands alone."""
    text = paper.texts[index]
    elsewhere = dissents(text) or paper.is_open(index)  # has a section of its own
    return (
        1.0
        + _ROLES[paper.roles[index]]
        + 0.15 * proposes(text)
        - 0.3 * paper.leans[index]
        - 0.3 * elsewhere
    )


def _idea(paper: Sentences, index: int, _said: Collection[int]) -> float | None:
    """What is proposed, in words that propose: no hope, evidence or finding."""
    fits = paper.roles[index] == "approach" and proposes(paper.texts[index])
    return 0.1 if fits and not paper.leans[index] else None


def _result(paper: Sentences, index: int, _said: Collection[int]) -> float | None:
    """What came out, best late and with figures; not what others reached before.

    Nearness to the topic counts half: a result is known by its form.
    """
    role, text = paper.roles[index], paper.texts[index]
    if role in ("problem", "availability") or index <= paper.start or not reports_outcome(text):
        return None
    return (
        0.5
        + 0.2 * (role == "result")
        + 0.2 * has_figure(text)
        + 0.2 * index / max(len(paper.texts) - 1, 1)
        - 0.15 * paper.leans[index]
        - float(paper.nearness[index]) / 2
    )


def _setting(paper: Sentences, index: int, _said: Collection[int]) -> float | None:
    """On what data, tasks or devices."""
    own = index >= paper.start and paper.roles[index] != "availability"
    return 0.4 if own and setting_words(paper.texts[index]) else None


def _explanation(paper: Sentences, index: int, said: Collection[int]) -> float | None:
    """How it works, best right behind what has been said."""
    if paper.roles[index] not in ("approach", "other", "result"):
        return None
    follows = index - 1 in said
    before = index < min(said, default=0)
    return 0.1 + 0.1 * follows - 0.3 * (paper.leans[index] and not follows) - 0.2 * before


def _motivation(paper: Sentences, index: int, _said: Collection[int]) -> float | None:
    """Why anybody works on it."""
    text = paper.texts[index]
    fits = paper.roles[index] == "problem" and not text.endswith("?") and not speaks_of_itself(text)
    return 0.0 if fits and not paper.leans[index] else None


def _dissent(paper: Sentences, index: int, _said: Collection[int]) -> float | None:
    """What goes against others."""
    return 0.0 if dissents(paper.texts[index]) and not paper.leans[index] else None


def _open_question(paper: Sentences, index: int, _said: Collection[int]) -> float | None:
    """What nobody knows yet."""
    return 0.0 if paper.is_open(index) and not paper.leans[index] else None


_Judge = Callable[[Sentences, int, Collection[int]], float | None]

# Place → what a sentence gains there, and what it must be worth in all.
PLACES: Mapping[Place, tuple[_Judge, float]] = {
    "contribution": (_contribution, 0.0),
    "idea": (_idea, 0.35),
    "result": (_result, 0.3),
    "setting": (_setting, 0.3),
    "explanation": (_explanation, 0.35),
    "overview": (_motivation, 0.2),
    "dissent": (_dissent, 0.2),
    "open": (_open_question, 0.2),
}


class Unused:
    """Gives each sentence out once, and none that says what another one has said."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, int]] = set()
        self._texts: set[str] = set()
        self._sentences: list[str] = []

    def take(self, paper: Sentences, place: Place, said: Collection[int] = ()) -> list[Anchor]:
        """Return the sentence worth most in a place, if one is worth enough: one or none."""
        worth, (_, least) = paper.worth(place, said), PLACES[place]
        for index in np.argsort(-worth, kind="stable").tolist():
            if worth[index] < least:
                break
            anchor = Anchor(paper.evidence.paper, paper.evidence.sentences[index])
            if self._is_fresh(anchor):
                self._keys.add(anchor.key)
                self._texts.add(plain(anchor.sentence.text))
                self._sentences.append(anchor.sentence.text)
                return [anchor]
        return []

    def take_title(self, paper: Sentences, claim: str) -> Cell | None:
        """Return words of a title, unless another title has the same."""
        if plain(claim) in self._texts:
            return None
        self._texts.add(plain(claim))
        return Cell(claim, Anchor(paper.evidence.paper, paper.evidence.sentences[0]))

    def _is_fresh(self, anchor: Anchor) -> bool:
        if anchor.key in self._keys or plain(anchor.sentence.text) in self._texts:
            return False
        return not any(say_the_same(anchor.sentence.text, other) for other in self._sentences)
