"""Summarizes a topic: gathers its papers, groups them into themes, and writes about each.

With a model the outline comes first and the sections are written at the same time, each from its
own papers; without one, or where it fails, sections are the abstracts' own sentences.
"""

from __future__ import annotations

import contextlib
import textwrap
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from rag import layout
from rag.abstain import Signals, is_answerable, is_covered, unknown_names, unknown_share
from rag.author import Author, Group, Task, Written
from rag.citations import Anchor, Builder, Numbering, Source
from rag.drafting import put_right
from rag.embed import Embedder
from rag.errors import QuestionError
from rag.extractive import Choice, Evidence, scope
from rag.lexicon import coverage, share_a_word
from rag.library import Library
from rag.readable import readable
from rag.records import (
    Claim,
    Considered,
    Coverage,
    Mode,
    Paper,
    Row,
    Summary,
    Support,
    Theme,
    Topic,
    Usage,
)
from rag.retrieve import BACKGROUND, Found, PaperRetriever, check_question, fuse
from rag.review import MOST_PAPERS, Candidate, Cell, Gathered, Plan, gather, plain, plan
from rag.rhetoric import dissents, is_open_question, without_connective
from rag.topics import group

T = TypeVar("T")
Parts = Generator[str, None, Summary]
"""The text of a summary piece by piece, and the summary itself at the end."""

Progress = Callable[[str, int, int], None]

AT_ONCE = 4  # sections a model writes at the same time
NEAREST = 3  # topics named when a summary is refused
_MISSING = 5  # words named that no paper has
_GLANCE = 0.1  # seconds between two looks whether anybody still waits
_LONGEST_NAME = 32  # characters of a paper's name in a heading

CONTRIBUTIONS = (
    "Say what each paper contributes, and how they differ: one or two sentences a paper, naming "
    "its method, with the main figures."
)
DISSENT = "Say where these papers disagree with each other or with common belief."
OPEN = "Say which questions these papers call open, unsolved or future work."


class SummaryStream:
    """The text of a summary as it comes; ``summary`` is there once it has been read to the end."""

    def __init__(self, write: Callable[[threading.Event], Parts]) -> None:
        self._stopped = threading.Event()
        self._parts = write(self._stopped)
        self._summary: Summary | None = None
        self._error: Exception | None = None

    def __iter__(self) -> Generator[str, None, None]:
        """Yield Markdown in pieces that join to ``summary.text``; closing it stops the model.

        Raises:
            QuestionError: the topic is empty, too long, or has no word to look for.
            ModelKeyError: the endpoint refuses the key.
        """
        try:
            with contextlib.suppress(_StoppedError):
                self._summary = yield from self._parts
        except Exception as error:
            self._error = error
            raise

    def stop(self) -> None:
        """Stop writing, from any thread: iterating ends soon, and there is no summary."""
        self._stopped.set()

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


