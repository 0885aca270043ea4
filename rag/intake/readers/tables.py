"""Reads tables of papers: CSV, TSV and Excel, whatever their columns are called.

A table has a line of column names, at least one for titles and one for abstracts. Scopus, Web of
Science, Zotero, ASReview and the like each have their own; ``columns`` tells which is taken.
"""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TextIO

from rag.intake.readers.raw import Fault, Raw, Source

NAME = "CSV"
MAX_FIELD = 1_000_000  # characters; the affiliations of 3,000 authors have 600,000
MAX_LINE = 8_000_000  # characters; the rest of a longer one counts as another
MAX_LIST = 200_000  # characters of a list as Python writes it

# What columns are called, best first, in lower case without spaces and signs.
_NAMES: dict[str, str] = {
    "title": """title articletitle primarytitle documenttitle papertitle itemtitle originaltitle
        fulltitle worktitle displayname titel titre titulo titolo 标题 题名 论文标题 タイトル""",
    "abstract": """abstract abstractnote notesabstract abstracttext abstracts paperabstract
        zusammenfassung kurzfassung resume resumen resumo riassunto 摘要 要旨 summary""",
    "authors": """authorfullnames authorsfullnames fullauthornames authors author authornames
        authorsnames authorlist creators creator autoren autor auteurs autores autori verfasser
        作者 著者""",
    "year": """year publicationyear pubyear publishedyear yearpublished yearofpublication
        publicationdate dateofpublication pubdate published publisheddate coverdate issued date
        jahr annee anno ano 年 出版年 发表时间""",
    "venue": """venue sourcetitle journal journalbook journaltitle journalname journalref
        publicationtitle containertitle secondarytitle pubtitle booktitle publicationname
        publication conference conferencename zeitschrift revue revista rivista 期刊 source""",
    "doi": "doi digitalobjectidentifier itemdoi articledoi doilink doiurl",
    "arxiv_id": "arxivid arxiv eprint",
    "pmid": "pmid pubmedid pubmed",
    "keywords": """keywords authorkeywords keyword manualtags tags schlagworter schlagworte motscles
        palabrasclave 关键词""",
    "url": """url link articleurl documenturl webaddress permalink sourceurl sourceurls externalurl
        landingpageurl""",
    "citation_key": "citationkey citekey bibtexkey bibtexcitekey bibkey",
    "collections": "collections collection folders folder",
}
# What Web of Science calls them; "de" and "so" mean this only beside "ti" and "ab".
_CODES: dict[str, str] = {"title": "ti", "abstract": "ab", "authors": "af au", "year": "py ea"}
_CODES |= {"venue": "so", "doi": "di", "pmid": "pm", "keywords": "de id"}
_ACCENTS = str.maketrans("áàâäãåçéèêëíìîïñóòôöõúùûü", "aaaaaaceeeeiiiinooooouuuu")
_SEPARATORS = ",;\t|"
# What openpyxl raises for a file that is no workbook, or a broken one.
_NO_WORKBOOK = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, EOFError),
    *(zipfile.BadZipFile, zlib.error, SyntaxError),  # of which XML's own error is one
)

# The id in "Ångström, Lena (58975547800)"; not the year in "Report (2020) of A".
_AUTHOR_ID = re.compile(r"\s*\(\d+\)\s*$")
# "[No author name available]", "No authors listed"; not "Noam Author".
_NO_AUTHOR = re.compile(r"\[?\s*no authors?\b.*", re.IGNORECASE)
# What lies between semicolons, of which that of "M&uuml;ller" is none.
_BETWEEN_SEMICOLONS = re.compile(r"(?:&(?:#\w{1,7}|[a-zA-Z]{2,8});|[^;])+")
# "A and B", "A, and B", "A & B"; not "Anderson", "A&B".
_AND = re.compile(r",?\s+(?:and|&)\s+")
# "J.", "A.-B.", "J. R."; not "John", "J".
_INITIALS = re.compile(r"(?:\w\.[ -]?)+")
# A list of strings as Python and numpy write it: "['A', \"B's\"]", "['A' 'B']"; not "[A, B]".
_STRING = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_LIST = re.compile(rf"\[\s*(?:(?:{_STRING.pattern}|None)[\s,]*)*\]", re.DOTALL)
# The backslash before a quote or another; not that of "\n".
_ESCAPED = re.compile(r"\\(['\"\\])")
# "王小明", "山田・太郎"; not "Wei Li".
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af・]+")


def columns(header: Sequence[str]) -> dict[str, str]:
    """Return which columns of a table are taken, by the field of ``Raw`` that they fill."""
    plain: dict[str, str] = {}
    for name in header:
        plain.setdefault(_plain(name), name)
    has_codes = "ti" in plain and "ab" in plain
    found: dict[str, str] = {}
    for field, spellings in (_CODES if has_codes else _NAMES).items():
        for one in spellings.split():
            if one in plain:
                found.setdefault(field, plain[one])
    return found


