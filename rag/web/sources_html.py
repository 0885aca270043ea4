"""Shows the papers behind a conversation, with the cited sentences lit. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from rag.records import Citation, Claim, Exchange, Hit, Paper, Summary
from rag.text.reading_list import PAPER
from rag.web.markup import VERDICTS, button, deeds, meta, sentence_id, shown, star

FOUND = 30  # answers of a conversation whose papers that were only found are kept at hand


Starred = Collection[tuple[str, int]]
"""What is on the reading list: papers, and where sentences of them begin."""


def sources(
    exchanges: Sequence[Exchange], papers: Mapping[str, Paper], starred: Starred = ()
) -> str:
    """Show the papers behind each answer of a conversation: those it cites, and those only found.

    Those of the last one are shown; ``data-turns`` says which exchanges a part belongs to, so that
    the page's script can show those of the answer in view, which the numbers allow: a paper has the
    same one in all answers.
    """
    answered = [(e.id, e.answer) for e in exchanges if e.answer is not None]
    if not answered:
        return '<p class="hint">The sources of an answer appear here.</p>'
    last = answered[-1][0]
    cited = _by_number(exchanges)
    uncited = [turn for turn, answer in answered if not answer.citations]
    parts = [_part("p", uncited, last, "This answer cites no paper.", "hint")] if uncited else []
    parts += [_card(number, cited[number], papers, starred, last=last) for number in sorted(cited)]
    for turn, answer in answered[-FOUND:]:
        known = {citation.paper_id for citation in answer.citations}
        others = "".join(_found(hit) for hit in answer.hits if hit.paper.id not in known)
        count = sum(hit.paper.id not in known for hit in answer.hits)
        if others:
            label = "Found, not cited" if known else "Closest papers"
            body = f"<summary>{label} ({count})</summary><ul>{others}</ul>"
            parts.append(_part("details", [turn], last, body))
    return "".join(parts)


def _part(tag: str, turns: Sequence[str], last: str, body: str, kind: str = "found") -> str:
    """Make what belongs to some exchanges; it is hidden unless the last one is among them."""
    return f'<{tag} class="{kind}"{_turns(turns, last)}>{body}</{tag}>'


def _turns(turns: Sequence[str], last: str) -> str:
    mine = escape(" ".join(dict.fromkeys(turns)))
    if not mine:  # of a summary, which is one
        return ""
    return f' data-turns="{mine}"{"" if last in turns else " hidden"}'


def evidence(summary: Summary, papers: Mapping[str, Paper], starred: Starred = ()) -> str:
    """Show the papers behind a summary: those it cites, and those near its topic."""
    uses: dict[int, list[_Use]] = {}
    for number, claim in enumerate(summary.claims):
        _note(uses, claim, summary.citations, f"{SUMMARY}claim-{number}")
    cards = "".join(
        _card(number, uses[number], papers, starred, SUMMARY) for number in sorted(uses)
    )
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
    """One claim that rests on a paper: the citation, the claim, where it stands, in which turn."""

    citation: Citation
    claim: Claim
    place: str
    turn: str = ""


def _by_number(exchanges: Sequence[Exchange]) -> dict[int, list[_Use]]:
    found: dict[int, list[_Use]] = {}
    for exchange in exchanges:
        answer = exchange.answer
        for number, claim in enumerate(answer.claims if answer else ()):
            assert answer is not None
            place = f"claim-{exchange.id}-{number}"
            _note(found, claim, answer.citations, place, exchange.id)
    return found


def _note(
    uses: dict[int, list[_Use]],
    claim: Claim,
    citations: Sequence[Citation],
    place: str,
    turn: str = "",
) -> None:
    for anchor in claim.anchors:
        citation = citations[anchor]
        uses.setdefault(citation.number, []).append(_Use(citation, claim, place, turn))


def _card(
    number: int,
    uses: Sequence[_Use],
    papers: Mapping[str, Paper],
    starred: Starred,
    scope: str = "",
    *,
    last: str = "",
) -> str:
    """Show a paper with the sentences that are cited, and the claims that rest on each."""
    citation = uses[0].citation
    bare = Paper(citation.paper_id, citation.title, "", url=citation.url)
    paper = papers.get(citation.paper_id, bare)
    marks = {
        start: _marks([use for use in uses if use.citation.start == start], scope, last)
        for start in {use.citation.start for use in uses}
    }
    title = shown(paper.title)
    if -1 in marks:
        title = f"<mark {marks[-1]}>{title}</mark>"
    stars = {at: star(paper.id, start=at, on=(paper.id, at) in starred) for at in marks}
    whole = star(paper.id, on=(paper.id, PAPER) in starred)
    checks = "".join(
        f'<li class="{use.claim.support}"{_turns([use.turn], last)}><span class="verdict">'
        f"{VERDICTS[use.claim.support]}</span> "
        f'<a href="#{escape(use.place)}">{shown(_short(use.claim.text))}</a></li>'
        for use in {use.place: use for use in uses}.values()
    )
    cited = {use.citation.start: use.citation for use in uses}
    abstract = _highlighted(paper.abstract, cited.values(), marks, stars)
    return (
        f'<section class="card" id="{scope}card-{number}" tabindex="-1" '
        f'aria-labelledby="{scope}card-{number}-title"{_turns([u.turn for u in uses], last)}>'
        f'<h3 id="{scope}card-{number}-title"><span class="number">{number}</span> '
        f'{whole} <span class="title">{title}</span></h3>{meta(paper)}'
        f'<p class="abstract">{abstract}</p>'
        f"{deeds(paper.id, paper.title)}"
        f'<ul class="checks" aria-label="Claims that rest on this paper">{checks}</ul></section>'
    )


def _marks(uses: Sequence[_Use], scope: str, last: str) -> str:
    """Return the attributes of a cited sentence; it is ``now`` when the last answer cites it."""
    now = ' class="now"' if any(use.turn == last for use in uses) else ""
    turns = escape(" ".join(dict.fromkeys(use.turn for use in uses)))
    of_turns = f' data-cited="{turns}"' if turns else ""
    return f'id="{sentence_id(uses[0].citation, scope)}" tabindex="-1"{of_turns}{now}'


def _highlighted(
    abstract: str,
    cited: Iterable[Citation],
    marks: Mapping[int, str],
    stars: Mapping[int, str],
) -> str:
    html, at = "", 0
    for citation in sorted(cited, key=lambda c: c.start):
        if citation.start < at or abstract[citation.start : citation.end] != citation.sentence:
            continue  # the title, or a sentence of a text that has changed since
        html += shown(abstract[at : citation.start])
        sentence = shown(citation.sentence)
        html += f"<mark {marks[citation.start]}>{sentence}</mark>{stars[citation.start]}"
        at = citation.end
    return html + shown(abstract[at:])


def _found(hit: Hit) -> str:
    return (
        f"<li><strong>{shown(hit.paper.title)}</strong>{meta(hit.paper)}"
        f'<p class="reason">{shown(hit.reason)}</p><p>“{shown(hit.sentence)}”</p>'
        f"{deeds(hit.paper.id, hit.paper.title)}</li>"
    )


def _folded(label: str, body: str) -> str:
    return f"<details><summary>{escape(label)}</summary>{body}</details>"


def _short(text: str, most: int = 110) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
