"""Reads MEDLINE, the text that PubMed gives (.nbib): tags of four letters, then a hyphen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rag.intake.readers.raw import Fault, Raw, Source
from rag.intake.readers.tagged import begins

NAME = "MEDLINE"
MOST_LINES = 50_000  # of a record; the rest is left out

# "PMID- 39600001" and then another such line; not "PMID: 39600001".
_SNIFF = re.compile(
    r"^(?:PMID- ?\d+[ \t]*\n(?:[ \t]*\n)?|(?:OWN |STAT)- \w[^\n]*\n)[A-Z]{2,4} {0,2}- ",
    re.MULTILINE,
)
# "PMID- 1", "AB  - Sleep", "OT  -"; not "      AND-gates", "TNF- alpha", "COVID- 19".
_LINE = re.compile(r"(?=.{4}-)([A-Z][A-Z0-9]{1,3}) {0,2}-(?:[ \t](.*)|\s*)$", re.DOTALL)
# "10.1000/x" of "10.1000/x [doi]"; not "rsbl20240472 [pii]".
_DOI = re.compile(r"(\S+)\s*\[doi\]", re.IGNORECASE)
# "arXiv:2403.01234v2" of "arXiv:2403.01234v2 [pii]".
_ARXIV = re.compile(r"arXiv:(\S+)\s*\[pii\]", re.IGNORECASE)
# What PubMed writes for a title that it has only in another language.
_NO_TITLE = re.compile(r"\[?not available\]?\.?", re.IGNORECASE)
_ONCE = frozenset("PMID OWN STAT TI DP TA JT AB".split())  # tags that a record has once


def sniff(head: str) -> bool:
    """Whether a text is MEDLINE: a record stands at its start or after a few lines."""
    return begins(head, _SNIFF)


def read(source: Source) -> Iterator[Raw | Fault]:
    """Yield the records of a file, one at a time; each begins with "PMID" or after a blank line."""
    with source.text() as lines:
        for record in _records(lines):
            yield _raw(record)


@dataclass(slots=True)
class _Record:
    """The tags and values in their order; a value is in the lines that it was wrapped into."""

    line: int
    values: list[tuple[str, list[str]]] = field(default_factory=list)
    size: int = 0

    def all(self, *tags: str) -> Iterator[str]:
        """Yield the values of some tags, tag by tag."""
        for wanted in tags:
            for tag, lines in self.values:
                if tag == wanted and (value := " ".join(lines).strip()):
                    yield value

    def first(self, *tags: str) -> str:
        """Return the first value of the first tag that has one, or nothing."""
        return next(self.all(*tags), "")

    def has(self, tag: str) -> bool:
        """Whether the tag was there."""
        return any(tag == there for there, _ in self.values)


def _records(lines: Iterable[str]) -> Iterator[_Record]:
    record: _Record | None = None
    blank = False  # whether a blank line came right before
    for number, line in enumerate(lines, 1):
        match = _LINE.match(line)
        if match:
            if record is None or _begins(match[1], record, after_blank=blank):
                if record:
                    yield record
                record = _Record(number)
            if record.size < MOST_LINES:
                record.values.append((match[1], [(match[2] or "").strip()]))
        elif record and line.strip() and record.size < MOST_LINES and not _rubbish(line, blank):
            record.values[-1][1].append(line.strip())
        if record:
            record.size += 1
        blank = not line.strip()
    if record:
        yield record


def _begins(tag: str, record: _Record, *, after_blank: bool) -> bool:
    """Whether a tag begins the next record; a blank line may also stand within one."""
    if tag == "PMID":
        return True
    return after_blank and ((tag in _ONCE and record.has(tag)) or not record.has("PMID"))


def _rubbish(line: str, blank: bool) -> bool:
    """Whether a line that goes on does not: after a blank one it must be indented."""
    return blank and not line.startswith(" ")


def _raw(record: _Record) -> Raw:
    found = record.first("TI")
    title = record.first("TI", "BTI", "TT")
    if _NO_TITLE.fullmatch(found):
        title = record.first("TT") or title
    ids = list(record.all("LID", "AID"))
    dois = (match[1] for value in ids if (match := _DOI.search(value)))
    preprints = (match[1] for value in ids if (match := _ARXIV.match(value)))
    words = (word.replace("/*", "/").lstrip("*").strip() for word in record.all("OT", "MH"))
    return Raw(
        title=title,
        abstract=record.first("AB", "OAB"),
        authors=tuple(_people(record)),
        year=record.first("DP") or None,
        venue=record.first("JT", "TA") or (record.first("BTI") if found else ""),
        doi=next(dois, ""),
        arxiv_id=next(preprints, ""),
        pmid=record.first("PMID"),
        keywords=tuple(filter(None, words)),
        line=record.line,
    )


def _people(record: _Record) -> Iterator[str]:
    """Yield the authors in their order; a short name after its full one does not count.

    A group's name with a comma is in braces, by which it is told.
    """
    full = 0  # full names whose short ones are to come
    for tag, lines in record.values:
        name = " ".join(lines).strip()
        if tag == "AU" and full:
            full -= 1
        elif tag in ("FAU", "AU", "CN") and name:
            full += tag == "FAU"
            yield f"{{{name}}}" if tag == "CN" and "," in name else name
