"""How far sources that are not files, such as a Zotero library, have been read into a library."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa

from rag.library.database import Database
from rag.library.dialects import put
from rag.library.schema import META

_PREFIX = "read: "  # before the name of a source, apart from what the library says of itself
_ADDED = "last added"  # the ids that the last ingest brought in


class Stamps:
    """A text a source, which only the source understands; written under the writer's lock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, source: str) -> str:
        """Return what was noted of a source when it was last read; empty if it never was."""
        query = sa.select(META.c.value).where(META.c.key == _PREFIX + source)
        with self._database.reading() as connection:
            return str(connection.scalar(query) or "")

    def note(self, source: str, stamp: str) -> None:
        """Note how far a source has been read, once all of it is stored."""
        self._put(_PREFIX + source, stamp)

    def added(self) -> list[str]:
        """Return the ids of the papers that the last ingest that brought any in did."""
        with self._database.reading() as connection:
            found = connection.scalar(sa.select(META.c.value).where(META.c.key == _ADDED))
        return [str(one) for one in json.loads(found or "[]")]

    def note_added(self, ids: Sequence[str]) -> None:
        """Note what an ingest brought in."""
        self._put(_ADDED, json.dumps(list(ids)))

    def _put(self, key: str, value: str) -> None:
        with self._database.transaction() as connection:
            put(connection, META, [{"key": key, "value": value}], by=["key"])
