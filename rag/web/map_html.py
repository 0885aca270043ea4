"""Shows the map of the library and the list of its topics. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from rag.records import Topic
from rag.web.markup import button, shown

DRAWN = 3_000  # points; more are slow to draw and cover each other
LISTED = 50  # papers listed of one topic
_WIDTH, _HEIGHT, _MARGIN = 400, 300, 12  # of the drawing, in its own units
_FEW = 400  # papers; the points of more are smaller


def atlas(topics: Sequence[Topic], titles: Mapping[str, str], *, chosen: str = "") -> str:
    """Draw every paper as a point, coloured by topic; ``chosen`` is the id of the open topic."""
    count = sum(len(topic.paper_ids) for topic in topics)
    if not count:
        return '<p class="hint">The library holds no paper yet.</p>'
    if chosen not in {topic.id for topic in topics}:  # of a library that has changed since
        chosen = ""
    step = -(-count // DRAWN)
    radius = 4.5 if count <= _FEW else 2.5
    groups = "".join(
        _points(number, topic, titles, step=step, radius=radius, chosen=chosen)
        for number, topic in enumerate(topics, 1)
    )
    numbers = "".join(_number(number, topic) for number, topic in enumerate(topics, 1))
    most = f"; 1 of {step} is drawn" if step > 1 else ""
    return (
        f'<svg class="atlas" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="Map of '
        f'{count:,} papers in {len(topics)} topics; the list below has them all by name">'
        f"{groups}{numbers}</svg>"
        f'<p class="hint">Near papers are alike. A point opens its paper{most}.</p>'
    )


def listing(topics: Sequence[Topic], titles: Mapping[str, str], *, chosen: str = "") -> str:
    """List the topics with their sizes, and the papers of each behind a fold."""
    items = "".join(
        _topic(number, topic, titles, chosen=chosen) for number, topic in enumerate(topics, 1)
    )
    return f'<ol class="topics" aria-label="Topics">{items}</ol>' if items else ""


def _topic(number: int, topic: Topic, titles: Mapping[str, str], *, chosen: str) -> str:
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
        f'<li data-topic="{number}"{current}>{_swatch(number)}'
        f"{button('select', topic.label, id=topic.id)}"
        f'<details><summary>{count}<span class="unseen"> on {shown(topic.label)}</span></summary>'
        f"<ul>{papers}</ul></details></li>"
    )


def _points(
    number: int,
    topic: Topic,
    titles: Mapping[str, str],
    *,
    step: int,
    radius: float,
    chosen: str,
) -> str:
    places = list(zip(topic.paper_ids, topic.x, topic.y, strict=True))[::step]
    points = "".join(
        f'<circle cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="{radius}" data-do="select" '
        f'data-id="{escape(i)}" data-title="{shown(titles.get(i, i))}">'
        f"<title>{shown(titles.get(i, i))}</title></circle>"
        for i, x, y in places
    )
    faded = " faded" if chosen and topic.id != chosen else ""
    return f'<g class="points{faded}" data-topic="{number}" fill="{_colour(number)}">{points}</g>'


def _number(number: int, topic: Topic) -> str:
    """Put a topic's number where its typical papers are."""
    typical = slice(0, max(3, len(topic.x) // 2))
    x, y = (sorted(axis[typical])[len(axis[typical]) // 2] for axis in (topic.x, topic.y))
    return f'<text x="{_x(x):.1f}" y="{_y(y):.1f}" aria-hidden="true">{number}</text>'


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
