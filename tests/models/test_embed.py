"""The shipped model and the endpoint's: unit vectors, order kept, empty text refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from pydantic import SecretStr

from rag import Settings
from rag.errors import ConfigError, InputError, ModelDownError, ModelKeyError, UnknownModelError
from rag.models.embed import Embedder, build_embedder
from rag.models.embed_endpoint import EndpointEmbedder
from rag.models.embed_local import LocalEmbedder
from rag.models.embed_local import minilm as shipped
from rag.resources import model_folder
from tests.support.endpoint import ScriptedEndpoint, Step, hashed, refusal
from tests.support.places import ROOT

TEXTS = ["a cat sat", "the same length here", "x", "A long text about video transformers. " * 60]


@pytest.fixture(scope="module")
def minilm() -> LocalEmbedder:
    return shipped(threads=2)


def endpoint_embedder(endpoint: object, **settings: object) -> Embedder:
    given = {"embed_model": "scripted", "embed_base_url": "http://127.0.0.1:1/v1", **settings}
    transport = httpx.MockTransport(endpoint)  # type: ignore[arg-type]
    return build_embedder(Settings(**given), transport=transport)  # type: ignore[arg-type]


def test_the_shipped_files_are_the_documented_ones() -> None:
    notice = (ROOT / "NOTICE").read_text()
    for name in ("model.onnx", "tokenizer.json", "projection.npy"):
        digest = hashlib.sha256((model_folder("minilm") / name).read_bytes()).hexdigest()
        assert digest in notice


def test_vectors_are_unit_and_in_the_order_of_the_texts(minilm: LocalEmbedder) -> None:
    together = minilm.embed(TEXTS)
    assert together.shape == (4, 384)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for text, row in zip(TEXTS, together, strict=True):
        np.testing.assert_array_equal(minilm.embed([text])[0], row)


def test_meaning_beats_words(minilm: LocalEmbedder) -> None:
    question, near, far = minilm.embed(
        ["How fast does it run?", "The method reaches 30 frames per second.", "A red apple."]
    )
    assert question @ near > question @ far + 0.1


def test_long_texts_are_cut_not_refused(minilm: LocalEmbedder) -> None:
    long = "word " * 5_000
    assert minilm.count(long) == 5_000
    assert minilm.embed([long]).shape == (1, 384)


@pytest.mark.parametrize("text", ["", "  \n"])
def test_empty_text_is_refused(minilm: LocalEmbedder, text: str) -> None:
    with pytest.raises(InputError):
        minilm.embed(["fine", text])
    endpoint = ScriptedEndpoint([])
    with pytest.raises(InputError):
        endpoint_embedder(endpoint).embed([text])
    assert not endpoint.asked


def test_an_endpoint_is_asked_in_batches_and_its_vectors_made_unit() -> None:
    endpoint = ScriptedEndpoint([])
    texts = [f"text number {i}" for i in range(130)]
    matrix = endpoint_embedder(endpoint).embed(texts)
    assert [len(body["input"]) for body in endpoint.asked] == [64, 64, 2]
    assert {body["model"] for body in endpoint.asked} == {"scripted"}
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-5)


def takes(most: int, longest: int = 10_000) -> Callable[[dict[str, Any]], Step]:
    """Return an endpoint that takes so many texts, each of so many characters."""

    def step(body: dict[str, Any]) -> Step:
        texts = body["input"]
        if len(texts) > most:
            message = f"batch size is invalid, it should not be larger than {most}.: input"
            return refusal(400, message)
        if max(map(len, texts)) > longest:
            return refusal(500, "input is too large to process. increase the physical batch size")
        return _reply([hashed(text, 8) for text in texts])

    return step


@pytest.mark.parametrize("most", [1, 10, 32])
def test_an_endpoint_that_takes_few_texts_gets_few(most: int) -> None:
    endpoint = ScriptedEndpoint([takes(most)])
    texts = [f"text number {i}" for i in range(130)]
    embedder = endpoint_embedder(endpoint)
    found = embedder.embed(texts)
    np.testing.assert_array_equal(found, endpoint_embedder(ScriptedEndpoint([])).embed(texts))
    endpoint.asked.clear()
    embedder.embed(texts[:32])
    sizes = [len(body["input"]) for body in endpoint.asked]
    assert max(sizes) <= most
    assert min(sizes) * 4 > most  # what worked is kept, and not asked for one by one


def test_a_text_that_is_too_long_is_embedded_in_parts_and_the_others_whole() -> None:
    endpoint = ScriptedEndpoint([takes(64, longest=400)])
    embedder = endpoint_embedder(endpoint)
    long = "corals grow slowly " * 40  # 760 characters
    found = embedder.embed(["a reef", long, "a diver"])
    plain = endpoint_embedder(ScriptedEndpoint([])).embed(["a reef", long, "a diver"])
    np.testing.assert_array_equal(found[[0, 2]], plain[[0, 2]])
    assert found[1] @ plain[1] > 0.99
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    sent = [text for body in endpoint.asked for text in body["input"] if len(text) <= 400]
    assert "".join(text for text in sent if "corals" in text) == long


def test_parts_count_by_their_length() -> None:
    first, second = "a" * 60 + " ", "b" * 300
    embedder = endpoint_embedder(ScriptedEndpoint([takes(64, longest=320)]))
    parts = embedder.embed([first, second])
    expected = 61 * parts[0] + 300 * parts[1]
    np.testing.assert_allclose(
        embedder.embed([first + second])[0], expected / np.linalg.norm(expected), atol=1e-6
    )


def test_a_text_that_is_refused_at_any_length_is_a_failure() -> None:
    endpoint = ScriptedEndpoint([takes(64, longest=0)])
    with pytest.raises(ModelDownError, match="answered 500: input is too large"):
        endpoint_embedder(endpoint).embed(["corals grow slowly " * 40])
    assert len(endpoint.asked) < 10


def test_embeddings_of_an_address_without_v1() -> None:
    def step(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/v1/embeddings":
            return httpx.Response(200, json={"error": "Unexpected endpoint or method. (POST /)"})
        return _reply([[1.0, 0.0]])

    embedder = endpoint_embedder(step, embed_base_url="http://127.0.0.1:1")
    assert embedder.embed(["one"]).shape == (1, 2)


def _reply(vectors: list[list[float]]) -> httpx.Response:
    rows = [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(vectors)]
    return httpx.Response(200, json={"object": "list", "model": "m", "data": rows, "usage": {}})


@pytest.mark.parametrize(
    ("step", "error", "part"),
    [
        (401, ModelKeyError, "RAG_EMBED_API_KEY"),
        (404, UnknownModelError, "RAG_EMBED_MODEL"),
        (429, ModelDownError, "429"),
        (500, ModelDownError, "500"),
        (httpx.ConnectError("refused"), ModelDownError, "RAG_EMBED_BASE_URL"),
        (httpx.ReadTimeout("slow"), ModelDownError, "RAG_LLM_TIMEOUT"),
        (httpx.Response(200, text="<html>"), ModelDownError, "a web page"),
        (httpx.Response(200, text="hello"), ModelDownError, "makes no sense"),
        (_reply([]), ModelDownError, "0 vectors for 2"),
        (_reply([[1.0, 0.0], [1.0]]), ModelDownError, "differing length"),
        (_reply([[0.0, 0.0], [1.0, 0.0]]), ModelDownError, "not a direction"),
    ],
    ids=[
        "401",
        "404",
        "429",
        "500",
        "refused",
        "timeout",
        "html",
        "text",
        "none",
        "ragged",
        "zero",
    ],
)
def test_endpoint_failures_say_what_to_do(step: object, error: type[Exception], part: str) -> None:
    embedder = endpoint_embedder(ScriptedEndpoint([step]))  # type: ignore[list-item]
    with pytest.raises(error, match=part):
        embedder.embed(["one", "two"])


def test_requests_are_retried_twice_and_no_more() -> None:
    endpoint = ScriptedEndpoint([503])
    with pytest.raises(ModelDownError):
        endpoint_embedder(endpoint).embed(["one"])
    assert len(endpoint.asked) == 3


def test_which_embedder_the_settings_name() -> None:
    assert isinstance(build_embedder(Settings()), LocalEmbedder)
    named = build_embedder(Settings(embed_model="big", openai_api_key=SecretStr("k")))
    assert isinstance(named, EndpointEmbedder)
    with pytest.raises(ConfigError, match="RAG_EMBED_BASE_URL"):
        build_embedder(Settings(embed_model="big"))


def test_fingerprints_differ_by_model(minilm: LocalEmbedder) -> None:
    prints = {
        minilm.fingerprint,
        endpoint_embedder(ScriptedEndpoint([])).fingerprint,
        endpoint_embedder(ScriptedEndpoint([]), embed_model="other").fingerprint,
    }
    assert len(prints) == 3
