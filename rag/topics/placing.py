"""Puts papers into the topics there are and onto the map, and topics together of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.library import Cluster, Place
from rag.records import Topic
from rag.topics.drawing import Drawing
from rag.topics.space import Vectors


@dataclass(frozen=True, slots=True)
class Placing:
    """What papers are placed by: the topics' centres, a row a topic, and the map as it is drawn."""

    numbers: Sequence[int]
    centres: Vectors
    drawing: Drawing

    def places(
        self, ids: Sequence[str], rows: Vectors, given: Sequence[int] | None = None
    ) -> list[Place]:
        """Return where papers go: to the nearest centre, unless the rows of theirs are given."""
        cosines = rows @ self.centres.T
        joined = cosines.argmax(axis=1).tolist() if given is None else given
        spots = self.drawing.places(rows).tolist()
        return [
            Place(paper_id, self.numbers[topic], -float(cosines[i, topic]), *spots[i])
            for i, (paper_id, topic) in enumerate(zip(ids, joined, strict=True))
        ]


def topics_of(clusters: Iterable[Cluster], places: Iterable[Place]) -> list[Topic]:
    """Return the topics that have papers, by number; the papers of each, the most typical first."""
    members: dict[int, list[tuple[float, str, float, float]]] = {}
    for paper_id, topic, distance, x, y in places:
        members.setdefault(topic, []).append((distance, paper_id, x, y))
    topics = []
    for one in clusters:
        if mine := sorted(members.get(one.number, ())):
            ids = tuple(member[1] for member in mine)
            xs, ys = tuple(member[2] for member in mine), tuple(member[3] for member in mine)
            topics.append(Topic(one.id, one.label, one.terms, ids, xs, ys, one.number))
    return topics
