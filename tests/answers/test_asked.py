"""What a question asks for: how many papers, in which parts, side by side."""

from __future__ import annotations

import pytest

from rag.answers.asked import Aim, read


@pytest.mark.parametrize(
    ("question", "aim"),
    [
        ("How does it track?", "method"),
        ("What method does it use?", "method"),
        ("How limited is it?", "method"),
        ("What hardware is used?", "method"),
        ("Show its use on tissue", "method"),
        ("Does it track well?", "result"),
        ("Can corals grow?", "result"),
        ("How well does it track?", "result"),
        ("What results does it report?", "result"),
        ("Which is faster?", "result"),
        ("What limitations has it?", "problem"),
        ("Why is it used?", "problem"),
        ("What difficulty is there?", "problem"),
        ("Where does it fail?", "problem"),
        ("What is TanQ?", "meaning"),
        ("What are TanQ and MOSF in DopQ-ViT?", "meaning"),
        ("what does LookupViT do?", "meaning"),
        ("What is the best way to track?", "result"),
    ],
)
def test_aims(question: str, aim: Aim) -> None:
    assert read(question).aim == aim


@pytest.mark.parametrize(
    ("question", "most"),
    [
        ("Which two papers track?", 2),
        ("five recent approaches to tracking", 5),
        ("Which method tracks?", 1),
        ("Which light-weight ViT gets 79%?", 1),
        ("Which papers track?", None),
        ("How does it train in two stages?", None),
        ("How does it track?", None),
    ],
)
def test_how_many_papers(question: str, most: int | None) -> None:
    assert read(question).most == most


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("What does each train, and what compute time is saved by that?", 2),
        ("How does it track corals? And where do people sell it?", 2),
        ("What does it track, and how?", 1),
        ("salt and pepper noise", 1),
    ],
)
def test_parts(question: str, parts: int) -> None:
    asked = read(question)
    assert len(asked.parts) == parts
    assert asked.part_of(0) == asked.words(asked.parts[0])


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        (
            "What is the difference between dense models and sparse models?",
            ["dense models", "sparse models"],
        ),
        (
            "Contrast averaging weights with merging models.",
            ["averaging weights", "merging models"],
        ),
        ("Do CoralNet and the reef study agree about water?", ["CoralNet", "the reef study"]),
        ("How do corals, whales and fish differ?", []),
        ("Which papers track corals and whales?", []),
    ],
)
def test_sides_of_a_comparison(question: str, sides: list[str]) -> None:
    asked = read(question)
    assert [asked.words(side) for side in asked.sides] == sides


def test_a_question_for_one_fact_of_something_named_surveys_no_works() -> None:
    assert read("Which papers use LaVie?").surveys_works
    assert not read("Which pretrained encoders does LaVie use?").surveys_works
