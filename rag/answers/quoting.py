"""Writes an answer of the abstracts' own sentences, or says what they do not say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from rag.answers.context import AnswerContext, AnswerParts
from rag.answers.extractive import Extract, extract
from rag.answers.headings import grouped
from rag.records import Answer, Paper, Usage
from rag.search import WORKS, Evidence
from rag.text.citations import Anchor, Builder, Numbering
from rag.text.clip import clipped
from rag.text.coined import label
from rag.text.notices import joined, no_paper_mentions
from rag.text.readable import readable
from rag.text.rhetoric import without_connective, without_label
from rag.text.words import content_stems

# "Which methods replace softmax": what an item has of "methods" does not matter.
_ABOUT_WORKS = frozenset(content_stems(re.sub(r"\W", " ", WORKS)))
_TWO_DOTS = re.compile(r"(?<!\.)\.\.$")  # "so far.. " of a careless abstract; not "…", "..."


def quote(context: AnswerContext, *, notice: str = "", usage: Usage | None = None) -> AnswerParts:
    """Answer with the abstracts' own sentences, paper by paper.

    A survey of many papers is grouped under what they share. What the question asks besides and the
    papers do not say is told in the notice; when that is all of it, the answer refuses.
    """
    found = extract(
        context.asked_for,
        context.evidence,
        background=context.background,
        unknown=context.unknown_names,
    )
    if found.record:
        return (yield from _from_the_record(context, found.about, usage=usage or Usage()))
    if not found.chosen:
        return (yield from _refuse(context, found, usage=usage or Usage()))
    # Where no paper stands out, a word that none of them has is a reason for it.
    absent = context.missing if found.unsure else context.unknown_names
    builder = Builder(Numbering.after(context.history))
    wanted = frozenset(content_stems(context.asked_for.text)) - _ABOUT_WORKS
    for lead, anchor, alone in _with_leads(context, found):
        text = _TWO_DOTS.sub(".", clipped(anchor.sentence.text, wanted))
        yield builder.add(
            without_connective(text) if alone else without_label(text),
            [anchor],
            "supported",
            lead=lead,
        )
    return Answer(
        question=context.question,
        text=builder.text,
        grounded=True,
        mode="extractive",
        model="",
        claims=tuple(builder.claims),
        citations=tuple(builder.citations),
        hits=context.hits,
        follow_ups=context.follow_ups(builder.citations),
        usage=usage or Usage(),
        notice=joined(notice, context.read_as, no_paper_mentions(absent), _besides(found, absent)),
        missing=absent,
    )


def _with_leads(context: AnswerContext, found: Extract) -> Iterator[tuple[str, Anchor, bool]]:
    """Yield what stands before each sentence, the sentence, and whether another stood before it."""
    papers: dict[str, list[Anchor]] = {}
    for anchor in found.chosen:
        papers.setdefault(anchor.paper.id, []).append(anchor)
    several = len(papers) > 1
    names = _names([anchors[0].paper for anchors in papers.values()])
    groups = grouped(list(papers.values()), context.asked_for)
    for number, (heading, members) in enumerate(groups):
        for place, anchors in enumerate(members):
            lead = f"{names[anchors[0].paper.id]}: "
            if several:
                lead = f"\n- {lead}"
            if heading and not place:
                lead = f"{chr(10) if number else ''}\n{heading}:{lead}"
            before = -1
            for anchor in anchors:
                goes_on = anchor.sentence.index == before + 1
                before = anchor.sentence.index
                yield (lead if anchor is anchors[0] else " "), anchor, not goes_on


def _names(papers: Sequence[Paper]) -> dict[str, str]:
    """Return what each paper is called, by id; by its whole title where two are called alike."""
    called = {paper.id: label(paper.title, paper.abstract) for paper in papers}
    titles = {paper.id: readable(paper.title) for paper in papers}
    often = Counter(called.values())
    return {i: name if often[name] == 1 else titles[i] for i, name in called.items()}


def _besides(found: Extract, absent: Sequence[str]) -> str:
    """Say what of the question is not answered though the rest is, but for ``absent`` names."""
    unsaid = [_does_not_say(found, found.unsaid)] if found.unsaid else []
    if found.unsure:
        unsaid.append("No one paper stands out for this; these come closest.")
    empty = [side for side in found.empty if not any(name in side for name in absent)]
    return joined(*unsaid, *(f"No paper here is about “{side}”." for side in empty))


def _does_not_say(found: Extract, unsaid: Sequence[str]) -> str:
    names = [label(one.paper.title, one.paper.abstract) for one in found.about]
    whose = "The abstract of" if len(names) == 1 else "The abstracts of"
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"{whose} {listed} {'does' if len(names) == 1 else 'do'} not say {' or '.join(unsaid)}."


def _refuse(context: AnswerContext, found: Extract, *, usage: Usage) -> AnswerParts:
    """Say what the papers asked about do not say, and the nearest that they do."""
    text = _does_not_say(found, found.unsaid)
    if found.closest is not None:
        near = found.closest.sentence.text
        text += f" The closest that it says, which is not the answer: “{near}”"
    yield text
    return Answer(
        question=context.question,
        text=text,
        grounded=False,
        mode="extractive",
        model="",
        hits=context.hits,
        follow_ups=context.follow_ups(()),
        usage=usage,
        notice=joined(context.read_as, no_paper_mentions(context.unknown_names)),
        missing=context.unknown_names,
        closest=tuple(one.paper.id for one in found.about),
    )


def _from_the_record(
    context: AnswerContext, papers: Sequence[Evidence], *, usage: Usage
) -> AnswerParts:
    """Tell who wrote a paper, when, and where: what stands in its record and in no sentence.

    Its title is cited, and the claim is marked as not checked against it.
    """
    builder = Builder(Numbering.after(context.history))
    for one in papers:
        told = _record(one.paper)
        if told:
            lead = "\n- " if len(papers) > 1 else ""
            anchor = Anchor(one.paper, one.sentences[0])
            yield builder.add(told, [anchor], "unchecked", lead=lead)
    names = [label(one.paper.title, one.paper.abstract) for one in papers]
    text = builder.text
    if not text:
        text = f"The record of {' and of '.join(names)} has no authors, year or venue."
        yield text
    return Answer(
        question=context.question,
        text=text,
        grounded=bool(builder.claims),
        mode="extractive",
        model="",
        claims=tuple(builder.claims),
        citations=tuple(builder.citations),
        hits=context.hits,
        follow_ups=context.follow_ups(builder.citations),
        usage=usage,
        notice=joined(
            context.read_as,
            "From the paper's record, not from its abstract." if builder.claims else "",
        ),
        closest=() if builder.claims else tuple(one.paper.id for one in papers),
    )


def _record(paper: Paper) -> str:
    by = f"by {', '.join(paper.authors)}" if paper.authors else ""
    where = ", ".join(part for part in (paper.venue, str(paper.year or "")) if part)
    told = ", ".join(part for part in (by, where) if part)
    return f"“{readable(paper.title)}”: {told}." if told else ""
