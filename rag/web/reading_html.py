"""Shows the reading list: papers, their starred sentences, and a box for each note. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import count

from rag.records import Paper
from rag.text.reading_list import CHANGED, GONE, PAPER, SUFFIXES, Star, by_paper, paper_of, standing
from rag.web.markup import KINDS, button, download, meta, shown

_SHORT = 80  # characters of what was removed


def listed(stars: Sequence[Star], papers: Mapping[str, Paper], *, most: int, longest: int) -> str:
    """Show the first papers of a reading list, at most ``most``; a note has ``longest`` at most."""
    if not stars:
        return (
            '<h2>Reading list</h2><p class="hint" role="status">Nothing is starred yet. Press the '
            "star beside a paper or a sentence, as under <strong>Library</strong>, to keep it "
            "here, with a note if you like.</p>"
        )
    groups, number = by_paper(stars), count(1)
    entries = "".join(
        _entry(group, papers, [next(number) for _ in group], longest) for group in groups[:most]
    )
    rest = len(groups) - most
    more = button("expand", f"Show {min(rest, most):,} more", count=str(2 * most))
    return (
        f'<div class="turning"><h2>Reading list</h2>{_exports()}</div>'
        f'<p class="hint" role="status">{_told(groups)}</p>{entries}'
        + (f'<p class="actions">{more}</p>' if rest > 0 else "")
    )


def _told(groups: Sequence[Sequence[Star]]) -> str:
    papers, sentences = len(groups), sum(star.start != PAPER for group in groups for star in group)
    told = f"{papers:,} {'paper' if papers == 1 else 'papers'}"
    if sentences:
        told += f", {sentences:,} {'sentence' if sentences == 1 else 'sentences'}"
    return told


def _exports() -> str:
    buttons = "".join(button("download", KINDS[form][0], form=form) for form in SUFFIXES)
    return f'<span class="exports" role="group" aria-label="Export the list">{buttons}</span>'


def _entry(
    group: Sequence[Star], papers: Mapping[str, Paper], numbers: Sequence[int], longest: int
) -> str:
    first = group[0]
    paper = paper_of(first, papers)
    gone = "" if first.paper_id in papers else f'<p class="fate">{GONE}</p>'
    body = "".join(
        _star(star, papers, number, longest) for star, number in zip(group, numbers, strict=True)
    )
    return (
        f'<section class="card" tabindex="-1" aria-labelledby="entry-{numbers[0]}">'
        f'<div class="heading"><h3 id="entry-{numbers[0]}">{shown(paper.title)}</h3>'
        f'<p class="actions">{button("delete", "Remove paper", id=first.paper_id)}</p></div>'
        f"{meta(paper)}{gone}{body}</section>"
    )


def _star(star: Star, papers: Mapping[str, Paper], number: int, longest: int) -> str:
    """Show what is starred with its note; a paper has been named already."""
    paper_id, start = star.paper_id, str(star.start)
    label = "Note on the paper" if star.start == PAPER else "Note on this sentence"
    box = (
        f'<form class="noting"><label class="unseen" for="note-{number}">{label}</label>'
        f'<textarea id="note-{number}" name="note" rows="1" maxlength="{longest}" '
        f'placeholder="{label}">\n{escape(star.note)}</textarea>'
        f'<span class="actions">{button("submit", "Save note", id=paper_id, start=start)}'
    )
    if star.start == PAPER:
        return f"{box}</span></form>"
    fate = f'<p class="fate">{CHANGED}</p>' if standing(star, papers) == CHANGED else ""
    remove = button("delete", "Remove sentence", id=paper_id, start=start)
    return (
        f'<div class="quoted"><blockquote>{shown(star.sentence)}</blockquote>{fate}'
        f"{box}{remove}</span></form></div>"
    )


def removed(stars: Sequence[Star]) -> str:
    """Say what was taken off, and offer to put it back."""
    if not stars:
        return ""
    first = stars[0]
    what = f"“{first.sentence}”" if len(stars) == 1 and first.sentence else first.title
    short = textwrap.shorten(what, _SHORT, placeholder=" …")
    return f'<p class="note" role="status">Removed: {shown(short)} {button("undo", "Undo")}</p>'


def settled(stars: Iterable[tuple[str, int]], *, on: bool, said: str, mark: str) -> str:
    """Tell the page's script what is starred now and what to say; ``mark`` makes it new."""
    state = str(on).lower()
    places = "".join(
        f'<i data-id="{escape(paper_id)}" data-start="{start}" data-on="{state}"></i>'
        for paper_id, start in stars
    )
    return f'<p data-mark="{escape(mark)}">{places}{shown(said)}</p>'


def file(form: str, text: str, *, mark: str) -> str:
    """Return a link that holds an export, for the page's script to press."""
    return download(text, SUFFIXES[form], KINDS[form][1], mark=mark)
