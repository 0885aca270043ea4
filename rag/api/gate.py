"""Who may ask: keys, how much and how often, and what goes back with every answer."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import math
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from rag.api.errors import Refusal, refusal_of
from rag.config import Settings
from rag.setting_forms import ApiKey
from rag.work import Work

MAX_BODY = 1_000_000  # bytes of a request; files are larger
MAX_FILES = 50_000_000  # bytes of an upload
AT_ONCE = 64  # requests of a key that are under way or wait
PATIENCE = 30.0  # seconds that a body may take to come
UPLOAD = "/api/ingest"
_HEADERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
_BURST = 100  # requests at once of who has not asked for a while


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the name of the key, and whether it may change the library."""

    name: str
    may_write: bool = False


HERE = Caller("this machine")


@dataclass(slots=True)
class Rates:
    """How often each caller may ask: a bucket that fills evenly. Safe to share."""

    a_minute: int
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)  # requests, as of when
    _under_way: dict[str, int] = field(default_factory=dict)
    _changing: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def one(self, name: str) -> Iterator[None]:
        """Count a request while it is under way.

        Raises:
            Refusal: too many are, or came lately.
        """
        with self._changing:
            if self._under_way.get(name, 0) >= AT_ONCE:
                told = f"{AT_ONCE} requests of this key are under way; wait for one to end"
                raise Refusal(429, told, code="rate_limit_exceeded", retry_after=1)
            self._take(name)
            self._under_way[name] = self._under_way.get(name, 0) + 1
        try:
            yield
        finally:
            with self._changing:
                self._under_way[name] -= 1

    def _take(self, name: str) -> None:
        if not self.a_minute:
            return
        now, most = time.monotonic(), float(max(self.a_minute // 3, min(_BURST, self.a_minute)))
        left, since = self._left.get(name, (most, now))
        left = min(most, left + (now - since) * self.a_minute / 60)
        if left < 1:
            wait = math.ceil((1 - left) * 60 / self.a_minute)
            told = f"{self.a_minute} requests a minute are allowed (RAG_API_RATE); wait {wait} s"
            raise Refusal(429, told, code="rate_limit_exceeded", retry_after=wait)
        self._left[name] = left - 1, now


class Gate:
    """Lets through who may ask, and answers everybody else in the API's own shape (ASGI)."""

    def __init__(self, app: Any, settings: Settings, work: Work) -> None:
        self._app = app
        self._work = work
        self._keys = [(_digest(one.key), one) for one in settings.keys]
        self._has_logins = bool(settings.logins)
        self._origins = frozenset(settings.origins)
        self._rates = Rates(settings.api_rate)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            return
        request_id, begun, ended = uuid.uuid4().hex[:16], False, False

        async def tagged(message: dict[str, Any]) -> None:
            nonlocal begun, ended
            if message["type"] == "http.response.start":
                begun = True
                own = [*_HEADERS, (b"x-request-id", request_id.encode())]
                given = [pair for pair in message["headers"] if pair[0] != b"cache-control"]
                message = {**message, "headers": [*given, *own]}
            else:
                ended = not message.get("more_body")
            await send(message)

        try:
            caller = self._caller(scope)
            if self._work.is_ending:
                raise Refusal(503, "the server is ending", retry_after=5)
            if _writes(scope) and not caller.may_write:  # before anything of it is read
                told = "this needs a key that may write (name:key:write in RAG_API_KEYS)"
                raise Refusal(403, told, code="read_only")
            with self._rates.one(caller.name):
                scope = {**scope, "state": {**scope.get("state", {}), "caller": caller}}
                scope["state"]["request_id"] = request_id
                await self._app(scope, await _bounded(scope, receive), tagged)
        except Exception as error:  # whatever it is, the client gets its own shape
            if ended:  # what nobody foresaw comes here after it has been told
                return
            if begun:
                raise
            refused = refusal_of(error)
            await _answer(tagged, refused.status, refused.body(request_id), refused.headers())

    def _caller(self, scope: Any) -> Caller:
        """Return who asks.

        Without keys only this machine may, to read: its own programs, no proxy for others, and no
        web page that was led here (whose host, or origin, is another).

        Raises:
            Refusal: no key, or another.
        """
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if self._keys:
            return _by_key(self._keys, headers)
        if self._has_logins:
            raise Refusal(401, "this library asks for a login; RAG_API_KEYS gives the API a key")
        client = (scope.get("client") or ("", 0))[0]
        peer = scope.get("peer", client)  # who is connected, whatever it says of others
        origin = headers.get(b"origin", "")
        host = headers.get(b"host", "")
        is_own = origin in self._origins or origin in ("", f"http://{host}", f"https://{host}")
        here = all(map(_is_here, (peer, client, _name_of(host))))
        if not (here and is_own):
            told = "only this machine may ask without a key; RAG_API_KEYS gives one"
            raise Refusal(401, told, code="no_key")
        return HERE


def _by_key(keys: Sequence[tuple[bytes, ApiKey]], headers: dict[bytes, str]) -> Caller:
    """Return whose key was sent; every key is compared, in the same time."""
    scheme, _, sent = headers.get(b"authorization", "").partition(" ")
    given = sent.strip() if scheme.lower() == "bearer" else ""
    given = given or headers.get(b"x-api-key", "") or headers.get(b"api-key", "")
    found, digest = None, _digest(given)
    for known, one in keys:
        if hmac.compare_digest(known, digest):
            found = one
    if found is None:
        told = "this key is not known" if given else "send a key as Authorization: Bearer"
        raise Refusal(401, told, code="invalid_api_key")
    return Caller(found.name, found.may_write)


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogateescape")).digest()


def _name_of(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # brackets that are not closed
        return ""


def _is_here(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _writes(scope: Any) -> bool:
    """Whether a request changes the library."""
    path: str = scope["path"].removeprefix(scope.get("root_path", "")).rstrip("/")
    method: str = scope["method"]
    return method == "DELETE" or (path == UPLOAD and method == "POST")


async def _bounded(scope: Any, receive: Any) -> Any:
    """Return a ``receive`` that gives a body of a bounded size, which has come already.

    An upload comes as it is read; how long it is has to be said before.

    Raises:
        Refusal: it is too large, or takes too long.
    """
    headers = dict(scope["headers"])
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if scope["method"] == "POST" and path != UPLOAD and kind != b"application/json":
        # A page of another site can send the other kinds without being asked whether it may.
        raise Refusal(415, "send JSON, with Content-Type: application/json")
    said = headers.get(b"content-length", b"")
    length = int(said) if said.isdigit() else -1
    is_upload = path == UPLOAD
    most = MAX_FILES if is_upload else MAX_BODY
    if length > most:
        raise _too_large(most)
    if is_upload:
        if length < 0 and scope["method"] == "POST":
            raise Refusal(411, "say how long an upload is (Content-Length)")
        return receive
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await receive()
                body.extend(message.get("body", b""))
                if len(body) > most:
                    raise _too_large(most)
                if not message.get("more_body"):
                    break
    except TimeoutError:
        raise Refusal(408, f"the request did not come within {PATIENCE:.0f} s") from None
    waiting = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def given() -> Any:
        return waiting.pop() if waiting else await receive()

    return given


def _too_large(most: int) -> Refusal:
    return Refusal(413, f"a request may have {most:,} bytes", code="request_too_large")


async def _answer(send: Any, status: int, body: dict[str, Any], more: dict[str, str]) -> None:
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    headers += [(name.encode(), value.encode()) for name, value in more.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
