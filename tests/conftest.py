"""What every test gets: no network, no ambient settings, an empty current folder; and fixtures."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import SecretStr

from rag import Assistant, Settings
from rag.config import silence_libraries, variables
from rag.records import Paper
from tests.support.endpoint import OpenWith, ScriptedEndpoint
from tests.support.postgres import EVERYWHERE, drop_schemas, put_libraries_on_it

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.browser import Visit

silence_libraries()
if EVERYWHERE:
    put_libraries_on_it()
_named = os.environ.get("CITED_RAG_PICTURES")
PICTURES = Path(_named).resolve() if _named else None  # tests run in another folder
_LOOPBACK = ("127.", "::1", "localhost")


def _deny_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
        raise AssertionError(f"a test tried to connect to {address}")


sys.addaudithook(_deny_network)


@pytest.fixture(autouse=True)
def _clean_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, without any setting of the developer's own."""
    for name in (*variables(), "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "no-home"))
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


@pytest.fixture(scope="session", autouse=True)
def _schemas() -> Iterator[None]:
    yield
    drop_schemas()


@pytest.fixture(scope="session")
def seed_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the 95 seed papers, ingested once; tests must not change it."""
    home = tmp_path_factory.mktemp("seeds") / "library"
    with Assistant.open(Settings(home=home)):
        pass
    return home


@pytest.fixture(scope="session")
def seeded(seed_home: Path) -> Iterator[Assistant]:
    """An assistant over the seed papers, extractive; tests must not change its library."""
    with Assistant.open(Settings(home=seed_home)) as assistant:
        yield assistant


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Assistant]:
    """An assistant over a library without a paper."""
    with Assistant.open(Settings(home=tmp_path / "library", seeds="")) as assistant:
        yield assistant


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests that look at the page."""
    from playwright.sync_api import sync_playwright

    from tests.support.browser import CHROMIUM, FLAGS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tests leave pictures of the page's states; CITED_RAG_PICTURES names a folder."""
    return PICTURES or tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def address(seed_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page over a copy of the seed papers, extractive."""
    home = tmp_path_factory.mktemp("page") / "library"
    shutil.copytree(seed_home, home)
    from tests.support.serving import serving

    with Assistant.open(Settings(home=home)) as assistant, serving(assistant) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """A fresh visitor of that page."""
    from tests.support.browser import visiting

    with visiting(browser, address) as visit:
        yield visit


@pytest.fixture
def with_model(seed_home: Path) -> Iterator[OpenWith]:
    """Open the seed papers with a scripted model behind an HTTP transport."""
    opened: list[Assistant] = []

    def open_with(endpoint: ScriptedEndpoint, **settings: Any) -> Assistant:
        given = {
            "home": seed_home,
            "openai_api_key": SecretStr("test-key"),
            "openai_base_url": "http://127.0.0.1:1/v1",
            "llm_model": "scripted",
            "judge": "rules",  # a request an answer less; tests of the judge say otherwise
            **settings,
        }
        assistant = Assistant.open(Settings(**given), transport=httpx.MockTransport(endpoint))
        opened.append(assistant)
        return assistant

    yield open_with
    for assistant in opened:
        assistant.close()


@pytest.fixture
def make_paper() -> Callable[..., Paper]:
    """Make a small paper; its id is derived from the title."""

    def make(title: str, abstract: str = "", **fields: Any) -> Paper:
        from rag.intake.readers.draft import finish

        return finish(Paper("", title, abstract or f"This is about {title}.", **fields))

    return make
