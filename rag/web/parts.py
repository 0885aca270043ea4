"""The pieces of HTML that several views share. Pure; what comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from rag.citations import address
from rag.readable import readable
from rag.records import Citation, Paper, Support

VERDICTS: Mapping[Support, str] = {
    "supported": "supported",
    "partial": "partly supported",
    "unsupported": "not supported",
}


def shown(text: str) -> str:
    """Make a text from outside fit for a page: LaTeX readable, control codes gone, escaped."""
    return escape(readable(text))


def failure(message: str) -> str:
    """Show what went wrong, with what to do."""
    return f'<p class="failure" role="alert">{shown(message)}</p>'


def button(action: str, label: str, *, pressed: bool | None = None, **data: str) -> str:
    """Make a button that triggers one of Gradio's events, with its data."""
    attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    if pressed is not None:
        attributes += f' aria-pressed="{str(pressed).lower()}"'
    return f'<button type="button" data-do="{action}"{attributes}>{shown(label)}</button>'


def sentence_id(citation: Citation) -> str:
    """Return the id of a cited sentence on the page, which its links lead to."""
    return f"s-{citation.number}-{'title' if citation.start < 0 else citation.start}"


def meta(paper: Paper) -> str:
    """Show authors, venue, year and address, as far as they are known."""
    names = list(paper.authors[:3]) + (["et al."] if len(paper.authors) > 3 else [])
    known = [", ".join(names), paper.venue, str(paper.year or "")]
    parts = [shown(part) for part in known if part]
    link = address(paper)
    if link:
        parts.append(_link(link, "Open the paper"))
    return f'<p class="meta">{" · ".join(parts)}</p>' if parts else ""


def _link(url: str, label: str) -> str:
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(label)}</a>'
