"""The library tab: the table of papers, bringing some in, removing one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from rag.assistant import Assistant
from rag.errors import RagError
from rag.intake import readers
from rag.records import Preview, Problem
from rag.web import library_html
from rag.web.events import QUIETLY, Update, data, handler, html
from rag.web.markup import failure

ROWS = 200  # papers the table shows
MAX_FILES = 50  # of one upload
MAX_FILE = 20 * 2**20  # bytes of one uploaded file

_log = logging.getLogger(__name__)


class LibraryTab:
    """The library of one assistant, to look at and to change."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._build()

    @property
    def outputs(self) -> list[Any]:
        """Return what the handlers may change."""
        return [self.table, self.order, self.paper, self.report, self.bring, self.upload]

    def open(self) -> Update:
        """Show all papers."""
        return {self.table: self._table("", "", descending=False)}

    @handler
    def find(self, text: str) -> Update:
        """Show the papers that match."""
        return {self.table: self._table(text, "", descending=False), self.order: ""}

    @handler
    def sort(self, text: str, order: str, event: gr.EventData) -> Update:
        """Sort the table by a column; the same column again turns it round."""
        name = data(event, "sort")
        descending = order == name
        return {
            self.table: self._table(text, name, descending=descending),
            self.order: f"-{name}" if descending else name,
        }

    @handler
    def read(self, event: gr.EventData) -> Update:
        """Show one paper."""
        return {self.paper: library_html.paper(self.assistant.library.paper(data(event, "id")))}

    @handler
    def doubt(self, event: gr.EventData) -> Update:
        """Ask whether a paper is really to be removed."""
        found = self.assistant.library.paper(data(event, "id"))
        return {self.paper: library_html.paper(found, confirm=True)}

    @handler
    def leave(self) -> Update:
        """Leave a paper where it is."""
        return {self.paper: library_html.paper(None)}

    @handler
    def remove(self, text: str, event: gr.EventData) -> Update:
        """Remove a paper for good."""
        try:
            self.assistant.remove(data(event, "id"))
        except RagError as error:
            return {self.paper: failure(str(error))}
        return {
            self.paper: '<p class="hint" role="status">Removed.</p>',
            self.table: self._table(text, "", descending=False),
        }

    @handler
    def check(self, files: list[str] | None) -> Update:
        """Tell what an upload would change, before it does."""
        if not files:
            return {self.report: "", self.bring: gr.Button(visible=False)}
        good, rejected = _sorted(files)
        try:
            found = self.assistant.preview(*good) if good else Preview()
        except RagError as error:
            return {self.report: failure(str(error)), self.bring: gr.Button(visible=False)}
        found = replace(found, problems=(*rejected, *found.problems))
        count = len(found.added) + len(found.updated)
        label = f"Bring in {count:,} {'paper' if count == 1 else 'papers'}"
        return {
            self.report: library_html.preview(found),
            self.bring: gr.Button(label, visible=count > 0),
        }

    @handler
    def take_in(self, files: list[str] | None, text: str) -> Iterator[Update]:
        """Ingest what was uploaded, telling how far it is."""
        good, _ = _sorted(files or [])
        if not good:
            yield {}
            return
        steps: list[tuple[str, int, int]] = []
        outcome: list[Any] = []

        def work() -> None:
            try:
                report = self.assistant.ingest(*good, progress=lambda *step: steps.append(step))
                outcome.append(report)
            except RagError as error:
                outcome.append(error)
            except Exception as error:  # noqa: BLE001  # told in the page
                _log.exception("ingest failed")
                outcome.append(error)

        worker = threading.Thread(target=work)
        worker.start()
        while worker.is_alive():
            worker.join(0.2)
            if steps:
                yield {self.report: library_html.progress(*steps[-1])}
        result = outcome[0]
        if isinstance(result, Exception):
            message = str(result) if isinstance(result, RagError) else "An internal error."
            yield {self.report: failure(message)}
            return
        count = len(result.added) + len(result.updated)
        yield {
            self.report: f'<p role="status"><strong>{count:,} brought in.</strong></p>',
            self.bring: gr.Button(visible=False),
            self.upload: None,
            self.table: self._table(text, "", descending=False),
        }

    def _table(self, text: str, sort: str, *, descending: bool) -> str:
        found, total = self.assistant.library.shelf.browse(
            text, sort=sort, descending=descending, limit=ROWS
        )
        return library_html.library(found, total, sort=sort, descending=descending)

    def _build(self) -> None:
        with gr.Row(elem_id="shelf"):
            with gr.Column(scale=3, min_width=320):
                self.search = gr.Textbox(
                    label="Search the library",
                    placeholder="Words of title, author, venue, year",
                    max_length=200,
                    elem_id="search",
                )
                self.table = html(elem_id="papers")
                self.order = gr.Textbox(visible="hidden", label="Order of the table")
            with gr.Column(scale=2, min_width=320):
                self.paper = html(library_html.paper(None), elem_id="paper")
                with gr.Accordion("Add papers", open=True, elem_id="adding"):
                    self.upload = gr.File(
                        label="BibTeX, RIS, PubMed, CSV, JSON, digest pages, ZIP, "
                        f"at most {MAX_FILES} files of {MAX_FILE // 2**20} MB",
                        file_count="multiple",
                        elem_id="upload",
                    )
                    self.report = html(elem_id="report")
                    self.bring = gr.Button(
                        "Bring in", variant="primary", visible=False, elem_id="bring"
                    )

    def wire(self) -> None:
        """Join the events to their handlers."""
        tab = self.outputs
        self.search.change(self.find, [self.search], tab, trigger_mode="always_last", **QUIETLY)
        self.table.apply(self.sort, [self.search, self.order], tab, **QUIETLY)
        self.table.select(self.read, None, tab, **QUIETLY)
        self.paper.undo(self.doubt, None, tab, **QUIETLY)
        self.paper.clear(self.leave, None, tab, **QUIETLY)
        self.paper.delete(self.remove, [self.search], tab, **QUIETLY)
        for event in (self.upload.upload, self.upload.delete, self.upload.clear):
            event(self.check, [self.upload], tab, **QUIETLY)
        self.bring.click(self.take_in, [self.upload, self.search], tab, **QUIETLY)


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
