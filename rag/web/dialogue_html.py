"""Shows the dialogue: questions, answers with their links, what to do next. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from rag.answers import is_told_first
from rag.records import Answer, Exchange, Paper
from rag.text import export
from rag.text.citations import claims_in_place
from rag.text.names import title_name
from rag.text.notices import no_paper_mentions
from rag.text.readable import readable
from rag.web import limits_html, welcome_html
from rag.web.markup import KINDS, button, by_line, download, failure, marked, shown

SHOWN = 100  # exchanges of one conversation on the page
_CLAMPED, _LINES = 320, 4  # characters and lines of a question that are shown at once

_FORMATS: Sequence[tuple[export.Format, str, str]] = tuple(
    (form, *KINDS[form]) for form in export.FORMATS
)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What the chat shows: the exchanges, the papers they name, and what went wrong in one.

    ``errors`` are messages by exchange id; ``shared`` marks a single answer that a link leads to,
    ``busy`` that a further question is being answered below, ``names`` what limits name, by id,
    ``read`` the words that the last question was searched for, with how many papers have each.
    """

    exchanges: Sequence[Exchange] = ()
    papers: Mapping[str, Paper] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    shared: bool = False
    busy: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    read: Sequence[tuple[str, int]] = ()


def dialogue(
    view: Dialogue,
    *,
    conversation: str = "",
    examples: Sequence[str] = (),
    holds: welcome_html.Holds = welcome_html.NOTHING,
) -> str:
    """Show a conversation, or what to do with an empty one."""
    if not view.exchanges and not view.busy:
        return welcome_html.welcome(examples, holds)
    parts: list[str] = []
    if view.shared:
        parts.append(
            '<p class="note">One answer, shared by a link. '
            "What you ask here starts a new conversation.</p>"
        )
    recent = view.exchanges[-SHOWN:]
    if len(recent) < len(view.exchanges):
        parts.append(f'<p class="note">{len(view.exchanges) - SHOWN} earlier questions.</p>')
    for exchange in recent:
        last = exchange is recent[-1] and not (view.shared or view.busy)
        parts.append(_exchange(exchange, view, last=last))
    return (
        f'<div class="turns" data-conversation="{escape(conversation)}">'
        f'<h2 class="unseen">Questions and answers</h2>{"".join(parts)}</div>'
    )


def waiting(question: str, text: str = "") -> str:
    """Show a question that is being answered, with as much of the answer as there is."""
    body = (
        f'<div class="answer streaming">{_paragraphs(text)}</div>'
        if text
        else '<div class="answer loading"><span class="pulse" aria-hidden="true"></span>'
        "Reading the papers…</div>"
    )
    return f'<article class="turn" id="now">{_asked(question)}{body}</article>'


def status(text: str) -> str:
    """Say something to screen readers only."""
    return f'<p class="unseen" role="status">{escape(text)}</p>'


def editing(question: str) -> str:
    """Say that the next question replaces an earlier one."""
    return (
        f'<p class="note" role="status">Your next question replaces “{shown(question[:80])}”. '
        f"{button('clear', 'Keep it')}</p>"
    )


def told(answer: Answer) -> str:
    """Say in one line how an answer turned out, for screen readers."""
    if not answer.grounded:
        return "The papers do not answer this."
    sources = len({citation.number for citation in answer.citations})
    return f"Answered from {sources} {'paper' if sources == 1 else 'papers'}."


def _exchange(exchange: Exchange, view: Dialogue, *, last: bool) -> str:
    answer = exchange.answer
    if answer is None:
        body = _unanswered(exchange, view.errors.get(exchange.id, ""))
    else:
        body = (
            limits_html.of_reading(answer, exchange.id, last=last)
            + limits_html.of_answer(answer, exchange.id, last=last, names=view.names)
            + _answer(answer, exchange.id, view.papers)
            + _actions(exchange, answer, view.papers, last=last)
            + (_read(view.read) if last and view.read else "")
            + (_choices(answer) if last else "")
        )
    return (
        f'<article class="turn" id="turn-{escape(exchange.id)}" tabindex="-1">'
        f"{_asked(exchange.question)}{body}</article>"
    )


