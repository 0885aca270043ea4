"""Checks each claim of a model against what it cites, and finds a better anchor if there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.errors import QuestionError
from rag.grounding.checks import Verdict
from rag.grounding.claim import LONGEST, Checking, ClaimCheck
from rag.library import Entry, Library
from rag.models import Embedder
from rag.records import Support
from rag.search import PaperRetriever
from rag.text.citations import Anchor
from rag.text.languages import differ

# Another paper's sentence takes a citation over when it supports the claim by so much more.
CLEARLY = 0.15
VERBATIM_SCORE = 0.9  # of a claim that keeps nearly all words of what it cites (see checks)
LIBRARY = 6  # papers searched beyond the hits


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim's anchors and mark after the check.

    ``moved`` tells that it was cited anew, ``faulted`` that a rule speaks against it, ``verbatim``
    that it is cited nearly word for word.
    """

    anchors: tuple[Anchor, ...]
    support: Support
    moved: bool = False
    faulted: bool = False
    verbatim: bool = False


class Grounder:
    """Verifies claims and repairs citations within one library."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        retriever: PaperRetriever,
    ) -> None:
        self.parts = Checking(library, embedder, retriever)

    def check(
        self,
        text: str,
        anchors: Sequence[Anchor],
        hits: Sequence[str],
        *,
        elsewhere: bool = True,
    ) -> Checked:
        """Check a claim against its anchors; look among the hits (paper ids), then ``elsewhere``.

        Names, numbers, negations, directions and roles decide first, then words and meaning:

        | what it cites | a sentence that is not cited               | result                      |
        |---------------|--------------------------------------------|-----------------------------|
        | in another    | (is not looked for: words do not tell)     | unchecked, as it is cited   |
        | language      |                                            |                             |
        | supports it   | none among the hits that is clearly better | supported, idle ones go     |
        | supports it   | one among the hits that is clearly better  | supported by that, moved    |
        | has no fault  | more of the same papers carry it together  | supported by all of these   |
        | anything else | one among the hits; if none, elsewhere     | supported by that, moved    |
        | partly        | none                                       | partial                     |
        | not           | none                                       | unsupported, what is at     |
        |               |                                            | least about it stays        |

        A sentence that is not cited needs a name or figure in common with the claim and a higher
        score than one that is, and must score more than every one looked at that contradicts the
        claim: one that is less about it does not vindicate it.
        """
        claim = ClaimCheck(text, tuple(anchors), self.parts)
        if anchors and all(differ(text, one.sentence.text) for one in anchors):
            return Checked(claim.anchors, "unchecked")
        cited = claim.verdict(claim.anchors)
        # Another paper's name is no contradiction: the claim may be right and its citation wrong.
        floor = cited.score if cited.faults and not claim.foreign(claim.anchors) else 0.0
        near = claim.best(self.parts.library.entries(hits).values(), floor)
        supported = cited.support == "supported"
        if supported and (near is None or near.score < cited.score + CLEARLY):
            return Checked(
                claim.without_idle(), "supported", verbatim=cited.score >= VERBATIM_SCORE
            )
        if near is None and claim.may_be_widened(cited) and (wider := claim.widened()):
            return Checked(wider, "supported")
        if near is None and elsewhere:
            near = claim.best(self._elsewhere(text, hits), floor)
        if near is not None:
            return Checked((near.anchor,), "supported", moved=True)
        partial = cited.support == "partial"
        kept = claim.anchors if partial else claim.about()
        faulted = bool(cited.excess or (anchors and cited.faults))
        return Checked(kept, cited.support, faulted=faulted)

    def verdict(self, text: str, anchors: Sequence[Anchor]) -> Verdict:
        """Judge how far a claim rests on these sentences, without looking for others."""
        return ClaimCheck(text, tuple(anchors), self.parts).verdict(anchors)

    def _elsewhere(self, text: str, hits: Sequence[str]) -> list[Entry]:
        """Return the papers of the library nearest to a claim that are not among the hits."""
        try:
            found = self.parts.retriever.search(text[:LONGEST], LIBRARY + len(hits))
        except QuestionError:  # a claim without a content word
            return []
        return [one.entry for one in found if one.entry.paper.id not in hits][:LIBRARY]
