"""Of which papers a question is asked, chosen anywhere on the page, in a real Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import CHROMIUM, Visit

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install chromium")

QUESTION = "What results are reported?"


def library(page: Page) -> Page:
    page.get_by_role("tab", name="Library").click()
    page.locator("table.papers").wait_for()
    return page


def cited(page: Page) -> set[str]:
    return {title.strip() for title in page.locator("#sources .card .title").all_inner_texts()}


@pytest.mark.slow
def test_papers_ticked_in_the_library_are_asked_about(visit: Visit) -> None:
    page = library(visit.open())
    names = [
        "UniFormerV2: Spatiotemporal Learning by Arming Image ViTs with Video UniFormer",
        "Efficient Track Anything",
    ]
    for name in names:
        page.get_by_role("checkbox", name=f"Choose {name}").check()
    page.locator("#search").get_by_role("textbox").fill("zebra")
    page.get_by_text("No paper matches").wait_for()
    page.locator("#search").get_by_role("textbox").fill("")
    expect(page.get_by_role("checkbox", name=f"Choose {names[0]}")).to_be_checked()
    expect(page.locator("#chosen-bar")).to_contain_text("2 papers chosen")
    page.get_by_role("button", name="Ask about these").click()
    chip = page.locator("#scoped .chip")
    expect(chip).to_contain_text("2 that were chosen")
    expect(page.locator("#question textarea")).to_be_focused()
    visit.ask(QUESTION)
    assert cited(page) == set(names)
    expect(page.locator("#dialogue .chip").last).to_contain_text("2 that were chosen")
    visit.reload()  # the conversation keeps it
    expect(chip).to_contain_text("2 that were chosen")
    page.locator("#new").click()
    expect(chip).to_have_count(0)
    page.go_back()
    expect(chip).to_contain_text("2 that were chosen")
    chip.get_by_role("button").click()
    expect(chip).to_have_count(0)
    visit.ask("What does VIOLET propose?")
    assert any("VIOLET" in title for title in cited(page))
    visit.reload()
    page.locator("#dialogue .turn").nth(1).wait_for()
    expect(chip).to_have_count(0)


@pytest.mark.slow
def test_a_source_is_asked_about_and_shows_what_is_like_it(visit: Visit) -> None:
    page = visit.open()
    visit.ask("What does VIOLET propose?")
    card = page.locator("#sources .card").first
    card.get_by_role("button", name="Ask about this paper").click()
    expect(page.locator("#scoped .chip")).to_contain_text("VIOLET")
    visit.ask(QUESTION)
    assert all("VIOLET" in title for title in cited(page))
    card.get_by_role("button", name="Similar papers").click()
    page.locator("ol.similar li").first.wait_for()
    expect(page.locator("#papers")).to_contain_text("Papers like “VIOLET")
    assert "VIOLET" not in page.locator("ol.similar li > button").first.inner_text()
    page.locator("ol.similar li > button").first.click()
    page.locator("#paper .abstract").wait_for()
    page.get_by_role("button", name="Show all papers").click()
    page.locator("table.papers").wait_for()


@pytest.mark.slow
def test_a_topic_is_asked_of(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("tab", name="Topics").click()
    item = page.locator(".topics > li").nth(3)
    name = item.locator("button[data-do=select]").inner_text()
    item.locator("summary").click()
    papers = item.locator("ul button").all_inner_texts()
    item.get_by_role("button", name="Ask of these papers").click()
    expect(page.locator("#scoped .chip")).to_contain_text(f"on {name}")
    visit.ask(QUESTION)
    assert cited(page)
    assert cited(page) <= set(papers)


@pytest.mark.slow
def test_every_conversation_keeps_limits_of_its_own(visit: Visit) -> None:
    page = visit.open()
    scope, chips = page.locator("#scope"), page.locator("#scoped .chip")
    page.get_by_role("button", name="Papers: all").click()
    scope.get_by_label("Author").wait_for()
    page.wait_for_timeout(300)  # Gradio listens a little after it shows
    scope.get_by_label("Author").fill("muller")
    scope.get_by_label("Venue").fill("CVPR")
    visit.ask("What does VIOLET propose?")
    expect(chips).to_have_count(2)
    first = page.url
    page.locator("#new").click()
    expect(chips).to_have_count(0)
    scope.get_by_label("Year from").fill("2020")
    visit.ask("What does IML-ViT propose?")
    expect(chips).to_have_text(["since 2020 ×"])
    for _ in range(2):
        page.goto(first)
        expect(chips).to_have_text(["by muller ×", "in CVPR ×"])
        page.locator(".history a", has_text="IML-ViT").first.click()
        expect(chips).to_have_text(["since 2020 ×"])
        page.locator(".history a", has_text="VIOLET").first.click()
        expect(chips).to_have_text(["by muller ×", "in CVPR ×"])


@pytest.mark.slow
@pytest.mark.parametrize("width", [1400, 375])
def test_pictures_of_what_is_chosen(visit: Visit, pictures: Path, width: int) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": 900})
    library(visit.open())
    for box in page.locator("table.papers [data-tick]").all()[:3]:
        box.check()
    page.screenshot(path=pictures / f"ticked-{width}.png")
    page.get_by_role("button", name="Ask about these").click()
    page.locator("#scoped .chip").wait_for()
    visit.ask(QUESTION)
    page.screenshot(path=pictures / f"asked-of-chosen-{width}.png")
    page.locator("#sources [data-similar]:visible").first.click()
    page.locator("ol.similar li").first.wait_for()
    page.screenshot(path=pictures / f"similar-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
