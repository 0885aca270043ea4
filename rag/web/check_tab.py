"""The check tab: any text, and what the library says to each of its sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import gradio as gr

from rag.assistant import Assistant
from rag.checking import MAX_TEXT
from rag.web import check_html, dialogue_html
from rag.web.check_layout import CheckLayout
from rag.web.checking import Checking, Subject
from rag.web.events import QUIETLY, Update, data, handler
from rag.web.jobs import Job
from rag.web.markup import failure
from rag.work import Work

WATCHED = 16  # checks whose progress is shown
FRAME = 0.25  # seconds between two looks at how far a check is


class CheckTab(CheckLayout):
    """Checks texts against one assistant's library."""

    def __init__(self, assistant: Assistant, work: Work) -> None:
        super().__init__()
        self.assistant = assistant
        self._checks = Checking(assistant, work)
        self._watching: dict[str, str] = {}  # the check each page waits for, by its session

    @handler
    def check(self, text: str, request: gr.Request) -> Iterator[Update]:
        """Check a text; one that this page still waits for is stopped."""
        owner = request.username or ""
        self._checks.stop(self._watching.get(request.session_hash or "", ""), owner)
        yield from self._show(self._checks.begin(text or "", owner), request)

    @handler
    def recall(self, event: gr.EventData, request: gr.Request) -> Iterator[Update]:
        """Show the check that an address names, to its end."""
        yield from self._show(data(event, "id"), request)

    @handler
    def stop(self, event: gr.EventData, request: gr.Request) -> Update:
        """Stop a check."""
        self._checks.stop(data(event, "id"), request.username or "")
        return {self.live: check_html.STOPPED}

    @handler
    def choose(self, event: gr.EventData, request: gr.Request) -> Update:
        """Show the claims of one finding alone, or of all."""
        return self._again(event, request, check_html.SHOWN)

    @handler
    def more(self, event: gr.EventData, request: gr.Request) -> Update:
        """Show more claims."""
        most = data(event, "most")
        known = int(most) if re.fullmatch(r"\d{1,6}", most, re.ASCII) else 0
        return self._again(event, request, known + check_html.SHOWN)

    @handler
    def refuse(self, event: gr.EventData) -> Update:
        """Say that a text is too long to be sent, which the page's script has seen."""
        length = data(event, "length")
        many = f"{int(length):,}" if re.fullmatch(r"\d{1,12}", length, re.ASCII) else "too many"
        return {
            self.live: failure(
                f"the text has {many} characters, {MAX_TEXT:,} are the most; check it in parts"
            )
        }

    def _show(self, key: str, request: gr.Request) -> Iterator[Update]:
        """Show a check while it is under way, and what it has found."""
        page, job = request.session_hash or "", self._checks.of(key, request.username or "")
        self._watching.pop(page, None)
        if job is None:
            told = failure(check_html.GONE) if key else ""
            yield {self.live: told, self.found: check_html.welcome()}
            return
        self._watching[page] = key
        job.wait("", FRAME)  # a paragraph is checked by then
        while not job.done and self._watching.get(page) == key:
            done, total = job.subject.done, job.subject.total
            yield {self.live: check_html.under_way(done, total, key=key), self.found: ""}
            job.wait("", FRAME)
        if self._watching.get(page) != key:
            yield {}  # Gradio shows the last update once more when a handler ends
            return
        del self._watching[page]
        yield self._ended(key, job)

    def _ended(self, key: str, job: Job[Subject]) -> Update:
        if job.stopped:
            return {self.live: check_html.STOPPED, self.found: ""}
        if job.error:
            return {self.live: failure(job.error), self.found: ""}
        assert job.subject.check is not None
        told = dialogue_html.status(job.subject.check.told())
        return {self.live: told, **self._found(key, job.subject)}

    def _again(self, event: gr.EventData, request: gr.Request, most: int) -> Update:
        """Show what was found of a text in another way."""
        key = data(event, "id")
        job = self._checks.of(key, request.username or "")
        if job is None or job.subject.check is None:
            return {self.live: failure(check_html.GONE)}
        return self._found(key, job.subject, data(event, "finding"), most)

    def _found(
        self, key: str, subject: Subject, only: str = "", most: int = check_html.SHOWN
    ) -> Update:
        assert subject.check is not None
        papers = self.assistant.papers_cited(check_html.cited(subject.check, only, most))
        shown = check_html.result(subject.check, papers, key=key, only=only, most=most)
        return {self.found: shown}

    def wire(self) -> None:
        """Join the events to their handlers."""
        tab = self.outputs
        watching: dict[str, Any] = {
            "concurrency_limit": WATCHED,
            "concurrency_id": "checking",
            "trigger_mode": "multiple",
            **QUIETLY,
        }
        self.button.click(self.check, [self.text], tab, **watching)
        self.found.select(self.recall, None, tab, **watching)
        self.found.apply(self.choose, None, tab, **QUIETLY)
        self.found.expand(self.more, None, tab, **QUIETLY)
        self.live.stop(self.stop, None, tab, **QUIETLY)
        self.live.submit(self.refuse, None, tab, **QUIETLY)
