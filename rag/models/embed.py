"""Turns texts into unit vectors: the shipped MiniLM, or any OpenAI-compatible endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings
from rag.errors import ConfigError, InputError, ModelDownError
from rag.models.endpoint import Endpoint
from rag.resources import model_folder

if TYPE_CHECKING:
    import httpx
    import onnxruntime
    import openai
    import tokenizers

Matrix = NDArray[np.float32]
Vector = NDArray[np.float32]

# Raised when sentence splitting, chunking or the shipped model changes what is stored.
LAYOUT_VERSION = 1


class Embedder(Protocol):
    """What embeds: its name, what one text may hold, and the vectors of texts."""

    name: str
    limit: int

    @property
    def fingerprint(self) -> str:
        """Names everything that shapes a vector; two vectors compare only under the same one."""

    def count(self, text: str) -> int:
        """Return the tokens of a text, special tokens not counted."""

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a text, shape ``(len(texts), dimension)``, float32.

        Raises:
            InputError: a text is empty.
            ModelError: the endpoint failed.
        """

    def close(self) -> None:
        """Close connections, if there are any."""


class MiniLM:
    """all-MiniLM-L6-v2, int8, run by onnxruntime: 384 dimensions, at most 256 tokens a text."""

    name = "minilm"
    limit = 254  # tokens, without the two special ones
    dimension = 384

    def __init__(self, threads: int, folder: Path | None = None) -> None:
        self._threads = threads
        self._folder = folder or model_folder("minilm")

    @property
    def fingerprint(self) -> str:
        """The model's name and the layout of the texts."""
        return f"{self.name}/window-{self.limit}/v{LAYOUT_VERSION}"

    def count(self, text: str) -> int:
        """Return the tokens of a text, special tokens not counted."""
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return unit vectors, each the same whatever stands beside it.

        One text at a time: int8 activations are scaled by the largest of the whole batch, so in a
        batch a text's vector depends on its neighbours (cosine to its own 0.993 on average, 0.98 at
        worst, over the 1,214 texts of the seeds), and batches save no time (sorted by length, 16 at
        a time: 5.6 s against 5.2 s on 2 cores).
        """
        _refuse_empty(texts)
        out = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, encoding in enumerate(self._tokenizer.encode_batch(list(texts))):
            ids = np.asarray([encoding.ids], dtype=np.int64)
            feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
            out[row] = self._session.run(None, feed)[0][0]
        return out

    def close(self) -> None:
        """Do nothing: there is no connection."""

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Threads spin while a text is embedded (0.9 ms a question against 1.35) and stop after it,
        # so that they do not eat the other cores between two questions.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        return onnxruntime.InferenceSession(
            self._folder / "model.onnx", options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def _tokenizer(self) -> tokenizers.Tokenizer:
        return self._load_tokenizer()

    @cached_property
    def _counter(self) -> tokenizers.Tokenizer:
        tokenizer = self._load_tokenizer()
        tokenizer.no_truncation()
        return tokenizer

    def _load_tokenizer(self) -> tokenizers.Tokenizer:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self._folder / "tokenizer.json"))


class EndpointEmbedder:
    """A model behind an OpenAI-compatible ``/embeddings`` (OpenAI, Ollama, vLLM, TEI)."""

    limit = 480  # tokens; the usual open models read 512
    _BATCH = 64  # texts a request

    def __init__(self, model: str, endpoint: Endpoint) -> None:
        self.name = model
        self._endpoint = endpoint

    @property
    def fingerprint(self) -> str:
        """The model's name and the layout of the texts; the library keeps the dimension."""
        return f"{self.name}/window-{self.limit}/v{LAYOUT_VERSION}"

    def count(self, text: str) -> int:
        """Estimate the tokens of a text at four characters each, as OpenAI advises for English."""
        return len(text) // 4 + 1

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return unit vectors, asking for ``_BATCH`` texts at a time."""
        _refuse_empty(texts)
        with self._endpoint.translated(self.name):
            rows = [row for batch in self._batches(texts) for row in self._request(batch)]
        return _unit(rows)

    def close(self) -> None:
        """Close the connections."""
        if "_client" in self.__dict__:
            self._client.close()

    def _batches(self, texts: Sequence[str]) -> Iterator[list[str]]:
        for start in range(0, len(texts), self._BATCH):
            yield list(texts[start : start + self._BATCH])

    def _request(self, texts: list[str]) -> list[list[float]]:
        for attempt in self._endpoint.attempts():
            with attempt:
                reply = self._client.embeddings.create(
                    model=self.name, input=texts, encoding_format="float"
                )
        rows = [item.embedding for item in sorted(reply.data, key=lambda item: item.index)]
        if len(rows) != len(texts):
            raise ModelDownError(
                f"the endpoint {self._endpoint.url} sent {len(rows)} vectors for {len(texts)} "
                "texts; check that RAG_EMBED_MODEL names an embedding model"
            )
        return rows

    @cached_property
    def _client(self) -> openai.OpenAI:
        return self._endpoint.client()


def build_embedder(settings: Settings, *, transport: httpx.BaseTransport | None = None) -> Embedder:
    """Return the embedder that the settings name; nothing is loaded or sent yet.

    Raises:
        ConfigError: an endpoint's model is named and neither address nor key is set.
    """
    if settings.embed_model == MiniLM.name:
        return MiniLM(settings.worker_threads)
    key = settings.embed_api_key.get_secret_value() or settings.openai_api_key.get_secret_value()
    base_url = settings.embed_base_url or settings.openai_base_url
    if not key and not base_url:
        raise ConfigError(
            f"RAG_EMBED_MODEL={settings.embed_model} needs an endpoint: set RAG_EMBED_BASE_URL or "
            "OPENAI_API_KEY, or use the shipped model with RAG_EMBED_MODEL=minilm"
        )
    endpoint = Endpoint(base_url, key, settings.llm_timeout, "RAG_EMBED", transport)
    return EndpointEmbedder(settings.embed_model, endpoint)


def _refuse_empty(texts: Sequence[str]) -> None:
    if any(not text.strip() for text in texts):
        raise InputError("an empty text cannot be embedded")


def _unit(rows: list[list[float]]) -> Matrix:
    try:
        matrix = np.asarray(rows, dtype=np.float32)
        norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    except ValueError as error:
        raise ModelDownError("the embeddings endpoint sent vectors of differing length") from error
    if not np.all(np.isfinite(matrix)) or np.any(norms == 0):
        raise ModelDownError("the embeddings endpoint sent a vector that is not a direction")
    unit: Matrix = matrix / norms
    return unit
