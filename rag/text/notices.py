"""The sentences that notices are made of, so that every room says the same thing alike. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.text.readable import readable

EMPTY = "The library holds no paper yet."
NOTHING_LEFT = "No paper meets the filters."
BY_WORDS = (
    "The vector index is away, so papers were found by their words alone; `rag doctor` says what "
    "to do."
)
_NAMED = 5  # words that a notice names


def no_paper_mentions(words: Sequence[str]) -> str:
    """Say which words stand in no paper, the first few of them; nothing when there are none."""
    return f"No paper mentions {', '.join(words[:_NAMED])}." if words else ""


def quoted(titles: Iterable[str]) -> str:
    """List titles or labels, readable and in quotation marks."""
    return "; ".join(f"“{readable(title)}”" for title in titles)


def joined(*sentences: str) -> str:
    """Put the sentences that there are into one text."""
    return " ".join(filter(None, sentences))
