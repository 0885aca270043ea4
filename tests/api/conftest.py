"""The API over a real server on loopback."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from rag import Assistant, Settings, api
from rag.web import serve
from rag.work import Work

READER, WRITER = "reader-0123456789abcdef", "writer-0123456789abcdef"
KEYS = SecretStr(f"lab:{READER}:read, desk:{WRITER}:write")


@contextmanager
def serving(assistant: Assistant, options: serve.Options | None = None) -> Iterator[str]:
    """Serve the page with the API beside it and give its address."""
    assistant.warm_up()
    work = Work()
    with serve.listen("127.0.0.1", 0) as taken:
        config = uvicorn.Config(
            serve.build(assistant, options, work, api.build(assistant, work)),
            log_level="critical",
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="module")
def served(seed_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API over the seed papers, extractive, without keys."""
    home = tmp_path_factory.mktemp("api") / "library"
    shutil.copytree(seed_home, home)
    settings = Settings(home=home, api_rate=0)
    with Assistant.open(settings) as assistant, serving(assistant) as address:
        yield address


@pytest.fixture
def client(served: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served, timeout=60) as client:
        yield client


@pytest.fixture
def serve_with(tmp_path: Path) -> Iterator[Callable[..., httpx.Client]]:
    """Serve a library of two papers under settings, and give a client of it."""
    with ExitStack() as stack:

        def serve_it(**settings: Any) -> httpx.Client:
            given = {"home": tmp_path / "library", "seeds": "", **settings}
            assistant = stack.enter_context(Assistant.open(Settings(**given)))
            papers = tmp_path / "two.jsonl"
            papers.write_text(
                '{"id": "p", "title": "Audio codecs", "abstract": "We propose codecs for audio. '
                'The codecs run on phones."}\n'
                '{"id": "q/1", "title": "Codecs of video", "abstract": "Codecs of video need '
                'a lot of memory.", "url": "https://example.org/q"}\n'
            )
            assistant.ingest(papers)
            address = stack.enter_context(serving(assistant))
            return stack.enter_context(httpx.Client(base_url=address, timeout=60))

        yield serve_it
