"""Judges from weighed sentences what a library says to a claim. Pure.

The bars were chosen on claims made from the packaged papers (``evaluation.checking``): once with
their papers among those searched, and once without, where nothing may be found for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.checking.records import Finding
from rag.grounding import NEW, NOT_CITED, Weighed

# Scores (see grounding.checks) from which a sentence speaks for a claim, or against it.
ABOUT = 0.7  # it contradicts: it has to be about the same matter in nearly the same words
SAME = 0.9  # the same without a name or figure in common, which only a near copy may lack
SAME_AGAINST = 0.85
NAMED = 0.5  # the same of a paper that the claim names
CLOSE = 0.05  # to the best sentence, so that another is told beside it
PARTLY = 0.5  # a paper that the claim names says some of it
CITED = 0.5  # a paper that the claim cites says it


@dataclass(frozen=True, slots=True)
class Opinion:
    """What was found, the sentences for and against (or the nearest one), and why."""

    finding: Finding
    supporting: tuple[Weighed, ...] = ()
    against: tuple[Weighed, ...] = ()
    near: tuple[Weighed, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def is_verbatim(self) -> bool:
        """Whether a sentence says the claim nearly word for word."""
        return any(one.verdict.score >= SAME for one in self.supporting)


def judged(weighed: Sequence[Weighed], *, cited: bool = False) -> Opinion:
    """Judge by the sentences nearest to a claim, those of papers that it cites or of any.

    | the sentences                                            | finding      |
    |----------------------------------------------------------|--------------|
    | one says it, and none that says it better turns it round | supported    |
    | one about the same matter has another figure, a negation | contradicted |
    | it goes further than one does; the paper it names says   | partial      |
    | some of it                                               |              |
    | anything else                                            | not_stated   |
    """
    ranked = sorted(weighed, key=lambda one: -one.verdict.score)
    good = [one for one in ranked if _supports(one, cited)]
    bad = [one for one in ranked if _contradicts(one, cited)]
    if good and (not bad or good[0].verdict.score >= bad[0].verdict.score):
        return Opinion("supported", supporting=_first(good, 2))
    if bad:
        return Opinion("contradicted", against=_first(bad, 2), reasons=bad[0].verdict.faults)
    near = _first(ranked, 1)
    part = [one for one in ranked if _says_some(one, cited)]
    if part:
        why = part[0].verdict.excess or ("the nearest sentence says only some of it",)
        return Opinion("partial", supporting=_first(part, 1), reasons=why)
    why = near[0].verdict.faults if near and near[0].verdict.score >= ABOUT else ()
    return Opinion("not_stated", near=near, reasons=why)


def _supports(one: Weighed, cited: bool) -> bool:
    if one.verdict.support != "supported" or (one.foreign and not cited):
        return False
    if cited:
        return one.verdict.score >= (CITED if one.shares else NEW)
    return one.verdict.score >= (NEW if one.shares else SAME)


def _contradicts(one: Weighed, cited: bool) -> bool:
    """Whether a sentence about the same matter says otherwise; another name is another matter."""
    if not one.verdict.faults or one.foreign:
        return False
    figures_alone = all(fault.endswith(NOT_CITED) for fault in one.verdict.faults)
    score = one.verdict.score
    if score >= (ABOUT if one.shares else SAME_AGAINST):
        return True
    # A figure may just not be in an abstract, unless another stands there for the same.
    named = cited or one.is_own
    return named and score >= NAMED and (one.has_rival or not figures_alone)


def _says_some(one: Weighed, cited: bool) -> bool:
    verdict = one.verdict
    if verdict.faults or one.foreign:
        return False
    if verdict.excess:
        return cited or verdict.score >= (NEW if one.shares else SAME)
    if cited:
        return verdict.support != "unsupported"
    return one.is_own and one.shares and verdict.score >= PARTLY


def _first(ranked: Sequence[Weighed], most: int) -> tuple[Weighed, ...]:
    """Return the best ones, the others only where they are nearly as good."""
    return tuple(
        one for one in ranked[:most] if one.verdict.score >= ranked[0].verdict.score - CLOSE
    )
