"""Shows the papers behind a conversation, with the cited sentences lit. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from rag.records import Citation, Claim, Exchange, Hit, Paper, Summary
from rag.web.markup import VERDICTS, button, meta, sentence_id, shown


def sources(exchanges: Sequence[Exchange], papers: Mapping[str, Paper]) -> str:
    """Show the papers behind a conversation: cited by the last answer, cited before, only found."""
    answered = [e for e in exchanges if e.answer is not None]
    if not answered:
        return '<p class="hint">The sources of an answer appear here.</p>'
    last = answered[-1].answer
    assert last is not None
    cited = _by_number(answered)
    now = {citation.number for citation in last.citations}
    cards = [_card(number, cited[number], papers) for number in sorted(cited) if number in now]
    before = [_card(number, cited[number], papers) for number in sorted(cited) if number not in now]
    known = {citation.paper_id for citation in last.citations}
    others = [_found(hit) for hit in last.hits if hit.paper.id not in known]
    parts = ["".join(cards) if cards else '<p class="hint">This answer cites no paper.</p>']
    if before:
        parts.append(_folded(f"Cited earlier ({len(before)})", "".join(before)))
    if others:
        label = "Found, not cited" if cards else "Closest papers"
        parts.append(_folded(f"{label} ({len(others)})", f"<ul>{''.join(others)}</ul>"))
    return "".join(parts)


def evidence(summary: Summary, papers: Mapping[str, Paper]) -> str:
    """Show the papers behind a summary: those it cites, and those near its topic."""
    uses: dict[int, list[_Use]] = {}
    for number, claim in enumerate(summary.claims):
        _note(uses, claim, summary.citations, f"{SUMMARY}claim-{number}")
    cards = "".join(_card(number, uses[number], papers, SUMMARY) for number in sorted(uses))
    left = "".join(
        f"<li><strong>{button('option_select', paper.title, id=paper.paper_id)}</strong>"
        f'<p class="reason">{shown(paper.reason)}</p></li>'
        for paper in summary.coverage.left_out
    )
    label = f"Near the topic, not used ({len(summary.coverage.left_out)})"
    return cards + (_folded(label, f"<ul>{left}</ul>") if left else "")


SUMMARY = "summary-"  # what ids of the summary's tab begin with


@dataclass(frozen=True, slots=True)
class _Use:
    """One claim that rests on a paper: the citation, the claim, and where it stands."""

    citation: Citation
    claim: Claim
    place: str


def _by_number(exchanges: Sequence[Exchange]) -> dict[int, list[_Use]]:
    found: dict[int, list[_Use]] = {}
    for exchange in exchanges:
        answer = exchange.answer
        for number, claim in enumerate(answer.claims if answer else ()):
            assert answer is not None
            _note(found, claim, answer.citations, f"claim-{exchange.id}-{number}")
    return found


def _note(
    uses: dict[int, list[_Use]], claim: Claim, citations: Sequence[Citation], place: str
) -> None:
    for anchor in claim.anchors:
        citation = citations[anchor]
        uses.setdefault(citation.number, []).append(_Use(citation, claim, place))


def _card(number: int, uses: Sequence[_Use], papers: Mapping[str, Paper], scope: str = "") -> str:
    citation = uses[0].citation
    bare = Paper(citation.paper_id, citation.title, "", url=citation.url)
    paper = papers.get(citation.paper_id, bare)
    cited = {use.citation.start: use.citation for use in uses}
    title = shown(paper.title)
    if -1 in cited:
        title = f'<mark id="{sentence_id(cited[-1], scope)}" tabindex="-1">{title}</mark>'
    checks = "".join(
        f'<li class="{use.claim.support}"><span class="verdict">'
        f"{VERDICTS[use.claim.support]}</span> "
        f'<a href="#{escape(use.place)}">{shown(_short(use.claim.text))}</a></li>'
        for use in {use.place: use for use in uses}.values()
    )
    return (
        f'<section class="card" id="{scope}card-{number}" tabindex="-1" '
        f'aria-labelledby="{scope}card-{number}-title"><h4 id="{scope}card-{number}-title">'
        f'<span class="number">{number}</span> {title}</h4>{meta(paper)}'
        f'<p class="abstract">{_highlighted(paper.abstract, cited.values(), scope)}</p>'
        f'<ul class="checks" aria-label="Claims that rest on this paper">{checks}</ul></section>'
    )


def _highlighted(abstract: str, cited: Iterable[Citation], scope: str) -> str:
    html, at = "", 0
    for citation in sorted(cited, key=lambda c: c.start):
        if citation.start < at or abstract[citation.start : citation.end] != citation.sentence:
            continue  # the title, or a sentence of a text that has changed since
        html += shown(abstract[at : citation.start])
        identity = sentence_id(citation, scope)
        html += f'<mark id="{identity}" tabindex="-1">{shown(citation.sentence)}</mark>'
        at = citation.end
    return html + shown(abstract[at:])


def _found(hit: Hit) -> str:
    return (
        f"<li><strong>{shown(hit.paper.title)}</strong>{meta(hit.paper)}"
        f'<p class="reason">{shown(hit.reason)}</p><p>“{shown(hit.sentence)}”</p></li>'
    )


def _folded(label: str, body: str) -> str:
    return f"<details><summary>{escape(label)}</summary>{body}</details>"


def _short(text: str, most: int = 110) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
