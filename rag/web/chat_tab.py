"""The chat tab: questions, answers as they come, and the conversations before."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from rag.assistant import Assistant
from rag.errors import QuestionError
from rag.records import Answer, Exchange, Feedback
from rag.web import dialogue_html
from rag.web.asking import Asking, Wish
from rag.web.dialogue_html import Dialogue
from rag.web.events import QUIETLY, Asked, Update, data, handler
from rag.web.holding import Holding
from rag.web.jobs import Job
from rag.web.limits_html import left, let_go
from rag.web.markup import failure
from rag.web.scoping import Scoping
from rag.web.sources_html import sources
from rag.web.welcome_html import NOTHING

WATCHED = 32  # answers shown as they grow; Gradio has 40 threads for handlers
FRAME = 0.05  # seconds between two updates of a streaming answer
GLANCE = 0.5  # seconds until a watcher looks whether its page has turned to something else


class ChatTab(Scoping):
    """The chat over one assistant; all that a visitor has is in the browser and the library."""

    def __init__(self, assistant: Assistant, asking: Asking) -> None:
        super().__init__(assistant)
        self.asking = asking
        self.holding = Holding(assistant)
        self.stars = assistant.library.stars

    def open(self, request: gr.Request) -> Update:
        """Show what the address names: a conversation, one shared answer, or a fresh start."""
        owner = request.username or ""
        asked = dict(request.query_params)
        if "answer" not in asked:
            return self._opened(asked.get("c", ""), owner, asked_for="c" in asked)
        shared = self.conversations.exchange(asked["answer"])
        if shared is None:
            return self._conversation("", owner, asked_for=True)
        view = self._view([shared], shared=True)
        return {
            self.dialogue: dialogue_html.dialogue(view),
            self.sources: sources(view.exchanges, view.papers, self.stars.of(owner)),
            self.history: self.listed("", owner),
            self.menu: gr.Accordion(visible=False),
        }

    @handler
    def select(self, event: gr.EventData, request: gr.Request) -> Update:
        """Open a conversation from the list, or a new one where none is named."""
        self.asking.leave(request.session_hash or "")
        wanted = data(event, "id")
        return self._opened(wanted, request.username or "", asked_for=bool(wanted))

    @handler
    def new(self, request: gr.Request) -> Update:
        """Start afresh; the conversation before is in the list."""
        self.asking.leave(request.session_hash or "")
        return self._opened("", request.username or "")

    @handler
    def follow(self, conversation: str, request: gr.Request) -> Iterator[Update]:
        """Show the rest of an answer that was under way when a conversation was opened."""
        job = self.asking.of(conversation)
        if job is None or self.conversations.get(conversation, request.username or "") is None:
            yield {}
            return
        yield from self._follow(job, request)

    @handler
    def ask(self, asked: Asked, request: gr.Request) -> Iterator[Update]:
        """Answer a question, showing the text as it comes."""
        question, replaced = str(asked[self.question] or ""), str(asked[self.replaced] or "")
        wish = Wish(question, asked[self.current] or "", replaced, self.scope_of(asked))
        yield from self._ask(wish, request)

    def _ask(
        self, wish: Wish, request: gr.Request, *, keeps_scope: bool = True
    ) -> Iterator[Update]:
        """Ask what is wished; the conversation keeps the limits that stand above the box."""
        visitor, owner = request.session_hash or "", request.username or ""
        try:
            job = self.asking.ask(wish, visitor, owner)
        except QuestionError as error:
            yield {self.live: failure(str(error))}
            return
        if job is None:
            yield {}
            return
        scope: Update = {}
        if keeps_scope:
            self.keep_scope(job.subject.conversation, wish.filters, owner)
            scope = self.told(wish.filters)
        yield self._conversation(job.subject.conversation, owner) | scope | {self.question: ""}
        yield from self._follow(job, request)

    def _follow(self, job: Job[Exchange], request: gr.Request) -> Iterator[Update]:
        """Show an answer as it grows, until it ends or its page turns to something else."""
        visitor, owner = request.session_hash or "", request.username or ""
        self.asking.watch(visitor, job)
        shown = ""
        try:
            while not job.done:
                job.wait(shown, GLANCE)
                if not self.asking.is_watched(visitor, job):
                    yield {}  # Gradio shows the last update once more when a handler ends
                    return
                if job.text != shown and not job.done:
                    shown = job.text
                    yield {self.live: dialogue_html.waiting(job.subject.question, shown)}
                    time.sleep(FRAME)
            if self.asking.is_watched(visitor, job) and not job.stopped:
                yield self._ended(job, owner)
        finally:
            self.asking.leave(visitor, job)

    def _ended(self, job: Job[Exchange], owner: str) -> Update:
        """Show how an answer turned out."""
        exchange, conversation = job.subject, job.subject.conversation
        known = self.conversations.exchange(exchange.id)
        if not job.error:
            said = dialogue_html.status(
                dialogue_html.told(known.answer) if known and known.answer else ""
            )
            return self._conversation(conversation, owner) | {self.live: said}
        if known is None or known.answer is not None:  # the answer before is still there
            return self._conversation(conversation, owner) | {self.live: failure(job.error)}
        if job.refused:  # nothing was asked, so nothing is kept
            self.conversations.take_back(exchange.id, owner)
            if not self.conversations.exchanges(conversation, owner):
                self.conversations.delete(conversation, owner)
            return self._conversation(conversation, owner) | {self.live: failure(job.error)}
        return self._conversation(conversation, owner, {exchange.id: job.error})

    @handler
    def ask_again(self, asked: Asked, event: gr.EventData, request: gr.Request) -> Iterator[Update]:
        """Answer the same question once more; the answer before stays until there is another."""
        found = self.conversations.exchange(data(event, "id"))
        if found is None:
            yield {}
            return
        current = str(asked[self.current] or "")
        yield from self._ask(Wish(found.question, current, found.id, self.scope_of(asked)), request)

    @handler
    def ask_without(
        self, conversation: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[Update]:
        """Answer the same question once more without one of its limits."""
        found = self.conversations.exchange(data(event, "id"))
        if found is None or found.answer is None:
            yield {}
            return
        filters = left(found.answer.filters, data(event, "limit"))
        without = let_go(found.answer, data(event, "limit"))
        wish = Wish(found.question, conversation, found.id, filters, without)
        yield from self._ask(wish, request, keeps_scope=False)

    @handler
    def ask_suggested(
        self, asked: Asked, event: gr.EventData, request: gr.Request
    ) -> Iterator[Update]:
        """Ask what a button suggests."""
        current, question = str(asked[self.current] or ""), data(event, "text")
        yield from self._ask(Wish(question, current, filters=self.scope_of(asked)), request)

    @handler
    def stop(self, conversation: str, request: gr.Request) -> Update:
        """Stop what is being answered."""
        owner = request.username or ""
        if self.conversations.get(conversation, owner) is not None:
            self.asking.leave(request.session_hash or "")
            self.asking.stop(conversation)
        stopped = dialogue_html.status("Stopped.")
        return self._conversation(conversation, owner) | {self.live: stopped}

    @handler
    def edit(self, event: gr.EventData) -> Update:
        """Put a question back into the box, to be asked anew."""
        found = self.conversations.exchange(data(event, "id"))
        if found is None:
            return {}
        note = dialogue_html.editing(found.question)
        return {self.question: found.question, self.replaced: found.id, self.note: note}

    @handler
    def cancel_edit(self) -> Update:
        """Leave an edited question as it was."""
        return {self.question: "", self.replaced: "", self.note: "", self.live: ""}

    @handler
    def rate(self, conversation: str, event: gr.EventData, request: gr.Request) -> Update:
        """Keep what was thought of an answer; the same thumb again takes it back."""
        found = self.conversations.exchange(data(event, "id"))
        if found is not None:
            value: Feedback = 1 if data(event, "value") == "1" else -1
            feedback = 0 if found.feedback == value else value
            self.conversations.rate(found.id, feedback, request.username or "")
        if conversation or found is None:
            shown = self._conversation(conversation, request.username or "")
            return {self.dialogue: shown[self.dialogue]}
        again = self.conversations.exchange(found.id)  # the page shows one answer, shared by a link
        view = self._view([again] if again else [], shared=True)
        return {self.dialogue: dialogue_html.dialogue(view)}

    @handler
    def export(self, conversation: str, event: gr.EventData, request: gr.Request) -> Update:
        """Make a file of one answer, or of the whole conversation."""
        one = self.conversations.exchange(data(event, "id"))
        exchanges = (
            [one] if one else self.conversations.exchanges(conversation, request.username or "")
        )
        view = self._view(exchanges)
        answers = [e.answer for e in exchanges if e.answer is not None]
        mark = str(time.monotonic_ns())
        return {self.file: dialogue_html.file(data(event, "form"), answers, view.papers, mark=mark)}

    @handler
    def delete(self, sought: str, current: str, event: gr.EventData, request: gr.Request) -> Update:
        """Delete a conversation for good; when it is the open one, start afresh."""
        owner, gone = request.username or "", data(event, "id")
        if self.conversations.get(gone, owner) is not None:
            self.asking.stop(gone)
        self.conversations.delete(gone, owner)
        if gone != current:
            return {self.history: self.listed(current, owner, sought)}
        self.asking.leave(request.session_hash or "")
        return self._opened("", owner)

    def _opened(self, conversation: str, owner: str, *, asked_for: bool = False) -> Update:
        """Show a conversation that is turned to, with the limits that it was asked under."""
        known = self.conversations.get(conversation, owner) if conversation else None
        shown = self._conversation(conversation, owner, asked_for=asked_for)
        return shown | self.scoped_to(known.scope if known else {})

    def _conversation(
        self,
        conversation: str,
        owner: str,
        errors: dict[str, str] | None = None,
        *,
        asked_for: bool = False,
    ) -> Update:
        """Show a conversation as it stands; ``asked_for`` tells when there is none of that id."""
        found = self.conversations.get(conversation, owner)
        exchanges = self.conversations.exchanges(conversation, owner) if found else []
        job = self.asking.of(conversation) if found else None
        if job is not None:
            exchanges = [e for e in exchanges if e.id != job.subject.id]
        view = self._view(exchanges, errors, busy=job is not None)
        answers = [e.answer for e in exchanges if e.answer is not None]
        missing = failure("This is no longer here.") if asked_for and found is None else ""
        return {
            self.current: found.id if found else "",
            self.replaced: "",
            self.note: "",
            self.dialogue: dialogue_html.dialogue(
                view,
                conversation=found.id if found else "",
                examples=[] if found else self.holding.examples(),
                holds=NOTHING if found else self.holding.holds(),
            ),
            self.live: dialogue_html.waiting(job.subject.question, job.text) if job else missing,
            self.sources: sources(view.exchanges, view.papers, self.stars.of(owner)),
            self.sought: "",
            self.history: self.listed(conversation, owner),
            self.menu: gr.Accordion(visible=found is not None),
            self.exports: dialogue_html.exports(answers),
            self.ask_button: gr.Button(visible=job is None),
            self.stop_button: gr.Button(visible=job is not None),
        }

    def _view(
        self,
        exchanges: Sequence[Exchange],
        errors: dict[str, str] | None = None,
        *,
        shared: bool = False,
        busy: bool = False,
    ) -> Dialogue:
        answers = [e.answer for e in exchanges if e.answer is not None]
        names = self.names_in(answer.filters for answer in answers)
        papers = self.assistant.papers_of(answers)
        read = self._searched(answers[-1]) if answers and not (shared or busy) else []
        return Dialogue(exchanges, papers, errors or {}, shared, busy, names, read)

    def _searched(self, answer: Answer) -> list[tuple[str, int]]:
        """Return the words that a question was searched for, the rarest first."""
        terms = self.assistant.paper_retriever.terms(answer.read_as or answer.question)
        return [(term.word, term.papers) for term in sorted(terms, key=lambda term: -term.idf)]

    def wire(self, page_opened: Any) -> None:
        """Join the events to their handlers; ``page_opened`` is the event of the page's load."""
        chat = self.outputs
        # A question waits in a thread of its own pool; the handlers only watch it.
        watching: dict[str, Any] = {
            "concurrency_limit": WATCHED,
            "concurrency_id": "watching",
            "trigger_mode": "multiple",
            **QUIETLY,
        }
        asked = self.asked
        self.question.submit(self.ask, asked, chat, **watching)
        self.ask_button.click(self.ask, asked, chat, **watching)
        self.dialogue.option_select(self.ask_suggested, asked, chat, **watching)
        self.dialogue.retry(self.ask_again, asked, chat, **watching)
        self.dialogue.clear(self.ask_without, [self.current], chat, **watching)
        # Who goes back twice wants what the second step names; "always_last" forgets what it is.
        opened = self.history.select(self.select, None, chat, trigger_mode="multiple", **QUIETLY)
        opened.then(self.follow, [self.current], chat, **watching)
        page_opened.then(self.follow, [self.current], chat, **watching)
        self.stop_button.click(self.stop, [self.current], chat, **QUIETLY)
        for place in (self.dialogue, self.exports):
            place.download(self.export, [self.current], [self.file], **QUIETLY)
        self.dialogue.edit(self.edit, None, chat, **QUIETLY)
        self.note.clear(self.cancel_edit, None, chat, **QUIETLY)
        self.dialogue.like(self.rate, [self.current], chat, **QUIETLY)
        self.new_button.click(self.new, None, chat, **QUIETLY)
        self.history.delete(self.delete, [self.sought, self.current], chat, **QUIETLY)
        self.wire_past()
        self.wire_scope()
