"""Shows the library: its table, a paper, what an upload would change. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from rag.records import Hit, IngestReport, Paper, Preview, Problem
from rag.web.markup import button, deeds, meta, shown, star, tick

_TITLE = '<h2 class="unseen">Papers of the library</h2>'
LISTED = 20  # papers named in a report of an upload

COLUMNS: Mapping[str, str] = {
    "title": "Title",
    "authors": "Authors",
    "year": "Year",
    "venue": "Venue",
}


def library(
    papers: Sequence[Paper],
    total: int,
    *,
    sort: str,
    descending: bool,
    start: int = 0,
    size: int = 100,
) -> str:
    """Show a page of a table of papers, from ``start`` on; ``total`` counts all that match.

    A column that no paper of the page fills is left out.
    """
    if not papers:
        return f'{_TITLE}<p class="hint" role="status">No paper matches.</p>'
    filled = [name for name in COLUMNS if name == sort or any(getattr(p, name) for p in papers)]
    heads = "".join(_head(name, COLUMNS[name], sort, descending) for name in filled)
    rows = "".join(_row(paper, filled) for paper in papers)
    choosing = '<th scope="col" class="choosing"><span class="unseen">Choose</span></th>'
    return (
        f'{_TITLE}<div class="turning"><p class="hint" role="status">'
        f"{_place(start, len(papers), total)}</p>{_pager(start, total, size)}</div>"
        '<div class="scroll" tabindex="0" role="region" aria-label="Papers"><table class="papers">'
        f"<thead><tr>{choosing}{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def similar(found: Paper, hits: Sequence[Hit]) -> str:
    """Show the papers that are like one, the most like first, with the sentence that tells."""
    items = "".join(
        f"<li>{button('select', hit.paper.title, id=hit.paper.id)}{meta(hit.paper)}"
        f'<p class="reason">“{shown(hit.sentence)}”</p></li>'
        for hit in hits
    )
    none = '<p class="hint">There is no other paper.</p>'
    listed = f'<ol class="similar">{items}</ol>' if items else none
    return (
        f'{_TITLE}<p class="hint" role="status">Papers like “{shown(found.title)}”. '
        f"{button('clear', 'Show all papers')}</p>"
        f"{listed}"
    )


def _place(start: int, shown_here: int, total: int) -> str:
    if shown_here == total:
        return f"{total:,} {'paper' if total == 1 else 'papers'}"
    return f"{start + 1:,}–{start + shown_here:,} of {total:,}"


def _pager(start: int, total: int, size: int) -> str:
    """Offer the pages; what leads nowhere from here cannot be pressed."""
    if total <= size:
        return ""
    last = (total - 1) // size * size
    places = (
        ("first", "« First", 0, start > 0),
        ("previous", "‹ Previous", max(start - size, 0), start > 0),
        ("next", "Next ›", start + size, start < last),
        ("last", "Last »", last, start < last),
    )
    buttons = "".join(
        button("apply", label, turn=name, start=str(place))
        if leads
        else f'<button type="button" data-turn="{name}" disabled>{label}</button>'
        for name, label, place, leads in places
    )
    return f'<nav class="pager" aria-label="Pages">{buttons}</nav>'


def no_paper() -> str:
    """Say that there is nothing yet, and what to do."""
    return (
        '<p class="hint" role="status">No papers yet. Drop files under <strong>Add papers'
        "</strong>; you are told what they would change before anything does.</p>"
    )


def _head(name: str, label: str, sort: str, descending: bool) -> str:
    order = ""
    if name == sort:
        order = f' aria-sort="{"descending" if descending else "ascending"}"'
    return f'<th scope="col"{order}>{button("apply", label, sort=name)}</th>'


def _row(paper: Paper, filled: Sequence[str]) -> str:
    authors = ", ".join(paper.authors[:2]) + (" et al." if len(paper.authors) > 2 else "")
    cells = {
        "title": button("select", paper.title, id=paper.id),
        "authors": shown(authors),
        "year": str(paper.year or ""),
        "venue": shown(paper.venue),
    }
    row = "".join(f'<td class="{name}">{cells[name]}</td>' for name in filled)
    return f'<tr><td class="choosing">{tick(paper.id, paper.title)}</td>{row}</tr>'


def paper(found: Paper | None, *, confirm: bool = False, starred: bool = False) -> str:
    """Show one paper with its abstract, the star, and the way to remove it."""
    if found is None:
        return '<p class="hint">Choose a paper to read its abstract.</p>'
    origin = " · ".join(shown(part) for part in (found.id, found.source) if part)
    identity = f'<p class="meta">{origin}</p>'
    if confirm:
        remove = (
            '<p class="failure" role="alert">Remove this paper? It will not be cited again. '
            f"{button('delete', 'Yes, remove it', id=found.id)} {button('clear', 'Keep it')}</p>"
        )
    else:
        close, undo = button("clear", "Close"), button("undo", "Remove …", id=found.id)
        remove = f'<p class="actions">{close}{undo}</p>'
    title = f"<h3>{star(found.id, on=starred)} {shown(found.title)}</h3>"
    return (
        f'<section class="card" data-id="{escape(found.id)}" tabindex="-1">{title}{meta(found)}'
        f'<p class="abstract">{shown(found.abstract)}</p>{identity}'
        f"{deeds(found.id, found.title)}{remove}</section>"
    )


def removed(gone: Paper) -> str:
    """Say what was removed, and offer to put it back."""
    return (
        f'<p class="note" role="status">Removed “{shown(gone.title)}”. '
        f"{button('retry', 'Undo')}</p>"
    )


def preview(found: Preview, columns: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """Report what an upload would do, before it does it: as ``rag ingest --dry-run``.

    ``columns`` tells, by the name of a table's file, which column is taken for which field.
    """
    groups = (
        ("new", "New", [p.title for p in found.added]),
        ("changed", "Changed", [p.title for p in found.updated]),
        ("unchanged", "Unchanged", [p.title for p in found.unchanged]),
        ("duplicates", "Duplicates", [_problem(p) for p in found.duplicates]),
        ("left out", "Left out", [_problem(p) for p in found.problems]),
    )
    counts = ", ".join(f"{len(items):,} {name}" for name, _, items in groups)
    lists = "".join(_group(label, items) for _, label, items in groups if items)
    return (
        f'<div class="report"><p role="status"><strong>{counts}.</strong> '
        f"Nothing has been changed yet.</p>{_columns(columns or {})}{lists}</div>"
    )


def _columns(tables: Mapping[str, Mapping[str, str]]) -> str:
    items = (
        f"<li>{shown(name)}: {shown(', '.join(f'{f} from “{c}”' for f, c in taken.items()))}</li>"
        for name, taken in tables.items()
    )
    return f"<h4>Columns</h4><ul>{''.join(items)}</ul>" if tables else ""


def brought_in(report: IngestReport) -> str:
    """Report what an upload did, and what it left out and why."""
    count = len(report.added) + len(report.updated)
    groups = (("Duplicates", report.duplicates), ("Left out", report.problems))
    lists = "".join(_group(label, [_problem(p) for p in ones]) for label, ones in groups if ones)
    return (
        f'<div class="report"><p role="status"><strong>{count:,} brought in.</strong></p>'
        f"{lists}</div>"
    )


def _group(label: str, items: Sequence[str]) -> str:
    shown_items = "".join(f"<li>{shown(item)}</li>" for item in items[:LISTED])
    if len(items) > LISTED:
        shown_items += f"<li>… and {len(items) - LISTED:,} more</li>"
    return f"<h4>{escape(label)}</h4><ul>{shown_items}</ul>"


# A file's own name, and of one inside an archive also its place there: "p.bib", "all.zip!in/p.bib";
# not the folders before, since where the server keeps uploads is its own matter.
_NAME = re.compile(r"[^/\\]*\.zip!.*$|[^/\\]*$", re.IGNORECASE)


def _problem(problem: Problem) -> str:
    found = _NAME.search(problem.path)
    name = found.group() if found else ""
    where = name if problem.line is None else f"{name}, line {problem.line}"
    return f"{where}: {problem.message}"


def progress(what: str, done: int, total: int) -> str:
    """Show how far a long task is."""
    return (
        f'<p role="status">{escape(what.capitalize())} {done:,} of {total:,} papers '
        f'<progress max="{total}" value="{done}"></progress></p>'
    )
