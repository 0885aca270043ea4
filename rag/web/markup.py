"""The pieces of HTML that several views share. Pure; what comes from outside is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from urllib.parse import quote

from markdown_it import MarkdownIt

from rag.records import Citation, Claim, Paper, Support
from rag.text.citations import address, split_end
from rag.text.readable import readable
from rag.text.reading_list import PAPER

# What each export is called, and its media type.
KINDS: Mapping[str, tuple[str, str]] = {
    "markdown": ("Markdown", "text/markdown"),
    "bibtex": ("BibTeX", "application/x-bibtex"),
    "ris": ("RIS", "application/x-research-info-systems"),
    "csl-json": ("CSL-JSON", "application/vnd.citationstyles.csl+json"),
    "csv": ("CSV", "text/csv"),
}

VERDICTS: Mapping[Support, str] = {
    "supported": "supported",
    "partial": "partly supported",
    "unsupported": "not supported",
    "unchecked": "not checked",
}


def shown(text: str) -> str:
    """Make a text from outside fit for a page: LaTeX readable, control codes gone, escaped."""
    return escape(readable(text))


def collections(papers: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return what a list of collections offers, by the number of papers of each."""
    return [("All", ""), *((f"{name} ({count:,})", name) for name, count in papers.items())]


def year(text: str) -> int | None:
    """Return the year that was typed; one of fewer digits is still being typed."""
    return int(text) if re.fullmatch(r"\s*[1-9]\d{3}\s*", text, re.ASCII) else None


def failure(message: str) -> str:
    """Show what went wrong, with what to do."""
    return f'<p class="failure" role="alert">{shown(message)}</p>'


def button(action: str, label: str, *, pressed: bool | None = None, **data: str) -> str:
    """Make a button that triggers one of Gradio's events, with its data."""
    attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    if pressed is not None:
        attributes += f' aria-pressed="{str(pressed).lower()}"'
    return f'<button type="button" data-do="{action}"{attributes}>{shown(label)}</button>'


def star(paper_id: str, *, start: int = PAPER, on: bool = False) -> str:
    """Make a button that stars a paper, or the sentence of it that begins at ``start``.

    ``on`` tells that it is starred; the event is ``like``.
    """
    label = "Star this paper" if start == PAPER else "Star this sentence"
    return (
        f'<button type="button" class="star" data-do="like" data-id="{escape(paper_id)}" '
        f'data-start="{start}" aria-pressed="{str(on).lower()}" aria-label="{label}" '
        f'title="{label}"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="{_STAR}"/></svg>'
        "</button>"
    )


_STAR = "M12 3l2.8 5.9 6.4.8-4.7 4.4 1.2 6.4-5.7-3.1-5.7 3.1 1.2-6.4-4.7-4.4 6.4-.8z"


def sentence_id(citation: Citation, scope: str = "") -> str:
    """Return the id of a cited sentence on the page, which its links lead to.

    ``scope`` tells the tabs apart, which show papers of the same numbers.
    """
    return f"{scope}s-{citation.number}-{'title' if citation.start < 0 else citation.start}"


def marked(
    claim: Claim,
    citations: Sequence[Citation],
    identity: str,
    *,
    formatted: bool = False,
    scope: str = "",
) -> str:
    """Show a claim with links to the sentences it rests on and what was made of it.

    ``formatted`` is for what a model writes: emphasis and code are shown as such.
    """
    body, end = split_end(claim.text)
    text = _inline().renderInline(readable(body)) if formatted else shown(body)
    titles = {citation.number: citation.title for citation in citations}
    links = "".join(
        f'<a class="cite" href="#{_target(number, claim, citations, scope)}" '
        f'aria-label="Source {number}: {shown(titles.get(number, ""))}">{number}</a>'
        for number in claim.citations
    )
    doubt = (
        ""
        if claim.support == "supported"
        else f' <span class="doubt">{VERDICTS[claim.support]}</span>'
    )
    return (
        f'<span class="claim {claim.support}" id="{identity}" tabindex="-1">{text}'
        f"{f' <span class=cites>{links}</span>' if links else ''}{doubt}{escape(end)}</span>"
    )


def _target(number: int, claim: Claim, citations: Sequence[Citation], scope: str) -> str:
    for place in claim.anchors:
        if citations[place].number == number:
            return sentence_id(citations[place], scope)
    return f"{scope}card-{number}"


@cache
def _inline() -> MarkdownIt:
    """Markdown of a model's sentence: emphasis and code, no links, images or HTML."""
    return MarkdownIt("zero").enable(["emphasis", "backticks", "strikethrough"])


def download(text: str, suffix: str, kind: str, *, mark: str) -> str:
    """Return a link that holds a file, for the page's script to press; ``mark`` makes it new."""
    return (
        f'<a hidden download="cited-rag{suffix}" data-mark="{escape(mark)}" '
        f'href="data:{kind};charset=utf-8,{quote(text)}">{escape(suffix)}</a>'
    )


def meta(paper: Paper) -> str:
    """Show authors, venue, year and address, as far as they are known."""
    names = list(paper.authors[:3]) + (["et al."] if len(paper.authors) > 3 else [])
    known = [", ".join(names), paper.venue, str(paper.year or "")]
    by = " · ".join(shown(part) for part in known if part)
    parts = [f'<span class="by">{by}</span>'] if by else []
    link = address(paper)
    if link:
        parts.append(_link(link, "Open the paper"))
    return f'<p class="meta">{" · ".join(parts)}</p>' if parts else ""


def deeds(paper_id: str, title: str) -> str:
    """Offer what can be done with a paper wherever it is shown; the page's script does it."""
    identity = escape(paper_id)
    return (
        f'<p class="actions deeds"><button type="button" data-about="{identity}">'
        f'Ask about this paper</button><button type="button" data-similar="{identity}">'
        f"Similar papers</button>{tick(paper_id, title, label='Choose')}</p>"
    )


def tick(paper_id: str, title: str, *, label: str = "") -> str:
    """Make a box by which a paper is chosen to ask about, with others."""
    said = f' aria-label="Choose {shown(title)}"' if not label else ""
    box = f'<input type="checkbox" data-tick="{escape(paper_id)}"{said}>'
    return f'<label class="tick">{box} {escape(label)}</label>'


def by_line(paper: Paper | None) -> str:
    """Say in a few words who wrote a paper, when and where; empty where nothing is known."""
    if paper is None:
        return ""
    names = paper.authors[:1] if len(paper.authors) != 2 else paper.authors
    families = " and ".join(name.split(",")[0] if "," in name else name for name in names)
    who = f"{families} et al." if len(paper.authors) > 2 else families
    return " · ".join(shown(part) for part in (who, str(paper.year or ""), paper.venue) if part)


def _link(url: str, label: str) -> str:
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(label)}</a>'
