"""Reads papers from files: one module a format, told by what a file holds, not by its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.errors import InputError, ReadError
from rag.intake.readers import (
    atom,
    bibtex,
    clean,
    digest,
    endnote_xml,
    medline,
    pubmed_xml,
    records_json,
    refer,
    ris,
    sources,
    tables,
)
from rag.intake.readers.draft import (
    Reading,
    complete,
    completed,
    derive_id,
    differ_in_ids,
    has_derived_id,
    is_same_work,
    near_key,
    title_key,
)
from rag.intake.readers.raw import Fault, Raw, Source
from rag.records import Paper, Problem

__all__ = [
    "KINDS",
    "Fault",
    "Raw",
    "Reading",
    "columns",
    "completed",
    "derive_id",
    "differ_in_ids",
    "gathered",
    "has_derived_id",
    "is_same_work",
    "near_key",
    "parsed",
    "read",
    "read_all",
    "title_key",
    "why_not",
]


class _Format(Protocol):
    """What every reader of a format has."""

    @property
    def NAME(self) -> str: ...  # noqa: N802  # a constant of the module

    def sniff(self, head: str, /) -> bool: ...

    def read(self, source: Source, /) -> Iterator[Raw | Fault]: ...


# The strictest first: what the first takes no other may claim.
_FORMATS: tuple[_Format, ...] = (
    pubmed_xml,
    endnote_xml,
    atom,
    records_json,
    bibtex,
    medline,
    ris,
    refer,
    tables,
    digest,
)
_INITIALS_BEHIND = frozenset({"RIS", "MEDLINE", "CSV"})  # "Svensson K" is how these write a name
KINDS = (
    "BibTeX, RIS, EndNote and PubMed (text and XML), Web of Science, CSV and Excel tables, JSON, "
    "JSON Lines, arXiv Atom, digest pages, and .zip or .gz of these"
)
PIECE = 500  # papers that are held at a time
_LONGEST = 60  # characters of a title in a message


def read(path: Path) -> Iterator[Reading]:
    """Read a file, or every file below a folder in name order; in pieces of at most ``PIECE``.

    What cannot be used is a problem of its ``Reading``, so that one bad file of many does not stop
    the rest. A file of no known kind is named with what it looks like.

    Raises:
        ReadError: the path itself is missing, no plain file, of no known kind, or a folder that
            cannot be listed or holds nothing.
    """
    _check(path)
    if path.is_dir():
        yield from _read_folder(path)
        return
    for source in sources.opened(path):
        if isinstance(source, Fault):
            yield Reading.failed(path, source.why)
        elif form := _format_of(source):
            yield from _pieces(source, form)


def parsed(name: str, body: bytes, kind: str) -> list[Raw | Fault]:
    """Read the records of a service's reply, which must be of a kind: a reader's ``NAME``.

    Raises:
        ReadError: it is something else, such as a web page; the message says what.
    """
    source = sources.held(name, body)
    if isinstance(source, Fault):
        raise ReadError(source.why)
    form = next(form for form in _FORMATS if kind == form.NAME)
    if not form.sniff(source.head):
        raise ReadError(_unknown(source))
    return [*form.read(source)]


def read_all(paths: Iterable[Path]) -> Iterator[Reading]:
    """Read files and folders, each once, after a look at whether all of them can be read.

    Raises:
        ReadError: as ``read``; before anything has been given out.
    """
    unique = list(dict.fromkeys(paths))
    for path in unique:
        _check(path)
    return (reading for path in unique for reading in read(path))


def why_not(path: Path) -> str:
    """Say why a file cannot be read at all; nothing where it can be tried."""
    try:
        _check(path)
    except ReadError as error:
        return str(error).removeprefix(f"{path} ")
    return ""


def _check(path: Path) -> None:
    if path.is_dir():
        next(_read_folder(path))
        return
    if not path.exists():
        raise ReadError(f"{path} does not exist; check the spelling")
    if not path.is_file():
        raise ReadError(f"{path} is not a plain file; copy what it gives into one")
    for source in sources.opened(path):
        if isinstance(source, Source) and _format_of(source) is None:
            raise ReadError(f"{source.name} {_unknown(source)}; readable are {KINDS}")


def columns(path: Path) -> dict[str, str]:
    """Return which column of a table is taken for which field, to be shown; empty for no table."""
    for source in sources.opened(path):
        if isinstance(source, Source) and _format_of(source) is tables:
            return tables.columns_of(source.head)
    return {}


def _read_folder(folder: Path) -> Iterator[Reading]:
    try:
        files = sorted(
            entry
            for entry in folder.rglob("*")
            if entry.is_file()
            and not any(part.startswith(".") for part in entry.relative_to(folder).parts)
        )
    except OSError as error:
        why = error.strerror
        raise ReadError(f"{folder} cannot be listed ({why}); check its rights") from error
    if not files:
        raise ReadError(f"{folder} holds no file; readable are {KINDS}")
    for entry in files:
        for source in sources.opened(entry):
            if isinstance(source, Fault):
                yield Reading.failed(entry, source.why)
            elif (form := _format_of(source)) is None:
                yield Reading.failed(Path(source.name), _unknown(source))
            else:
                yield from _pieces(source, form)


def _format_of(source: Source) -> _Format | None:
    if source.encoding == "xlsx":
        return _XLSX
    return next((form for form in _FORMATS if form.sniff(source.head)), None)


@dataclass(frozen=True, slots=True)
class _Xlsx:
    """Excel's own files, which the reader of tables reads too."""

    NAME: str = "Excel"

    def sniff(self, _head: str) -> bool:
        return False

    def read(self, source: Source) -> Iterator[Raw | Fault]:
        return tables.read_xlsx(source)


