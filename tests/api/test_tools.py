"""The tools of the Model Context Protocol, by its own client, over stdio and over HTTP."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client, StdioServerParameters

from tests.api.conftest import KEYS
from tests.support.looping import run

ROOT = Path(__file__).parents[2]
QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"
Use = Callable[[Client], Awaitable[None]]


def over_http(address: str, use: Use, *, legacy: bool = False) -> None:
    async def connected() -> None:
        mode: Any = "legacy" if legacy else "auto"
        async with Client(f"{address}/mcp", mode=mode) as client:
            await use(client)

    run(connected())


def over_stdio(home: Path, use: Use) -> None:
    async def connected() -> None:
        environment = {"RAG_HOME": str(home), "PYTHONPATH": str(ROOT)}
        server = StdioServerParameters(
            command=sys.executable, args=["-m", "rag", "mcp"], env=environment
        )
        async with Client(server) as client:
            await use(client)

    run(connected())


async def walk(client: Client) -> None:
    """Search, fetch what was found, and ask, as a chat program does."""
    listed = (await client.list_tools()).tools
    assert [one.name for one in listed] == [
        "search",
        "fetch",
        "ask",
        "summarize",
        "check",
        "topics",
    ]
    for one in listed:
        assert one.annotations is not None
        assert one.annotations.read_only_hint is True
        assert one.description
        assert "self" not in one.input_schema["properties"]
    found = await client.call_tool("search", {"query": "dual masking of video"})
    (item,) = found.content
    structured: Any = found.structured_content
    assert json.loads(item.text) == structured  # type: ignore[union-attr]
    first = structured["results"][0]
    assert first.keys() == {"id", "title", "url"}
    assert first["url"].endswith(f"/?paper={first['id']}")
    assert all(one["url"] for one in structured["results"])
    fetched = await client.call_tool("fetch", {"id": first["id"]})
    (item,) = fetched.content
    document = json.loads(item.text)  # type: ignore[union-attr]
    assert document == fetched.structured_content
    assert document.keys() == {"id", "title", "text", "url", "metadata"}
    assert "dual masking strategy" in document["text"]
    asked: Any = await client.call_tool("ask", {"question": QUESTION})
    assert "[1] VideoMAE V2: Scaling" in asked.content[0].text
    assert asked.structured_content["grounded"] is True
    assert asked.structured_content["urls"][first["id"]] == first["url"]
    checked: Any = await client.call_tool("check", {"text": "VideoMAE V2 lacks dual masking."})
    assert checked.structured_content["claims"][0]["finding"] == "contradicted"


def test_over_http(served: str) -> None:
    over_http(served, walk)


def test_over_http_as_it_was_before(served: str) -> None:
    over_http(served, walk, legacy=True)


def test_over_stdio(seed_home: Path) -> None:
    over_stdio(seed_home, walk)


def test_papers_have_the_address_that_was_asked(served: str) -> None:
    async def use(client: Client) -> None:
        found: Any = await client.call_tool("search", {"query": "dual masking of video"})
        assert found.structured_content["results"][0]["url"].startswith(f"{served}/?paper=")

    over_http(served, use)


def test_the_rest_of_the_tools(served: str) -> None:
    async def use(client: Client) -> None:
        topics: Any = await client.call_tool("topics", {})
        assert sum(one["papers"] for one in topics.structured_content["topics"]) == 95
        summary: Any = await client.call_tool("summarize", {"topic": "masked autoencoders"})
        assert summary.content[0].text == summary.structured_content["text"]

    over_http(served, use)


@pytest.mark.parametrize(
    ("tool", "given", "told"),
    [
        ("fetch", {"id": "nope"}, "no paper has the id nope"),
        ("search", {"query": "???"}, "the question is empty"),
        ("search", {"query": ""}, "at least 1 character"),
        ("ask", {}, "Field required"),
        ("nothing", {}, "Unknown tool"),
    ],
)
def test_what_cannot_be_done_is_told(
    served: str, tool: str, given: dict[str, str], told: str
) -> None:
    async def use(client: Client) -> None:
        done: Any = await client.call_tool(tool, given)
        assert done.is_error
        assert told in done.content[0].text

    over_http(served, use)


def test_a_key_is_asked_for_here_too(serve_with: Callable[..., httpx.Client]) -> None:
    client = serve_with(api_keys=KEYS)
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert client.post("/mcp", json=call).status_code == 401
    assert client.get("/mcp", headers={"x-api-key": "no"}).status_code == 401


def test_a_get_is_not_left_waiting(client: httpx.Client) -> None:
    for path in ("/mcp", "/mcp/"):
        done = client.get(path, headers={"accept": "text/event-stream"})
        assert (done.status_code, done.headers["allow"]) == (405, "POST")


def test_nothing_but_messages_is_written(seed_home: Path) -> None:
    """A server over stdio says nothing by itself, and ends with its input."""
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "rag", "mcp"],
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "RAG_HOME": str(seed_home), "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stdout) == (0, b"")
