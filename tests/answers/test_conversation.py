"""Follow-ups: what they refer to, what they go on about, and when they are new."""

from __future__ import annotations

import pytest

from rag.answers.conversation import referenced, standing_alone
from rag.records import Answer, Citation


def answer(question: str, *papers: tuple[int, str]) -> Answer:
    citations = tuple(Citation(n, f"p{n}", title, "", -1, -1, "") for n, title in papers)
    return Answer(question, "", True, "extractive", "", citations=citations)


FIRST = answer("What quantizer does AdaLog propose?", (1, "AdaLog: Adaptive Logarithm"))
MANY = answer(
    "Which papers segment objects in video?", (2, "EfficientTAM"), (3, "SimVOS"), (4, "VD-IT")
)


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Does it work on GELU outputs too?", ["GELU", "AdaLog propose", "Adaptive Logarithm"]),
        ("And on Swin?", ["Swin", "AdaLog"]),
        ("Why?", ["AdaLog"]),
        ("How does that compare with integer-only approaches?", ["integer-only", "AdaLog"]),
        ("What data does the method need for calibration runs?", ["calibration", "AdaLog"]),
    ],
)
def test_a_follow_up_takes_its_topic_along(question: str, parts: list[str]) -> None:
    query = standing_alone(question, [FIRST])
    assert all(part in query for part in parts)


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("Which FPGA accelerators serve multi-task transformers?", None),
        ("OK, unrelated: how big is Step-Video-T2V?", "how big is Step-Video-T2V?"),
        ("A different question: what is LaVie?", "what is LaVie?"),
        ("Is there a benchmark for long video understanding?", None),
        ("What does LLM4VG propose?", None),
        ("How does Tarsier work?", None),
        ("Which methods that prune transformers use second-order information?", None),
    ],
)
def test_a_new_topic_drops_the_old_one(question: str, query: str | None) -> None:
    assert standing_alone(question, [FIRST]) == (query or question)


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("How fast is the second one?", [3]),
        ("What does [4] report?", [4]),
        ("How do [2] and [4] differ?", [2, 4]),
        ("What does paper 3 use?", [3]),
        ("Is the last one faster?", [4]),
        ("Is the first faster than the third?", [2, 4]),
        ("What about [1]?", [1]),
        ("What does [9] say?", []),
        ("What happens in the first stage of training?", []),
        ("How is the last layer quantized?", []),
        ("Does the former use a GPU?", [2]),
    ],
)
def test_numbers_and_ordinals(question: str, numbers: list[int]) -> None:
    found = referenced(question, [FIRST, MANY])
    assert [citation.number for citation in found] == numbers
    query = standing_alone(question, [FIRST, MANY])
    assert all(citation.title in query for citation in found)


def test_an_ordinal_reaches_back_to_an_answer_with_so_many_papers() -> None:
    single = answer("And pruning?", (7, "Pruner"))
    assert referenced("How fast is the second one?", [MANY, single])[0].number == 3


def test_the_first_of_one_paper_is_no_choice() -> None:
    assert referenced("Is the first one larger?", [FIRST]) == []


def test_a_follow_up_that_names_something_new_leaves_the_old_title_out() -> None:
    assert standing_alone("And I-ViT?", [FIRST]) == "And I-ViT? What quantizer does AdaLog propose?"


def test_a_chain_of_follow_ups_keeps_the_first_topic() -> None:
    second = answer("Which of those is meant to run on phones?", (2, "EfficientTAM"))
    query = standing_alone("How fast is it there?", [MANY, second])
    assert "segment objects in video" in query
    assert "EfficientTAM" in query


def test_without_history_nothing_changes() -> None:
    assert standing_alone("Does it work?", []) == "Does it work?"
