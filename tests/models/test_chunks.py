"""What an endpoint sends as a reply, in every shape it comes."""

from __future__ import annotations

import json

import pytest

from rag.models.chunks import Chunk, chunks
from rag.models.refusals import NoReplyError, SaidError


def sent(**body: object) -> str:
    return f"data: {json.dumps(body)}"


def choice(**fields: object) -> list[dict[str, object]]:
    return [{"index": 0, **fields}]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        pytest.param([sent(choices=choice(delta={"content": "a"}))], [Chunk("a")], id="text"),
        pytest.param([sent(choices=choice(delta={"content": None}))], [Chunk()], id="none"),
        pytest.param([sent(choices=[])], [Chunk()], id="no choice"),
        pytest.param(
            [sent(choices=choice(delta={}, finish_reason="stop"))], [Chunk(ended="stop")], id="end"
        ),
        pytest.param(
            [sent(choices=[], usage={"prompt_tokens": 3, "completion_tokens": 2})],
            [Chunk(tokens_in=3, tokens_out=2)],
            id="usage",
        ),
        pytest.param(
            [sent(choices=choice(delta={"reasoning_content": "hm"}))],
            [Chunk()],
            id="reasoning",
        ),
        pytest.param(
            [sent(choices=choice(delta={"content": [{"type": "text", "text": "a"}]}))],
            [Chunk("a")],
            id="parts",
        ),
        pytest.param(
            [sent(choices=choice(delta={"content": [{"type": "thinking", "thinking": []}]}))],
            [Chunk()],
            id="thinking parts",
        ),
        pytest.param(
            [": hi", "", "event: x", sent(choices=choice(delta={"content": "a"})), "data: [DONE]"],
            [Chunk("a")],
            id="comments",
        ),
        pytest.param(
            [json.dumps({"choices": choice(message={"content": "a"})}, indent=1)],
            [Chunk("a", ended="stop")],
            id="one body",
        ),
    ],
)
def test_what_is_read(lines: list[str], found: list[Chunk]) -> None:
    assert list(chunks(line for text in lines for line in text.splitlines() or [""])) == found


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        pytest.param([], NoReplyError, id="nothing"),
        pytest.param(["data: {not json}"], NoReplyError, id="no JSON"),
        pytest.param(["data: 5"], NoReplyError, id="no object"),
        pytest.param([sent(choices=5)], NoReplyError, id="odd choices"),
        pytest.param([sent(choices=choice(delta=5))], NoReplyError, id="an odd delta"),
        pytest.param([sent(choices=choice(delta={"content": 5}))], NoReplyError, id="a number"),
        pytest.param(["hello"], NoReplyError, id="text"),
        pytest.param(["x" * 999] * 3_000, NoReplyError, id="without end"),
        pytest.param([sent(error={"message": "x"})], SaidError, id="error"),
        pytest.param([sent(object="error", message="x")], SaidError, id="vLLM's error"),
        pytest.param(['{"error": "x"}'], SaidError, id="an error body"),
        pytest.param(["<!DOCTYPE html>", "<html>"], SaidError, id="a page"),
    ],
)
def test_what_is_no_reply(lines: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        list(chunks(lines))
