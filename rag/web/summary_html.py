"""Shows a summary: as it is written, and finished with its links, table and coverage. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from itertools import count

from markdown_it import MarkdownIt

from rag.records import Citation, Claim, Considered, Paper, Summary
from rag.summaries import layout
from rag.text import export
from rag.text.notices import no_paper_mentions
from rag.web.markup import KINDS, button, deeds, download, marked, meta, shown, star
from rag.web.sources_html import SUMMARY

_LONGEST = 200  # characters of a topic in the heading


def welcome() -> str:
    """Say what can be done here."""
    return (
        '<div class="welcome"><h2>Review a topic</h2><p>Choose one from the list, or '
        "type your own: themes, what each paper contributes, how they compare, and what was left "
        "out, every sentence linked to the one it rests on.</p></div>"
    )


def no_sources() -> str:
    """Say where the sources will be."""
    return '<p class="hint">The sources of a review appear here.</p>'


def writing(text: str, done: int, total: int, *, key: str) -> str:
    """Show a summary that is being written, and how far it is; ``key`` names it."""
    bar = (
        f'<p class="hint" role="status">Writing section {min(done + 1, total)} of {total} '
        f'<progress max="{total}" value="{done}"></progress></p>'
        if total
        else '<p class="loading"><span class="pulse" aria-hidden="true"></span>'
        "Reading the papers…</p>"
    )
    return (
        f'<div class="review streaming" data-key="{escape(key)}">{bar}{_plain().render(text)}</div>'
    )


def unfinished(text: str) -> str:
    """Show what there is of a summary that was not finished."""
    return f'<div class="review streaming">{_plain().render(text)}</div>' if text else ""


def finished(
    summary: Summary, papers: Mapping[str, Paper], *, key: str = "", again: bool = False
) -> str:
    """Show a finished summary; ``again`` offers to write it anew, ``key`` names it to buttons."""
    title = f"<h2>{shown(textwrap.shorten(summary.topic, _LONGEST, placeholder=' …'))}</h2>"
    if not summary.grounded:
        refused = f"{title}{_refused(summary)}"
        return f'<article class="review" data-key="{escape(key)}" tabindex="-1">{refused}</article>'
    number = count()
    body = "".join(
        [
            _overview(summary, number),
            *_themes(summary, number),
            _table(summary, number),
            _points(layout.DISAGREEMENTS, summary.disagreements, summary, number),
            _points(layout.QUESTIONS, summary.open_questions, summary, number),
            _references(summary.citations, papers),
            _coverage(summary),
        ]
    )
    told = f'<p class="hint">{shown(summary.coverage.told)}</p>' if summary.coverage.told else ""
    notice = f'<p class="notice">{shown(summary.notice)}</p>' if summary.notice else ""
    return (
        f'<article class="review answer" id="summary" data-key="{escape(key)}" tabindex="-1">'
        f"{title}{told}{_actions(summary, key, again=again)}{notice}{body}</article>"
    )


def paper(found: Paper, *, starred: bool = False) -> str:
    """Show one paper of the map with its abstract."""
    close = button("clear", "Close")
    title = f"<h3>{star(found.id, on=starred)} {shown(found.title)}</h3>"
    return (
        f'<section class="card" tabindex="-1">{title}{meta(found)}'
        f'<p class="abstract">{shown(found.abstract)}</p>{deeds(found.id, found.title)}'
        f'<p class="actions">{close}</p></section>'
    )


def file(form: str, summary: Summary, papers: Mapping[str, Paper], *, mark: str) -> str:
    """Return a link that holds a file, for the page's script to press; ``mark`` makes it new."""
    if form not in layout.SUFFIXES:
        return ""
    text = layout.write(form, summary, papers)
    return download(text, layout.SUFFIXES[form], KINDS[form][1], mark=mark)


def told(summary: Summary) -> str:
    """Say in one line how a summary turned out, for screen readers."""
    if not summary.grounded:
        return "The papers do not cover this topic."
    used, themes = len(summary.coverage.used), len(summary.themes)
    papers, sections = "paper" if used == 1 else "papers", "section" if themes == 1 else "sections"
    return f"Reviewed {used} {papers} in {themes} {sections}."


def _refused(summary: Summary) -> str:
    buttons = "".join(button("option_select", label, text=label) for label in summary.nearest)
    said = no_paper_mentions(summary.missing) if buttons else summary.notice
    nearest = f'<p>These topics come nearest:</p><div class="choices">{buttons}</div>'
    return (
        '<div class="answer abstention"><p>The papers in this library do not cover this topic.</p>'
        f"{f'<p>{shown(said)}</p>' if said else ''}{nearest if buttons else ''}</div>"
    )


