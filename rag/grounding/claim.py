"""One claim under its check: what it cites, what else could carry it, and how well."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from rag.errors import QuestionError
from rag.grounding.checks import Verdict, verify
from rag.grounding.numbers import NOT_CITED, has_figures, rival_figures, shared_figure
from rag.grounding.subjects import absent_names, names_of, same_name
from rag.library import Entry, Library
from rag.models import Embedder, Vector, blas_flags_ignored
from rag.search import PaperRetriever, Question, check_searchable
from rag.text.citations import Anchor
from rag.text.coined import own_names
from rag.text.languages import differ
from rag.text.names import is_name
from rag.text.words import content_stems

TRIED = 6  # nearest sentences looked at for a claim that is not supported
# Score (see checks) that a sentence needs to be cited anew, where 0.45 is enough for one that the
# model cites itself.
NEW = 0.6
ADDED = 2  # sentences of the same papers that a claim may rest on beside those it cites
NAMESAKES = 5  # papers asked whether a name is their own
LONGEST = 1_000  # characters of a claim that are searched for
# A name that more papers have, of each hundred and at all, tells no paper from another: "ViT".
COMMON, FEW = 0.05, 3
# Scores (see checks) below which a sentence is not about a claim, and contributes nothing to it.
_ABOUT = 0.35
_IDLE = 0.25


@dataclass(frozen=True, slots=True)
class Checking:
    """What claims are checked with."""

    library: Library
    embedder: Embedder
    retriever: PaperRetriever


@dataclass(frozen=True, slots=True)
class Better:
    """A sentence that supports a claim, and how well (see checks)."""

    anchor: Anchor
    score: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """A sentence near a claim, and what it says to it.

    ``shares`` tells that it has a distinctive name or a figure of the claim, or its paper has the
    name; ``foreign`` are names in the claim that are other papers' own; ``is_own`` tells that the
    claim names what the paper calls its own, ``has_rival`` that the sentence gives another figure
    for the same.
    """

    anchor: Anchor
    verdict: Verdict
    shares: bool
    foreign: tuple[str, ...]
    is_own: bool
    has_rival: bool


@dataclass(frozen=True)
class ClaimCheck:
    """One claim under its check: its text, what it cites, and what it is checked with."""

    text: str
    anchors: tuple[Anchor, ...]
    within: Checking
    _known: dict[str, bool] = field(default_factory=dict)

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
        return self.within.retriever.read(self.text[:LONGEST])

    @cached_property
    def distinctive(self) -> list[str]:
        """The names in the claim that few papers have: what it is about in particular.

        The word that opens it has a capital anyhow, and is one only where a paper is called so.
        """
        rare = [name for name in names_of(self.text) if self._is_rare(name)]
        return [
            name
            for name in rare
            if is_name(name) or not self.text.startswith(name) or self._is_known(name)
        ]

    def verdict(self, anchors: Sequence[Anchor]) -> Verdict:
        """Judge how far sentences support the claim."""
        return verify(
            self.text,
            [anchor.sentence.text for anchor in anchors],
            context="\n".join(anchor.paper.title for anchor in anchors),
            cosine=max(map(self._cosine, anchors), default=0.0),
            abstracts="\n".join(dict.fromkeys(anchor.paper.abstract for anchor in anchors)),
            foreign=self.foreign(anchors),
        )

    def foreign(self, anchors: Sequence[Anchor]) -> list[str]:
        """Return the names in the claim that are another paper's own, and not in those cited."""
        text = "\n".join(f"{one.paper.title}\n{one.paper.abstract}" for one in anchors)
        return [name for name in absent_names(self.text, text) if self._is_known(name)]

    def best(self, entries: Collection[Entry], floor: float) -> Better | None:
        """Return the sentence that supports the claim best, if one does that is not cited.

        It must have a distinctive name or figure in common with the claim, or it may be about
        anything; and score ``NEW``, more than ``floor``, and more than every sentence looked at
        that contradicts the claim.
        """
        cited = {anchor.key for anchor in self.anchors}
        ranked = [one for one in self._nearest(entries, TRIED) if one[1].key not in cited]
        ranked.sort(key=lambda pair: -pair[0])
        looked_at = [
            anchor
            for _, anchor in ranked[:TRIED]
            if not differ(self.text, anchor.sentence.text) and not self.foreign([anchor])
        ]
        shared = {anchor.key for anchor in looked_at if self._shares(anchor)}
        if not shared:  # most often so, and a verdict embeds its sentence
            return None
        verdicts = [(anchor, self.verdict([anchor])) for anchor in looked_at]
        floor = max([floor, *(verdict.score for _, verdict in verdicts if verdict.faults)])
        good = [
            Better(anchor, verdict.score)
            for anchor, verdict in verdicts
            if verdict.support == "supported" and verdict.score > max(floor, NEW)
        ]
        fitting = [better for better in good if better.anchor.key in shared]
        return max(fitting, key=lambda better: better.score, default=None)

    def weighed(self, entries: Collection[Entry], most: int) -> list[Weighed]:
        """Weigh the sentences of papers that are nearest to the claim, ``most`` of all."""
        ranked = sorted(self._nearest(entries, TRIED), key=lambda pair: -pair[0])
        return [
            Weighed(
                anchor,
                self.verdict([anchor]),
                self._shares(anchor),
                tuple(self.foreign([anchor])),
                self._is_of(anchor),
                self._has_rival(anchor),
            )
            for _, anchor in ranked[:most]
        ]

    def may_be_widened(self, cited: Verdict) -> bool:
        """Whether more of the same papers may carry the claim beside what it cites.

        Not with a fault, since a wrong number may well stand somewhere else in the abstract; but
        where figures alone are missing, and what is cited has none that they could be wrong for.
        """
        if not self.anchors or not cited.faults:
            return bool(self.anchors)
        sentences = "\n".join(anchor.sentence.text for anchor in self.anchors)
        figures = all(fault.endswith(NOT_CITED) for fault in cited.faults)
        return figures and not has_figures(sentences) and not self.foreign(self.anchors)

    def widened(self) -> tuple[Anchor, ...] | None:
        """Add up to ``ADDED`` sentences of the cited papers, if together they support the claim.

        For a claim that sums up several sentences and cites one.
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

    def _is_known(self, name: str) -> bool:
        """Whether one of the papers that speak of a name most calls its own work by it."""
        if name not in self._known:
            try:
                found = self.within.retriever.search(name[:LONGEST], NAMESAKES)
            except QuestionError:
                found = []
            self._known[name] = any(
                same_name(name, own)
                for one in found
                for own in own_names(one.entry.paper.title, one.entry.paper.abstract)
            )
        return self._known[name]

    def _is_rare(self, name: str) -> bool:
        terms = self.within.retriever.terms(name)
        most = max(FEW, COMMON * self.within.library.count())
        return bool(terms) and min(term.papers for term in terms) <= most

    def _shares(self, anchor: Anchor) -> bool:
        """Whether a sentence has a distinctive name or a figure of the claim, or its paper has."""
        paper = anchor.paper
        own = "\n".join([paper.title, *own_names(paper.title, paper.abstract)])
        absent = absent_names(self.text, f"{anchor.sentence.text}\n{own}")
        if any(name not in absent for name in self.distinctive):
            return True
        return shared_figure(self.text, anchor.sentence.text)

    def _is_of(self, anchor: Anchor) -> bool:
        """Whether the claim names what a sentence's paper calls its own."""
        own = own_names(anchor.paper.title, anchor.paper.abstract)
        said = f" {_bare(self.text)} "
        return any(f" {_bare(name)} " in said for name in own if _bare(name))

    def _has_rival(self, anchor: Anchor) -> bool:
        """Whether a sentence gives another figure than the claim for the same."""
        paper = anchor.paper
        own = "\n".join([paper.title, *own_names(paper.title, paper.abstract)])
        known = set(content_stems(own))
        return any(
            not absent_names(ours, f"{theirs}\n{own}")
            and (set(content_stems(ours)) - known) & set(content_stems(theirs))
            for ours, theirs in rival_figures(self.text, anchor.sentence.text)
        )

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


def _bare(text: str) -> str:
    """Return the words of a text without case and marks, so that names are found in it."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))
