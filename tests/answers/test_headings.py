"""The groups of a long survey."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answers.asked import read
from rag.answers.headings import grouped
from rag.text.citations import Anchor
from tests.support.evidence import anchor, paper

TITLES = [
    "Video object tracking for whales",
    "Coral reef growth in tanks",
    "Fast object tracking",
    "Warm coral reef loss",
    "Fish",
]


def papers(titles: Sequence[str]) -> list[Sequence[Anchor]]:
    return [[anchor(paper(title, "It is so.", f"p{i}"), 1)] for i, title in enumerate(titles)]


def groups(question: str, titles: Sequence[str] = TITLES) -> list[tuple[str, list[str]]]:
    found = grouped(papers(titles), read(question))
    return [(heading, [one[0].paper.id for one in members]) for heading, members in found]


def test_many_papers_are_grouped_under_what_they_share() -> None:
    assert groups("Which papers are on the sea?") == [
        ("Object tracking", ["p0", "p2"]),
        ("Coral reef", ["p1", "p3"]),
        ("Also", ["p4"]),
    ]


def test_what_the_question_says_already_is_no_heading() -> None:
    assert [heading for heading, _ in groups("Which papers are on coral reefs?")] == [""]


def test_few_papers_and_other_questions_have_no_headings() -> None:
    assert groups("Which papers are on the sea?", TITLES[:4]) == [("", ["p0", "p1", "p2", "p3"])]
    assert len(groups("How does it grow?")) == 1


def test_papers_that_share_nothing_have_no_headings() -> None:
    titles = ["Whales", "Corals", "Fish", "Squids", "Sharks"]
    assert len(groups("Which papers are on the sea?", titles)) == 1
