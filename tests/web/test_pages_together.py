"""Two pages over one library on a PostgreSQL server, its vectors on a Chroma server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from rag import Assistant, Settings
from rag.search import retriever
from tests.support.browser import visiting
from tests.support.chroma import CHROMA, ChromaRun
from tests.support.postgres import a_schema, on_a_server
from tests.support.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.slow,
    on_a_server,
    pytest.mark.skipif(CHROMA is None, reason="no chroma command here"),
]


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Assistant]]:
    """Open the library twice, as two machines would: each in a folder of its own."""
    monkeypatch.setattr(retriever, "EXACT", 0)  # every search asks the server
    chroma = ChromaRun(tmp_path / "chroma")
    with ExitStack() as stack:
        url = stack.enter_context(a_schema(tmp_path))
        assert chroma.start()
        stack.callback(chroma.kill)
        opened = [
            Settings(
                home=tmp_path / name,
                database_url=SecretStr(url),
                chroma_url=chroma.url,
                auth=SecretStr("ada:s3cret"),
            )
            for name in ("one", "two")
        ]
        yield [stack.enter_context(Assistant.open(given)) for given in opened]


def test_one_page_knows_what_the_other_does(
    pages: list[Assistant], browser: Browser, tmp_path: Path
) -> None:
    one, two = pages
    new = tmp_path / "new.jsonl"
    row = {"title": "Zebra nets", "abstract": "Zebra nets count zebras from satellites."}
    new.write_text(json.dumps(row), encoding="utf-8")
    with (
        serving(one) as first,
        serving(two) as second,
        visiting(browser, "http://127.0.0.1") as visit,
    ):
        page = visit.page
        page.goto(f"{first}/")
        page.get_by_label("username").fill("ada")
        page.get_by_label("password").fill("s3cret")
        page.get_by_role("button", name="Login").click()
        page.locator("#dialogue .welcome").wait_for()
        visit.ask("How does VideoMAE V2 cut the cost of pre-training?")
        asked = page.url.partition("?")[2]

        # Cookies know no port: neither the login nor the conversation is lost.
        page.goto(f"{second}/?{asked}")
        page.locator("#dialogue .turn").first.wait_for()
        assert page.get_by_text("VideoMAE V2 cut the cost").first.is_visible()

        page.get_by_role("tab", name="Library").click()
        page.locator("#upload input[type=file]").set_input_files(new)
        page.get_by_text("Zebra nets").first.wait_for()
        page.get_by_role("button", name="Bring in").first.click()
        start = time.monotonic()
        while two.library.count() < 96 and time.monotonic() < start + 30:
            time.sleep(0.1)
        start = time.monotonic()
        assert one.search("zebras")[0].paper.title == "Zebra nets"
        assert time.monotonic() - start < 5
        page.goto(f"{first}/")
        page.locator("#dialogue .welcome").wait_for()
        visit.ask("What counts zebras?")
        page.get_by_text("Zebra nets count zebras").first.wait_for()
        # Refused before the login, and left while a stream was open.
        told = ("401", "AbortError", "Connection errored out")
        visit.complaints = [one for one in visit.complaints if not any(t in one for t in told)]
        assert one.vectors.state() == two.vectors.state()
