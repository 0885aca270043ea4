"""Which word each token of a text belongs to, and which of them are worth comparing. Pure."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from rag.text.words import STOP_WORDS

# "ViT" and "16" of "ViT-16", "naïve"; not "-", "(" or "_".
_WORD = re.compile(r"[^\W_]+")


def content_tokens(text: str, offsets: NDArray[np.intp]) -> tuple[NDArray[np.intp], list[str]]:
    """Return the tokens of content words by their places in ``offsets``, and the word of each.

    Function words and punctuation are left out: they add nothing to late interaction and are half
    of all tokens. ``offsets`` has where each token stands in the text, shape ``(tokens, 2)``.
    """
    spans = [match.span() for match in _WORD.finditer(text)]
    starts = np.array([start for start, _ in spans], dtype=np.intp)
    places = np.searchsorted(starts, offsets[:, 0], side="right") - 1
    kept: list[int] = []
    words: list[str] = []
    for token, (place, (start, end)) in enumerate(
        zip(places.tolist(), offsets.tolist(), strict=True)
    ):
        if place < 0 or end <= start or end > spans[place][1]:
            continue
        word = text[slice(*spans[place])]
        if word.lower() not in STOP_WORDS:
            kept.append(token)
            words.append(word)
    return np.array(kept, dtype=np.intp), words