def _actions(summary: Summary, key: str, *, again: bool) -> str:
    buttons = "".join(
        button("download", KINDS[form][0], form=form, id=key)
        for form in layout.FORMATS
        if form != "csv" or summary.table
    )
    copied = f'<button type="button" data-copy="{escape(summary.text)}">Copy</button>'
    retry = button("retry", "Write anew", id=key) if again else ""
    return (
        f'<div class="actions">{copied}{retry}<span class="exports" role="group" '
        f'aria-label="Export">{buttons}</span></div>'
    )


def _overview(summary: Summary, number: Iterator[int]) -> str:
    if not summary.overview:
        return ""
    return f"<h3>{layout.OVERVIEW}</h3><p>{_run(summary.overview, summary, number)}</p>"


def _themes(summary: Summary, number: Iterator[int]) -> Iterator[str]:
    for theme in summary.themes:
        by_model = theme.mode == "llm"
        blocks = [
            (name, _run(claims, summary, number, formatted=by_model))
            for name, claims in layout.parts(theme, summary.citations)
        ]
        if by_model:
            body = "".join(f"<p>{text}</p>" for _, text in blocks)
        else:
            items = (f"<li><strong>{shown(name)}</strong>: {text}</li>" for name, text in blocks)
            body = f"<ul>{''.join(items)}</ul>"
        own = summary.mode == "llm" and not by_model
        badge = ' <span class="badge">extractive</span>' if own else ""
        yield f"<h3>{shown(theme.label)}{badge}</h3>{body}"


def _table(summary: Summary, number: Iterator[int]) -> str:
    found = layout.columns(summary.table)
    if not found:
        return ""
    full = " full" if len(found) == len(layout.COLUMNS) else ""
    heads = "".join(f'<th scope="col">{name}</th>' for name in (layout.PAPER, *found))
    rows = ""
    for row, *kept in zip(summary.table, *found.values(), strict=True):
        cells = "".join(f"<td>{_run([c], summary, number) if c else ''}</td>" for c in kept)
        link = f'<a class="cite" href="#{SUMMARY}card-{row.number}">{row.number}</a>'
        rows += f'<tr><th scope="row">{shown(row.name)} {link}</th>{cells}</tr>'
    return (
        f'<h3>{layout.COMPARISON}</h3><div class="scroll" tabindex="0" role="region" '
        f'aria-label="{layout.COMPARISON}"><table class="comparison{full}"><thead><tr>{heads}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def _points(title: str, claims: Sequence[Claim], summary: Summary, number: Iterator[int]) -> str:
    if not claims:
        return ""
    items = "".join(f"<li>{_run([claim], summary, number)}</li>" for claim in claims)
    return f"<h3>{title}</h3><ul>{items}</ul>"


def _run(
    claims: Sequence[Claim], summary: Summary, number: Iterator[int], *, formatted: bool = False
) -> str:
    formatted = formatted or summary.mode == "llm"
    return " ".join(
        marked(
            claim,
            summary.citations,
            f"{SUMMARY}claim-{next(number)}",
            formatted=formatted,
            scope=SUMMARY,
        )
        for claim in claims
    )


def _references(citations: Sequence[Citation], papers: Mapping[str, Paper]) -> str:
    items = "".join(
        f'<li value="{r.number}">{escape(export.described(r.paper))}</li>'
        for r in export.references(citations, papers)
    )
    return f'<h3>{layout.REFERENCES}</h3><ol class="references">{items}</ol>'


def _coverage(summary: Summary) -> str:
    found = summary.coverage
    more = f'<li class="hint">{layout.more(found)}</li>' if found.more else ""
    left = len(found.left_out) + found.more
    groups = (
        (f"Used ({len(found.used)})", found.used, ""),
        (f"Left out ({left:,})", found.left_out, more),
    )
    folds = "".join(
        f"<details><summary>{label}</summary><ul>{''.join(map(_considered, papers))}{rest}</ul>"
        "</details>"
        for label, papers, rest in groups
        if papers
    )
    return f"<h3>{layout.COVERAGE}</h3>{folds}"


def _considered(found: Considered) -> str:
    name = button("option_select", found.title, id=found.paper_id)
    return f'<li>{name}<p class="reason">{shown(found.reason)}</p></li>'


@cache
def _plain() -> MarkdownIt:
    """Our own Markdown: no links, images or HTML."""
    return MarkdownIt("zero").enable(["heading", "list", "emphasis", "escape", "table"])
