"""What a reader of a format gives back: records as the file has them, and what it could not read."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, TextIO

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

    ``name`` is what messages call it; ``head`` the first ``HEAD`` bytes, decoded, with ``\\n`` for
    every line end. ``encoding`` is how the whole is decoded; what does not fit becomes U+FFFD.
    """

    name: str
    opened: Callable[[], BinaryIO]
    encoding: str = "utf-8"
    head: str = field(default="", repr=False)

    @contextmanager
    def binary(self) -> Iterator[BinaryIO]:
        """Open it as bytes."""
        stream = self.opened()
        try:
            yield stream
        finally:
            stream.close()

    @contextmanager
    def text(self) -> Iterator[TextIO]:
        """Open it as text, line ends as ``\\n``, without a byte order mark."""
        with self.binary() as stream:
            skipped = stream.read(len(codecs.BOM_UTF8))
            rest = b"" if skipped == codecs.BOM_UTF8 else skipped
            yield io.TextIOWrapper(
                io.BufferedReader(_Rejoined(rest, stream)), self.encoding, errors="replace"
            )


class _Rejoined(io.RawIOBase):
    """A stream behind bytes that were read from it already."""

    def __init__(self, first: bytes, rest: BinaryIO) -> None:
        self._first = first
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._first[: len(buffer)]
        self._first = self._first[len(data) :]
        data = data or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