_XLSX = _Xlsx()


def _unknown(source: Source) -> str:
    """Say what a text that no reader takes looks like."""
    head = source.head.lstrip()
    low = head[:2_000].lower()
    if low.startswith(("<!doctype html", "<html")):
        looks = "a web page"
    elif head.startswith("<"):
        looks = f"XML ({head[:40].split(chr(10))[0]!r})"
    elif head.startswith(("{", "[")):
        looks = "JSON without records of papers"
    elif "\\documentclass" in low:
        looks = "a LaTeX document"
    else:
        looks = f"a text that begins {' '.join(head.split())[:40]!r}"
    return f"is of no known kind: it looks like {looks}"


def _pieces(source: Source, form: _Format) -> Iterator[Reading]:
    """Read one source piece by piece."""
    empty = True
    behind = form.NAME in _INITIALS_BEHIND
    for reading in gathered(source.name, _records(source, form), initials_behind=behind):
        empty = False
        yield reading
    if empty:
        why = f"has no record in it ({form.NAME})"
        yield Reading(source.name, problems=(Problem(source.name, None, why),))


def gathered(
    name: str, records: Iterable[Raw | Fault], *, initials_behind: bool = False
) -> Iterator[Reading]:
    """Make papers of records, wherever they came from; in pieces of at most ``PIECE``.

    ``name`` is what messages call where they came from.
    """
    papers: list[Paper] = []
    lines: list[int | None] = []
    problems: list[Problem] = []
    given: dict[str, str] = {}
    for one in records:
        if isinstance(one, Fault):
            problems.append(_problem(name, one))
        else:
            try:
                paper = complete(one, name, initials_behind=initials_behind)
                if one.id and (before := given.get(paper.id)):
                    raise InputError(f"has the id of {before}, {paper.id!r}; give each its own")
                if one.id:
                    given[paper.id] = _place(one)
                papers.append(paper)
                lines.append(one.line)
            except InputError as error:
                title = clean.line(one.title)
                problems.append(_problem(name, Fault(str(error), title, one.line, one.number)))
        if len(papers) + len(problems) >= PIECE:
            yield Reading(name, tuple(papers), tuple(problems), tuple(lines))
            papers, problems, lines = [], [], []
    if papers or problems:
        yield Reading(name, tuple(papers), tuple(problems), tuple(lines))


def _records(source: Source, form: _Format) -> Iterator[Raw | Fault]:
    """Yield the records of a source; what breaks while it is read is a fault at its end."""
    try:
        yield from form.read(source)
    except (OSError, EOFError) as error:
        yield Fault(f"cannot be read to its end ({getattr(error, 'strerror', None) or error})")


def _place(raw: Raw) -> str:
    return f"line {raw.line}" if raw.line else f"record {raw.number}"


def _problem(path: str, fault: Fault) -> Problem:
    title = " ".join(fault.title.split())
    short = title if len(title) <= _LONGEST else title[: _LONGEST - 1] + "…"
    about = f"{short!r} " if short else ""
    record = f"record {fault.number}: " if fault.number and not fault.line else ""
    return Problem(path, fault.line, f"{record}{about}{fault.why}")