def _read(words: Sequence[tuple[str, int]]) -> str:
    """Tell, on request, which words a question was searched for; its meaning was, too."""
    items = "".join(
        f"<li>{shown(word)}: {f'in {count:,} papers' if count else 'in no paper'}</li>"
        for word, count in words
    )
    return (
        '<details class="how"><summary>How this was read</summary><p>Searched by its meaning, and '
        f"by these words, the rarer the more they count:</p><ul>{items}</ul></details>"
    )


def _asked(question: str) -> str:
    """Show a question; of a long one the first lines, and a way to see all of it."""
    long = len(question) > _CLAMPED or question.count("\n") >= _LINES
    more = '<button type="button" data-unfold aria-expanded="false">Show all</button>'
    return (
        f'<h3 class="asked{" long" if long else ""}"><span class="unseen">Question: </span>'
        f"{escape(question)}</h3>{more if long else ''}"
    )


def _unanswered(exchange: Exchange, error: str) -> str:
    message = error or "This was stopped before it was answered."
    again = button("retry", "Ask again", id=exchange.id)
    return f'<div class="answer">{failure(message)}</div><div class="actions">{again}</div>'


def _answer(answer: Answer, place: str, papers: Mapping[str, Paper]) -> str:
    if not answer.grounded and not answer.claims:
        return _abstention(answer)
    blocks: list[tuple[str, list[str]]] = []
    cited: dict[int, set[str]] = {}  # the papers of each item of a list
    formatted = answer.mode == "llm"
    lead_first = is_told_first(answer)  # it then stands by itself
    for number, (lead, claim) in enumerate(claims_in_place(answer)):
        tag, label = _block(lead)
        if heading := _heading(lead):
            blocks.append(("h4", [shown(heading)]))
        if tag or not blocks:
            blocks.append((tag or "p", []))
        identity = f"claim-{escape(place)}-{number}"
        blocks[-1][1].append(
            shown(label) + marked(claim, answer.citations, identity, formatted=formatted)
        )
        if lead_first and number == 0 and blocks[-1][0] == "p":
            blocks[-1] = ('p class="lead"', blocks[-1][1])
            blocks.append(("p", []))
        if blocks[-1][0] == "li":
            mine = {answer.citations[anchor].paper_id for anchor in claim.anchors}
            cited.setdefault(len(blocks) - 1, set()).update(mine)
    for block, ids in cited.items():
        if len(ids) == 1 and (by := by_line(papers.get(ids.pop()))):
            blocks[block][1].append(f' <small class="by">{by}</small>')
    notice = f'<p class="notice">{shown(answer.notice)}</p>' if answer.notice else ""
    return f'<div class="answer">{_join(blocks)}{notice}</div>'


def _abstention(answer: Answer) -> str:
    closest = [hit.paper for hit in answer.hits if hit.paper.id in answer.closest]
    buttons = "".join(_ask(_about(paper), label=paper.title) for paper in closest)
    nearest = f'<p>These come closest:</p><div class="choices">{buttons}</div>' if buttons else ""
    said = no_paper_mentions(answer.missing) if buttons else answer.notice
    why = f"<p>{shown(said)}</p>" if said else ""
    return f'<div class="answer abstention"><p>{shown(answer.text)}</p>{why}{nearest}</div>'


def _about(paper: Paper) -> str:
    name = title_name(paper.title)
    return f"What does {readable(name)} propose?" if name else readable(paper.title)


# "- ", "• ", " 12) "; not "-x", "1.5", "123. ".
_LIST_MARK = re.compile(r"\s*(?:[-*•+]|\d{1,2}[.)])\s+")


