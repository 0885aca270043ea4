"""Replies of a model: streamed or read whole, and what becomes of a failure."""

from __future__ import annotations

import httpx
import pytest

from rag.errors import ModelDownError, ModelError, ModelKeyError
from rag.models.endpoint import Endpoint
from rag.models.llm import ChatModel
from rag.models.reply import Reply
from tests.support.endpoint import Gated, ScriptedEndpoint, Step, broken_stream


def reply_to(step: Step) -> Reply:
    transport = httpx.MockTransport(ScriptedEndpoint([step]))
    endpoint = Endpoint("http://127.0.0.1:1/v1", "k", 5.0, "RAG_LLM", transport)
    return ChatModel("scripted", endpoint, window=8_000).reply("system", "user")


def test_a_reply_is_read_with_what_it_cost() -> None:
    with reply_to("Corals grow.") as reply:
        assert reply.read() == "Corals grow."
    assert (reply.failure, reply.input_tokens, reply.output_tokens) == ("", 321, 45)


@pytest.mark.parametrize(
    ("step", "text"),
    [
        pytest.param(500, "", id="overloaded"),
        pytest.param(httpx.ConnectError("refused"), "", id="unreachable"),
        pytest.param(broken_stream("Corals grow.", after=1), "Coral", id="broken off"),
    ],
)
def test_a_failure_is_told_and_what_came_before_is_kept(step: Step, text: str) -> None:
    with reply_to(step) as reply:
        reply.read()
    assert reply.failure
    assert reply.text == text


def test_outside_with_a_failure_is_raised() -> None:
    with pytest.raises(ModelDownError):
        reply_to(500).read()


def test_a_refused_key_gets_out() -> None:
    with pytest.raises(ModelKeyError), reply_to(401) as reply:
        reply.read()


def test_what_is_no_failure_of_the_model_gets_out() -> None:
    with pytest.raises(ZeroDivisionError), reply_to("x"):
        raise ZeroDivisionError


def test_only_a_refused_key_ends_everything() -> None:
    errors: list[type[ModelError]] = [ModelError, *ModelError.__subclasses__()]
    assert [error for error in errors if error.ends_everything] == [ModelKeyError]


def test_leaving_stops_the_model() -> None:
    gated = Gated("Corals ", "grow.")
    with reply_to(gated.response()) as reply:
        assert next(iter(reply)) == "Corals "
    assert gated.closed.is_set()
