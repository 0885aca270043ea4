"""Summaries that were written, so that an address leads to them after a restart too."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import cache

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError

from rag.library.database import Database
from rag.library.dialects import put
from rag.library.schema import REVIEWS
from rag.records import Summary, Topic, to_json

KEPT = 1_000  # summaries, about 100 kB each; the oldest go first


class Reviews:
    """Summaries by a key that names what shaped them; all who know it may read them.

    They are written without the writer's lock, as conversations are.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def keep(self, key: str, topic: str | Topic, summary: Summary) -> None:
        """Keep a summary, in place of one of the same key."""
        row = {
            "key": key,
            "topic": topic if isinstance(topic, str) else to_json(topic),
            "summary": json.dumps(to_json(summary), ensure_ascii=False),
            "made": self._clock(),
        }
        newest = sa.select(REVIEWS.c.key).order_by(REVIEWS.c.made.desc()).limit(KEPT)
        with self._database.transaction() as connection:
            put(connection, REVIEWS, [row], by=["key"])
            connection.execute(sa.delete(REVIEWS).where(REVIEWS.c.key.not_in(newest)))

    def get(self, key: str) -> tuple[str | Topic, Summary] | None:
        """Return a summary with its topic; None for one of a shape that is no longer known."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(REVIEWS).where(REVIEWS.c.key == key)).one_or_none()
        if row is None:
            return None
        try:
            topic = (
                row.topic if isinstance(row.topic, str) else _topics().validate_python(row.topic)
            )
            return topic, _summaries().validate_json(row.summary)
        except ValidationError:
            return None


@cache
def _topics() -> TypeAdapter[Topic]:
    return TypeAdapter(Topic)


@cache
def _summaries() -> TypeAdapter[Summary]:
    return TypeAdapter(Summary)
