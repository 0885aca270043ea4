"""Judges what each sentence of a paper is worth in each place of a summary. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from rag.search import COVERAGE_WEIGHT, SAME, Evidence
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

_CONTRIBUTES: Mapping[Role, float] = {
    "approach": 0.3, "other": 0.05, "result": 0.0, "problem": -0.4, "availability": -1.0,
    "title": -9.0,
}  # fmt: skip
_PROPOSES, _LEANS, _ELSEWHERE, _BEFORE, _FOLLOWS = 0.15, 0.3, 0.3, 0.2, 0.1
_RESULT, _FIGURES, _LATE = 0.2, 0.2, 0.2
_NEVER = -9.0


class Sentences:
    """One paper's sentences, and what each is worth in each place."""

    def __init__(self, candidate: Candidate) -> None:
        evidence = candidate.evidence
        self.candidate = candidate
        self.sentences = evidence.sentences
        self.roles = roles(evidence.sentences)
        self.about = evidence.cosines + COVERAGE_WEIGHT * evidence.coverage.sum(axis=1)
        texts = [sentence.text for sentence in self.sentences]
        self.leans = [leans(text) for text in texts]
        self.figures = [has_figure(text) for text in texts]
        self.starts = next(
            (i for i, text in enumerate(texts) if i and proposes(text)),
            next((i for i, role in enumerate(self.roles) if role == "approach"), 1),
        )

    def _worth(self, judge: Callable[[int, Role], float]) -> NDArray[np.float32]:
        """Return what each sentence is worth: its nearness to the topic, and what a judge says."""
        extra = [judge(i, role) for i, role in enumerate(self.roles)]
        extra[0] = _NEVER
        return np.asarray(self.about + extra, dtype=np.float32)

    def _only(
        self, fits: Callable[[int, Role], bool], *, bonus: float = 0.0
    ) -> NDArray[np.float32]:
        """Return the nearness of the sentences that fit a place, and for the others never."""
        return self._worth(lambda i, role: bonus if fits(i, role) else _NEVER)

    def _text(self, index: int) -> str:
        return self.sentences[index].text

    def _is_open(self, index: int) -> bool:
        """Whether a question stays open: a gap named before the proposal is what it closes."""
        text = self._text(index)
        return index > self.starts and is_open_question(text) and not speaks_of_itself(text)

    def contributes(self) -> NDArray[np.float32]:
        """What the paper brings, in a sentence that stands alone."""

        def judge(index: int, role: Role) -> float:
            text = self._text(index)
            return (
                1.0
                + _CONTRIBUTES[role]
                + _PROPOSES * proposes(text)
                - _LEANS * self.leans[index]
                - _ELSEWHERE * (dissents(text) or self._is_open(index))
            )

        return self._worth(judge)

    def proposes(self) -> NDArray[np.float32]:
        """What is proposed, in words that propose: no hope, evidence or finding."""
        return self._only(
            lambda i, role: role == "approach" and not self.leans[i] and proposes(self._text(i)),
            bonus=0.1,
        )

    def reports(self) -> NDArray[np.float32]:
        """What came out, best late and with figures; not what others reached before.

        Nearness to the topic counts half: a result is known by its form.
        """
        last = max(len(self.sentences) - 1, 1)

        def judge(index: int, role: Role) -> float:
            if role in ("problem", "availability") or index <= self.starts:
                return _NEVER
            if not reports_outcome(self._text(index)):
                return _NEVER
            return (
                0.5
                + _RESULT * (role == "result")
                + _FIGURES * self.figures[index]
                + _LATE * index / last
                - _LEANS / 2 * self.leans[index]
                - float(self.about[index]) / 2
            )

        return self._worth(judge)

    def sets(self) -> NDArray[np.float32]:
        """On what data, tasks or devices."""
        return self._only(
            lambda i, role: (
                i >= self.starts and role != "availability" and bool(setting_words(self._text(i)))
            ),
            bonus=0.4,
        )

    def motivates(self) -> NDArray[np.float32]:
        """Why anybody works on it."""
        return self._only(
            lambda i, role: (
                role == "problem"
                and not self.leans[i]
                and not self._text(i).endswith("?")
                and not speaks_of_itself(self._text(i))
            )
        )

    def dissents(self) -> NDArray[np.float32]:
        """What goes against others."""
        return self._only(lambda i, role: dissents(self._text(i)) and not self.leans[i])

    def leaves_open(self) -> NDArray[np.float32]:
        """What nobody knows yet."""
        return self._only(lambda i, role: self._is_open(i) and not self.leans[i])

    def explains(self, said: Iterable[Anchor]) -> NDArray[np.float32]:
        """How it works, best right behind what has been said."""
        before = {anchor.sentence.index for anchor in said}

        def judge(index: int, role: Role) -> float:
            if role not in ("approach", "other", "result"):
                return _NEVER
            follows = index - 1 in before
            return (
                0.1
                + _FOLLOWS * follows
                - _LEANS * (self.leans[index] and not follows)
                - _BEFORE * (index < min(before, default=0))
            )

        return self._worth(judge)


class Unused:
    """Gives each sentence out once, and none that says what another one has said."""

    def __init__(self) -> None:
        self._taken: list[NDArray[np.float32]] = []
        self._gone: set[tuple[str, int]] = set()
        self._texts: set[str] = set()

    def take(self, of: Sentences, worth: NDArray[np.float32], *, least: float) -> list[Anchor]:
        """Return the sentence worth most, if one is worth the least, as a list of one or none."""
        evidence = of.candidate.evidence
        for index in np.argsort(-worth, kind="stable").tolist():
            if worth[index] < least:
                break
            if self._is_fresh(evidence, index):
                self._gone.add((evidence.paper.id, index))
                self._texts.add(plain(evidence.sentences[index].text))
                self._taken.append(evidence.vectors[index])
                return [Anchor(evidence.paper, evidence.sentences[index])]
        return []

    def take_title(self, of: Sentences, claim: str) -> Cell | None:
        """Return words of a title, unless another title has the same."""
        if plain(claim) in self._texts:
            return None
        self._texts.add(plain(claim))
        evidence = of.candidate.evidence
        return Cell(claim, Anchor(evidence.paper, evidence.sentences[0]))

    def _is_fresh(self, evidence: Evidence, index: int) -> bool:
        if (evidence.paper.id, index) in self._gone:
            return False
        if plain(evidence.sentences[index].text) in self._texts:
            return False
        return all(float(evidence.vectors[index] @ other) < SAME for other in self._taken)
