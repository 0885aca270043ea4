"""Shows the library: its table, a paper, what an upload would change. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from rag.records import Paper, Preview, Problem
from rag.web.markup import button, meta, shown

LISTED = 20  # papers named in a report of an upload

COLUMNS: Mapping[str, str] = {"title": "Title", "authors": "Authors", "year": "Year"}


def library(papers: Sequence[Paper], total: int, *, sort: str, descending: bool) -> str:
    """Show a table of papers; ``total`` counts all that match."""
    if not papers:
        return '<p class="hint">No paper matches.</p>'
    filled = [name for name in COLUMNS if name == sort or any(getattr(p, name) for p in papers)]
    heads = "".join(_head(name, COLUMNS[name], sort, descending) for name in filled)
    rows = "".join(_row(paper, filled) for paper in papers)
    more = f"; the first {len(papers):,} are shown" if total > len(papers) else ""
    return (
        f'<p class="hint" role="status">{total:,} {"paper" if total == 1 else "papers"}{more}</p>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="Papers"><table class="papers">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
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
    }
    row = "".join(f'<td class="{name}">{cells[name]}</td>' for name in filled)
    return f"<tr>{row}</tr>"


def paper(found: Paper | None, *, confirm: bool = False) -> str:
    """Show one paper with its abstract, and the way to remove it."""
    if found is None:
        return '<p class="hint">Choose a paper to read its abstract.</p>'
    origin = " · ".join(shown(part) for part in (found.id, found.source) if part)
    identity = f'<p class="meta">{origin}</p>'
    if confirm:
        remove = (
            '<p class="failure" role="alert">Remove this paper? It will never be cited again. '
            f"{button('delete', 'Yes, remove it', id=found.id)} {button('clear', 'Keep it')}</p>"
        )
    else:
        remove = f'<p class="actions">{button("undo", "Remove …", id=found.id)}</p>'
    return (
        f'<section class="card" tabindex="-1"><h4>{shown(found.title)}</h4>{meta(found)}'
        f'<p class="abstract">{shown(found.abstract)}</p>{identity}{remove}</section>'
    )


def preview(found: Preview) -> str:
    """Report what an upload would do, before it does it."""
    groups = (
        ("New", [p.title for p in found.added]),
        ("Changed", [p.title for p in found.updated]),
        ("Already here", [p.title for p in found.unchanged]),
        ("Duplicate", [_problem(p) for p in found.duplicates]),
        ("Rejected", [_problem(p) for p in found.problems]),
    )
    counts = ", ".join(f"{len(items)} {label.lower()}" for label, items in groups)
    lists = "".join(_group(label, items) for label, items in groups if items)
    return f'<div class="report"><p role="status"><strong>{counts}.</strong></p>{lists}</div>'


def _group(label: str, items: Sequence[str]) -> str:
    shown_items = "".join(f"<li>{shown(item)}</li>" for item in items[:LISTED])
    if len(items) > LISTED:
        shown_items += f"<li>… and {len(items) - LISTED:,} more</li>"
    return f"<h4>{escape(label)}</h4><ul>{shown_items}</ul>"


def _problem(problem: Problem) -> str:
    name = re.split(r"[/\\]", problem.path)[-1]  # where the server keeps uploads is its own matter
    where = name if problem.line is None else f"{name}, line {problem.line}"
    return f"{where}: {problem.message}"


def progress(what: str, done: int, total: int) -> str:
    """Show how far a long task is."""
    return (
        f'<p role="status">{escape(what.capitalize())} {done:,} of {total:,} papers '
        f'<progress max="{total}" value="{done}"></progress></p>'
    )
