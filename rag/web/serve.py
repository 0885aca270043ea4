"""The server around the page: address, login, what it tells of itself, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import fastapi
import gradio as gr

from rag.assistant import Assistant
from rag.web import page
from rag.web.access import Access, Note, write_json
from rag.web.files import Files
from rag.web.guard import Guard
from rag.web.health import Health
from rag.web.library_layout import MAX_FILE
from rag.web.metrics import CONTENT_TYPE, Metrics
from rag.web.proxies import NO_PROXIES, Forwarded, Proxies, below_prefix
from rag.web.sessions import Sessions, cookie_of
from rag.work import Work

_FILES = Path(__file__).parent / "browser"
# Each changes what those before say.
_STYLES = ("page", "chat", "topics", "library", "reading", "check", "narrow", "print")
# A sheet of its own: Gradio 6.31 takes one it is given apart at every comma, ":is(…)" too.
_HEAD = (
    '<link rel="stylesheet" href="browser/page.css">'
    '<script src="browser/main.js" type="module"></script>'
)


@dataclass(frozen=True, slots=True)
class Options:
    """How the page is served: behind which proxies, and what is told of its requests."""

    proxies: Proxies = NO_PROXIES
    access_log: bool = False
    metrics: bool = False

    @classmethod
    def of(
        cls, *, root_path: str = "", trusted: str = "", access_log: bool = False, metrics: bool
    ) -> Options:
        """Read what the command line gives.

        Raises:
            ConfigError: the path is none, or who is trusted is no address.
        """
        return cls(Proxies.of(root_path, trusted), access_log, metrics)


class Door(Protocol):
    """What is answered beside the page: an ASGI application for some paths, and its life."""

    app: Any

    def opens(self, path: str) -> bool:
        """Whether a path is one of its own."""

    def living(self) -> AbstractAsyncContextManager[None]:
        """Be ready for requests while the server lives."""


def build(
    assistant: Assistant,
    options: Options | None = None,
    work: Work | None = None,
    door: Door | None = None,
) -> fastapi.FastAPI:
    """Return the whole application: the page at ``/``, its script and style, and what it tells.

    ``work`` is told what is under way; ``door`` has paths of its own.

    Raises:
        ConfigError: metrics are wanted without prometheus-client.
    """
    given, doing = options or Options(), work or Work()

    async def inside_a_loop() -> fastapi.FastAPI:
        return _build(assistant, given, doing, door)

    # Gradio 6.31 makes four event loops, and closes none, when it is put together outside of one.
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(inside_a_loop())
    return _build(assistant, given, doing, door)


def _build(
    assistant: Assistant, options: Options, work: Work, door: Door | None
) -> fastapi.FastAPI:
    logins = assistant.settings.logins

    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=_living(door))
    notes: list[Note] = [write_json] if options.access_log else []
    app.add_middleware(Files)
    app.add_middleware(Guard, work=work)
    if door is not None:
        app.add_middleware(_Beside, door=door)
    app.add_middleware(Access, notes=notes)
    app.add_middleware(Forwarded, proxies=options.proxies)  # the last one added comes first
    _tell(app, Health(assistant, work))
    if options.metrics:
        metrics = Metrics(assistant.library.count)
        notes.append(metrics.request)
        work.tell(metrics.answer)
        _measure(app, metrics)
    _give_files(app)
    blocks = page.build(assistant, work)
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
        head=_HEAD,
    )
    # Only then does Gradio 6.31 check that the files an event names were uploaded: mounted without
    # it, any file of the machine can be copied into the uploads and read.
    blocks.has_launched = True
    if logins:
        _share_logins(whole, assistant, logins)
    return whole


def _living(door: Door | None) -> Callable[[fastapi.FastAPI], AbstractAsyncContextManager[None]]:
    """Return what lasts as long as the server does."""

    @asynccontextmanager
    async def living(_app: fastapi.FastAPI) -> AsyncIterator[None]:
        async with door.living() if door is not None else nullcontext():
            yield

    return living


class _Beside:
    """Sends what is the door's to the door, past what guards the page (ASGI)."""

    def __init__(self, app: Any, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        is_its = scope["type"] == "http" and self._door.opens(below_prefix(scope))
        await (self._door.app if is_its else self._app)(scope, receive, send)


def _share_logins(
    whole: fastapi.FastAPI, assistant: Assistant, logins: Sequence[tuple[str, str]]
) -> None:
    """Keep the logins with the library, and call their cookie the same on all of its pages.

    Gradio keeps them in a dictionary, under a cookie's name that every process makes up.
    """
    mounted = (getattr(route, "app", None) for route in whole.routes)
    inner: Any = next(app for app in mounted if hasattr(app, "cookie_id"))
    inner.tokens = Sessions(assistant.library, logins)
    inner.cookie_id = cookie_of(assistant.library)


def _tell(app: fastapi.FastAPI, health: Health) -> None:
    """Say whether the server lives, and whether it can answer; no login is needed for either."""

    @app.api_route("/healthz", methods=["GET", "HEAD"])
    async def alive() -> dict[str, str]:  # not in a thread, which others may have taken
        return {"status": "ok"}

    @app.api_route("/readyz", methods=["GET", "HEAD"])
    def ready() -> fastapi.Response:
        missing = health.missing()
        told = {"status": "not ready" if missing else "ready", "missing": missing}
        return fastapi.responses.JSONResponse(told, 503 if missing else 200)


def _give_files(app: fastapi.FastAPI) -> None:
    """Give the page's own scripts, and its sheets as one; a browser asks whether they are new."""
    sheet = b"\n".join((_FILES / f"{name}.css").read_bytes() for name in _STYLES)
    files = {path.name: (path.read_bytes(), "text/javascript") for path in _FILES.glob("*.js")}
    files["page.css"] = sheet, "text/css"
    tags = {name: f'"{sha256(content).hexdigest()[:16]}"' for name, (content, _) in files.items()}

    @app.get("/browser/{name}")
    async def file(name: str, request: fastapi.Request) -> fastapi.Response:  # in no thread
        if name not in files:
            return fastapi.Response(status_code=404)
        (content, kind), tag = files[name], tags[name]
        headers = {"cache-control": "no-cache", "etag": tag}
        if request.headers.get("if-none-match") == tag:
            return fastapi.Response(status_code=304, headers=headers)
        return fastapi.Response(content, media_type=kind, headers=headers)


def _measure(app: fastapi.FastAPI, metrics: Metrics) -> None:
    @app.get("/metrics")
    def figures() -> fastapi.Response:
        return fastapi.Response(metrics.text(), media_type=CONTENT_TYPE)


def _theme() -> gr.themes.Base:
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    theme = gr.themes.Base(
        primary_hue="teal",
        neutral_hue="slate",
        font=fonts,
        font_mono=["ui-monospace", "monospace"],
    )
    # Gradio's own shades of teal stand out by 2.5 to 1 only; text wants 4.5. The accent of dark
    # pages is in page.css, since a theme has one for both.
    accent, quiet = "*primary_700", "*neutral_500"
    return theme.set(
        color_accent=accent,
        button_primary_background_fill=accent,
        button_primary_background_fill_dark=accent,
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_800",
        button_primary_text_color="white",
        body_text_color_subdued=quiet,
        body_text_color_subdued_dark="*neutral_400",
        input_placeholder_color=quiet,
        input_placeholder_color_dark="*neutral_400",
        input_border_color_focus=accent,
        input_border_color_focus_dark="*primary_400",
        link_text_color=accent,
        link_text_color_dark="*primary_300",
    )
