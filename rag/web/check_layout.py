"""The places of the check tab: what stands where, and what each is called."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.web import check_html
from rag.web.events import html


class CheckLayout:
    """The components of the check tab, laid out inside the page under construction."""

    text: gr.Textbox
    button: gr.Button
    live: gr.HTML  # how far it is, or what went wrong
    found: gr.HTML

    def __init__(self) -> None:
        with gr.Column(elem_id="checking"):
            self.text = gr.Textbox(
                label="Text to check",
                show_label=False,
                placeholder="A sentence, a paragraph or a whole manuscript: plain text, Markdown "
                "or LaTeX. Ctrl+Enter checks it.",
                lines=8,
                max_lines=16,
                elem_id="to-check",
            )
            self.button = gr.Button("Check", variant="primary", elem_id="run-check")
            self.live = html(elem_id="check-live")
            self.found = html(check_html.welcome(), elem_id="checked")

    @property
    def outputs(self) -> list[Any]:
        """Return what the handlers may change."""
        return [self.live, self.found]
