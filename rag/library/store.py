"""The truth on disk: papers, their sentences and every computed vector, in one SQLite file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from rag.library.access import SETTLING, alone_writing
from rag.library.backup import Backup, write
from rag.library.changes import drop_papers, next_sequence, put_papers, put_vectors
from rag.library.conversations import Conversations
from rag.library.derived import copied
from rag.library.dialects import parts
from rag.library.entries import Embedded, Entry, Matrix, Tokens, Version, paper_of
from rag.library.logins import Logins
from rag.library.opening import open_database
from rag.library.placed import Placed
from rag.library.reading import Reading
from rag.library.reviews import Reviews
from rag.library.schema import PAPERS, REMOVED, VECTORS, set_meta
from rag.library.selection import Selection
from rag.library.shelf import Shelf
from rag.library.stamps import Stamps
from rag.library.stars import Stars
from rag.library.works import Works
from rag.records import Paper, Sentence

_AT_ONCE = 2_000  # papers held while all are gone through


class Library:
    """Papers, sentences and vectors under a folder. Reading is safe from any thread or process.

    Writing needs ``writing()`` around it: one writer at a time, told apart by a lock file. Every
    change raises ``sequence`` by one, so that derived indexes can ask what came after what.

    One that cannot be written is read only: conversations and derived indexes are then in a
    temporary folder, and go with it.
    """

    def __init__(self, home: Path, url: str = "") -> None:
        self.home = home
        self._database = open_database(home, url)
        self._talk = self._database
        if self.read_only:
            self._talk = open_database(self._database.scratch / "talk")
        self.conversations = Conversations(self._talk)
        self.stars = Stars(self._database)
        self.reviews = Reviews(self._talk)
        self.logins = Logins(self._talk)
        self.stamps = Stamps(self._database)
        self.placed = Placed(self._database)
        self.shelf = Shelf(self._database)
        self.selection = Selection(self._database)
        self.works = Works(self._database)
        self._reading = Reading(self._database)
        self._talk.prepare()
        self._database.prepare()

    def close(self) -> None:
        """Release the database file."""
        self._talk.close()
        self._database.close()

    # -- what it is ------------------------------------------------------------------------------

    @property
    def read_only(self) -> bool:
        """Whether it can be asked but not changed."""
        return self._database.read_only

    @property
    def is_shared(self) -> bool:
        """Whether it is on a server, where others change it too."""
        return self._database.is_shared

    @property
    def place(self) -> str:
        """What messages call it by: its folder, or the server and the database."""
        return self._database.place

    def server_version(self) -> str:
        """Return the version of the server that it is on; empty: it is in a file."""
        return self._database.version()

    @cached_property
    def derived(self) -> Path:
        """The folder of the derived indexes: its own, or a copy where that cannot be written."""
        if not self.read_only:
            return self.home
        return copied(self.home, self._database.scratch, lambda: self.sequence)

    @property
    def identity(self) -> str:
        """A random name given at creation; a derived index of another library does not match."""
        return self._database.meta("identity")

    @property
    def sequence(self) -> int:
        """The number of the newest change."""
        return int(self._database.meta("sequence"))

    @property
    def fingerprint(self) -> str:
        """The embedding fingerprint the library is searched under; empty before the first paper."""
        return self._database.meta("fingerprint")

    @property
    def seeded(self) -> bool:
        """Whether the first-use ingest has been completed."""
        return self._database.meta("seeded") == "yes"

    def count(self) -> int:
        """Return the number of papers."""
        return self._number(sa.select(sa.func.count()).select_from(PAPERS))

    def count_chunks(self) -> int:
        """Return the number of chunks over all papers, under the current fingerprint."""
        query = sa.select(sa.func.coalesce(sa.func.sum(VECTORS.c.chunks), 0)).select_from(
            PAPERS.join(VECTORS, VECTORS.c.text_hash == PAPERS.c.text_hash)
        )
        return self._number(query.where(VECTORS.c.fingerprint == self.fingerprint))

    def dimension(self) -> int:
        """Return the length of the vectors under the current fingerprint, 0 without any."""
        return self.version().dimension

    # -- reading ---------------------------------------------------------------------------------

    def papers(self) -> list[Paper]:
        """Return all papers in the order they came."""
        return [paper_of(row) for row in self._rows(sa.select(PAPERS).order_by(PAPERS.c.position))]

    def each_paper(self) -> Iterator[Paper]:
        """Yield all papers in the order they came, a few thousand held at a time."""
        last = -1
        while True:
            query = sa.select(PAPERS).where(PAPERS.c.position > last).order_by(PAPERS.c.position)
            rows = self._rows(query.limit(_AT_ONCE))
            for row in rows:
                yield paper_of(row)
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1]["position"]

    def paper(self, paper_id: str) -> Paper | None:
        """Return one paper, or None."""
        rows = self._rows(sa.select(PAPERS).where(PAPERS.c.id == paper_id))
        return paper_of(rows[0]) if rows else None

    def papers_of(self, ids: Sequence[str]) -> Iterator[Paper]:
        """Yield the papers that there are of these."""
        for part in parts(list(ids)):
            yield from map(paper_of, self._rows(sa.select(PAPERS).where(PAPERS.c.id.in_(part))))

    def texts(self, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield the papers that there are of these, each with title and abstract as one text."""
        columns = PAPERS.c.id, PAPERS.c.title, PAPERS.c.abstract
        for part in parts(list(ids)):
            for row in self._rows(sa.select(*columns).where(PAPERS.c.id.in_(part))):
                yield row["id"], f"{row['title']}\n{row['abstract']}"

    def in_order(self, ids: Sequence[str]) -> list[str]:
        """Return those of these ids that there are, in the order the papers came."""
        found: list[tuple[int, str]] = []
        for part in parts(list(ids)):
            query = sa.select(PAPERS.c.position, PAPERS.c.id).where(PAPERS.c.id.in_(part))
            found += [(row["position"], row["id"]) for row in self._rows(query)]
        return [one for _, one in sorted(found)]

    def sources(self) -> list[str]:
        """Return the files that papers were read from."""
        query = sa.select(PAPERS.c.source).distinct().order_by(PAPERS.c.source)
        return [row["source"] for row in self._rows(query)]

    def ids_from(self, sources: Sequence[str]) -> list[str]:
        """Return the ids of the papers that were read from these files."""
        found: list[str] = []
        for part in parts(list(sources)):
            query = sa.select(PAPERS.c.id).where(PAPERS.c.source.in_(part))
            found += [row["id"] for row in self._rows(query)]
        return found

    def ids(self) -> list[str]:
        """Return the id of every paper."""
        with self._database.reading() as connection:
            return [*connection.scalars(sa.select(PAPERS.c.id))]

    def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the record hashes of the papers that there are of these, by id."""
        found: dict[str, str] = {}
        for part in parts(list(ids)):
            query = sa.select(PAPERS.c.id, PAPERS.c.record_hash).where(PAPERS.c.id.in_(part))
            found |= {row["id"]: row["record_hash"] for row in self._rows(query)}
        return found

    def titles(self) -> dict[str, str]:
        """Return the title of every paper by its id, in the order they came."""
        rows = self._rows(sa.select(PAPERS.c.id, PAPERS.c.title).order_by(PAPERS.c.position))
        return {row["id"]: row["title"] for row in rows}

    def version(self) -> Version:
        """Return what a search must know of the library's present state, with one small read."""
        return self._reading.version()

    def entries(self, ids: Sequence[str], version: Version | None = None) -> dict[str, Entry]:
        """Return papers with sentences and vectors by id; unknown ids are left out."""
        return self._reading.entries(ids, version or self.version())

    def vectors(self, ids: Sequence[str], version: Version | None = None) -> dict[str, Embedded]:
        """Return the vectors of papers by id, which takes a third of reading all of them."""
        return self._reading.vectors(ids, version or self.version())

    def tokens(self, ids: Sequence[str], version: Version | None = None) -> dict[str, Tokens]:
        """Return the tokens of papers by id; those that have none are left out."""
        return self._reading.tokens(ids, version or self.version())

    def chunks(
        self, ids: Sequence[str], version: Version | None = None
    ) -> Iterable[tuple[str, Matrix]]:
        """Yield papers that there are of these, each with its chunks; nothing stays in memory."""
        return self._reading.chunks(ids, version or self.version())

    def means(self, ids: Sequence[str], version: Version | None = None) -> tuple[list[str], Matrix]:
        """Return papers that there are of these, and the mean vector of each as a row.

        Reads the chunks alone, and keeps nothing in memory.
        """
        version = version or self.version()
        found = [(one, Embedded(rows, rows).mean) for one, rows in self.chunks(ids, version)]
        if not found:
            return [], np.zeros((0, version.dimension), np.float32)
        return [one for one, _ in found], np.stack([mean for _, mean in found])

    def changes_since(self, sequence: int) -> tuple[list[str], list[str]]:
        """Return the ids of the papers (changed, removed) after a sequence number."""
        # Sorted here: asked to, SQLite goes through all papers in place of the index.
        newer = sa.select(PAPERS.c.position, PAPERS.c.id).where(PAPERS.c.sequence > sequence)
        changed = sorted((row["position"], row["id"]) for row in self._rows(newer))
        removed = self._rows(sa.select(REMOVED.c.id).where(REMOVED.c.sequence > sequence))
        return [one for _, one in changed], [row["id"] for row in removed]

    def without_vectors(self) -> list[Paper]:
        """Return the papers that have no vectors under the current fingerprint: damage."""
        mine = sa.and_(
            VECTORS.c.text_hash == PAPERS.c.text_hash, VECTORS.c.fingerprint == self.fingerprint
        )
        query = sa.select(PAPERS).select_from(PAPERS.outerjoin(VECTORS, mine))
        return [paper_of(row) for row in self._rows(query.where(VECTORS.c.text_hash.is_(None)))]

    def embedded(
        self, hashes: Iterable[str], fingerprint: str, *, dimension: int | None = None
    ) -> set[str]:
        """Return which of these texts already have vectors under a fingerprint."""
        have: set[str] = set()
        for part in parts(list(hashes)):
            query = sa.select(VECTORS.c.text_hash).where(
                VECTORS.c.text_hash.in_(part), VECTORS.c.fingerprint == fingerprint
            )
            if dimension is not None:
                query = query.where(VECTORS.c.dimension == dimension)
            have.update(row["text_hash"] for row in self._rows(query))
        return have

    # -- writing ---------------------------------------------------------------------------------

    @contextmanager
    def writing(self, *, wait: float = 0.0) -> Iterator[None]:
        """Hold the writer's lock, waiting at most ``wait`` seconds for it.

        Raises:
            LockedError: another process holds it.
            StorageError: the library cannot be written.
        """
        with self._database.writing(wait=wait):
            if not self.is_shared:
                yield
                return
            with self.indexing(wait=SETTLING):
                yield

    @contextmanager
    def indexing(self, *, wait: float) -> Iterator[None]:
        """Be the only one that changes the derived indexes in this folder.

        Raises:
            LockedError: another process holds its lock for longer.
        """
        with alone_writing(self.home, wait=wait):
            yield

    def backup(self, file: Path, *, force: bool = False) -> Backup:
        """Write all of it to one file, as it is at one moment; others read and write on."""
        return write(self._database, file, force=force)

    def store(
        self,
        papers: Sequence[tuple[Paper, Sequence[Sentence]]],
        vectors: Mapping[str, Embedded],
        fingerprint: str,
    ) -> None:
        """Store papers, their sentences and the new vectors by text hash, in one transaction.

        A paper with a known id replaces it and keeps its place.
        """
        with self._database.transaction() as connection:
            sequence = next_sequence(connection)
            set_meta(connection, "fingerprint", fingerprint)
            put_vectors(connection, vectors, fingerprint)
            put_papers(connection, papers, sequence)

    def store_vectors(self, vectors: Mapping[str, Embedded], fingerprint: str) -> None:
        """Store vectors of papers already here, under a fingerprint that is not yet in use."""
        with self._database.transaction() as connection:
            put_vectors(connection, vectors, fingerprint)

    def use_fingerprint(self, fingerprint: str) -> None:
        """Search under this fingerprint from now on; all papers must have vectors under it."""
        with self._database.transaction() as connection:
            next_sequence(connection)
            set_meta(connection, "fingerprint", fingerprint)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove papers and their vectors in one transaction."""
        with self._database.transaction() as connection:
            drop_papers(connection, ids, next_sequence(connection))

    def mark_seeded(self) -> None:
        """Note that the first-use ingest is complete, so that it never runs again."""
        with self._database.transaction() as connection:
            set_meta(connection, "seeded", "yes")

    # -- inside ----------------------------------------------------------------------------------

    def _number(self, query: sa.Select[Any]) -> int:
        with self._database.reading() as connection:
            return int(connection.scalar(query) or 0)

    def _rows(self, query: sa.Select[Any]) -> list[Mapping[str, Any]]:
        with self._database.reading() as connection:
            return [*connection.execute(query).mappings()]
