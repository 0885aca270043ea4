"""Shows the map of the library and the list of its topics. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from rag.records import Topic
from rag.web.map_labels import UNIT, Label, labels
from rag.web.markup import button, shown

DRAWN = 3_000  # points; more are slow to draw and cover each other
LISTED = 50  # papers listed of one topic
_WIDTH, _HEIGHT, _MARGIN = 400, 300, 12  # of the drawing, in its own units
_FEW = 400  # papers; the points of more are smaller
_ZOOM = (
    '<div class="zoom" role="group" aria-label="Map">'
    '<button type="button" data-zoom="in" aria-label="Zoom in">+</button>'
    '<button type="button" data-zoom="out" aria-label="Zoom out">−</button>'
    '<button type="button" data-zoom="all">Reset</button>'
    '<button type="button" data-zoom="full">Full screen</button></div>'
)


def atlas(topics: Sequence[Topic], titles: Mapping[str, str], *, chosen: str = "") -> str:
    """Draw every paper as a point, coloured by topic; ``chosen`` is the id of the open topic."""
    count = sum(len(topic.paper_ids) for topic in topics)
    if not count:
        return '<p class="hint">The library holds no paper yet.</p>'
    if chosen not in {topic.id for topic in topics}:  # of a library that has changed since
        chosen = ""
    step = -(-count // DRAWN)
    radius = 4.5 if count <= _FEW else 2.5
    groups = "".join(_points(topic, titles, step=step, chosen=chosen) for topic in topics)
    spots = [_middle(topic) for topic in topics]
    names = "".join(map(_label, labels(topics, spots, size=(_WIDTH, _HEIGHT))))
    most = f"; 1 of {step} is drawn" if step > 1 else ""
    return (
        f'<div class="chart">{_ZOOM}<svg class="atlas" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'style="--r: {radius}px" tabindex="0" role="img" aria-label="Map of {count:,} papers in '
        f"{len(topics)} topics; the list below has them all by name. Plus and minus zoom, arrows "
        f'move, 0 shows all.">{groups}{names}</svg></div>'
        f'<p class="hint">Near papers are alike. A point opens its paper{most}. Ctrl and the '
        "wheel zoom.</p>"
    )


def listing(
    topics: Sequence[Topic], titles: Mapping[str, str], *, chosen: str = "", grown: int = 0
) -> str:
    """List the topics with their sizes, and the papers of each behind a fold.

    ``grown`` papers have come since the topics were found.
    """
    if not topics:
        return ""
    items = "".join(_topic(topic, titles, chosen=chosen) for topic in topics)
    came = "1 paper has" if grown == 1 else f"{grown:,} papers have"
    hint = f'<p class="hint">{came} come since these were found.</p>' if grown else ""
    again = button("retry", "Find topics anew")
    return (
        f'<ol class="topics" aria-label="Topics">{items}</ol><div class="anew">{hint}{again}</div>'
    )


def _topic(topic: Topic, titles: Mapping[str, str], *, chosen: str) -> str:
    size = len(topic.paper_ids)
    papers = "".join(
        f"<li>{button('option_select', titles.get(i, i), id=i)}</li>"
        for i in topic.paper_ids[:LISTED]
    )
    if size > LISTED:
        papers += f'<li class="hint">… and {size - LISTED:,} more</li>'
    count = f"{size:,} paper{'' if size == 1 else 's'}"
    current = ' aria-current="true"' if topic.id == chosen else ""
    return (
        f'<li data-topic="{topic.number}"{current}>{_swatch(topic.number)}'
        f"{button('select', topic.label, id=topic.id)}"
        f'<details><summary>{count}<span class="unseen"> on {shown(topic.label)}</span></summary>'
        f"{_about(topic)}<ul>{papers}</ul></details></li>"
    )


def _about(topic: Topic) -> str:
    return (
        f'<p class="actions"><button type="button" data-about-topic="{escape(topic.id)}">'
        f'Ask of these papers<span class="unseen"> on {shown(topic.label)}</span></button></p>'
    )


def _points(topic: Topic, titles: Mapping[str, str], *, step: int, chosen: str) -> str:
    places = list(zip(topic.paper_ids, topic.x, topic.y, strict=True))[::step]
    points = "".join(
        f'<circle cx="{_x(x):.1f}" cy="{_y(y):.1f}" data-do="select" data-id="{escape(i)}" '
        f'data-title="{shown(titles.get(i, i))}"/>'
        for i, x, y in places
    )
    faded = " faded" if chosen and topic.id != chosen else ""
    return (
        f'<g class="points{faded}" data-topic="{topic.number}" fill="{_colour(topic.number)}">'
        f"{points}</g>"
    )


def _middle(topic: Topic) -> tuple[float, float]:
    """Return where a topic's typical papers are."""
    typical = slice(0, max(3, len(topic.x) // 2))
    x, y = (sorted(axis[typical])[len(axis[typical]) // 2] for axis in (topic.x, topic.y))
    return _x(x), _y(y)


def _label(label: Label) -> str:
    place = f"translate({label.x:.1f}px, {label.y:.1f}px) scale(var(--unit, {UNIT:g}))"
    return (
        f'<text class="label {label.shown}" x="{label.dx:g}" y="{label.dy:g}" '
        f'text-anchor="{label.anchor}" style="transform: {place}" aria-hidden="true">'
        f"{label.number}<tspan> {shown(label.text)}</tspan></text>"
    )


def _swatch(number: int) -> str:
    return (
        f'<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">'
        f'<circle cx="5" cy="5" r="5" fill="{_colour(number)}"/></svg>'
    )


def _colour(number: int) -> str:
    """Return a topic's colour: hues a golden angle apart, in two lightnesses in turn."""
    return f"hsl({number * 137.5 % 360:.0f} 65% {(46, 62)[number % 2]}%)"


def _x(value: float) -> float:
    return _MARGIN + value * (_WIDTH - 2 * _MARGIN)


def _y(value: float) -> float:
    return _MARGIN + (1 - value) * (_HEIGHT - 2 * _MARGIN)
