"""The library tab in a browser: pages, search, filters, collections, and the plan of an upload."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from rag import Assistant, Settings
from rag.library import Embedded, text_hash
from rag.records import Paper
from tests.support.browser import CHROMIUM, Visit, visiting
from tests.support.serving import serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

MANY = 230  # papers; three pages


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page over many made-up papers with authors, years, venues and collections."""
    home = tmp_path_factory.mktemp("shelf") / "library"
    papers = [
        Paper(
            f"p{i}",
            f"{'Coral' if i % 2 else 'Zebra'} study {i:03}",
            f"We count animal {i}.",
            authors=("Jürgen Müller",) if i % 10 == 0 else ("Ana Ruiz", "Bo Ek"),
            year=1990 + i % 30,
            venue="Revista Española de Zoología" if i % 3 else "ICML",
            doi=f"10.1000/z.{i}",
            source=f"file{i % 2}.bib",
            collections=("Thesis",) if i % 23 == 0 else (),
        )
        for i in range(MANY)
    ]
    with Assistant.open(Settings(home=home, seeds="")) as assistant:
        one = np.full((1, 384), 384**-0.5, dtype="float32")
        vectors = {text_hash(paper): Embedded(one, one) for paper in papers}
        fingerprint = assistant._parts.embedder.fingerprint
        with assistant.library.writing():
            assistant.library.store([(paper, ()) for paper in papers], vectors, fingerprint)
    with Assistant.open(Settings(home=home, seeds="")) as assistant, serving(assistant) as address:
        yield address


def turn_to(visit: Visit) -> Page:
    page = visit.open()
    page.get_by_role("tab", name="Library").click()
    page.locator("#papers .hint").wait_for()
    return page


def told(page: Page, text: str) -> None:
    """Wait until the table says how many papers there are."""
    page.locator("#papers [role=status]").get_by_text(text, exact=True).wait_for()


def unfold(page: Page) -> None:
    page.get_by_role("button", name="Filters").click()
    page.locator("#filters").get_by_label("Author").wait_for()
    page.wait_for_timeout(300)  # Gradio listens a little after it shows


@pytest.mark.parametrize("width", [1400, 375])
def test_pages_turn_from_the_keyboard_and_keep_the_focus(
    browser: Browser, shelf: str, width: int
) -> None:
    with visiting(browser, shelf, viewport={"width": width, "height": 800}) as visit:
        page = turn_to(visit)
        told(page, "1–100 of 230")
        assert page.locator(".papers tbody tr").count() == 100
        page.locator(".pager [data-turn=next]").focus()
        page.keyboard.press("Enter")
        told(page, "101–200 of 230")
        page.wait_for_function("document.activeElement.dataset.turn === 'next'")
        page.keyboard.press("Enter")
        told(page, "201–230 of 230")
        # There is no next page: the focus is on what can be pressed, not lost.
        page.wait_for_function("document.activeElement.dataset.turn === 'first'")
        page.get_by_role("button", name="Title").click()
        told(page, "1–100 of 230")
        assert page.locator(".papers td.title").first.inner_text() == "Coral study 001"
        page.wait_for_function("document.activeElement.dataset.sort === 'title'")
        page.get_by_role("button", name="Last").click()
        told(page, "201–230 of 230")
        assert page.locator(".papers td.title").last.inner_text() == "Zebra study 228"
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_search_knows_no_accents_and_identifiers(browser: Browser, shelf: str) -> None:
    with visiting(browser, shelf) as visit:
        page = turn_to(visit)
        for text, count in (
            ("Müller", "23 papers"),
            ("muller", "23 papers"),
            ("https://doi.org/10.1000/Z.117", "1 paper"),
            ("espanola zebra 2000", "8 papers"),
        ):
            page.get_by_label("Search the library").fill(text)
            told(page, count)


def test_filters_narrow_at_once_and_are_cleared(browser: Browser, shelf: str) -> None:
    with visiting(browser, shelf) as visit:
        page = turn_to(visit)
        unfold(page)
        page.locator("#filters").get_by_label("Author").fill("muller")
        told(page, "23 papers")
        page.locator("#filters").get_by_label("Year from").fill("2000")
        told(page, "15 papers")
        page.locator("#filters").get_by_label("Year to").fill("201")  # is still being typed
        page.locator("#filters").get_by_label("Venue").fill("espanola de")
        page.get_by_role("button", name="Filters: 4 set").wait_for()
        told(page, "15 papers")
        page.locator("#filters").get_by_label("Year to").fill("2005")
        told(page, "8 papers")
        page.get_by_role("button", name="Clear filters").click()
        told(page, "1–100 of 230")
        assert page.locator("#filters").get_by_label("Author").input_value() == ""
        page.get_by_role("textbox", name="File").fill("file1")
        told(page, "1–100 of 115")