def columns_of(head: str) -> dict[str, str]:
    """Return the same for a text; none if it begins with no names of columns."""
    form = _form(head)
    return columns(form.header) if form else {}


def _plain(name: str) -> str:
    # Letters and digits of any script: "Author(s) ID" → "authorsid", "Título" → "titulo".
    return re.sub(r"[\W_]+", "", name.lower().translate(_ACCENTS))


@dataclass(frozen=True, slots=True)
class _Form:
    """How a table is written, and the places of its columns."""

    separator: str
    header: tuple[str, ...]
    is_quoted: bool
    skipped: int  # lines before the names

    @property
    def places(self) -> dict[str, int]:
        return {field: self.header.index(name) for field, name in columns(self.header).items()}


def sniff(head: str) -> bool:
    """Whether a text begins with the names of columns, of titles and of abstracts among them."""
    return {"title", "abstract"} <= columns_of(head).keys()


def _form(head: str) -> _Form | None:
    """Tell how a table is written: by the separator that makes most of its first line."""
    lines = head.removeprefix("\ufeff").split("\n")
    skipped = next((place for place, line in enumerate(lines) if line.strip()), 0)
    separators = _SEPARATORS
    if told := re.fullmatch(r'"?sep=([,;\t|])"?\s*', lines[skipped]):  # Excel's own hint
        skipped, separators = skipped + 1, told[1]
    best: _Form | None = None
    most = 0
    for separator in separators:
        header = _first(lines[skipped:], separator)
        found = columns(header)
        score = len(found) + 100 * ("title" in found) + 100 * ("abstract" in found)
        if len(header) > 1 and "title" in found and score > most:
            is_quoted = not (separator == "\t" and found["title"] == "TI")
            best, most = _Form(separator, tuple(header), is_quoted, skipped), score
    return best


def _first(lines: Sequence[str], separator: str) -> list[str]:
    try:
        row = next(csv.reader([line + "\n" for line in lines[:50]], delimiter=separator))
    except (csv.Error, StopIteration):
        return []
    return [name.strip() for name in row]


def read(source: Source) -> Iterator[Raw | Fault]:
    """Read a table row by row; one that does not fit its columns is a fault, the rest is read."""
    form = _form(source.head)
    if form is None or not {"title", "abstract"} <= columns(form.header).keys():
        lacks = "abstracts" if form else "titles and abstracts"
        yield Fault(f"has no column that is called like {lacks}", line=1)
        return
    if csv.field_size_limit() < MAX_FIELD:  # of the whole process, 131,072 by itself
        csv.field_size_limit(MAX_FIELD)
    with source.text() as stream:
        lines = _Lines(stream)
        for _ in range(form.skipped):
            next(lines, None)
        rows = _rows(lines, form)
        next(rows, None)  # the names
        yield from _records(rows, lines, form)


def _records(
    rows: Iterator[tuple[int, list[str] | str]], lines: _Lines, form: _Form
) -> Iterator[Raw | Fault]:
    width, places = len(form.header), form.places
    told = 0  # the last line of a part that a fault was given for
    in_doubt = False  # whether a row may be the rest of a broken one: it has half a pair of quotes
    for line, row in rows:
        if isinstance(row, str):
            in_doubt = True
            if line > told:
                yield Fault(row, line=line)
            continue
        if len(row) > width and not any(cell.strip() for cell in row[width:]):
            del row[width:]  # Web of Science ends each row with a tab
        is_rest = in_doubt and form.is_quoted and any(cell.count('"') % 2 for cell in row)
        if len(row) == width and not is_rest:
            in_doubt = False
            if any(cell.strip() for cell in row):
                yield _raw({field: row[place] for field, place in places.items()}, line)
            continue
        if not row or line <= told:
            continue
        title = row[places["title"]] if len(row) > places["title"] and not is_rest else ""
        why = "is the rest of a broken row" if is_rest else f"has {len(row)} fields, not {width}"
        yield Fault(why, title[:300], line=line)
        in_doubt = True
        if lines.number > line:  # a quote too many may have joined rows
            told = lines.number
            lines.go_back()


class _Lines:
    """The lines of a file, numbered from 1, which can go back to after a record's first."""

    def __init__(self, stream: TextIO) -> None:
        self._fresh = iter(lambda: stream.readline(MAX_LINE), "")
        self._again: list[str] = []  # to be read again, the last first
        self._taken: list[str] = []  # since the record began
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._fresh)
        self._taken.append(line)
        self.number += 1
        return line

    def begin(self) -> None:
        """Begin a record."""
        self._taken.clear()

    def go_back(self) -> str:
        """Go back to the line after the one that the record began with; return that one."""
        first, *again = self._taken
        self.number -= len(again)
        self._again += reversed(again)
        self._taken.clear()
        return first


