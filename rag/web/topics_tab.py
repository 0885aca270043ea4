"""The topics tab: the map of the library, its topics, and the summary of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from rag.errors import RagError
from rag.text.reading_list import PAPER
from rag.web import summary_html
from rag.web.events import QUIETLY, Update, data, handler
from rag.web.markup import failure
from rag.web.reviewing import Reviewing, Subject
from rag.web.topics_layout import SEARCHING

WATCHED = 16  # summaries shown as they grow


class TopicsTab(Reviewing):
    """The topics of one assistant's library; summaries are shared by all who ask for the same."""

    @handler
    def open(self, current: str) -> Update:
        """Draw the map when the tab is turned to; finding the topics may take a moment."""
        return self._map(current)

    @handler
    def read(self, event: gr.EventData, request: gr.Request) -> Update:
        """Show one paper."""
        return self._paper(data(event, "id"), request)

    @handler
    def leave(self) -> Update:
        """Close the paper."""
        return {self.paper: ""}

    @handler
    def choose(self, event: gr.EventData, request: gr.Request) -> Iterator[Update]:
        """Summarize a topic of the map."""
        found = [topic for topic in self._topics() if topic.id == data(event, "id")]
        if not found:
            changed = "The library has changed since this map was drawn; this is its map now."
            yield {**self._map(""), self.live: failure(changed)}
            return
        yield from self._show(found[0], request)

    @handler
    def pick(self, event: gr.EventData, request: gr.Request) -> Iterator[Update]:
        """Open a paper that the summary names, or summarize a nearby topic that it offers."""
        if paper := data(event, "id"):
            yield self._paper(paper, request)
            return
        yield from self._show(self._topic(data(event, "text")), request)

    @handler
    def ask(self, topic: str, request: gr.Request) -> Iterator[Update]:
        """Summarize a topic that was typed."""
        yield from self._show(self._topic(" ".join(topic.split())), request)

    @handler
    def find(self, current: str) -> Iterator[Update]:
        """Find the topics anew."""
        yield {self.map: SEARCHING}
        try:
            self.assistant.topics(anew=True)
        except RagError as error:
            yield {**self._map(current), self.live: failure(str(error))}
            return
        yield self._map(current)

    def _map(self, current: str) -> Update:
        """Draw the map, with the topic of a summary marked that is there or under way."""
        job = self._jobs.of(current)
        subject = job.subject if job else self._known(current)
        return self._map_of(subject or Subject(""))

    def _paper(self, paper_id: str, request: gr.Request) -> Update:
        found = self.assistant.library.paper(paper_id)
        if found is None:
            return {self.paper: failure("This paper is no longer in the library.")}
        starred = (paper_id, PAPER) in self.stars.of(request.username or "")
        return {self.paper: summary_html.paper(found, starred=starred)}

    def wire(self, turned_to: Any, page_opened: Any) -> None:
        """Join the events to their handlers.

        ``turned_to`` is the event of the tab being chosen, ``page_opened`` that of the page's load.
        """
        tab = self.outputs
        watching: dict[str, Any] = {
            "concurrency_limit": WATCHED,
            "concurrency_id": "summarizing",
            "trigger_mode": "multiple",
            **QUIETLY,
        }
        turned_to(self.open, [self.current], tab, **QUIETLY)
        page_opened.then(self.go_on, [self.current], tab, **watching)
        self.map.select(self.read, None, tab, **QUIETLY)
        self.listing.select(self.choose, None, tab, **watching)
        self.listing.retry(self.find, [self.current], tab, **QUIETLY)
        for place in (self.listing, self.sources):
            place.option_select(self.read, None, tab, **QUIETLY)
        self.summary.option_select(self.pick, None, tab, **watching)
        self.summary.retry(self.anew, None, tab, **watching)
        self.summary.select(self.recall, None, tab, **watching)
        self.summary.download(self.export, None, [self.file, self.live], **QUIETLY)
        self.paper.clear(self.leave, None, tab, **QUIETLY)
        self.topic.submit(self.ask, [self.topic], tab, **watching)
        self.ask_button.click(self.ask, [self.topic], tab, **watching)
        self.stop_button.click(self.stop, [self.current], tab, **QUIETLY)
