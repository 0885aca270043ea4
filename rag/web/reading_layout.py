"""The places of the reading list's tab: what stands where, and what each is called."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.web.events import html


class ReadingLayout:
    """The components of the reading list's tab, laid out inside the page under construction."""

    removed: gr.HTML
    listing: gr.HTML
    # Hidden: a file to save, and how many papers are shown.
    file: gr.HTML
    count: gr.Textbox

    def __init__(self) -> None:
        with gr.Column(elem_id="reading"):
            self.removed = html(elem_id="list-removed")
            self.listing = html('<p class="loading">Opening the list …</p>', elem_id="list")
        self.file = html(elem_id="list-file")
        self.count = gr.Textbox(visible="hidden", label="Papers shown")

    @property
    def outputs(self) -> list[Any]:
        """Return what the handlers may change."""
        return [self.removed, self.listing, self.count]
