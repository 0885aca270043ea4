"""The chat tab: questions, answers as they come, and the conversations before."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import gradio as gr

from rag import suggest
from rag.assistant import Assistant
from rag.errors import QuestionError, RagError
from rag.records import MAX_QUERY, Answer, Exchange, Feedback
from rag.retrieve import check_question
from rag.web import dialogue
from rag.web.dialogue import Dialogue
from rag.web.events import QUIETLY, Update, data, handler, html
from rag.web.parts import failure
from rag.web.sources import sources

AT_ONCE = 8  # questions answered at the same time; the rest waits in the queue
FRAME = 0.05  # seconds between two updates of a streaming answer

_log = logging.getLogger(__name__)


def when(moment: float) -> str:
    """Write a time in seconds since 1970 for people."""
    then, now = time.localtime(moment), time.localtime()
    return time.strftime("%H:%M" if then[:3] == now[:3] else "%Y-%m-%d", then)


class Chat:
    """The chat over one assistant; all that a visitor has is in the browser and the library."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.talks = assistant.library.conversations
        # Exchanges that are being answered: whose answer is wanted and watched, whose visitor has
        # turned to something else, and whose answer is not wanted any more. (Gradio's own cancels
        # race with the end of an answer, and leave the model writing.)
        self._running: dict[str, Literal["watched", "left", "stopped"]] = {}
        self._build()

    @property
    def outputs(self) -> list[Any]:
        """Return what the handlers may change."""
        return [
                self.current, self.replaced, self.box, self.dialogue, self.live, self.sources,
                self.history, self.title, self.menu, self.carry, self.confirm, self.send, self.halt,
        ]  # fmt: skip

    def open(self, request: gr.Request) -> Update:
        """Show what the address names: a conversation, one shared answer, or a fresh start."""
        owner = request.username or ""
        asked = dict(request.query_params)
        shared = self.talks.exchange(asked["answer"]) if "answer" in asked else None
        if shared is None:
            return self._conversation(asked.get("c", ""), owner)
        view = self._view([shared], shared=True)
        return {
            self.dialogue: dialogue.dialogue(view),
            self.sources: sources(view.exchanges, view.papers),
            self.history: self._history("", owner),
            self.menu: gr.Accordion(visible=False),
        }

    @handler
    def select(self, current: str, event: gr.EventData, request: gr.Request) -> Update:
        """Open a conversation from the list."""
        self._turn_away(current, "left")
        return self._conversation(data(event, "id"), request.username or "")

    @handler
    def new(self, current: str, request: gr.Request) -> Update:
        """Start afresh; the conversation before is in the list."""
        self._turn_away(current, "left")
        return self._conversation("", request.username or "")

    @handler
    def ask(
        self, question: str, conversation: str, replaced: str, request: gr.Request
    ) -> Iterator[Update]:
        """Answer a question, showing the text as it comes."""
        owner = request.username or ""
        try:
            check_question(question)
        except QuestionError as error:
            yield {self.live: failure(str(error))}
            return
        if replaced:
            self.talks.take_back(replaced, owner)
        exchange = self.talks.ask(question.strip(), conversation, owner)
        conversation = exchange.conversation
        earlier = self.talks.exchanges(conversation, owner)[:-1]
        self._running[exchange.id] = "watched"
        yield self._busy(exchange, earlier)
        errors = {}
        said = "This could not be answered."
        try:
            history = [e.answer for e in earlier if e.answer is not None]
            yield from self._write(exchange, history)
        except QuestionError as error:  # nothing was asked, so nothing is kept
            self.talks.take_back(exchange.id, owner)
            if not earlier:
                self.talks.delete(conversation, owner)
            said = str(error)
            yield self._conversation(conversation, owner) | {self.live: failure(said)}
            return
        except RagError as error:
            errors[exchange.id] = str(error)
        except Exception:  # noqa: BLE001  # the page must stay usable whatever happens
            _log.exception("answering failed")
            errors[exchange.id] = "An internal error; the terminal of the server shows it."
        finally:
            watched = self._running.pop(exchange.id) == "watched"
        if watched:
            answered = self.talks.exchange(exchange.id)
            if answered is not None and answered.answer is not None:
                said = dialogue.told(answered.answer)
            yield self._conversation(conversation, owner, errors) | {
                self.live: dialogue.status(said)
            }

    def _write(self, exchange: Exchange, history: Sequence[Answer]) -> Iterator[Update]:
        """Write one answer and keep it, showing the text as it comes while somebody watches."""
        stream = self.assistant.stream(exchange.question, history)
        text, drawn = "", 0.0
        parts = iter(stream)
        for part in parts:
            if self._running[exchange.id] == "stopped":
                parts.close()
                return
            text += part
            if self._running[exchange.id] == "watched" and time.monotonic() - drawn > FRAME:
                drawn = time.monotonic()
                yield {self.live: dialogue.waiting(exchange.question, text)}
        if self._running[exchange.id] != "stopped":
            self.talks.answer(exchange.id, stream.answer)

    def _turn_away(self, conversation: str, how: Literal["left", "stopped"]) -> None:
        """Note that what is being answered in a conversation is not watched any more."""
        for exchange in self.talks.unanswered(conversation):
            if exchange in self._running:
                self._running[exchange] = how

    @handler
    def ask_again(
        self, conversation: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[Update]:
        """Answer the same question once more, in place of the answer before."""
        found = self.talks.exchange(data(event, "id"))
        if found is not None:
            yield from self.ask(found.question, conversation, found.id, request)

    @handler
    def ask_suggested(
        self, conversation: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[Update]:
        """Ask what a button suggests."""
        yield from self.ask(data(event, "text"), conversation, "", request)

    @handler
    def stop(self, conversation: str, request: gr.Request) -> Update:
        """Show the conversation after its last question was stopped."""
        self._turn_away(conversation, "stopped")
        stopped = {self.live: dialogue.status("Stopped.")}
        return self._conversation(conversation, request.username or "") | stopped

    @handler
    def edit(self, event: gr.EventData) -> Update:
        """Put a question back into the box, to be asked anew."""
        found = self.talks.exchange(data(event, "id"))
        if found is None:
            return {}
        return {
            self.box: found.question,
            self.replaced: found.id,
            self.live: dialogue.editing(found.question),
        }

    @handler
    def keep(self) -> Update:
        """Leave an edited question as it was."""
        return {self.box: "", self.replaced: "", self.live: ""}

    @handler
    def rate(self, conversation: str, event: gr.EventData, request: gr.Request) -> Update:
        """Keep what was thought of an answer; the same thumb again takes it back."""
        found = self.talks.exchange(data(event, "id"))
        if found is not None:
            value: Feedback = 1 if data(event, "value") == "1" else -1
            feedback = 0 if found.feedback == value else value
            self.talks.rate(found.id, feedback, request.username or "")
        exchanges = self.talks.exchanges(conversation, request.username or "")
        shared = not exchanges and found is not None
        if shared and found is not None:
            again = self.talks.exchange(found.id)
            exchanges = [again] if again else []
        return {self.dialogue: dialogue.dialogue(self._view(exchanges, shared=shared))}

    @handler
    def rename(self, title: str, conversation: str, request: gr.Request) -> Update:
        """Give the open conversation another title."""
        owner = request.username or ""
        self.talks.rename(conversation, title, owner)
        return {self.history: self._history(conversation, owner)}

    @handler
    def delete(self, conversation: str, request: gr.Request) -> Update:
        """Delete the open conversation and start afresh."""
        self._turn_away(conversation, "stopped")
        owner = request.username or ""
        self.talks.delete(conversation, owner)
        return self._conversation("", owner)

    def _conversation(
        self, conversation: str, owner: str, errors: dict[str, str] | None = None
    ) -> Update:
        """Show a conversation as the library has it, with nothing going on."""
        found = self.talks.get(conversation, owner)
        exchanges = self.talks.exchanges(conversation, owner) if found else []
        still = {e.id: "This is still being answered." for e in exchanges if self._is_going_on(e)}
        view = self._view(exchanges, still | (errors or {}))
        answers = [e.answer for e in exchanges if e.answer is not None]
        titles = [] if exchanges else list(self.assistant.library.titles().values())
        return {
            self.current: found.id if found else "",
            self.replaced: "",
            self.dialogue: dialogue.dialogue(
                view, examples=suggest.examples(titles), papers=len(titles)
            ),
            self.live: "",
            self.sources: sources(view.exchanges, view.papers),
            self.history: self._history(conversation, owner),
            self.title: found.title if found else "",
            self.menu: gr.Accordion(visible=found is not None),
            self.carry: dialogue.exports(answers, view.papers, name="conversation"),
            self.confirm: gr.Row(visible=False),
            self.send: gr.Button(visible=True),
            self.halt: gr.Button(visible=False),
        }

    def _is_going_on(self, exchange: Exchange) -> bool:
        return self._running.get(exchange.id, "stopped") != "stopped"

    def _busy(self, exchange: Exchange, earlier: Sequence[Exchange]) -> Update:
        """Show that a question is being answered."""
        return {
            self.current: exchange.conversation,
            self.replaced: "",
            self.box: "",
            self.dialogue: dialogue.dialogue(self._view(earlier)) if earlier else "",
            self.live: dialogue.waiting(exchange.question) + dialogue.status("Reading the papers."),
            self.send: gr.Button(visible=False),
            self.halt: gr.Button(visible=True),
        }

    def _view(
        self,
        exchanges: Sequence[Exchange],
        errors: dict[str, str] | None = None,
        *,
        shared: bool = False,
    ) -> Dialogue:
        answers = [e.answer for e in exchanges if e.answer is not None]
        return Dialogue(exchanges, self.assistant.papers_of(answers), errors or {}, shared)

    def _history(self, conversation: str, owner: str) -> str:
        return dialogue.history(self.talks.all(owner), conversation, when=when)

    def _build(self) -> None:
        with gr.Row(elem_id="chat"):
            with gr.Column(scale=1, min_width=200, elem_id="past"):
                self.fresh = gr.Button("New conversation", elem_id="new", size="sm")
                self.history = html(elem_id="history")
            with gr.Column(scale=3, min_width=320, elem_id="talk"):
                self.dialogue = html(elem_id="dialogue")
                self.live = html(elem_id="live")
                with gr.Row(elem_id="asking"):
                    self.box = gr.Textbox(
                        label="Question",
                        show_label=False,
                        placeholder="Ask the papers, or name a topic",
                        max_lines=6,
                        max_length=MAX_QUERY,
                        autofocus=True,
                        scale=1,
                        elem_id="question",
                    )
                    self.send = gr.Button(
                        "Ask", variant="primary", min_width=80, scale=0, elem_id="ask"
                    )
                    self.halt = gr.Button(
                        "Stop", visible=False, min_width=80, scale=0, elem_id="stop"
                    )
                with gr.Accordion("This conversation", open=False, visible=False) as self.menu:
                    self.carry = html(elem_id="carry")
                    with gr.Row():
                        self.title = gr.Textbox(label="Title", max_length=120, scale=1)
                        self.named = gr.Button("Rename", scale=0, min_width=100)
                        self.drop = gr.Button("Delete …", scale=0, min_width=120)
                    with gr.Row(visible=False) as self.confirm:
                        html(failure("Delete it for good?"), elem_id="sure")
                        self.gone = gr.Button("Yes, delete it", variant="stop", scale=0)
                        self.spared = gr.Button("Keep it", scale=0)
            with gr.Column(scale=2, min_width=320, elem_id="panel"):
                html("<h2>Sources</h2>", elem_id="sources-title")
                self.sources = html(elem_id="sources")
        self.current = gr.Textbox(visible="hidden", elem_id="current", label="Conversation id")
        self.replaced = gr.Textbox(visible="hidden", elem_id="replaced", label="Replaced question")

    def wire(self) -> None:
        """Join the events to their handlers."""
        chat = self.outputs
        answering: dict[str, Any] = {
            "concurrency_limit": AT_ONCE,
            "concurrency_id": "answering",
            "trigger_mode": "multiple",
            **QUIETLY,
        }
        question = [self.box, self.current, self.replaced]
        self.box.submit(self.ask, question, chat, **answering)
        self.send.click(self.ask, question, chat, **answering)
        self.dialogue.option_select(self.ask_suggested, [self.current], chat, **answering)
        self.dialogue.retry(self.ask_again, [self.current], chat, **answering)
        self.halt.click(self.stop, [self.current], chat, **QUIETLY)
        self.dialogue.edit(self.edit, None, chat, **QUIETLY)
        self.live.clear(self.keep, None, chat, **QUIETLY)
        self.dialogue.like(self.rate, [self.current], chat, **QUIETLY)
        self.history.select(self.select, [self.current], chat, **QUIETLY)
        self.fresh.click(self.new, [self.current], chat, **QUIETLY)
        for event in (self.named.click, self.title.submit):
            event(self.rename, [self.title, self.current], [self.history], **QUIETLY)
        self.drop.click(lambda: gr.Row(visible=True), None, [self.confirm], **QUIETLY)
        self.spared.click(lambda: gr.Row(visible=False), None, [self.confirm], **QUIETLY)
        self.gone.click(self.delete, [self.current], chat, **QUIETLY)
