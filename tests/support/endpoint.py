"""A scripted OpenAI-compatible endpoint: a queue of replies, and a list of what it was asked."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from rag import Assistant
from rag.models import ChatModel
from rag.models.endpoint import Endpoint

OpenWith = Callable[..., Assistant]
"""Opens the seed papers with a scripted model; settings as keywords."""

Step = str | int | Exception | httpx.Response | Callable[[dict[str, Any]], "Step"]
"""A reply's text, an HTTP status, an error to raise, a whole response, or a function giving one."""


@dataclass
class ScriptedEndpoint:
    """Answers requests in the order of ``replies``; the last one is repeated."""

    replies: list[Step]
    dimension: int = 8
    asked: list[dict[str, Any]] = field(default_factory=list)
    pages: dict[str, Any] = field(default_factory=dict)  # JSON by path, for requests without a body
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.method == "GET":
            page = self.pages.get(request.url.path)
            return httpx.Response(404) if page is None else httpx.Response(200, json=page)
        body = json.loads(request.content)
        self.asked.append(body)
        if request.url.path.endswith("/embeddings") and not self.replies:
            return httpx.Response(200, json=self._embeddings(body["input"]))
        step = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        while callable(step) and not isinstance(step, httpx.Response):
            step = step(body)
        if isinstance(step, Exception):
            raise step
        if isinstance(step, str):
            step = finished(step, "stop")
        if isinstance(step, httpx.Response):
            if isinstance(step.stream, _Events):  # counts as one that reads all of the prompt
                size = sum(len(message["content"]) for message in body["messages"])
                step.stream.read = max(321, size // 4)
            return step
        headers = {"retry-after-ms": "1"}
        error = {"error": {"message": f"scripted {step}"}}
        return httpx.Response(step, json=error, headers=headers)

    @property
    def prompt(self) -> str:
        """The last user message."""
        return str(self.asked[-1]["messages"][-1]["content"])

    def _embeddings(self, texts: list[str]) -> dict[str, Any]:
        rows = [
            {"object": "embedding", "index": i, "embedding": hashed(text, self.dimension)}
            for i, text in enumerate(texts)
        ]
        return {"object": "list", "model": "scripted", "data": rows, "usage": {}}


def hashed(text: str, dimension: int) -> list[float]:
    """Embed a text by its words, each in the place that its hash names; near texts share words."""
    vector = [0.01] * dimension
    for word in text.lower().split():
        vector[hashlib.sha256(word.encode()).digest()[0] % dimension] += 1.0
    return vector


class _Events(httpx.SyncByteStream):
    """A chat completion as server-sent events, five characters each, usage last."""

    def __init__(
        self, text: str, *, break_after: int | None = None, reason: str | None = "stop"
    ) -> None:
        self._text = text
        self._break_after = break_after
        self._reason = reason
        self.read = 321  # tokens of the prompt

    def __iter__(self) -> Iterator[bytes]:
        for number, start in enumerate(range(0, len(self._text), 5)):
            if number == self._break_after:
                raise httpx.RemoteProtocolError("scripted break")
            delta = {"role": "assistant", "content": self._text[start : start + 5]}
            yield event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        yield event({"choices": [{"index": 0, "delta": {}, "finish_reason": self._reason}]})
        usage = {"prompt_tokens": self.read, "completion_tokens": 45}
        yield event({"choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"


def chat_model(endpoint: ScriptedEndpoint, *, window: int = 8_000) -> ChatModel:
    """Return a model behind a scripted endpoint; it is called "scripted"."""
    transport = httpx.MockTransport(endpoint)
    address = Endpoint("http://127.0.0.1:1/v1", "k", 5.0, "RAG_LLM", transport)
    return ChatModel("scripted", address, window=window)


def broken_stream(text: str, *, after: int) -> httpx.Response:
    """Return a reply that breaks off after so many events."""
    events = _Events(text, break_after=after)
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=events)


def finished(text: str, reason: str | None) -> httpx.Response:
    """Return a reply that ends for this reason, or just ends."""
    events = _Events(text, reason=reason)
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=events)


def refusal(status: int, message: str, **fields: Any) -> httpx.Response:
    """Return a refusal in OpenAI's shape."""
    return httpx.Response(status, json={"error": {"message": message, **fields}})


def whole(text: str, reason: str = "stop") -> httpx.Response:
    """Return a reply in one piece, as an endpoint sends it that does not stream."""
    choice = {"index": 0, "message": {"content": text}, "finish_reason": reason}
    usage = {"prompt_tokens": 321, "completion_tokens": 45}
    return httpx.Response(200, json={"choices": [choice], "usage": usage})


def events(*bodies: dict[str, Any], done: bool = True) -> httpx.Response:
    """Return a stream of these events."""
    content = b"".join(map(event, bodies)) + (b"data: [DONE]\n\n" if done else b"")
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=content)


def delta(text: str = "", reason: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return the body of one event of a reply."""
    part = {"content": text, **fields}
    return {"choices": [{"index": 0, "delta": part, "finish_reason": reason}]}


def strict(refused: dict[str, tuple[int, str]], reply: Step) -> Callable[[dict[str, Any]], Step]:
    """Return a step that refuses requests with one of these keys, and answers the others."""

    def step(body: dict[str, Any]) -> Step:
        for key, (status, message) in refused.items():
            if key in body or (key == "system" and body["messages"][0]["role"] == "system"):
                return refusal(status, message)
        return reply

    return step


def event(body: dict[str, Any]) -> bytes:
    """Write one server-sent event of a chat completion."""
    whole = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    return b"data: " + json.dumps({**whole, **body}).encode() + b"\n\n"


class Gated(httpx.SyncByteStream):
    """A model's reply that stops in the middle until the gate is opened."""

    def __init__(self, first: str, rest: str) -> None:
        self._first, self._rest = first, rest
        self.gate = threading.Event()
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield event({"choices": [{"index": 0, "delta": {"content": self._first}}]})
        for _ in range(400):  # 20 seconds, so that a test that fails does not hang
            if self.gate.wait(0.05) or self.closed.is_set():
                break
        yield event({"choices": [{"index": 0, "delta": {"content": self._rest}}]})
        yield event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        yield b"data: [DONE]\n\n"

    def close(self) -> None:
        self.closed.set()

    def response(self) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=self)