class _StoppedError(Exception):
    """Nobody waits for this summary any longer."""


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

    def write(self, topic: str | Topic, progress: Progress, stopped: threading.Event) -> Parts:
        """Write a summary; the text comes first, piece by piece.

        ``progress(what, done, total)`` is told of the sections that are done; ``stopped`` ends it.

        Raises:
            QuestionError: the topic is empty, too long, or has no word to look for.
            ModelKeyError: the endpoint refuses the key.
        """
        if isinstance(topic, Topic):
            return (yield from self._review_members(topic, progress, stopped))
        try:
            check_question(topic)
            candidates, found, signals = self._candidates(topic)
        except QuestionError as error:
            raise QuestionError(str(error).replace("question", "topic")) from error
        if not candidates:
            return (yield from _refuse(topic, "The library holds no paper yet."))
        missing = self._missing(topic)
        if not self._covers(topic, signals):
            return (yield from self._refuse_uncovered(topic, found, missing))
        notes = [note] if (note := _asks(topic)) else []
        if missing and scope(topic) == "phrase":
            notes.append(f"No paper mentions {', '.join(missing[:_MISSING])}.")
        gathered = gather(candidates)
        return (yield from self._run(topic, gathered, candidates, progress, stopped, notes))

    def _review_members(self, topic: Topic, progress: Progress, stopped: threading.Event) -> Parts:
        """Review a topic of the map: its own papers, the most typical first."""
        entries = list(self._library.entries(topic.paper_ids[:BACKGROUND]).values())
        if not entries:
            gone = "Its papers are no longer in the library."
            return (yield from _refuse(topic.label, gone))
        centre = np.mean([entry.vectors.mean for entry in entries], axis=0).astype(np.float32)
        found = fuse(entries, centre, {}, most=len(entries))
        candidates = self._as_candidates(topic.label, found)
        gathered = gather(candidates, all_fit=True)
        unseen = len(topic.paper_ids) - len(entries)
        gathered = replace(gathered, more=gathered.more + unseen)
        return (yield from self._run(topic.label, gathered, candidates, progress, stopped, []))

    def _run(
        self,
        name: str,
        gathered: Gathered,
        candidates: Sequence[Candidate],
        progress: Progress,
        stopped: threading.Event,
        notes: list[str],
    ) -> Parts:
        if gathered.more:
            papers = "paper" if gathered.more == 1 else "papers"
            notes.append(
                f"{gathered.more} more {papers} of this topic are left out; a summary holds "
                f"{MOST_PAPERS}."
            )
        groups = self._groups(name, gathered, candidates)
        work = _Work(name, gathered, plan(gathered.used), groups, notes)
        writing = _Writing(work, self._author, progress, stopped)
        summary = yield from writing.run(self._library)
        return summary

    def _missing(self, topic: str) -> list[str]:
        """Return the names, else the words, of a topic that no paper has."""
        terms = self._retriever.terms(topic)
        return unknown_names(topic, terms) or [term.word for term in terms if not term.papers]

    def _covers(self, name: str, signals: Signals) -> bool:
        decide = is_covered if scope(name) == "phrase" else is_answerable
        return decide(signals, self._library.fingerprint)

    def _candidates(self, topic: str) -> tuple[list[Candidate], list[Found], Signals]:
        """Return the papers found for a topic, and what the search says about it."""
        vector = self._embedder.embed([topic])[0]
        found = self._retriever.search(topic, BACKGROUND, vector=vector)
        terms = self._retriever.terms(topic)
        signals = Signals(
            nearness=max((one.nearness for one in found), default=0.0),
            sentence=max((float(one.cosines.max()) for one in found), default=0.0),
            words=max((one.words for one in found), default=0.0),
            unknown=unknown_share(terms),
            names=float(bool(unknown_names(topic, terms))),
        )
        return self._as_candidates(topic, found), found, signals

    def _as_candidates(self, topic: str, found: Sequence[Found]) -> list[Candidate]:
        terms = self._retriever.terms(topic)
        candidates = []
        for one, hit in zip(found, self._retriever.hits(found, topic), strict=True):
            entry = one.entry
            shares = coverage(terms, entry.paper.title, [s.text for s in entry.sentences])
            evidence = Evidence(
                entry.paper,
                entry.sentences,
                one.score,
                one.cosines,
                np.asarray(shares, dtype=np.float32),
                entry.vectors.sentences,
            )
            candidates.append(Candidate(evidence, entry.vectors.mean, hit.reason))
        return candidates

    def _groups(
        self, name: str, gathered: Gathered, candidates: Sequence[Candidate]
    ) -> list[Group]:
        """Divide the used papers into themes by their vectors and words."""
        themes = group(
            [one.evidence.paper for one in gathered.used],
            np.stack([one.vector for one in gathered.used]),
            embed=self._embedder.embed,
            among=[one.evidence.paper for one in candidates],
            topic=name,
        )
        return [Group(label, tuple(places)) for label, places in themes]

    def _refuse_uncovered(
        self, topic: str, found: Sequence[Found], missing: Sequence[str]
    ) -> Parts:
        """Say that the papers do not cover a topic, and which topics they do cover nearby."""
        closest = [one.entry.paper.id for one in found[:10]]
        by_paper = {i: known.label for known in self._topics() for i in known.paper_ids}
        nearest = list(dict.fromkeys(by_paper[i] for i in closest if i in by_paper))[:NEAREST]
        said = f"No paper mentions {', '.join(missing[:_MISSING])}. " if missing else ""
        titles = [readable(one.entry.paper.title) for one in found[:NEAREST]]
        listed = "; ".join(f"“{name}”" for name in nearest or titles)
        what = "The nearest topics of this library are" if nearest else "The closest papers are"
        return (yield from _refuse(topic, f"{said}{what} {listed}.", nearest=tuple(nearest)))


