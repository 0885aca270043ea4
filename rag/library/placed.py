"""The topics of a library as they were found, and where each paper is among them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from rag.library.database import Database
from rag.library.dialects import put, put_missing
from rag.library.entries import Matrix
from rag.library.schema import META, PAPERS, PLACED, TOPICS

_KEY = "topics"  # of what is known about the finding, in the table of what a library says of itself


@dataclass(frozen=True, slots=True)
class Finding:
    """One time that topics were found, told from every other by its ``id``.

    ``papers`` were there then, ``came`` have been placed since, and ``named`` tells whether a model
    has given the labels.
    """

    id: str
    fingerprint: str
    papers: int
    came: int = 0
    named: bool = False


@dataclass(frozen=True, slots=True)
class Cluster:
    """A topic as it was found: its number, from 1 on, its names, and its centre (of length 1)."""

    number: int
    id: str
    label: str
    terms: tuple[str, ...]
    centre: Matrix


class Place(NamedTuple):
    """Where a paper is: the number of its topic, the negative cosine to its centre, the spot."""

    paper_id: str
    topic: int
    distance: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Atlas:
    """Topics as they were found, and the papers among them."""

    finding: Finding
    clusters: tuple[Cluster, ...]
    places: Sequence[Place]


class Placed:
    """Topics that stay until they are found anew.

    They are written without the writer's lock, as conversations are. Every change is for one
    finding: where another has taken its place meanwhile nothing is changed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- reading ---------------------------------------------------------------------------------

    def finding(self) -> Finding | None:
        """Return when the topics were found that are there, with one small read."""
        with self._database.reading() as connection:
            return _finding(connection)

    def load(self) -> Atlas | None:
        """Return the topics and all places, those of papers that are gone too; None without any."""
        topics = sa.select(TOPICS).order_by(TOPICS.c.number)
        places = sa.select(*(PLACED.c[name] for name in Place._fields))
        with self._database.reading() as connection:
            while (finding := _finding(connection)) is not None:
                clusters = tuple(_cluster(row) for row in connection.execute(topics))
                # As plain rows: 100,000 of them take 0.2 s, of SQLAlchemy's own 0.3 s.
                found = [Place._make(row) for row in connection.execute(places)]
                after = _finding(connection)
                if after is not None and after.id == finding.id:
                    return Atlas(after, clusters, found)
        return None

    def sizes(self) -> dict[str, tuple[str, int]]:
        """Return label and size of each topic that is there, by its id, the largest first."""
        size = sa.func.count().label("size")
        joined = TOPICS.join(PLACED, PLACED.c.topic == TOPICS.c.number)
        joined = joined.join(PAPERS, PAPERS.c.id == PLACED.c.paper_id)
        query = sa.select(TOPICS.c.id, TOPICS.c.label, size).select_from(joined)
        query = query.group_by(TOPICS.c.number, TOPICS.c.id, TOPICS.c.label)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(size.desc(), TOPICS.c.number)).all()
        return {row.id: (row.label, row.size) for row in rows}

    def waiting(self) -> int:
        """Return how many papers are not placed."""
        placed = sa.exists().where(PLACED.c.paper_id == PAPERS.c.id)
        query = sa.select(sa.func.count()).select_from(PAPERS).where(~placed)
        with self._database.reading() as connection:
            return int(connection.scalar(query) or 0)

    # -- writing ---------------------------------------------------------------------------------

    def put(self, atlas: Atlas, *, instead_of: str = "") -> None:
        """Store topics that were found, in the place of those of one finding, or of none."""
        with self._database.transaction() as connection:
            finding = _finding(connection)
            if (finding.id if finding else "") != instead_of:
                return
            for table in (TOPICS, PLACED):
                connection.execute(sa.delete(table))
            rows = [
                {**asdict(one), "centre": one.centre.astype("<f4").tobytes()}
                for one in atlas.clusters
            ]
            put(connection, TOPICS, rows, by=["number"])
            put(connection, PLACED, [one._asdict() for one in atlas.places], by=["paper_id"])
            _note(connection, atlas.finding)

    def add(self, finding_id: str, places: Sequence[Place]) -> None:
        """Place further papers, unless they are placed; those that are gone are forgotten."""
        count = sa.select(sa.func.count()).select_from(PLACED)
        there = sa.exists().where(PAPERS.c.id == PLACED.c.paper_id)
        with self._database.transaction() as connection:
            finding = _finding(connection)
            if finding is None or finding.id != finding_id:
                return
            connection.execute(sa.delete(PLACED).where(~there))
            before = int(connection.scalar(count) or 0)
            if places:
                put_missing(connection, PLACED, [one._asdict() for one in places])
            came = int(connection.scalar(count) or 0) - before
            _note(connection, replace(finding, came=finding.came + came))

    def name(self, finding_id: str, labels: Mapping[int, str]) -> None:
        """Give topics the labels of a model by their numbers, unless one has named them."""
        with self._database.transaction() as connection:
            finding = _finding(connection)
            if finding is None or finding.id != finding_id or finding.named:
                return
            for number, label in labels.items():
                update = sa.update(TOPICS).where(TOPICS.c.number == number)
                connection.execute(update.values(label=label))
            _note(connection, replace(finding, named=True))


def _finding(connection: sa.Connection) -> Finding | None:
    value = connection.scalar(sa.select(META.c.value).where(META.c.key == _KEY))
    return Finding(**json.loads(value)) if value else None


def _note(connection: sa.Connection, finding: Finding) -> None:
    put(connection, META, [{"key": _KEY, "value": json.dumps(asdict(finding))}], by=["key"])


def _cluster(row: Any) -> Cluster:
    centre = np.frombuffer(row.centre, dtype="<f4").astype(np.float32)
    return Cluster(row.number, row.id, row.label, tuple(row.terms), centre)
