"""What endpoints take is found out once, by asking again without what they refuse."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from rag.errors import ModelDownError, ModelError, PromptTooLongError
from rag.models import ChatModel
from rag.models.endpoint import Endpoint
from tests.support.endpoint import (
    ScriptedEndpoint,
    Step,
    chat_model,
    delta,
    events,
    finished,
    refusal,
    strict,
    whole,
)

SAID = "Corals grow."
SCHEMA = {"type": "object", "properties": {"word": {"type": "string"}}}
LIMIT = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
EMPTY_AT_LIMIT: Step = lambda _: finished("", "length")  # noqa: E731


def asked_twice(step: Step, **given: Any) -> tuple[ScriptedEndpoint, ChatModel]:
    """Ask a model twice; both times it answers."""
    endpoint = ScriptedEndpoint([step])
    model = chat_model(endpoint)
    for _ in range(2):
        assert model.reply("s", "u", **given).read() == SAID
    return endpoint, model


@pytest.mark.parametrize(
    ("refused", "requests"),
    [
        pytest.param({}, 2, id="takes all"),
        pytest.param({"max_tokens": (400, LIMIT)}, 3, id="another name of the limit"),
        pytest.param(
            {"max_tokens": (400, LIMIT), "max_completion_tokens": (400, "max_completion_tokens?")},
            4,
            id="no limit",
        ),
        pytest.param({"temperature": (400, "Unsupported value: 'temperature'")}, 3, id="warm"),
        pytest.param({"stream_options": (422, "Extra inputs: 'stream_options'")}, 3, id="usage"),
        pytest.param({"stream": (501, "not implemented")}, 3, id="501"),
        pytest.param({"stream": (404, "streaming is not supported here")}, 3, id="404"),
        pytest.param({"stream": (400, "must be verified to stream this model")}, 3, id="verified"),
        pytest.param({"system": (400, "System role not supported")}, 3, id="Gemma"),
        pytest.param(
            {"system": (500, "Jinja Exception: System role not supported")}, 3, id="llama.cpp"
        ),
        pytest.param({"response_format": (400, "response_format unavailable")}, 3, id="schema"),
        pytest.param({"response_format": (400, "Bad request")}, 3, id="names nothing"),
        pytest.param(
            {
                "max_tokens": (400, LIMIT),
                "temperature": (400, "'temperature' is unsupported"),
                "response_format": (400, "no response_format"),
                "stream_options": (400, "no stream_options"),
            },
            6,
            id="one after the other",
        ),
    ],
)
def test_what_is_refused_is_left_out_from_then_on(
    refused: dict[str, tuple[int, str]], requests: int
) -> None:
    reply = whole(SAID) if "stream" in refused else SAID
    endpoint, model = asked_twice(strict(refused, reply), schema=SCHEMA)
    assert len(endpoint.asked) == requests
    assert model.takes_schema is ("response_format" not in refused)


def test_a_request_carries_everything_at_first() -> None:
    endpoint, model = asked_twice(SAID, schema=SCHEMA, tokens=64)
    assert endpoint.asked[0] == {
        "model": "scripted",
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
        "max_tokens": 64,
        "temperature": 0.1,
        "stream": True,
        "stream_options": {"include_usage": True},
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": True, "schema": SCHEMA},
        },
    }
    assert model.takes_schema


def test_a_system_message_is_merged_into_the_users() -> None:
    step = strict({"system": (400, "System role not supported")}, SAID)
    endpoint, _ = asked_twice(step)
    assert endpoint.asked[-1]["messages"] == [{"role": "user", "content": "s\n\nu"}]


def test_a_reply_tells_whether_it_was_held_to_the_schema() -> None:
    held = chat_model(ScriptedEndpoint([SAID])).reply("s", "u", schema=SCHEMA)
    free = chat_model(ScriptedEndpoint([SAID])).reply("s", "u")
    step = strict({"response_format": (400, "no json_schema")}, SAID)
    refused = chat_model(ScriptedEndpoint([step])).reply("s", "u", schema=SCHEMA)
    for reply in (held, free, refused):
        reply.read()
    assert [reply.in_schema for reply in (held, free, refused)] == [True, False, False]


def test_a_guess_that_did_not_help_is_taken_back() -> None:
    endpoint = ScriptedEndpoint([refusal(400, "Bad request")])
    model = chat_model(endpoint)
    with pytest.raises(ModelDownError, match="Bad request"):
        model.reply("s", "u", schema=SCHEMA).read()
    assert len(endpoint.asked) == 2
    assert model.takes_schema


def test_a_400_without_a_schema_is_not_asked_again() -> None:
    endpoint = ScriptedEndpoint([refusal(400, "Bad request")])
    with pytest.raises(ModelDownError, match="answered 400: Bad request"):
        chat_model(endpoint).reply("s", "u").read()
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize(
    "step",
    [refusal(404, "no max_tokens here"), refusal(500, "temperature too high in the server room")],
    ids=["404", "500"],
)
def test_a_failure_of_another_kind_teaches_nothing(step: Step) -> None:
    model = chat_model(ScriptedEndpoint([step]))
    with pytest.raises(ModelError):
        model.reply("s", "u").read()
    assert model.abilities.told == []


def test_the_rounds_are_bounded() -> None:
    def fussy(body: dict[str, Any]) -> Step:
        names = ("stream_options", "temperature", "max_tokens", "max_completion_tokens")
        for name in (*names, "response_format", "stream"):
            if name in body:
                return refusal(400, f"no {name}")
        return refusal(400, "no system message")

    endpoint = ScriptedEndpoint([fussy])
    with pytest.raises(ModelDownError, match="one option after the other"):
        chat_model(endpoint).reply("s", "u", schema=SCHEMA).read()
    assert len(endpoint.asked) == 6


def test_a_largest_limit_that_is_named_is_kept_to() -> None:
    def step(body: dict[str, Any]) -> Step:
        if body["max_tokens"] > 500:
            return refusal(400, "max_tokens is too large. At most 500 completion tokens")
        return SAID

    endpoint, _ = asked_twice(step)
    assert [body["max_tokens"] for body in endpoint.asked] == [1_200, 500, 500]


# -- the reply's limit ---------------------------------------------------------------------------


def thinks_until(tokens: int) -> Step:
    """Return a step that says something only where it may use more than so many tokens."""

    def step(body: dict[str, Any]) -> Step:
        if body["max_tokens"] > tokens:
            return SAID
        return events(delta(reasoning_content="Hm."), delta(reason="length"))

    return step


def roomy(endpoint: ScriptedEndpoint, window: int = 40_000) -> ChatModel:
    return chat_model(endpoint, window=window)


def test_a_limit_that_thinking_used_up_is_raised_and_kept() -> None:
    endpoint = ScriptedEndpoint([thinks_until(5_000)])
    model = roomy(endpoint)
    room = model.room
    assert [model.reply("s", "u").read() for _ in range(2)] == [SAID, SAID]
    assert [body["max_tokens"] for body in endpoint.asked] == [1_200, 4_800, 19_200, 19_200]
    assert model.room < room


def test_a_limit_that_was_kept_can_be_raised_again() -> None:
    endpoint = ScriptedEndpoint([thinks_until(1_200)])
    model = roomy(endpoint)
    assert model.reply("s", "u").read() == SAID
    endpoint.replies = [thinks_until(5_000)]
    assert model.reply("s", "u").read() == SAID
    assert endpoint.asked[-1]["max_tokens"] == 19_200


def test_thinking_gets_more_beside_a_limit_of_its_own() -> None:
    endpoint = ScriptedEndpoint([thinks_until(2_000)])
    assert roomy(endpoint).reply("s", "u", tokens=64).read() == SAID
    assert [body["max_tokens"] for body in endpoint.asked] == [64, 3_664]


@pytest.mark.parametrize(
    "step",
    [
        EMPTY_AT_LIMIT,
        lambda _: finished("<think>Hm, hm.", "length"),
        lambda _: events(delta(reasoning="Hm."), delta("\n", "length")),
    ],
    ids=["nothing", "an open thought", "white space"],
)
def test_a_model_that_only_thinks_is_an_error_that_names_the_setting(step: Step) -> None:
    endpoint = ScriptedEndpoint([step])
    with pytest.raises(ModelDownError, match=r"used up 19200 tokens.*RAG_LLM_REPLY"):
        roomy(endpoint).reply("s", "u").read()
    assert len(endpoint.asked) == 3


def test_what_was_asked_again_is_paid_for() -> None:
    def step(body: dict[str, Any]) -> Step:
        usage = {"prompt_tokens": 9, "completion_tokens": 100}
        end = delta(SAID, "stop") if body["max_tokens"] > 1_200 else delta("", "length")
        return events(end, {"choices": [], "usage": usage})

    reply = roomy(ScriptedEndpoint([step])).reply("s", "u")
    reply.read()
    assert (reply.input_tokens, reply.output_tokens) == (18, 200)


def test_a_prompt_that_leaves_no_room_to_think_is_too_long() -> None:
    endpoint = ScriptedEndpoint([EMPTY_AT_LIMIT])
    with pytest.raises(PromptTooLongError, match="RAG_LLM_CONTEXT"):
        chat_model(endpoint, window=2_400).reply("s", "u" * 7_000).read()


def test_a_reply_that_was_cut_names_the_setting() -> None:
    with pytest.raises(ModelDownError, match=r"limit of 1200 tokens; raise RAG_LLM_REPLY"):
        chat_model(ScriptedEndpoint([finished(SAID, "length")])).reply("s", "u").read()


def test_a_content_filter_is_named() -> None:
    with pytest.raises(ModelDownError, match="content filter"):
        chat_model(ScriptedEndpoint([finished("Cor", "content_filter")])).reply("s", "u").read()


# -- the context ---------------------------------------------------------------------------------


def too_long(step: Step, *, window: int = 8_000) -> tuple[ModelError, ChatModel, int]:
    endpoint = ScriptedEndpoint([step])
    model = chat_model(endpoint, window=window)
    with pytest.raises(PromptTooLongError) as caught:
        model.reply("s", "long " * 4_000).read()
    return caught.value, model, len(endpoint.asked)


@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_a_context_that_is_named_lowers_the_window(status: int) -> None:
    step = refusal(status, "the request exceeds the available context size", n_ctx=2_048)
    error, model, requests = too_long(step)
    assert isinstance(error, PromptTooLongError)
    assert (error.room, model.window, model.room, requests) == (2_048, 2_048, 1_024, 1)
    assert "RAG_LLM_CONTEXT" in str(error)


def test_a_context_within_a_stream_is_understood() -> None:
    step = events({"error": {"message": "model is loaded with context length of only 4096 tokens"}})
    assert too_long(step)[1].window == 4_096


def test_a_context_that_is_not_named_leaves_the_window() -> None:
    error, model, _ = too_long(refusal(400, "prompt is too long"))
    assert isinstance(error, PromptTooLongError)
    assert (error.room, model.window) == (None, 8_000)


def test_a_context_larger_than_ours_leaves_the_window() -> None:
    assert too_long(refusal(400, "maximum context length is 9000 tokens"))[1].window == 8_000


def test_a_prompt_that_fits_beside_a_shorter_reply_is_asked_again() -> None:
    def step(body: dict[str, Any]) -> Step:
        if body["max_tokens"] > 1_100:
            return refusal(400, "maximum context length is 2048 tokens. You requested 2200")
        return SAID

    endpoint = ScriptedEndpoint([step])
    model = chat_model(endpoint)
    assert model.reply("", "u" * 3_500).read() == SAID  # 1,000 tokens
    assert [body["max_tokens"] for body in endpoint.asked] == [1_200, 1_048]
    assert model.window == 2_048


@pytest.mark.parametrize(
    ("tokens", "short", "window"), [(2_047, True, 2_047), (3_400, False, 8_000), (0, False, 8_000)]
)
def test_a_prompt_that_was_cut_silently_is_told(tokens: int, short: bool, window: int) -> None:
    usage = {"prompt_tokens": tokens, "completion_tokens": 3}
    step = events(delta(SAID, "stop"), {"choices": [], "usage": usage})
    model = chat_model(ScriptedEndpoint([step]))
    reply = model.reply("s", "long " * 4_000)
    assert reply.read() == SAID
    assert (reply.read_short, model.window) == (short, window)


def test_a_failure_inside_with_is_kept_whole() -> None:
    endpoint = ScriptedEndpoint([refusal(400, "prompt is too long: 9 tokens > 7 maximum")])
    with chat_model(endpoint).reply("s", "u") as reply:
        reply.read()
    assert isinstance(reply.error, PromptTooLongError)
    assert reply.failure == str(reply.error)


# -- thoughts ------------------------------------------------------------------------------------


def test_a_thought_that_was_shown_is_withdrawn_and_the_next_is_held_back() -> None:
    model = chat_model(ScriptedEndpoint(["Hm, well.</think>\n\nCorals grow."]))
    first, second = model.reply("s", "u"), model.reply("s", "u")
    assert "".join(first).startswith("Hm, well.")
    assert (first.text, first.withdrawn) == (SAID, 1)
    assert "".join(second) == SAID
    assert (second.text, second.withdrawn) == (SAID, 0)


def test_nobody_waits_for_a_turn_that_is_made_up() -> None:
    reply = chat_model(ScriptedEndpoint([f"{SAID}<|im_end|>" + "And? " * 9_000])).reply("s", "u")
    assert reply.read() == SAID


# -- the address ---------------------------------------------------------------------------------


def at(address: str, endpoint: ScriptedEndpoint, key: str = "k") -> ChatModel:
    transport = httpx.MockTransport(endpoint)
    return ChatModel("scripted", Endpoint(address, key, 5.0, "RAG_LLM", transport), window=8_000)


class Paths(ScriptedEndpoint):
    """An endpoint that knows one path."""

    known = "/v1/chat/completions"
    wrong = httpx.Response(404, text="404 page not found")

    def __call__(self, request: httpx.Request) -> httpx.Response:
        found = super().__call__(request)
        return found if request.url.path == self.known else self.wrong


@pytest.mark.parametrize(
    "wrong",
    [
        httpx.Response(404, text="404 page not found"),
        httpx.Response(404, text="<html>no</html>", headers={"content-type": "text/html"}),
        httpx.Response(200, text="<html>hi</html>", headers={"content-type": "text/html"}),
        httpx.Response(200, json={"error": "Unexpected endpoint or method. (POST /chat)"}),
        httpx.Response(405, json={"detail": "Method Not Allowed"}),
    ],
    ids=["Ollama", "a page", "a page with 200", "LM Studio", "405"],
)
@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://models.lan:1/"])
def test_an_address_without_v1_is_mended_once(wrong: httpx.Response, address: str) -> None:
    endpoint = Paths([SAID])
    endpoint.wrong = wrong
    model = at(address, endpoint)
    assert [model.reply("s", "u").read() for _ in range(2)] == [SAID, SAID]
    assert [request.url.path for request in endpoint.requests] == [
        "/chat/completions", "/v1/chat/completions", "/v1/chat/completions",
    ]  # fmt: skip
    assert model.url == f"{address.rstrip('/')}/v1"


def test_an_address_that_works_as_it_is_is_kept() -> None:
    endpoint = Paths([SAID])
    endpoint.known = "/chat/completions"
    assert at("http://127.0.0.1:1", endpoint).reply("s", "u").read() == SAID
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://127.0.0.1:1/api"])
def test_a_wrong_address_is_told_with_v1(address: str) -> None:
    endpoint = Paths([SAID])
    endpoint.known = "/nowhere"
    with pytest.raises(ModelDownError, match=rf"OPENAI_BASE_URL.*{address}/v1"):
        at(address, endpoint).reply("s", "u").read()


def test_an_unknown_model_behind_v1_is_told_as_that() -> None:
    endpoint = Paths([refusal(404, 'model "scripted" not found, try pulling it first')])
    with pytest.raises(ModelError, match=r"/v1 has no model 'scripted'; set RAG_LLM_MODEL"):
        at("http://127.0.0.1:1", endpoint).reply("s", "u").read()


@pytest.mark.parametrize("method", ["", "/chat/completions"])
def test_azure_gets_its_version_and_key(method: str) -> None:
    endpoint = ScriptedEndpoint([SAID])
    base = "https://x.openai.azure.com/openai/deployments/m"
    model = at(f"{base}{method}?api-version=2024-10-21", endpoint, key="secret")
    assert model.reply("s", "u").read() == SAID
    request = endpoint.requests[0]
    assert str(request.url) == f"{base}/chat/completions?api-version=2024-10-21"
    assert request.headers["api-key"] == "secret"
    assert request.headers["authorization"] == "Bearer secret"
    assert model.url == base


def test_others_get_no_second_key() -> None:
    endpoint = ScriptedEndpoint([SAID])
    at("http://127.0.0.1:1/v1", endpoint).reply("s", "u").read()
    assert "api-key" not in endpoint.requests[0].headers
