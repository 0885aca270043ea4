"""Reads JSON and JSON Lines of papers, an object or a page of results at a time.

Objects one a line, in an array, or in a list that an answer of a database holds. A record that is
broken is a fault, and reading goes on with the next that makes sense.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

from rag.intake.readers import json_shapes
from rag.intake.readers.raw import Fault, Raw, Source

NAME = "JSON"
MAX_RECORD = 8_000_000  # characters; the largest works of OpenAlex have about 1,000,000
MAX_DEPTH = 3  # objects around a list of records: {"message": {"items": […]}}
_CHUNK = 1 << 18  # characters read at once
# Characters tried in vain, of the whole file, while looking for where a broken record ends: about
# two seconds of them.
_MAX_TRIED = 100_000_000
_LISTS = ("results", "data", "items", "works", "papers", "records", "result")
_AROUND = ("message", "response", "results", "data", "resultList")

# How a file begins: "{"title":", "[{"", "[]", "[null, {"; not "[1] Smith", "{a, b}", "{\rtf".
_START = re.compile(r'\ufeff?\s*(?:\[\s*(?:null\s*,\s*)*(?:\{|\]\s*$)|\{\s*(?:"[^"\n]*"\s*:|\}))')
_SPACE = re.compile(r"[\s\ufeff]*")
# Where an object begins that may be a record: ', {"title"', '\n{ "'; not 'source": {"', '{}'.
_RECORD = re.compile(r'[\[\],}\s](\{\s*")')
# A title in text that is not JSON: '"title": "A \"b\""'.
_TITLE = re.compile(r'"(?:title|display_name)"\s*:\s*(?:\[\s*)?("(?:[^"\\]|\\.)*")', re.IGNORECASE)
# Where a list of records begins: '"results": [', '"message": {'.
_LIST = re.compile(rf'"(?:(?:{"|".join(_LISTS)})"\s*:\s*\[|(?:{"|".join(_AROUND)})"\s*:\s*\{{)')

_decoder = json.JSONDecoder(strict=False)  # takes bare tabs and line ends in strings


def sniff(head: str) -> bool:
    """Whether a text begins as JSON does."""
    return _START.match(head) is not None


def read(source: Source) -> Iterator[Raw | Fault]:
    """Read records; those on a line of their own have a ``line``, others a ``number``."""
    with source.text() as stream:
        yield from _by_line(stream) if _is_by_line(source.head) else _by_number(stream)


def _is_by_line(head: str) -> bool:
    """Whether each line is an object; when in doubt not, since any JSON can be read by number."""
    first, end, rest = head.lstrip("\ufeff \t\n\r").partition("\n")
    first = first.rstrip()
    if not end and not _TITLE.search(first):
        return False  # the first line is longer than the head
    if not first.startswith("{"):
        return rest.lstrip().startswith('{"') and not first.startswith("[")
    try:
        return isinstance(_decoder.raw_decode(first)[0], dict)
    except (ValueError, RecursionError):
        pass
    if not end:
        title, holder = _TITLE.search(first), _LIST.search(first)
        return title is not None and (holder is None or title.start() < holder.start())
    return first.endswith("}") or (
        rest.lstrip().startswith("{") and not first.endswith(("{", "[", ","))
    )


# -- one object a line ---------------------------------------------------------------------------


def _by_line(stream: TextIO) -> Iterator[Raw | Fault]:
    number = 0
    while line := stream.readline(MAX_RECORD):
        number += 1
        if len(line) == MAX_RECORD and not line.endswith("\n"):
            yield Fault(_too_long(), _title(line[:10_000]), line=number)
            while (more := stream.readline(MAX_RECORD)) and not more.endswith("\n"):
                pass
            continue
        if line.isspace():
            continue
        try:
            value, end = _decoder.raw_decode(line, _SPACE.match(line).end())  # type: ignore[union-attr]
        except (ValueError, RecursionError) as error:
            yield Fault(_why(error), _title(line), line=number)
            continue
        values = (
            [value] if not line[end:].strip(" \t\r\n,") else _Reader(io.StringIO(line)).values()
        )
        for one in values:
            yield from _records(one, line=number)


def _records(
    value: Any, *, line: int | None = None, number: int | None = None
) -> Iterator[Raw | Fault]:
    """Yield the record that a value is, or those that it holds."""
    if isinstance(value, Fault):
        yield Fault(value.why, value.title, line=line, number=number)
        return
    for one in _held(value):
        if isinstance(one, dict):
            yield json_shapes.raw(one, line=line, number=number)
        else:
            yield Fault("is not a JSON object", line=line, number=number)


def _held(value: Any, depth: int = MAX_DEPTH) -> list[Any]:
    """Return the records in a list, or in an answer around one; else the value alone."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and depth and not json_shapes.has_title(value):
        for key in _LISTS:
            if isinstance(value.get(key), list):
                return list(value[key])
        for key in _AROUND:
            if isinstance(value.get(key), dict):
                return _held(value[key], depth - 1)
    return [value]


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "is not JSON that can be read (it nests too deeply)"
    if isinstance(error, json.JSONDecodeError):
        return f"is not JSON ({error.msg} at character {error.pos + 1:,})"
    return "is not JSON that can be read (a number is too long)"


def _too_long() -> str:
    return f"is longer than {MAX_RECORD:,} characters"


def _title(text: str) -> str:
    match = _TITLE.search(text)
    try:
        title = str(_decoder.decode(match[1])) if match else ""
    except ValueError:
        return ""
    return title[:300].encode("utf-8", "replace").decode()


