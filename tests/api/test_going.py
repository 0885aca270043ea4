"""Clients that go half-way, many at once, a model behind it, and a server that ends."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from pydantic import SecretStr

from rag import Assistant, Settings
from rag.api.running import Runner
from tests.api.conftest import serving
from tests.api.test_chat import QUESTION, asked
from tests.support.looping import run


class SlowModel(ThreadingHTTPServer):
    """A model on loopback that says a sentence every tenth of a second until nobody listens."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Slow)
        self.left = threading.Event()
        self.asked = threading.Event()


class _Slow(BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        server: Any = self.server
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        server.asked.set()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        assert body["stream"] is True
        try:
            for number in range(200):
                text = f"Masking number {number} cuts the cost [P1.2].\n"
                delta = {"choices": [{"index": 0, "delta": {"content": text}}]}
                self.wfile.write(f"data: {json.dumps(delta)}\n\n".encode())
                self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            server.left.set()


@pytest.fixture
def slow_model() -> Iterator[SlowModel]:
    server = SlowModel()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


@contextmanager
def with_slow_model(home: Path, model: SlowModel) -> Iterator[str]:
    settings = Settings(
        home=home,
        openai_api_key=SecretStr("k"),
        openai_base_url=f"http://127.0.0.1:{model.server_address[1]}/v1",
        llm_model="slow",
        judge="rules",
    )
    with Assistant.open(settings) as assistant, serving(assistant) as address:
        yield address


@pytest.mark.slow
@pytest.mark.parametrize("is_stream", [True, False])
def test_a_client_that_goes_stops_the_model(
    seed_home: Path, slow_model: SlowModel, is_stream: bool
) -> None:
    with with_slow_model(seed_home, slow_model) as address:
        body = asked(QUESTION, stream=is_stream)
        url = f"{address}/v1/chat/completions"
        if is_stream:
            with httpx.stream("POST", url, json=body, timeout=20) as response:
                next(response.iter_text())
                assert slow_model.asked.wait(10)
        else:
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(url, json=body, timeout=1.5)
            assert slow_model.asked.is_set()
        assert slow_model.left.wait(10), "the model was still asked"


def test_a_check_that_nobody_waits_for_ends_and_blocks_nobody(
    served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = []
    watched = Runner.watched

    async def noted(self: Runner, *given: Any, **named: Any) -> Any:
        try:
            return await watched(self, *given, **named)
        finally:
            ended.append(True)

    monkeypatch.setattr(Runner, "watched", noted)
    text = "VideoMAE V2 uses a dual masking strategy for efficient pre-training. " * 1_400
    for _ in range(6):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{served}/api/check", json={"text": text}, timeout=0.2)
    assert httpx.get(f"{served}/api/papers", timeout=20).status_code == 200
    end = time.monotonic() + 20
    while len(ended) < 6 and time.monotonic() < end:
        time.sleep(0.1)
    assert len(ended) == 6


def test_the_extractive_model_asks_none(seed_home: Path, slow_model: SlowModel) -> None:
    with with_slow_model(seed_home, slow_model) as address:
        client = openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)
        done: Any = client.chat.completions.create(**asked(QUESTION, model="cited-rag-extractive"))
        assert done.rag["mode"] == "extractive"
        assert not slow_model.asked.is_set()


def test_a_refused_key_of_the_model_is_told_inside_the_stream(seed_home: Path) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"error": {"message": "bad key"}})

    settings = Settings(
        home=seed_home,
        openai_api_key=SecretStr("k"),
        openai_base_url="http://127.0.0.1:1/v1",
        llm_model="m",
    )
    transport = httpx.MockTransport(refuse)
    with Assistant.open(settings, transport=transport) as assistant, serving(assistant) as address:
        client = openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)
        with pytest.raises(openai.InternalServerError, match="key") as whole:
            client.chat.completions.create(**asked(QUESTION))
        assert whole.value.status_code == 502
        with pytest.raises(openai.APIError, match="key"):
            list(client.chat.completions.create(**asked(QUESTION), stream=True))


def test_fifty_clients_at_once(served: str) -> None:
    questions = [QUESTION, "What does UniFormerV2 propose?", "What is DVT?"]

    async def all_of_them() -> list[str]:
        async with openai.AsyncOpenAI(
            base_url=f"{served}/v1", api_key="none", max_retries=0, timeout=120
        ) as client:

            async def one(number: int) -> str:
                body = asked(questions[number % 3], stream=True)
                stream: Any = await client.chat.completions.create(**body)
                return "".join([c.choices[0].delta.content or "" async for c in stream])

            return await asyncio.gather(*map(one, range(50)))

    texts = run(all_of_them())
    assert len(texts) == 50
    assert all("[1]" in text for text in texts)
    assert len({*texts}) == 3


def test_a_server_that_ends_takes_nothing_new(seed_home: Path) -> None:
    from starlette.testclient import TestClient

    from rag import api
    from rag.work import Work

    work = Work(is_ending=True)
    with Assistant.open(Settings(home=seed_home)) as assistant:
        client = TestClient(
            api.build(assistant, work).app, base_url="http://localhost", client=("127.0.0.1", 1)
        )
        done = client.get("/v1/models")
    assert (done.status_code, done.headers["retry-after"]) == (503, "5")
