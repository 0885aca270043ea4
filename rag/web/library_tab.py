"""The library tab: the table of papers, bringing some in, removing one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from rag.assistant import Assistant
from rag.errors import RagError
from rag.intake import readers
from rag.library import Filters
from rag.records import Paper, Preview, Problem
from rag.text.reading_list import PAPER
from rag.web import library_html
from rag.web.events import QUIETLY, Asked, Update, data, handler
from rag.web.library_layout import MAX_FILE, MAX_FILES, LibraryLayout
from rag.web.markup import collections, failure, year

PAGE = 100  # papers the table shows at once
UNDONE = 1_000  # pages whose last removed paper is kept to be put back
LIKE = 12  # papers that are shown as like one

_log = logging.getLogger(__name__)


class LibraryTab(LibraryLayout):
    """The library of one assistant, to look at and to change."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__()
        self.assistant = assistant
        self._removed: dict[str, Paper] = {}  # by page, what was removed last

    def open(self, request: gr.Request) -> Update:
        """Show all papers, and the one that the address of a page names."""
        shown = self._table({}) | self._collections()
        named = request.query_params.get("paper", "")
        found = self.assistant.library.paper(named) if named else None
        starred = (named, PAPER) in self.assistant.library.stars.of(request.username or "")
        if found is None:
            return shown
        return {**shown, self.paper: library_html.paper(found, starred=starred)}

    @handler
    def find(self, asked: Asked) -> Update:
        """Show the papers that match, from the first."""
        return self._table(asked)

    @handler
    def turn(self, asked: Asked, event: gr.EventData) -> Update:
        """Sort by a column, the same one again the other way round; or turn to another page."""
        if column := data(event, "sort"):
            order = f"-{column}" if asked[self.order] == column else column
            return self._table({**asked, self.order: order})
        return self._table(asked, start=_number(data(event, "start")))

    @handler
    def clear(self, asked: Asked) -> Update:
        """Show the papers without any filter."""
        empty: Update = dict.fromkeys(self.narrowing, "")
        empty |= {self.year_from: gr.Number(value=None), self.year_to: gr.Number(value=None)}
        return empty | self._table({one: asked[one] for one in (self.search, self.order)})

    @handler
    def read(self, event: gr.EventData, request: gr.Request) -> Update:
        """Show one paper."""
        return self._paper(event, request)

    @handler
    def like(self, event: gr.EventData) -> Update:
        """Show the papers that are most like one."""
        paper_id = data(event, "id")
        found = self.assistant.library.paper(paper_id)
        if found is None:
            return {self.paper: library_html.paper(None)}
        hits = self.assistant.similar(paper_id, LIKE)
        return {self.table: library_html.similar(found, hits)}

    @handler
    def doubt(self, event: gr.EventData, request: gr.Request) -> Update:
        """Ask whether a paper is really to be removed."""
        return self._paper(event, request, confirm=True)

    def _paper(self, event: gr.EventData, request: gr.Request, *, confirm: bool = False) -> Update:
        library, paper_id = self.assistant.library, data(event, "id")
        starred = (paper_id, PAPER) in library.stars.of(request.username or "")
        found = library.paper(paper_id)
        return {self.paper: library_html.paper(found, confirm=confirm, starred=starred)}

    @handler
    def leave(self) -> Update:
        """Leave a paper where it is."""
        return {self.paper: library_html.paper(None)}

    @handler
    def remove(self, asked: Asked, event: gr.EventData, request: gr.Request) -> Update:
        """Remove a paper; it can be put back as long as the page is open."""
        paper = self.assistant.library.paper(data(event, "id"))
        try:
            self.assistant.remove(data(event, "id"))
        except RagError as error:
            return {self.paper: failure(str(error))}
        assert paper is not None
        self._removed[request.session_hash or ""] = paper
        while len(self._removed) > UNDONE:
            self._removed.pop(next(iter(self._removed)))
        return {self.paper: library_html.removed(paper), **self._as_before(asked)}

    @handler
    def put_back(self, asked: Asked, request: gr.Request) -> Update:
        """Put the paper back that was removed last on this page."""
        paper = self._removed.pop(request.session_hash or "", None)
        if paper is None:
            return {self.paper: library_html.paper(None)}
        try:
            self.assistant.put_back(paper)
        except RagError as error:
            self._removed[request.session_hash or ""] = paper
            return {self.paper: failure(str(error))}
        starred = (paper.id, PAPER) in self.assistant.library.stars.of(request.username or "")
        return {self.paper: library_html.paper(paper, starred=starred), **self._as_before(asked)}

    def _as_before(self, asked: Asked) -> Update:
        return self._table(asked, start=_number(asked[self.start])) | self._collections()

    @handler
    def check(self, files: list[str] | None, into: str) -> Update:
        """Tell what an upload would change, before it does."""
        if not files:
            return {self.report: "", self.bring: gr.Button(visible=False)}
        return self._plan(files, into)

    def _plan(self, files: list[str], into: str) -> Update:
        good, rejected = _sorted(files)
        try:
            found = self.assistant.preview(*good, collection=into.strip()) if good else Preview()
        except RagError as error:
            return {self.report: failure(str(error)), self.bring: gr.Button(visible=False)}
        found = replace(found, problems=(*rejected, *found.problems))
        count = len(found.added) + len(found.updated)
        label = f"Bring in {count:,} {'paper' if count == 1 else 'papers'}"
        return {
            self.report: library_html.preview(found, _columns(good)),
            self.bring: gr.Button(label, visible=count > 0),
        }

    @handler
    def check_again(self, files: list[str] | None, into: str) -> Update:
        """Tell the same for another collection; what was brought in before stays told."""
        return self._plan(files, into) if files else {}

    @handler
    def take_in(self, asked: Asked) -> Iterator[Update]:
        """Ingest what was uploaded, telling how far it is."""
        good, rejected = _sorted(asked[self.upload] or [])
        if not good:
            yield {}
            return
        steps: list[tuple[str, int, int]] = []
        outcome: list[Any] = []
        work = threading.Thread(target=self._ingest, args=(good, asked[self.into], steps, outcome))
        work.start()
        while work.is_alive():
            work.join(0.2)
            if steps:
                yield {self.report: library_html.progress(*steps[-1])}
        result = outcome[0]
        if isinstance(result, Exception):
            message = str(result) if isinstance(result, RagError) else "An internal error."
            yield {self.report: failure(message)}
            return
        result = replace(result, problems=(*rejected, *result.problems))
        yield {
            self.report: library_html.brought_in(result),
            self.bring: gr.Button(visible=False),
            self.upload: None,
            self.into: "",
            **self._table(asked),
            **self._collections(),
        }

    def _ingest(
        self, files: Sequence[str], into: str, steps: list[tuple[str, int, int]], outcome: list[Any]
    ) -> None:
        """Ingest in a thread of its own; what comes of it, or goes wrong, is put into a list."""
        try:
            report = self.assistant.ingest(
                *files, collection=into.strip(), progress=lambda *step: steps.append(step)
            )
            outcome.append(report)
        except RagError as error:
            outcome.append(error)
        except Exception as error:  # noqa: BLE001  # told in the page
            _log.exception("ingest failed")
            outcome.append(error)

    def _table(self, asked: Asked, *, start: int = 0) -> Update:
        """Show a page of the papers that are asked for."""
        order = str(asked.get(self.order) or "")
        sort, descending = order.lstrip("-"), order.startswith("-")
        look = partial(
            self.assistant.library.shelf.browse,
            str(asked.get(self.search) or ""),
            self._filters_of(asked),
            collection=str(asked.get(self.collection) or ""),
            sort=sort,
            descending=descending,
            limit=PAGE,
        )
        papers, total = look(start=start)
        if total and not papers:  # the page is gone with its papers
            start = (total - 1) // PAGE * PAGE
            papers, total = look(start=start)
        count = sum(bool(asked.get(one)) for one in self.narrowing)
        if not (total or count or asked.get(self.search)):
            return {self.table: library_html.no_paper(), self.order: order, self.start: "0"}
        return {
            self.table: library_html.library(
                papers, total, sort=sort, descending=descending, start=start, size=PAGE
            ),
            self.order: order,
            self.start: str(start),
            self.folded: gr.Accordion(label=f"Filters: {count} set" if count else "Filters"),
        }

    def _filters_of(self, asked: Asked) -> Filters:
        """Return the filters; a year that is still being typed is none yet."""
        first, last = (year(asked.get(one) or "") for one in (self.year_from, self.year_to))
        texts = [str(asked.get(one) or "") for one in (self.author, self.venue, self.source)]
        author, venue, source = texts
        return Filters(first, last, venue=venue, author=author, source=source)

    def _collections(self) -> Update:
        """Offer the collections that there are."""
        found = collections(self.assistant.library.shelf.collections())
        return {self.collection: gr.Dropdown(choices=found, visible=len(found) > 1)}

    def wire(self) -> None:
        """Join the events to their handlers."""
        tab, asked = self.outputs, self.asked
        latest: dict[str, Any] = {"trigger_mode": "always_last", **QUIETLY}
        self.search.change(self.find, asked, tab, **latest)
        for one in self.narrowing:
            one.change(self.find, asked, tab, **latest)  # what is pasted is no input to Gradio
        self.clear_button.click(self.clear, asked, tab, **QUIETLY)
        self.table.apply(self.turn, asked, tab, **QUIETLY)
        self.table.select(self.read, None, tab, **QUIETLY)
        self.table.option_select(self.like, None, tab, **QUIETLY)
        self.table.clear(self.find, asked, tab, **QUIETLY)
        self.paper.select(self.read, None, tab, **QUIETLY)
        self.paper.undo(self.doubt, None, tab, **QUIETLY)
        self.paper.clear(self.leave, None, tab, **QUIETLY)
        self.paper.delete(self.remove, asked, tab, **QUIETLY)
        self.paper.retry(self.put_back, asked, tab, **QUIETLY)
        brought = [self.upload, self.into]
        for event in (self.upload.upload, self.upload.delete, self.upload.clear):
            event(self.check, brought, tab, **QUIETLY)
        self.into.change(self.check_again, brought, tab, **latest)
        self.bring.click(self.take_in, {*asked, *brought}, tab, **QUIETLY)


def _number(value: Any) -> int:
    """Return a number that a component or a button gives; 0 for what is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def _columns(files: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return which columns of the tables among files are taken, by the file's name."""
    found = {Path(file).name: readers.columns(Path(file)) for file in files}
    return {name: taken for name, taken in found.items() if taken}


def _sorted(files: Sequence[str]) -> tuple[list[str], list[Problem]]:
    """Tell the files that can be read from those that cannot, and say why."""
    good: list[str] = []
    rejected: list[Problem] = []
    for number, file in enumerate(files):
        path = Path(file)
        if number >= MAX_FILES:
            why = f"is one too many; at most {MAX_FILES} files at once"
        elif path.stat().st_size > MAX_FILE:
            why = f"is larger than {MAX_FILE // 2**20} MB"
        elif reason := readers.why_not(path):
            why = reason
        else:
            good.append(file)
            continue
        rejected.append(Problem(file, None, why))
    return good, rejected
