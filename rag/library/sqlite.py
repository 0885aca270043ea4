"""A library in one file: opened by any number of processes at once, and where none may write."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rag.errors import LibraryError, LockedError, StorageError
from rag.library.access import FILE, alone, alone_writing, is_read_only, no_access, unwritable
from rag.library.database import Database, renew
from rag.library.schema import bring_up

BUSY_SECONDS = 10  # how long a reader waits for a writer's transaction


class FileDatabase(Database):
    """The SQLite file of a library.

    One that cannot be written is read where it lies; ``scratch`` is then for what must be written
    all the same.
    """

    def __init__(self, home: Path) -> None:
        super().__init__(home, str(home / FILE), str(home))
        self.read_only = is_read_only(home)
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

    def prepare(self) -> None:
        """Create the tables, or bring those of an older version up to this one."""
        if self.read_only:
            self._prepare_to_read()
        elif not self._is_current():  # a full disk must not stop reading
            with alone(self.home):
                if not self._is_current():
                    with self.transaction() as connection:
                        bring_up(connection)

    @contextmanager
    def writing(self, *, wait: float) -> Iterator[None]:
        """Hold the lock file of the writer."""
        with alone_writing(self.home, wait=wait):
            yield

    def copy_to(self, place: Path) -> None:
        """Write all of it to another file, as it is at one moment; others read and write on.

        A library that is there is replaced in one transaction.
        """
        with self.reading() as connection, closing(sqlite3.connect(place, BUSY_SECONDS)) as copy:
            source: Any = connection.connection.driver_connection
            source.backup(copy)

    def holds_something(self) -> bool:
        """Whether papers, conversations or stars are there already, or damage is."""
        place = self.home / FILE
        if not (place.is_file() and place.stat().st_size):
            return False
        try:
            with closing(sqlite3.connect(place)) as connection:
                tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
                wanted = tables & {"papers", "conversations", "stars"}
                counts = (connection.execute(f"SELECT count(*) FROM {one}") for one in wanted)  # noqa: S608
                return any(count.fetchone()[0] for count in counts)
        except sqlite3.Error:
            return True

    def take_over(self, fresh: Path) -> None:
        """Put another file in the place of this one, in one transaction."""
        with alone(self.home), closing(FileDatabase(fresh)) as new:
            new.prepare()
            with new.transaction() as connection:
                renew(connection, after=self._sequence())
            new.copy_to(self.home / FILE)

    @contextmanager
    def beginning(self) -> Iterator[sa.Connection]:
        """Begin a transaction that has the file to itself, tables that it makes included.

        Left to itself, Python's ``sqlite3`` begins one with the first change of a row, deferred.
        """
        with self.translated(), self.engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn what SQLite raises into our own errors."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise _translate(self.home, str(error.orig)) from error
        except sqlite3.Error as error:
            raise _translate(self.home, str(error)) from error

    def unwritable(self) -> StorageError:
        """Say that it can be asked but not changed."""
        return unwritable(self.home)

    # -- inside ----------------------------------------------------------------------------------

    def _sequence(self) -> int:
        """Return the number of the newest change of a file that may not be there, or damaged."""
        place = self.home / FILE
        try:
            with closing(sqlite3.connect(f"{place.absolute().as_uri()}?mode=ro", uri=True)) as one:
                found = one.execute("SELECT value FROM meta WHERE key='sequence'").fetchone()
                return int(found[0])
        except (sqlite3.Error, TypeError):
            return 0

    def _is_current(self) -> bool:
        place = self.home / FILE
        if not (place.is_file() and place.stat().st_size):
            return False  # none may connect to it before one has made it
        with self.reading() as connection:
            return self.is_current(connection)

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
            with self.translated(), closing(self._reader()) as old, closing(copy) as new:
                old.backup(new)
        self.engine = _writable(self.scratch / FILE)
        if not (lost and self._is_current()):
            with self.beginning() as connection:
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
    cursor.execute("PRAGMA cache_size = -4096")  # kB
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
