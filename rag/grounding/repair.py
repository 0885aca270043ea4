"""Checks each claim of a model against what it cites, and finds a better anchor if there is one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rag.errors import QuestionError
from rag.grounding.checks import Judge, Verdict, verify
from rag.library import Entry, Library
from rag.models import Embedder, Vector, blas_flags_ignored
from rag.records import Support
from rag.search import PaperRetriever, Question, check_searchable
from rag.text.citations import Anchor

# Another paper's sentence takes a citation over when it supports the claim by so much more.
CLEARLY = 0.15
TRIED = 6  # nearest sentences looked at for a claim that is not supported
ADDED = 2  # sentences of the same papers that a claim may rest on beside those it cites
SURE = 0.6  # a sentence among the hits that scores less does not end the search
LIBRARY = 6  # papers searched beyond the hits
_LONGEST = 1_000  # characters of a claim that are searched for
# Scores (see checks) below which a sentence is not about a claim, and contributes nothing to it.
_ABOUT = 0.35
_IDLE = 0.25


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
        self.library = library
        self.embedder = embedder
        self.retriever = retriever
        self.judge = judge

    def check(
        self,
        text: str,
        anchors: Sequence[Anchor],
        hits: Sequence[str],
        *,
        elsewhere: bool = True,
    ) -> Checked:
        """Check a claim against its anchors; look among the hits (paper ids), then ``elsewhere``.

        Numbers, negations and directions decide first, then words and meaning, then the judge:

        | what it cites | a sentence that is not cited               | result                      |
        |---------------|--------------------------------------------|-----------------------------|
        | supports it   | none among the hits that is clearly better | supported, idle ones go     |
        | supports it   | one among the hits that is clearly better  | supported by that, moved    |
        | has no fault  | more of the same papers carry it together  | supported by all of these   |
        | anything else | one among the hits; elsewhere, unless      | supported by the better,    |
        |               | that is a sure one                         | moved                       |
        | partly        | none                                       | partial                     |
        | not           | none                                       | unsupported, what is at     |
        |               |                                            | least about it stays        |

        A better sentence must score more than every one looked at that contradicts the claim: one
        that is less about it does not vindicate it.
        """
        claim = _Claim(text, tuple(anchors), self)
        cited = claim.verdict(claim.anchors)
        floor = cited.score if cited.faults else 0.0
        near = claim.best(self.library.entries(hits).values(), floor)
        if cited.support == "supported":
            if near is None or near.score < cited.score + CLEARLY:
                return Checked(claim.without_idle(), "supported")
            return Checked((near.anchor,), "supported", moved=True)
        if near is None and not cited.faults and (wider := claim.widened()):
            return Checked(wider, "supported")
        if elsewhere and (near is None or near.score < SURE):
            near = _better(near, claim.best(self._elsewhere(text, hits), floor))
        if near is not None:
            return Checked((near.anchor,), "supported", moved=True)
        if cited.support == "partial":
            return Checked(claim.anchors, "partial")
        return Checked(claim.about(), "unsupported")

    def _elsewhere(self, text: str, hits: Sequence[str]) -> list[Entry]:
        """Return the papers of the library nearest to a claim that are not among the hits."""
        try:
            found = self.retriever.search(text[:_LONGEST], LIBRARY + len(hits))
        except QuestionError:  # a claim without a content word
            return []
        return [one.entry for one in found if one.entry.paper.id not in hits][:LIBRARY]


@dataclass(frozen=True, slots=True)
class _Better:
    """A sentence that supports a claim, and how well (see checks)."""

    anchor: Anchor
    score: float


def _better(one: _Better | None, other: _Better | None) -> _Better | None:
    """Return the one that supports a claim better; the first when they are alike."""
    return max((b for b in (one, other) if b is not None), key=lambda b: b.score, default=None)


@dataclass(frozen=True)
class _Claim:
    """One claim under its check: its text, what it cites, and what it is checked with."""

    text: str
    anchors: tuple[Anchor, ...]
    within: Grounder

    @cached_property
    def vector(self) -> Vector:
        """The claim's own vector."""
        vector: Vector = self.within.embedder.embed([self.text])[0]
        return vector

    @cached_property
    def question(self) -> Question | None:
        """The claim as it is searched for; None where it has no word to look for."""
        try:
            check_searchable(self.text)
        except QuestionError:
            return None
        return self.within.retriever.read(self.text[:_LONGEST])

    def verdict(self, anchors: Sequence[Anchor]) -> Verdict:
        """Judge how far sentences support the claim: by rules, and what they pass by the judge."""
        sentences = [anchor.sentence.text for anchor in anchors]
        verdict = verify(
            self.text,
            sentences,
            context="\n".join(anchor.paper.title for anchor in anchors),
            cosine=max(map(self._cosine, anchors), default=0.0),
        )
        judge = self.within.judge
        if judge is None or verdict.faults or not anchors:
            return verdict
        opinion = judge.judge(self.text, sentences)
        return verdict if opinion is None else replace(verdict, support=opinion)

    def best(self, entries: Collection[Entry], floor: float) -> _Better | None:
        """Return the sentence that supports the claim best, if one does that is not cited.

        It must score more than ``floor`` and than every sentence looked at that has a fault.
        """
        cited = {anchor.key for anchor in self.anchors}
        ranked = [one for one in self._nearest(entries, TRIED) if one[1].key not in cited]
        ranked.sort(key=lambda pair: -pair[0])
        verdicts = [(anchor, self.verdict([anchor])) for _, anchor in ranked[:TRIED]]
        floor = max([floor, *(verdict.score for _, verdict in verdicts if verdict.faults)])
        good = [
            _Better(anchor, verdict.score)
            for anchor, verdict in verdicts
            if verdict.support == "supported" and verdict.score > floor
        ]
        return max(good, key=lambda better: better.score, default=None)

    def widened(self) -> tuple[Anchor, ...] | None:
        """Add up to ``ADDED`` sentences of the cited papers, if together they support the claim.

        For a claim that sums up several sentences and cites one. Not for one with a fault: a wrong
        number may well stand somewhere else in the abstract.
        """
        ids = [anchor.paper.id for anchor in self.anchors]
        entries = self.within.library.entries(ids).values()
        spare = sorted(self._nearest(entries), key=lambda pair: -pair[0])
        most = ADDED + len(self.anchors)
        chosen = list(self.anchors)
        for _, anchor in spare[:most]:
            if anchor in chosen or len(chosen) >= most:
                continue
            chosen.append(anchor)
            if self.verdict(chosen).support == "supported":
                return tuple(chosen)
        return None

    def without_idle(self) -> tuple[Anchor, ...]:
        """Drop the anchors that have nothing to do with the claim when the others carry it."""
        if len(self.anchors) < 2:
            return self.anchors
        busy = tuple(a for a in self.anchors if self.verdict([a]).score >= _IDLE)
        return busy if busy and self.verdict(busy).support == "supported" else self.anchors

    def about(self) -> tuple[Anchor, ...]:
        """Return the anchors that are at least about the claim, so that a reader sees its fault."""
        return tuple(a for a in self.anchors if self.verdict([a]).score >= _ABOUT)

    def _nearest(
        self, entries: Collection[Entry], most: int | None = None
    ) -> Iterator[tuple[float, Anchor]]:
        """Yield the sentences of papers nearest to the claim, ``most`` a paper, and how near."""
        ids = [entry.paper.id for entry in entries]
        question = self.question
        lates = self.within.retriever.interact(question, ids) if question else {}
        for entry in entries:
            late = lates.get(entry.paper.id)
            near = late.sentences if late else self._cosines(entry)
            for index in np.argsort(-near, kind="stable")[:most].tolist():
                yield float(near[index]), Anchor(entry.paper, entry.sentences[index])

    @blas_flags_ignored
    def _cosines(self, entry: Entry) -> Vector:
        return np.asarray(entry.vectors.sentences @ self.vector)

    @blas_flags_ignored
    def _cosine(self, anchor: Anchor) -> float:
        """Compare the claim with a sentence, both by themselves.

        Where sentences were pooled out of their abstract they are embedded once more: what their
        neighbours say must not vouch for them.
        """
        if self.within.embedder.tokens is not None:
            sentence = self.within.embedder.embed([anchor.sentence.text])[0]
            return float(sentence @ self.vector)
        entry = self.within.library.entries([anchor.paper.id]).get(anchor.paper.id)
        if entry is None:  # removed while the model was writing
            return 0.0
        return float(entry.vectors.sentences[anchor.sentence.index] @ self.vector)
