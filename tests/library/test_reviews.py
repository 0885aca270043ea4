"""Summaries that are kept: what comes back, and what goes first."""

from __future__ import annotations

import pytest

from rag import Assistant
from rag.library import Library
from rag.library import reviews as module
from rag.library.reviews import Reviews


def test_a_review_comes_back_with_its_topic(seeded: Assistant, empty: Assistant) -> None:
    topic = seeded.topics()[0]
    kept = empty.library.reviews
    for key, about in (("a", topic), ("b", "masked autoencoders")):
        summary = seeded.summarize(about)
        kept.keep(key, about, summary)
        assert kept.get(key) == (about, summary)
    assert kept.get("c") is None


def test_the_oldest_go_first(
    seeded: Assistant, empty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    library: Library = empty.library
    summary = seeded.summarize("zebra fish")
    monkeypatch.setattr(module, "KEPT", 2)
    moments = iter((1.0, 2.0, 3.0))
    kept = Reviews(library.conversations._database, clock=lambda: next(moments))
    for key in "abc":
        kept.keep(key, "zebra fish", summary)
    assert [key for key in "abc" if kept.get(key)] == ["b", "c"]
