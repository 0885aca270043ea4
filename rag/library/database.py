"""What a library's tables are kept in: a file, or a server that several machines share."""

from __future__ import annotations

import shutil
import tempfile
import uuid
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import sqlalchemy as sa

from rag.errors import LibraryError, StorageError
from rag.library.schema import META, SCHEMA_VERSION, set_meta


class Database(ABC):
    """The tables of a library; what goes wrong with them is raised as a ``LibraryError``.

    ``home`` is the folder of the derived indexes, ``name`` what messages call the tables by, and
    ``place`` the library.
    """

    is_shared = False  # whether others have it too, each with derived indexes of their own
    read_only = False

    def __init__(self, home: Path, name: str, place: str) -> None:
        self.home = home
        self.name = name
        self.place = place
        self.engine: sa.Engine
        self._scratch: Path | None = None
        self._forget: Callable[[], object] = lambda: None

    @property
    def scratch(self) -> Path:
        """A temporary folder that goes with this."""
        if self._scratch is None:
            self._scratch = Path(tempfile.mkdtemp(prefix="cited-rag-"))
            self._forget = weakref.finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)
        return self._scratch

    def close(self) -> None:
        """Release the file or the connections."""
        self.engine.dispose()
        self._forget()
        self._scratch = None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a connection to read from; every statement sees what is committed by then."""
        with self.translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Open a transaction: all of it is committed at the end, or nothing; one at a time.

        Raises:
            StorageError: the library cannot be written.
        """
        if self.read_only:
            raise self.unwritable()
        with self.beginning() as connection:
            yield connection

    def version(self) -> str:
        """Return the version of the server; a file has none."""
        return ""

    def meta(self, key: str) -> str:
        """Return what the library says of itself under a key.

        Raises:
            StorageError: there is no such key: damage.
        """
        with self.reading() as connection:
            value = connection.scalar(sa.select(META.c.value).where(META.c.key == key))
        if value is None:
            raise StorageError(
                f"{self.name} is damaged ({key} is missing); restore it from a copy "
                "(`rag restore`), or set RAG_HOME to a new folder"
            )
        return str(value)

    def is_current(self, connection: sa.Connection) -> bool:
        """Whether all tables are there and as this version makes them.

        Raises:
            LibraryError: they were written by a newer version.
        """
        if not sa.inspect(connection).has_table("meta"):
            return False
        found = connection.scalar(sa.select(META.c.value).where(META.c.key == "schema"))
        if found is None:
            return False  # what a kill of an earlier version could leave
        if int(found) > SCHEMA_VERSION:
            raise LibraryError(
                f"{self.place} was written by a newer version of cited-rag; update this one"
            )
        return int(found) == SCHEMA_VERSION

    # -- what a file and a server do differently --------------------------------------------------

    @abstractmethod
    def prepare(self) -> None:
        """Create the tables, or bring those of an older version up to this one.

        Of all processes that come at once the first does it, and the others wait.

        Raises:
            LibraryError: they were written by a newer version.
            LockedError: another process has not got done with it.
        """

    @abstractmethod
    def writing(self, *, wait: float) -> AbstractContextManager[None]:
        """Be the only one that changes papers.

        Raises:
            LockedError: another holds the writer's lock for longer than ``wait`` seconds.
            StorageError: the library cannot be written.
        """

    @abstractmethod
    def copy_to(self, place: Path) -> None:
        """Write all of it to an SQLite file, as it is at one moment; others read and write on."""

    @abstractmethod
    def holds_something(self) -> bool:
        """Whether papers, conversations or stars are there already, or damage is."""

    @abstractmethod
    def take_over(self, fresh: Path) -> None:
        """Put the file in the folder ``fresh`` in the place of all that is there.

        It is brought up to this version before, and made newer than what others have seen here.
        """

    @abstractmethod
    def beginning(self) -> AbstractContextManager[sa.Connection]:
        """Begin a transaction that no other runs beside."""

    @abstractmethod
    def translated(self) -> AbstractContextManager[None]:
        """Turn what the database raises into our own errors."""

    @abstractmethod
    def unwritable(self) -> StorageError:
        """Say that it can be asked but not changed."""


def renew(connection: sa.Connection, *, after: int) -> None:
    """Make a library one of its own, newer than a change that others have seen.

    Indexes and caches of what stood in its place before are then not taken for its own.
    """
    set_meta(connection, "identity", uuid.uuid4().hex)
    here = connection.scalar(sa.select(META.c.value).where(META.c.key == "sequence"))
    set_meta(connection, "sequence", str(max(after, int(here or 0)) + 1))
