"""The server around the page: address, security headers, login."""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastapi
import gradio as gr
import uvicorn

from rag.assistant import Assistant
from rag.errors import ConfigError
from rag.web import page
from rag.web.library_layout import MAX_FILE
from rag.web.proxies import NO_PROXIES, Forwarded, Proxies, below_prefix

_FILES = Path(__file__).parent
MAX_EVENT = 200_000  # bytes that an event may carry; files come by another way
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
# "/", "/page.js", "/static/x.js", "/gradio_api/queue/join"; not "/page.py", "/static",
# "/gradio_api/call/ask", "/gradio_api/proxy=x".
_OPEN = re.compile(
    r"/|/(?:page\.(?:js|css)|healthz|config/?|login/?|logout|theme\.css|robots\.txt|favicon\.ico"
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


def build(assistant: Assistant, proxies: Proxies = NO_PROXIES) -> fastapi.FastAPI:
    """Return the whole application: the page at ``/``, its script and style, and ``/healthz``."""

    async def inside_a_loop() -> fastapi.FastAPI:
        return _build(assistant, proxies)

    # Gradio 6.31 makes four event loops, and closes none, when it is put together outside of one.
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(inside_a_loop())
    return _build(assistant, proxies)


def _build(assistant: Assistant, proxies: Proxies) -> fastapi.FastAPI:
    logins = assistant.settings.logins
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard)
    app.add_middleware(Forwarded, proxies=proxies)  # the last one added comes first
    script, style = ((_FILES / name).read_bytes() for name in ("page.js", "page.css"))

    @app.get("/page.js")
    def page_script() -> fastapi.Response:
        return fastapi.Response(script, media_type="text/javascript")

    @app.get("/page.css")
    def page_style() -> fastapi.Response:
        return fastapi.Response(style, media_type="text/css")

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    blocks = page.build(assistant)
    whole: fastapi.FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        auth=logins or None,
        auth_message="This library asks for a login." if logins else None,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=MAX_FILE,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=_theme(),
        # A sheet of its own: Gradio 6.31 takes one it is given apart at every comma, ":is(…)" too.
        head='<link rel="stylesheet" href="page.css"><script src="page.js" defer></script>',
    )
    # Only then does Gradio 6.31 check that the files an event names were uploaded: mounted without
    # it, any file of the machine can be copied into the uploads and read.
    blocks.has_launched = True
    return whole


def listen(host: str, port: int) -> socket.socket:
    """Take the address, so that it is known to be free before anything is loaded.

    Raises:
        ConfigError: it is taken, or not an address of this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        taken = socket.socket(family, socket.SOCK_STREAM)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
    except OSError as error:
        raise ConfigError(
            f"{host}:{port} cannot be used ({error.strerror}); choose another with --host or --port"
        ) from error
    return taken


def run(assistant: Assistant, taken: socket.socket, *, ready: Callable[[], None]) -> None:
    """Serve until interrupted; ``ready`` is called once the page can be opened."""
    settings = uvicorn.Config(
        build(assistant), log_level="warning", access_log=False, timeout_graceful_shutdown=3
    )

    class Server(uvicorn.Server):
        """Tells when it has started."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    Server(settings).run(sockets=[taken])


class Guard:
    """Lets through only what the page needs, with headers that keep the page to itself.

    A page's own scripts get a nonce.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = below_prefix(scope)
        if not _OPEN.fullmatch(path):
            await _refuse(send, 404)
            return
        # A request that does not say how long it is could be endless; browsers always say.
        length = int(dict(scope["headers"]).get(b"content-length", b"-1"))
        if path == "/gradio_api/queue/join" and not 0 <= length <= MAX_EVENT:
            await _refuse(send, 413)
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


def _at_home(page: bytes) -> bytes:
    """Let Gradio's page look for everything below where the browser found it."""
    page = _SEEN.sub(b"const root = document.baseURI;", page.replace(_MANIFEST, _ICON))
    return page.replace(b"</head>", _ROOT, 1)


async def _refuse(send: Any, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _theme() -> gr.themes.Base:
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    return gr.themes.Base(
        primary_hue="teal",
        neutral_hue="slate",
        font=fonts,
        font_mono=["ui-monospace", "monospace"],
    )
