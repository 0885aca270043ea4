"""The places of the topics tab: what stands where, and what each is called."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.records import MAX_QUERY
from rag.web import summary_html
from rag.web.events import html

SEARCHING = '<p class="loading" role="status">Finding the topics …</p>'


class TopicsLayout:
    """The components of the topics tab, laid out inside the page under construction."""

    # Left: the map of the library, and the list of its topics.
    map: gr.HTML
    listing: gr.HTML
    # Middle: the topic box, the summary under way, and the one that is there.
    topic: gr.Textbox
    ask_button: gr.Button
    stop_button: gr.Button
    live: gr.HTML
    summary: gr.HTML
    # Right: the paper that was opened, and the sources.
    paper: gr.HTML
    sources: gr.HTML
    # Hidden: a file to save, and which summary is shown.
    file: gr.HTML
    current: gr.Textbox

    def __init__(self) -> None:
        with gr.Row(elem_id="atlas"):
            with gr.Column(scale=2, min_width=320, elem_id="places"):
                self.map = html(SEARCHING, elem_id="map")
                self.listing = html(elem_id="topics")
            with gr.Column(scale=3, min_width=320, elem_id="reviewing"):
                with gr.Row(elem_id="naming"):
                    self.topic = gr.Textbox(
                        label="Topic",
                        show_label=False,
                        placeholder="A topic in a few words",
                        max_lines=3,
                        max_length=MAX_QUERY,
                        scale=1,
                        elem_id="topic",
                    )
                    self.ask_button = gr.Button(
                        "Review", variant="primary", min_width=80, scale=0, elem_id="summarize"
                    )
                    self.stop_button = gr.Button(
                        "Stop", visible=False, min_width=80, scale=0, elem_id="halt"
                    )
                self.live = html(elem_id="growing")
                self.summary = html(summary_html.welcome(), elem_id="review")
            with gr.Column(scale=2, min_width=320, elem_id="evidence"):
                html("<h2>Sources</h2>", elem_id="evidence-title")
                self.paper = html(elem_id="place")
                self.sources = html(summary_html.no_sources(), elem_id="grounds")
        self.file = html(elem_id="review-file")
        self.current = gr.Textbox(visible="hidden", elem_id="current-review", label="Review id")

    @property
    def outputs(self) -> list[Any]:
        """Return what the handlers may change."""
        return [
            self.map, self.listing, self.live, self.summary, self.paper, self.sources, self.topic,
            self.current, self.ask_button, self.stop_button,
        ]  # fmt: skip