def _rows(lines: _Lines, form: _Form) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each row with the line it begins at, or why it could not be read."""
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if form.is_quoted else csv.QUOTE_NONE

    def reader() -> Iterator[list[str]]:
        return csv.reader(lines, delimiter=form.separator, strict=True, quoting=quoting)

    rows = reader()
    while True:
        lines.begin()
        line = lines.number + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            cells = lines.go_back().rstrip("\n").split("\t")
            rows = reader()
            # Between tabs a quote may be a letter like any other.
            is_plain = form.separator == "\t" and len(cells) == len(form.header)
            yield line, cells if is_plain and "expected after" in str(error) else _why(error)
            continue
        yield line, row


def _why(error: csv.Error) -> str:
    if "expected after" in str(error):
        return "has a quote inside of a quoted field; double it"
    return f"has a quote that is never closed, or too long a field ({error})"


def _raw(row: Mapping[str, str], line: int) -> Raw:
    return Raw(
        title=row["title"],
        abstract=row["abstract"],
        authors=people(row.get("authors", "")),
        year=row.get("year") or None,
        venue=row.get("venue", ""),
        doi=row.get("doi", ""),
        arxiv_id=row.get("arxiv_id", ""),
        pmid=row.get("pmid", ""),
        url=row.get("url", ""),
        citation_key=row.get("citation_key", ""),
        keywords=words(row.get("keywords", "")),
        collections=words(row.get("collections", "")),
        line=line,
    )


def people(text: str) -> tuple[str, ...]:
    """Return the names of a cell: parted by ";", else " and ", else "|", else commas."""
    text = " ".join(text.split())
    names = spelled(text)
    if names is None:
        if ";" in text:
            names = _BETWEEN_SEMICOLONS.findall(text)
        elif len(parts := _AND.split(text)) > 1:
            is_turned = all(part.count(",") == 1 for part in parts)  # "Smith, J. and Doe, A."
            names = parts if is_turned else [name for part in parts for name in _by_comma(part)]
        else:
            names = text.split("|") if "|" in text else _by_comma(text)
    found = (_AUTHOR_ID.sub("", name).strip() for name in names)
    return tuple(name for name in found if name and not _NO_AUTHOR.fullmatch(name))


def _by_comma(text: str) -> list[str]:
    """Part "Wei Li, Ana Gómez" and "Smith, J., Doe, A."; leave "Smith, John" whole."""
    parts = [part.strip() for part in re.split("[,，、]", text) if part.strip()]
    families, given = parts[::2], parts[1::2]
    if len(families) == len(given) and all(_INITIALS.fullmatch(part) for part in given):
        return [f"{family}, {initials}" for family, initials in zip(families, given, strict=True)]
    if all(" " in part for part in parts) or all(_CJK.fullmatch(part) for part in parts):
        return parts
    return [text]


def words(text: str) -> tuple[str, ...]:
    """Return the keywords of a cell: parted by ";", else "|", else ","."""
    parts = spelled(text)
    if parts is None:
        parts = text.split(next((one for one in ";|," if one in text), ";"))
    return tuple(part.strip() for part in parts if part.strip())


def spelled(text: str) -> list[str] | None:
    """Return a list that is written as Python or numpy write it; None when it is none."""
    text = text.strip()
    if len(text) > MAX_LIST or not _LIST.fullmatch(text):
        return None
    return [_ESCAPED.sub(r"\1", one[1:-1]) for one in _STRING.findall(text)]


def read_xlsx(source: Source) -> Iterator[Raw | Fault]:
    """Read the first sheet of an Excel workbook that has columns for titles and abstracts."""
    try:
        import openpyxl  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ImportError:
        yield Fault("reading .xlsx needs openpyxl; install cited-rag[xlsx]")
        return
    with source.binary() as stream:
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            for sheet in book.worksheets:
                rows = enumerate(map(_cells, sheet.iter_rows(values_only=True)), 1)
                header = next((row for _, row in rows if any(row)), [])
                places = {field: header.index(name) for field, name in columns(header).items()}
                if {"title", "abstract"} <= places.keys():
                    for line, row in rows:
                        cells = row + [""] * (len(header) - len(row))
                        if any(cells):
                            yield _raw({field: cells[at] for field, at in places.items()}, line)
                    return
        except _NO_WORKBOOK as error:
            yield Fault(f"is a broken Excel workbook ({error})")
            return
    yield Fault("has no sheet with columns that are called like titles and abstracts")


def _cells(row: Sequence[object]) -> list[str]:
    return ["" if cell is None else str(cell).strip() for cell in row]
