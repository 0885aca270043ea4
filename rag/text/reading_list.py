"""Carries a reading list away: quotations with notes, a table, and its papers as bibliography.

Pure: stars and papers in, text out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Literal, get_args

from rag.errors import InputError
from rag.records import Citation, Paper
from rag.text import export
from rag.text.citations import address
from rag.text.export import Reference, escaped, one_line
from rag.text.readable import without_controls

Format = Literal["markdown", "bibtex", "ris", "csl-json", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
SUFFIXES: Mapping[str, str] = dict(export.SUFFIXES) | {"csv": ".csv"}

PAPER = -2  # where a star is on the paper itself; -1 is its title
GONE = "No longer in the library."
CHANGED = "The abstract has changed since."
COLUMNS = ("title", "authors", "year", "venue", "doi", "url", "sentence", "note", "added")


@dataclass(frozen=True, slots=True)
class Star:
    """A paper of a reading list, or a sentence of one as it was then, and what was noted.

    ``start`` is -2 for the paper, -1 for its title; ``added`` is in seconds since 1970.
    """

    paper_id: str
    start: int
    title: str
    sentence: str = ""
    note: str = ""
    added: float = 0.0


def by_paper(stars: Sequence[Star]) -> list[list[Star]]:
    """Put together what is starred of each paper; stars of a paper stand side by side."""
    return [list(group) for _, group in groupby(stars, key=lambda star: star.paper_id)]


def paper_of(star: Star, papers: Mapping[str, Paper]) -> Paper:
    """Return the paper of a star; of one that is no longer there what was kept of it."""
    return papers.get(star.paper_id) or Paper(star.paper_id, star.title, "")


def standing(star: Star, papers: Mapping[str, Paper]) -> str:
    """Say what has become of a star's paper or sentence since; empty where all is as it was."""
    paper = papers.get(star.paper_id)
    if paper is None:
        return GONE
    return "" if star.sentence in f"{paper.title}\n{paper.abstract}" else CHANGED


def write(form: str, stars: Sequence[Star], papers: Mapping[str, Paper]) -> str:
    """Write a reading list, or the papers on it, in one of ``FORMATS``.

    Raises:
        InputError: another format.
    """
    if form == "markdown":
        return markdown(stars, papers)
    if form == "csv":
        return table(stars, papers)
    for known in export.FORMATS:
        if form == known:
            return export.bibliography(known, _citations(stars), papers)
    raise InputError(f"no format {form!r}; known are {', '.join(FORMATS)}")


def markdown(stars: Sequence[Star], papers: Mapping[str, Paper]) -> str:
    """Write each paper with its note and its quotations, and one list of references at the end."""
    found = export.references(_citations(stars), papers)
    parts = ["# Reading list"]
    for group, reference in zip(by_paper(stars), found, strict=True):
        parts += _section(group, reference, papers)
    if found:
        parts += ["## References", *export.listed(found)]
    return "\n\n".join(parts) + "\n"


def table(stars: Sequence[Star], papers: Mapping[str, Paper]) -> str:
    """Write a line a star as CSV; ``added`` is a date in UTC."""
    return export.sheet(COLUMNS, (_row(star, paper_of(star, papers)) for star in stars))


def date(star: Star) -> str:
    """Return the day a star was added, in UTC."""
    return datetime.fromtimestamp(star.added, tz=UTC).date().isoformat()


# -- inside --------------------------------------------------------------------------------------


def _citations(stars: Sequence[Star]) -> list[Citation]:
    """Number the papers in the order of the list."""
    return [
        Citation(number, star.paper_id, star.title, star.sentence, star.start, star.start, "")
        for number, (star, *_) in enumerate(by_paper(stars), 1)
    ]


def _section(group: Sequence[Star], reference: Reference, papers: Mapping[str, Paper]) -> list[str]:
    paper = reference.paper
    known = ", ".join(map(one_line, paper.authors)), one_line(paper.venue), str(paper.year or "")
    line = ". ".join(escaped(part) for part in known if part)
    parts = [f"## {escaped(one_line(paper.title))} [{reference.number}]", *([line] if line else [])]
    if paper.id not in papers:
        parts.append(f"*{GONE}*")
    for star in group:
        if star.start != PAPER:
            parts.append(f"> {escaped(one_line(star.sentence))}")
        if standing(star, papers) == CHANGED:
            parts.append(f"*{CHANGED}*")
        if star.note:
            parts.append(_note(star.note))
    return parts


def _note(text: str) -> str:
    """Write a note as it was typed, line by line."""
    blocks = re.split(r"\n\s*\n", without_controls(text))
    lines = ([escaped(line.strip()) for line in block.splitlines()] for block in blocks)
    return "\n\n".join("\\\n".join(block) for block in lines)


def _row(star: Star, paper: Paper) -> list[str]:
    return [
        one_line(paper.title),
        "; ".join(map(one_line, paper.authors)),
        str(paper.year or ""),
        one_line(paper.venue),
        paper.doi,
        address(paper),
        one_line(star.sentence),
        star.note,
        date(star),
    ]
