"""Summaries in the topics tab: as they are written, and those that were."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import gradio as gr

from rag.assistant import Assistant
from rag.errors import QuestionError, RagError
from rag.records import Summary, Topic
from rag.search import check_question
from rag.web import dialogue_html, map_html, summary_html
from rag.web.events import Update, data, handler
from rag.web.jobs import Job, Jobs
from rag.web.markup import failure
from rag.web.sources_html import evidence
from rag.web.topics_layout import TopicsLayout
from rag.work import Work

AT_ONCE = 4  # summaries written at the same time; the others wait
FRAME = 0.1  # seconds between two updates of a streaming summary
GLANCE = 0.5  # seconds until a watcher looks whether its page has turned to something else


@dataclass(slots=True)
class Subject:
    """What a summary is about, how far its sections are, and the summary in the end."""

    topic: str | Topic
    done: int = 0
    total: int = 0
    summary: Summary | None = None

    @property
    def name(self) -> str:
        """What the topic is called."""
        return self.topic if isinstance(self.topic, str) else self.topic.label

    @property
    def chosen(self) -> str:
        """The id of a topic of the map, empty for one that was typed."""
        return "" if isinstance(self.topic, str) else self.topic.id


class Visitor(NamedTuple):
    """Who looks: the page by its session, and whose reading list it shows."""

    page: str
    owner: str

    @classmethod
    def of(cls, request: gr.Request) -> Visitor:
        """Return who sent a request."""
        return cls(request.session_hash or "", request.username or "")


class Reviewing(TopicsLayout):
    """The summaries of one assistant's library, shared by all who ask for the same."""

    def __init__(self, assistant: Assistant, work: Work) -> None:
        super().__init__()
        self.assistant = assistant
        self._jobs: Jobs[Subject] = Jobs("summary", at_once=AT_ONCE, work=work)
        self.stars = assistant.library.stars
        self._reviews = assistant.library.reviews
        self._beginning = threading.Lock()
        self._watching: dict[str, str] = {}  # the summary each page waits for, by its session
        self._left: set[str] = set()  # pages that have stopped what others still wait for

    @handler
    def anew(self, event: gr.EventData, request: gr.Request) -> Iterator[Update]:
        """Write a summary once more."""
        before = self._known(data(event, "id"))
        if before is None:
            yield {self.live: failure("This review is no longer here; ask for its topic again.")}
            return
        yield from self._show(before.topic, request, anew=True)

    def at(self, key: str, owner: str) -> Update:
        """Show the summary that the address of a page names; its map is drawn later."""
        shown = self._at(key, owner) if key else {}
        return {one: value for one, value in shown.items() if one not in (self.map, self.listing)}

    def _at(self, key: str, owner: str) -> Update:
        """Show the summary of a key, and none where there is none."""
        if (known := self._known(key)) is not None:
            return self._ended(key, known, owner)
        if (job := self._jobs.of(key)) is not None:
            return self._begun(key, job.subject)
        gone = failure("This review is no longer here; ask for its topic again.")
        return {
            self.current: "",
            self.live: gone if key else "",
            self.summary: summary_html.welcome(),
            self.sources: summary_html.no_sources(),
            self.paper: "",
        }

    @handler
    def recall(self, event: gr.EventData, request: gr.Request) -> Iterator[Update]:
        """Show the summary that a step of the history names."""
        key, visitor = data(event, "id"), Visitor.of(request)
        self._watching.pop(visitor.page, None)
        yield self._at(key, visitor.owner)
        yield from self._go_on(key, visitor)

    @handler
    def go_on(self, current: str, request: gr.Request) -> Iterator[Update]:
        """Show the rest of a summary that was under way when the page was opened."""
        yield {}
        yield from self._go_on(current, Visitor.of(request))

    def _go_on(self, key: str, visitor: Visitor) -> Iterator[Update]:
        if (job := self._jobs.of(key)) is not None:
            yield from self._watched(visitor, key, job)

    @handler
    def stop(self, current: str, request: gr.Request) -> Update:
        """Stop what is being written, unless somebody else waits for it too."""
        visitor = Visitor.of(request)
        waiting = [v for v, key in self._watching.items() if key == current and v != visitor.page]
        if waiting:
            self._left.add(visitor.page)
        else:
            self._jobs.stop(current)
        return {}

    @handler
    def export(self, event: gr.EventData) -> Update:
        """Make a file of a summary, of its table, or of the papers it cites."""
        subject = self._known(data(event, "id"))
        if subject is None or subject.summary is None:
            return {self.live: failure("This review is no longer here; ask for its topic again.")}
        papers = self.assistant.papers_cited(subject.summary.citations)
        mark = str(time.monotonic_ns())
        return {
            self.file: summary_html.file(data(event, "form"), subject.summary, papers, mark=mark)
        }

    def _show(
        self, topic: str | Topic, request: gr.Request, *, anew: bool = False
    ) -> Iterator[Update]:
        """Show the summary of a topic: at once if it is there, else as it is written."""
        visitor = Visitor.of(request)
        if isinstance(topic, str):
            try:
                check_question(topic, what="topic")
            except QuestionError as error:
                yield {self.live: failure(str(error))}
                return
        key = self._key(topic)
        if (known := self._known(key)) is not None and not anew:
            self._watching.pop(visitor.page, None)
            yield self._ended(key, known, visitor.owner)
            return
        with self._beginning:
            job = self._jobs.of(key) or self._begin(key, topic)
        yield from self._watched(visitor, key, job)

    def _watched(self, visitor: Visitor, key: str, job: Job[Subject]) -> Iterator[Update]:
        """Show a summary as it is written, to a page that waits for it."""
        self._watching[visitor.page] = key
        try:
            yield self._begun(key, job.subject)
            yield from self._follow(visitor, key, job)
        finally:
            self._left.discard(visitor.page)
            if self._watching.get(visitor.page) == key:
                del self._watching[visitor.page]

    def _known(self, key: str) -> Subject | None:
        """Return a summary that was written, also before a restart."""
        found = self._reviews.get(key) if key else None
        return Subject(found[0], summary=found[1]) if found else None

    def _topics(self) -> list[Topic]:
        """Return the topics; none when they cannot be had, which the map then tells."""
        try:
            return self.assistant.topics()
        except RagError:
            return []

    def _topic(self, name: str) -> str | Topic:
        """Return the topic of the map that is called so, else the name."""
        return next((topic for topic in self._topics() if topic.label == name), name)

    def _key(self, topic: str | Topic) -> str:
        """Name a summary by what shapes it: the topic, its papers, and the library's state."""
        parts = (topic,) if isinstance(topic, str) else (topic.label, *topic.paper_ids)
        version = self.assistant.library.version()
        return hashlib.sha256(repr((version.sequence, parts)).encode()).hexdigest()[:16]

    def _begin(self, key: str, topic: str | Topic) -> Job[Subject]:
        subject = Subject(topic)

        def progress(_what: str, done: int, total: int) -> None:
            subject.done, subject.total = done, total

        stream = self.assistant.stream_summary(topic, progress=progress)

        def parts() -> Generator[str, None, None]:
            yield from stream
            if not stream.finished:  # it was stopped
                return
            subject.summary = stream.summary
            self._reviews.keep(key, topic, stream.summary)

        return self._jobs.start(key, subject, parts(), stop=stream.stop)

    def _follow(self, visitor: Visitor, key: str, job: Job[Subject]) -> Iterator[Update]:
        """Show a summary as it grows, until it ends or its page turns to something else."""
        subject, shown, done = job.subject, "", 0
        while not job.done and visitor.page not in self._left:
            job.wait(shown, GLANCE)
            if self._watching.get(visitor.page) != key:
                yield {}  # Gradio shows the last update once more when a handler ends
                return
            if (job.text, subject.done) != (shown, done) and not job.done:
                shown, done = job.text, subject.done
                yield {self.live: summary_html.writing(shown, done, subject.total, key=key)}
                time.sleep(FRAME)
        left = visitor.page in self._left
        if self._watching.get(visitor.page) != key:
            yield {}
        elif not (left or job.stopped or job.error):
            yield self._ended(key, subject, visitor.owner)
        else:
            yield self._broken_off(key, job, visitor.owner, stopped=left or job.stopped)

    def _broken_off(self, key: str, job: Job[Subject], owner: str, *, stopped: bool) -> Update:
        """Show what there is of a stopped or failed summary: the one before, or its text."""
        before = self._known(key)
        shown: Update = {self.summary: summary_html.unfinished(job.text)}
        if before:
            shown = self._ended(key, before, owner)
        said = '<p class="hint" role="status">Stopped.</p>'
        return {
            **shown,
            self.current: key if before else "",
            self.live: said if stopped else failure(job.error),
            self.ask_button: gr.Button(visible=True),
            self.stop_button: gr.Button(visible=False),
        }

    def _begun(self, key: str, subject: Subject) -> Update:
        return {
            self.current: key,
            self.topic: subject.name,
            self.live: summary_html.writing("", 0, 0, key=key),
            self.summary: "",
            self.sources: "",
            self.paper: "",
            self.ask_button: gr.Button(visible=False),
            self.stop_button: gr.Button(visible=True),
            **self._map_of(subject),
        }

    def _ended(self, key: str, subject: Subject, owner: str) -> Update:
        """Show a finished summary with its sources."""
        summary = subject.summary
        assert summary is not None
        papers = self.assistant.papers_cited(summary.citations)
        again = self.assistant.model is not None
        return {
            self.current: key,
            self.topic: subject.name,
            self.live: dialogue_html.status(summary_html.told(summary)),
            self.summary: summary_html.finished(summary, papers, key=key, again=again),
            self.sources: evidence(summary, papers, self.stars.of(owner)),
            self.paper: "",
            self.ask_button: gr.Button(visible=True),
            self.stop_button: gr.Button(visible=False),
            **self._map_of(subject),
        }

    def _map_of(self, subject: Subject) -> Update:
        """Mark the topic of a summary on the map and in the list."""
        try:
            topics, titles = self.assistant.topics(), self.assistant.library.titles()
            grown = self.assistant.topics_grown()
        except RagError as error:
            return {self.map: failure(str(error)), self.listing: ""}
        return {
            self.map: map_html.atlas(topics, titles, chosen=subject.chosen),
            self.listing: map_html.listing(topics, titles, chosen=subject.chosen, grown=grown),
        }
