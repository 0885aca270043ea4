"""The whole path against a real OpenAI-compatible server: litellm's proxy with scripted replies.

``.ci/run`` starts it and names it in ``CITED_RAG_TEST_ENDPOINT``; without one these tests say so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from rag import Assistant, Settings
from tests.support.checks import check_anchors
from tests.support.masking import QUESTION

pytestmark = pytest.mark.slow
Open = Callable[[str], Assistant]


@pytest.fixture
def open_model(seed_home: Path) -> Iterator[Open]:
    url = os.environ.get("CITED_RAG_TEST_ENDPOINT", "")
    if not url:
        pytest.skip("no server: set CITED_RAG_TEST_ENDPOINT, as .ci/run does")
    opened: list[Assistant] = []

    def open_it(model: str) -> Assistant:
        settings = Settings(
            home=seed_home,
            openai_base_url=url,
            openai_api_key=SecretStr("sk-test-key"),
            llm_model=model,
            llm_timeout=20,
            judge="rules",
        )
        opened.append(Assistant.open(settings))
        return opened[-1]

    yield open_it
    for assistant in opened:
        assistant.close()


def test_wrong_citations_are_moved_marked_and_counted(open_model: Open) -> None:
    assistant = open_model("wrong-citations")
    stream = assistant.stream(QUESTION)
    pieces = list(stream)
    answer = stream.answer
    assert len(pieces) >= 4
    assert "".join(pieces) == answer.text
    assert [claim.support for claim in answer.claims] == [
        "supported",
        "supported",
        "unsupported",
        "unsupported",
    ]
    assert "1 citation was moved" in answer.notice
    assert "1 made-up source id was removed" in answer.notice
    assert answer.usage.output_tokens > 0
    check_anchors(assistant, answer)


def test_a_reply_without_ids_is_cited(open_model: Open) -> None:
    answer = open_model("no-ids").ask(QUESTION)
    assert answer.mode == "llm"
    assert answer.claims[0].support == "supported"


def test_a_refusal_is_believed(open_model: Open) -> None:
    answer = open_model("no-answer").ask("How do people search in large collections of films?")
    assert (answer.grounded, answer.mode) == (False, "llm")


def test_a_refusal_of_what_is_clearly_there_is_not(open_model: Open) -> None:
    answer = open_model("no-answer").ask(QUESTION)
    assert (answer.grounded, answer.mode) == (True, "extractive")


@pytest.mark.parametrize(
    ("model", "part"), [("busy", "429"), ("broken", "500"), ("missing", "has no model 'missing'")]
)
def test_a_failing_server_leaves_an_extractive_answer(
    open_model: Open, model: str, part: str
) -> None:
    assistant = open_model(model)
    answer = assistant.ask(QUESTION)
    assert (answer.mode, answer.grounded) == ("extractive", True)
    assert part in answer.notice
    check_anchors(assistant, answer)
