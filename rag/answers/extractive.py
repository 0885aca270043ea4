"""Answers from the abstracts' own sentences: which of them, and in what order. Pure.

Everything comes in as evidence, and what comes out is a choice of sentences and what is not said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rag.answers.asked import Asked
from rag.answers.papers import choose_papers, near_first
from rag.answers.values import Value, gives
from rag.answers.worth import bonus, worth
from rag.search import COVERAGE_WEIGHT, Evidence
from rag.text.citations import Anchor
from rag.text.coined import plain_name
from rag.text.names import names_in
from rag.text.rhetoric import leans
from rag.text.words import say_the_same

_SECOND = 0.3  # how far behind the first a second sentence of the same paper may be
_FEW = 4  # papers; where there are fewer the first may say more
_A_KIND = 4  # letters of a name that may be a kind: CNN, LLM, GPU
_SHORT = 320  # characters of a sentence that may still be shown with the one it hangs on


@dataclass(frozen=True, slots=True)
class Extract:
    """The sentences of an answer, paper by paper, each paper's in its own order.

    ``unsaid`` are the values asked for that the papers ``about`` do not give, as the question calls
    them, ``empty`` the sides of a comparison that no paper was found for. Without ``chosen`` the
    papers do not answer it: ``closest`` is then the nearest that they say. ``record``: the
    question is for the records of the papers ``about``, and not for what they say. ``unsure``: one
    paper was wanted, and none stands out.
    """

    chosen: tuple[Anchor, ...] = ()
    unsaid: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    about: tuple[Evidence, ...] = ()
    closest: Anchor | None = None
    record: bool = False
    unsure: bool = False


@dataclass(slots=True)
class _Taken:
    """What has been chosen so far, so that nothing is said twice."""

    anchors: list[Anchor] = field(default_factory=list)

    def is_fresh(self, one: Evidence, index: int) -> bool:
        text = one.sentences[index].text
        return not any(say_the_same(text, anchor.sentence.text) for anchor in self.anchors)

    def add(self, one: Evidence, indices: Sequence[int]) -> None:
        self.anchors += [Anchor(one.paper, one.sentences[index]) for index in sorted(indices)]


def extract(
    asked: Asked,
    evidence: Sequence[Evidence],
    *,
    background: float | None = None,
    unknown: Collection[str] = (),
) -> Extract:
    """Choose the sentences that answer a question, best paper first, in each paper's own order.

    ``background`` is the score of a paper that has nothing special to do with the question,
    ``unknown`` are names in it that no paper has.
    """
    chosen = choose_papers(asked, evidence, background=background, unknown=unknown)
    if not chosen.papers:
        return Extract()
    one_asked = asked.scope != "compare" or len(chosen.papers) == 1
    if asked.values and one_asked and not asked.surveys_works and not _given(asked, chosen.papers):
        papers = chosen.papers if chosen.named else near_first(evidence, background)
        tells = asked.values[0].kind != "origin" or any(one.paper.authors for one in papers[:1])
        of_it = chosen.named or not all(value.of_named for value in asked.values)
        if tells and of_it and (not chosen.named or len(papers) == 1):
            return _valued(asked, papers, named=chosen.named)
    taken = _Taken()
    for rank, one in enumerate(chosen.papers):
        several = asked.scope == "compare" or chosen.named or len(chosen.papers) == 1
        most = 2 if several or (not rank and len(chosen.papers) < _FEW) else 1
        taken.add(one, _of_paper(asked, one, taken, most=most))
    empty = tuple(asked.words(asked.sides[number]) for number in chosen.empty_sides)
    return Extract(tuple(taken.anchors), empty=empty, about=chosen.papers, unsure=chosen.unsure)


def _of_paper(asked: Asked, one: Evidence, taken: _Taken, *, most: int) -> list[int]:
    """Choose from one paper the best sentence for each part of the question, or the best ones."""
    if one.parts is not None and len(one.parts) > 1 and most > 1:
        picked: list[int] = []
        for part in one.parts[: most + 1]:
            picked += [i for i in _choose(asked, one, part, taken, most=1) if i not in picked]
        return picked
    return _choose(asked, one, one.relevance, taken, most=most)


def _choose(
    asked: Asked, one: Evidence, relevance: NDArray[np.float32], taken: _Taken, *, most: int
) -> list[int]:
    """Choose greedily; the words of the question count once, for the first sentence that has them.

    So a second sentence is one that says what the first left open. A sentence that hangs on the one
    before it brings that with it, or makes way.
    """
    extra = bonus(asked, one)
    base = relevance + extra
    open_words = np.ones(one.coverage.shape[1], dtype=np.float32)
    picked: list[int] = []
    best = 0.0
    while len(picked) < most:
        value = base + np.float32(COVERAGE_WEIGHT) * (one.coverage * open_words).sum(axis=1)
        order = (int(i) for i in np.argsort(-value, kind="stable"))
        fresh = (i for i in order if i not in picked and taken.is_fresh(one, i))
        # What comes second is never what the question does not ask for, as a problem mostly is.
        index = next((i for i in fresh if not picked or extra[i] >= -0.05), None)
        is_title = not index and len(one.sentences) > 1
        if index is None or is_title or (picked and value[index] < best - _SECOND):
            break
        best = float(value[index]) if not picked else best
        picked.append(index)
        open_words[one.coverage[index] > 0] = 0.0
        if any(say_the_same(one.sentences[index].text, one.sentences[i].text) for i in picked[:-1]):
            picked.pop()
            break
    return _with_what_it_hangs_on(one, picked)


def _with_what_it_hangs_on(one: Evidence, picked: Sequence[int]) -> list[int]:
    """Add the sentence before one that hangs on it."""
    shown = set(picked)
    for index in picked:
        text, before = one.sentences[index].text, one.sentences[index - 1]
        if (
            index > 1
            and leans(text, named=True)
            and len(before.text) <= _SHORT
            and not leans(before.text)
        ):
            shown.add(index - 1)
    return sorted(shown)


# -- one value asked, one value given --------------------------------------------------------------


def _given(asked: Asked, papers: Sequence[Evidence]) -> bool:
    """Whether a figure that the question gives stands in a paper: it asks whose that is."""
    figures = [word for word in asked.text.split() if any(c.isdigit() for c in word)]
    decimal = [f.strip("%,.;:?()x×") for f in figures if "." in f.strip(".,?") or "%" in f]
    return any(f in one.paper.abstract for f in decimal if f for one in papers)


def _valued(asked: Asked, papers: Sequence[Evidence], *, named: bool) -> Extract:
    """Return the sentences that give the values asked for, or what the papers do not say."""
    if asked.values[0].kind in ("record", "origin"):
        return Extract(record=True, about=tuple(papers) if named else tuple(papers[:1]))
    names = _names_apart(asked, papers)
    taken = _Taken()
    unsaid: list[Value] = []
    for value in asked.values:
        needed = _needed(asked.part_of(value.place), papers)
        place = next(_fitting(asked, value, papers, names, needed), None)
        if place is None:
            unsaid.append(value)
        elif taken.is_fresh(*place):
            taken.add(place[0], [place[1]])
    about = tuple(papers) if named else tuple(papers[:1])
    told = tuple(value.phrase for value in unsaid)
    if taken.anchors:
        about = tuple(papers) if named else _cited(papers, taken)
        return Extract(tuple(taken.anchors), told, about=about)
    first = about[0]
    nearest = (
        int(worth(asked, first, first.relevance)[1:].argmax()) + 1
        if len(first.sentences) > 1
        else 0
    )
    return Extract((), told, about=about, closest=Anchor(first.paper, first.sentences[nearest]))


def _fitting(
    asked: Asked,
    value: Value,
    papers: Sequence[Evidence],
    names: Sequence[str],
    needed: Mapping[str, Sequence[str]],
) -> Iterator[tuple[Evidence, int]]:
    """Yield the sentences that give a value, the best first, paper by paper."""
    for one in papers:
        order = np.argsort(-worth(asked, one, one.relevance), kind="stable").tolist()
        for index in order:
            text = one.sentences[index].text
            before = one.sentences[index - 1].text if index > 1 and leans(text) else ""
            context = plain_name(f"{one.paper.title} {before} {text}")
            is_about = all(name in context for name in needed[one.paper.id])
            if index and is_about and gives(value, text, not_names=names):
                yield one, index


def _cited(papers: Sequence[Evidence], taken: _Taken) -> tuple[Evidence, ...]:
    ids = {anchor.paper.id for anchor in taken.anchors}
    return tuple(one for one in papers if one.paper.id in ids)


def _names_apart(asked: Asked, papers: Sequence[Evidence]) -> list[str]:
    return [*names_in(asked.text), *(name for one in papers for name in one.names)]


def _needed(part: str, papers: Sequence[Evidence]) -> dict[str, list[str]]:
    """Return the names in a part of the question that a sentence of each paper must be about.

    A short one that is no condition ("the CNN beats …", but "on COCO") is a kind of thing.
    """
    names = []
    for name in dict.fromkeys(names_in(part)):
        kind = name.isalpha() and len(name) <= _A_KIND
        condition = rf"\b(?:on|at|over|for|under|in|against|than) (?:the )?{re.escape(name)}\b"
        if not kind or re.search(condition, part):
            names.append(plain_name(name))
    found: dict[str, list[str]] = {}
    for one in papers:
        own = {plain_name(name) for name in one.names}
        found[one.paper.id] = [
            name for name in names if not any(name == o or name in o.split() for o in own)
        ]
    return found
