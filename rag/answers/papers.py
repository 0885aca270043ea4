"""Chooses the papers that an answer cites: those it is asked about, or those that lead. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.answers.asked import Asked
from rag.search import Evidence, Scope, describes
from rag.text.coined import mention
from rag.text.names import names_in
from rag.text.words import content_words

MOST_PAPERS = 8
_MOST_OF_A_FACT = 2  # papers; what a third one says beside two is another matter
_MOST_COMPARED = 4  # papers of a comparison that names none and says no number

# How much of the lead over the background a paper must have to be cited. The background is the
# median score of the 40 best papers, so a question that one paper answers leaves the others behind
# whatever its scores.
_LEAD: Mapping[Scope, float] = {"fact": 0.95, "survey": 0.4, "compare": 0.4}
# A phrase of three words names a topic of many papers, one of twelve describes a single one.
_PHRASE_LEAD, _PHRASE_WORD = 0.4, 0.04
# Where one paper is wanted it is shown alone if the second is so far behind, as a share of the
# lead: of 59 questions the first was right in 34 of the 35 with a gap of 0.25 or more, and in 12 of
# the 24 others. Up to three are shown then, and that none stands out is said.
_CLEAR, _UNSURE = 0.25, 0.2
_ALONE = 0.4  # what is given as key words may be a topic: its first paper is alone from here on
# One paper is no survey: so many are shown where they are this far ahead.
_AT_LEAST, _AT_LEAST_LEAD = 3, 0.3
_LOOKED_AT = 3  # papers that are searched for a value when none is named
_NEAR_FIRST = 0.8  # of the lead that the first of them has
_SIDE = 0.35  # how near a paper must be to a side of a comparison, by late interaction
_TITLE = 3  # words of a title that is more than a phrase
_FEW_HAVE = 2  # papers that speak of a name which is nobody's own
_SIDE_LEAD = 0.3  # of its lead in the whole question, which tells sides in few words apart


@dataclass(frozen=True, slots=True)
class Chosen:
    """The papers to cite, best first; ``named`` tells that the question names them.

    ``empty_sides`` are the sides of a comparison (as numbers) that no paper was found for;
    ``unsure`` tells that one paper was wanted and none leads the others.
    """

    papers: tuple[Evidence, ...]
    named: bool = False
    empty_sides: tuple[int, ...] = ()
    unsure: bool = False


def choose_papers(
    asked: Asked,
    evidence: Sequence[Evidence],
    *,
    background: float | None = None,
    unknown: Collection[str] = (),
) -> Chosen:
    """Choose the papers to cite, as many as the question needs; ``evidence`` is sorted.

    ``unknown`` are names in the question that no paper has: what comes near to such a side of a
    comparison is another thing.

    Papers whose system the question names are the answer's only ones, and all of them, but for a
    survey, which may ask who else speaks of it. A comparison gets a paper for each of its sides.
    Everything else gets the papers that lead the background clearly enough for its scope.
    """
    evidence = _each_once(evidence)
    if not evidence:
        return Chosen(())
    named = named_papers(asked.text, evidence) or named_papers(asked.about, evidence)
    if asked.scope == "compare":
        named = _with_spoken_of(asked.text, evidence, named)
        return _compared(asked, evidence, named, background, unknown)
    if named and not asked.surveys_works:
        return Chosen(tuple(named[:MOST_PAPERS]), named=True)
    found, unsure = _leading(asked, evidence, background)
    return Chosen(tuple(found), unsure=unsure)


def _each_once(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Leave out copies: a paper with the abstract of a better one says nothing more."""
    kept: dict[str, Evidence] = {}
    for one in evidence:
        text = " ".join(one.paper.abstract.split()).casefold()
        kept.setdefault(text or f"without abstract {one.paper.id}", one)
    return list(kept.values())


def near_first(evidence: Sequence[Evidence], background: float | None) -> list[Evidence]:
    """Return the papers that may hold what the first one does not, by their scores."""
    least = background if background is not None else evidence[-1].score
    lead = _NEAR_FIRST * (evidence[0].score - least)
    return [one for one in evidence[:_LOOKED_AT] if one.score >= least + lead]


