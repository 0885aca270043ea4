"""What is written down and counted of requests: never a question, a file's name or a key."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rag.web.proxies import below_prefix

# Kept as they are: "/", "/config", "/gradio_api/queue/join"; cut after a kind: "/static/x.js",
# "/gradio_api/file=/home/a.bib"; not at all: "/why is this not there".
_KNOWN = re.compile(
    r"/|/(?:page\.(?:js|css)|healthz|readyz|metrics|config|login|logout|theme\.css|robots\.txt"
    r"|favicon\.ico|manifest\.json)/?"
    r"|/v1/(?:chat/completions|models)|/mcp|/api/(?:search|ask|summarize|check|export|papers|topics"
    r"|ingest|openapi\.json)"
    r"|/gradio_api/(?:queue/(?:join|data)|upload|upload_progress|cancel|reset|startup-events"
    r"|info|app_id|login_check|token|user)/?"
)
_KIND = re.compile(
    r"/(?:static|assets|svelte|v1/models|api/papers)/|/gradio_api/(?:heartbeat/|file=)"
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request that has been answered."""

    method: str
    route: str
    status: int
    seconds: float
    size: int
    client: str


Note = Callable[[Request], None]


def route_of(path: str) -> str:
    """Return what kind of request a path is, without anything that a visitor put into it."""
    if _KNOWN.fullmatch(path):
        return path if path == "/" else path.rstrip("/")
    kind = _KIND.match(path)
    return f"{kind.group()}…" if kind else "other"


class Access:
    """Tells of every request once it has been answered (ASGI)."""

    def __init__(self, app: Any, notes: list[Note]) -> None:
        self._app = app
        self._notes = notes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not self._notes:
            await self._app(scope, receive, send)
            return
        start, status, size = time.perf_counter(), 500, 0

        async def noted(message: dict[str, Any]) -> None:
            nonlocal status, size
            status = message.get("status", status)
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            client = (scope.get("client") or ("", 0))[0]
            seconds = time.perf_counter() - start
            route = route_of(below_prefix(scope))
            for note in self._notes:
                note(Request(method, route, status, seconds, size, client))


def write_json(request: Request) -> None:
    """Write one line of JSON to the standard output."""
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "method": request.method,
        "route": request.route,
        "status": request.status,
        "seconds": round(request.seconds, 4),
        "bytes": request.size,
        "client": request.client,
    }
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()
