"""Cuts the records out of an XML file and parses each by itself.

So a broken one costs no other, and memory stays constant. A record has no document type, so no
entity is ever declared, expanded or fetched; a file whose document type declares some is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO
from xml.etree import ElementTree as ET

from rag.intake.readers.raw import Fault

_CHUNK = 1 << 16  # characters
_MOST_CHUNKS = 64  # of a record: 4 million characters
_MOST_TAG = 1_000  # characters of the tags that are looked for
# "<!DOCTYPE a [", "<!ENTITY"; not '<!DOCTYPE a PUBLIC "b" "c">'.
_DECLARES = re.compile(r"<!DOCTYPE[^<>\[]*\[|<!ENTITY")
# The sign of "R&D" and "&nbsp;"; not that of "&amp;", "&#8211;".
_LOOSE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
# Prefixes that may be declared on the root, which a record is cut out of.
_ROOT = (
    '<r xmlns:mml="http://www.w3.org/1998/Math/MathML" '
    'xmlns:xlink="http://www.w3.org/1999/xlink">{}</r>'
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A record as it stands in its file."""

    text: str  # of one record
    line: int
    why: str = ""  # what is wrong with it


@dataclass(slots=True)
class Cutter:
    """Cuts a text into its records.

    ``mark`` finds their tags and that of what is around them, ``root``: a slash or nothing, then
    the name. ``maker`` is who never declares entities.
    """

    mark: re.Pattern[str]
    root: str
    maker: str
    line: int = 1
    start: int = 0  # the line of the open record; 0 if none is
    parts: list[str] = field(default_factory=list)  # of the open record
    rooted: bool = False  # whether the root is open

    def cut(self, stream: TextIO) -> Iterator[Cut]:
        """Yield the records, those that are broken too."""
        rest = ""
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            # What may be half a tag waits for its other half.
            half = text.rfind("<", max(0, len(text) - _MOST_TAG))
            end = half if half >= 0 and text.find(">", half) < 0 else len(text)
            text, rest = text[:end], text[end:]
            place = 0
            for mark in self.mark.finditer(text):
                before, place = text[place : mark.start()], mark.end()
                if not self.start and _DECLARES.search(before):
                    yield self._refused()
                    return
                yield from self._feed(before, mark)
            tail = text[place:]
            if not self.start and _DECLARES.search(tail):
                yield self._refused()
                return
            self.line += tail.count("\n")
            if self.start:
                self.parts.append(tail)
                if len(self.parts) > _MOST_CHUNKS:
                    yield self._closed("is far too long for a record")
        self.parts.append(rest)
        if self.start:
            yield self._closed("is cut off where the file ends; export it again")
        elif self.rooted:
            yield Cut("", self.line, "ends too early; export it again, records may be missing")

    def _feed(self, before: str, mark: re.Match[str]) -> Iterator[Cut]:
        """Take in a tag and the text before it."""
        self.line += before.count("\n")
        closing, root = bool(mark[1]), mark[2].endswith(self.root)
        if self.start:
            self.parts.append(before)
            if closing and not root:
                self.parts.append(mark[0])
                yield self._closed()
            else:
                yield self._closed("is not closed")
        if root:
            self.rooted = not closing
        elif not closing:
            self.start, self.parts = self.line, [mark[0]]
        self.line += mark[0].count("\n")

    def _closed(self, why: str = "") -> Cut:
        cut = Cut("".join(self.parts), self.start, why)
        self.start, self.parts = 0, []
        return cut

    def _refused(self) -> Cut:
        return Cut("", self.line, f"declares entities, as {self.maker}'s files never do; not read")


def parsed(cut: Cut, title: re.Pattern[str]) -> ET.Element | Fault:
    """Return a record as an element; one that is not well-formed is a fault with its title."""
    why = cut.why
    for text in (cut.text, _LOOSE_AMPERSAND.sub("&amp;", cut.text)):
        if why:
            break
        try:
            return ET.fromstring(_ROOT.format(text))[0]  # noqa: S314  # see above
        except ET.ParseError as error:
            broken = f"is not well-formed XML ({error.msg.split(':')[0]})"
    found = title.search(cut.text)
    return Fault(why or broken, " ".join(found[1].split()) if found else "", cut.line)


def content(element: ET.Element | None) -> str:
    """Return the text of an element and of all in it."""
    return "" if element is None else "".join(element.itertext()).strip()


def first(element: ET.Element, *paths: str) -> str:
    """Return the text of the first path that has one."""
    return next((text for path in paths if (text := content(element.find(path)))), "")
