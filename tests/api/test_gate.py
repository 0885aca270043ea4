"""Who may ask: keys, this machine, other machines, pages of other hosts; how much and how often."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from rag import Assistant, ConfigError, Settings, config
from rag.api.errors import Refusal
from rag.api.gate import AT_ONCE, Gate, Rates
from rag.web import serve
from rag.work import Work
from tests.api.conftest import KEYS, READER, WRITER, serving

Serve = Callable[..., httpx.Client]
ASKED = {"query": "codecs"}


def test_a_key_is_asked_for(serve_with: Serve) -> None:
    client = serve_with(api_keys=KEYS)
    for headers in (
        {},
        {"authorization": f"Bearer {READER}x"},
        {"authorization": f"Basic {READER}"},
        {"authorization": "Bearer schlüssel".encode("latin-1")},
    ):
        done = client.post("/api/search", json=ASKED, headers=headers)  # type: ignore[arg-type]
        assert (done.status_code, done.headers["www-authenticate"]) == (401, "Bearer")
        assert done.json()["error"]["code"] == "invalid_api_key"
    for headers in (
        {"authorization": f"Bearer {READER}"},
        {"authorization": f"bearer {WRITER}"},
        {"x-api-key": READER},
        {"api-key": READER},
    ):
        assert client.post("/api/search", json=ASKED, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost:7860"}, 200),
        ({"host": "evil.example"}, 401),
        ({"host": "[::1"}, 401),
        ({"origin": "https://evil.example"}, 401),
        ({"origin": "null"}, 401),
        ({"x-forwarded-for": "203.0.113.7"}, 401),
        ({"x-forwarded-host": "papers.example"}, 401),
    ],
)
def test_without_keys_this_machine_alone_may_ask(
    serve_with: Serve, headers: dict[str, str], status: int
) -> None:
    client = serve_with()
    done = client.post("/api/search", json=ASKED, headers=headers)
    assert done.status_code == status
    assert client.delete("/api/papers/p").status_code == 403


def test_who_is_connected_counts_whatever_is_said_of_others() -> None:
    gate = Gate(None, Settings(), Work())
    headers = [(b"host", b"localhost")]
    scope = {"client": ("127.0.0.1", 0), "peer": "203.0.113.7", "headers": headers}
    with pytest.raises(Refusal):
        gate._caller(scope)
    assert gate._caller({**scope, "peer": "127.0.0.1"}).name == "this machine"


def test_with_logins_and_without_keys_nobody_may_ask(serve_with: Serve) -> None:
    client = serve_with(auth=SecretStr("ada:secret"))
    assert client.post("/api/search", json=ASKED).status_code == 401


def test_a_page_of_another_host_may_ask_where_that_is_allowed(serve_with: Serve) -> None:
    client = serve_with(api_keys=KEYS, api_origins="https://notes.example")
    asked = {
        "origin": "https://notes.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-stainless-os",
    }
    allowed = client.options("/v1/chat/completions", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "https://notes.example"
    other = client.options("/v1/chat/completions", headers=asked | {"origin": "https://x.example"})
    assert "access-control-allow-origin" not in other.headers


def test_no_page_may_ask_where_nothing_is_said(client: httpx.Client) -> None:
    asked = {"origin": "https://x.example", "access-control-request-method": "POST"}
    answer = client.options("/v1/chat/completions", headers=asked)
    assert "access-control-allow-origin" not in answer.headers
    assert answer.status_code >= 400


def test_every_answer_has_an_id_and_is_kept_by_nobody(client: httpx.Client) -> None:
    for done in (client.get("/v1/models"), client.get("/api/none")):
        assert len(done.headers["x-request-id"]) == 16
        assert done.headers["cache-control"] == "no-store"
        assert done.headers["x-content-type-options"] == "nosniff"


def test_who_asks_too_often_is_told_when_to_come_back(serve_with: Serve) -> None:
    client = serve_with(api_keys=KEYS, api_rate=6)
    reading = {"authorization": f"Bearer {READER}"}
    codes = [client.get("/v1/models", headers=reading).status_code for _ in range(7)]
    assert codes == [200] * 6 + [429]
    refused = client.get("/v1/models", headers=reading)
    assert 1 <= int(refused.headers["retry-after"]) <= 10
    assert refused.json()["error"]["type"] == "rate_limit_error"
    assert client.get("/v1/models", headers={"x-api-key": WRITER}).status_code == 200


def test_so_many_at_once_and_no_more() -> None:
    rates = Rates(0)
    held = [rates.one("a") for _ in range(AT_ONCE)]
    for one in held:
        one.__enter__()
    with pytest.raises(Refusal, match="under way"), rates.one("a"):
        pass
    with rates.one("b"):
        pass
    held[0].__exit__(None, None, None)
    with rates.one("a"):
        pass


def test_a_bucket_fills_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    rates = Rates(60)
    for _ in range(60):
        with rates.one("a"):
            pass
    with pytest.raises(Refusal), rates.one("a"):
        pass
    now[0] += 1.0
    with rates.one("a"):
        pass


def test_a_slow_body_is_not_waited_for(serve_with: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.api.gate.PATIENCE", 0.3)
    client = serve_with()
    with socket.create_connection((client.base_url.host, client.base_url.port or 0), 10) as raw:
        raw.sendall(
            b"POST /api/search HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            b"content-length: 100\r\n\r\n{"
        )
        assert raw.recv(1_000).startswith(b"HTTP/1.1 408")


def test_nothing_of_a_key_is_written(serve_with: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    client = serve_with(api_keys=KEYS)
    client.get("/v1/models", headers={"authorization": f"Bearer {READER}x"})
    client.post("/api/ask", json={"question": "?"}, headers={"authorization": f"Bearer {READER}"})
    done = capsys.readouterr()
    assert READER not in done.out + done.err
    assert READER not in repr(config.load(api_keys=KEYS.get_secret_value()).keys)


def test_requests_are_counted_by_what_they_are(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = serve.Options.of(access_log=True, metrics=False)
    with (
        Assistant.open(Settings(home=tmp_path / "x", seeds="")) as assistant,
        serving(assistant, options) as address,
    ):
        httpx.get(f"{address}/api/papers/secret-name")
        httpx.get(f"{address}/v1/models")
    written = capsys.readouterr().out
    assert '"route": "/api/papers/…"' in written
    assert '"route": "/v1/models"' in written
    assert "secret-name" not in written


def test_twenty_keys_at_once(serve_with: Serve) -> None:
    client = serve_with(api_rate=0)
    with ThreadPoolExecutor(20) as pool:
        done = list(pool.map(lambda _: client.post("/api/search", json=ASKED), range(40)))
    assert {one.status_code for one in done} == {200}


@pytest.mark.parametrize(
    "keys",
    [
        "lab",
        "lab:short:read",
        f"lab:{READER}",
        f"lab:{READER}:admin",
        f"a:{READER}:read,a:{WRITER}:read",
    ],
)
def test_how_keys_are_written(keys: str) -> None:
    with pytest.raises(ConfigError, match="RAG_API_KEYS") as told:
        config.load(api_keys=keys)
    assert READER not in str(told.value)


@pytest.mark.parametrize("origins", ["*", "notes.example", "https://notes.example/"])
def test_how_origins_are_written(origins: str) -> None:
    with pytest.raises(ConfigError, match="RAG_API_ORIGINS"):
        config.load(api_origins=origins)
