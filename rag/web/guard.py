"""What stands between the server and Gradio: what is let through, and what a page may do."""

from __future__ import annotations

import re
import secrets
from typing import Any

from rag.checking import MAX_TEXT
from rag.web.proxies import below_prefix
from rag.work import Work

# Bytes that an event may carry: the longest text to be checked, a character having at most four.
# Files come by another way.
MAX_EVENT = 4 * MAX_TEXT + 10_000
# Gradio's own scripts come from this server; those inside its page get a nonce, so a script, a
# handler or a frame that slipped into any text does not run. Gradio's HTML component compiles its
# template, which needs 'unsafe-eval', and its components carry style attributes.
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self' blob:; form-action 'self'; "
    "base-uri 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
}
# What the page's own script asks for. Gradio has more: handlers by name, a proxy, MCP, dashboards.
# "/", "/browser/main.js", "/static/x.js", "/gradio_api/queue/join"; not "/browser/../x", "/static",
# "/gradio_api/call/ask", "/gradio_api/proxy=x".
_OPEN = re.compile(
    r"/|/(?:browser/[a-z]+\.(?:js|css)|healthz|readyz|metrics|config/?|login/?|logout|theme\.css|robots\.txt|favicon\.ico"
    r"|manifest\.json|(?:static|assets|svelte)/.*)"
    r"|/gradio_api/(?:queue/(?:join|data)|upload|upload_progress|heartbeat/[^/]+|cancel|reset"
    r"|startup-events|info/?|app_id/?|login_check/?|token/?|user/?|file=.*)"
)
# Gradio's page asks for two files at the server's root, whatever it is served under.
_MANIFEST = b'<link rel="manifest" href="/manifest.json" />'
_ICON = b'<link rel="icon" href="favicon.ico" />'
# And its scripts ask where the server believes that it is seen; the browser knows better, whatever
# a proxy before it leaves out: 'const root = "http://inside/rag";', not 'root = x;'.
_SEEN = re.compile(rb'const root = "[^"]*";')
_ROOT = (
    b"<script>if (window.gradio_config) "
    rb'gradio_config.root = document.baseURI.replace(/\/$/, "")</script></head>'
)
# "<script>", "<script src=…>"; not "</script>", "<scripts>".
_SCRIPT = re.compile(rb"<script(?=[\s>])")


class Guard:
    """Lets through only what the page needs, with headers that keep the page to itself.

    A page's own scripts get a nonce. While the server is ending nothing new begins.
    """

    def __init__(self, app: Any, work: Work | None = None) -> None:
        self._app = app
        self._work = work or Work()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if refused := self._refused(scope):
            await _refuse(send, refused)
            return
        nonce = secrets.token_urlsafe(16)
        held: list[dict[str, Any]] = []  # the start of an HTML page, until its body is whole
        body = bytearray()

        async def guarded(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                policy = (b"content-security-policy", _POLICY.format(nonce=nonce).encode())
                # A list: a login sets two cookies, which are two headers of one name.
                headers = [*message["headers"], *_HEADERS.items(), policy]
                message = {**message, "headers": headers}
                if dict(headers).get(b"content-type", b"").startswith(b"text/html"):
                    held.append(message)
                    return
            elif message["type"] == "http.response.body" and held:
                body.extend(message.get("body", b""))
                if message.get("more_body"):
                    return
                page = _SCRIPT.sub(f'<script nonce="{nonce}"'.encode(), _at_home(bytes(body)))
                start = held.pop()
                kept = [(k, v) for k, v in start["headers"] if k != b"content-length"]
                length = (b"content-length", str(len(page)).encode())
                await send({**start, "headers": [*kept, length]})
                await send({"type": "http.response.body", "body": page})
                return
            await send(message)

        await self._app(scope, receive, guarded)

    def _refused(self, scope: Any) -> int:
        """Return the status that a request is refused with; 0: it is let through."""
        path = below_prefix(scope)
        if not _OPEN.fullmatch(path):
            return 404
        if path != "/gradio_api/queue/join":
            return 0
        # A request that does not say how long it is could be endless; browsers always say.
        length = int(dict(scope["headers"]).get(b"content-length", b"-1"))
        if not 0 <= length <= MAX_EVENT:
            return 413
        return 503 if self._work.is_ending else 0


def _at_home(page: bytes) -> bytes:
    """Let Gradio's page look for everything below where the browser found it."""
    page = _SEEN.sub(b"const root = document.baseURI;", page.replace(_MANIFEST, _ICON))
    return page.replace(b"</head>", _ROOT, 1)


async def _refuse(send: Any, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})
