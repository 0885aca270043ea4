"""The sentences that notices are made of."""

from __future__ import annotations

import pytest

from rag.text.notices import EMPTY, no_paper_mentions, quoted


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param([], "", id="nothing"),
        pytest.param(["squids"], "No paper mentions squids.", id="one"),
        pytest.param(list("abcde"), "No paper mentions a, b, c, d, e.", id="five"),
        pytest.param(list("abcdef"), "No paper mentions a, b, c, d, e.", id="no more than five"),
    ],
)
def test_words_that_no_paper_has(words: list[str], told: str) -> None:
    assert no_paper_mentions(words) == told


@pytest.mark.parametrize(
    ("titles", "told"),
    [
        pytest.param([], "", id="nothing"),
        pytest.param(["Corals"], "“Corals”", id="one"),
        pytest.param(["Corals: old, new", "Whales"], "“Corals: old, new”; “Whales”", id="two"),
        pytest.param(["M$^{2}$Net\x07"], "“M²Net”", id="made readable"),
    ],
)
def test_titles_in_quotation_marks(titles: list[str], told: str) -> None:
    assert quoted(titles) == told
    assert quoted(iter(titles)) == told


def test_an_empty_library_is_told_in_a_sentence() -> None:
    assert EMPTY == "The library holds no paper yet."
