r"""Reads BibTeX and BibLaTeX, entry by entry; what is written in TeX becomes text, maths stays.

The scanner is our own: 3,300 records/s with TeX resolved, in constant memory. bibtexparser 2.1 does
4,200/s but holds the file (964 MB at 100,000 records), leaves ``acl # " (Volume 1)"`` and TeX as
they are. What the tables here lack goes to pylatexenc; it drops ``\textless``, fails at ``\href``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, zip_longest
from typing import Any

from rag.intake.readers.raw import Fault, Raw, Source

NAME = "BibTeX"
MOST_LINES = 50_000  # of an entry; an open brace must not hold the rest of a file
MOST_STRING = 10_000  # characters of an @string, which may double with each that names it twice
MOST_VALUE = 1_000_000  # characters of a field
_MOST_TEX = 50_000  # characters that pylatexenc is given at once
_MOST_PROSE = 2_000  # characters before the first entry; Mendeley writes some

# "@article{key, title =", "@misc{, url =", "@string{acl ="; not "me@example.org", "@Test(a, b)".
_SNIFF = re.compile(
    r"(?im)^[ \t]*@[ \t]*(?:string[ \t]*\{\s*+[\w:.+/-]++\s*=|(?:comment|preamble)[ \t]*\{"
    r"|[a-z]+[ \t]*\{\s*+[^\s,{}()=\"]*+\s*+,\s*+[\w+-]++\s*=)"
)
# "@article{" at the start of a line or after a space or a brace; not "me@example{".
_ENTRY = re.compile(r"(?<![^\s})])@[ \t]*([A-Za-z]+)[ \t]*\{")
# "  @article{key," at the start of a line; not "see @article{key,".
_NEW_ENTRY = re.compile(r"[ \t]*@[ \t]*[A-Za-z]+[ \t]*\{")
# What an entry that was closed too early leaves behind: "author = {…", ", year = 20".
_LOOSE = re.compile(r"[\s,}]*[A-Za-z][\w-]*[ \t]*=[ \t]*[{\"\d]")
# Braces and quotation marks; not those after a backslash.
_STEP = {"{": 1, "}": -1}
_MARK = re.compile(r"\\.|[{}\"]", re.DOTALL)
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
# "$F_1$", "$$x$$", "\(x\)"; not "\$8", "$5 and 6 of $7".
_MATHS = re.compile(
    r"(?s)(?<!\\)(?:\$\$[^$]{1,2000}\$\$|\$(?=[^$]{0,2000}[\\^_{}=<>+]|[^\s$]+\$)"
    r"(?:\\.|[^$\\]){1,2000}\$|\\\([^$]{1,300}?\\\))"
)
_LETTER = r"[^\W\d_][\u0300-\u036f]*"
# "\"{\i}", "\'e", "\c{s}", "\v c"; not "\cite{s}", "\'{}".
_ACCENT = re.compile(
    rf"\\(?:([\"'`^~=.])\s?|([uvHcdbkr])(?:\s|(?=\{{)))"
    rf"(?:\{{\\?({_LETTER})\s?\}}|\\([ij])(?![A-Za-z])\s?|({_LETTER}))"
)
_CODES = "300 301 302 303 304 306 307 308 30a 30b 30c 323 327 328 331".split()
_MARKS = {mark: chr(int(code, 16)) for mark, code in zip("`'^~=u.\"rHvdckb", _CODES, strict=True)}
# Gone with what it holds: "\href{https://x.org}", "\cite[p. 1]{key}"; not "\emph{key}".
_GONE = re.compile(r"\\(?:href|noop|cite[a-z]*\*?(?:\[[^][{}]*\])*)\s?\{[^{}]*\}")
# Any command, a tie, quotes and dashes.
_SIGN = re.compile(r"\\(?:([A-Za-z]+)(?:\{\}|\s?)|(.)(?:(?<=[~^])\{\})?)|~|``|''|---?", re.DOTALL)
_SIGNS = {"~": " ", "``": "“", "''": "”", "--": "–", "---": "—"}
_ESCAPED = {char: char for char in "%&_$#'\"{}~^"} | dict.fromkeys(" ,;:>\\\n\t", " ")
_ESCAPED |= dict.fromkeys("!/-@", "")
_COMMANDS = dict(
    pair.split("=", 1)
    for pair in r"""textless=< textgreater=> textasciitilde=~ textasciicircum=^ textbar=|
    textbackslash=\ textunderscore=_ textdollar=$ textquotesingle=' textquotedbl=" textendash=–
    textemdash=— textbraceleft={ textbraceright=} textquoteleft=‘ textquoteright=’ textellipsis=…
    textquotedblleft=“ textquotedblright=” texttimes=× textpm=± textdegree=° textmu=μ o=ø O=Ø
    l=ł L=Ł aa=å AA=Å ae=æ AE=Æ oe=œ OE=Œ ss=ß i=ı j=ȷ dh=ð DH=Ð dj=đ DJ=Đ th=þ TH=Þ textalpha=α
    textbeta=β textgamma=γ textdelta=δ textepsilon=ε textkappa=κ textlambda=λ textsigma=σ
    textomega=ω textit= textbf= textsc= textrm= textsf= texttt= textup= textsl= textnormal= url=
    textsubscript= textsuperscript= emph= em= it= bf= mbox=""".split()
)
# Characters of no text stand for maths and for what TeX must not take for its own.
_HELD = "\ufdd0"
_HOLD = str.maketrans("{}\\", "\ufdd1\ufdd2\ufdd3")
_HOLD_MORE = str.maketrans("%$&#~^_", "\ufdd4\ufdd5\ufdd6\ufdd7\ufdd8\ufdd9\ufdda")
_FREE = {held: sign for sign, held in (_HOLD | _HOLD_MORE).items()} | dict.fromkeys(map(ord, "{}"))
_TEX = re.compile(r"[\\{}$~]|``|''|--")
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
    """Cuts lines into blocks, "@kind{…}", by their braces."""

    parts: list[str] = field(default_factory=list)
    kind: str = ""  # of the open block, if one is
    start: int = 0
    depth: int = 0
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
            self.depth = 1

    def _end(self, line: str, place: int) -> int:
        """Return where the open block ends in a line, past its brace; 0 if it does not."""
        closing = line.count("}") if not place else self.depth
        if closing < self.depth and "\\{" not in line and "\\}" not in line:
            self.depth += line.count("{") - closing
            return 0
        for match in _MARK.finditer(line, place):
            self.depth += _STEP.get(match[0], 0)
            if not self.depth:
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
        found = _text(title[1].rstrip(' \t,"}')).strip() if title else ""
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
        title=_text(": ".join(filter(None, (first("title"), first("subtitle"))))),
        abstract=_text(first("abstract")),
        authors=tuple(_people(first("author"))),
        year=_text(first("year", "date")) or None,
        venue=_text(first(*(reversed(venues) if block.kind.startswith("in") else venues))),
        doi=_plain(first("doi")),
        arxiv_id=_arxiv_id(fields),
        pmid=_plain(first("pmid")),
        url=_plain(first("url", "howpublished")),
        citation_key=key,
        keywords=_words(first("keywords", "keyword", "author_keywords")),
        collections=_words(first("collections", "groups", "mendeley-groups")),
        line=block.line,
    )


def _arxiv_id(fields: dict[str, str]) -> str:
    kind = fields.get("archiveprefix") or fields.get("eprinttype", "")
    eprint = fields.get("eprint" if kind.strip("{} ").lower() == "arxiv" else "arxivid", "")
    found = (_ARXIV.match(fields.get(name, "")) for name in ("note", "number", "journal", "volume"))
    return _plain(eprint) or next((match[1] or match[2] for match in found if match), "")


def _people(value: str) -> Iterator[str]:
    """Yield names; an organisation's with a comma keeps its braces, by which it is told."""
    for name in _apart(" ".join(value.split()), " and "):
        plain = _text(name).strip()
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
    return tuple(filter(None, (_text(part).strip() for part in parts)))


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


