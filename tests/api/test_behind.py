"""The API behind the nginx that `rag deploy` prints, with and without a prefix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from rag import Assistant, Settings
from rag.cli.deploying import Kind, text_of
from rag.web.proxies import Proxies
from rag.web.serve import Options
from tests.api.conftest import KEYS, READER, WRITER, serving
from tests.api.test_chat import QUESTION, asked
from tests.support.looping import run
from tests.support.nginx import NGINX, nginx

KEY = {"authorization": f"Bearer {READER}"}


@pytest.mark.slow
@pytest.mark.skipif(NGINX is None, reason="no nginx here")
@pytest.mark.parametrize("prefix", ["", "/rag"])
def test_the_api_works_behind_nginx_as_it_is_printed(
    seed_home: Path, tmp_path: Path, prefix: str
) -> None:
    options = Options(Proxies.of(prefix, "127.0.0.1"))
    with (
        Assistant.open(Settings(home=seed_home, api_keys=KEYS)) as assistant,
        serving(assistant, options) as behind,
    ):
        text = text_of(Kind.NGINX, [behind.removeprefix("http://")], prefix)
        with nginx(tmp_path / "nginx", text) as server:
            base = f"{server}{prefix}"
            assert httpx.get(f"{base}/v1/models").status_code == 401
            body = asked(QUESTION)
            done = httpx.post(f"{base}/v1/chat/completions", json=body, headers=KEY, timeout=30)
            assert done.json()["citations"][0].startswith(f"{base}/?paper=videomae-v2")
            files = {"files": ("x.jsonl", b"{}")}
            upload = httpx.post(
                f"{base}/api/ingest",
                files=files,
                data={"dry_run": "true"},
                headers={"x-api-key": WRITER},
            )
            assert upload.status_code == 200, upload.text
            assert httpx.get(f"{base}/api/papers", headers=KEY).json()["total"] == 95
            described = httpx.get(f"{base}/api/openapi.json", headers=KEY).json()
            assert "/api/ask" in described["paths"]

            async def tools() -> None:
                async with (
                    httpx2.AsyncClient(headers=KEY) as http,
                    Client(streamable_http_client(f"{base}/mcp", http_client=http)) as client,
                ):
                    found: Any = await client.call_tool("search", {"query": "dual masking"})
                    assert found.structured_content["results"][0]["url"].startswith(f"{base}/?p")

            run(tools())


def test_who_comes_through_a_proxy_is_not_this_machine(seed_home: Path) -> None:
    options = Options(Proxies.of("", "127.0.0.1"))
    with (
        Assistant.open(Settings(home=seed_home)) as assistant,
        serving(assistant, options) as address,
    ):
        told = ("203.0.113.7", "203.0.113.7:4711", "unknown", "", "203.0.113.7, 203.0.113.8")
        others = [({"x-forwarded-for": one}, 401) for one in told]
        for said, status in (({}, 200), ({"x-forwarded-for": "127.0.0.1"}, 200), *others):
            assert httpx.get(f"{address}/v1/models", headers=said).status_code == status
