"""A small reverse proxy on loopback: what a page must bear from those in front of it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behind = ""
    prefix = ""
    strips = True
    told: Mapping[str, str] = {}

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def do_HEAD(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        if not f"{self.path.partition('?')[0]}/".startswith(f"{self.prefix}/"):
            self.send_error(404)
            return
        path = self.path[len(self.prefix) :] if self.strips else self.path
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length) if length else None
        onward = http.client.HTTPConnection(self.behind, timeout=30)
        try:
            onward.request(self.command, path or "/", body, self._told())
            self._send_on(onward.getresponse())
        except OSError:
            self.close_connection = True
        finally:
            onward.close()

    def _told(self) -> dict[str, str]:
        sent = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
        for name, value in self.told.items():
            sent.pop(name, None)
            if value:
                sent[name] = value.format(host=self.headers["Host"])
        return sent

    def _send_on(self, answer: http.client.HTTPResponse) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        while part := answer.read1(65_536):  # as it comes, for events
            self.wfile.write(part)
            self.wfile.flush()

    def log_message(self, *_given: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_given: object) -> None:
        pass


@contextmanager
def proxied(
    address: str, prefix: str = "", *, strips: bool = True, told: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Put a proxy in front of an address and give its own.

    It serves what is below ``prefix``, which it strips or keeps. ``told`` are headers that it sets;
    "" leaves one out, and ``{host}`` in one is the host that the browser asked.
    """
    given = {"behind": urlsplit(address).netloc, "prefix": prefix, "strips": strips}
    handler = type("Handler", (_Handler,), {**given, "told": told or {}})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{prefix}"
        finally:
            server.shutdown()
            thread.join(10)
