"""The topics of a library, found once for each state of it; a model names them if there is one."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.library import Library, Matrix, Version
from rag.models import ChatModel, Embedder, Prompt, as_data
from rag.records import Paper, Topic
from rag.text.readable import readable
from rag.text.words import share_a_word
from rag.topics.discover import SAMPLE, discover

AT_HAND = 5_000  # papers of a library whose topics are found in about five seconds
_BATCH = 2_000  # papers of a large library that are placed at once
_TITLES = 5  # of a topic that a model is shown
_LONGEST = 60  # characters of a label
# "1: video", "**2. video**", "- 3) video", "4 | video"; not "video: 7", "8 video", "1234: video".
_LINE = re.compile(r"^\W*(\d{1,3})\s*[:.)|–—-]+\s*(.+)$")


@dataclass(slots=True)
class _Known:
    """The topics of one state of the library, and whether a model has named them."""

    version: Version
    topics: list[Topic]
    named: bool


class LibraryTopics:
    """Finds the topics of a library; safe to share between threads."""

    def __init__(
        self, library: Library, embedder: Embedder, model: ChatModel | None, prompt: Prompt
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._model = model
        self._prompt = prompt
        self._finding = threading.Lock()
        self._known: _Known | None = None

    def topics(self) -> list[Topic]:
        """Return the topics, the largest first; the same ones until the library changes.

        Raises:
            ModelKeyError: the endpoint refuses the key. Any other failure of a model leaves the
                labels as the papers' words give them.
        """
        with self._finding:
            known = self._at_hand()
            if not known.named:
                known.topics = self._named(known.topics)
                known.named = True
            return list(known.topics)

    def topics_at_hand(self) -> list[Topic]:
        """Return the topics by the labels there are, without asking a model for better ones.

        None of a library above ``AT_HAND`` papers whose topics nobody has asked for yet.
        """
        version = self._library.version()
        known = self._known
        if version.count > AT_HAND and (known is None or known.version != version):
            return []
        with self._finding:
            return list(self._at_hand().topics)

    def _at_hand(self) -> _Known:
        version = self._library.version()
        if self._known is None or self._known.version != version:
            self._known = _Known(version, self._found(version), named=self._model is None)
        return self._known

    def _found(self, version: Version) -> list[Topic]:
        ids = list(self._library.titles())
        if not ids:
            return []
        places = np.linspace(0, len(ids) - 1, min(len(ids), SAMPLE)).astype(int).tolist()
        sample = [ids[i] for i in places]
        papers, vectors = self._read(sample, version)
        known = set(sample)
        rest = [i for i in ids if i not in known]
        return discover(
            papers, vectors, embed=self._embedder.embed, rest=self._batches(rest, version)
        )

    def _read(self, ids: Sequence[str], version: Version) -> tuple[list[Paper], Matrix]:
        found = self._library.entries(ids, version)
        entries = [found[i] for i in ids if i in found]
        return [e.paper for e in entries], np.stack([e.vectors.mean for e in entries])

    def _batches(
        self, ids: Sequence[str], version: Version
    ) -> Iterator[tuple[Sequence[str], Matrix]]:
        for start in range(0, len(ids), _BATCH):
            yield self._library.means(ids[start : start + _BATCH], version)

    # -- by a model ------------------------------------------------------------------------------

    def _named(self, topics: list[Topic]) -> list[Topic]:
        """Let a model name the topics; one it names badly keeps the label of its words.

        A label is bad when it is long, shares no word with its topic, or is another topic's.
        """
        if self._model is None or not topics:
            return topics
        shown = [self._library.entries(topic.paper_ids[:_TITLES]) for topic in topics]
        titles = [[entry.paper.title for entry in entries.values()] for entries in shown]
        told = "\n".join(
            f"{number}: {as_data(', '.join(topic.terms))}. Titles: {as_data('; '.join(known))}"
            for number, (topic, known) in enumerate(zip(topics, titles, strict=True), 1)
        )
        with self._model.reply(self._prompt.system, self._prompt.fill(topics=told)) as reply:
            reply.read()
        labels = {} if reply.failure else dict(_labels(reply.text))
        taken = {topic.label.casefold() for topic in topics}  # one that is kept is not given away
        named = []
        for number, (topic, known) in enumerate(zip(topics, titles, strict=True), 1):
            label = labels.get(number, "")
            words = " ".join([*topic.terms, *known])
            good = label.casefold() not in taken and share_a_word(label, words)
            taken.add(label.casefold())
            named.append(replace(topic, label=label) if good else topic)
        return named


def of_papers(topics: Iterable[Topic], ids: Iterable[str]) -> list[Topic]:
    """Return topics with these papers alone, the largest first; those left without are dropped."""
    wanted, found = frozenset(ids), []
    for topic in topics:
        kept = [n for n, i in enumerate(topic.paper_ids) if i in wanted]
        paper_ids = tuple(topic.paper_ids[n] for n in kept)
        x, y = (tuple(axis[n] for n in kept) for axis in (topic.x, topic.y))
        if kept:
            found.append(replace(topic, paper_ids=paper_ids, x=x, y=y))
    return sorted(found, key=lambda topic: -len(topic.paper_ids))


def _labels(reply: str) -> Iterator[tuple[int, str]]:
    for line in reply.splitlines():
        found = _LINE.match(line)
        if found:
            label = " ".join(readable(found[2]).strip("*_\"“”'`. ").split())
            if len(label) <= _LONGEST:
                yield int(found[1]), label