@pytest.mark.parametrize("width", [1400, 375])
def test_a_collection_is_chosen(browser: Browser, shelf: str, width: int) -> None:
    with visiting(browser, shelf, viewport={"width": width, "height": 800}) as visit:
        page = turn_to(visit)
        unfold(page)
        page.locator("#filters").get_by_label("Collection").click()
        page.get_by_role("option", name="Thesis (10)").click()
        told(page, "10 papers")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_narrow_page_has_a_line_beneath_the_title(browser: Browser, shelf: str) -> None:
    with visiting(browser, shelf, viewport={"width": 375, "height": 800}) as visit:
        row = turn_to(visit).locator(".papers tbody tr").first
        tops = row.locator("td").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
        _, title, authors, year, _ = tops
        assert title < authors
        assert authors == year
        assert row.inner_text().split("\n")[0] == "Zebra study 000"


def test_a_removed_paper_leaves_its_page(browser: Browser, tmp_path: Path) -> None:
    rows = [{"title": f"Zebra {i:03}", "abstract": f"We count zebra {i}."} for i in range(101)]
    path = tmp_path / "zebras.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    with Assistant.open(Settings(home=tmp_path / "home", seeds="")) as assistant:
        assistant.ingest(path)
        with serving(assistant) as address, visiting(browser, address) as visit:
            page = turn_to(visit)
            page.locator(".pager [data-turn=next]").click()
            told(page, "101–101 of 101")
            page.locator(".papers td button").click()
            visit.press("Remove …")
            visit.press("Yes, remove it")
            told(page, "100 papers")
            assert page.locator(".papers tbody tr").count() == 100


def test_an_upload_is_planned_put_into_a_collection_and_offered(
    browser: Browser, tmp_path: Path
) -> None:
    table, archive = tmp_path / "table.csv", tmp_path / "all.zip"
    table.write_text("Titel;Zusammenfassung;Jahr\nZebras;We count zebras.;2021\n")
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("in/pic.png", b"\x89PNG\r\n\x1a\n")
        packed.writestr("in/p.jsonl", '{"title": "Corals", "abstract": "They grow."}\n{no\n')
    with (
        Assistant.open(Settings(home=tmp_path / "home", seeds="")) as assistant,
        serving(assistant) as address,
        visiting(browser, address) as visit,
    ):
        page = turn_to(visit)
        assert "No papers yet" in page.locator("#papers").inner_text()
        page.locator("#upload input[type=file]").set_input_files([table, archive])
        page.locator("#report .report").wait_for()
        report = page.locator("#report .report").inner_text()
        assert "2 new, 0 changed, 0 unchanged, 0 duplicates, 2 left out." in report
        assert "table.csv: title from “Titel”, abstract from “Zusammenfassung”" in report
        assert "all.zip!in/p.jsonl, line 2" in report
        assert "all.zip: holds 'in/pic.png', which is a picture" in report
        page.get_by_label("Put into collection").fill("Field work")
        page.locator("#bring").click()
        page.get_by_text("2 brought in").wait_for()
        told(page, "2 papers")
        page.locator("#upload input[type=file]").set_input_files(table)
        page.get_by_text("0 new, 0 changed, 1 unchanged").wait_for()
        assert page.locator("#bring").is_hidden()
        page.get_by_label("Put into collection").fill("Thesis")
        page.get_by_text("0 new, 1 changed, 0 unchanged").wait_for()
        page.locator("#bring").click()
        page.get_by_text("1 brought in").wait_for()
        unfold(page)
        page.locator("#filters").get_by_label("Collection").click()
        page.get_by_role("option", name="Thesis (1)").click()
        told(page, "1 paper")
        found = {paper.title: paper.collections for paper in assistant.papers()}
        assert found == {"Zebras": ("Thesis", "Field work"), "Corals": ("Field work",)}


def test_a_removed_paper_is_put_back(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("tab", name="Library").click()
    first = page.locator("table.papers td.title button").first
    title = first.inner_text()
    first.click()
    page.get_by_role("button", name="Remove …").click()
    page.get_by_role("button", name="Yes, remove it").click()
    page.locator("#paper .note").get_by_text(title).wait_for()
    expect(page.locator("table.papers").get_by_role("button", name=title)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    page.locator("#paper .card").get_by_text(title).wait_for()
    expect(page.locator("table.papers").get_by_role("button", name=title)).to_have_count(1)