def _text(value: str) -> str:
    """Return a value without TeX, but for maths."""
    if not _TEX.search(value):
        return value
    value = value.replace(_HELD, "")
    maths = _MATHS.findall(value)
    value = _MATHS.sub(_HELD, value)
    for _ in range(4):  # "\~{\^{e}}" has two
        value = _ACCENT.sub(lambda m: (m[3] or m[4] or m[5]) + _MARKS[m[1] or m[2]], value)
    value = unicodedata.normalize("NFC", value)
    value = _SIGN.sub(_sign, _GONE.sub("", value))
    if "\\" in value:
        value = _by_pylatexenc(value, len(maths))
    plain = value.translate(_FREE)
    return "".join(chain(*zip_longest(plain.split(_HELD), maths, fillvalue="")))


def _plain(value: str) -> str:
    """Return an identifier or address: signs and braces resolved, dashes and ties as they are."""
    signs = _SIGN.sub(lambda match: _sign(match) if match[0][0] == "\\" else match[0], value)
    return signs.translate(_FREE).strip()


def _sign(match: re.Match[str]) -> str:
    table, sign = (_COMMANDS, match[1]) if match[1] else (_ESCAPED, match[2])
    found = table.get(sign) if sign else _SIGNS[match[0]]
    return match[0] if found is None else found.translate(_HOLD)


def _by_pylatexenc(value: str, held: int) -> str:
    """Resolve the commands that are left; where that fails, leave them out."""
    value = value.translate(_HOLD_MORE)
    if len(value) <= _MOST_TEX:
        with suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError):
            text = str(_converter().latex_to_text(value))
            if text.count(_HELD) == held:
                return text
    return _SIGN.sub("", value)


@cache
def _converter() -> Any:  # pylatexenc has no types
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="text", keep_comments=True)
