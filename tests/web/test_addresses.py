"""Addresses, the way back, and what was typed, in a real Chromium."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from rag import Assistant, Settings
from tests.support.browser import CHROMIUM, Visit, visiting
from tests.support.serving import serving

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install chromium")

FIRST, SECOND = "What does IML-ViT propose?", "What does VIOLET propose?"


def asked(page: Page) -> str:
    return str(page.locator("#dialogue .asked").last.inner_text())


@pytest.mark.slow
def test_back_and_forward_open_conversations_and_tabs(visit: Visit) -> None:
    page = visit.open()
    visit.ask(FIRST)
    one = page.url
    page.locator("#new").click()
    page.locator(".welcome").first.wait_for()
    visit.ask(SECOND)
    two = page.url
    assert one != two
    page.get_by_role("tab", name="Library").click()
    page.locator("table.papers").wait_for()
    page.wait_for_url("**tab=library**")
    page.go_back()
    expect(page.locator("#dialogue .asked").last).to_contain_text("VIOLET")
    assert page.url == two
    page.go_back()
    page.locator("#dialogue .welcome").wait_for()
    page.go_back()
    expect(page.locator("#dialogue .asked").last).to_contain_text("IML-ViT")
    assert page.url == one
    page.go_forward()
    page.go_forward()
    expect(page.locator("#dialogue .asked").last).to_contain_text("VIOLET")
    page.go_forward()
    page.locator("table.papers").wait_for()
    visit.reload()
    page.locator("table.papers").wait_for()
    assert "tab=library" in page.url
    assert page.evaluate("history.length") < 12  # opening what a step names makes no further step


@pytest.mark.slow
def test_a_lit_sentence_has_an_address_and_a_way_back(visit: Visit) -> None:
    page = visit.open()
    visit.ask(FIRST)
    number = page.locator("#dialogue a.cite").first
    before = page.url
    for leave in (
        lambda: page.keyboard.press("Escape"),
        page.go_back,
        page.get_by_role("button", name="Back to the text").click,
    ):
        number.click()
        page.locator("mark.lit").wait_for()
        assert re.search(r"#s-\d+-", page.url)
        leave()
        page.locator("mark.lit").wait_for(state="detached")
        assert page.url == before
        assert page.evaluate("document.activeElement.className") == "cite"
    number.click()
    sentence = page.locator("mark.lit").inner_text()
    page.locator("#dialogue a.cite").last.click()  # from one to the next: still one step back
    page.go_back()
    page.locator("mark.lit").wait_for(state="detached")
    page.go_forward()
    page.locator("mark.lit").wait_for()
    number.click()
    visit.reload()
    page.locator("mark.lit").wait_for()
    assert page.locator("mark.lit").inner_text() == sentence


@pytest.mark.slow
def test_a_conversation_opens_at_its_last_answer(visit: Visit) -> None:
    page = visit.open()
    for question in (FIRST, SECOND, "What does VideoMAE V2 propose?"):
        visit.ask(question)
    visit.reload()
    page.locator("#dialogue .turn").nth(2).wait_for()
    expect(page.locator("#dialogue .turn").nth(2)).to_be_in_viewport()
    expect(page.locator("#sources .card:visible")).to_have_count(
        page.locator("#dialogue .turn")
        .nth(2)
        .locator("a.cite")
        .evaluate_all("links => new Set(links.map(link => link.textContent)).size")
    )


@pytest.mark.slow
def test_a_draft_stays_until_it_is_asked(visit: Visit) -> None:
    page = visit.open()
    box = page.locator("#question textarea")
    visit.ask(FIRST)
    expect(box).to_have_value("")
    box.fill("And on which data")
    page.locator("#new").click()
    page.locator(".welcome").first.wait_for()
    expect(box).to_have_value("")
    box.fill("A question of its own")
    visit.reload()
    page.locator(".welcome").first.wait_for()
    expect(box).to_have_value("A question of its own")
    page.locator(".history a").first.click()
    page.locator("#dialogue .turn").wait_for()
    expect(box).to_have_value("And on which data")
    box.press("Enter")
    page.locator("#dialogue .turn").nth(1).wait_for()
    expect(box).to_have_value("")
    visit.reload()
    page.locator("#dialogue .turn").nth(1).wait_for()
    expect(box).to_have_value("")
    page.locator("#new").click()
    expect(box).to_have_value("A question of its own")


@pytest.mark.slow
def test_a_draft_survives_a_lost_network(browser: Browser, address: str) -> None:
    with visiting(browser, address) as visit:
        page = visit.open()
        visit.ask(FIRST)
        page.context.set_offline(True)
        box = page.locator("#question textarea")
        box.fill("And on which data")
        box.press("Enter")
        page.wait_for_timeout(1000)
        page.context.set_offline(False)
        visit.reload()
        page.locator("#dialogue .turn").wait_for()
        expect(box).to_have_value("And on which data")
        visit.complaints.clear()  # the browser tells that the network was lost


@pytest.mark.slow
def test_the_sources_are_those_of_the_answer_in_view(visit: Visit) -> None:
    page = visit.open()
    for question in (FIRST, SECOND, "Which papers are about masked autoencoders?"):
        visit.ask(question)
    turns = page.locator("#dialogue .turn")

    def beside(place: int) -> None:
        """Compare the sources with what one answer cites."""
        links = turns.nth(place).locator("a.cite")
        numbers = {int(number) for number in links.all_inner_texts()}
        shown = page.locator("#sources .card:visible .number")
        expect(shown).to_have_text([*map(str, sorted(numbers))])
        lit = page.locator("#sources .card:visible mark.now").evaluate_all("m => m.map(o => o.id)")
        assert {*lit} == {*links.evaluate_all("links => links.map(link => link.hash.slice(1))")}

    beside(2)
    page.evaluate("scrollTo(0, 0)")
    beside(0)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(1100)  # what was pressed is looked at for a second
    beside(2)
    turns.nth(1).locator(".asked").click()
    beside(1)
    turns.nth(0).locator("a.cite").first.click()
    beside(0)


@pytest.mark.slow
def test_a_number_shows_its_sentence(visit: Visit) -> None:
    page = visit.open()
    visit.ask(FIRST)
    number = page.locator("#dialogue a.cite").first
    number.hover()
    card = page.locator("#peek")
    card.wait_for()
    target = number.evaluate("link => document.querySelector(link.hash).textContent")
    assert f"“{target}”" in card.inner_text()
    assert "IML-ViT" in card.locator(".peek-title").inner_text()
    page.mouse.move(5, 5)
    card.wait_for(state="detached")
    page.locator("#question textarea").focus()
    page.keyboard.press("Shift+Tab")
    number.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    card.wait_for()
    assert number.get_attribute("aria-describedby") == "peek"
    page.keyboard.press("Escape")
    card.wait_for(state="detached")


@pytest.mark.slow
@pytest.mark.parametrize("width", [1400, 1024, 375])
def test_conversations_are_found_named_and_deleted(
    browser: Browser, address: str, width: int
) -> None:
    with visiting(browser, address, viewport={"width": width, "height": 900}) as visit:
        page = visit.open()

        def listed() -> Page:
            if width <= 1024:
                page.get_by_role("button", name="Conversations").click()
            return page

        visit.ask(FIRST)
        title = f"Forged images {width}"
        listed().get_by_role("button", name=f"Rename: {FIRST}").first.click()
        page.get_by_label("Title").fill(title)
        page.get_by_label("Title").press("Enter")
        page.locator(".history a", has_text=title).wait_for()
        page.get_by_label("Search conversations").fill(f"FORGED {width}")
        expect(page.locator(".history a")).to_have_count(1)
        page.get_by_label("Search conversations").fill("zebra")
        page.get_by_text("No conversation has these words").wait_for()
        page.get_by_label("Search conversations").fill("")
        page.locator("#new").click()
        page.locator(".welcome").first.wait_for()
        listed().locator(".history a", has_text=title).click()
        page.locator("#dialogue .turn").wait_for()
        assert "IML-ViT" in asked(page)
        listed().get_by_role("button", name=f"Delete: {title}").click()
        page.locator(".history .failure").wait_for()
        page.keyboard.press("Escape")  # no
        page.locator(".history .failure").wait_for(state="detached")
        page.get_by_role("button", name=f"Delete: {title}").click()
        page.get_by_role("button", name="Delete it", exact=True).click()
        page.locator(".welcome").first.wait_for(state="attached")
        assert page.locator(".history a", has_text=title).count() == 0


@pytest.mark.slow
def test_a_long_question_is_folded(visit: Visit) -> None:
    page = visit.open()
    visit.ask("What does IML-ViT propose? " + "I ask this at length. " * 40)
    heading = page.locator(".asked")
    folded = heading.bounding_box()
    page.get_by_role("button", name="Show all").click()
    unfolded = heading.bounding_box()
    assert folded
    assert unfolded
    assert unfolded["height"] > 2 * folded["height"]


@pytest.mark.slow
def test_a_review_has_an_address_that_stays(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("tab", name="Topics").click()
    page.locator(".topics > li > button").first.click()
    page.locator("#summary").wait_for()
    title = page.locator("#summary h2").inner_text()
    page.wait_for_url("**review=**")
    page.locator(".topics > li > button").nth(1).click()
    expect(page.locator("#summary h2")).not_to_have_text(title)
    page.go_back()
    expect(page.locator("#summary h2")).to_have_text(title)
    page.locator("#summary a.cite").first.click()
    page.locator("#grounds mark.lit").wait_for()
    sentence = page.locator("#grounds mark.lit").inner_text()
    visit.reload()
    expect(page.locator("#summary h2")).to_have_text(title)
    expect(page.locator("#grounds mark.lit")).to_have_text(sentence)
    page.keyboard.press("Escape")
    page.locator("mark.lit").wait_for(state="detached")
    assert page.evaluate("document.activeElement.className") == "cite"


@pytest.mark.slow
def test_a_review_is_there_after_a_restart(
    browser: Browser, seed_home: Path, tmp_path: Path
) -> None:
    home = tmp_path / "library"
    shutil.copytree(seed_home, home)
    path = ""
    for _ in range(2):
        with (
            Assistant.open(Settings(home=home)) as assistant,
            serving(assistant) as address,
            visiting(browser, address) as visit,
        ):
            page = visit.page
            page.goto(address + "/" + path)
            if not path:
                page.locator("#dialogue .welcome").wait_for()
                page.get_by_role("tab", name="Topics").click()
                page.locator(".topics > li > button").first.click()
            page.locator("#summary").wait_for()
            page.wait_for_url("**review=**")
            path = page.url.split("/")[-1]
            title = page.locator("#summary h2").inner_text()
    assert title


@pytest.mark.slow
def test_a_paper_has_an_address(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("tab", name="Library").click()
    page.locator("table.papers td button").first.click()
    title = page.locator("#paper .card h3").inner_text()
    page.wait_for_url("**paper=**")
    page.locator("table.papers td button").nth(1).click()
    expect(page.locator("#paper .card h3")).not_to_have_text(title)
    page.go_back()
    expect(page.locator("#paper .card h3")).to_have_text(title)
    visit.reload()
    expect(page.locator("#paper .card h3")).to_have_text(title)
    page.goto(f"{visit.address}/?paper={page.locator('#paper .card').get_attribute('data-id')}")
    expect(page.locator("#paper .card h3")).to_have_text(title)
    page.get_by_role("button", name="Close", exact=True).click()
    page.locator("#paper .card").wait_for(state="detached")
    page.wait_for_function("!location.search.includes('paper=')")