# -- arrays, and objects over several lines ------------------------------------------------------


def _by_number(stream: TextIO) -> Iterator[Raw | Fault]:
    for number, value in enumerate(_Reader(stream).values(), 1):
        yield from _records(value, number=number)


class _BrokenError(Exception):
    """A value that is not JSON; its title, if that was read."""

    title = ""


class _Reader:
    """Takes values from a stream one by one, with never more than one of them in memory."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._text = ""
        self._at = 0  # where in the text the next value begins
        self._is_all = False  # the stream has ended
        self._found: Any = None  # a record that was found behind a broken one
        self._tried = 0

    def values(self) -> Iterator[Any]:
        """Yield records, and faults, of all that is in the stream."""
        while char := self._next():
            try:
                if char in ",]}":
                    self._at += 1
                elif char == "[":
                    self._at += 1
                    yield from self._elements()
                elif char == "{":
                    self._at += 1
                    yield from self._members(MAX_DEPTH)
                else:
                    yield self._value()
            except _BrokenError as error:
                yield self._fault(error)
                if self._go_on():
                    yield from self._elements(is_begun=False)
        if self._tried >= _MAX_TRIED:
            yield Fault("is broken in so many places that what follows was not read")

    def _elements(self, *, is_begun: bool = True) -> Iterator[Any]:
        """Yield the elements of an array that has begun, or of one whose start is broken."""
        while char := self._next():
            if char in ",]":
                self._at += 1
                if char == "]":
                    return
                continue
            try:
                yield self._value()
            except _BrokenError as error:
                yield self._fault(error)
                if not self._go_on():
                    return
        if is_begun:
            yield Fault("is not JSON (a list of records is not closed; is the file complete?)")

    def _members(self, depth: int) -> Iterator[Any]:
        """Yield the object that has begun, or the records in its list."""
        members: dict[str, Any] = {}
        is_holder = False
        while (char := self._next()) and char != "}":
            if char == ",":
                self._at += 1
                continue
            key = self._key(members)
            char = self._next()
            may_hold = depth > 0 and not json_shapes.has_title(members)
            if char == "[" and key in _LISTS and may_hold:
                is_holder = True
                self._at += 1
                yield from self._elements()
            elif char == "{" and key in _AROUND and may_hold:
                is_holder = True
                self._at += 1
                yield from self._members(depth - 1)
            else:
                members[key] = self._value_of(members)
        self._at += 1
        if not char and not is_holder:
            raise self._told(_BrokenError("is not JSON (it ends too early)"), members)
        if not is_holder:
            yield members

    def _key(self, members: dict[str, Any]) -> str:
        key = self._value_of(members)
        if not isinstance(key, str) or self._next() != ":":
            raise self._told(_BrokenError("is not JSON (a key and a colon are expected)"), members)
        self._at += 1
        return key

    def _value_of(self, members: dict[str, Any]) -> Any:
        try:
            return self._value()
        except _BrokenError as error:
            raise self._told(error, members) from error

    def _told(self, error: _BrokenError, members: dict[str, Any]) -> _BrokenError:
        error.title = json_shapes.text(members.get("title"))
        return error

    def _next(self) -> str:
        """Return the next character that is no space; nothing at the end."""
        if self._found is not None:
            return "{"
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if self._is_all:
                return ""
            self._fill()

    def _fill(self) -> None:
        """Drop what was taken, and read at least as much again as is left."""
        left = self._text[self._at :]
        more = self._stream.read(max(_CHUNK, len(left)))
        self._is_all = not more
        self._text, self._at = left + more, 0

    def _value(self) -> Any:
        """Take one value."""
        if self._found is not None:
            value, self._found = self._found, None
            return value
        while True:
            left = len(self._text) - self._at
            try:
                value, end = _decoder.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if self._is_all or not self._is_cut(error):
                    self._tried += self._cost(error)
                    raise _BrokenError(_why(error)) from error
            else:
                if end < len(self._text) or self._is_all:
                    self._at = end
                    return value
            if left > MAX_RECORD:
                self._tried += left
                raise _BrokenError(_too_long())
            self._fill()

    def _cost(self, error: Exception) -> int:
        """Return how many characters were gone through; Python counts lines of all before too."""
        if not isinstance(error, json.JSONDecodeError):
            return 5_000  # too deep, which takes as long
        return error.pos - self._at + error.pos // 100

    def _is_cut(self, error: Exception) -> bool:
        """Whether a value may only go on behind what has been read."""
        if not isinstance(error, json.JSONDecodeError):
            return False
        return error.msg.startswith("Unterminated") or error.pos > len(self._text) - 16

    def _fault(self, error: _BrokenError) -> Fault:
        title = error.title[:300].encode("utf-8", "replace").decode()
        return Fault(str(error), title or _title(self._text[self._at : self._at + 20_000]))

    def _go_on(self) -> bool:
        """Find the next object that has a title, behind what is broken."""
        back = 0
        while self._tried < _MAX_TRIED:
            match = _RECORD.search(self._text, self._at - back)
            back = 0
            if match is None and self._is_all:
                self._at = len(self._text)
                return False
            if match is None:
                self._at = max(self._at, len(self._text) - 200)
                self._fill()
                continue
            self._at = match.start(1)
            try:
                value = self._value()
            except _BrokenError:
                continue
            back = 1  # the next may begin right behind it
            if json_shapes.has_title(value):
                self._found = value
                return True
        self._text, self._at, self._is_all = "", 0, True
        return False
