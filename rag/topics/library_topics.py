"""The topics of a library: found once, kept until they are found anew; a model may name them."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.errors import LibraryError
from rag.library import Atlas, Finding, Library, Matrix, Place, Version
from rag.models import ChatModel, Embedder, Prompt
from rag.records import Paper, Topic
from rag.topics.clusters import SMALLEST
from rag.topics.discover import SAMPLE, discover
from rag.topics.drawing import DRAWN, Drawing
from rag.topics.naming import named
from rag.topics.placing import Placing, topics_of

AT_HAND = 5_000  # papers of a library whose topics are found in about five seconds
_BATCH = 2_000  # papers of a large library that are placed at once
_TITLES = 5  # of a topic that a model is shown
_FEW = 2 * SMALLEST  # papers; fewer are one topic, which does not stay
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """The topics of one state of the library, and which finding was stored by then."""

    version: Version
    stored: Finding | None
    atlas: Atlas | None
    topics: list[Topic]

    def is_of(self, version: Version, stored: Finding | None) -> bool:
        """Whether they are those of this state, found and named as they are stored."""
        return self.version == version and self.is_found_like(stored)

    def is_found_like(self, stored: Finding | None) -> bool:
        """Whether nobody else has found or named topics since."""
        return _essence(self.stored) == _essence(stored)


class LibraryTopics:
    """The topics of a library; safe to share between threads.

    They stay as they were found: papers that come join the topic that is nearest, papers that go
    leave theirs. They are stored with the library, and where it cannot be written kept in memory.
    """

    def __init__(
        self, library: Library, embedder: Embedder, model: ChatModel | None, prompt: Prompt
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._model = model
        self._prompt = prompt
        self._working = threading.Lock()
        self._known: _Known | None = None
        self._asked: set[str] = set()  # findings that a model was asked to name

    def topics(self, *, anew: bool = False) -> list[Topic]:
        """Return the topics that have papers, by number; ``anew`` finds them once more.

        By themselves they are found anew when the library is embedded otherwise, and when they are
        of fewer than six papers and others come.

        Raises:
            ModelKeyError: the endpoint refuses the key. Any other failure of a model leaves the
                labels as the papers' words give them.
        """
        with self._working:
            known = self._at_hand(anew=anew)
            finding = known.atlas.finding if known.atlas else None
            if finding and self._model and not (finding.named or finding.id in self._asked):
                known = self._named(known, self._model)
            return list(known.topics)

    def topics_at_hand(self) -> list[Topic]:
        """Return the topics by the labels there are, without asking a model for better ones.

        None of a library in which more than ``AT_HAND`` papers would have to be placed first.
        """
        version, known = self._library.version(), self._known
        if version.count > AT_HAND and (known is None or known.version != version):
            stored = self._library.placed.finding()
            if stored is None or stored.fingerprint != version.fingerprint:
                return []
            if self._library.placed.waiting() > AT_HAND:
                return []
        with self._working:
            return list(self._at_hand().topics)

    def grown(self) -> int:
        """Return how many papers have come since the topics were found; places none of them."""
        stored, known = self._library.placed.finding(), self._known
        if known and known.atlas and known.is_of(self._library.version(), stored):
            return known.atlas.finding.came
        return stored.came + self._library.placed.waiting() if stored else 0

    # -- inside ----------------------------------------------------------------------------------

    def _at_hand(self, *, anew: bool = False) -> _Known:
        version, stored = self._library.version(), self._library.placed.finding()
        known = self._known
        if known and known.is_of(version, stored) and not anew:
            return known
        same = known is not None and known.is_found_like(stored)
        atlas = known.atlas if known and same else self._library.placed.load()
        return self._keep(version, self._brought_up(atlas, version, anew=anew))

    def _keep(self, version: Version, atlas: Atlas | None) -> _Known:
        topics = topics_of(atlas.clusters, atlas.places) if atlas else []
        self._known = _Known(version, self._library.placed.finding(), atlas, topics)
        return self._known

    def _brought_up(
        self, atlas: Atlas | None, version: Version, *, anew: bool = False
    ) -> Atlas | None:
        """Return the topics with all papers that there are, found anew if need be."""
        ids = self._library.ids()
        if not ids:
            return None
        if atlas is None or anew or atlas.finding.fingerprint != version.fingerprint:
            return self._found(version, asked=anew)
        there = set(ids)
        places = [place for place in atlas.places if place.paper_id in there]
        missing = there.difference(place.paper_id for place in places)
        if not places or (missing and atlas.finding.papers < _FEW):
            return self._found(version)
        atlas = replace(atlas, places=places)
        return self._joined(atlas, sorted(missing), version) if missing else atlas

    def _found(self, version: Version, *, asked: bool = False) -> Atlas:
        """Find topics anew and store them, unless another process has meanwhile."""
        before = self._library.placed.finding()
        ids = list(self._library.titles())
        places = np.linspace(0, len(ids) - 1, min(len(ids), SAMPLE)).astype(int).tolist()
        sample = [ids[i] for i in places]
        papers, vectors = self._read(sample, version)
        known = set(sample)
        rest = [i for i in ids if i not in known]
        clusters, placed = discover(
            papers, vectors, embed=self._embedder.embed, rest=self._batches(rest, version)
        )
        finding = Finding(uuid.uuid4().hex, version.fingerprint, len(ids))
        atlas = Atlas(finding, clusters, placed)
        instead = before.id if before else ""
        store = self._library.placed
        return self._stored(
            atlas, version, lambda: store.put(atlas, instead_of=instead), asked=asked
        )

    def _joined(self, atlas: Atlas, ids: Sequence[str], version: Version) -> Atlas:
        """Place further papers by those that are placed, and store where they are."""
        count = len(atlas.places)
        spread = np.linspace(0, count - 1, min(count, DRAWN)).astype(int).tolist()
        drawn = {atlas.places[i].paper_id: (atlas.places[i].x, atlas.places[i].y) for i in spread}
        known, vectors = self._library.means(list(drawn), version)
        drawing = Drawing(vectors, np.array([drawn[one] for one in known]))
        centres = np.stack([one.centre for one in atlas.clusters])
        placing = Placing([one.number for one in atlas.clusters], centres, drawing)
        joined: list[Place] = []
        for batch, rows in self._batches(ids, version):
            joined += placing.places(batch, rows)
        if not joined:  # they have no vectors: damage
            return atlas
        finding = replace(atlas.finding, came=atlas.finding.came + len(joined))
        grown = replace(atlas, finding=finding, places=[*atlas.places, *joined])
        store = self._library.placed
        return self._stored(grown, version, lambda: store.add(finding.id, joined))

    def _named(self, known: _Known, model: ChatModel) -> _Known:
        """Let a model name the topics; one it names badly keeps the label of its words."""
        atlas = known.atlas
        assert atlas is not None
        shown = [self._library.entries(topic.paper_ids[:_TITLES]) for topic in known.topics]
        titles = [[entry.paper.title for entry in entries.values()] for entries in shown]
        labels = named(known.topics, titles, model, self._prompt)
        self._asked.add(atlas.finding.id)
        if labels is None:
            return known
        finding = replace(atlas.finding, named=True)
        clusters = [replace(one, label=labels.get(one.number, one.label)) for one in atlas.clusters]
        atlas = replace(atlas, finding=finding, clusters=tuple(clusters))
        store = self._library.placed
        kept = self._stored(atlas, known.version, lambda: store.name(finding.id, labels))
        return self._keep(known.version, kept)

    def _stored(
        self, atlas: Atlas, version: Version, store: Callable[[], None], *, asked: bool = False
    ) -> Atlas:
        """Store what was found and return what is there then: another's, if it was first.

        Where it cannot be stored it is returned as it is, unless somebody ``asked`` for it.
        """
        if self._library.read_only:
            return atlas
        try:
            store()
        except LibraryError as error:
            if asked:
                raise
            _LOG.info("the topics are kept in memory alone: %s", error)
            return atlas
        there = self._library.placed.load()
        return (there and self._brought_up(there, version)) or atlas

    def _read(self, ids: Sequence[str], version: Version) -> tuple[list[Paper], Matrix]:
        found = self._library.entries(ids, version)
        entries = [found[i] for i in ids if i in found]
        return [e.paper for e in entries], np.stack([e.vectors.mean for e in entries])

    def _batches(
        self, ids: Sequence[str], version: Version
    ) -> Iterator[tuple[Sequence[str], Matrix]]:
        for start in range(0, len(ids), _BATCH):
            yield self._library.means(ids[start : start + _BATCH], version)


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


def _essence(finding: Finding | None) -> tuple[str, bool] | None:
    return (finding.id, finding.named) if finding else None