def _block(lead: str) -> tuple[str, str]:
    """Return the tag of the block that a lead opens ("" when it goes on), and its label."""
    opens = "\n" in lead
    rest = lead.rsplit("\n", 1)[-1] if opens else lead
    mark = _LIST_MARK.match(rest) if opens or not lead.startswith(" ") else None
    if mark:
        return "li", rest[mark.end() :]
    return ("p" if opens else ""), (rest if rest.strip() else "" if opens else " ")


def _heading(lead: str) -> str:
    """Return the heading that stands in a lead, above what the claim itself begins."""
    lines = [line.strip() for line in lead.split("\n")[:-1]]
    return next((line.removesuffix(":") for line in lines if line), "")


def _join(blocks: Iterable[tuple[str, list[str]]]) -> str:
    html, in_list = "", False
    for tag, parts in blocks:
        if (tag == "li") != in_list:
            html += "<ul>" if tag == "li" else "</ul>"
            in_list = tag == "li"
        if parts:
            html += f"<{tag}>{''.join(parts).strip()}</{tag.split()[0]}>"
    return html + ("</ul>" if in_list else "")


def _paragraphs(text: str) -> str:
    """Show text that is still coming, before its citations can be linked."""
    lines = [line for line in readable(text).split("\n") if line.strip()]
    blocks = []
    for line in lines:
        mark = _LIST_MARK.match(line)
        blocks.append(("li", [escape(line[mark.end() :])]) if mark else ("p", [escape(line)]))
    return re.sub(r"\[(\d{1,3})\]", r'<span class="cite">\1</span>', _join(blocks))


def _choices(answer: Answer) -> str:
    if not answer.follow_ups or (not answer.grounded and answer.hits):
        return ""
    buttons = "".join(_ask(idea) for idea in answer.follow_ups)
    return (
        '<div class="choices" role="group" aria-label="Next you could ask">'
        f'<p class="hint">Next you could ask</p>{buttons}</div>'
    )


def _actions(exchange: Exchange, answer: Answer, papers: Mapping[str, Paper], *, last: bool) -> str:
    identity = escape(exchange.id)
    thumbs = "".join(
        button("like", label, id=exchange.id, value=str(value), pressed=exchange.feedback == value)
        for value, label in ((1, "Like"), (-1, "Dislike"))
    )
    buttons = [
        f'<button type="button" data-copy="{escape(_plain(answer, papers))}">Copy</button>',
        f'<a class="share" href="?answer={identity}">Link</a>',
        thumbs,
    ]
    if last:
        buttons.append(button("retry", "Retry", id=exchange.id))
        buttons.append(button("edit", "Edit", id=exchange.id))
    return f'<div class="actions">{"".join(buttons)}{exports([answer], exchange=exchange.id)}</div>'


def _plain(answer: Answer, papers: Mapping[str, Paper]) -> str:
    cited = export.references(answer.citations, papers)
    lines = [readable(answer.text), *(f"[{r.number}] {export.described(r.paper)}" for r in cited)]
    return "\n".join([lines[0], "", *lines[1:]] if cited else lines)


def _ask(question: str, *, label: str = "") -> str:
    return button("option_select", label or question, text=question)


def exports(answers: Sequence[Answer], *, exchange: str = "") -> str:
    """Offer answers, and the papers they cite, as files: of one exchange, or of them all."""
    if not any(answer.citations for answer in answers):
        return ""
    buttons = "".join(
        button("download", label, form=form, id=exchange) for form, label, _ in _FORMATS
    )
    return f'<span class="exports" role="group" aria-label="Export">{buttons}</span>'


def file(form: str, answers: Sequence[Answer], papers: Mapping[str, Paper], *, mark: str) -> str:
    """Return a link that holds a file, for the page's script to press; ``mark`` makes it new."""
    for known, _, kind in _FORMATS:
        if known == form:
            return download(
                export.write(known, answers, papers), export.SUFFIXES[known], kind, mark=mark
            )
    return ""
