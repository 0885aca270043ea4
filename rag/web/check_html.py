"""Shows what a check of a text has found, claim by claim. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from urllib.parse import quote

from rag.checking import LABELS, Check, CheckedClaim, CitedKey, Suggestion
from rag.records import Citation, Paper
from rag.text.readable import without_controls
from rag.web.markup import button, by_line, shown

SHOWN = 100  # claims at first, and with every press that shows more
GONE = "This check is no longer here; check the text again."
STOPPED = '<p class="hint" role="status">Stopped.</p>'
_FORMS = {"latex": "LaTeX", "markdown": "Markdown or plain text"}


def welcome() -> str:
    """Say what is done with a text."""
    return (
        '<p class="hint">Every sentence that states something is compared with the library: which '
        "papers say so, which say otherwise, and which come closest. A sentence that cites papers "
        "(<code>\\cite{key}</code>, <code>[@key]</code>) is checked against these.</p>"
    )


def under_way(done: int, total: int, *, key: str) -> str:
    """Show how far a check is, and offer to stop it; ``key`` names it."""
    if total:
        how_far = (
            f"{done:,} of {_claims(total)} "
            f'<progress max="{total}" value="{done}" aria-label="Claims checked"></progress>'
        )
    else:
        how_far = '<span class="pulse" aria-hidden="true"></span>Reading the text …'
    return (
        f'<div class="under-way" data-key="{escape(key)}"><p class="hint">{how_far}</p>'
        f'<p class="actions">{button("stop", "Stop", id=key)}</p></div>'
    )


def cited(check: Check, only: str = "", most: int = SHOWN) -> list[Citation]:
    """Return the sentences that are shown, whose papers have to be known."""
    claims = _chosen(check, only)[:most]
    return [one for claim in claims for _, side in _sides(claim) for one in side]


def result(
    check: Check, papers: Mapping[str, Paper], *, key: str, only: str = "", most: int = SHOWN
) -> str:
    """Show what was found of a text.

    ``only`` is the finding whose claims alone are shown, at most ``most`` of them; ``papers`` has
    those of ``cited``, ``key`` names the check to its buttons.
    """
    chosen = _chosen(check, only)
    items = "".join(_claim(claim, papers) for claim in chosen[:most])
    rest = len(chosen) - most
    more = button("expand", f"Show {min(rest, SHOWN):,} more", id=key, finding=only, most=str(most))
    return (
        f'<section class="findings" data-key="{escape(key)}" aria-label="What was found">'
        f'<h2>{shown(check.told())}</h2><p class="hint">{_how_read(check)}</p>'
        f"{_filters(check, key, only)}"
        + (f'<ol class="claims">{items}</ol>' if items else "")
        + (f'<p class="actions">{more}</p>' if rest > 0 else "")
        + "</section>"
    )


def _claims(count: int) -> str:
    return f"{count:,} {'claim' if count == 1 else 'claims'}"


def _chosen(check: Check, only: str) -> Sequence[CheckedClaim]:
    return [one for one in check.claims if only in ("", one.finding)]


def _how_read(check: Check) -> str:
    told = f"Read as {escape(_FORMS.get(check.form, check.form))}."
    if check.left_out:
        one = check.left_out == 1
        told += (
            f" {check.left_out:,} {'sentence' if one else 'sentences'} without a statement that "
            f"could be looked for {'was' if one else 'were'} left out."
        )
    return told


def _filters(check: Check, key: str, only: str) -> str:
    """Offer the claims of each finding alone, where there are several."""
    counts = check.counts()
    if len(counts) < 2:  # it is the one kind
        return ""
    offered = [("", "All", len(check.claims)), *((f, LABELS[f], n) for f, n in counts.items())]
    buttons = "".join(
        button("apply", f"{label} {count:,}", pressed=finding == only, id=key, finding=finding)
        for finding, label, count in offered
    )
    return f'<p class="actions" role="group" aria-label="Claims shown">{buttons}</p>'


def _claim(claim: CheckedClaim, papers: Mapping[str, Paper]) -> str:
    sides = "".join(
        _sentence(label, one, papers.get(one.paper_id))
        for label, side in _sides(claim)
        for one in side
    )
    known = {one.paper_id for _, side in _sides(claim) for one in side}
    reasons = "".join(f"<li>{shown(reason)}</li>" for reason in claim.reasons)
    return (
        f'<li class="card {claim.finding}" tabindex="-1"><p class="verdict">'
        f'{LABELS[claim.finding]}</p><p class="said">{shown(claim.text)}</p>'
        + (f'<ul class="reasons" aria-label="Why">{reasons}</ul>' if reasons else "")
        + sides
        + _keys(claim.keys, known)
        + (_suggested(claim.suggestion, known) if claim.suggestion else "")
        + "</li>"
    )


def _sides(claim: CheckedClaim) -> list[tuple[str, Sequence[Citation]]]:
    return [("For", claim.supporting), ("Against", claim.against), ("Closest", claim.near)]


def _sentence(label: str, citation: Citation, paper: Paper | None) -> str:
    """Show a sentence with its paper; of one that was removed meanwhile only the title is known."""
    title = _paper(citation.paper_id, citation.title) if paper else shown(citation.title)
    by = by_line(paper)
    where = " (its title)" if citation.start < 0 else ""
    return (
        f'<div class="evidence"><p class="side">{label}{where}</p>'
        f"<blockquote>{shown(citation.sentence)}</blockquote>"
        f'<p class="meta">{title}{f" · {by}" if by else ""}</p></div>'
    )


def _keys(keys: Sequence[CitedKey], known: Collection[str]) -> str:
    """Tell what each cited paper says; that none of them is known is among the reasons.

    ``known`` are the papers whose titles stand beside the claim already.
    """
    if not any(key.paper_id for key in keys):
        return ""
    items = "".join(
        f'<li class="{key.finding}"><code>{escape(without_controls(key.key))}</code> '
        + (
            f'<span class="verdict">{LABELS[key.finding]}</span>'
            f"{'' if key.paper_id in known else f' {_paper(key.paper_id, key.title)}'}</li>"
            if key.paper_id
            else '<span class="verdict">not in the library</span></li>'
        )
        for key in keys
    )
    return f'<div class="keys"><p class="side">Cited</p><ul>{items}</ul></div>'


def _suggested(suggestion: Suggestion, known: Collection[str]) -> str:
    """Tell how to cite a paper, as it is written: LaTeX is made readable everywhere else."""
    markup = escape(without_controls(suggestion.markup))
    paper = _paper(suggestion.paper_id, suggestion.reference)
    return (
        f'<div class="suggested"><p class="side">Could be cited</p>'
        f'<p><code>{markup}</code> <button type="button" data-copy="{markup}" '
        f'aria-label="Copy {markup}">Copy</button></p>'
        + ("" if suggestion.paper_id in known else f'<p class="meta">{paper}</p>')
        + "</div>"
    )


def _paper(paper_id: str, label: str) -> str:
    """Make a link that opens a paper in the library's tab; the page's script does it."""
    return (
        f'<a href="?tab=library&amp;paper={quote(paper_id, safe="")}" '
        f'data-paper="{escape(paper_id)}">{shown(label)}</a>'
    )
