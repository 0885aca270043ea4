"""The reading list in a browser: starred, noted, carried away, removed, and each its owner's."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from rag import Assistant, Settings
from tests.support.browser import CHROMIUM, PATIENCE, Visit, visiting
from tests.support.serving import serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

TITLE = "Tarsier: Recipes for Training and Evaluating Large Video Description Models"
SENTENCE = "which achieves a new state-of-the-art"
NOTE = "For the related work,\nsecond paragraph."


@pytest.fixture
def assistant(seed_home: Path, tmp_path: Path) -> Iterator[Assistant]:
    home = shutil.copytree(seed_home, tmp_path / "library")
    with Assistant.open(Settings(home=home)) as assistant:
        yield assistant


@pytest.fixture
def visit(browser: Browser, assistant: Assistant) -> Iterator[Visit]:
    with serving(assistant) as address, visiting(browser, address) as visit:
        yield visit


def starring(page: Page) -> Any:
    """Turn to a paper in the library and return its star."""
    page.get_by_role("tab", name="Library").click()
    page.locator("#papers").get_by_role("button", name=TITLE).click()
    page.locator("#paper").get_by_text(TITLE).wait_for()
    return page.locator("#paper").get_by_role("button", name="Star this paper")


def turn_to(page: Page) -> None:
    page.get_by_role("tab", name="Reading list").click()
    page.locator("#list h2").wait_for()


def said(page: Page, text: str) -> None:
    page.locator("#said.shown").get_by_text(text, exact=True).wait_for()


def saved(page: Page, name: str) -> str:
    """Press an export of the list and return the file."""
    with page.expect_download() as info:
        page.locator("#list .exports button", has_text=name).click()
    return info.value.path().read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_paper_is_starred_noted_carried_away_and_removed(
    visit: Visit, assistant: Assistant
) -> None:
    expect.set_options(timeout=PATIENCE)
    page = visit.open()
    turn_to(page)
    assert "Press the star beside a paper" in page.locator("#list").inner_text()
    star = starring(page)
    expect(star).to_have_attribute("aria-pressed", "false")
    page.wait_for_function("document.activeElement.matches('#paper .card')")
    star.click()
    said(page, "On the reading list")
    expect(star).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(500)  # a press that moves the focus does so after 350 ms
    assert page.evaluate("document.activeElement.className") == "star"
    turn_to(page)
    page.locator("#list").get_by_text("1 paper", exact=True).wait_for()
    page.get_by_label("Note on the paper").fill(NOTE)
    page.get_by_role("button", name="Save note").click()
    said(page, "Note saved")
    page.evaluate("document.getElementById('said').textContent = ''")
    assert "For the related work, second paragraph." in saved(page, "CSV")
    assert page.locator("#said").inner_text() == ""  # what was said is not said again

    page.reload()
    expect(starring(page)).to_have_attribute("aria-pressed", "true")
    turn_to(page)
    assert page.get_by_label("Note on the paper").input_value() == NOTE
    assert "For the related work,\\\nsecond paragraph." in saved(page, "Markdown")
    assert "Recipes for Training and Evaluating" in saved(page, "BibTeX")

    page.get_by_role("button", name="Remove paper").click()
    page.locator("#list").get_by_text("Nothing is starred yet").wait_for()
    expect(page.locator("#paper .star")).to_have_attribute("aria-pressed", "false")
    page.wait_for_function("document.activeElement.dataset.do === 'undo'")
    page.keyboard.press("Enter")
    page.locator("#list .card").wait_for()
    assert page.get_by_label("Note on the paper").input_value() == NOTE
    expect(page.locator("#paper .star")).to_have_attribute("aria-pressed", "true")
    assert [one.note for one in assistant.reading_list()] == [NOTE]


@pytest.mark.slow
def test_a_sentence_is_removed_and_what_is_being_typed_stays(
    visit: Visit, assistant: Assistant
) -> None:
    expect.set_options(timeout=PATIENCE)
    papers = assistant.papers()
    assistant.star(papers[3].id)
    assistant.star(papers[0].id, SENTENCE, "Old")
    assistant.star(papers[5].id)
    page = visit.open()
    turn_to(page)
    quoted = page.locator("#list .quoted")
    assert SENTENCE in quoted.locator("blockquote").inner_text()
    page.get_by_label("Note on the paper").first.fill("This goes, too")
    page.get_by_label("Note on the paper").last.fill("Not saved yet")
    page.get_by_role("tab", name="Library").click()
    turn_to(page)
    quoted.get_by_role("button", name="Remove sentence").click()
    quoted.wait_for(state="detached")
    page.get_by_role("button", name="Remove paper").first.click()
    page.locator("#list").get_by_text("1 paper", exact=True).wait_for()
    page.wait_for_timeout(300)
    assert page.get_by_label("Note on the paper").input_value() == "Not saved yet"
    page.get_by_role("button", name="Undo").click()
    page.locator("#list").get_by_text("2 papers", exact=True).wait_for()
    page.wait_for_timeout(300)
    boxes = page.get_by_label("Note on the paper")
    assert [box.input_value() for box in boxes.all()] == ["This goes, too", "Not saved yet"]
    page.get_by_role("button", name="Remove paper").first.click()
    page.locator("#list").get_by_text("1 paper", exact=True).wait_for()
    assert [one.note for one in assistant.reading_list()] == [""]
    page.get_by_role("button", name="Save note").click()
    said(page, "Note saved")
    assert [one.note for one in assistant.reading_list()] == ["Not saved yet"]


def test_what_is_typed_goes_with_its_star(visit: Visit, assistant: Assistant) -> None:
    expect.set_options(timeout=PATIENCE)
    for paper in assistant.papers()[:2]:
        assistant.star(paper.id)
    page = visit.open()
    turn_to(page)
    page.get_by_label("Note on the paper").first.fill("Of the first")
    page.get_by_role("button", name="Remove paper").first.click()
    page.locator("#list").get_by_text("1 paper", exact=True).wait_for()
    expect(page.get_by_label("Note on the paper")).to_have_value("")


@pytest.mark.slow
def test_what_cannot_be_starred_is_told_and_the_star_goes_out(
    visit: Visit, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect.set_options(timeout=PATIENCE)
    page = visit.open()
    star = starring(page)
    monkeypatch.setattr("rag.library.stars.MOST", 0)
    star.click()
    said(page, "the reading list is full (0 entries); take some off first")
    expect(star).to_have_attribute("aria-pressed", "false")
    assert assistant.reading_list() == []


@pytest.mark.slow
def test_with_logins_everybody_has_a_list_of_their_own(
    browser: Browser, assistant: Assistant
) -> None:
    expect.set_options(timeout=PATIENCE)
    settings = assistant.settings.model_copy(update={"auth": SecretStr("ada:s3cret,bob:w0rd")})
    with Assistant.open(settings) as other, serving(other) as address:
        for name, word in (("ada", "s3cret"), ("bob", "w0rd")):
            with visiting(browser, address) as visit:
                page = visit.page
                page.goto(address)
                page.get_by_label("username").fill(name)
                page.get_by_label("password").fill(word)
                page.get_by_role("button", name="Login").click()
                page.locator("#dialogue .welcome").wait_for()
                star = starring(page)
                expect(star).to_have_attribute("aria-pressed", "false")
                star.click()
                said(page, "On the reading list")
                turn_to(page)
                assert page.locator("#list .card").count() == 1
                page.get_by_label("Note on the paper").fill(f"{name}'s")
                page.get_by_role("button", name="Save note").click()
                said(page, "Note saved")
                assert f"{name}'s" in saved(page, "Markdown")
                page.reload()
                expect(starring(page)).to_have_attribute("aria-pressed", "true")
                visit.complaints.clear()  # Chromium itself reports the refused login
        notes = {name: [o.note for o in other.reading_list(name)] for name in ("ada", "bob", "")}
    assert notes == {"ada": ["ada's"], "bob": ["bob's"], "": []}


# Text, what is behind it, and how the two stand apart (WCAG 2.2, relative luminance).
CONTRAST = """() => {
  const TEXTS = "#reading :is(h2, h3, p, button, textarea, blockquote)";
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (c) => c.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const e of document.querySelectorAll(TEXTS)) {
    for (const part of e.tagName === "TEXTAREA" ? [null, "::placeholder"] : [null]) {
      const [a, b] = [light(rgb(getComputedStyle(e, part).color)), light(behind(e))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) faint.push([e.outerHTML.slice(0, 80), part, ratio]);
    }
  }
  return faint;
}"""
SMALL = """() => [...document.querySelectorAll("#reading :is(button, textarea), #paper .star")]
  .map((e) => [e, e.getBoundingClientRect()])
  .filter(([e, r]) => r.width && (r.width < 24 || r.height < 24))
  .map(([e]) => e.outerHTML.slice(0, 80))"""
NAMELESS = """() => [...document.querySelectorAll("#reading :is(button, a, textarea), button.star")]
  .filter((e) => !e.hidden && !(e.textContent.trim() && e.tagName !== "TEXTAREA")
    && !e.ariaLabel && !(e.labels && e.labels.length)).map((e) => e.outerHTML.slice(0, 80))"""


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 375])
def test_it_can_be_read_and_pressed(
    browser: Browser, assistant: Assistant, pictures: Path, scheme: str, width: int
) -> None:
    expect.set_options(timeout=PATIENCE)
    papers = assistant.papers()
    assistant.star(papers[3].id, note="A good introduction.")
    assistant.star(papers[0].id, SENTENCE, NOTE)
    assistant.star(papers[5].id)
    assistant.remove(papers[5].id)
    size = {"width": width, "height": 900}
    with serving(assistant) as address, visiting(browser, address, viewport=size) as visit:
        page = visit.open(f"/?__theme={scheme}")
        expect(starring(page)).to_have_attribute("aria-pressed", "true")
        assert page.evaluate(SMALL) == []
        page.screenshot(path=pictures / f"star-{scheme}-{width}.png")
        turn_to(page)
        page.get_by_text("No longer in the library.").wait_for()
        page.get_by_role("button", name="Remove sentence").click()
        page.get_by_role("button", name="Undo").wait_for()
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)  # colours of what the mouse has left
        page.screenshot(path=pictures / f"reading-{scheme}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.body.classList.contains('dark')") is (scheme == "dark")
        found = {name: page.evaluate(check) for name, check in CHECKS.items()}
    assert found == {name: [] for name in CHECKS}, json.dumps(found, indent=2)


CHECKS = {"faint": CONTRAST, "small": SMALL, "nameless": NAMELESS}
