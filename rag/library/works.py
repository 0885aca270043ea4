"""What papers share with other records of one work, so that these are found unread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import sqlalchemy as sa

from rag.library.database import Database
from rag.library.dialects import parts, put
from rag.library.schema import META, WORKS

_NOTED = "works"  # under which key the library says how far the table goes
_FORM = 1  # of what is shared; raised when it is told otherwise


class Works:
    """A table of keys, 64-bit numbers that mean something to ``intake``, with the papers' ids.

    It follows the library: ``stamp`` is the change up to which it goes. Written under the writer's
    lock.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def stamp(self) -> int:
        """The number of the change up to which the table goes, 0 before the first."""
        query = sa.select(META.c.value).where(META.c.key == _NOTED)
        with self._database.reading() as connection:
            form, _, sequence = str(connection.scalar(query) or "").partition(" ")
        return int(sequence) if form == str(_FORM) else 0

    def find(self, keys: Collection[int]) -> dict[int, list[str]]:
        """Return the ids of the papers that have these keys."""
        query = sa.select(WORKS.c.key, WORKS.c.id).where(WORKS.c.key.in_(keys))
        found: dict[int, list[str]] = {}
        with self._database.reading() as connection:
            for key, paper_id in connection.execute(query):
                found.setdefault(key, []).append(paper_id)
        return found

    def replace(
        self, ids: Iterable[str], keys: Mapping[str, Iterable[int]], *, shared: int
    ) -> None:
        """Put these keys of papers, by id, in the place of what was there of ``ids``.

        A key that more than ``shared`` papers have tells nothing, and no more of them are kept.
        """
        rows = list(dict.fromkeys((key, one) for one, its in keys.items() for key in its))
        with self._database.transaction() as connection:
            for part in parts(list(ids)):
                connection.execute(sa.delete(WORKS).where(WORKS.c.id.in_(part)))
            there = _counted(connection, [key for key, _ in rows])
            kept = []
            for key, one in rows:
                there[key] += 1
                if there[key] <= shared + 1:
                    kept.append({"key": key, "id": one})
            if kept:
                connection.execute(sa.insert(WORKS), kept)

    def note(self, sequence: int) -> None:
        """Note the change up to which the table goes."""
        with self._database.transaction() as connection:
            put(connection, META, [{"key": _NOTED, "value": f"{_FORM} {sequence}"}], by=["key"])


def _counted(connection: sa.Connection, keys: Sequence[int]) -> Counter[int]:
    found: Counter[int] = Counter()
    for part in parts(list(dict.fromkeys(keys))):
        query = sa.select(WORKS.c.key, sa.func.count()).where(WORKS.c.key.in_(part))
        for key, count in connection.execute(query.group_by(WORKS.c.key)):
            found[key] = count
    return found
