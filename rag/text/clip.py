"""Clips a sentence that enumerates at length to the items that matter, each as it is."""

from __future__ import annotations

import re
from collections.abc import Collection

from rag.text.words import content_stems

ELLIPSIS = "…"
_LONG = 280  # characters; a shorter sentence is shown whole
_ITEMS = 3  # fewer are no enumeration
# "(1) ", "2) ", "(ii) ", "a) " where an item begins.
_MARK = re.compile(r"(?<![\w.])\(?(?:[1-9]|[ivx]{1,4}|[a-h])\)\s+")


def clipped(sentence: str, wanted: Collection[str]) -> str:
    """Return a long enumeration with the items that have most of the ``wanted`` stems.

    What comes before the first item stays; items left out are an ellipsis. A sentence without an
    enumeration, or one whose items have as many of the stems each, comes back as it is.
    """
    marks = [match.start() for match in _MARK.finditer(sentence)]
    if len(sentence) <= _LONG or len(marks) < _ITEMS:
        return sentence
    head = sentence[: marks[0]]
    items = [sentence[a:b] for a, b in zip(marks, [*marks[1:], len(sentence)], strict=True)]
    had = [len({*wanted}.intersection(content_stems(item))) for item in items]
    best = max(had)
    if not best:  # what it begins with says it
        return f"{head.rstrip(' :,;(')} {ELLIPSIS}"
    if best == min(had):
        return sentence
    kept = [had_here == best for had_here in had]
    text, gap = head.rstrip(), False
    for item, keep in zip(items, kept, strict=True):
        if keep:
            text += f" {ELLIPSIS} {item.strip()}" if gap else f" {item.strip()}"
        gap = not keep
    body = text.rstrip(" ;,")
    if gap:
        return f"{re.sub(r'[;,]?(?: and)?$', '', body)} {ELLIPSIS}"
    return body
