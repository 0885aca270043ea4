"""What a reader of a format gives back: records as the file has them, and what is unreadable."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TextIO

HEAD = 65_536  # bytes by which a format is told


@dataclass(frozen=True, slots=True)
class Raw:
    """One record: only the syntax of its format is resolved, nothing is judged or tidied.

    ``authors`` are "Given Family" or "Family, Given", an organisation's name as it is. ``year`` is
    whatever stands where the year should. ``line`` is where the record begins (from 1), ``number``
    its place among the records (from 1) where a file has no lines to speak of.
    """

    title: str = ""
    abstract: str = ""
    authors: tuple[str, ...] = ()
    year: object = None
    venue: str = ""
    doi: str = ""
    arxiv_id: str = ""
    pmid: str = ""
    url: str = ""
    id: str = ""  # an id that its file means to be kept; not a database's own
    citation_key: str = ""
    keywords: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    source: str = ""
    line: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A record, or a part of a file, that could not be read: where, its title if known, and why."""

    why: str
    title: str = ""
    line: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or a member of an archive, opened as often as need be.

    ``name`` is what messages call it; ``head`` the first ``HEAD`` bytes, decoded, every line
    end a single newline. ``encoding`` is how the whole is decoded (``utf-8-sig`` with a byte order
    mark); what does not fit becomes U+FFFD.
    """

    name: str
    opened: Callable[[], IO[bytes]]
    encoding: str = "utf-8"
    head: str = field(default="", repr=False)

    @contextmanager
    def binary(self) -> Iterator[IO[bytes]]:
        """Open it as bytes."""
        stream = self.opened()
        try:
            yield stream
        finally:
            stream.close()

    @contextmanager
    def text(self) -> Iterator[TextIO]:
        """Open it as text, every line end a single newline."""
        with self.binary() as stream:
            yield io.TextIOWrapper(stream, self.encoding, errors="replace")
