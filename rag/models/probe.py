"""Asks an endpoint one small question, and tells what it can do."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from rag.errors import ModelDownError
from rag.models.llm import ChatModel

_SCHEMA = {
    "type": "object",
    "properties": {"word": {"type": "string"}},
    "required": ["word"],
    "additionalProperties": False,
}
# What a list of models calls the tokens that one reads: vLLM, OpenRouter and Together, Groq,
# Mistral.
_CONTEXT = ("max_model_len", "context_length", "context_window", "max_context_length")


@dataclass(frozen=True, slots=True)
class Findings:
    """What an endpoint can do. ``context`` is what it says to read, 0 where it does not say."""

    url: str
    streams: bool
    in_schema: bool
    refused: tuple[str, ...]
    seconds: float
    tokens: int  # of its reply; 0 where it does not count
    context: int


def probe(model: ChatModel) -> Findings:
    """Ask a model for one word in a schema.

    Raises:
        ModelError: it does not answer; the message says why and what to do.
    """
    start = time.perf_counter()
    reply = model.reply(
        "You reply in JSON.", 'Say ready: {"word": "ready"}', schema=_SCHEMA, tokens=200
    )
    text = reply.read()
    seconds = time.perf_counter() - start
    if not text.strip():
        raise ModelDownError(f"{model.name} at {model.url} sent an empty reply; try another model")
    return Findings(
        url=model.url,
        streams=model.abilities.takes("stream") and not model.abilities.in_one_piece,
        in_schema=reply.in_schema and _is_in_schema(text),
        refused=tuple(model.abilities.told),
        seconds=seconds,
        tokens=reply.output_tokens,
        context=next(_contexts(model), 0),
    )


def _is_in_schema(text: str) -> bool:
    """Whether a reply has the form asked for; some endpoints take a schema and ignore it."""
    try:
        return isinstance(json.loads(text)["word"], str)
    except (ValueError, TypeError, LookupError):
        return False


def _contexts(model: ChatModel) -> Iterator[int]:
    """Yield what an endpoint says of the tokens that the model reads.

    Servers of one's own have pages beside the API that tell what a model was loaded with; others
    are not asked for them.
    """
    endpoint = model.connection.endpoint
    parts = urlsplit(endpoint.address)
    root = f"{parts.scheme}://{parts.netloc}"
    pages: list[tuple[str, Callable[[Any], Any]]] = [("models", lambda body: body["data"])]
    if parts.scheme == "http":
        pages = [
            (f"{root}/props", lambda body: [body["default_generation_settings"]]),  # llama.cpp
            (f"{root}/api/ps", lambda body: body["models"]),  # Ollama
            (f"{root}/api/v0/models", lambda body: body["data"]),  # LM Studio
            *pages,
        ]
    for path, entries in pages:
        try:
            found = [one for one in entries(model.connection.look(path)) if _is(one, model.name)]
            named = ("n_ctx", "loaded_context_length", *_CONTEXT)
            yield from (int(one[key]) for one in found for key in named if one.get(key))
        except (AttributeError, LookupError, TypeError, ValueError):
            continue


def _is(entry: Any, name: str) -> bool:
    """Whether an entry of a list of models is about this one; llama.cpp's names none."""
    names = {entry.get(key) for key in ("id", "model", "name")} - {None}
    return not names or name in names or f"{name}:latest" in names