@dataclass(slots=True)
class _Work:
    """What a summary is made of, before anything is written."""

    topic: str
    gathered: Gathered
    plan: Plan
    groups: list[Group]
    notes: list[str] = field(default_factory=list)

    def paper(self, place: int) -> Paper:
        return self.gathered.used[place].evidence.paper

    def sources(self, places: Sequence[int]) -> tuple[Source, ...]:
        return tuple(
            Source(one.paper, one.sentences, int(one.cosines.argmax()))
            for one in (self.gathered.used[place].evidence for place in places)
        )

    def label(self, found: Group) -> str:
        """Return what a theme is called: its phrases, else its papers' names."""
        if found.label:
            return found.label[0].upper() + found.label[1:]
        if len(self.groups) == 1:
            return "Contributions"
        titles = [layout.short_title(readable(self.paper(place).title)) for place in found.places]
        names = [textwrap.shorten(title, _LONGEST_NAME, placeholder=" …") for title in titles]
        if len(names) > 2:
            names = [*names[:2], f"{len(names) - 2} more"]
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


class _Writing:
    """One summary under way."""

    def __init__(
        self, work: _Work, author: Author | None, progress: Progress, stopped: threading.Event
    ) -> None:
        self._work = work
        self._author = author
        self._progress = progress
        self._builder = Builder(Numbering())
        self._counts: Counter[str] = Counter()
        self._usage = Usage(prompt_digest=author.digest if author else "")
        self._stopped = stopped
        self._failures: dict[str, list[str]] = {}  # sections by why the model has none
        self._said: set[str] = set()
        self._by_model = False
        self._steps = 0
        self._done = 0

    def run(self, library: Library) -> Parts:
        """Write all of it in order, yielding each block of the text as it is ready."""
        work = self._work
        if self._stopped.is_set():
            raise _StoppedError
        text = layout.heading(work.topic)
        yield text
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="section")
        try:
            overview = self._overview(pool)
            for block in self._blocks(layout.overview(overview)):
                text += block
                yield block
            sections, dissent, unsolved = self._start(pool)
            themes = []
            for found, section in zip(work.groups, sections, strict=True):
                themes.append(self._theme(found, section))
                for block in self._blocks(layout.theme(themes[-1], self._builder.citations)):
                    text += block
                    yield block
            rows = self._rows()
            disagreements = self._points(dissent, work.plan.dissent, layout.DISSENT, dissents)
            questions = self._points(unsolved, work.plan.open, layout.OPEN, is_open_question)
        except BaseException:
            self._stopped.set()  # so that the model stops too
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        self._note_removed(library)
        summary = self._summary(overview, themes, rows, disagreements, questions)
        papers = {one.evidence.paper.id: one.evidence.paper for one in work.gathered.used}
        for block in self._blocks(
            layout.comparison(rows),
            layout.points(layout.DISSENT, disagreements),
            layout.points(layout.OPEN, questions),
            layout.references(summary.citations, papers),
            layout.coverage(summary.coverage),
            layout.notice(summary.notice),
        ):
            text += block
            yield block
        return replace(summary, text=text)

    def _blocks(self, *blocks: str) -> Iterator[str]:
        for block in blocks:
            if self._stopped.is_set():
                raise _StoppedError
            if block:
                yield f"\n\n{block}"

    # -- with a model --------------------------------------------------------------------------

    def _overview(self, pool: ThreadPoolExecutor) -> tuple[Claim, ...]:
        work, author = self._work, self._author
        if author is None:
            return self._own(work.plan.overview)
        self._steps = 3 + len(work.groups)
        sources = work.sources(range(len(work.gathered.used)))
        written, themes = self._wait(pool.submit(author.plan, work.topic, sources, self._stopped))
        if themes:
            work.groups = _sorted_out(themes, work)
            self._steps = 3 + len(work.groups)
        self._step(written)
        if written.failure:
            self._failures.setdefault(written.failure, []).append("the overview")
            return self._own(work.plan.overview)
        return self._model(written)

    def _start(
        self, pool: ThreadPoolExecutor
    ) -> tuple[list[Future[Written] | None], Future[Written] | None, Future[Written] | None]:
        """Set the model to work on all sections at once."""
        work, author = self._work, self._author
        if author is None:
            return [None] * len(work.groups), None, None
        everything = work.sources(range(len(work.gathered.used)))
        tasks = [
            *(Task(work.label(g), CONTRIBUTIONS, work.sources(g.places)) for g in work.groups),
            Task(layout.DISSENT, DISSENT, everything),
            Task(layout.OPEN, OPEN, everything),
        ]
        futures = [pool.submit(author.write, work.topic, task, self._stopped) for task in tasks]
        return list(futures[:-2]), futures[-2], futures[-1]

    def _await(self, section: Future[Written] | None, title: str) -> Written | None:
        """Return what a model wrote for a section; None when the section is our own."""
        if section is None:
            return None
        written = self._wait(section)
        self._step(written)
        if written.failure and not (written.refused and title in (layout.DISSENT, layout.OPEN)):
            self._failures.setdefault(written.failure, []).append(f"“{title}”")
        return written

    def _wait(self, future: Future[T]) -> T:
        """Wait for what a model writes, or until nobody waits any longer."""
        while not wait([future], timeout=_GLANCE).done and not self._stopped.is_set():
            pass
        if self._stopped.is_set():
            raise _StoppedError
        return future.result()

    def _step(self, written: Written) -> None:
        """Note what a section cost and that it is done."""
        self._usage = replace(
            self._usage,
            input_tokens=self._usage.input_tokens + written.usage.input_tokens,
            output_tokens=self._usage.output_tokens + written.usage.output_tokens,
        )
        self._done += 1
        self._progress("writing", self._done, self._steps)

    def _model(self, written: Written) -> tuple[Claim, ...]:
        """Add a model's statements, leaving out what has been said before."""
        claims = tuple(
            self._add(statement.text, statement.anchors, statement.support)
            for statement in written.statements
            if not self._is_said(statement.text)
        )
        if claims:
            self._by_model = True
            self._counts.update(written.counts)
        return claims

    # -- section by section --------------------------------------------------------------------

    def _theme(self, found: Group, section: Future[Written] | None) -> Theme:
        work = self._work
        label = work.label(found)
        ids = tuple(work.paper(place).id for place in found.places)
        written = self._await(section, label)
        if written is not None and not written.failure:
            if by_model := self._model(written):
                return Theme(label, ids, by_model, "llm")
            self._failures.setdefault("nothing that was not said before", []).append(f"“{label}”")
        claims: list[Claim] = []
        for place in found.places:
            claims += self._own(work.plan.profiles[place].said)
        return Theme(label, ids, tuple(claims), "extractive")

    def _rows(self) -> tuple[Row, ...]:
        rows = []
        for found in self._work.groups:
            for place in found.places:
                profile = self._work.plan.profiles[place]
                if any((profile.idea, profile.setting, profile.result)):
                    cells = [self._cell(c) for c in (profile.idea, profile.setting, profile.result)]
                    paper = self._work.paper(place)
                    number = self._builder.numbering.number(paper)
                    rows.append(Row(number, paper.id, layout.short_title(paper.title), *cells))
        return tuple(rows)

    def _cell(self, cell: Cell | None) -> Claim | None:
        if cell is None or self._is_said(cell.text) or self._is_said(cell.choice.sentence.text):
            return None
        return self._add(cell.text, [_anchor(cell.choice)], "supported")

    def _points(
        self,
        section: Future[Written] | None,
        own: Sequence[Choice],
        title: str,
        says: Callable[[str], bool],
    ) -> tuple[Claim, ...]:
        """Return the claims of a kind; a model's only where it or its source ``says`` so."""
        written = self._await(section, title)
        if written is None or (written.failure and not written.refused):
            return self._own(own)
        fitting = [
            statement
            for statement in written.statements
            if statement.support == "supported"
            and any(map(says, (statement.text, *(a.sentence.text for a in statement.anchors))))
        ]
        return self._model(replace(written, statements=fitting))

    def _own(self, chosen: Sequence[Choice]) -> tuple[Claim, ...]:
        """Add sentences of the abstracts; those that tied to the one before lose the tie."""
        claims: list[Claim] = []
        before: Choice | None = None
        for choice in chosen:
            text = choice.sentence.text
            if self._is_said(text):
                continue
            follows = before is not None and (
                choice.paper.id == before.paper.id
                and choice.sentence.index == before.sentence.index + 1
            )
            shown = text if follows else without_connective(text)
            claims.append(self._add(shown, [_anchor(choice)], "supported"))
            before = choice
        return tuple(claims)

    def _is_said(self, text: str) -> bool:
        """Whether a text has been said, with or without what ties it to another."""
        return bool({plain(text), plain(without_connective(text))} & self._said)

    def _add(self, text: str, anchors: Sequence[Anchor], support: Support) -> Claim:
        self._said.add(plain(text))
        self._builder.add(text, anchors, support)
        return self._builder.claims[-1]

    # -- the whole ------------------------------------------------------------------------------

    def _summary(
        self,
        overview: tuple[Claim, ...],
        themes: Sequence[Theme],
        rows: tuple[Row, ...],
        disagreements: tuple[Claim, ...],
        questions: tuple[Claim, ...],
    ) -> Summary:
        mode: Mode = "llm" if self._by_model else "extractive"
        return Summary(
            topic=self._work.topic,
            text="",
            grounded=True,
            mode=mode,
            model=self._author.model.name if self._author and self._by_model else "",
            overview=overview,
            themes=tuple(themes),
            table=rows,
            disagreements=disagreements,
            open_questions=questions,
            citations=tuple(self._builder.citations),
            coverage=self._coverage(),
            usage=self._usage if self._author else Usage(),
            notice=" ".join([*self._work.notes, *self._told()]),
        )

    def _told(self) -> Iterator[str]:
        """Say what a model left to us, and what had to be put right in what it wrote."""
        if self._failures:
            told = "; ".join(f"{', '.join(what)} ({why})" for why, what in self._failures.items())
            yield f"From the abstracts' own sentences, without the model: {told}."
        if said := put_right(self._counts):
            yield said

    def _note_removed(self, library: Library) -> None:
        """Say which papers were removed while the summary was being written."""
        titles = {c.paper_id: c.title for c in self._builder.citations}
        gone = [titles[i] for i in titles if library.paper(i) is None]
        if gone:
            listed = "; ".join(f"“{readable(title)}”" for title in gone)
            self._work.notes.append(f"Removed from the library while this was written: {listed}.")

    def _coverage(self) -> Coverage:
        gathered = self._work.gathered
        cited = {citation.paper_id for citation in self._builder.citations}
        used, left = [], []
        for rank, one in enumerate((*gathered.used, *gathered.near), 1):
            paper = one.evidence.paper
            if paper.id in cited:
                used.append(Considered(paper.id, paper.title, f"rank {rank}; {one.reason}"))
                continue
            why = "one too many" if gathered.crowded else "less close than the papers used"
            if rank <= len(gathered.used):
                why = "nothing was taken from it"
            left.append(Considered(paper.id, paper.title, f"rank {rank}, {why}; {one.reason}"))
        return Coverage(tuple(used), tuple(left))


