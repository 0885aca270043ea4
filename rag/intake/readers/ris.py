"""Reads RIS, record by record: EndNote, Scopus, Web of Science, Embase, Ovid, PubMed.

The line parser is our own. rispy 0.10 reads 48,000 records/s, but gives them all at once (553 MB at
100,000), loses a record without "ER" before the end of the file, and cannot tell lines of rubbish
from lines that go on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rag.intake.readers.raw import Fault, Raw, Source
from rag.intake.readers.tagged import DOI, PUBMED, begins

NAME = "RIS"
MOST_LINES = 50_000  # of a record; what follows after so many belongs to none

# "TY  - JOUR", "TY - JOUR" and then another such line; not "TY" in a table.
_SNIFF = re.compile(
    r"^[ \t]*TY {0,2}- ?[A-Z]{2,10}[ \t]*\n(?:[ \t]*\n)*[ \t]*[A-Z][A-Z0-9] {0,2}-(?: |$)",
    re.MULTILINE,
)
# "TY  - JOUR", "TY - JOUR": how many blanks it has, the others of the record have.
_TYPE = re.compile(r"\s*TY( {0,2})- ?(.*)")
# "AB  - Sleep", "ER  -"; not "   Conclusions", nor "II - methods" where tags have two blanks.
_LINE = {
    gap: re.compile(rf"[ \t]?([A-Z][A-Z0-9]) {{{gap}}}-(?:[ \t]+(.*)|\s*)$", re.DOTALL)
    for gap in range(3)
}
_VENUES = ("JF", "T2", "JO", "JA", "BT", "C3", "J2", "J9")


def sniff(head: str) -> bool:
    """Whether a text is RIS: a record stands at its start or after a few lines."""
    return begins(head, _SNIFF)


def read(source: Source) -> Iterator[Raw | Fault]:
    """Yield the records of a file, one at a time; one ends at "ER" or where the next begins."""
    with source.text() as lines:
        for record in _records(lines):
            nothing = Fault("has nothing but its type", line=record.line)
            yield _raw(record) if record.values else nothing


@dataclass(slots=True)
class _Record:
    """The values of each tag, those of lines that go on joined by line ends."""

    line: int
    kind: str = ""
    gap: int = 2  # blanks between a tag and its hyphen
    values: dict[str, list[str]] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)  # the lines of the value that is being read
    tag: str = ""
    size: int = 0

    def add(self, line: str) -> bool:
        """Take a line in; whether it was the last of the record."""
        self.size += 1
        match = _LINE[self.gap].match(line)
        if not match:
            self.open.append(line.strip())
            return self.size > MOST_LINES
        self.close()
        self.tag = match[1]
        self.open.append((match[2] or "").strip())
        return self.tag == "ER" or self.size > MOST_LINES

    def close(self) -> None:
        """End the value that is being read."""
        value = "\n".join(self.open).strip()
        if value and self.tag and self.tag != "ER":
            self.values.setdefault(self.tag, []).append(value)
        self.open.clear()

    def all(self, *tags: str) -> Iterator[str]:
        """Yield the values of some tags, tag by tag."""
        for tag in tags:
            yield from self.values.get(tag, ())

    def first(self, *tags: str) -> str:
        """Return the first value of the first tag that has one, or nothing."""
        return next(self.all(*tags), "")


def _records(lines: Iterable[str]) -> Iterator[_Record]:
    record: _Record | None = None
    gap = 2  # as in the record before
    for number, line in enumerate(lines, 1):
        begins = _TYPE.match(line)
        if begins:
            if record:
                record.close()
                yield record
            gap = len(begins[1])
            record = _Record(number, begins[2].strip(), gap)
            continue
        if record is None:
            match = _LINE[gap].match(line)
            if not match or match[1] == "ER":
                continue  # rubbish between records
            record = _Record(number, gap=gap)  # its type is missing
        if record.add(line):
            record.close()
            yield record
            record = None
    if record:
        record.close()
        yield record


def _raw(record: _Record) -> Raw:
    titles = ("TI", "T1", "CT") + (("BT", "T2") if record.kind in ("BOOK", "EDBOOK") else ())
    title = record.first(*titles, "ST")
    venue = next((name for name in record.all(*_VENUES) if name != title), "")
    keywords = (part.strip(" ;") for value in record.all("KW") for part in re.split("[\n;]", value))
    return Raw(
        title=title,
        abstract="\n".join(record.all("AB")) or "\n".join(record.all("N2")),
        authors=tuple(_people(record)),
        year=record.first("PY", "Y1", "YR", "DA") or None,
        venue=venue,
        doi=_doi(record),
        pmid=_pmid(record),
        url=record.first("UR").split("\n")[0],
        keywords=tuple(filter(None, keywords)),
        line=record.line,
    )


def _people(record: _Record) -> Iterator[str]:
    """Yield the authors, or where there are none the editors."""
    tags = ("A1", "AU") if record.first("A1", "AU") else ("A2", "ED")
    for value in record.all(*tags):
        for name in value.replace("\n", " ").split(";"):
            plain = " ".join(name.split())
            if plain:
                yield plain


def _doi(record: _Record) -> str:
    others = (DOI.search(value) for value in record.all("M3", "L2", "L3"))
    return record.first("DO") or next((match[0] for match in others if match), "")


def _pmid(record: _Record) -> str:
    """Return the accession number where it is PubMed's; Scopus has it in a field of its own."""
    if PUBMED.search(record.first("DB", "DP")):
        return record.first("AN", "ID")
    return record.first("C2") if record.first("DB") == "Scopus" else ""
