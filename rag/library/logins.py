"""Who is logged in to the page, kept with the library: its other pages know, and a restart."""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa

from rag.library.database import Database
from rag.library.dialects import put
from rag.library.schema import LOGINS

LONGEST = 30 * 86_400.0  # seconds that a login lasts


class Logins:
    """Logins by a digest of the secret that a browser was given; the secret itself is not kept."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def note(self, digest: str, name: str, proof: str) -> None:
        """Note that somebody logged in; ``proof`` tells a password from the one after it.

        Those that have lasted too long are forgotten.
        """
        now = self._clock()
        row = {"digest": digest, "name": name, "proof": proof, "since": now}
        with self._database.transaction() as connection:
            connection.execute(sa.delete(LOGINS).where(LOGINS.c.since < now - LONGEST))
            put(connection, LOGINS, [row], by=["digest"])

    def of(self, digest: str) -> tuple[str, str] | None:
        """Return who logged in and with which proof, or None."""
        query = sa.select(LOGINS.c.name, LOGINS.c.proof).where(LOGINS.c.digest == digest)
        with self._database.reading() as connection:
            row = connection.execute(query.where(LOGINS.c.since >= self._clock() - LONGEST)).first()
        return (row.name, row.proof) if row else None

    def forget(self, digest: str) -> None:
        """End a login."""
        with self._database.transaction() as connection:
            connection.execute(sa.delete(LOGINS).where(LOGINS.c.digest == digest))

    def all(self) -> list[str]:
        """Return the digests of all logins."""
        with self._database.reading() as connection:
            return [*connection.scalars(sa.select(LOGINS.c.digest))]
