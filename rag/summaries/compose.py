"""Composes one summary, section by section: by a model, or of the abstracts' own sentences."""

from __future__ import annotations

import textwrap
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import TypeVar

from rag.grounding import put_right
from rag.library import Library
from rag.records import (
    Claim,
    Considered,
    Coverage,
    Mode,
    Paper,
    Progress,
    Row,
    Summary,
    Support,
    Theme,
    Usage,
)
from rag.summaries import layout
from rag.summaries.cells import Cell, plain
from rag.summaries.gather import Gathered
from rag.summaries.plan import Plan
from rag.summaries.sections import Author, Group, Task, Written
from rag.text.citations import Anchor, Builder, Numbering, Source
from rag.text.names import short_title
from rag.text.readable import readable
from rag.text.rhetoric import dissents, is_open_question, without_connective
from rag.text.words import share_a_word

T = TypeVar("T")
Parts = Generator[str, None, Summary]
"""The text of a summary piece by piece, and the summary itself at the end."""

AT_ONCE = 4  # sections a model writes at the same time
_GLANCE = 0.1  # seconds between two looks whether anybody still waits
_LONGEST_NAME = 32  # characters of a paper's name in a heading


class StoppedError(Exception):
    """Nobody waits for this summary any longer."""


@dataclass(slots=True)
class Work:
    """What a summary is made of, before anything is written."""

    topic: str
    gathered: Gathered
    plan: Plan
    groups: list[Group]
    notes: list[str] = field(default_factory=list)

    def paper(self, place: int) -> Paper:
        """Return one of the used papers."""
        return self.gathered.used[place].evidence.paper

    def sources(self, places: Sequence[int]) -> tuple[Source, ...]:
        """Return used papers as a prompt numbers them."""
        return tuple(
            Source(one.paper, one.sentences, one.best)
            for one in (self.gathered.used[place].evidence for place in places)
        )

    def label(self, found: Group) -> str:
        """Return what a theme is called: its phrases, else its papers' names."""
        if found.label:
            return found.label[0].upper() + found.label[1:]
        if len(self.groups) == 1:
            return "Contributions"
        titles = [short_title(readable(self.paper(place).title)) for place in found.places]
        names = [textwrap.shorten(title, _LONGEST_NAME, placeholder=" …") for title in titles]
        if len(names) > 2:
            names = [*names[:2], f"{len(names) - 2} more"]
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


