"""Checks each claim of a model against what it cites, and finds a better anchor if there is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.errors import QuestionError
from rag.grounding.checks import Judge, Verdict, verify
from rag.library import Entry, Library
from rag.models import Embedder, Vector
from rag.records import Support
from rag.search import PaperRetriever
from rag.text.citations import Anchor

# Another paper's sentence takes a citation over when it supports the claim by so much more.
CLEARLY = 0.15
TRIED = 6  # nearest sentences looked at for a claim that is not supported
ADDED = 2  # sentences of the same papers that a claim may rest on beside those it cites
LIBRARY = 6  # papers searched beyond the hits


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim's anchors and mark after the check. ``moved`` tells that it was cited anew."""

    anchors: tuple[Anchor, ...]
    support: Support
    moved: bool = False


class Grounder:
    """Verifies claims and repairs citations within one library."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        retriever: PaperRetriever,
        *,
        judge: Judge | None = None,
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._retriever = retriever
        self._judge = judge

    def check(
        self,
        claim: str,
        anchors: Sequence[Anchor],
        hits: Sequence[str],
        *,
        elsewhere: bool = True,
    ) -> Checked:
        """Check a claim against its anchors; look among the hits (paper ids), then ``elsewhere``.

        Numbers, negations and directions decide first, then words and meaning, then the judge. A
        claim that stays unsupported keeps the anchors that are at least about it, so that a reader
        sees what it gets wrong, and loses the others.
        """
        vector = self._embedder.embed([claim])[0]
        cited = self._verdict(claim, anchors, vector)
        # A sentence less about the claim than one that contradicts it does not vindicate it.
        floor = cited.score if cited.faults else 0.0
        near = self._best(claim, vector, self._library.entries(hits).values(), anchors, floor)
        if cited.support == "supported":
            if near is None or near[1].score < cited.score + CLEARLY:
                return Checked(self._without_idle(claim, anchors, vector), "supported")
            return Checked((near[0],), "supported", moved=True)
        if near is None and not cited.faults and (wider := self._widened(claim, anchors, vector)):
            return Checked(wider, "supported")
        if near is None and elsewhere:
            near = self._best(claim, vector, self._elsewhere(claim, hits), anchors, floor)
        if near is not None:
            return Checked((near[0],), "supported", moved=True)
        if cited.support == "partial":
            return Checked(tuple(anchors), "partial")
        about = [a for a in anchors if self._verdict(claim, [a], vector).score >= _ABOUT]
        return Checked(tuple(about), "unsupported")

    def _verdict(self, claim: str, anchors: Sequence[Anchor], vector: Vector) -> Verdict:
        sentences = [anchor.sentence.text for anchor in anchors]
        verdict = verify(
            claim,
            sentences,
            context="\n".join(anchor.paper.title for anchor in anchors),
            cosine=max((self._cosine(anchor, vector) for anchor in anchors), default=0.0),
        )
        if self._judge is None or verdict.faults or not anchors:
            return verdict
        opinion = self._judge.judge(claim, sentences)
        return verdict if opinion is None else replace(verdict, support=opinion)

    def _cosine(self, anchor: Anchor, vector: Vector) -> float:
        entry = self._library.entries([anchor.paper.id]).get(anchor.paper.id)
        if entry is None:  # removed while the model was writing
            return 0.0
        return float(entry.vectors.sentences[anchor.sentence.index] @ vector)

    def _best(
        self,
        claim: str,
        vector: Vector,
        entries: Iterable[Entry],
        anchors: Sequence[Anchor],
        floor: float,
    ) -> tuple[Anchor, Verdict] | None:
        """Return the sentence that supports a claim best, if one does that is not cited.

        It must score more than ``floor`` and than every sentence looked at that has a fault.
        """
        known = {(anchor.paper.id, anchor.sentence.index) for anchor in anchors}
        ranked: list[tuple[float, Anchor]] = []
        for entry in entries:
            cosines = entry.vectors.sentences @ vector
            for index in np.argsort(-cosines)[:TRIED].tolist():
                if (entry.paper.id, index) not in known:
                    anchor = Anchor(entry.paper, entry.sentences[index])
                    ranked.append((float(cosines[index]), anchor))
        ranked.sort(key=lambda pair: -pair[0])
        verdicts = [(a, self._verdict(claim, [a], vector)) for _, a in ranked[:TRIED]]
        floor = max([floor, *(verdict.score for _, verdict in verdicts if verdict.faults)])
        good = [
            (anchor, verdict)
            for anchor, verdict in verdicts
            if verdict.support == "supported" and verdict.score > floor
        ]
        return max(good, key=lambda pair: pair[1].score, default=None)

    def _widened(
        self, claim: str, anchors: Sequence[Anchor], vector: Vector
    ) -> tuple[Anchor, ...] | None:
        """Add up to ``ADDED`` sentences of the cited papers, if together they support the claim.

        For a claim that sums up several sentences and cites one. Not for one with a fault: a wrong
        number may well stand somewhere else in the abstract.
        """
        entries = self._library.entries([anchor.paper.id for anchor in anchors]).values()
        chosen = list(anchors)
        spare = [
            (float(entry.vectors.sentences[s.index] @ vector), Anchor(entry.paper, s))
            for entry in entries
            for s in entry.sentences
        ]
        for _, anchor in sorted(spare, key=lambda pair: -pair[0])[: ADDED + len(anchors)]:
            if anchor in chosen or len(chosen) >= ADDED + len(anchors):
                continue
            chosen.append(anchor)
            if self._verdict(claim, chosen, vector).support == "supported":
                return tuple(chosen)
        return None

    def _elsewhere(self, claim: str, hits: Sequence[str]) -> list[Entry]:
        """Return the papers of the library nearest to a claim that are not among the hits."""
        try:
            found = self._retriever.search(claim[:1_000], LIBRARY + len(hits))
        except QuestionError:  # a claim without a content word
            return []
        return [one.entry for one in found if one.entry.paper.id not in hits][:LIBRARY]

    def _without_idle(
        self, claim: str, anchors: Sequence[Anchor], vector: Vector
    ) -> tuple[Anchor, ...]:
        """Drop the anchors that have nothing to do with the claim when the others carry it."""
        if len(anchors) < 2:
            return tuple(anchors)
        busy = [a for a in anchors if self._verdict(claim, [a], vector).score >= _IDLE]
        if busy and self._verdict(claim, busy, vector).support == "supported":
            return tuple(busy)
        return tuple(anchors)


# Scores (see verify) below which a sentence is not about a claim, and contributes nothing to it.
_ABOUT = 0.35
_IDLE = 0.25
