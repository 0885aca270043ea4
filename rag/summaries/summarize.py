"""Summarizes a topic: gathers its papers, groups them into themes, and writes about each.

With a model the outline comes first and the sections are written at the same time, each from its
own papers; without one, or where it fails, sections are the abstracts' own sentences.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

import numpy as np

from rag.library import Filters, Library
from rag.models import Embedder
from rag.records import Progress, Summary, Topic
from rag.search import (
    BACKGROUND,
    Evidence,
    Found,
    Limits,
    PaperRetriever,
    Signals,
    Survey,
    check_question,
    check_searchable,
    fuse,
    is_answerable,
    is_covered,
    scope,
    unknown_names,
)
from rag.summaries import layout
from rag.summaries.compose import Composition, SummaryParts
from rag.summaries.gather import Candidate, Gathered, gather
from rag.summaries.outline import Outline, PlannedTheme
from rag.summaries.plan import plan
from rag.summaries.sections import Author
from rag.summaries.watcher import StoppedError, Watcher
from rag.text.notices import BY_WORDS, EMPTY, NOTHING_LEFT, joined, no_paper_mentions, quoted
from rag.topics import group

NEAREST = 3  # topics named when a summary is refused


class SummaryStream:
    """The text of a summary as it comes; ``summary`` is there once it has been read to the end."""

    def __init__(self, write: Callable[[Watcher], SummaryParts], progress: Progress) -> None:
        self._watcher = Watcher(progress)
        self._parts = write(self._watcher)
        self._summary: Summary | None = None
        self._error: Exception | None = None

    def __iter__(self) -> Generator[str, None, None]:
        """Yield Markdown in pieces that join to ``summary.text``; closing it stops the model.

        Raises:
            QuestionError: the topic is empty, too long, or has no word to look for.
            ModelKeyError: the endpoint refuses the key.
        """
        try:
            with contextlib.suppress(StoppedError):
                self._summary = yield from self._parts
        except Exception as error:
            self._error = error
            raise

    def stop(self) -> None:
        """Stop writing, from any thread: iterating ends soon, and there is no summary."""
        self._watcher.stopped.set()

    @property
    def finished(self) -> bool:
        """Whether the summary is there."""
        return self._summary is not None

    @property
    def summary(self) -> Summary:
        """The finished summary; reads the rest of the text first if need be."""
        if self._summary is None:
            for _ in self:
                pass
        if self._error is not None:
            raise self._error
        if self._summary is None:
            raise RuntimeError("the summary was stopped before it was finished")
        return self._summary


class Summarizer:
    """Summarizes topics of one library."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        retriever: PaperRetriever,
        author: Author | None,
        topics: Callable[[], Sequence[Topic]],
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._retriever = retriever
        self._author = author
        self._topics = topics

    def write(self, topic: str | Topic, watcher: Watcher, *, limits: Limits) -> SummaryParts:
        """Write a summary; the text comes first, piece by piece.

        Only papers within ``limits`` are looked at.

        Raises:
            QuestionError: the topic is empty, too long, or has no word to look for.
            ModelKeyError: the endpoint refuses the key.
        """
        if isinstance(topic, Topic):
            return (yield from self._of_members(topic, watcher, limits.filters))
        check_question(topic, what="topic")
        check_searchable(topic, what="topic")
        about = limits.rest
        candidates, found, signals = self._candidates(about, limits.filters)
        limited = joined(limits.told, BY_WORDS if self._retriever.by_words else "")
        if not candidates:
            empty = NOTHING_LEFT if self._library.version().count else EMPTY
            empty = "" if self._retriever.by_words else empty
            return (yield from _refuse(topic, " ".join(filter(None, (limited, empty)))))
        missing = self._missing(about)
        if not self._covers(about, signals):
            return (yield from self._refuse_uncovered(topic, found, missing, limited))
        notes = [note for note in (limited, _asks(topic)) if note]
        if missing and scope(about) == "phrase":
            notes.append(no_paper_mentions(missing))
        gathered = gather(candidates)
        return (yield from self._run(topic, gathered, candidates, watcher, notes))

    def _of_members(self, topic: Topic, watcher: Watcher, filters: Filters | None) -> SummaryParts:
        """Summarize a topic of the map: its own papers, the most typical first."""
        members = topic.paper_ids
        if filters is not None:
            kept = frozenset(self._library.selection.matching_ids(filters))
            members = tuple(i for i in members if i in kept)
        entries = list(self._library.entries(members[:BACKGROUND]).values())
        if not entries:
            gone = NOTHING_LEFT if filters else "Its papers are no longer in the library."
            return (yield from _refuse(topic.label, gone))
        centre = np.mean([entry.vectors.mean for entry in entries], axis=0).astype(np.float32)
        found = fuse(entries, centre, {}, most=len(entries))
        candidates = self._as_candidates(topic.label, found)
        gathered = gather(candidates, all_fit=True)
        unseen = len(members[BACKGROUND:])
        more = gathered.more + unseen
        gathered = replace(gathered, crowded=gathered.crowded or more > 0, more=more)
        return (yield from self._run(topic.label, gathered, candidates, watcher, []))

    def _run(
        self,
        name: str,
        gathered: Gathered,
        candidates: Sequence[Candidate],
        watcher: Watcher,
        notes: Sequence[str],
    ) -> SummaryParts:
        themes = self._themes(name, gathered, candidates)
        outline = Outline(name, gathered, plan(gathered.used), themes, tuple(notes))
        return (yield from Composition(outline, self._author, watcher).run(self._library))

    def _missing(self, topic: str) -> list[str]:
        """Return the names, else the words, of a topic that no paper has."""
        terms = self._retriever.terms(topic)
        return unknown_names(topic, terms) or [term.word for term in terms if not term.papers]

    def _covers(self, name: str, signals: Signals) -> bool:
        decide = is_covered if scope(name) == "phrase" else is_answerable
        return decide(signals, self._library.fingerprint)

    def _candidates(
        self, topic: str, filters: Filters | None
    ) -> tuple[list[Candidate], list[Found], Signals]:
        """Return the papers found for a topic, and what the search says about it."""
        found = self._retriever.search(topic, BACKGROUND, filters=filters)
        terms = self._retriever.terms(topic)
        signals = Signals.of(Survey.of(found), terms, topic)
        return self._as_candidates(topic, found), found, signals

    def _as_candidates(self, topic: str, found: Sequence[Found]) -> list[Candidate]:
        terms = self._retriever.terms(topic)
        candidates = []
        for one, hit in zip(found, self._retriever.hits(found, topic), strict=True):
            evidence = Evidence.of(one.entry, terms, score=one.score, relevance=one.relevance)
            candidates.append(Candidate(evidence, one.entry.vectors.mean, hit.reason))
        return candidates

    def _themes(
        self, name: str, gathered: Gathered, candidates: Sequence[Candidate]
    ) -> tuple[PlannedTheme, ...]:
        """Divide the used papers into themes by their vectors and words."""
        found = group(
            [one.evidence.paper for one in gathered.used],
            np.stack([one.vector for one in gathered.used]),
            embed=self._embedder.embed,
            among=[one.evidence.paper for one in candidates],
            topic=name,
        )
        return tuple(PlannedTheme(label, tuple(places)) for label, places in found)

    def _refuse_uncovered(
        self, topic: str, found: Sequence[Found], missing: Sequence[str], limited: str
    ) -> SummaryParts:
        """Say that the papers do not cover a topic, and which topics they do cover nearby."""
        closest = [one.entry.paper.id for one in found[:10]]
        by_paper = {i: known.label for known in self._topics() for i in known.paper_ids}
        nearest = list(dict.fromkeys(by_paper[i] for i in closest if i in by_paper))[:NEAREST]
        titles = [one.entry.paper.title for one in found[:NEAREST]]
        what = "The nearest topics of this library are" if nearest else "The closest papers are"
        told = (limited, no_paper_mentions(missing), f"{what} {quoted(nearest or titles)}.")
        notice = " ".join(filter(None, told))
        return (yield from _refuse(topic, notice, nearest=tuple(nearest), missing=tuple(missing)))


def _asks(topic: str) -> str:
    """Tell somebody who asks a question that there is a shorter way to an answer."""
    if topic.strip().endswith("?") or scope(topic) == "fact":
        return (
            "This was asked as a question: `ask` answers it in a few sentences; this is a summary "
            "of the papers near it."
        )
    return ""


def _refuse(
    topic: str, notice: str, *, nearest: tuple[str, ...] = (), missing: tuple[str, ...] = ()
) -> SummaryParts:
    said = "The papers in this library do not cover this topic."
    blocks = [layout.heading(topic), said, layout.notice(notice)]
    text = "\n\n".join(block for block in blocks if block)
    yield text
    return Summary(
        topic=topic, text=text, grounded=False, mode="extractive", model="", nearest=nearest,
        notice=notice, missing=missing,
    )  # fmt: skip
