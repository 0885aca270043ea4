"""Gradio's own scripts and sheets, kept as they were sent first: it packs each anew every time."""

from __future__ import annotations

import re
from typing import Any

from rag.web.proxies import below_prefix

MOST = 16 * 2**20  # bytes that are kept; a page asks for 0.3 MB of them
# What does not change while the server runs: "/assets/Blocks-D1GW.js", "/static/fonts/a.css"; not
# "/assets/../x.js", "/assets/x", "/browser/main.js".
_STATIC = re.compile(r"/(?:assets|static)/(?:[\w-]+/)*[\w-]+(?:\.[\w-]+)*\.(?:js|css)")
_OWN_WAY = {b"range", b"if-none-match", b"if-modified-since", b"if-range"}  # not the whole file

_WAYS = (b"br", b"gzip")  # Gradio 6.31 packs the first that stands anywhere in what a browser takes


class Files:
    """Sends again what was sent before (ASGI)."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._kept: dict[tuple[str, bytes], list[dict[str, Any]]] = {}
        self._size = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        key = _key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        if key in self._kept:
            for message in self._kept[key]:
                await send(message)
            return
        sent: list[dict[str, Any]] = []

        async def noted(message: dict[str, Any]) -> None:
            sent.append({**message})
            await send(message)

        await self._app(scope, receive, noted)
        self._keep(key, sent)

    def _keep(self, key: tuple[str, bytes], sent: list[dict[str, Any]]) -> None:
        whole = bool(sent) and sent[0].get("status") == 200 and not sent[-1].get("more_body")
        size = sum(len(message.get("body", b"")) for message in sent)
        if whole and key not in self._kept and self._size + size <= MOST:
            self._size += size
            self._kept[key] = sent


def _key(scope: Any) -> tuple[str, bytes] | None:
    """Return what tells a file, and how it is packed, from others; None for what is not kept."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    path, headers = below_prefix(scope), dict(scope["headers"])
    if not _STATIC.fullmatch(path) or _OWN_WAY & headers.keys():
        return None
    taken = headers.get(b"accept-encoding", b"")
    return path, next((way for way in _WAYS if way in taken), b"")
