"""The server around the page: headers, limits, what can be read, and what survives a kill."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from rag import Assistant, ConfigError, Settings, config
from rag.records import MAX_QUERY
from rag.web import guard, library_layout, serve
from tests.support.places import run_environment
from tests.support.serving import serving
from tests.support.visitor import SCOPE, Visitor

# Search, years, author, venue, file, collection, order and page of the library's table.
NO_FILTER = [""] * 9


@pytest.fixture(scope="module")
def assistant(seed_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    home = tmp_path_factory.mktemp("served") / "library"
    shutil.copytree(seed_home, home)
    with Assistant.open(Settings(home=home)) as assistant:
        yield assistant


@pytest.fixture
def visitor_at() -> Iterator[Callable[..., Visitor]]:
    """Open visitors that are closed at the end."""
    opened: list[Visitor] = []

    def open_at(address: str, login: tuple[str, str] | None = None) -> Visitor:
        opened.append(Visitor(address, login))
        return opened[-1]

    yield open_at
    for visitor in opened:
        visitor.close()


VisitorAt = Callable[..., Visitor]


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with serving(assistant) as address:
        yield address


def test_only_scripts_with_the_nonce_run(address: str) -> None:
    first, second = (httpx.get(address) for _ in range(2))
    policy = first.headers["content-security-policy"]
    (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
    scripts = re.findall(r"<script[^>]*>", first.text)
    assert scripts
    assert all(f'nonce="{nonce}"' in script for script in scripts)
    assert nonce not in second.text
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert first.headers["x-content-type-options"] == "nosniff"


def through_the_guard(path: str, page: bytes = b"") -> tuple[int, bytes]:
    """Status and body of a request, with a page for whatever is let through."""
    sent: list[dict[str, Any]] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": page})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-length", b"0")]
    scope = {"type": "http", "path": path, "headers": headers}
    with ThreadPoolExecutor(1) as aside:  # the browser's tests leave a loop running in this thread
        aside.submit(lambda: asyncio.run(guard.Guard(app)(scope, None, send))).result()
    return sent[0]["status"], sent[1]["body"]


@pytest.mark.parametrize(
    ("path", "is_open"),
    [
        pytest.param("/", True, id="the page"),
        pytest.param("/browser/page.css", True, id="its style"),
        pytest.param("/config/", True, id="with a slash"),
        pytest.param("/svelte/a/b.js", True, id="files of Gradio"),
        pytest.param("/gradio_api/queue/join", True, id="an event"),
        pytest.param("/gradio_api/heartbeat/x1", True, id="a heartbeat"),
        pytest.param("/page.py", False, id="source"),
        pytest.param("/static", False, id="a folder itself"),
        pytest.param("/login_check", False, id="outside of the API"),
        pytest.param("/gradio_api/call/ask", False, id="a handler"),
        pytest.param("/gradio_api/proxy=x", False, id="the proxy"),
        pytest.param("/gradio_api/mcp/", False, id="MCP"),
        pytest.param("/gradio_api/heartbeat/a/b", False, id="two parts"),
        pytest.param("/x/gradio_api/info", False, id="something before"),
    ],
)
def test_only_what_the_page_needs_is_open(path: str, is_open: bool) -> None:
    assert through_the_guard(path)[0] == (200 if is_open else 404)


@pytest.mark.parametrize(
    ("tag", "gets_nonce"),
    [
        pytest.param(b"<script>", True, id="bare"),
        pytest.param(b"<script src='x'>", True, id="with attributes"),
        pytest.param(b"<script\nsrc='x'>", True, id="over two lines"),
        pytest.param(b"</script>", False, id="the end"),
        pytest.param(b"<scripts>", False, id="a longer name"),
        pytest.param(b"&lt;script>", False, id="escaped"),
    ],
)
def test_scripts_of_the_page_get_the_nonce(tag: bytes, gets_nonce: bool) -> None:
    _, page = through_the_guard("/", tag)
    assert (b"nonce=" in page) is gets_nonce


@pytest.mark.parametrize(
    ("script", "is_told"),
    [
        pytest.param(b'const root = "http://inside:1/rag";', True, id="where it believes to be"),
        pytest.param(b'const root = "";', True, id="nowhere"),
        pytest.param(b'const roots = "x";', False, id="a longer name"),
        pytest.param(b"root = x;", False, id="another line"),
    ],
)
def test_where_the_page_is_tells_the_browser(script: bytes, is_told: bool) -> None:
    _, page = through_the_guard("/", script)
    assert (page == b"const root = document.baseURI;") is is_told


def test_no_handler_is_an_endpoint(address: str) -> None:
    info = httpx.get(f"{address}/gradio_api/info").json()
    assert info == {"named_endpoints": {}, "unnamed_endpoints": {}}
    for name in ("ask", "remove", "open_page", "delete"):
        for path in (f"/gradio_api/call/{name}", f"/gradio_api/run/{name}", f"/api/{name}"):
            assert httpx.post(address + path, json={"data": []}).status_code >= 400, path


def test_no_file_beside_the_uploads_can_be_read(address: str, assistant: Assistant) -> None:
    home = assistant.settings.home.resolve()
    for path in (
        home / "library.db",
        home / "uploads" / ".." / "library.db",
        Path(serve.__file__),
        Path("/etc/hostname"),
    ):
        for prefix in ("/gradio_api/file=", "/file="):
            assert httpx.get(f"{address}{prefix}{path}").status_code in (403, 404), path


def test_uploads_are_bounded_in_size_type_and_count(
    visitor_at: VisitorAt, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = {"files": ("big.jsonl", b"x" * (library_layout.MAX_FILE + 1))}
    assert httpx.post(f"{address}/gradio_api/upload", files=big, timeout=30).status_code == 413
    visitor = visitor_at(address)
    assert "is a program" in visitor.upload(("virus.exe", b"MZ"))
    many = [(f"{i}.jsonl", b"{}") for i in range(library_layout.MAX_FILES + 1)]
    assert f"at most {library_layout.MAX_FILES}" in visitor.upload(*many)


@pytest.mark.parametrize("component", ["question", "upload"])
def test_a_file_of_the_server_cannot_be_taken_for_an_upload(
    visitor_at: VisitorAt, address: str, assistant: Assistant, tmp_path: Path, component: str
) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_text(json.dumps({"title": "Secret title of mine", "abstract": "A secret."}))
    event = {"question": "submit", "upload": "upload"}[component]
    for path in (secret, assistant.settings.home / "library.db"):
        file = {"path": str(path), "orig_name": path.name, "meta": {"_type": "gradio.FileData"}}
        given = [file, "", ""] if component == "question" else [[file]]
        said = visitor_at(address).trigger(component, event, given, None)
        assert "Secret title" not in said
        assert path.name not in said
    uploads = assistant.settings.home / "uploads"
    assert not [*uploads.rglob("secret.jsonl"), *uploads.rglob("library.db")]


def test_a_login_sets_both_of_its_cookies(assistant: Assistant) -> None:
    settings = assistant.settings.model_copy(update={"auth": SecretStr("ada:s3cret")})
    with Assistant.open(settings) as other, serving(other) as address:
        form = {"username": "ada", "password": "s3cret"}
        cookies = httpx.post(f"{address}/login", data=form).headers.get_list("set-cookie")
    assert len(cookies) == 2


def test_an_event_is_bounded(address: str) -> None:
    body = {"data": ["x" * guard.MAX_EVENT], "fn_index": 0, "session_hash": "x"}
    join = f"{address}/gradio_api/queue/join"
    assert httpx.post(join, json=body).status_code == 413
    assert httpx.post(join, content=iter([b"{}"])).status_code == 413


def test_questions_are_bounded(visitor_at: VisitorAt, address: str) -> None:
    visitor = visitor_at(address)
    assert "at most" in visitor.ask("why " * MAX_QUERY)
    assert 'class="turns"' not in visitor.ask(" ")


def test_what_a_browser_makes_up_is_harmless(visitor_at: VisitorAt, address: str) -> None:
    visitor = visitor_at(address)
    odd = {"id": "../../x", "start": "9" * 99, "sort": "x", "limit": "x"}
    for event in ({}, {"id": 7}, odd, {"id": None, "start": "-7"}, [1], "text"):
        for name in ("like", "edit", "clear"):
            visitor.trigger("dialogue", name, [""], event)
        for name in ("retry", "option_select"):
            visitor.trigger("dialogue", name, [""] * (4 + SCOPE), event)
        for name in ("clear", "select"):
            visitor.trigger("scoped", name, [""] * (4 + SCOPE), event)
        for name in ("edit", "undo", "submit", "delete", "clear"):
            visitor.trigger("history", name, ["", ""], event)
        visitor.trigger("history", "select", [], event)
        visitor.trigger("review", "select", [], event)
        visitor.trigger("papers", "option_select", [], event)
        visitor.trigger("paper", "like", [], event)
        visitor.trigger("paper", "retry", NO_FILTER, event)
        visitor.trigger("paper", "delete", NO_FILTER, event)
        visitor.trigger("papers", "apply", NO_FILTER, event)
    answer = visitor.ask("How does VideoMAE V2 cut the cost of pre-training?")
    assert 'class="cite"' in answer


def test_another_visitors_conversation_cannot_be_changed_when_there_are_logins(
    visitor_at: VisitorAt,
    assistant: Assistant,
) -> None:
    talks = assistant.library.conversations
    mine = talks.ask("Mine?", owner="ada")
    settings = assistant.settings.model_copy(update={"auth": SecretStr("ada:s3cret,bob:w0rd")})
    with Assistant.open(settings) as other, serving(other) as address:
        assert visitor_at(address).refused
        bob = visitor_at(address, login=("bob", "w0rd"))
        assert "Mine?" not in bob.trigger("history", "select", [""], {"id": mine.conversation})
        bob.trigger(None, "click", [mine.conversation], {}, handler="delete")
        bob.trigger("dialogue", "like", [""], {"id": mine.id, "value": "1"})
        ada = visitor_at(address, login=("ada", "s3cret"))
        assert "Mine?" in ada.trigger("history", "select", [""], {"id": mine.conversation})
    assert [e.feedback for e in talks.exchanges(mine.conversation, "ada")] == [0]


@pytest.mark.parametrize("auth", ["ada", "ada:", ":x", "a:b,c"])
def test_a_login_that_is_none_is_refused(auth: str) -> None:
    with pytest.raises(ConfigError, match=r"RAG_AUTH: .*name:password"):
        config.load(auth=auth)


@pytest.mark.slow
def test_an_address_that_is_taken_is_told(seed_home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "rag", "serve", "--port", str(port)],
            env=run_environment(seed_home),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1
    assert "--port" in done.stderr


def start(home: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "rag", "serve", "--port", "0"],
        env=run_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    return process, line.split()[4]


@pytest.mark.slow
def test_a_killed_server_loses_nothing(
    visitor_at: VisitorAt, seed_home: Path, tmp_path: Path
) -> None:
    home = tmp_path / "library"
    shutil.copytree(seed_home, home)
    process, address = start(home)
    visitor = visitor_at(address)
    said = visitor.ask("How does VideoMAE V2 cut the cost of pre-training?")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    process, address = start(home)
    again = visitor_at(address)
    opened = again.trigger("history", "select", [""], {"id": visitor.conversation})
    assert re.findall(r'class="claim.*?</span>', said) == re.findall(
        r'class="claim.*?</span>', opened
    )
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=20)
    assert "Traceback" not in out + errors
    assert process.returncode in (0, 130)
