"""A PostgreSQL server for tests, and libraries on it: each in a schema of its own.

``CITED_RAG_TEST_DATABASE`` names the server (``postgresql+psycopg://…``); without it such tests are
skipped. With ``CITED_RAG_TESTS_OVER_POSTGRES`` set too, every library that a test opens is on it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from rag.library import backup, store
from rag.library.database import Database
from rag.library.opening import open_database

SERVER = os.environ.get("CITED_RAG_TEST_DATABASE", "")
EVERYWHERE = bool(SERVER and os.environ.get("CITED_RAG_TESTS_OVER_POSTGRES"))
on_a_server = pytest.mark.skipif(not SERVER, reason="no PostgreSQL server here")
of_a_file = pytest.mark.skipif(EVERYWHERE, reason="looks into the file itself")
_made: set[str] = set()


def schema_url(name: str) -> str:
    """Make an empty schema of this name, if it is not there, and return the address of it."""
    url = sa.make_url(SERVER)
    if name not in _made:
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f'CREATE SCHEMA IF NOT EXISTS "{name}"'))
        engine.dispose()
        _made.add(name)
    placed = url.update_query_dict({"options": f"-csearch_path={name}"})
    return placed.render_as_string(hide_password=False)


def drop_schemas() -> None:
    """Delete all that was made here."""
    if not _made:
        return
    engine = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in _made:
            connection.execute(sa.text(f'DROP SCHEMA IF EXISTS "{name}" CASCADE'))
    engine.dispose()
    _made.clear()


@contextmanager
def a_schema(place: Path) -> Iterator[str]:
    """Give the address of an empty schema that is gone afterwards."""
    name = _name_of(place)
    try:
        yield schema_url(name)
    finally:
        engine = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f'DROP SCHEMA IF EXISTS "{name}" CASCADE'))
        engine.dispose()
        _made.discard(name)


def put_libraries_on_it() -> None:
    """Let every library be on the server, in a schema that its folder gives the name of."""

    def opened(home: Path, url: str = "") -> Database:
        return open_database(home, url or schema_url(_name_of(home)))

    store.open_database = backup.open_database = opened  # type: ignore[attr-defined]


def _name_of(place: Path) -> str:
    return "t" + hashlib.sha256(str(place.resolve()).encode()).hexdigest()[:16]
