"""A real server on this machine that answers as servers in the wild do, piece by piece."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from rag.errors import ModelDownError, ModelKeyError, PromptTooLongError, UnknownModelError
from rag.models import ChatModel
from rag.models.endpoint import Endpoint
from tests.support.endpoint import delta, event

Answer = tuple[int, str, list[bytes]]
"""Status, content type, and the body in the pieces in which it is sent."""
SAID = "Corals grow."


def stream(*bodies: dict[str, Any]) -> Answer:
    return 200, "text/event-stream", [*map(event, bodies), b"data: [DONE]\n\n"]


def as_json(status: int, body: Any) -> Answer:
    return status, "application/json", [json.dumps(body).encode()]


def page(status: int) -> Answer:
    return status, "text/html", [b"<!DOCTYPE html><html><body>nginx</body></html>"]


SPOKEN = stream(delta("Corals "), delta("grow."), delta(reason="stop"))


class Server:
    """Answers by path and body; keeps what it was asked."""

    def __init__(self, answer: Callable[[str, dict[str, Any]], Answer]) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.address = ""


@contextmanager
def serving(answer: Callable[[str, dict[str, Any]], Answer]) -> Iterator[Server]:
    server = Server(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.asked.append(self.path)
            status, kind, pieces = server.answer(self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in [*pieces, b""]:
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    server.address = f"http://127.0.0.1:{http.server_address[1]}"
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@contextmanager
def asked(
    answer: Callable[[str, dict[str, Any]], Answer] | Answer, *, path: str = "/v1"
) -> Iterator[tuple[ChatModel, Server]]:
    def given(where: str, body: dict[str, Any]) -> Answer:
        return answer(where, body) if callable(answer) else answer

    with serving(given) as server:
        model = ChatModel(
            "m", Endpoint(server.address + path, "secret-key", 5.0, "RAG_LLM"), window=8_000
        )
        yield model, server
        model.close()


def test_a_stream_is_read_as_it_comes() -> None:
    with asked(SPOKEN) as (model, _):
        assert list(model.reply("s", "u")) == ["Corals ", "grow."]


def test_a_reply_in_one_piece_is_the_reply() -> None:
    body = {"choices": [{"message": {"content": SAID}, "finish_reason": "stop"}]}
    with asked(as_json(200, body)) as (model, _):
        assert model.reply("s", "u").read() == SAID
        assert model.abilities.in_one_piece


def test_a_page_is_told_as_a_page() -> None:
    with asked(page(200)) as (model, _), pytest.raises(ModelDownError, match="a web page"):
        model.reply("s", "u").read()


def test_a_missing_v1_is_found() -> None:
    def answer(path: str, _: dict[str, Any]) -> Answer:
        if path == "/v1/chat/completions":
            return SPOKEN
        return 404, "text/plain", [b"404 page not found"]

    with asked(answer, path="") as (model, server):
        assert model.reply("s", "u").read() == SAID
        assert model.reply("s", "u").read() == SAID
        assert server.asked == ["/chat/completions", *["/v1/chat/completions"] * 2]
        assert model.url == f"{server.address}/v1"


def test_an_error_in_a_stream_is_told_in_its_words_and_what_came_is_kept() -> None:
    error = {"error": {"message": "the GPU fell off", "type": "server_error"}}
    with asked(stream(delta("Corals "), error)) as (model, _):
        reply = model.reply("s", "u")
        with pytest.raises(ModelDownError, match="broke off with an error: the GPU fell off"):
            reply.read()
        assert reply.text == "Corals "


def test_a_refused_limit_is_sent_by_its_other_name() -> None:
    def answer(_: str, body: dict[str, Any]) -> Answer:
        if "max_tokens" in body:
            message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return as_json(400, {"error": {"message": message, "param": "max_tokens"}})
        return SPOKEN

    with asked(answer) as (model, server):
        assert [model.reply("s", "u").read() for _ in range(2)] == [SAID, SAID]
        assert len(server.asked) == 3


def test_a_refused_context_is_told_and_kept() -> None:
    error = {"code": 400, "message": "exceeds the available context size", "n_ctx": 4_096}
    with asked(as_json(400, {"error": error})) as (model, _):
        with pytest.raises(PromptTooLongError, match="4,096") as caught:
            model.reply("s", "long " * 9_000).read()
        assert (caught.value.room, model.window) == (4_096, 4_096)


def test_a_thought_without_a_beginning_is_withdrawn() -> None:
    thought = stream(delta("Hm."), delta("</thi"), delta("nk>Corals grow."), delta(reason="stop"))
    with asked(thought) as (model, _):
        reply = model.reply("s", "u")
        assert list(reply) == ["Hm.", SAID]
        assert (reply.text, reply.withdrawn) == (SAID, 1)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((200, "text/event-stream", []), id="nothing at all"),
        pytest.param((200, "text/event-stream", [b": hello\n\n"]), id="a comment"),
        pytest.param((200, "text/event-stream", [b"data: [DONE]\n\n"]), id="only the end"),
    ],
)
def test_an_empty_stream_is_a_failure(answer: Answer) -> None:
    with asked(answer) as (model, _), pytest.raises(ModelDownError, match=r"empty|had ended"):
        model.reply("s", "u").read()


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateways_page_is_told_as_the_gateways(status: int) -> None:
    told = rf"a gateway before it answered {status}"
    with asked(page(status)) as (model, _), pytest.raises(ModelDownError, match=told):
        model.reply("s", "u").read()


def test_a_local_server_is_not_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with asked(SPOKEN) as (model, _):
        assert model.reply("s", "u").read() == SAID


def test_a_proxy_that_fails_is_told_as_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(lambda _, __: as_json(503, {"error": "no way out"})) as proxy:
        login = proxy.address.replace("//", "//me:pass-word@")
        monkeypatch.setenv("http_proxy", login)
        model = ChatModel("m", Endpoint("http://models.lan/v1", "k", 5.0, "RAG_LLM"), window=8_000)
        with pytest.raises(
            ModelDownError, match=r"the proxy 127\.0\.0\.1:\d+ .*NO_PROXY"
        ) as caught:
            model.reply("s", "u").read()
        model.close()
    assert "pass-word" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "error", "part"),
    [
        (as_json(401, {"error": "bad key secret-key"}), ModelKeyError, "OPENAI_API_KEY"),
        (as_json(404, {"error": "model 'm' not found"}), UnknownModelError, "RAG_LLM_MODEL"),
        (
            as_json(429, {"error": {"message": "x", "code": "insufficient_quota"}}),
            ModelDownError,
            "no quota left",
        ),
        (as_json(418, {"error": "no tea for secret-key"}), ModelDownError, "no tea for …"),
    ],
    ids=["key", "model", "quota", "message"],
)
def test_a_failure_names_its_fix_and_shows_no_key(
    answer: Answer, error: type[Exception], part: str
) -> None:
    with asked(answer) as (model, server):
        with pytest.raises(error, match=part) as caught:
            model.reply("s", "u").read()
        assert len(server.asked) == 1
    assert "secret-key" not in str(caught.value)


def test_a_login_in_the_address_is_not_shown() -> None:
    endpoint = Endpoint("https://me:pass-word@models.lan/v1?key=abc", "", 5.0, "RAG_LLM")
    assert endpoint.url == "https://models.lan/v1"
