"""The page for everybody: axe-core's rules on every main state, the keyboard, light and dark."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import CHROMIUM, Visit, visiting

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install chromium")

QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"
DRAFT = (
    "VideoMAE V2 uses a dual masking strategy for efficient pre-training. VideoMAE V2 achieves "
    "80.0% on K400. Winter wheat yields depend on the amount of nitrogen in the soil."
)
# Places of the page by what they look like on the screen: at least so many pixels each way.
TARGET = 24


def violations(page: Page) -> list[str]:
    """Return what axe-core finds, a line each."""
    found = Axe().run(page).response["violations"]
    return [f"{v['impact']} {v['id']}: {n['html'][:200]}" for v in found for n in v["nodes"]]


def too_small(page: Page) -> list[str]:
    """Return what can be pressed and is small; links inside a sentence may be."""
    found: list[str] = page.evaluate(
        """(least) => [...document.querySelectorAll("button, select, summary, a[href], input")]
        .filter(e => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
        .filter(e => !e.closest(".skip, [role=tablist], .abstract, .meta, .checks, label"))
        .map(e => [e, e.getBoundingClientRect()])
        .filter(([, r]) => r.width > 1 && r.height > 1 && (r.width < least || r.height < least))
        .map(([e, r]) => `${r.width | 0}x${r.height | 0} ${e.outerHTML.slice(0, 120)}`)
        """,
        TARGET - 0.5,
    )
    return found


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 1024, 375])
def test_every_main_state_keeps_the_rules(
    browser: Browser, address: str, pictures: Path, scheme: Any, width: int
) -> None:
    problems: dict[str, list[str]] = {}
    size = {"width": width, "height": 900}
    with visiting(browser, address, viewport=size, color_scheme=scheme) as visit:
        page = visit.open()

        def look(state: str) -> None:
            page.wait_for_timeout(400)  # what glides has arrived
            page.screenshot(path=pictures / f"{state}-{scheme}-{width}.png")
            wide = page.evaluate("document.documentElement.scrollWidth") > width
            found = violations(page) + too_small(page)[:8] + ["scrolls sideways"] * wide
            if found:
                problems[state] = found

        look("empty")
        page.get_by_role("button", name="Keys").click()
        look("keys")
        page.keyboard.press("Escape")
        visit.ask(QUESTION)
        visit.ask("Who won the football world cup in 2018?")
        look("refused")
        visit.ask("Which methods are meant for phones, IoT boards or other edge hardware?")
        look("survey")
        page.locator("#dialogue a.cite").last.click()
        look("lit")
        if width <= 1024:
            page.get_by_role("button", name="Conversations").click()
            look("drawer")
        page.get_by_role("button", name="Delete: ").first.click()
        page.locator(".history .failure").wait_for()
        look("doubted")
        page.keyboard.press("Escape")
        page.locator(".history .failure").wait_for(state="detached")
        page.keyboard.press("Escape")  # the drawer, too
        page.get_by_role("tab", name="Topics").click()
        page.locator(".topics li").first.wait_for()
        look("topics")
        page.locator(".topics > li > button").first.click()
        page.locator("#summary").wait_for()
        look("review")
        page.get_by_role("tab", name="Check").click()
        page.locator("#run-check").click()
        page.locator("#check-live .failure").wait_for()
        look("unchecked")
        page.locator("#to-check textarea").fill(DRAFT)
        page.locator("#run-check").click()
        page.locator("#checked .claims").wait_for()
        look("checked")
        page.get_by_role("tab", name="Library").click()
        page.locator(".papers td button").first.click()
        page.locator("#paper .abstract").wait_for()
        look("library")
    assert not problems, json.dumps(problems, indent=1)


def test_a_claim_that_is_one_word_is_told_from_its_verdict(visit: Visit) -> None:
    page = visit.open()
    visit.ask(QUESTION)
    page.locator(".checks a").first.evaluate("link => { link.textContent = 'NRLSI'; }")
    found = Axe().run(page, options={"runOnly": ["link-in-text-block"]}).response["violations"]
    assert not found, found


@pytest.mark.slow
def test_tabs_turn_by_arrow_keys(visit: Visit) -> None:
    page = visit.open()
    tabs = page.locator("#tabs [role=tab]:visible")
    names = [name for name in tabs.all_inner_texts() if name.strip()]
    focused = "document.activeElement.textContent.trim()"
    page.get_by_role("tab", name="Chat").focus()
    for key, place in (("ArrowRight", 1), ("ArrowRight", 2), ("Home", 0), ("ArrowLeft", -1)):
        page.keyboard.press(key)
        page.wait_for_function(f"{focused} === '{names[place]}'")
        selected = page.locator("#tabs [role=tab][aria-selected=true]:visible").last
        assert selected.inner_text() == names[place]


@pytest.mark.slow
def test_the_skip_link_leads_to_the_box(visit: Visit) -> None:
    page = visit.open()
    skip = page.get_by_role("link", name="Skip to the box")
    assert skip.evaluate("link => [...document.querySelectorAll('a, button')][0] === link")
    skip.focus()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#question textarea")).to_be_focused()


def test_single_keys_and_the_list_of_them(visit: Visit) -> None:
    page = visit.open()
    page.locator("#question textarea").press("?")
    expect(page.locator("#question textarea")).to_have_value("?")  # typed, as any text
    page.locator("#question textarea").fill("")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    keys.wait_for()
    page.keyboard.press("Escape")
    keys.wait_for(state="hidden")
    page.locator("h1").click()
    page.keyboard.press("l")
    page.locator("table.papers").wait_for()
    page.keyboard.press("/")
    expect(page.locator("#search").get_by_role("textbox")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.get_by_label("Single keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.wait_for_timeout(200)
    assert page.locator("table.papers").is_visible()  # they are switched off
    visit.reload()
    page.locator("table.papers").wait_for()
    page.keyboard.press("c")
    page.wait_for_timeout(200)
    assert page.locator("table.papers").is_visible()


@pytest.mark.slow
def test_colours_are_chosen_and_kept(visit: Visit) -> None:
    page = visit.open()
    dark: Callable[[], bool] = lambda: bool(page.evaluate("document.body.matches('.dark')"))  # noqa: E731
    assert not dark()
    page.get_by_label("Colours").select_option("Dark")
    assert dark()
    visit.reload()
    page.locator(".welcome").first.wait_for()
    page.wait_for_function("document.body.matches('.dark')")
    expect(page.get_by_label("Colours")).to_have_value("dark")
    page.emulate_media(color_scheme="light")
    assert dark()
    page.get_by_label("Colours").select_option("As the system")
    page.wait_for_function("!document.body.matches('.dark')")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.body.matches('.dark')")


@pytest.mark.slow
def test_an_answer_is_announced_once(visit: Visit) -> None:
    page = visit.open()
    page.evaluate(
        """() => { window.told = [];
        new MutationObserver(() => {
          const now = [...document.querySelectorAll("#chat [role=status], #chat [role=alert]")]
            .map(e => e.textContent).filter(t => t.includes("Answered")).join("|");
          if (now !== window.last && now) window.told.push(now);
          window.last = now;
        }).observe(document.body, { childList: true, subtree: true }); }"""
    )
    visit.ask(QUESTION)
    page.wait_for_function("window.told.length === 1")
    page.wait_for_timeout(500)
    assert page.evaluate("window.told") == ["Answered from 1 paper."]


@pytest.mark.slow
def test_the_first_hint_is_read_once(visit: Visit) -> None:
    page = visit.open()
    hint = page.locator(".first-use")
    hint.wait_for()
    page.get_by_role("button", name="Got it").click()
    expect(hint).to_be_hidden()
    expect(page.locator("#question textarea")).to_be_focused()
    visit.reload()
    page.locator(".welcome").first.wait_for()
    expect(hint).to_be_hidden()
