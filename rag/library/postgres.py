"""A library on a PostgreSQL server, which several machines and pages share.

One writer at a time by an advisory lock of a session: the server gives it free when the process or
its connection ends, however that ends. Locks and tables belong to a schema, the first in the
``search_path``, so that one database can hold several libraries.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

from rag.errors import ConfigError, LibraryError, LockedError, StorageError
from rag.library.access import SETTLING, no_access
from rag.library.database import Database, renew
from rag.library.dialects import POSTGRESQL
from rag.library.schema import METADATA, bring_up
from rag.library.sqlite import FileDatabase

_CONNECT = 5  # seconds to wait for the server
_POLL = 0.1  # seconds between two looks at a lock
_ROWS = 500  # copied at once; a row has 10 to 40 kB
# What the locks are for; the second key is the schema.
_CREATING, _WRITING, _CHANGING = 7_331_001, 7_331_002, 7_331_003
_HERE = "hashtext(coalesce(current_schema(), 'public'))"


class ServerDatabase(Database):
    """The tables of a library on a PostgreSQL server; ``url`` is SQLAlchemy's, with a login."""

    is_shared = True

    def __init__(self, home: Path, url: str) -> None:
        given = _parsed(url)
        name = sa.URL.create(
            POSTGRESQL, host=given.host, port=given.port, database=given.database
        ).render_as_string()
        super().__init__(home, name, name)
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise no_access(home, error) from error
        try:
            self.engine = sa.create_engine(
                given,
                pool_pre_ping=True,  # the server may have been started anew
                pool_size=10,
                max_overflow=20,
                connect_args={"connect_timeout": _CONNECT, "application_name": "cited-rag"},
            )
        except ModuleNotFoundError as error:
            raise ConfigError(
                "RAG_DATABASE_URL needs a driver that is not here; pip install "
                "'cited-rag[postgres]', or unset it"
            ) from error
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._held = threading.local()  # in the thread that writes, the lock's connection
        with self.reading() as connection:
            self.read_only = connection.scalar(sa.text("SHOW transaction_read_only")) == "on"

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a connection to read from; every statement sees what is committed by then."""
        with self.translated(), self._reader.connect() as connection:
            yield connection

    def version(self) -> str:
        """Return what the server says of itself."""
        with self.reading() as connection:
            return str(connection.scalar(sa.text("SHOW server_version")))

    def prepare(self) -> None:
        """Create the tables, or bring those of an older version up to this one."""
        with self.reading() as connection:
            if self.is_current(connection):
                return
        if self.read_only:
            raise LibraryError(
                f"{self.name} has no library of this version and cannot be written here; open it "
                "where it can be"
            )
        does = f"has been creating or upgrading {self.name} for {SETTLING:.0f} seconds"
        with self._lock(_CREATING, wait=SETTLING, does=does):
            with self.reading() as connection:
                if self.is_current(connection):
                    return
            with self.transaction() as connection:
                bring_up(connection)

    @contextmanager
    def writing(self, *, wait: float) -> Iterator[None]:
        """Hold the server's lock of the writer."""
        if self.read_only:
            raise self.unwritable()
        with self._lock(_WRITING, wait=wait, does=f"is writing to {self.name}") as held:
            self._held.connection = held
            try:
                yield
            finally:
                self._held.connection = None

    @contextmanager
    def beginning(self) -> Iterator[sa.Connection]:
        """Begin a transaction that no other runs beside."""
        with self.translated():
            held: sa.Connection | None = getattr(self._held, "connection", None)
            if held is not None:  # a lock whose connection is gone is another's by now
                held.execute(sa.text("SELECT 1"))
            with self.engine.begin() as connection:
                connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_CHANGING}, {_HERE})"))
                yield connection

    def copy_to(self, place: Path) -> None:
        """Write all of it to an SQLite file, as it is at one moment; others read and write on."""
        target = sa.create_engine(sa.URL.create("sqlite", database=str(place)))
        snapshot = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        try:
            with self.translated(), snapshot.connect() as source, target.begin() as copy:
                bring_up(copy)
                _copy(source, copy)
        finally:
            target.dispose()

    def holds_something(self) -> bool:
        """Whether papers, conversations or stars are there already."""
        with self.reading() as connection:
            there = sa.inspect(connection).get_table_names()
            return any(
                connection.scalar(sa.select(sa.exists(sa.select(METADATA.tables[name]))))
                for name in ("papers", "conversations", "stars")
                if name in there
            )

    def take_over(self, fresh: Path) -> None:
        """Put an SQLite file in the place of all that is there, in one transaction."""
        self.prepare()
        before = int(self.meta("sequence"))
        with closing(FileDatabase(fresh)) as new:
            new.prepare()
            with new.reading() as given, self.transaction() as connection:
                _copy(given, connection)
                top = "SELECT setval(pg_get_serial_sequence('papers', 'position'), "
                top += "(SELECT coalesce(max(position), 0) + 1 FROM papers), false)"
                connection.execute(sa.text(top))
                renew(connection, after=before)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn what the server or its driver raises into our own errors."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise self._told(error) from error

    def unwritable(self) -> StorageError:
        """Say that it can be asked but not changed."""
        return StorageError(
            f"{self.name} is read-only and cannot be changed; name a server in RAG_DATABASE_URL "
            "that takes changes"
        )

    # -- inside ----------------------------------------------------------------------------------

    @contextmanager
    def _lock(self, key: int, *, wait: float, does: str) -> Iterator[sa.Connection]:
        """Hold a lock of the session on a connection of its own.

        Raises:
            LockedError: another holds it for longer than ``wait`` seconds.
        """
        until = time.monotonic() + wait
        take = sa.text(f"SELECT pg_try_advisory_lock({key}, {_HERE})")
        with self.reading() as connection:
            while not connection.scalar(take):
                if time.monotonic() >= until:
                    raise LockedError(f"another process {does}; try again when it has ended")
                time.sleep(_POLL)
            try:
                yield connection
            finally:
                if not connection.invalidated:
                    free = sa.text(f"SELECT pg_advisory_unlock({key}, {_HERE})")
                    connection.execute(free)

    def _told(self, error: sa.exc.DBAPIError) -> LibraryError:
        why = " ".join(str(error.orig).split())
        code = getattr(error.orig, "sqlstate", None) or ""
        if code.startswith("53"):  # insufficient resources: disk, memory, connections
            return StorageError(f"{self.name} has too little left ({why}); make room on the server")
        if code == "42501" or code.startswith("28") or "authentication failed" in why:
            return StorageError(
                f"{self.name} refuses the login or a right ({why}); check the login in "
                "RAG_DATABASE_URL and what it may do"
            )
        if code == "25006":
            return self.unwritable()
        if code[:2] in ("", "08", "57"):  # none of the server's own words, or that it stops
            return StorageError(
                f"{self.name} does not answer ({why}); start the server, or check RAG_DATABASE_URL"
            )
        return StorageError(f"{self.name} cannot be used: {why}")


def _parsed(url: str) -> sa.URL:
    """Read the address of a server.

    Raises:
        ConfigError: it is none of PostgreSQL's.
    """
    shape = "write postgresql+psycopg://user:password@host/database"
    try:
        given = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise ConfigError(f"RAG_DATABASE_URL is no address; {shape}") from error
    if given.get_backend_name() != POSTGRESQL:
        raise ConfigError(f"RAG_DATABASE_URL names {given.get_backend_name()}; {shape}")
    return given.set(drivername=f"{POSTGRESQL}+psycopg")


def _copy(source: sa.Connection, target: sa.Connection) -> None:
    """Put the rows of all tables in the place of those that are there."""
    for table in METADATA.sorted_tables:
        target.execute(sa.delete(table))
        streamed = source.execution_options(yield_per=_ROWS).execute(sa.select(table))
        for rows in streamed.mappings().partitions(_ROWS):
            target.execute(sa.insert(table), [dict(row) for row in rows])
