"""Where the tables of a library are: on a server, or in a file."""

from __future__ import annotations

from pathlib import Path

from rag.library.database import Database
from rag.library.postgres import ServerDatabase
from rag.library.sqlite import FileDatabase


def open_database(home: Path, url: str = "") -> Database:
    """Open the tables of a library: on the server that ``url`` names, else in a file in ``home``.

    Raises:
        ConfigError: the address is none of a PostgreSQL server, or its driver is missing.
        LibraryError: the folder or the server cannot be used.
    """
    return ServerDatabase(home, url) if url else FileDatabase(home)
