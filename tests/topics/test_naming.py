"""What is read of a model's names for topics."""

from __future__ import annotations

import pytest

from rag.topics.naming import labels


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("1: coral reefs", [(1, "coral reefs")], id="a colon"),
        pytest.param("**2. coral reefs**", [(2, "coral reefs")], id="bold"),
        pytest.param("- 3) coral reefs", [(3, "coral reefs")], id="a list"),
        pytest.param("4 | coral reefs", [(4, "coral reefs")], id="a bar"),
        pytest.param("5 – coral reefs", [(5, "coral reefs")], id="a dash"),
        pytest.param("coral reefs: 6", [], id="the number behind"),
        pytest.param("7 coral reefs", [], id="no mark"),
        pytest.param("1234: coral reefs", [], id="four digits"),
        pytest.param("8:", [], id="no label"),
    ],
)
def test_lines_that_name_a_topic(line: str, found: list[tuple[int, str]]) -> None:
    assert list(labels(line)) == found
