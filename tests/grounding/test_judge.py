"""A model as judge: what its reply means, what it may change, and that a failure is no opinion."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.errors import ModelKeyError
from rag.grounding import ModelJudge, Statement
from rag.models import Prompt
from rag.records import Support
from tests.support.endpoint import ScriptedEndpoint, Step, chat_model
from tests.support.evidence import anchor, paper

PROMPT = Prompt("Judge.", "$claims / $form", "digest")
CORALS = paper("Corals", "Corals grow. Corals fade.")


def statement(support: Support, *, cites: bool = True, faulted: bool = False) -> Statement:
    anchors = (anchor(CORALS, 1),) if cites else ()
    return Statement(" ", "It grows.", anchors, support, faulted)


def judged(step: Step, *statements: Statement) -> tuple[list[Support], ScriptedEndpoint]:
    endpoint = ScriptedEndpoint([step])
    marks, _ = ModelJudge(chat_model(endpoint), PROMPT).marks(statements)
    return marks, endpoint


@pytest.mark.parametrize(
    ("reply", "support"),
    [
        pytest.param("1: YES", "supported", id="yes"),
        pytest.param("1: PARTLY", "partial", id="partly"),
        pytest.param("1: NO", "unsupported", id="no"),
        pytest.param("Claim 1 - no, it fades.\n", "unsupported", id="in another dress"),
        pytest.param("**1.** Partly", "partial", id="in bold"),
        pytest.param("NO", "unsupported", id="without a number"),
        pytest.param('{"marks": [{"claim": 1, "mark": "not stated"}]}', "unsupported", id="JSON"),
        pytest.param("1: contradicted", "unsupported", id="contradicted"),
        pytest.param("1: not stated", "unsupported", id="not stated"),
        pytest.param("1: supported", "supported", id="supported"),
        pytest.param('```json\n[{"claim": 1, "mark": "partly"}]\n```', "partial", id="fenced"),
        pytest.param("2: NO", "supported", id="another claim"),
        pytest.param("Well, yes", "supported", id="no mark"),
        pytest.param("{1: NO", "supported", id="broken JSON"),
        pytest.param("No pre-training is needed [P1.1].", "supported", id="a sentence"),
        pytest.param("", "supported", id="nothing"),
        pytest.param(400, "supported", id="a failure"),
    ],
)
def test_what_a_reply_means(reply: Step, support: Support) -> None:
    assert judged(reply, statement("supported"))[0] == [support]


@pytest.mark.parametrize(
    ("before", "opinion", "after"),
    [
        pytest.param(statement("partial"), "YES", "supported", id="settles partly: up"),
        pytest.param(statement("partial"), "NO", "unsupported", id="settles partly: down"),
        pytest.param(statement("unchecked"), "YES", "supported", id="decides what was not checked"),
        pytest.param(statement("partial", faulted=True), "YES", "partial", id="not over a rule"),
        pytest.param(statement("partial", faulted=True), "NO", "unsupported", id="below a rule"),
        pytest.param(statement("unsupported"), "YES", "unsupported", id="raises nothing"),
        pytest.param(
            statement("supported", cites=False), "NO", "supported", id="not what cites nothing"
        ),
    ],
)
def test_what_it_may_change(before: Statement, opinion: str, after: Support) -> None:
    assert judged(f"1: {opinion}", before)[0] == [after]


def test_only_what_can_be_settled_is_asked_about_in_one_request() -> None:
    marks, endpoint = judged(
        "1: YES\n2: NO", statement("supported"), statement("unsupported"), statement("partial")
    )
    assert marks == ["supported", "unsupported", "unsupported"]
    (asked,) = endpoint.asked
    told = "Title: Corals\nSentence: Corals grow.\nClaim: It grows."
    assert [message["content"] for message in asked["messages"]] == [
        "Judge.", f"Claim 1\n{told}\n\nClaim 2\n{told} / ",
    ]  # fmt: skip
    assert asked["response_format"]["type"] == "json_schema"


def test_what_is_cited_word_for_word_is_not_asked_about() -> None:
    marks, endpoint = judged("1: NO", replace(statement("supported"), verbatim=True))
    assert (marks, endpoint.asked) == (["supported"], [])


def test_nothing_to_settle_costs_nothing() -> None:
    assert judged("1: YES", statement("unsupported"))[1].asked == []


def test_a_refused_key_gets_out() -> None:
    with pytest.raises(ModelKeyError):
        judged(401, statement("supported"))
