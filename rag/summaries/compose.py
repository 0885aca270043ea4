"""Composes one summary, section by section: by a model, or of the abstracts' own sentences."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from rag.library import Library
from rag.records import Citation, Claim, Row, Summary, Theme, Usage
from rag.summaries import layout
from rag.summaries.cells import Cell
from rag.summaries.coverage import coverage
from rag.summaries.ledger import Ledger
from rag.summaries.outline import Outline, PlannedTheme
from rag.summaries.sections import Author, SectionReply, SectionTask
from rag.summaries.watcher import Watcher
from rag.text.citations import Anchor
from rag.text.names import short_title
from rag.text.notices import quoted
from rag.text.rhetoric import dissents, is_open_question

SummaryParts = Generator[str, None, Summary]
"""The text of a summary piece by piece, and the summary itself at the end."""

AT_ONCE = 4  # sections a model writes at the same time

_Section = Future[SectionReply] | None
"""A section that a model is writing; None where it is ours to fill."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """The sections after the overview: a theme each, disagreements, open questions."""

    themes: Sequence[_Section]
    disagreements: _Section
    questions: _Section


class Composition:
    """One summary under way."""

    def __init__(self, outline: Outline, author: Author | None, watcher: Watcher) -> None:
        self._outline = outline
        self._author = author
        self._watcher = watcher
        self._ledger = Ledger(Usage(prompt_digest=author.digest if author else ""))
        self._text = ""

    def run(self, library: Library) -> SummaryParts:
        """Write all of it, yielding each block of the text as it is ready.

        The order cannot be another. A model's overview brings the themes, so no section begins
        before it; sections are then written at the same time, but taken in the order of the text,
        since papers are numbered as they are cited and nothing is said twice; rows come after all
        themes, because the words of a cell may have been said there.

        Raises:
            StoppedError: nobody waits any longer.
            ModelKeyError: the endpoint refuses the key.
        """
        yield from self._show(layout.heading(self._outline.topic))
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="section")
        try:
            summary = yield from self._sections(pool)
        except BaseException:
            self._watcher.stopped.set()  # so that the model stops too
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        notes = (*self._outline.notes, *self._removed(library), *self._ledger.told())
        summary = replace(summary, notice=" ".join(notes))
        used = self._outline.gathered.used
        papers = {one.evidence.paper.id: one.evidence.paper for one in used}
        yield from self._show(
            layout.comparison(summary.table),
            layout.points(layout.DISAGREEMENTS, summary.disagreements),
            layout.points(layout.QUESTIONS, summary.open_questions),
            layout.references(summary.citations, papers),
            layout.coverage(summary.coverage),
            layout.notice(summary.notice),
        )
        return replace(summary, text=self._text)

    def _sections(self, pool: ThreadPoolExecutor) -> SummaryParts:
        """Write all sections, showing those that come before the table."""
        outline, overview = self._overview(pool)
        yield from self._show(layout.overview(overview))
        sections = self._start(pool, outline)
        themes: list[Theme] = []
        for planned, section in zip(outline.themes, sections.themes, strict=True):
            themes.append(self._theme(outline, planned, section))
            yield from self._show(layout.theme(themes[-1], self._citations))
        table = self._rows(outline)
        own = outline.plan
        disagreements = self._points(
            outline, sections.disagreements, layout.DISAGREEMENTS, own.dissent, dissents
        )
        questions = self._points(
            outline, sections.questions, layout.QUESTIONS, own.open, is_open_question
        )
        by_model, author = self._ledger.by_model, self._author
        return Summary(
            topic=outline.topic,
            text="",
            grounded=True,
            mode="llm" if by_model else "extractive",
            model=author.model.name if author and by_model else "",
            overview=overview,
            themes=tuple(themes),
            table=table,
            disagreements=disagreements,
            open_questions=questions,
            citations=tuple(self._citations),
            coverage=coverage(outline.gathered, self._citations),
            usage=self._ledger.usage if author else Usage(),
        )

    @property
    def _citations(self) -> Sequence[Citation]:
        return self._ledger.builder.citations

    def _show(self, *blocks: str) -> Iterator[str]:
        """Yield the blocks that there are, and keep them for the whole text."""
        for block in blocks:
            self._watcher.check()
            if block:
                shown = f"\n\n{block}" if self._text else block
                self._text += shown
                yield shown

    # -- with a model --------------------------------------------------------------------------

    def _overview(self, pool: ThreadPoolExecutor) -> tuple[Outline, tuple[Claim, ...]]:
        """Return the overview, and the outline with the themes that a model brings."""
        outline, author = self._outline, self._author
        if author is None:
            return outline, self._ledger.quote(outline.plan.overview)
        planning = pool.submit(author.plan, outline.topic, outline.sources(), self._watcher.stopped)
        reply, proposed = self._watcher.wait_for(planning)
        if proposed:
            outline = outline.with_themes(proposed)
        self._done(outline, reply)
        if reply.failure:
            self._ledger.fail("the overview", reply.failure)
            return outline, self._ledger.quote(outline.plan.overview)
        return outline, self._ledger.take(reply)

    def _start(self, pool: ThreadPoolExecutor, outline: Outline) -> _UnderWay:
        """Set the model to work on all sections at once."""
        author, everything = self._author, outline.sources()
        if author is None:
            return _UnderWay([None] * len(outline.themes), None, None)

        def begin(task: SectionTask) -> Future[SectionReply]:
            return pool.submit(author.write, outline.topic, task, self._watcher.stopped)

        return _UnderWay(
            [
                begin(SectionTask("theme", outline.label(theme), outline.sources(theme.places)))
                for theme in outline.themes
            ],
            begin(SectionTask("disagreements", layout.DISAGREEMENTS, everything)),
            begin(SectionTask("questions", layout.QUESTIONS, everything)),
        )

    def _await(
        self, outline: Outline, section: _Section, title: str, *, may_refuse: bool = False
    ) -> SectionReply | None:
        """Return what a model wrote for a section; None when the section is our own.

        A failure is told, but not the refusal of a section that ``may_refuse``: papers need not
        disagree.
        """
        if section is None:
            return None
        reply = self._watcher.wait_for(section)
        self._done(outline, reply)
        if reply.failure and not (reply.refused and may_refuse):
            self._ledger.fail(f"“{title}”", reply.failure)
        return reply

    def _done(self, outline: Outline, reply: SectionReply) -> None:
        """Note what a section cost and tell that it is done."""
        self._ledger.spend(reply.usage)
        self._watcher.progress("writing", self._ledger.done, 3 + len(outline.themes))

    # -- section by section --------------------------------------------------------------------

    def _theme(self, outline: Outline, planned: PlannedTheme, section: _Section) -> Theme:
        label = outline.label(planned)
        ids = tuple(outline.paper(place).id for place in planned.places)
        reply = self._await(outline, section, label)
        if reply is not None and not reply.failure:
            if by_model := self._ledger.take(reply):
                return Theme(label, ids, by_model, "llm")
            self._ledger.fail(f"“{label}”", "nothing that was not said before")
        claims: list[Claim] = []
        for place in planned.places:
            claims += self._ledger.quote(outline.plan.profiles[place].said)
        return Theme(label, ids, tuple(claims), "extractive")

    def _rows(self, outline: Outline) -> tuple[Row, ...]:
        rows = []
        for place in (place for theme in outline.themes for place in theme.places):
            profile, paper = outline.plan.profiles[place], outline.paper(place)
            found = (profile.idea, profile.setting, profile.result)
            if any(found):
                cells = [self._cell(cell) for cell in found]
                number = self._ledger.builder.numbering.number(paper)
                rows.append(Row(number, paper.id, short_title(paper.title), *cells))
        return tuple(rows)

    def _cell(self, cell: Cell | None) -> Claim | None:
        ledger = self._ledger
        if cell is None or ledger.is_said(cell.text) or ledger.is_said(cell.anchor.sentence.text):
            return None
        return ledger.add(cell.text, [cell.anchor], "supported")

    def _points(
        self,
        outline: Outline,
        section: _Section,
        title: str,
        own: Sequence[Anchor],
        says: Callable[[str], bool],
    ) -> tuple[Claim, ...]:
        """Return the claims of a kind; a model's only where it or its source ``says`` so."""
        reply = self._await(outline, section, title, may_refuse=True)
        if reply is None or (reply.failure and not reply.refused):
            return self._ledger.quote(own)
        fitting = [
            statement
            for statement in reply.statements
            if statement.support == "supported"
            and any(map(says, (statement.text, *(a.sentence.text for a in statement.anchors))))
        ]
        return self._ledger.take(replace(reply, statements=fitting))

    def _removed(self, library: Library) -> Iterator[str]:
        """Say which papers were removed while the summary was being written."""
        titles = {citation.paper_id: citation.title for citation in self._citations}
        gone = [title for paper_id, title in titles.items() if library.paper(paper_id) is None]
        if gone:
            yield f"Removed from the library while this was written: {quoted(gone)}."
