"""A text of one's own, cut into sentences that keep their place in it and what they cite. Pure.

How each format is taken apart is in ``manuscript_markdown`` and ``manuscript_latex``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rag.text.readable import readable
from rag.text.sentences import split
from rag.text.words import content_stems

SOMEBODY = "The authors"  # stands where a citation is a part of its sentence: "@wang2023 show"
LEAST = 3  # words with a meaning of a sentence that can be looked for

# What the removal of a citation leaves: " .", "( )", "(, )"; not "(a)".
_BEFORE_MARK = re.compile(r"\s+(?=[.,;:!?)])")
_EMPTY = re.compile(r"\s*[(\[][\s,;]*[)\]]")


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence: its words, where it stands (``source[start:end]``), and the keys it cites."""

    text: str
    start: int
    end: int
    keys: tuple[str, ...] = ()


@dataclass(slots=True)
class _Piece:
    """A part of the words of a block; ``end`` is where it ends in the source."""

    at: int  # among the words
    text: str
    start: int
    end: int

    def place(self, at: int) -> tuple[int, int]:
        """Return where a character of the words begins and ends in the source."""
        if len(self.text) != self.end - self.start:  # it stands for something else
            return self.start, self.end
        return self.start + at - self.at, self.start + at - self.at + 1


@dataclass(slots=True)
class Block:
    """A paragraph under way: its words with where they stand, and what it cites at which place."""

    source: str
    _pieces: list[_Piece] = field(default_factory=list)
    _cited: list[tuple[int, str]] = field(default_factory=list)
    _length: int = 0

    def add(self, text: str, start: int, end: int | None = None) -> None:
        """Add words that stand in the source from ``start`` on, or instead of ``start`` to ``end``.

        Words that stand for others count as one place.
        """
        if text:
            stop = start + len(text) if end is None else end
            self._pieces.append(_Piece(self._length, text, start, stop))
            self._length += len(text)

    def cite(self, keys: Iterable[str], start: int, end: int, *, is_word: bool) -> None:
        """Note a citation between ``start`` and ``end``; ``is_word``: as a part of its sentence.

        One that opens a sentence which goes on in small letters is a part of it too.
        """
        self._cited += [(self._length, key) for key in keys]
        follows = self.source[end : end + 40].lstrip(" ~\n\t")[:1]
        before = "".join(piece.text for piece in self._pieces[-2:]).rstrip()
        if is_word or (follows.islower() and before[-1:] in ("", ".", "!", "?")):
            self.add(SOMEBODY, start, end)

    def passages(self) -> Iterator[Passage]:
        """Yield its sentences in order."""
        words = "".join(piece.text for piece in self._pieces)
        spans = [(one.start, one.end) for one in split(words)[1:]]
        begins = [start for start, _ in spans]
        cited: dict[int, list[str]] = {}
        for at, key in self._cited:
            place = max(bisect_right(begins, at) - 1, 0)
            # "Before. [a] After" is of what follows, "Before.[a] After" of what is before.
            if spans and at >= spans[place][1] and words[at - 1 : at].isspace():
                place = min(place + 1, len(spans) - 1)
            cited.setdefault(place, []).append(key)
        for place, (start, end) in enumerate(spans):
            text = _EMPTY.sub("", words[start:end])
            text = _BEFORE_MARK.sub("", " ".join(readable(text).split()))
            keys = tuple(dict.fromkeys(cited.get(place, ())))
            yield Passage(text, self._place(start)[0], self._place(end - 1)[1], keys)

    def _place(self, at: int) -> tuple[int, int]:
        found = bisect_right(self._pieces, at, key=lambda piece: piece.at) - 1
        return self._pieces[found].place(at)


def states_something(text: str) -> bool:
    """Whether a sentence can be looked for: it is no question and has words with a meaning."""
    return not text.rstrip("\"'”’)]").endswith("?") and len(content_stems(text)) >= LEAST
