"""Embeds by a model behind any OpenAI-compatible ``/embeddings``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import InputError, ModelDownError
from rag.models.embed_local import TokenModel
from rag.models.endpoint import Connection, Endpoint
from rag.models.refusals import NoReplyError, Refusal, SaidError

if TYPE_CHECKING:
    import openai

Matrix = NDArray[np.float32]
Vector = NDArray[np.float32]

_REFUSING = frozenset({400, 413, 422, 500})
_SHORTEST = 50  # characters of a text that is cut no further
_LAYOUT = 1  # raised when sentence splitting or chunking changes what is stored


class EndpointEmbedder:
    """A model behind an OpenAI-compatible ``/embeddings`` (OpenAI, Ollama, vLLM, TEI).

    A request with more texts than the endpoint takes is halved, and how many it took is kept in
    memory. A text longer than the model reads is embedded as the mean of its halves, weighted by
    their length: as chunks are the mean of their tokens' states here (``intake.embedding``), and as
    OpenAI's cookbook advises for long inputs. So nothing is lost.
    """

    limit = 480  # tokens; the usual open models read 512

    def __init__(self, model: str, endpoint: Endpoint) -> None:
        self.name = model
        self._connection = Connection(endpoint)
        self._batch = 64  # texts a request

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
        """Return unit vectors, asking for as many texts at a time as the endpoint takes."""
        refuse_empty(texts)
        rows: list[Any] = []
        with self._connection.translated(self.name):
            while len(rows) < len(texts):
                rows += self._rows(list(texts[len(rows) : len(rows) + self._batch]))
        return _unit(rows)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector of a question."""
        vector: Vector = self.embed([text])[0]
        return vector

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def _rows(self, texts: list[str]) -> list[Any]:
        """Return the vectors of texts, in halves where they are too many or one is too long."""
        try:
            return self._connection.ask(lambda client: self._request(client, texts))
        except Exception as error:
            from rag.models import failures

            said = failures.refusal(error)
            if said is None or said.status not in _REFUSING:
                raise
            if len(texts) == 1:
                if len(texts[0]) < 2 * _SHORTEST or not (said.is_too_long or said.status == 413):
                    raise
                return [self._mean_of_halves(texts[0])]
            if not (said.is_too_long or said.is_too_many):
                raise
            half = len(texts) // 2
            if not said.is_too_long:
                self._batch = min(self._batch, half)
        return [*self._rows(texts[:half]), *self._rows(texts[half:])]

    def _mean_of_halves(self, text: str) -> Any:
        """Return the vector of a text that is too long in one piece."""
        middle = text.rfind(" ", _SHORTEST, len(text) // 2) + 1 or len(text) // 2
        halves = [text[:middle], text[middle:]]
        vectors = _unit([row for half in halves for row in self._rows([half])])
        return np.average(vectors, axis=0, weights=[len(half) for half in halves])

    def _request(self, client: openai.OpenAI, texts: list[str]) -> list[Any]:
        reply: Any = client.embeddings.create(model=self.name, input=texts, encoding_format="float")
        if isinstance(reply, str):  # as the client gives what is not JSON
            if Refusal.read(200, reply).is_page:
                raise SaidError(reply)
            raise NoReplyError("sent a reply that makes no sense (no JSON)")
        if error := getattr(reply, "error", None):
            raise SaidError(json.dumps({"error": error}))
        rows = [item.embedding for item in sorted(reply.data, key=lambda item: item.index)]
        if len(rows) != len(texts):
            raise ModelDownError(
                f"the endpoint {self._connection.endpoint.url} sent {len(rows)} vectors for "
                f"{len(texts)} texts; check that RAG_EMBED_MODEL names an embedding model"
            )
        return rows


def refuse_empty(texts: Sequence[str]) -> None:
    """Refuse texts without a word.

    Raises:
        InputError: one is empty.
    """
    if any(not text.strip() for text in texts):
        raise InputError("an empty text cannot be embedded")


def _unit(rows: list[Any]) -> Matrix:
    try:
        matrix = np.asarray(rows, dtype=np.float32)
        norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    except ValueError as error:
        raise ModelDownError("the embeddings endpoint sent vectors of differing length") from error
    if not np.all(np.isfinite(matrix)) or np.any(norms == 0):
        raise ModelDownError("the embeddings endpoint sent a vector that is not a direction")
    unit: Matrix = matrix / norms
    return unit
