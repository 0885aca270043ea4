"""What refusals of real servers are about, in their own words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rag.models.refusals import OPTIONS, Refusal

ALL = frozenset(OPTIONS)


def openai(message: str, **fields: Any) -> str:
    return json.dumps({"error": {"message": message, "type": "invalid_request_error", **fields}})


@pytest.mark.parametrize(
    ("body", "option"),
    [
        pytest.param(
            openai(
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                "'max_completion_tokens' instead.",
                param="max_tokens",
                code="unsupported_parameter",
            ),
            "limit",
            id="o-series limit",
        ),
        pytest.param(
            openai(
                "Unsupported value: 'temperature' does not support 0.1 with this model. Only the "
                "default (1) value is supported.",
                param="temperature",
            ),
            "temperature",
            id="o-series temperature",
        ),
        pytest.param(
            openai("invalid temperature: only 1 is allowed for this model"),
            "temperature",
            id="Kimi",
        ),
        pytest.param(
            openai("Extra inputs are not permitted, field: 'stream_options'"),
            "usage",
            id="Fireworks",
        ),
        pytest.param(
            json.dumps(
                {
                    "detail": [
                        {
                            "input": {"prompt": "What do max_tokens and temperature do?"},
                            "type": "extra_forbidden",
                            "loc": ["body", "stream_options"],
                            "msg": "Extra inputs are not permitted",
                        }
                    ]
                }
            ),
            "usage",
            id="pydantic, which echoes",
        ),
        pytest.param(
            openai("Validation error at #/stream_options: Extra inputs are not permitted"),
            "usage",
            id="Azure AI",
        ),
        pytest.param(
            openai(
                "Failed to deserialize the JSON body into the target type: response_format: "
                "response_format.type `json_schema` is unavailable now at line 1 column 1193"
            ),
            "schema",
            id="DeepSeek",
        ),
        pytest.param(
            openai("This response_format type is unavailable now"), "schema", id="DeepSeek, later"
        ),
        pytest.param(
            json.dumps(
                {
                    "error": {
                        "message": "Provider returned error",
                        "code": 400,
                        "metadata": {
                            "raw": openai(
                                "Your organization must be verified to stream this model.",
                                param="stream",
                                code="unsupported_value",
                            )
                        },
                    }
                }
            ),
            "stream",
            id="OpenRouter hands on",
        ),
        pytest.param(
            openai("Unsupported value: 'messages[0].role' does not support 'system'."),
            "system",
            id="o1-mini",
        ),
        pytest.param(openai("System role not supported"), "system", id="Gemma"),
        pytest.param(
            openai("Jinja Exception: Conversation roles must alternate user/assistant"),
            "system",
            id="Gemma 3",
        ),
        pytest.param(
            openai("Developer instruction is not enabled for models/gemma-3-27b-it"),
            "system",
            id="Google",
        ),
        pytest.param(openai("Something went wrong upstream"), "", id="nothing"),
        pytest.param(openai("The system is overloaded"), "", id="another system"),
        pytest.param(openai("We could not parse the JSON body"), "", id="JSON"),
    ],
)
def test_which_option_a_refusal_is_about(body: str, option: str) -> None:
    assert Refusal.read(400, body).option(ALL) == option


def test_only_what_was_sent_can_be_refused() -> None:
    refusal = Refusal.read(400, openai("temperature is not supported"))
    assert refusal.option(frozenset({"limit", "stream"})) == ""


@pytest.mark.parametrize(
    ("body", "room"),
    [
        pytest.param(
            openai(
                "This model's maximum context length is 16384 tokens. However, you requested "
                "122946 tokens (112946 in the messages, 10000 in the completion)."
            ),
            16_384,
            id="OpenAI and vLLM",
        ),
        pytest.param(
            json.dumps(
                {
                    "error": {
                        "code": 400,
                        "message": "the request exceeds the available context size. try "
                        "increasing the context size or enable context shift",
                        "type": "exceed_context_size_error",
                        "n_prompt_tokens": 14429,
                        "n_ctx": 8192,
                    }
                }
            ),
            8_192,
            id="llama.cpp",
        ),
        pytest.param(
            openai("request (4390 tokens) exceeds the available context size (4096 tokens)"),
            4_096,
            id="llama.cpp, later",
        ),
        pytest.param(openai("Context size has been exceeded."), None, id="llama.cpp, 500"),
        pytest.param(
            json.dumps(
                {
                    "error": "Trying to keep the first 14538 tokens when context the overflows. "
                    "However, the model is loaded with context length of only 2048 tokens"
                }
            ),
            2_048,
            id="LM Studio",
        ),
        pytest.param(
            json.dumps(
                {
                    "error": "The number of tokens to keep from the initial prompt is greater than "
                    "the context length (n_keep: 13055>= n_ctx: 4096)."
                }
            ),
            4_096,
            id="LM Studio, later",
        ),
        pytest.param(
            openai("Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)"), 7_424, id="n_keep"
        ),
        pytest.param(
            openai("This endpoint's maximum context length is 131,072 tokens. However, you"),
            131_072,
            id="OpenRouter",
        ),
        pytest.param(
            openai("prompt is too long: 211180 tokens > 200000 maximum"), 200_000, id="Anthropic"
        ),
        pytest.param(
            openai("The input token count (9) exceeds the maximum number of tokens allowed (7)."),
            7,
            id="Gemini",
        ),
        pytest.param(openai("Range of input length should be [1, 30720]"), 30_720, id="DashScope"),
        pytest.param(
            openai("Requested tokens (2285) exceed context window of 2048"),
            2_048,
            id="llama-cpp-python",
        ),
        pytest.param(
            openai("`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs`"),
            4_096,
            id="TGI",
        ),
        pytest.param(openai("max_tokens must be at least 1, got -186."), None, id="vLLM, no room"),
        pytest.param(
            json.dumps({"error": "the input length exceeds the context length"}), None, id="Ollama"
        ),
    ],
)
def test_a_prompt_that_is_too_long(body: str, room: int | None) -> None:
    refusal = Refusal.read(400, body)
    assert (refusal.is_too_long, refusal.room) == (True, room)


@pytest.mark.parametrize(
    "message",
    [
        "max_tokens is too large: 20000. This model supports at most 16384 completion tokens",
        "context deadline exceeded",
        "Unsupported parameter: 'max_tokens'",
        "The prompt is fine",
    ],
)
def test_another_refusal_is_not_about_the_length(message: str) -> None:
    assert not Refusal.read(400, openai(message)).is_too_long


@pytest.mark.parametrize(
    ("message", "most"),
    [
        ("max_tokens is too large: 20000. It supports at most 16384 completion tokens", 16_384),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 8_192),
        ("`max_tokens` must be less than or equal to `4096`", None),
        ("max_tokens must be less than or equal to 4096", 4_096),
        ("max_tokens: 20000 > 8192, which is the maximum allowed number of output tokens", 8_192),
        ("Unsupported parameter: 'max_tokens'", None),
    ],
)
def test_the_largest_limit_is_read(message: str, most: int | None) -> None:
    assert Refusal.read(400, openai(message)).most == most


@pytest.mark.parametrize(
    ("status", "body", "is_path"),
    [
        pytest.param(404, "404 page not found", True, id="Ollama"),
        pytest.param(404, json.dumps({"detail": "Not Found"}), True, id="FastAPI"),
        pytest.param(404, openai("File Not Found"), True, id="llama.cpp"),
        pytest.param(404, openai("Resource not found", code="404"), True, id="Azure"),
        pytest.param(404, openai("Invalid URL (POST /v1/v1/chat)"), True, id="OpenAI"),
        pytest.param(404, "<!DOCTYPE html><html></html>", True, id="a page"),
        pytest.param(200, "<html><body>Welcome</body></html>", True, id="a page with 200"),
        pytest.param(
            200,
            json.dumps({"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
            True,
            id="LM Studio",
        ),
        pytest.param(405, json.dumps({"detail": "Method Not Allowed"}), True, id="405"),
        pytest.param(404, openai('model "x" not found, try pulling it first'), False, id="model"),
        pytest.param(404, openai("The model `x` does not exist"), False, id="OpenAI's model"),
        pytest.param(
            404,
            openai("The API deployment for this resource does not exist.", code="x"),
            False,
            id="deployment",
        ),
        pytest.param(404, openai("scripted 404"), False, id="anything"),
        pytest.param(200, json.dumps({"error": "out of memory"}), False, id="another error"),
        pytest.param(500, "<html>", False, id="a gateway"),
    ],
)
def test_a_wrong_path_and_an_unknown_model_are_told_apart(
    status: int, body: str, is_path: bool
) -> None:
    assert Refusal.read(status, body).names_no_path is is_path


@pytest.mark.parametrize(
    ("message", "is_too_many"),
    [
        ("Value error, batch size is invalid, it should not be larger than 10.", True),
        ("batch size 100 > maximum allowed batch size 32", True),
        ("Invalid 'input': array too long. Expected an array with maximum length 2048", True),
        ("too many inputs", True),
        ("Requested 310000 tokens, max 300000 tokens per request", True),
        ("input is too large to process. increase the physical batch size", False),
        ("invalid model", False),
    ],
)
def test_more_texts_than_are_taken(message: str, is_too_many: bool) -> None:
    assert Refusal.read(400, openai(message)).is_too_many is is_too_many


@pytest.mark.parametrize(
    ("message", "is_no_quota"),
    [
        ("You exceeded your current quota, please check your plan and billing details.", True),
        ("Insufficient Balance", True),
        ("Rate limit reached for requests per minute", False),
    ],
)
def test_a_quota_is_no_rate(message: str, is_no_quota: bool) -> None:
    assert Refusal.read(429, openai(message)).is_no_quota is is_no_quota


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"error": {"message": "a"}}', "a"),
        ('{"error": "a"}', "a"),
        ('{"message": "a"}', "a"),
        ('{"detail": [{"msg": "a", "loc": ["b"]}]}', "a"),
        ('[{"error": {"message": "a"}}]', "a"),
        ("plain\ntext", "plain text"),
        ("{}", ""),
        ("null", ""),
    ],
)
def test_the_message_is_found_in_any_shape(body: str, message: str) -> None:
    assert Refusal.read(400, body).message == message
