"""The places of the library tab: what stands where, and what each is called."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.web import library_html
from rag.web.events import html

MAX_FILES = 50  # of one upload
MAX_FILE = 20 * 2**20  # bytes of one uploaded file
LONGEST = 200  # characters of a search, a filter, or the name of a collection


class LibraryLayout:
    """The components of the library tab, laid out inside the page under construction."""

    # Left: the search, the filters, the table. The last two are hidden: how it is turned.
    search: gr.Textbox
    folded: gr.Accordion
    year_from: gr.Textbox
    year_to: gr.Textbox
    author: gr.Textbox
    venue: gr.Textbox
    source: gr.Textbox
    collection: gr.Dropdown
    clear_button: gr.Button
    table: gr.HTML
    order: gr.Textbox
    start: gr.Textbox
    # Right: a paper, and bringing some in.
    paper: gr.HTML
    upload: gr.File
    into: gr.Textbox
    report: gr.HTML
    bring: gr.Button

    def __init__(self) -> None:
        with gr.Row(elem_id="shelf"):
            with gr.Column(scale=3, min_width=320):
                self.search = gr.Textbox(
                    label="Search the library",
                    placeholder="Title, author, venue, year, DOI …",
                    max_length=LONGEST,
                    elem_id="search",
                )
                with gr.Accordion("Filters", open=False, elem_id="filters") as self.folded:
                    self._filters()
                self.table = html(elem_id="papers")
                self.order = gr.Textbox(visible="hidden", label="Order of the table")
                self.start = gr.Textbox(visible="hidden", label="First paper of the page")
            with gr.Column(scale=2, min_width=320):
                self.paper = html(library_html.paper(None), elem_id="paper")
                with gr.Accordion("Add papers", open=True, elem_id="adding"):
                    self._adding()

    def _filters(self) -> None:
        with gr.Row(elem_id="narrowing"):
            self.year_from = gr.Textbox(label="Year from", max_length=4, min_width=90)
            self.year_to = gr.Textbox(label="Year to", max_length=4, min_width=90)
            self.author = gr.Textbox(label="Author", max_length=LONGEST, min_width=140)
            self.venue = gr.Textbox(label="Venue", max_length=LONGEST, min_width=140)
            self.source = gr.Textbox(label="File", max_length=LONGEST, min_width=140)
            self.collection = gr.Dropdown(
                [("All", "")], value="", label="Collection", visible=False, min_width=160
            )
            self.clear_button = gr.Button("Clear filters", size="sm", scale=0, min_width=120)

    def _adding(self) -> None:
        self.upload = gr.File(
            label="BibTeX, RIS, PubMed, CSV, JSON, digest pages, ZIP, "
            f"at most {MAX_FILES} files of {MAX_FILE // 2**20} MB",
            file_count="multiple",
            elem_id="upload",
        )
        self.into = gr.Textbox(
            label="Put into collection",
            placeholder="None, or a name of your own",
            max_length=LONGEST,
            elem_id="into",
        )
        self.report = html(elem_id="report")
        self.bring = gr.Button("Bring in", variant="primary", visible=False, elem_id="bring")

    @property
    def narrowing(self) -> list[Any]:
        """Return the filters."""
        return [
            self.year_from, self.year_to, self.author, self.venue, self.source, self.collection,
        ]  # fmt: skip

    @property
    def asked(self) -> set[Any]:
        """Return what says which papers the table shows."""
        return {self.search, self.order, self.start, *self.narrowing}

    @property
    def outputs(self) -> list[Any]:
        """Return what the handlers may change."""
        return [
            *self.narrowing, self.folded, self.table, self.order, self.start, self.paper,
            self.upload, self.into, self.report, self.bring,
        ]  # fmt: skip
