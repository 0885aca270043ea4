"""Text from outside as it stands in a prompt."""

from __future__ import annotations

import pytest

from rag.models.prompting import as_data


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("[P1.1] so", "(P-1.1] so", id="an id"),
        pytest.param("so （ p 2", "so (p-2", id="spaces and another bracket"),
        pytest.param("by P3.2 so", "by P-3-2 so", id="a bare id"),
        pytest.param("[Paper 1] so", "[Paper-1] so", id="a word"),
        pytest.param("(p < 0.05)", "(p < 0.05)", id="a probability"),
        pytest.param("[1] {P2} so", "[1] {P-2} so", id="other marks"),
    ],
)
def test_nothing_in_a_text_looks_like_an_id(text: str, shown: str) -> None:
    assert as_data(text) == shown
