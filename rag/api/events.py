"""Server-sent events: a text as it is written, over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse


def event(value: Any, name: str = "") -> bytes:
    """Return a value as one event, with the name of its kind if it has one."""
    head = b"event: " + name.encode() + b"\n" if name else b""
    data = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return head + b"data: " + data + b"\n\n"


def streamed(events: AsyncIterator[bytes]) -> StreamingResponse:
    """Return events as they come; nginx passes them on at once."""
    headers = {"x-accel-buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)
