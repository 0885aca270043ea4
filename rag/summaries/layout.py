"""Lays a summary out: as Markdown, block by block, and its comparison as CSV. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Literal, get_args

from rag.errors import InputError
from rag.records import Citation, Claim, Considered, Coverage, Paper, Row, Summary, Theme
from rag.text import export
from rag.text.export import as_markdown, escaped, one_line
from rag.text.names import short_title

Format = Literal["markdown", "bibtex", "ris", "csl-json", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
SUFFIXES: Mapping[str, str] = dict(export.SUFFIXES) | {"csv": ".csv"}

PAPER, SETTING = "Paper", "Setting and data"
COLUMNS: Mapping[str, str] = {"idea": "Idea", "setting": SETTING, "result": "Main result"}
OVERVIEW, COMPARISON, DISAGREEMENTS, QUESTIONS = (
    "Overview", "Comparison", "Disagreements", "Open questions",
)  # fmt: skip
REFERENCES, COVERAGE = "References", "Coverage"


def heading(topic: str) -> str:
    """Head a summary."""
    return f"# {escaped(one_line(topic))}"


def overview(claims: Sequence[Claim]) -> str:
    """Lay out what the papers have in common."""
    return f"## {OVERVIEW}\n\n{' '.join(map(as_markdown, claims))}" if claims else ""


def theme(found: Theme, citations: Sequence[Citation]) -> str:
    """Lay out the section of a theme."""
    lines = []
    for name, claims in parts(found, citations):
        said = " ".join(map(as_markdown, claims))
        lines.append(f"- **{escaped(one_line(name))}**: {said}" if name else said)
    return f"## {escaped(one_line(found.label))}\n\n" + "\n".join(lines)


def parts(found: Theme, citations: Sequence[Citation]) -> Iterator[tuple[str, list[Claim]]]:
    """Yield the claims of a theme by what stands together: a name to lead them, and the claims.

    Abstracts' own sentences ("We propose …") need to be told whose they are; what a model writes
    is one paragraph without a name.
    """
    if found.mode == "llm":
        yield "", list(found.claims)
        return
    for _, claims in groupby(found.claims, key=lambda claim: claim.citations):
        together = list(claims)
        yield short_title(citations[together[0].anchors[0]].title), together


def columns(rows: Sequence[Row]) -> dict[str, list[Claim | None]]:
    """Return the cells of each column that the table has, by its name; an empty one is dropped."""
    cells = {name: [getattr(row, field) for row in rows] for field, name in COLUMNS.items()}
    return {name: column for name, column in cells.items() if any(column)}


def comparison(rows: Sequence[Row]) -> str:
    """Lay out the table that compares the papers; an empty cell is one that no sentence fills."""
    found = columns(rows)
    if not found:
        return ""
    lines = [" | ".join([PAPER, *found]), " | ".join("---" for _ in [PAPER, *found])]
    for row, *cells in zip(rows, *found.values(), strict=True):
        name = f"{escaped(one_line(row.name))} [{row.number}]"
        told = [name, *(as_markdown(cell) if cell else "" for cell in cells)]
        lines.append(" | ".join(" ".join(cell.split()) for cell in told))
    return f"## {COMPARISON}\n\n" + "\n".join(f"| {line} |" for line in lines)


def points(title: str, claims: Sequence[Claim]) -> str:
    """Lay out claims that stand by themselves, as a list."""
    if not claims:
        return ""
    return f"## {title}\n\n" + "\n".join(f"- {as_markdown(claim)}" for claim in claims)


def references(citations: Sequence[Citation], papers: Mapping[str, Paper]) -> str:
    """Lay out the cited papers by number."""
    found = export.references(citations, papers)
    return "\n\n".join([f"## {REFERENCES}", *export.listed(found)]) if found else ""


def coverage(found: Coverage) -> str:
    """Lay out which papers were used and which were left out, and why."""
    left = len(found.left_out) + found.more
    groups = (("Used", len(found.used), found.used), ("Left out", left, found.left_out))
    lines = [
        f"{name} ({count:,}):\n\n{_papers(papers)}" for name, count, papers in groups if papers
    ]
    if found.more and found.left_out:
        lines[-1] += f"\n- {more(found)}"
    said = [escaped(found.told)] if found.told else []
    return "\n\n".join([f"## {COVERAGE}", *said, *lines]) if lines else ""


def more(found: Coverage) -> str:
    """Say how many papers are left out that are not named."""
    return f"… and {found.more:,} more"


def _papers(found: Sequence[Considered]) -> str:
    return "\n".join(
        f"- {escaped(one_line(paper.title))} — {escaped(one_line(paper.reason))}" for paper in found
    )


def notice(text: str) -> str:
    """Lay out what a reader must know beside the summary."""
    return f"*{escaped(one_line(text))}*" if text else ""


def table(rows: Sequence[Row]) -> str:
    """Write the comparison as CSV, with each paper's number and id."""
    found = columns(rows)
    lines = (
        [str(row.number), row.paper_id, row.name, *(cell.text if cell else "" for cell in cells)]
        for row, *cells in zip(rows, *found.values(), strict=True)
    )
    head = ["Number", "Id", PAPER, *found]
    return export.sheet(head, ([one_line(cell) for cell in line] for line in lines))


def write(form: str, summary: Summary, papers: Mapping[str, Paper]) -> str:
    """Write a summary, its table, or the papers it cites, in one of ``FORMATS``.

    Raises:
        InputError: another format.
    """
    if form == "markdown":
        return f"{summary.text}\n"
    if form == "csv":
        return table(summary.table)
    for known in export.FORMATS:
        if form == known:
            return export.bibliography(known, summary.citations, papers)
    raise InputError(f"no format {form!r}; known are {', '.join(FORMATS)}")
