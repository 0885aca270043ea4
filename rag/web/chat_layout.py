"""The places of the chat tab: what stands where, and what each is called."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.records import MAX_QUERY
from rag.web.events import html

# On a narrow page the conversations are behind it.
_DRAWER = (
    '<button type="button" data-drawer aria-expanded="false" aria-controls="past">'
    '<span aria-hidden="true">☰ </span>Conversations</button>'
)
# The script says there whose sources they are, where there are several answers.
_SOURCES = '<h2>Sources</h2><p id="sources-of" class="hint"></p>'


class ChatLayout:
    """The components of the chat tab, laid out inside the page under construction."""

    # Left: the conversations before.
    new_button: gr.Button
    sought: gr.Textbox
    history: gr.HTML
    # Middle: the dialogue, the answer under way, and the question box with what belongs to it.
    dialogue: gr.HTML
    live: gr.HTML
    papers: gr.Accordion
    scope: dict[str, Any]  # by the filter that each sets
    chosen: gr.Textbox  # papers or a topic, as JSON
    scoped: gr.HTML
    note: gr.HTML
    question: gr.Textbox
    ask_button: gr.Button
    stop_button: gr.Button
    # Middle, folded: what can be done with the open conversation.
    menu: gr.Accordion
    exports: gr.HTML
    # Right: the sources. The last three are hidden: a file to save, and what the page must know.
    sources: gr.HTML
    file: gr.HTML
    current: gr.Textbox
    replaced: gr.Textbox

    def __init__(self) -> None:
        with gr.Row(elem_id="chat"):
            with gr.Column(scale=1, min_width=200, elem_id="past"):
                self.new_button = gr.Button("New conversation", elem_id="new", size="sm")
                self.sought = gr.Textbox(
                    label="Search conversations",
                    show_label=False,
                    placeholder="Search conversations",
                    max_length=200,
                    elem_id="sought",
                )
                self.history = html(elem_id="history")
            with gr.Column(scale=3, min_width=320, elem_id="talk"):
                html(_DRAWER, elem_id="drawer")
                self.dialogue = html(elem_id="dialogue")
                self.live = html(elem_id="live")
                with gr.Column(elem_id="dock"):
                    self.scoped = html(elem_id="scoped")
                    with gr.Accordion("Papers: all", open=False, elem_id="scope") as self.papers:
                        self._scoping()
                    self.note = html(elem_id="note")
                    with gr.Row(elem_id="asking"):
                        self.question = gr.Textbox(
                            label="Question",
                            show_label=False,
                            placeholder="Question or topic",
                            max_lines=6,
                            max_length=MAX_QUERY,
                            autofocus=True,
                            scale=1,
                            elem_id="question",
                        )
                        self.ask_button = gr.Button(
                            "Ask", variant="primary", min_width=80, scale=0, elem_id="ask"
                        )
                        self.stop_button = gr.Button(
                            "Stop", visible=False, min_width=80, scale=0, elem_id="stop"
                        )
                with gr.Accordion(
                    "This conversation", open=False, visible=False, elem_id="menu"
                ) as self.menu:
                    self.exports = html(elem_id="carry")
            with gr.Column(scale=2, min_width=320, elem_id="panel"):
                html(_SOURCES, elem_id="sources-title")
                self.sources = html(elem_id="sources")
        self.file = html(elem_id="file")
        self.chosen = gr.Textbox(visible="hidden", elem_id="chosen", label="Chosen papers")
        self.current = gr.Textbox(visible="hidden", elem_id="current", label="Conversation id")
        self.replaced = gr.Textbox(visible="hidden", elem_id="replaced", label="Replaced question")

    def _scoping(self) -> None:
        """Lay out which papers a question is asked of."""
        with gr.Row(elem_id="scoping"):
            self.scope = {
                "year_from": gr.Textbox(label="Year from", max_length=4, min_width=80),
                "year_to": gr.Textbox(label="Year to", max_length=4, min_width=80),
                "author": gr.Textbox(label="Author", max_length=200, min_width=130),
                "venue": gr.Textbox(label="Venue", max_length=200, min_width=130),
                "collection": gr.Dropdown(
                    [("All", "")], value="", label="Collection", visible=False, min_width=150
                ),
            }

    @property
    def asked(self) -> set[Any]:
        """Return what says what is asked, of which papers."""
        return {self.question, self.current, self.replaced, self.chosen, *self.scope.values()}

    @property
    def outputs(self) -> list[Any]:
        """Return what the handlers may change."""
        return [
            self.current, self.replaced, self.question, self.dialogue, self.live, self.note,
            self.sources, self.sought, self.history, self.menu, self.exports, self.ask_button,
            self.stop_button, self.papers, self.scoped, self.chosen, *self.scope.values(),
        ]  # fmt: skip
