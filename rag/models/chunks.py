"""Reads what an endpoint sends as a reply: server-sent events, or one JSON body. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from rag.models.refusals import NoReplyError, Refusal, SaidError

_MOST = 2_000_000  # characters of a body that is no stream
# "data: {…}", "event: error", ": keep-alive", "id: 7"; not "{", "<html>", "database".
_FIELD = re.compile(r"(data|event|id|retry)?:")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a reply: text, why it ended, tokens read and written; empty while it thinks."""

    text: str = ""
    ended: str = ""
    tokens_in: int = 0
    tokens_out: int = 0


def chunks(lines: Iterable[str]) -> Iterator[Chunk]:
    """Read a response line by line; an endpoint that does not stream gives one chunk.

    Raises:
        SaidError: the endpoint tells an error, in the stream or instead of a reply.
        NoReplyError: what came is no reply.
    """
    began = False
    rest = iter(lines)
    for line in rest:
        field = _FIELD.match(line)
        if not field and line.strip() and not began:
            yield _whole(line, rest)
            return
        if not field or field[1] != "data":
            continue
        began = True
        data = line[field.end() :].strip()
        if data == "[DONE]":
            return
        yield _chunk(_parsed(data), data)
    if not began:
        raise NoReplyError("sent an empty stream; try again, or another model")


def _whole(first: str, rest: Iterator[str]) -> Chunk:
    """Read a body that is no stream."""
    taken, size = [first], len(first)
    for line in rest:
        taken.append(line)
        size += len(line)
        if size > _MOST:
            raise NoReplyError("sent a reply that makes no sense (a body without end)")
    content = "\n".join(taken)
    if Refusal.read(200, content).is_page:
        raise SaidError(content)
    chunk = _chunk(_parsed(content), content)
    return chunk if chunk.ended else replace(chunk, ended="stop")


def _parsed(data: str) -> dict[str, Any]:
    try:
        body = json.loads(data)
    except ValueError as error:
        raise NoReplyError("sent a reply that makes no sense (no JSON)") from error
    if not isinstance(body, dict):
        raise NoReplyError("sent a reply that makes no sense (no JSON object)")
    return body


def _chunk(body: dict[str, Any], content: str) -> Chunk:
    if (body.get("error") and not body.get("choices")) or body.get("object") == "error":
        raise SaidError(content)
    usage = body.get("usage") or {}
    try:
        tokens = [int(usage.get(f"{kind}_tokens") or 0) for kind in ("prompt", "completion")]
        choice = (body.get("choices") or [{}])[0]
        said = choice.get("delta") or choice.get("message") or {}
        text = _text(said.get("content"))
        return Chunk(text, str(choice.get("finish_reason") or ""), *tokens)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise NoReplyError("sent a reply that makes no sense (an odd shape)") from error


def _text(content: Any) -> str:
    """Return the text of a content; Mistral's comes as a list of parts, thoughts among them."""
    if isinstance(content, list):
        return "".join(one.get("text") or "" for one in content if one.get("type") == "text")
    if content is not None and not isinstance(content, str):
        raise TypeError(type(content).__name__)
    return content or ""
