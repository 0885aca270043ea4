"""Where the names of topics stand on the map, so that none covers another. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.records import Topic

Anchor = Literal["start", "middle", "end"]
Shown = Literal["", "short", "off"]
Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""

SIZE = 11  # px of the letters, at any zoom
UNIT = 400 / 320  # units of the map that a pixel has on the narrowest page
_LONGEST = 26  # characters
_HEIGHT = 1.25  # of a line, in letters' size
_APART = 3.0  # px between two labels, at least
# Shares of the letters' size that a character is wide, in a bold sans-serif type.
_NARROW, _WIDE = frozenset("iljtfrI.,;:'|!()[]- "), frozenset("mwMW@%&")
# Where a label is tried: its anchor, and how far it is moved, in px.
_TRIED: tuple[tuple[Anchor, int, int], ...] = (
    ("middle", 0, 0), ("middle", 0, -7), ("middle", 0, 7), ("middle", 0, -14), ("middle", 0, 14),
    ("start", 8, 0), ("end", -8, 0), ("start", 8, -7), ("end", -8, -7), ("start", 8, 7),
    ("end", -8, 7), ("middle", 0, -21), ("middle", 0, 21), ("start", 8, -14), ("end", -8, -14),
    ("start", 8, 14), ("end", -8, 14), ("middle", 0, -28), ("middle", 0, 28), ("start", 8, -28),
    ("end", -8, -28), ("start", 8, 28), ("end", -8, 28),
)  # fmt: skip
_SHOWN: tuple[Shown, ...] = ("", "short", "off")


@dataclass(frozen=True, slots=True)
class Label:
    """A topic's number and name, where they stand (in units, moved by px), and what is shown.

    ``shown`` is ``""`` for all of it, ``"short"`` for the number alone, ``"off"`` for nothing.
    """

    number: int
    text: str
    x: float
    y: float
    anchor: Anchor = "middle"
    dx: float = 0.0
    dy: float = 0.0
    shown: Shown = "off"

    def box(self) -> Box:
        """Return what it covers, in units, on the narrowest page."""
        text = str(self.number) if self.shown == "short" else f"{self.number} {self.text}"
        wide, high = width(text) * SIZE * UNIT, _HEIGHT * SIZE * UNIT
        left = (
            self.x + self.dx * UNIT - {"start": 0.0, "middle": wide / 2, "end": wide}[self.anchor]
        )
        top = self.y + self.dy * UNIT - high / 2
        return left, top, left + wide, top + high


def labels(
    topics: Sequence[Topic], spots: Sequence[tuple[float, float]], *, size: tuple[int, int]
) -> list[Label]:
    """Place a label for every topic on a map of this size, near its spot; the largest come first.

    One that fits nowhere shows its number alone, else nothing, until the map is zoomed.
    """
    made: list[Label] = []
    taken: list[Box] = []
    order = sorted(range(len(topics)), key=lambda i: (-len(topics[i].paper_ids), i))
    for i in order:
        topic, (x, y) = topics[i], spots[i]
        for label in _tried(Label(topic.number, shortened(topic.label), x, y)):
            box = label.box()
            if _inside(box, size) and not any(_meet(box, other) for other in taken):
                taken.append(box)
                break
        else:
            label = Label(topic.number, shortened(topic.label), x, y)
        made.append(label)
    return sorted(made, key=lambda label: _SHOWN.index(label.shown))


def shortened(label: str) -> str:
    """Return a label short enough for the map: its first phrase, cut after a word."""
    if len(label) <= _LONGEST:
        return label
    first = label.split(", ", maxsplit=1)[0]
    if len(first) <= _LONGEST:
        return first
    cut = first[:_LONGEST]
    kept = cut.rpartition(" ")[0]
    return f"{kept if len(kept) > _LONGEST // 2 else cut}…"


def width(text: str) -> float:
    """Return about how wide a text is, in the size of its letters."""
    return sum(map(_width, text))


def _width(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if char in _NARROW:
        return 0.36
    return 0.92 if char in _WIDE else 0.72 if char.isupper() else 0.6


def _tried(label: Label) -> Iterator[Label]:
    for shown in _SHOWN[:2]:
        for anchor, dx, dy in _TRIED:
            yield Label(label.number, label.text, label.x, label.y, anchor, dx, dy, shown)


def _inside(box: Box, size: tuple[int, int]) -> bool:
    left, top, right, bottom = box
    return left >= 0 and top >= 0 and right <= size[0] and bottom <= size[1]


def _meet(box: Box, other: Box) -> bool:
    apart = _APART * UNIT
    return (
        box[0] < other[2] + apart
        and other[0] < box[2] + apart
        and box[1] < other[3]
        and other[1] < box[3]
    )
