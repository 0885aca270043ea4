"""The page in operation: is it alive and ready, what it writes down and counts, how it ends."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from rag import Assistant, ConfigError, Settings
from rag.web import access, metrics, serve
from rag.web.health import Health
from rag.work import Work
from tests.support.chroma import free_port
from tests.support.places import run_environment
from tests.support.serving import serving
from tests.support.visitor import Visitor

QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"


@pytest.fixture(scope="module")
def home(seed_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("operated") / "library"
    shutil.copytree(seed_home, home)
    return home


@pytest.fixture
def assistant(home: Path) -> Iterator[Assistant]:
    with Assistant.open(Settings(home=home)) as assistant:
        yield assistant


# -- alive and ready -----------------------------------------------------------------------------


def test_alive_and_ready_need_no_login(assistant: Assistant) -> None:
    settings = assistant.settings.model_copy(update={"auth": SecretStr("ada:s3cret")})
    with Assistant.open(settings) as other, serving(other) as address:
        assert httpx.get(f"{address}/healthz").json() == {"status": "ok"}
        assert httpx.head(f"{address}/healthz").is_success
        ready = httpx.get(f"{address}/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "ready", "missing": []})
        assert httpx.get(f"{address}/metrics").status_code in (401, 404)
        assert httpx.get(f"{address}/config").status_code == 401


def test_what_is_missing_is_told_without_where_it_is(assistant: Assistant) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    settings = assistant.settings.model_copy(update={"chroma_url": away})
    with Assistant.open(settings) as other, serving(other) as address:
        ready = httpx.get(f"{address}/readyz", timeout=30)
        assert ready.status_code == 503
        assert ready.json() == {"status": "not ready", "missing": ["vector server"]}
        assert httpx.get(f"{address}/healthz").is_success


def test_a_library_that_cannot_be_read_is_missing(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: object) -> int:
        raise OSError("/secret/place")

    monkeypatch.setattr(type(assistant.library), "count", broken)
    assert Health(assistant, Work()).missing() == ["library"]


# -- what is written down ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/config/", "/config"),
        ("/gradio_api/queue/join", "/gradio_api/queue/join"),
        ("/gradio_api/heartbeat/s3ss10n", "/gradio_api/heartbeat/…"),
        ("/gradio_api/file=/home/ann/secret.bib", "/gradio_api/file=…"),
        ("/static/js/x.js", "/static/…"),
        ("/why is this?", "other"),
        ("/gradio_api/call/ask", "other"),
    ],
)
def test_a_route_holds_nothing_of_a_visitor(path: str, route: str) -> None:
    assert access.route_of(path) == route


def test_one_line_of_json_a_request(
    assistant: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(assistant, serve.Options(access_log=True)) as address:
        visitor = Visitor(address)
        visitor.ask(QUESTION)
        visitor.close()
        httpx.get(f"{address}/nothing?key=s3cret", headers={"X-Forwarded-For": "10.0.0.7"})
    written = capsys.readouterr().out
    lines = [json.loads(line) for line in written.splitlines()]
    assert {frozenset(line) for line in lines} == {
        frozenset(("time", "method", "route", "status", "seconds", "bytes", "client"))
    }
    last = next(line for line in lines if line["route"] == "other")
    assert (last["method"], last["status"], last["client"]) == ("GET", 404, "10.0.0.7")
    assert any(line["route"] == "/gradio_api/queue/data" for line in lines)
    assert "VideoMAE" not in written
    assert "s3cret" not in written


def test_nothing_is_written_unless_it_is_asked_for(
    assistant: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(assistant) as address:
        httpx.get(address)
    assert capsys.readouterr().out == ""


# -- what is counted -----------------------------------------------------------------------------


def test_figures_for_prometheus(assistant: Assistant) -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    with serving(assistant, serve.Options(metrics=True)) as address:
        visitor = Visitor(address)
        visitor.ask(QUESTION)
        visitor.ask("Who won the football world cup in 1998?")
        visitor.close()
        httpx.get(f"{address}/nothing")
        answer = httpx.get(f"{address}/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in parser.text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["rag_papers",] == assistant.library.count()
    assert found["rag_answers_total", "extractive", "true"] == 1
    assert found["rag_answers_total", "extractive", "false"] == 1
    assert found["rag_answer_seconds_count", "extractive"] == 2
    assert 0 < found["rag_answer_seconds_sum", "extractive"] < 60
    assert found["rag_requests_total", "404", "GET", "other"] == 1
    assert "VideoMAE" not in answer.text


def test_without_prometheus_it_says_what_to_install(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "prometheus", None)
    with pytest.raises(ConfigError, match=r"install 'cited-rag\[metrics\]'"):
        serve.build(assistant, serve.Options(metrics=True))


# -- how it ends ---------------------------------------------------------------------------------


class SlowModel:
    """An endpoint of a model on loopback that says a little, and the rest when it may."""

    def __init__(self) -> None:
        self.asked, self.may_end = threading.Event(), threading.Event()
        slow = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                self._say("We present a dual masking strategy")
                slow.asked.set()
                slow.may_end.wait(30)
                self._say(" for efficient pre-training [P1.5].")
                self.wfile.write(b"data: [DONE]\n\n")

            def _say(self, text: str) -> None:
                chunk = {"choices": [{"index": 0, "delta": {"content": text}}]}
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
                self.wfile.flush()

            def log_message(self, *_given: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.server.server_port}/v1"
        return {"OPENAI_BASE_URL": url, "RAG_LLM_MODEL": "slow", "RAG_JUDGE": "rules"}


@pytest.fixture
def slow() -> Iterator[SlowModel]:
    model = SlowModel()
    yield model
    model.may_end.set()
    model.server.shutdown()
    model.server.server_close()


def start(home: Path, environment: dict[str, str]) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "rag", "serve", "--port", "0"],
        env={**run_environment(home), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().split()[4]


@pytest.mark.slow
def test_an_answer_under_way_is_finished_before_the_end(home: Path, slow: SlowModel) -> None:
    process, address = start(home, slow.environment)
    visitor, other = Visitor(address), Visitor(address)
    try:
        with ThreadPoolExecutor(1) as aside:
            shown = aside.submit(visitor.ask, QUESTION)
            assert slow.asked.wait(20)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert process.poll() is None
            ready = httpx.get(f"{address}/readyz")
            assert (ready.status_code, ready.json()["missing"]) == (503, ["stopping"])
            with pytest.raises(httpx.HTTPStatusError, match="503"):
                other.ask("What else is there?")
            slow.may_end.set()
            assert "for efficient pre-training" in shown.result(20)
        _, errors = process.communicate(timeout=10)
    finally:
        process.kill()
        visitor.close()
        other.close()
    assert process.returncode == 0
    assert "1 under way, ending in at most 20 s" in errors
    assert "Traceback" not in errors


@pytest.mark.slow
@pytest.mark.parametrize("again", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(home: Path, slow: SlowModel, again: signal.Signals) -> None:
    process, address = start(home, slow.environment)
    visitor = Visitor(address)
    try:
        with ThreadPoolExecutor(1) as aside:
            shown = aside.submit(visitor.ask, QUESTION)
            assert slow.asked.wait(20)
            process.send_signal(again)
            time.sleep(0.3)
            begun = time.monotonic()
            process.send_signal(again)
            process.wait(5)
            assert time.monotonic() - begun < 2
            assert shown.exception(20) is not None
    finally:
        process.kill()
        process.communicate()
        visitor.close()
    assert process.returncode == 128 + again


@pytest.mark.slow
def test_an_idle_server_ends_soon_and_cleanly(home: Path) -> None:
    process, address = start(home, {})
    httpx.get(address)
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=8)
    assert (process.returncode, out, errors) == (0, "", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "says"),
    [
        (("--root-path", "rag"), "write it as /rag"),
        (("--forwarded-allow-ips", "proxy.lan"), "write addresses or networks"),
    ],
)
def test_an_option_that_cannot_work_is_told(home: Path, option: tuple[str, str], says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rag", "serve", "--port", "0", *option],
        env=run_environment(home),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 5
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