class Composition:
    """One summary under way."""

    def __init__(
        self, work: Work, author: Author | None, progress: Progress, stopped: threading.Event
    ) -> None:
        self._work = work
        self._author = author
        self._progress = progress
        self._builder = Builder(Numbering())
        self._counts: Counter[str] = Counter()
        self._usage = Usage(prompt_digest=author.digest if author else "")
        self._stopped = stopped
        self._failures: dict[str, list[str]] = {}  # sections by why the model has none
        self._said: set[str] = set()
        self._by_model = False
        self._steps = 0
        self._done = 0

    def run(self, library: Library) -> Parts:
        """Write all of it in order, yielding each block of the text as it is ready."""
        work = self._work
        if self._stopped.is_set():
            raise StoppedError
        text = layout.heading(work.topic)
        yield text
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="section")
        try:
            overview = self._overview(pool)
            for block in self._blocks(layout.overview(overview)):
                text += block
                yield block
            sections, dissent, unsolved = self._start(pool)
            themes = []
            for found, section in zip(work.groups, sections, strict=True):
                themes.append(self._theme(found, section))
                for block in self._blocks(layout.theme(themes[-1], self._builder.citations)):
                    text += block
                    yield block
            rows = self._rows()
            disagreements = self._points(dissent, work.plan.dissent, layout.DISAGREEMENTS, dissents)
            questions = self._points(unsolved, work.plan.open, layout.QUESTIONS, is_open_question)
        except BaseException:
            self._stopped.set()  # so that the model stops too
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        self._note_removed(library)
        summary = self._summary(overview, themes, rows, disagreements, questions)
        papers = {one.evidence.paper.id: one.evidence.paper for one in work.gathered.used}
        for block in self._blocks(
            layout.comparison(rows),
            layout.points(layout.DISAGREEMENTS, disagreements),
            layout.points(layout.QUESTIONS, questions),
            layout.references(summary.citations, papers),
            layout.coverage(summary.coverage),
            layout.notice(summary.notice),
        ):
            text += block
            yield block
        return replace(summary, text=text)

    def _blocks(self, *blocks: str) -> Iterator[str]:
        for block in blocks:
            if self._stopped.is_set():
                raise StoppedError
            if block:
                yield f"\n\n{block}"

    # -- with a model --------------------------------------------------------------------------

    def _overview(self, pool: ThreadPoolExecutor) -> tuple[Claim, ...]:
        work, author = self._work, self._author
        if author is None:
            return self._own(work.plan.overview)
        self._steps = 3 + len(work.groups)
        sources = work.sources(range(len(work.gathered.used)))
        written, themes = self._wait(pool.submit(author.plan, work.topic, sources, self._stopped))
        if themes:
            work.groups = _sorted_out(themes, work)
            self._steps = 3 + len(work.groups)
        self._step(written)
        if written.failure:
            self._failures.setdefault(written.failure, []).append("the overview")
            return self._own(work.plan.overview)
        return self._model(written)

    def _start(
        self, pool: ThreadPoolExecutor
    ) -> tuple[list[Future[Written] | None], Future[Written] | None, Future[Written] | None]:
        """Set the model to work on all sections at once."""
        work, author = self._work, self._author
        if author is None:
            return [None] * len(work.groups), None, None
        everything = work.sources(range(len(work.gathered.used)))
        tasks = [
            *(Task("theme", work.label(g), work.sources(g.places)) for g in work.groups),
            Task("disagreements", layout.DISAGREEMENTS, everything),
            Task("questions", layout.QUESTIONS, everything),
        ]
        futures = [pool.submit(author.write, work.topic, task, self._stopped) for task in tasks]
        return list(futures[:-2]), futures[-2], futures[-1]

    def _await(
        self, section: Future[Written] | None, title: str, *, may_refuse: bool = False
    ) -> Written | None:
        """Return what a model wrote for a section; None when the section is our own.

        A failure is told, but not the refusal of a section that ``may_refuse``: papers need not
        disagree.
        """
        if section is None:
            return None
        written = self._wait(section)
        self._step(written)
        if written.failure and not (written.refused and may_refuse):
            self._failures.setdefault(written.failure, []).append(f"“{title}”")
        return written

    def _wait(self, future: Future[T]) -> T:
        """Wait for what a model writes, or until nobody waits any longer."""
        while not wait([future], timeout=_GLANCE).done and not self._stopped.is_set():
            pass
        if self._stopped.is_set():
            raise StoppedError
        return future.result()

    def _step(self, written: Written) -> None:
        """Note what a section cost and that it is done."""
        self._usage = replace(
            self._usage,
            input_tokens=self._usage.input_tokens + written.usage.input_tokens,
            output_tokens=self._usage.output_tokens + written.usage.output_tokens,
        )
        self._done += 1
        self._progress("writing", self._done, self._steps)

    def _model(self, written: Written) -> tuple[Claim, ...]:
        """Add a model's statements, leaving out what has been said before."""
        claims = tuple(
            self._add(statement.text, statement.anchors, statement.support)
            for statement in written.statements
            if not self._is_said(statement.text)
        )
        if claims:
            self._by_model = True
            self._counts.update(written.counts)
        return claims

    # -- section by section --------------------------------------------------------------------

    def _theme(self, found: Group, section: Future[Written] | None) -> Theme:
        work = self._work
        label = work.label(found)
        ids = tuple(work.paper(place).id for place in found.places)
        written = self._await(section, label)
        if written is not None and not written.failure:
            if by_model := self._model(written):
                return Theme(label, ids, by_model, "llm")
            self._failures.setdefault("nothing that was not said before", []).append(f"“{label}”")
        claims: list[Claim] = []
        for place in found.places:
            claims += self._own(work.plan.profiles[place].said)
        return Theme(label, ids, tuple(claims), "extractive")

    def _rows(self) -> tuple[Row, ...]:
        rows = []
        for found in self._work.groups:
            for place in found.places:
                profile = self._work.plan.profiles[place]
                if any((profile.idea, profile.setting, profile.result)):
                    cells = [self._cell(c) for c in (profile.idea, profile.setting, profile.result)]
                    paper = self._work.paper(place)
                    number = self._builder.numbering.number(paper)
                    rows.append(Row(number, paper.id, short_title(paper.title), *cells))
        return tuple(rows)

    def _cell(self, cell: Cell | None) -> Claim | None:
        if cell is None or self._is_said(cell.text) or self._is_said(cell.anchor.sentence.text):
            return None
        return self._add(cell.text, [cell.anchor], "supported")

    def _points(
        self,
        section: Future[Written] | None,
        own: Sequence[Anchor],
        title: str,
        says: Callable[[str], bool],
    ) -> tuple[Claim, ...]:
        """Return the claims of a kind; a model's only where it or its source ``says`` so."""
        written = self._await(section, title, may_refuse=True)
        if written is None or (written.failure and not written.refused):
            return self._own(own)
        fitting = [
            statement
            for statement in written.statements
            if statement.support == "supported"
            and any(map(says, (statement.text, *(a.sentence.text for a in statement.anchors))))
        ]
        return self._model(replace(written, statements=fitting))

    def _own(self, chosen: Sequence[Anchor]) -> tuple[Claim, ...]:
        """Add sentences of the abstracts; those that tied to the one before lose the tie."""
        claims: list[Claim] = []
        before: Anchor | None = None
        for anchor in chosen:
            text = anchor.sentence.text
            if self._is_said(text):
                continue
            follows = before is not None and (
                anchor.paper.id == before.paper.id
                and anchor.sentence.index == before.sentence.index + 1
            )
            shown = text if follows else without_connective(text)
            claims.append(self._add(shown, [anchor], "supported"))
            before = anchor
        return tuple(claims)

    def _is_said(self, text: str) -> bool:
        """Whether a text has been said, with or without what ties it to another."""
        return bool({plain(text), plain(without_connective(text))} & self._said)

    def _add(self, text: str, anchors: Sequence[Anchor], support: Support) -> Claim:
        self._said.add(plain(text))
        self._builder.add(text, anchors, support)
        return self._builder.claims[-1]

    # -- the whole ------------------------------------------------------------------------------

    def _summary(
        self,
        overview: tuple[Claim, ...],
        themes: Sequence[Theme],
        rows: tuple[Row, ...],
        disagreements: tuple[Claim, ...],
        questions: tuple[Claim, ...],
    ) -> Summary:
        mode: Mode = "llm" if self._by_model else "extractive"
        return Summary(
            topic=self._work.topic,
            text="",
            grounded=True,
            mode=mode,
            model=self._author.model.name if self._author and self._by_model else "",
            overview=overview,
            themes=tuple(themes),
            table=rows,
            disagreements=disagreements,
            open_questions=questions,
            citations=tuple(self._builder.citations),
            coverage=self._coverage(),
            usage=self._usage if self._author else Usage(),
            notice=" ".join([*self._work.notes, *self._told()]),
        )

    def _told(self) -> Iterator[str]:
        """Say what a model left to us, and what had to be put right in what it wrote."""
        if self._failures:
            told = "; ".join(f"{', '.join(what)} ({why})" for why, what in self._failures.items())
            yield f"From the abstracts' own sentences, without the model: {told}."
        if said := put_right(self._counts):
            yield said

    def _note_removed(self, library: Library) -> None:
        """Say which papers were removed while the summary was being written."""
        titles = {c.paper_id: c.title for c in self._builder.citations}
        gone = [titles[i] for i in titles if library.paper(i) is None]
        if gone:
            listed = "; ".join(f"“{readable(title)}”" for title in gone)
            self._work.notes.append(f"Removed from the library while this was written: {listed}.")

    def _coverage(self) -> Coverage:
        gathered = self._work.gathered
        cited = {citation.paper_id for citation in self._builder.citations}
        used, left = [], []
        for rank, one in enumerate((*gathered.used, *gathered.near), 1):
            paper = one.evidence.paper
            if paper.id in cited:
                used.append(Considered(paper.id, paper.title, f"rank {rank}; {one.reason}"))
                continue
            why = "one too many" if gathered.crowded else "less close than the papers used"
            if rank <= len(gathered.used):
                why = "nothing was taken from it"
            left.append(Considered(paper.id, paper.title, f"rank {rank}, {why}; {one.reason}"))
        return Coverage(tuple(used), tuple(left))


