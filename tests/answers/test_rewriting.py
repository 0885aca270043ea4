"""A follow-up as it stands alone: the model's words when they fit, else by rules."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.answers.rewriting import Rewriter
from rag.errors import ModelKeyError
from rag.models import Prompt
from rag.records import Answer, Citation
from tests.support.endpoint import ScriptedEndpoint, Step, chat_model

PROMPT = Prompt("Rewrite.", "$history / $papers / $question", "digest")


def answer(question: str, text: str = "", *papers: tuple[int, str]) -> Answer:
    citations = tuple(Citation(n, f"p{n}", title, "", -1, -1, "") for n, title in papers)
    return Answer(question, text, True, "extractive", "", citations=citations)


FIRST = answer("What is ReefNet?", "A model\x07 of\ncorals [1].", (1, "ReefNet: Corals"))
ALONE = "Does ReefNet run on phones?"
LONG = "Does it run on phones " + "corals " * 68 + "f?"
BY_RULES = "Does it run on phones? What is ReefNet? ReefNet: Corals"


def rewritten(
    step: Step, question: str = "Does it run on phones?", history: Sequence[Answer] = (FIRST,)
) -> tuple[str, ScriptedEndpoint]:
    endpoint = ScriptedEndpoint([step])
    return Rewriter(chat_model(endpoint), PROMPT).standing_alone(question, history), endpoint


def test_without_a_model_the_rules_decide() -> None:
    alone = Rewriter(None, PROMPT).standing_alone
    assert alone("Does it run on phones?", [FIRST]) == BY_RULES
    assert alone("Does it run on phones?", []) == "Does it run on phones?"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(ALONE, ALONE, id="fits"),
        pytest.param(" Does ReefNet\n run on phones? ", ALONE, id="on several lines"),
        pytest.param(f'"{ALONE}"', ALONE, id="in quotes"),
        pytest.param(f"**Rewritten question:** {ALONE}", ALONE, id="behind a label"),
        pytest.param(f"Sure! Here is the question:\n\n{ALONE}", ALONE, id="behind talk"),
        pytest.param(f"{ALONE}\n\nI replaced “it”.", ALONE, id="before talk"),
        pytest.param(f"```\n{ALONE}\n```", ALONE, id="in a fence"),
        pytest.param(f'```json\n{{"question": "{ALONE}"}}\n```', ALONE, id="in JSON"),
        pytest.param("Do corals run on phones?", "Do corals run on phones?", id="of the answer"),
        pytest.param("ReefNet runs on phones.", BY_RULES, id="a statement"),
        pytest.param("Does ReefNet run?", BY_RULES, id="loses a word"),
        pytest.param("Bread rises.", BY_RULES, id="shares no word"),
        pytest.param("", BY_RULES, id="says nothing"),
        pytest.param(500, BY_RULES, id="fails"),
        pytest.param(LONG, LONG, id="as long as may be"),
        pytest.param(f"{LONG[:-1]}s?", BY_RULES, id="too long"),
    ],
)
def test_a_reply_must_be_a_question_of_this_conversation(reply: Step, expected: str) -> None:
    assert rewritten(reply)[0] == expected


@pytest.mark.parametrize(
    ("question", "history", "expected"),
    [
        pytest.param("Does it run?", [], "Does it run?", id="no conversation yet"),
        pytest.param(
            "What does [1] use?", [FIRST], "ReefNet: Corals: What does use?", id="a number"
        ),
    ],
)
def test_a_model_is_asked_only_when_it_may_help(
    question: str, history: list[Answer], expected: str
) -> None:
    found, endpoint = rewritten("Whose corals?", question, history)
    assert found == expected
    assert endpoint.asked == []


def test_what_a_model_is_told() -> None:
    _, endpoint = rewritten("Does ReefNet run?", "Does it\x07\n run?")
    assert endpoint.prompt == (
        "Q: What is ReefNet?\nA: A model of corals [1]. / [1] ReefNet: Corals / Does it run?"
    )
    _, endpoint = rewritten("Does it run?", history=[answer("Why?", "So.")])
    assert endpoint.prompt == "Q: Why?\nA: So. / none / Does it run on phones?"


def test_a_model_is_told_of_the_last_four_answers_and_of_all_papers() -> None:
    history = [answer(f"Q{i}?", "", (i, f"Paper {i}")) for i in range(6)]
    _, endpoint = rewritten("Does it run?", history=history)
    told, papers, _ = endpoint.prompt.split(" / ")
    assert told == "\n".join(f"Q: Q{i}?\nA: " for i in range(2, 6))
    assert papers == "\n".join(f"[{i}] Paper {i}" for i in range(6))


def test_long_texts_are_cut() -> None:
    long = answer("q" * 999, "a" * 999, (1, "t" * 999))
    _, endpoint = rewritten("Does it run?", history=[long])
    assert endpoint.prompt == (
        f"Q: {'q' * 300}\nA: {'a' * 400} / [1] {'t' * 200} / Does it run on phones?"
    )


def test_a_refused_key_gets_out() -> None:
    with pytest.raises(ModelKeyError):
        rewritten(401)


def test_an_earlier_question_is_no_rewriting_of_a_later_one() -> None:
    found, _ = rewritten("What is ReefNet?", "What is it?")
    assert found != "What is ReefNet?"
