"""Which tokens are compared: those of content words, each with its word."""

from __future__ import annotations

import numpy as np
import pytest

from rag.models import content_tokens


def kept(text: str, tokens: list[str]) -> list[tuple[str, str]]:
    """Cut a text into these tokens, and return those that are kept with their words."""
    offsets: list[tuple[int, int]] = []
    for token in tokens:
        start = text.index(token, offsets[-1][1] if offsets else 0)
        offsets.append((start, start + len(token)))
    places, words = content_tokens(text, np.array(offsets, dtype=np.intp).reshape(-1, 2))
    return [(tokens[place], word) for place, word in zip(places.tolist(), words, strict=True)]


@pytest.mark.parametrize(
    ("text", "tokens", "expected"),
    [
        pytest.param("the corals", ["the", "corals"], [("corals", "corals")], id="function word"),
        pytest.param("The corals", ["The", "corals"], [("corals", "corals")], id="at the start"),
        pytest.param(
            "coral, reef", ["coral", ",", "reef"], [("coral",) * 2, ("reef",) * 2], id="comma"
        ),
        pytest.param(
            "masking", ["mask", "ing"], [("mask", "masking"), ("ing", "masking")], id="pieces"
        ),
        pytest.param("ViT-16", ["ViT", "-", "16"], [("ViT",) * 2, ("16",) * 2], id="hyphen"),
        pytest.param("naïve", ["naïve"], [("naïve",) * 2], id="accent"),
        pytest.param("( of )", ["(", "of", ")"], [], id="nothing"),
        pytest.param("", [], [], id="no token"),
    ],
)
def test_tokens_of_content_words(
    text: str, tokens: list[str], expected: list[tuple[str, str]]
) -> None:
    assert kept(text, tokens) == expected


def test_tokens_that_are_no_part_of_a_word_are_left_out() -> None:
    text = "coral reef"
    offsets = np.array([(0, 0), (0, 10), (6, 10)], dtype=np.intp)  # empty, across two words, one
    places, words = content_tokens(text, offsets)
    assert (places.tolist(), words) == ([2], ["reef"])
