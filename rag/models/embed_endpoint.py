"""Embeds by a model behind any OpenAI-compatible ``/embeddings``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.errors import InputError, ModelDownError
from rag.models.embed_local import TokenModel
from rag.models.endpoint import Endpoint

if TYPE_CHECKING:
    import openai

Matrix = NDArray[np.float32]
Vector = NDArray[np.float32]

_LAYOUT = 1  # raised when sentence splitting or chunking changes what is stored


class EndpointEmbedder:
    """A model behind an OpenAI-compatible ``/embeddings`` (OpenAI, Ollama, vLLM, TEI)."""

    limit = 480  # tokens; the usual open models read 512
    _BATCH = 64  # texts a request

    def __init__(self, model: str, endpoint: Endpoint) -> None:
        self.name = model
        self._endpoint = endpoint

    earlier: frozenset[str] = frozenset()
    tokens: TokenModel | None = None  # no endpoint gives states of tokens

    @property
    def fingerprint(self) -> str:
        """The model's name and the layout of the texts; the library keeps the dimension."""
        return f"{self.name}/window-{self.limit}/v{_LAYOUT}"

    def count(self, text: str) -> int:
        """Estimate the tokens of a text at four characters each, as OpenAI advises for English."""
        return len(text) // 4 + 1

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return unit vectors, asking for ``_BATCH`` texts at a time."""
        refuse_empty(texts)
        with self._endpoint.translated(self.name):
            rows = [row for batch in self._batches(texts) for row in self._request(batch)]
        return _unit(rows)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector of a question."""
        vector: Vector = self.embed([text])[0]
        return vector

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


def refuse_empty(texts: Sequence[str]) -> None:
    """Refuse texts without a word.

    Raises:
        InputError: one is empty.
    """
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
