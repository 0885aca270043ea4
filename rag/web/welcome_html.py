"""Shows what a library holds, and what can be asked of it, where nothing is asked yet. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from rag.web.markup import button, shown

TOPICS = 8  # that are named


@dataclass(frozen=True, slots=True)
class Holds:
    """What a library holds: papers, the years they are of, and its topics by id: label and size."""

    papers: int = 0
    years: tuple[int, int] | None = None
    topics: Mapping[str, tuple[str, int]] = field(default_factory=dict)


NOTHING = Holds()


def welcome(examples: Sequence[str], holds: Holds) -> str:
    """Say what can be done here."""
    if not holds.papers:
        return (
            '<div class="welcome"><h2>No papers yet</h2><p>Bring some in under '
            "<strong>Library</strong>: exports of Zotero, EndNote, PubMed, Scopus and others.</p>"
            "</div>"
        )
    buttons = "".join(button("option_select", one, text=one) for one in examples)
    count = f"{holds.papers:,} {'paper' if holds.papers == 1 else 'papers'}"
    return (
        f'<div class="welcome"><h2>Ask {count}</h2>{_of_years(holds.years)}{_hint()}'
        "<p>Every sentence of an answer links to the sentence it rests on. When the papers do "
        f'not say, you are told so.</p><div class="choices" role="group" '
        f'aria-label="Example questions">{buttons}</div>{_topics(holds.topics)}</div>'
    )


def _of_years(years: tuple[int, int] | None) -> str:
    if years is None:
        return ""
    first, last = years
    return f'<p class="hint">{first if first == last else f"{first} to {last}"}</p>'


def _hint() -> str:
    """Say once what a newcomer would not find by trying; the browser remembers that it was read."""
    return (
        '<p class="note first-use" hidden>A number in an answer leads to its sentence and Escape '
        "leads back; <kbd>?</kbd> lists the keys; papers are chosen by ticks under Library and "
        'asked about together. <button type="button" data-hint-read>Got it</button></p>'
    )


def _topics(topics: Mapping[str, tuple[str, int]]) -> str:
    """Name the largest topics; a press asks of one's papers."""
    if not topics:
        return ""
    largest = [*topics.items()][:TOPICS]
    items = "".join(
        f'<li><button type="button" data-about-topic="{escape(key)}">{shown(label)} '
        f"<small>{size:,}</small></button></li>"
        for key, (label, size) in largest
    )
    more = f", the largest of {len(topics)}" if len(topics) > len(largest) else ""
    return f'<h3>Ask of one of its topics{more}</h3><ul class="holds">{items}</ul>'
