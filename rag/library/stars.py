"""The reading list in the library: papers and sentences that were starred, with their notes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import sqlalchemy as sa

from rag.errors import InputError
from rag.library.database import Database
from rag.library.dialects import put_missing
from rag.library.schema import STARS
from rag.text.reading_list import Star

MOST = 5_000  # stars of one owner
LONGEST_NOTE = 2_000  # characters
_COLUMNS = [STARS.c[name] for name in ("paper_id", "start", "title", "sentence", "note", "added")]


class Stars:
    """The reading lists of a library, one an owner (empty where nobody has to log in).

    Like conversations they are written without the writer's lock, but not where the library cannot
    be: a list is meant to stay. What was starred stays as it was, whatever becomes of its paper.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def all(self, owner: str = "") -> list[Star]:
        """Return an owner's stars: the paper last come to first, its sentences in their order."""
        query = sa.select(*_COLUMNS).where(STARS.c.owner == owner)
        with self._database.reading() as connection:
            found = [Star(*row) for row in connection.execute(query)]
        came: dict[str, float] = {}
        for star in found:
            came[star.paper_id] = min(star.added, came.get(star.paper_id, star.added))
        return sorted(found, key=lambda star: (-came[star.paper_id], star.paper_id, star.start))

    def of(self, owner: str = "") -> set[tuple[str, int]]:
        """Return what an owner has starred, by paper and start."""
        query = sa.select(STARS.c.paper_id, STARS.c.start).where(STARS.c.owner == owner)
        with self._database.reading() as connection:
            return {(row.paper_id, row.start) for row in connection.execute(query)}

    def put(self, stars: Sequence[Star], owner: str = "") -> None:
        """Put stars on the list; of one that is there only the note changes, where one is given.

        A star without a date was added now.

        Raises:
            InputError: a note is too long, or the list is full; nothing has been put then.
        """
        now = self._clock()
        new = [replace(star, added=star.added or now, note=_note(star.note)) for star in stars]
        with self._database.transaction() as connection:
            put_missing(connection, STARS, [{"owner": owner, **asdict(star)} for star in new])
            mine = sa.select(sa.func.count()).where(STARS.c.owner == owner)
            if (connection.scalar(mine) or 0) > MOST:
                raise InputError(
                    f"the reading list is full ({MOST:,} entries); take some off first"
                )
            for star in new:
                if star.note:
                    connection.execute(_update(star.paper_id, star.start, star.note, owner))

    def note(self, paper_id: str, start: int, note: str, owner: str = "") -> bool:
        """Give a star another note, or none; tell whether there is such a star.

        Raises:
            InputError: the note is too long.
        """
        with self._database.transaction() as connection:
            return bool(connection.execute(_update(paper_id, start, _note(note), owner)).rowcount)

    def take_away(self, paper_id: str, start: int | None = None, owner: str = "") -> list[Star]:
        """Take one star off the list, or all of a paper, and return what was taken."""
        gone = sa.delete(STARS).where(STARS.c.owner == owner, STARS.c.paper_id == paper_id)
        if start is not None:
            gone = gone.where(STARS.c.start == start)
        with self._database.transaction() as connection:
            return [Star(*row) for row in connection.execute(gone.returning(*_COLUMNS))]


def _update(paper_id: str, start: int, note: str, owner: str) -> sa.Update:
    one = STARS.c.owner == owner, STARS.c.paper_id == paper_id, STARS.c.start == start
    return sa.update(STARS).where(*one).values(note=note)


def _note(text: str) -> str:
    """Return a note without blank ends and with one kind of line end.

    Raises:
        InputError: it is too long.
    """
    note = text.replace("\r\n", "\n").strip()
    if len(note) > LONGEST_NOTE:
        raise InputError(f"a note may have {LONGEST_NOTE:,} characters; this has {len(note):,}")
    return note
