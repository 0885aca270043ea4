"""A newcomer's path of ten steps through the page, by mouse and by keyboard alone."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rag import Assistant, Settings
from tests.support.browser import CHROMIUM, Visit, visiting
from tests.support.serving import serving

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install chromium"),
    pytest.mark.slow,
]
MOST = 250  # presses of the tab key that a place may be away


@dataclass
class Hand:
    """Presses things; without a mouse it gets there by the tab key alone."""

    page: Page
    mouse: bool

    def press(self, place: Locator, key: str = "Enter") -> None:
        if self.mouse:
            place.click()
            return
        self.reach(place)
        self.page.keyboard.press(key)

    def reach(self, place: Locator, key: str = "Tab") -> None:
        place.wait_for()
        for _ in range(MOST):
            if place.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{place} cannot be reached by the tab key")

    def turn_to(self, tab: str) -> None:
        if self.mouse:
            self.page.get_by_role("tab", name=tab).click()
            return
        selected = self.page.locator("#tabs [role=tab][aria-selected=true]:visible").last
        self.reach(selected, "Shift+Tab")
        for _ in range(4):
            if selected.inner_text() == tab:
                return
            self.page.keyboard.press("ArrowRight")
            self.page.wait_for_timeout(150)
        expect(selected).to_have_text(tab)


@pytest.mark.parametrize("mouse", [True, False], ids=["mouse", "keyboard"])
@pytest.mark.parametrize("width", [1400, 375])
def test_ten_steps(
    browser: Browser, seed_home: Path, tmp_path: Path, width: int, *, mouse: bool
) -> None:
    home = shutil.copytree(seed_home, tmp_path / "library")
    size = {"width": width, "height": 900}
    with (
        Assistant.open(Settings(home=home)) as assistant,
        serving(assistant) as address,
        visiting(browser, address, viewport=size) as visit,
    ):
        _walk(visit, Hand(visit.page, mouse))


def _walk(visit: Visit, hand: Hand) -> None:
    page = visit.open()  # 1: it says what it holds
    expect(page.locator(".welcome")).to_contain_text("Ask 95 papers")
    hand.press(page.get_by_role("button", name="Got it"))
    page.locator("#question textarea").press("Escape")
    page.keyboard.type("How does VideoMAE V2 cut the cost of pre-training?")  # 2: ask
    page.keyboard.press("Enter")
    number = page.locator("#dialogue a.cite").first
    hand.press(number)  # 3: the sentence
    page.locator("mark.lit").wait_for()
    page.keyboard.press("Escape")  # and back
    expect(number).to_be_focused()
    hand.press(page.locator("#dialogue .choices button").first)  # 4: what is suggested
    page.locator("#dialogue .turn").nth(1).wait_for()
    page.locator("#live .turn").wait_for(state="detached")
    star = page.locator("#sources .card:visible h3 .star").first  # 5: keep a source
    hand.press(star)
    expect(star).to_have_attribute("aria-pressed", "true")
    hand.turn_to("Library")  # 6: choose papers
    box = page.locator("table.papers [data-tick]").nth(1)
    hand.press(box, "Space")
    expect(box).to_be_checked()
    title = page.locator("table.papers td.title button").nth(1).inner_text()
    hand.press(page.get_by_role("button", name="Ask about these"))  # 7: ask about them
    expect(page.locator("#scoped .chip")).to_contain_text(title[:30])
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type("What results are reported?")
    page.keyboard.press("Enter")
    page.locator("#dialogue .turn").nth(2).wait_for()
    page.locator("#live .turn").wait_for(state="detached")
    expect(page.locator("#sources .card:visible .title")).to_have_text(title)
    hand.turn_to("Topics")  # 8: review a topic
    hand.press(page.locator(".topics > li > button").first)
    page.locator("#summary").wait_for()
    hand.turn_to("Reading list")  # 9: what was kept
    expect(page.locator("#list .card").first).to_contain_text("VideoMAE V2")
    page.go_back()  # 10: back where one was
    if not hand.mouse:  # the arrow keys led there over the check and the library
        page.locator("table.papers").wait_for()
        page.go_back()
        page.locator("#to-check").wait_for()
        page.go_back()
    page.locator("#summary").wait_for()
    visit.reload()
    page.locator("#summary").wait_for()
