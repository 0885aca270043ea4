"""Reads EndNote's tagged text (.enw, refer): a percent sign and a letter before every value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rag.intake.readers.raw import Fault, Raw, Source
from rag.intake.readers.tagged import DOI, PUBMED, begins

NAME = "EndNote text"
MOST_LINES = 50_000  # of a record; the rest is left out

# "%0 Journal Article" and then another such line; not "%0" in a table, "% a comment".
_SNIFF = re.compile(
    r"^%0 [A-Z][A-Za-z ,/-]{2,40}[ \t]*\n(?:[ \t]*\n)?%[A-Z0-9@!$&(*+<>?[^=~] ", re.MULTILINE
)
# "%T Sleep", "%@ 0001-1"; not "%50 of them", "% T".
_LINE = re.compile(r"%([A-Z0-9@!$&(*+<>?\[^=~])(?:[ \t](.*)|\s*)$", re.DOTALL)


def sniff(head: str) -> bool:
    """Whether a text is EndNote's: a record stands at its start or after a few lines."""
    return begins(head, _SNIFF)


def read(source: Source) -> Iterator[Raw | Fault]:
    """Yield the records of a file, one at a time; each begins with "%0"."""
    with source.text() as lines:
        for record in _records(lines):
            nothing = Fault("has nothing but its type", line=record.line)
            yield _raw(record) if record.values else nothing


@dataclass(slots=True)
class _Record:
    """The values of each tag, a value in the lines that it goes over."""

    line: int
    values: dict[str, list[list[str]]] = field(default_factory=dict)
    last: list[str] = field(default_factory=list)  # the lines of the value that may go on
    size: int = 0

    def all(self, *tags: str) -> tuple[str, ...]:
        """Return the values of some tags, tag by tag."""
        found = ("\n".join(lines).strip() for tag in tags for lines in self.values.get(tag, ()))
        return tuple(filter(None, found))

    def first(self, *tags: str) -> str:
        """Return the first value of the first tag that has one, or nothing."""
        return next(iter(self.all(*tags)), "")


def _records(lines: Iterable[str]) -> Iterator[_Record]:
    record: _Record | None = None
    for number, line in enumerate(lines, 1):
        match = _LINE.match(line)
        if match and match[1] == "0":
            if record:
                yield record
            record = _Record(number)
        elif record and record.size < MOST_LINES:
            record.size += 1
            if match:
                record.last = [(match[2] or "").strip()]
                record.values.setdefault(match[1], []).append(record.last)
            elif line.strip():
                record.last.append(line.strip())
    if record:
        yield record


def _raw(record: _Record) -> Raw:
    dois = (match.group() for value in record.all("R", "U") if (match := DOI.search(value)))
    number = record.first("M")
    of_pubmed = PUBMED.search(" ".join(record.all("W", "~", "U")))
    words = (word.strip() for value in record.all("K") for word in re.split(r"[;\n]", value))
    return Raw(
        title=record.first("T", "B"),
        abstract=record.first("X"),
        authors=record.all("A") or record.all("E"),
        year=record.first("D", "8") or None,
        venue=record.first("J") or (record.first("B", "S", "I") if record.first("T") else ""),
        doi=next(dois, ""),
        pmid=number if number.isdecimal() and of_pubmed else "",
        url=record.first("U"),
        keywords=tuple(filter(None, words)),
        line=record.line,
    )
