"""Which papers meet filters: all of them, how many, whether any, and which of some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from rag.library.database import Database
from rag.library.dialects import parts
from rag.library.filters import Filters
from rag.library.schema import PAPERS


class Selection:
    """The papers of a library under filters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def matching_ids(self, wanted: Filters) -> list[str]:
        """Return the ids of the papers that meet all conditions, in the order they came."""
        if not (conditions := wanted.conditions()) and wanted.ids is not None:
            return list(dict.fromkeys(wanted.ids))
        # Sorted here: asked to, SQLite reads the papers themselves in place of their index.
        query = sa.select(PAPERS.c.position, PAPERS.c.id).where(*conditions)
        return wanted.among(one for _, one in self._sorted(query))

    def filtered(self, wanted: Filters, *, most: int) -> tuple[list[str] | None, int]:
        """Return the ids of the papers that meet all conditions, and how many those are.

        Where there are more than ``most`` the ids are left out: reading a third of 100,000 takes
        0.2 s, counting them 0.02.
        """
        if wanted.ids is not None:
            found = self.matching_ids(wanted)
            return found, len(found)
        conditions = wanted.conditions()
        query = sa.select(PAPERS.c.position, PAPERS.c.id).where(*conditions).limit(most + 1)
        rows = self._sorted(query)
        if len(rows) <= most:
            return [one for _, one in rows], len(rows)
        count = sa.select(sa.func.count()).select_from(PAPERS).where(*conditions)
        with self._database.reading() as connection:
            return None, int(connection.scalar(count) or 0)

    def has(self, wanted: Filters) -> bool:
        """Whether some paper meets all conditions."""
        if wanted.ids is not None:
            return bool(self.matching_ids(wanted))
        query = sa.select(PAPERS.c.id).where(*wanted.conditions()).limit(1)
        with self._database.reading() as connection:
            return connection.scalar(query) is not None

    def keep(self, ids: Sequence[str], wanted: Filters) -> list[str]:
        """Return those of these papers that meet the conditions, but for those of ``ids``."""
        kept: set[str] = set()
        for part in parts(list(ids)):
            query = sa.select(PAPERS.c.id).where(PAPERS.c.id.in_(part), *wanted.conditions())
            with self._database.reading() as connection:
                kept.update(connection.scalars(query))
        return [one for one in ids if one in kept]

    def _sorted(self, query: sa.Select[Any]) -> list[tuple[int, str]]:
        """Return places and ids in order; asked to sort, SQLite reads papers, not their index."""
        with self._database.reading() as connection:
            return sorted((place, one) for place, one in connection.execute(query))
