"""A server on loopback that answers as it is told, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request: its path as it was sent, its parameters, its headers in lower case."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]
    at: float  # seconds, monotonic


@dataclass(frozen=True)
class Answer:
    """A reply; an object becomes JSON. ``delay`` is in seconds."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    breaks_off: bool = False

    @property
    def content(self) -> bytes:
        """The body as bytes."""
        if isinstance(self.body, bytes):
            return self.body
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode()


Answering = Answer | Callable[[Asked], Answer]


@dataclass
class Web:
    """Answers by path, in the order given, the last again and again; else 404 as Crossref does."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, list[Answering]] = field(default_factory=dict)

    def on(self, path: str, *answers: Answering) -> None:
        """Answer at a path from now on."""
        self.answers[path] = list(answers)

    def paths(self) -> list[str]:
        """Return what was asked for, in order."""
        return [one.path for one in self.asked]

    def answer(self, asked: Asked) -> Answer:
        """Return the answer to a request."""
        queue = self.answers.get(asked.path)
        if not queue:
            return Answer("Resource not found.", 404, {"Content-Type": "text/plain"})
        step = queue.pop(0) if len(queue) > 1 else queue[0]
        return step if isinstance(step, Answer) else step(asked)


@contextlib.contextmanager
def serving_web() -> Iterator[Web]:
    """Serve on a free port of this machine."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            params = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(parts.path, params, headers, time.monotonic())
            web.asked.append(asked)
            answer = web.answer(asked)
            time.sleep(answer.delay)
            with contextlib.suppress(OSError):  # who has given up hears nothing
                if answer.breaks_off:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    web.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
