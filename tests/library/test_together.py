"""Several processes that open, create and upgrade one library at the same moment."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from rag.errors import LockedError
from rag.library import Library
from rag.library.access import alone
from rag.library.schema import SCHEMA_VERSION
from tests.support.together import together

PROCESSES = 4
ROUNDS = 8


def opened(home: Path) -> str:
    """Open a library, change it, and say who it is."""
    library = Library(home)
    with library.writing(wait=30):
        library.use_fingerprint("f")
    library.conversations.ask("Why?")
    identity = library.identity
    library.close()
    return identity


def age(home: Path) -> None:
    """Make a library what the first version would have left."""
    Library(home).close()
    with sqlite3.connect(home / "library.db") as connection:
        for table in ("conversations", "turns", "tokens"):
            connection.execute(f"DROP TABLE {table}")
        for index in ("ix_papers_filtered", "ix_papers_shelf", "ix_papers_collections"):
            connection.execute(f"DROP INDEX {index}")
        for column in ("found_by", "by", "appeared", "came_from", "filed", "collections"):
            connection.execute(f'ALTER TABLE papers DROP COLUMN "{column}"')
        papers = [
            (i, f"p{i}", f"Paper {i}", f"About {i}.", "[]", "V", "", "", "", "f.bib", "[]", "[]")
            for i in range(200)
        ]
        names = "position, id, title, abstract, authors, venue, doi, arxiv_id, url, source, links"
        connection.executemany(
            f"INSERT INTO papers ({names}, spans, text_hash, record_hash, sequence) "
            f"VALUES ({', '.join('?' * 12)}, 'h', 'h', 1)",
            papers,
        )
        connection.execute("UPDATE meta SET value = '1' WHERE key = 'schema'")
    connection.close()


def test_who_waits_too_long_for_another_is_told(tmp_path: Path) -> None:
    told = r"upgrading .* for 0 seconds; try again"
    with alone(tmp_path), pytest.raises(LockedError, match=told), alone(tmp_path, wait=0.1):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["new", "old"])
def test_all_who_open_a_library_at_once_get_the_same_one(tmp_path: Path, kind: str) -> None:
    homes = [tmp_path / f"home-{i}" for i in range(ROUNDS)]
    if kind == "old":
        for home in homes:
            age(home)
    for home, found in zip(homes, together(opened, homes, processes=PROCESSES), strict=True):
        library = Library(home)
        assert found == [library.identity] * PROCESSES
        assert library.sequence == PROCESSES  # nothing that was acknowledged is lost
        assert len(library.conversations.all()) == PROCESSES
        papers = library.count()
        library.close()
        assert papers == (200 if kind == "old" else 0)
        with sqlite3.connect(home / "library.db") as connection:
            (schema,) = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
            unfilled = connection.execute("SELECT 1 FROM papers WHERE found_by = ''").fetchall()
        connection.close()
        assert (int(schema), unfilled) == (SCHEMA_VERSION, [])
