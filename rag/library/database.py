"""How ``library.db`` is opened: by any number of processes at once, and where none may write."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import uuid
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rag.errors import LibraryError, LockedError, StorageError
from rag.library.access import FILE, alone, is_read_only, no_access, unwritable
from rag.library.schema import META, SCHEMA_VERSION, bring_up, set_meta

BUSY_SECONDS = 10  # how long a reader waits for a writer's transaction


class Database:
    """The SQLite file of a library; what it raises is translated into a ``LibraryError``.

    One that cannot be written is read where it lies; ``scratch`` is then a temporary folder for
    what must be written all the same.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.read_only = is_read_only(home)
        self._scratch: Path | None = None
        self._forget: Callable[[], object] = lambda: None
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise no_access(home, error) from error
        if self.read_only:
            # A connection knows nothing of what others write while it reads: each is used once.
            self.engine = sa.create_engine(
                "sqlite://", creator=self._reader, poolclass=sa.pool.NullPool
            )
        else:
            self.engine = _writable(home / FILE)

    @property
    def scratch(self) -> Path:
        """A temporary folder that goes with this."""
        if self._scratch is None:
            self._scratch = Path(tempfile.mkdtemp(prefix="cited-rag-"))
            self._forget = weakref.finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)
        return self._scratch

    def close(self) -> None:
        """Release the file."""
        self.engine.dispose()
        self._forget()
        self._scratch = None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a connection to read from."""
        with self._translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Open a transaction: all of it is committed at the end, or nothing.

        It has the file to itself from its first statement, tables that it makes included: left to
        itself, Python's ``sqlite3`` begins one with the first change to a row, and deferred.
        """
        if self.read_only:
            raise unwritable(self.home)
        with self._beginning() as connection:
            yield connection

    def prepare(self) -> None:
        """Create the tables, or bring those of an older version up to this one.

        Of all processes that come at once the first does it, and the others wait.

        Raises:
            LibraryError: the file was written by a newer version.
            LockedError: another process has not got done with it.
        """
        if self.read_only:
            self._prepare_to_read()
        elif not self._is_current():  # a full disk must not stop reading
            with alone(self.home):
                if not self._is_current():
                    with self.transaction() as connection:
                        bring_up(connection)

    def meta(self, key: str) -> str:
        """Return what the library says of itself under a key.

        Raises:
            StorageError: there is no such key: damage.
        """
        with self.reading() as connection:
            value = connection.scalar(sa.select(META.c.value).where(META.c.key == key))
        if value is None:
            raise StorageError(
                f"{self.home / FILE} is damaged ({key} is missing); restore it from a copy "
                "(`rag restore`), or set RAG_HOME to a new folder"
            )
        return str(value)

    def copy_to(self, place: Path) -> None:
        """Write all of it to another file, as it is at one moment; others read and write on.

        A library that is there is replaced in one transaction.
        """
        with self.reading() as connection, closing(sqlite3.connect(place, BUSY_SECONDS)) as copy:
            source: Any = connection.connection.driver_connection
            source.backup(copy)

    def renew(self, *, after: int) -> None:
        """Make it a library of its own, newer than a change that others have seen.

        Indexes and caches of what stood in its place before are then not taken for its own.
        """
        self.prepare()
        with self.transaction() as connection:
            set_meta(connection, "identity", uuid.uuid4().hex)
            sequence = max(after, int(self.meta("sequence"))) + 1
            set_meta(connection, "sequence", str(sequence))

    # -- inside ----------------------------------------------------------------------------------

    def _is_current(self) -> bool:
        """Whether the file is there and as this version makes it.

        Raises:
            LibraryError: it was written by a newer version.
        """
        place = self.home / FILE
        if not (place.is_file() and place.stat().st_size):
            return False  # none may connect to it before one has made it
        with self.reading() as connection:
            if not sa.inspect(connection).has_table("meta"):
                return False
            if connection.scalar(sa.select(sa.func.count()).select_from(META)) == 0:
                return False  # what a kill of an earlier version could leave
        found = int(self.meta("schema"))
        if found > SCHEMA_VERSION:
            raise LibraryError(
                f"{self.home} was written by a newer version of cited-rag; update this one"
            )
        return found == SCHEMA_VERSION

    @contextmanager
    def _beginning(self) -> Iterator[sa.Connection]:
        with self._translated(), self.engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def _prepare_to_read(self) -> None:
        """Read the file where it lies, or, if it must be changed before, a copy of it."""
        lost = self._has_lost_its_writer()
        if lost:
            for name in (FILE, f"{FILE}-wal"):
                shutil.copyfile(self.home / name, self.scratch / name)
        elif self._is_current():
            return
        else:
            copy = sqlite3.connect(self.scratch / FILE)
            with self._translated(), closing(self._reader()) as old, closing(copy) as new:
                old.backup(new)
        self.engine = _writable(self.scratch / FILE)
        if not (lost and self._is_current()):
            with self._beginning() as connection:
                bring_up(connection)

    def _has_lost_its_writer(self) -> bool:
        """Whether commits lie beside the file that nobody can read where they are.

        Such is a library whose writer was killed, or that was copied while it was written.
        """
        log, index = (self.home / f"{FILE}{end}" for end in ("-wal", "-shm"))
        return log.exists() and log.stat().st_size > 0 and not index.exists()

    def _reader(self) -> sqlite3.Connection:
        """Connect to the file without writing anything beside it.

        SQLite reads what a living writer is about only with the writer's files there; without them
        it has to be told that nobody writes.
        """
        place = (self.home / FILE).absolute().as_uri()
        ways = ["mode=ro"] if (self.home / f"{FILE}-wal").exists() else []
        for way in (*ways, "immutable=1"):
            connection = sqlite3.connect(
                f"{place}?{way}", uri=True, timeout=BUSY_SECONDS, check_same_thread=False
            )
            try:
                connection.execute("SELECT 1 FROM sqlite_master")
            except sqlite3.OperationalError:
                connection.close()
                if way == "immutable=1":
                    raise
            else:
                return connection
        raise AssertionError

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise _translate(self.home, str(error.orig)) from error
        except sqlite3.Error as error:
            raise _translate(self.home, str(error)) from error


def _writable(place: Path) -> sa.Engine:
    url = sa.URL.create("sqlite", database=str(place))
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    sa.event.listen(engine, "connect", _configure)
    return engine


def _configure(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where ``transaction`` begins them
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")  # readers go on while one process writes
    cursor.execute("PRAGMA synchronous = FULL")  # a commit survives a power cut
    # With SQLite's own 2 MB the rows of a search of 100,000 papers take twice as long to read.
    cursor.execute("PRAGMA cache_size = -8192")  # kB
    cursor.close()


def _translate(home: Path, message: str) -> LibraryError:
    place = home / FILE
    if "disk is full" in message or "disk I/O" in message:
        return StorageError(
            f"the disk of {home} is full; free some space and run the command again "
            "(everything committed before is kept)"
        )
    if "locked" in message:
        return LockedError(f"another process is writing to {home}; try again when it has ended")
    if "unable to open" in message or "readonly" in message:
        return StorageError(f"{place} cannot be opened; check the rights of the folder or RAG_HOME")
    if any(part in message for part in ("not a database", "malformed", "no such table")):
        return StorageError(
            f"{place} is damaged; restore it from a copy (`rag restore`), or set RAG_HOME to a new "
            "folder"
        )
    return StorageError(f"{place} cannot be used: {message}")
