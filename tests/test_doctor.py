"""What the doctor finds out about a model's endpoint."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from rag.doctor import Check, examine_assistant
from tests.support.endpoint import OpenWith, ScriptedEndpoint, Step, refusal, strict, whole

READY = '{"word": "ready"}'


def examined(
    with_model: OpenWith, step: Step, *, pages: dict[str, Any] | None = None, **settings: Any
) -> dict[str, Check]:
    endpoint = ScriptedEndpoint([step], pages=pages or {})
    checks = examine_assistant(with_model(endpoint, **settings))
    return {check.name: check for check in checks}


def test_an_endpoint_that_can_do_everything(with_model: OpenWith) -> None:
    found = examined(with_model, READY)
    assert all(check.ok for check in found.values())
    assert "scripted at http://127.0.0.1:1/v1 answers in" in found["answers"].found
    assert "tokens a second" in found["answers"].found
    assert found["endpoint"].found == "streams, holds replies to a schema"
    assert found["context"].found.startswith("16,000 tokens (RAG_LLM_CONTEXT")


def test_an_endpoint_that_can_do_little(with_model: OpenWith) -> None:
    refused = {
        "temperature": (400, "no temperature"),
        "response_format": (400, "no response_format"),
        "stream": (501, "not implemented"),
    }
    found = examined(with_model, strict(refused, whole("ready")))
    assert found["endpoint"].found == (
        "does not stream: answers come in one piece, does not hold replies to a schema; refuses "
        "temperature, response_format, streaming"
    )


def test_an_endpoint_that_ignores_what_it_takes(with_model: OpenWith) -> None:
    found = examined(with_model, whole("ready"))
    assert found["endpoint"].found == (
        "does not stream: answers come in one piece, does not hold replies to a schema"
    )


@pytest.mark.parametrize(
    ("path", "page", "context"),
    [
        ("/v1/models", {"data": [{"id": "scripted", "max_model_len": 4_096}]}, 4_096),
        ("/v1/models", {"data": [{"id": "other", "max_model_len": 4_096}]}, 0),
        ("/v1/models", {"data": [{"id": "scripted", "context_length": 131_072}]}, 131_072),
        ("/props", {"default_generation_settings": {"n_ctx": 2_048}}, 2_048),
        ("/api/ps", {"models": [{"name": "scripted:latest", "context_length": 4_096}]}, 4_096),
        ("/api/v0/models", {"data": [{"id": "scripted", "loaded_context_length": 512}]}, 512),
        ("/v1/models", {"data": "odd"}, 0),
        ("/v1/models", [5], 0),
    ],
)
def test_the_context_that_an_endpoint_names(
    with_model: OpenWith, path: str, page: Any, context: int
) -> None:
    check = examined(with_model, READY, pages={path: page})["context"]
    assert check.ok is (context == 0 or context >= 16_000)
    assert ("does not say" in check.found) is not bool(context)
    assert f"{context or 16_000:,}" in check.found
    assert bool(check.fix) is not check.ok
    assert (f"set RAG_LLM_CONTEXT={context}," in check.fix) is (2_000 <= context < 16_000)


@pytest.mark.parametrize(
    ("step", "fix"),
    [
        (401, "set OPENAI_API_KEY"),
        (refusal(404, "model 'scripted' not found"), "set RAG_LLM_MODEL"),
        (httpx.Response(404, text="404 page not found"), "check OPENAI_BASE_URL"),
        (httpx.Response(502, text="<html>bad gateway"), "check OPENAI_BASE_URL"),
        ("", "try another model"),
        ("<think>Hm.", "try another model"),
    ],
    ids=["key", "model", "path", "gateway", "silent", "only thoughts"],
)
def test_an_endpoint_that_fails_is_told_with_the_fix(
    with_model: OpenWith, step: Step, fix: str
) -> None:
    found = examined(with_model, step)
    assert not found["answers"].ok
    assert fix in found["answers"].fix
    assert "endpoint" not in found