def _anchor(choice: Choice) -> Anchor:
    return Anchor(choice.paper, choice.sentence)


def _asks(topic: str) -> str:
    """Tell somebody who asks a question that there is a shorter way to an answer."""
    if topic.strip().endswith("?") or scope(topic) == "fact":
        return (
            "This was asked as a question: `ask` answers it in a few sentences; this is a summary "
            "of the papers near it."
        )
    return ""


def _refuse(topic: str, notice: str, *, nearest: tuple[str, ...] = ()) -> Parts:
    said = "The papers in this library do not cover this topic."
    blocks = [layout.heading(topic), said, layout.notice(notice)]
    text = "\n\n".join(block for block in blocks if block)
    yield text
    return Summary(
        topic=topic, text=text, grounded=False, mode="extractive", model="", nearest=nearest,
        notice=notice,
    )  # fmt: skip


# -- a model's themes ----------------------------------------------------------------------------


def _sorted_out(themes: Sequence[Group], work: _Work) -> list[Group]:
    """Put every used paper into exactly one of a model's themes.

    One that it forgot joins the theme that most of its own group went to, else a theme of the
    rest. A label that shares no word with its papers is replaced by their names.
    """
    placed: dict[int, int] = {}
    for number, theme in enumerate(themes):
        for place in theme.places:
            placed.setdefault(place, number)
    everywhere = range(len(work.gathered.used))
    ours = {place: found for found in work.groups for place in found.places}
    missing = [place for place in everywhere if place not in placed]
    for place in missing:
        votes = Counter(placed[other] for other in ours[place].places if other in placed)
        if votes:
            placed[place] = min(votes, key=lambda number: (-votes[number], number))
    members: list[list[int]] = [[] for _ in range(len(themes) + 1)]
    for place in everywhere:
        members[placed.get(place, len(themes))].append(place)
    found = []
    for number, places in enumerate(members):
        if places:
            label = themes[number].label if number < len(themes) else ""
            found.append(Group(label if _fits(label, places, work) else "", tuple(places)))
    return found


def _fits(label: str, places: Sequence[int], work: _Work) -> bool:
    papers = [work.paper(place) for place in places]
    return share_a_word(label, " ".join(f"{paper.title} {paper.abstract}" for paper in papers))
