r"""Reads BibTeX and BibLaTeX, entry by entry; what is written in TeX becomes text, maths stays.

The scanner is our own: 3,300 records/s with TeX resolved, in constant memory. bibtexparser 2.1 does
4,200/s but holds the file (964 MB at 100,000 records), leaves ``acl # " (Volume 1)"`` and TeX as
they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rag.intake.readers import tex
from rag.intake.readers.raw import Fault, Raw, Source

NAME = "BibTeX"
MOST_LINES = 50_000  # of an entry; an open brace must not hold the rest of a file
MOST_STRING = 10_000  # characters of an @string, which may double with each that names it twice
MOST_VALUE = 1_000_000  # characters of a field
_MOST_PROSE = 2_000  # characters before the first entry; Mendeley writes some

# What may stand in round brackets too; other words before one are code: "@cache(size=3)".
_ROUND = (
    r"(?:article|book(?:let)?|conference|in(?:book|collection|proceedings)|manual|misc|online"
    r"|(?:masters|phd)?thesis|proceedings|(?:tech)?report|unpublished|string|comment|preamble)"
)
_OPENED = rf"(?:[a-z]+[ \t]*\{{|{_ROUND}[ \t]*\()"
# "@article{key, title =", "@misc(, url =", "@string{acl ="; not "me@example.org", "@Test(a, b)".
_SNIFF = re.compile(
    r"(?im)^[ \t]*@[ \t]*(?:string[ \t]*[{(]\s*+[\w:.+/-]++\s*=|(?:comment|preamble)[ \t]*\{"
    rf"|{_OPENED}\s*+[^\s,{{}}()=\"]*+\s*+,\s*+[\w+-]++\s*=)"
)
# "@article{" at the start of a line or after a space or a bracket; not "me@example{".
_ENTRY = re.compile(rf"(?i)(?<![^\s}})])@[ \t]*(?={_OPENED})([a-z]+)[ \t]*([{{(])")
# "  @article{key," at the start of a line; not "see @article{key,".
_NEW_ENTRY = re.compile(rf"(?i)[ \t]*@[ \t]*{_OPENED}")
# What an entry that was closed too early leaves behind: "author = {…", ", year = 20".
_LOOSE = re.compile(r"[\s,}]*[A-Za-z][\w-]*[ \t]*=[ \t]*[{\"\d]")
# Braces and quotation marks; not those after a backslash.
_STEP = {"{": 1, "}": -1}
_MARK = re.compile(r"\\.|[{}\"]", re.DOTALL)
_ROUND_MARK = re.compile(r"\\.|[{}\")]", re.DOTALL)
# "key," at the start of an entry; not the title of "title = {".
_KEY = re.compile(r"(?!\s*[A-Za-z][\w+:.-]*\s*=\s*[{\"\d])([^,{}\"]*)(?:,|$)")
# "title =", ", bdsk-url-1 =", "author+an =".
_FIELD = re.compile(r"(?:[\s,]++|%[^\n]*+)*+([^\s={}\",#%@]++)\s*=\s*")
_BARE = re.compile(r"[^,#\n{}\"]+")
_JOINED = re.compile(r"\s*#\s*")
# After the quote that ends a value; not after those in 'the "best" of'.
_AFTER_QUOTE = re.compile(r"\s*(?:[,#}%]|$|[\w-]+\s*=)")
# "title = {Ghost"; not "booktitle = {".
_TITLE = re.compile(r"(?<![\w-])title\s*=[ \t]*[{\"]+([^\n]{1,300})", re.IGNORECASE)
# "arXiv:2101.00001 [cs]", "arXiv preprint arXiv:math/0309002"; not "see arXiv:2101.00001".
_ARXIV = re.compile(r"(?i)\s*(?:arXiv preprint )?arXiv:\s*([\w.-]+(?:/\d+)?)|abs/([\w./-]+)$")
_OUTSIDE = {mark: re.compile(rf"(?i)\\.|[{{}}]|({mark})") for mark in (" and ", ";", ",")}


def sniff(head: str) -> bool:
    """Whether a text is BibTeX: an entry stands at its start or after comments and a few lines."""
    match = None if head.lstrip()[:1] in ("<", "[", "{") else _SNIFF.search(head)
    before = head[: match.start()].splitlines() if match else ()
    prose = sum(len(line) for line in before if not line.lstrip().startswith("%"))
    return match is not None and prose <= _MOST_PROSE


def read(source: Source) -> Iterator[Raw | Fault]:
    """Yield the entries one at a time; after one with an open brace, from the next "@word{" on."""
    strings: dict[str, str] = {}
    with source.text() as lines:
        for block in _Scanner().blocks(lines):
            if block.kind not in ("comment", "preamble"):
                yield from _record(block, strings)


@dataclass(slots=True)
class _Block:
    kind: str
    text: str  # what stands between its braces
    line: int
    why: str = ""  # what is wrong with it


@dataclass(slots=True)
class _Scanner:
    """Cuts lines into blocks, "@kind{…}" or "@kind(…)", by their brackets."""

    parts: list[str] = field(default_factory=list)
    kind: str = ""  # of the open block, if one is
    start: int = 0
    depth: int = 0  # of braces, that of "@kind{" among them
    is_round: bool = False
    is_quoted: bool = False  # in an open block in round brackets, in which a quoted one is text
    last: _Block | None = None  # held until it is known that nothing of it is left over

    def blocks(self, lines: Iterable[str]) -> Iterator[_Block]:
        for number, line in enumerate(lines, 1):
            if self.kind and _NEW_ENTRY.match(line):
                yield from self._cut("has a brace that is opened and not closed")
            if self.kind or not line.lstrip().startswith("%"):
                yield from self._feed(line, number)
        if self.kind:
            yield from self._cut("has a brace that is opened and not closed when the file ends")
        if self.last:
            yield self.last

    def _feed(self, line: str, number: int) -> Iterator[_Block]:
        place = 0
        while place < len(line):
            if self.kind:
                end = self._end(line, place)
                self.parts.append(line[place : end - 1] if end else line[place:])
                place = end or len(line)
                if end or len(self.parts) > MOST_LINES:
                    yield from self._cut("" if end else "is far too long for an entry")
                continue
            found = _ENTRY.search(line, place)
            if self.last and _LOOSE.match(line, place, found.start() if found else len(line)):
                self.last.why = self.last.why or "has a brace that is closed and was not opened"
            if not found:
                return
            self.kind, self.start, place = found[1].lower(), number, found.end()
            self.is_round, self.is_quoted = found[2] == "(", False
            self.depth = 0 if self.is_round else 1

    def _end(self, line: str, place: int) -> int:
        """Return where the open block ends in a line, past its bracket; 0 if it does not."""
        if self.is_round:
            return self._end_round(line, place)
        closing = line.count("}") if not place else self.depth
        if closing < self.depth and "\\{" not in line and "\\}" not in line:
            self.depth += line.count("{") - closing
            return 0
        for match in _MARK.finditer(line, place):
            self.depth += _STEP.get(match[0], 0)
            if not self.depth:
                return match.end()
        return 0

    def _end_round(self, line: str, place: int) -> int:
        for match in _ROUND_MARK.finditer(line, place):
            self.depth += _STEP.get(match[0], 0)
            if self.depth <= 0 and match[0] == '"':
                self.is_quoted = not self.is_quoted
            if self.depth <= 0 and match[0] == ")" and not self.is_quoted:
                return match.end()
        return 0

    def _cut(self, why: str) -> Iterator[_Block]:
        if self.last:
            yield self.last
        self.last = _Block(self.kind, "".join(self.parts), self.start, why)
        self.kind = ""
        self.parts.clear()


def _record(block: _Block, strings: dict[str, str]) -> Iterator[Raw | Fault]:
    """Yield the record of an entry, or why there is none; keep what an @string defines."""
    key = None if block.kind == "string" else _KEY.match(block.text)
    try:
        if block.why:
            raise ValueError(block.why)
        fields = _fields(block.text, key.end() if key else 0, strings)
    except ValueError as error:
        title = _TITLE.search(block.text)
        found = tex.text(title[1].rstrip(' \t,"}')).strip() if title else ""
        yield Fault(str(error), found, block.line)
        return
    if block.kind == "string":
        strings |= {name: value[:MOST_STRING] for name, value in fields.items()}
    else:
        yield _raw(block, key[1].strip() if key else "", fields)


def _fields(text: str, place: int, strings: dict[str, str]) -> dict[str, str]:
    """Return the fields by their names in small letters; the first of two of a name counts."""
    fields: dict[str, str] = {}
    name = "key"
    while match := _FIELD.match(text, place):
        name = match[1].lower()
        value, place = _value(text, match.end(), strings)
        fields[name] = fields.get(name) or value
    if text[place:].strip(" \t\n,"):
        raise ValueError(f"cannot be read after its {name}; check braces and commas there")
    return fields


def _value(text: str, place: int, strings: dict[str, str]) -> tuple[str, int]:
    """Return a value, its parts joined, and where it ends."""
    value = ""
    while True:
        part = ""
        if text[place : place + 1] in ("{", '"'):
            end = _closing(text, place)
            part, place = text[place + 1 : end], end + 1
        elif bare := _BARE.match(text, place):
            part, place = bare[0].strip(), bare.end()
            part = strings.get(part.lower(), part)
        if len(value) < MOST_VALUE:
            value += part
        joined = _JOINED.match(text, place)
        if not joined:
            return value, place
        place = joined.end()


def _closing(text: str, place: int) -> int:
    """Return where what opens at ``place``, a brace or a quotation mark, is closed."""
    quoted = text[place] == '"'
    depth = 0
    for match in _MARK.finditer(text, place + quoted):
        depth += _STEP.get(match[0], 0)
        ends = depth <= 0 and (not quoted or match[0] == '"')
        if ends and (not quoted or _AFTER_QUOTE.match(text, match.end())):
            return match.start()
    raise ValueError("has a brace or a quotation mark that is opened and not closed")


def _raw(block: _Block, key: str, fields: dict[str, str]) -> Raw:
    def first(*names: str) -> str:
        return next((fields[name] for name in names if fields.get(name)), "")

    venues = ("journal", "journaltitle", "booktitle")
    if "\\url" not in fields.get("howpublished", ""):
        fields["howpublished"] = ""
    return Raw(
        title=tex.text(": ".join(filter(None, (first("title"), first("subtitle"))))),
        abstract=tex.text(first("abstract")),
        authors=tuple(_people(first("author"))),
        year=tex.text(first("year", "date")) or None,
        venue=tex.text(first(*(reversed(venues) if block.kind.startswith("in") else venues))),
        doi=tex.plain(first("doi")),
        arxiv_id=_arxiv_id(fields),
        pmid=tex.plain(first("pmid")),
        url=tex.plain(first("url", "howpublished")),
        citation_key=key,
        keywords=_words(first("keywords", "keyword", "author_keywords")),
        collections=_words(first("collections", "groups", "mendeley-groups")),
        line=block.line,
    )


def _arxiv_id(fields: dict[str, str]) -> str:
    kind = fields.get("archiveprefix") or fields.get("eprinttype", "")
    eprint = fields.get("eprint" if kind.strip("{} ").lower() == "arxiv" else "arxivid", "")
    found = (_ARXIV.match(fields.get(name, "")) for name in ("note", "number", "journal", "volume"))
    return tex.plain(eprint) or next((match[1] or match[2] for match in found if match), "")


def _people(value: str) -> Iterator[str]:
    """Yield names; an organisation's with a comma keeps its braces, by which it is told."""
    for name in _apart(" ".join(value.split()), " and "):
        plain = tex.text(name).strip()
        if "family" in plain and "=" in plain:  # BibLaTeX: "family=Meer, given=Pieter, prefix=van"
            pairs = (part.partition("=") for part in plain.split(","))
            of = {part.strip(): value.strip() for part, _, value in pairs}
            family = " ".join(filter(None, map(of.get, ("prefix", "family", "suffix"))))
            plain = f"{family}, {of.get('given', '')}"
        elif "," in plain and _is_whole(name):
            plain = f"{{{plain}}}"
        if plain and plain.lower() != "others":
            yield plain


def _words(value: str) -> tuple[str, ...]:
    parts = _apart(value[1:-1] if _is_whole(value) else value, ";" if ";" in value else ",")
    return tuple(filter(None, (tex.text(part).strip() for part in parts)))


def _is_whole(value: str) -> bool:
    return value[:1] == "{" and value[-1:] == "}" and "}" not in value[1:-1]


def _apart(value: str, mark: str) -> Iterator[str]:
    """Split at a mark outside of braces."""
    start = depth = 0
    for match in _OUTSIDE[mark].finditer(value):
        depth += _STEP.get(match[0], 0)
        if match[1] and depth <= 0:
            yield value[start : match.start()].strip()
            start = match.end()
    yield value[start:].strip()
