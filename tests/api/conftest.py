"""The API over a real server on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from rag import Assistant, Settings
from tests.support.serving import serving as serve_page

READER, WRITER = "reader-0123456789abcdef", "writer-0123456789abcdef"
KEYS = SecretStr(f"lab:{READER}:read, desk:{WRITER}:write")


serving = partial(serve_page, with_api=True)


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
