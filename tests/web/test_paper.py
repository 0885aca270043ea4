"""Answers on paper and in the clipboard, in a real Chromium."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.browser import CHROMIUM, Visit

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install chromium")

QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"
SELECT = """() => { const range = document.createRange();
  range.selectNodeContents(document.querySelector("#dialogue .answer"));
  getSelection().removeAllRanges(); getSelection().addRange(range); }"""
READ = """async () => { const [item] = await navigator.clipboard.read();
  const of = async kind => item.types.includes(kind) ? (await item.getType(kind)).text() : "";
  return [await of("text/plain"), await of("text/html")]; }"""


def test_a_copy_is_rich_and_plain_text_with_its_numbers(visit: Visit) -> None:
    page = visit.open()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.ask(QUESTION)
    said = "VideoMAE V2: We present a dual masking strategy"
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_text("Copied").wait_for()
    plain, rich = page.evaluate(READ)
    assert plain.startswith(said)
    assert "[1]." in plain
    assert "\n[1] VideoMAE V2: " in plain
    assert "[1]" in rich
    assert "<p>[1] VideoMAE V2: " in rich
    assert "class=" not in rich
    page.evaluate(SELECT)
    page.keyboard.press("Control+c")
    plain, rich = page.evaluate(READ)
    assert plain.startswith(said)
    assert "[1]" in plain
    assert "[1]" in rich
    assert "href" not in rich  # the page's own jumps lead nowhere elsewhere


@pytest.mark.slow
def test_print_has_question_answer_and_sources(visit: Visit, pictures: Path) -> None:
    page = visit.open()
    visit.ask("Which methods are meant for phones, IoT boards or other edge hardware?")
    visit.ask(QUESTION)
    cited = page.evaluate(
        "new Set([...document.querySelectorAll('#dialogue a.cite')].map(a => a.textContent)).size"
    )
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})
    seen = page.evaluate(
        """() => [...document.querySelectorAll("button, textarea, input, select, [role=tab]")]
        .filter(e => e.checkVisibility() && e.getBoundingClientRect().width > 1)
        .map(e => e.outerHTML.slice(0, 200))"""
    )
    assert seen == []
    assert page.locator("#sources .card:visible").count() == cited
    assert page.locator(".asked:visible").count() == 2
    cut = page.evaluate(
        """() => [...document.querySelectorAll("#chat *")].filter(e => e.checkVisibility()
        && getComputedStyle(e).overflowY !== "visible" && e.scrollHeight > e.clientHeight + 1
        && !e.closest(".unseen")).map(e => e.outerHTML.slice(0, 100))"""
    )
    assert cut == []
    tops = page.locator("#dialogue .turn, #sources .card:visible").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(r => [r.top, r.bottom])"
    )
    for (_, bottom), (top, _) in pairwise(tops):
        assert top >= bottom - 1  # nothing over the text before
    page.screenshot(path=pictures / "print.png", full_page=True)
    assert page.pdf().startswith(b"%PDF")
