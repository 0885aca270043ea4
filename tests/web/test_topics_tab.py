"""The topics tab in a real Chromium, as a visitor uses it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page
from pybtex.database import parse_string
from pydantic import SecretStr

from rag import Assistant, Settings
from tests.support.browser import CHROMIUM, Visit, serving, visiting
from tests.support.endpoint import Gated, ScriptedEndpoint, Step

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install chromium")


def with_a_model(home: Path) -> Settings:
    """Return settings of a model endpoint, for a transport that stands in for it."""
    return Settings(
        home=home,
        openai_api_key=SecretStr("k"),
        judge="rules",
        openai_base_url="http://127.0.0.1:1/v1",
        llm_model="scripted",
    )


def turn_to(visit: Visit) -> Page:
    page = visit.open()
    page.get_by_role("tab", name="Topics").click()
    page.locator("svg.atlas, #map .hint").first.wait_for(timeout=20_000)  # imports scikit-learn
    return page


def test_from_the_map_to_a_cited_sentence_and_out(visit: Visit, tmp_path: Path) -> None:
    page = turn_to(visit)
    assert page.locator("svg.atlas circle").count() == 95
    sizes = page.locator(".topics > li summary").all_inner_texts()
    assert sum(int(size.split()[0]) for size in sizes) == 95
    topic = page.locator(".topics button[data-do=select]").nth(1)
    label = topic.inner_text()
    topic.click()
    page.locator("#summary").wait_for()
    assert page.locator("#summary h2").inner_text() == label
    assert page.locator(".topics > li[aria-current]").inner_text().startswith(label)
    claim = page.locator("#summary .claim").nth(2)
    said = claim.inner_text().split("\n")[0]
    claim.locator("a.cite").first.click()
    assert said[10:60] in page.locator("mark.lit").inner_text()
    assert page.evaluate("document.activeElement.classList.contains('lit')")
    page.locator("#grounds .checks a").first.click()
    assert page.locator("#summary .claim.lit").count() == 1
    cards = page.locator("#grounds .card").count()
    bib = download(page, "BibTeX", tmp_path)
    assert len(parse_string(bib.read_text(encoding="utf-8"), "bibtex").entries) == cards > 2
    with download(page, "CSV", tmp_path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == page.locator(".comparison tr").count()
    assert download(page, "Markdown", tmp_path).read_text(encoding="utf-8").startswith("# ")


def download(page: Page, name: str, folder: Path) -> Path:
    with page.expect_download() as started:
        page.locator("#summary .exports button", has_text=name).first.click()
    saved = folder / started.value.suggested_filename
    started.value.save_as(saved)
    return saved


@pytest.mark.slow
def test_a_point_tells_its_title_and_opens_its_paper(visit: Visit) -> None:
    page = turn_to(visit)
    point = page.locator("svg.atlas circle").nth(12)
    title = point.get_attribute("data-title") or ""
    point.hover(force=True)
    assert page.locator("#map-tip").inner_text() == title
    point.dispatch_event("click")
    page.locator("#place .card").wait_for()
    assert page.locator("#place h3").inner_text() == title
    page.locator("#place").get_by_role("button", name="Close").click()
    page.locator("#place .card").wait_for(state="detached")


@pytest.mark.slow
def test_a_typed_topic(visit: Visit) -> None:
    page = turn_to(visit)
    box = page.locator("#topic textarea")
    box.fill("post-training quantization")
    box.press("Enter")
    page.locator("#summary").wait_for()
    assert page.locator("#summary .comparison tbody tr").count() >= 5
    box.fill("sourdough bread fermentation")
    page.locator("#summarize").click()
    page.locator("#review .abstention").wait_for()
    nearest = page.locator("#review .choices button").first
    label = nearest.inner_text()
    nearest.click()
    page.locator("#summary").wait_for()
    assert page.locator("#summary h2").inner_text() == label
    box.fill("?!")
    box.press("Enter")
    page.locator("#growing .failure").wait_for()
    assert "empty" in page.locator("#growing .failure").inner_text()


@pytest.mark.slow
def test_on_a_phone_with_the_keyboard_alone(browser: Browser, address: str) -> None:
    size = {"width": 375, "height": 700}
    with visiting(browser, address, viewport=size, color_scheme="dark") as visit:
        page = turn_to(visit)
        page.locator("#topic textarea").focus()
        page.keyboard.type("text-to-video retrieval")
        page.keyboard.press("Enter")
        page.locator("#summary").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        page.wait_for_function(
            "document.getElementById('reviewing').getBoundingClientRect().top < 350"
        )
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('#summary a.cite')"):
                break
        page.keyboard.press("Enter")
        page.locator("mark.lit").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 375


@pytest.mark.slow
def test_a_review_grows_tells_how_far_it_is_and_stops(
    browser: Browser, seed_home: Path, tmp_path: Path
) -> None:
    shutil.copytree(seed_home, tmp_path / "library")
    gated = Gated("RepQ-ViT is a", " framework [P1.3].")
    endpoint = ScriptedEndpoint(
        [
            "1: post-training quantization",  # the labels of the map
            "RepQ-ViT is a PTQ framework based on quantization scale reparameterization [P1.0].",
            lambda _: gated.response(),
        ]
    )
    settings = with_a_model(tmp_path / "library")
    transport = httpx.MockTransport(endpoint)
    with (
        Assistant.open(settings, transport=transport) as assistant,
        serving(assistant) as address,
        visiting(browser, address) as visit,
    ):
        page = turn_to(visit)
        page.locator("#topic textarea").fill("post-training quantization")
        page.locator("#topic textarea").press("Enter")
        page.locator("#growing progress").wait_for()
        page.locator("#growing h2", has_text="Overview").wait_for()
        page.locator("#halt").click()
        page.locator("#growing", has_text="Stopped").wait_for()
        page.locator("#summarize").wait_for()
        assert page.locator("#summary").count() == 0
        gated.gate.set()
        page.locator("#topic textarea").fill("text-to-video retrieval")
        page.locator("#topic textarea").press("Enter")
        page.locator("#summary").wait_for(timeout=20_000)
        asked = len(endpoint.asked)
        page.get_by_role("button", name="Write anew").click()
        for _ in range(100):
            if len(endpoint.asked) > asked:
                break
            page.wait_for_timeout(100)
        page.locator("#summary").wait_for(timeout=20_000)
        assert len(endpoint.asked) > asked


@pytest.mark.slow
def test_turning_elsewhere_while_a_review_is_written(
    browser: Browser, seed_home: Path, tmp_path: Path
) -> None:
    shutil.copytree(seed_home, tmp_path / "library")
    gated = Gated("RepQ-ViT is a", " framework [P1.3].")
    silent = False

    def step(body: Any) -> Step:
        return gated.response() if silent else "NO ANSWER"

    settings = with_a_model(tmp_path / "library")
    with (
        Assistant.open(settings, transport=httpx.MockTransport(ScriptedEndpoint([step]))) as asked,
        serving(asked) as address,
        visiting(browser, address) as visit,
    ):
        page = turn_to(visit)
        topics = page.locator(".topics button[data-do=select]")
        first = topics.nth(0).inner_text()
        topics.nth(0).click()
        page.locator("#summary").wait_for(timeout=20_000)
        silent = True
        topics.nth(1).click()
        page.locator("#growing .streaming").wait_for()
        page.get_by_role("tab", name="Chat").click()
        page.get_by_role("tab", name="Topics").click()
        page.wait_for_timeout(800)
        assert page.locator("#growing .streaming").count() == 1  # still there
        assert page.locator(".topics > li[aria-current] button").nth(0).inner_text() != first
        topics.nth(0).click()
        page.locator("#summary", has_text=first).wait_for()
        page.wait_for_timeout(1_500)
        assert page.locator("#growing .streaming").count() == 0  # nothing comes after
        gated.gate.set()


@pytest.mark.slow
def test_a_refused_key_is_told_where_it_is_needed(
    browser: Browser, seed_home: Path, tmp_path: Path
) -> None:
    shutil.copytree(seed_home, tmp_path / "library")
    settings = with_a_model(tmp_path / "library")
    with (
        Assistant.open(settings, transport=httpx.MockTransport(ScriptedEndpoint([401]))) as asked,
        serving(asked) as address,
        visiting(browser, address) as visit,
    ):
        page = visit.open()
        page.get_by_role("tab", name="Topics").click()
        page.locator("#map .failure", has_text="key").wait_for(timeout=20_000)
        page.locator("#topic textarea").fill("post-training quantization")
        page.locator("#topic textarea").press("Enter")
        page.locator("#growing .failure", has_text="key").wait_for()
        page.locator("#summarize").wait_for()


@pytest.mark.slow
def test_a_map_older_than_the_library(browser: Browser, tmp_path: Path) -> None:
    rows = [{"title": f"Reef {i}: corals", "abstract": "We propose R for corals."} for i in (1, 2)]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    settings = Settings(home=tmp_path / "library", seeds=str(tmp_path / "p.jsonl"))
    with (
        Assistant.open(settings) as assistant,
        serving(assistant) as address,
        visiting(browser, address) as visit,
    ):
        page = turn_to(visit)
        assistant.remove(*(paper.id for paper in assistant.papers()))
        page.locator("svg.atlas circle").first.dispatch_event("click")
        page.locator("#place .failure").wait_for()
        page.locator(".topics button[data-do=select]").first.click()
        page.locator("#growing .failure", has_text="has changed").wait_for()
        assert page.locator("svg.atlas").count() == 0  # the map of the library as it is


@pytest.mark.slow
def test_markup_in_papers_does_nothing(browser: Browser, tmp_path: Path) -> None:
    poison = "<img src=http://evil.example/x onerror='window.hacked=1'> | [l](http://evil.example)"
    rows = [
        {"title": f"Reef {i} {poison}: corals", "abstract": f"We propose R{i} {poison} for corals."}
        for i in range(8)
    ]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    settings = Settings(home=tmp_path / "library", seeds=str(tmp_path / "p.jsonl"))
    with (
        Assistant.open(settings) as assistant,
        serving(assistant) as address,
        visiting(browser, address) as visit,
    ):
        page = turn_to(visit)
        page.locator(".topics button[data-do=select]").first.click()
        page.locator("#summary").wait_for()
        page.locator("svg.atlas circle").first.dispatch_event("click")
        page.locator("#place .card").wait_for()
        assert page.evaluate("window.hacked") is None
        assert page.locator("#atlas img").count() == 0
        assert page.locator("#review a[href^=http]").count() == 0


def test_an_empty_library(browser: Browser, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "library", seeds="")
    with (
        Assistant.open(settings) as assistant,
        serving(assistant) as address,
        visiting(browser, address) as visit,
    ):
        page = turn_to(visit)
        assert "no paper yet" in page.locator("#map").inner_text()
        page.locator("#topic textarea").fill("corals")
        page.locator("#topic textarea").press("Enter")
        page.locator("#review .abstention").wait_for()
        assert "no paper yet" in page.locator("#review").inner_text()


@pytest.mark.slow
def test_the_picture_of_the_topics_in_the_readme(visit: Visit, pictures: Path) -> None:
    page = visit.page
    page.set_viewport_size({"width": 1280, "height": 800})
    turn_to(visit)
    page.locator(".topics button[data-do=select]").nth(1).click()
    page.locator("#summary").wait_for()
    page.mouse.move(640, 5)
    page.wait_for_timeout(600)  # the points fade
    page.screenshot(path=pictures / "topics.png")
    assert page.locator("#summary .claim").count() > 10
