"""A model as judge: what its one word means, and that a failure is no opinion."""

from __future__ import annotations

import pytest

from rag.errors import ModelKeyError
from rag.grounding import ModelJudge
from rag.models import Prompt
from rag.records import Support
from tests.support.endpoint import ScriptedEndpoint, Step, chat_model

PROMPT = Prompt("Judge.", "$claim / $sentences", "digest")


def judge(step: Step) -> tuple[Support | None, ScriptedEndpoint]:
    endpoint = ScriptedEndpoint([step])
    found = ModelJudge(chat_model(endpoint), PROMPT).judge("It grows.", ["Corals grow.", "So."])
    return found, endpoint


@pytest.mark.parametrize(
    ("reply", "support"),
    [
        pytest.param("YES", "supported", id="yes"),
        pytest.param("PARTLY", "partial", id="partly"),
        pytest.param("NO", "unsupported", id="no"),
        pytest.param(" yes, all of it.\n", "supported", id="in another dress"),
        pytest.param("Partly: it grows.", "partial", id="with a reason"),
        pytest.param("Well, yes", None, id="something else first"),
        pytest.param("", None, id="nothing"),
        pytest.param(500, None, id="a failure"),
    ],
)
def test_what_a_reply_means(reply: Step, support: Support | None) -> None:
    assert judge(reply)[0] == support


def test_what_a_judge_is_asked() -> None:
    _, endpoint = judge("YES")
    (asked,) = endpoint.asked
    assert [message["content"] for message in asked["messages"]] == [
        "Judge.", "It grows. / - Corals grow.\n- So.",
    ]  # fmt: skip


def test_a_refused_key_gets_out() -> None:
    with pytest.raises(ModelKeyError):
        judge(401)