def _compared(
    asked: Asked,
    evidence: Sequence[Evidence],
    named: Sequence[Evidence],
    background: float | None,
    unknown: Collection[str],
) -> Chosen:
    """Return a paper for each thing compared: by its name, else by what its side describes."""
    if len(named) > 1:
        return Chosen(tuple(named[:MOST_PAPERS]), named=True)
    if not asked.sides or any(not one.sides for one in evidence):
        found, _ = _leading(asked, evidence, background)
        others = [one for one in found if one not in named]
        most = (asked.most or _MOST_COMPARED) - len(named)
        return Chosen((*named, *others[: max(most, 0)]), named=bool(named))
    chosen: list[Evidence] = []
    empty: list[int] = []
    least = evidence[-1].score
    lead = max(evidence[0].score - least, 1e-9)
    for number, side in enumerate(asked.sides):
        owners = [one for one in named if any(mention(n, asked.words(side)) for n in one.names)]
        free = [one for one in evidence if one not in chosen and one not in named]
        best = max(
            free,
            key=lambda one: one.sides[number] + _SIDE_LEAD * (one.score - least) / lead,
            default=None,
        )
        if owners:
            chosen += [one for one in owners if one not in chosen]
        elif (
            best is not None
            and best.sides[number] >= _SIDE
            and not any(name in asked.words(side) for name in unknown)
        ):
            chosen.append(best)
        else:
            empty.append(number)
    return Chosen(tuple(chosen), named=bool(named), empty_sides=tuple(empty))


def _leading(
    asked: Asked, evidence: Sequence[Evidence], background: float | None
) -> tuple[list[Evidence], bool]:
    """Return the papers that lead clearly, and whether one was wanted and none stands out."""
    scores = [one.score for one in evidence]
    if background is None:  # retrieved by somebody else's retriever
        background = float(np.median(scores)) if len(scores) > 2 else 0.0
    if asked.most and asked.most > 1:
        return list(evidence[: asked.most]), False
    ahead = max(scores[0] - background, 1e-9)
    behind = [(scores[0] - score) / ahead for score in scores]
    lead = _phrase_lead(asked.text) if asked.scope == "phrase" else _LEAD[asked.scope]
    alone = asked.scope == "phrase" and len(behind) > 1 and behind[1] >= _ALONE
    if asked.most == 1 or lead >= _LEAD["fact"] or alone:
        unsure = len(behind) > 1 and behind[1] < _CLEAR
        reach = _UNSURE if unsure else 0.0
        near = zip(evidence[:_AT_LEAST], behind, strict=False)
        return [one for one, b in near if b <= reach], unsure
    found = [one for one, b in zip(evidence[:MOST_PAPERS], behind, strict=False) if b <= 1 - lead]
    if len(found) < _AT_LEAST:
        within = 1 - _AT_LEAST_LEAD
        found = [one for one, b in zip(evidence[:_AT_LEAST], behind, strict=False) if b <= within]
    return found, False


def _phrase_lead(phrase: str) -> float:
    if describes(phrase):
        return _LEAD["fact"]
    extra = len(content_words(phrase)) - 3
    return min(max(_PHRASE_LEAD + _PHRASE_WORD * extra, _PHRASE_LEAD), _LEAD["fact"])


def named_papers(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the papers whose own names, or whole titles, a question has, in its order.

    A name that half of the papers give to something of theirs names none of them.
    """
    said = " ".join(question.casefold().split())
    owners: dict[str, list[Evidence]] = {}
    for one in evidence:
        for name in one.names:
            owners.setdefault(name.casefold(), []).append(one)
    found: dict[str, tuple[int, int, Evidence]] = {}
    for rank, one in enumerate(evidence):
        places = [
            place
            for name in one.names
            if len(owners[name.casefold()]) <= max(len(evidence) // 2, 1)
            and (place := mention(name, question))
        ]
        title = " ".join(one.paper.title.casefold().split())
        starts = [place[0] for place in places]
        if len(title.split()) >= _TITLE and title in said:
            starts.append(said.index(title))
        if starts:
            found[one.paper.id] = (min(starts), rank, one)
    return [one for _, _, one in sorted(found.values(), key=lambda item: item[:2])]


def _with_spoken_of(
    question: str, evidence: Sequence[Evidence], named: Sequence[Evidence]
) -> list[Evidence]:
    """Add, for a name that is no paper's own, the first paper that speaks of it, if few do."""
    own = " ".join(name.casefold() for one in evidence for name in one.names)
    found = list(named)
    for name in names_in(question):
        having = [one for one in evidence if mention(name, one.paper.abstract)]
        rare = 0 < len(having) <= _FEW_HAVE < len(evidence)
        if rare and name.casefold() not in own and having[0] not in found:
            found.append(having[0])
    return found