# -- a model's themes ----------------------------------------------------------------------------


def _sorted_out(themes: Sequence[Group], work: Work) -> list[Group]:
    """Put every used paper into exactly one of a model's themes.

    One that it forgot joins the theme that most of its own group went to, else a theme of the
    rest. A label that shares no word with its papers is replaced by their names.
    """
    placed: dict[int, int] = {}
    for number, theme in enumerate(themes):
        for place in theme.places:
            placed.setdefault(place, number)
    everywhere = range(len(work.gathered.used))
    ours = {place: found for found in work.groups for place in found.places}
    missing = [place for place in everywhere if place not in placed]
    for place in missing:
        votes = Counter(placed[other] for other in ours[place].places if other in placed)
        if votes:
            placed[place] = min(votes, key=lambda number: (-votes[number], number))
    members: list[list[int]] = [[] for _ in range(len(themes) + 1)]
    for place in everywhere:
        members[placed.get(place, len(themes))].append(place)
    found = []
    for number, places in enumerate(members):
        if places:
            label = themes[number].label if number < len(themes) else ""
            found.append(Group(label if _fits(label, places, work) else "", tuple(places)))
    return found


def _fits(label: str, places: Sequence[int], work: Work) -> bool:
    papers = [work.paper(place) for place in places]
    return share_a_word(label, " ".join(f"{paper.title} {paper.abstract}" for paper in papers))
