"""All of the API as one application, to be put beside the page."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import fastapi
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from rag.api import chat
from rag.api.errors import Refusal, refusal_of
from rag.api.gate import Gate
from rag.api.history import Given
from rag.api.pages import ASKED, Pages
from rag.api.rest import FAILURES, Rest
from rag.api.running import Gone, Runner
from rag.assistant import Assistant
from rag.errors import RagError
from rag.work import Work

PATHS = ("/v1/", "/api/", "/mcp")  # what is answered here; the page has the others


@dataclass(slots=True)
class Door:
    """The API: an ASGI application for paths that begin with ``PATHS``, and its life."""

    app: Any
    documented: fastapi.FastAPI
    _tools: _Tools = field(repr=False)

    def opens(self, path: str) -> bool:
        """Whether a path is one of the API's."""
        return path.startswith(PATHS)

    @contextlib.asynccontextmanager
    async def living(self) -> AsyncIterator[None]:
        """Be ready for requests while the server lives."""
        async with self._tools.living():
            yield


def build(assistant: Assistant, work: Work) -> Door:
    """Put the API over an assistant together; ``work`` is told what it does."""
    from rag import __version__

    settings = assistant.settings
    app = fastapi.FastAPI(
        title="cited-rag",
        version=__version__,
        description="Ask a library of paper abstracts; every sentence of an answer cites the "
        "sentence it rests on.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # both come from another server
        redoc_url=None,
    )
    runner, pages = Runner(work), Pages(settings.public_url)
    talk = chat.Chat(assistant, work, runner, pages, Given())
    _give_chat(app, talk)
    app.include_router(Rest(assistant, work, runner).router())
    tools = _Tools(assistant, pages)
    app.router.routes += [Route(path, tools) for path in ("/mcp", "/mcp/")]
    _tell_failures(app)
    whole: Any = Gate(app, settings, work)
    if settings.origins:
        whole = CORSMiddleware(
            whole,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["*"],  # OpenAI's client sends a dozen of its own
            expose_headers=["x-request-id", "retry-after"],
        )
    return Door(whole, app, tools)


def _give_chat(app: fastapi.FastAPI, talk: chat.Chat) -> None:
    since = int(time.time())
    router = fastapi.APIRouter(prefix="/v1", responses=FAILURES, tags=["OpenAI"])

    @router.post("/chat/completions", response_model=dict[str, Any])
    async def complete(asked: chat.ChatRequest, request: fastapi.Request) -> fastapi.Response:
        """Answer a conversation as OpenAI's chat completions do, with citations.

        ``message.annotations``, ``citations`` and ``search_results``, ``context`` and ``sources``
        name the cited papers in the ways of several clients; ``rag`` is the whole ``Answer``.
        """
        return await talk.complete(asked, request)

    @router.get("/models", response_model=dict[str, Any])
    async def models() -> dict[str, Any]:
        """List the models: as it is configured, and without any model."""
        return chat.models(since)

    @router.get("/models/{name}", response_model=dict[str, Any])
    async def model(name: str) -> dict[str, Any]:
        """Tell of one of them."""
        return chat.model(name, since)

    app.include_router(router)


def _tell_failures(app: fastapi.FastAPI) -> None:
    """Answer whatever goes wrong in the shape in which OpenAI's clients read it."""

    def told(request: fastapi.Request, refused: Refusal) -> JSONResponse:
        name = getattr(request.state, "request_id", "")
        return JSONResponse(refused.body(name), refused.status, refused.headers())

    @app.exception_handler(Refusal)
    async def refused(request: fastapi.Request, error: Refusal) -> JSONResponse:
        return told(request, error)

    @app.exception_handler(RagError)
    @app.exception_handler(Exception)
    async def failed(request: fastapi.Request, error: Exception) -> JSONResponse:
        return told(request, refusal_of(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: fastapi.Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"] if part != "body"]
        if first["type"] == "json_invalid":
            return told(request, Refusal(400, "the body is no JSON"))
        where = ".".join(place)
        return told(request, Refusal(400, f"{where}: {first['msg']}".lstrip(": "), where or None))

    @app.exception_handler(Gone)
    async def left(request: fastapi.Request, _error: Gone) -> JSONResponse:
        return told(request, Refusal(503, "the server is ending, or you have gone", retry_after=5))

    @app.exception_handler(HTTPException)
    async def unknown(request: fastapi.Request, error: HTTPException) -> JSONResponse:
        words = {404: "there is nothing at this address", 405: "not with this method"}
        message = words.get(error.status_code, str(error.detail))
        response = told(request, Refusal(error.status_code, message))
        response.headers.update(error.headers or {})
        return response


class _Tools:
    """MCP over HTTP at one address (ASGI): a request, a reply, nothing kept in between."""

    def __init__(self, assistant: Assistant, pages: Pages) -> None:
        self._assistant = assistant
        self._pages = pages
        self._manager: Any = None

    @contextlib.asynccontextmanager
    async def living(self) -> AsyncIterator[None]:
        """Take requests; a manager lives once, so that each life has its own."""
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        from rag.api import tools

        server = tools.build(self._assistant, self._pages)
        # Whose host or origin may ask is the gate's business.
        self._manager = StreamableHTTPSessionManager(
            server._lowlevel_server, stateless=True, json_response=True
        )
        try:
            async with self._manager.run():
                yield
        finally:
            self._manager = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        if self._manager is None:
            raise Refusal(503, "the tools are not there yet", retry_after=1)
        if scope["method"] != "POST":  # a GET would wait for news that never come
            raise HTTPException(405, headers={"allow": "POST"})
        asked = ASKED.set(str(fastapi.Request(scope).base_url).rstrip("/"))
        try:
            await self._manager.handle_request(scope, receive, send)
        finally:
            ASKED.reset(asked)
