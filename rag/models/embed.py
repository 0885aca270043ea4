"""Turns texts into unit vectors: the shipped MiniLM, a folder of your own, or an endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings
from rag.errors import ConfigError
from rag.models.embed_endpoint import EndpointEmbedder
from rag.models.embed_local import LocalEmbedder, TokenModel, minilm
from rag.models.endpoint import Endpoint

if TYPE_CHECKING:
    import httpx

Matrix = NDArray[np.float32]
Vector = NDArray[np.float32]


class Embedder(Protocol):
    """What embeds: its name, what one text may hold, and the vectors of texts."""

    name: str
    limit: int

    @property
    def fingerprint(self) -> str:
        """Names everything that shapes a vector; two vectors compare only under the same one."""

    @property
    def earlier(self) -> frozenset[str]:
        """Fingerprints of earlier forms, whose vectors a question of this one may still search."""

    @property
    def tokens(self) -> TokenModel | None:
        """The states of its tokens, for late interaction; None where they cannot be had."""

    def count(self, text: str) -> int:
        """Return the tokens of a text, special tokens not counted."""

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a text, shape ``(len(texts), dimension)``, float32.

        Raises:
            InputError: a text is empty.
            ModelError: the endpoint failed.
        """

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector of a question, which some models embed another way.

        Raises:
            InputError, ModelError: as ``embed``.
        """

    def close(self) -> None:
        """Close connections, if there are any."""


def build_embedder(settings: Settings, *, transport: httpx.BaseTransport | None = None) -> Embedder:
    """Return the embedder that the settings name; nothing is loaded or sent yet.

    A name that is a folder is a model of the user's own (see ``LocalEmbedder``); any other name but
    ``minilm`` is asked of the endpoint.

    Raises:
        ConfigError: a folder lacks a file, or an endpoint's model is named and neither address nor
            key is set.
    """
    name = settings.embed_model
    if name == "minilm":
        return minilm(settings.worker_threads)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return LocalEmbedder(folder, threads=settings.worker_threads)
    if name.startswith((".", "/", "~")):
        raise ConfigError(
            f"RAG_EMBED_MODEL={name} is no folder; name one with model.onnx and tokenizer.json, or "
            "a model of the endpoint"
        )
    key = settings.embed_api_key.get_secret_value() or settings.openai_api_key.get_secret_value()
    base_url = settings.embed_base_url or settings.openai_base_url
    if not key and not base_url:
        raise ConfigError(
            f"RAG_EMBED_MODEL={name} needs an endpoint: set RAG_EMBED_BASE_URL or OPENAI_API_KEY, "
            "or use the shipped model with RAG_EMBED_MODEL=minilm"
        )
    endpoint = Endpoint(base_url, key, settings.llm_timeout, "RAG_EMBED", transport)
    return EndpointEmbedder(name, endpoint)
