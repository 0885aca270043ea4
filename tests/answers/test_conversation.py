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
        pytest.param("What does No. 3 use?", [3], id="a number in words"),
        pytest.param("Is the final approach better?", [4], id="the final approach"),
        pytest.param("Does layer 3 use a GPU?", [], id="the number of something else"),
        pytest.param("What do papers 3 use?", [], id="papers"),
        pytest.param("What comes first one by one?", [], id="first without the"),
    ],
)
def test_numbers_and_ordinals(question: str, numbers: list[int]) -> None:
    found = referenced(question, [FIRST, MANY])
    assert [citation.number for citation in found] == numbers
    query = standing_alone(question, [FIRST, MANY])
    assert all(citation.title in query for citation in found)


@pytest.mark.parametrize(
    ("start", "is_new"),
    [
        pytest.param("By the way, ", True, id="by the way"),
        pytest.param("Thanks. Now, on another note: ", True, id="thanks before"),
        pytest.param("Switching gears, ", True, id="switching"),
        pytest.param("Something else. ", True, id="something else"),
        pytest.param("Different models: ", False, id="different things"),
        pytest.param("By the way ", False, id="no mark"),
        pytest.param("The new topic: ", False, id="another start"),
    ],
)
def test_an_announced_topic_is_new(start: str, is_new: bool) -> None:
    question = "how does it prune large transformers?"
    assert (standing_alone(start + question, [FIRST]) == question) is is_new


@pytest.mark.parametrize(
    ("question", "refers"),
    [
        pytest.param("Does it prune large transformers?", True, id="it"),
        pytest.param("How do the authors prune large transformers?", True, id="the authors"),
        pytest.param("More large transformers prune tokens?", True, id="more at the start"),
        pytest.param("How about large transformers prune tokens?", True, id="how about"),
        pytest.param("Do more large transformers prune tokens?", False, id="more inside"),
        pytest.param("Do items prune large transformers?", False, id="a longer word"),
        pytest.param("Do authors prune large transformers?", False, id="authors without the"),
    ],
)
def test_words_that_point_back(question: str, refers: bool) -> None:
    assert (standing_alone(question, [FIRST]) != question) is refers


@pytest.mark.parametrize(
    ("question", "refers"),
    [
        pytest.param("Is it possible to prune large transformers?", False, id="is it possible"),
        pytest.param("Does it take days to prune large transformers?", False, id="does it take"),
        pytest.param("Are there large transformers to prune?", False, id="are there"),
        pytest.param("Do layers that prune large transformers help?", False, id="a clause"),
        pytest.param("Is it able to prune large transformers?", True, id="is it able"),
        pytest.param("Were there large transformers to prune?", True, id="were there"),
        pytest.param("That prunes large transformers?", True, id="that at the start"),
        pytest.param("Do layers that compare large transformers help?", True, id="that compare"),
    ],
)
def test_words_that_only_seem_to_point_back(question: str, refers: bool) -> None:
    assert (standing_alone(question, [FIRST]) != question) is refers


@pytest.mark.parametrize(
    ("question", "takes_title"),
    [
        pytest.param("And its I-ViT?", True, id="its"),
        pytest.param("And those of I-ViT?", True, id="those"),
        pytest.param("And the I-ViT?", False, id="the"),
        pytest.param("And items of I-ViT?", False, id="a longer word"),
    ],
)
def test_a_pronoun_beside_a_new_name_takes_the_title_along(
    question: str, takes_title: bool
) -> None:
    assert ("Adaptive Logarithm" in standing_alone(question, [FIRST])) is takes_title


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


@pytest.mark.parametrize(
    ("question", "refers"),
    [
        ("video quality", False),
        ("masked autoencoders", False),
        ("quantization", False),
        ("What is distillation?", False),
        ("What limitations?", True),
        ("Training cost?", True),
        ("How fast?", True),
        ("Why?", True),
        ("And distillation?", True),
        ("What about distillation?", True),
    ],
)
def test_a_short_topic_stands_by_itself(question: str, refers: bool) -> None:
    assert (standing_alone(question, [FIRST]) != question) is refers
