"""The shipped model and the endpoint's: unit vectors, order kept, empty text refused."""

from __future__ import annotations

import hashlib

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
from tests.support.endpoint import ScriptedEndpoint
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
