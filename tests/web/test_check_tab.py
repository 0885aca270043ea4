"""The check tab: what it shows of a check, and in a real Chromium, as a visitor uses it."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from rag import Assistant, Settings
from rag.checking import LABELS, MAX_TEXT, Check, CheckedClaim, CitedKey, Suggestion
from rag.records import Citation, Paper
from rag.text import export
from rag.web import check_html, check_tab
from rag.web.checking import KEPT, Checking
from rag.work import Work
from tests.support.browser import CHROMIUM, PATIENCE, Visit, visiting
from tests.support.serving import serving
from tests.web.test_views import POISON, Tree

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install chromium")

TRUE = "VideoMAE V2 uses a dual masking strategy for efficient pre-training."
CHANGED = "VideoMAE V2 achieves 80.0% on K400 with a billion parameters."
FOREIGN = "Winter wheat yields depend on the amount of nitrogen in the soil."
FOUND = "3 claims: 1 supported, 1 contradicted, 1 not stated; by rules"
DEEP = "\\section{One} " + "{" * 3000
PAPER = Paper("p1", "Masks", "It masks.", authors=("Wang, L.", "Ho, A.", "Li, B."), year=2023)
SAID = Citation(1, "p1", "Masks", "It masks.", 0, 9, "")


def claim(**given: Any) -> CheckedClaim:
    known = {"text": "It masks.", "start": 0, "end": 9, "finding": "supported", **given}
    return CheckedClaim(**known)


def shown(*claims: CheckedClaim, only: str = "", most: int = 100) -> str:
    """Return what is shown of claims, which is HTML that closes what it opens."""
    html = check_html.result(
        Check.of("latex", claims), {"p1": PAPER}, key="k", only=only, most=most
    )
    Tree(html)
    return html


def test_the_summary_counts_and_tells_who_judged() -> None:
    one = Check.of("markdown", (claim(),))
    assert one.told() == "1 claim: 1 supported; by rules"
    two = Check.of("markdown", (claim(), claim(finding="partial")), model="m")
    told = "2 claims: 1 supported, 1 partly supported; by rules and m"
    assert two.told() == told
    assert "No sentence" in Check.of("latex", ()).told()
    assert "2 sentences" in check_html.result(replace(one, left_out=2), {}, key="k")


@pytest.mark.parametrize(("finding", "words"), LABELS.items())
def test_every_finding_is_told_in_words(finding: Any, words: str) -> None:
    assert f'<p class="verdict">{words}</p>' in shown(claim(finding=finding))


@pytest.mark.parametrize(
    ("side", "label"), [("supporting", "For"), ("against", "Against"), ("near", "Closest")]
)
def test_a_sentence_is_shown_with_its_paper(side: str, label: str) -> None:
    html = shown(claim(**{side: (SAID,)}))
    assert f'<p class="side">{label}</p><blockquote>It masks.</blockquote>' in html
    assert 'href="?tab=library&amp;paper=p1"' in html
    assert "Wang et al. · 2023" in html
    assert "(its title)" in shown(claim(**{side: (replace(SAID, start=-1, end=-1),)}))
    gone = shown(claim(**{side: (replace(SAID, paper_id="p2"),)}))
    assert "Masks" in gone
    assert "<a " not in gone


def test_keys_say_what_each_paper_says() -> None:
    keys = (CitedKey("wang", "p1", "Masks", "contradicted"), CitedKey("nope", "", "", "unchecked"))
    html = shown(claim(keys=keys))
    assert '<code>wang</code> <span class="verdict">contradicted</span> <a ' in html
    assert '<code>nope</code> <span class="verdict">not in the library</span>' in html
    assert html.count("Masks") == 1
    assert shown(claim(keys=keys, against=(SAID,))).count(">Masks<") == 1  # named once
    assert "Cited" not in shown(claim(keys=keys[1:]))  # the reasons tell that


def test_how_to_cite_is_copied_as_it_is_written() -> None:
    html = shown(claim(suggestion=Suggestion("wang", "p1", "\\cite{wang}", "Masks (2023).")))
    (copy,) = [one for one in Tree(html).all("button") if "data-copy" in one]
    assert copy["data-copy"] == "\\cite{wang}"
    assert "Masks (2023)." in html


def test_what_comes_from_outside_is_escaped() -> None:
    keys = (CitedKey(POISON, POISON, POISON, "partial"),)
    cited = replace(SAID, sentence=POISON, title=POISON, paper_id=POISON)
    poisoned = claim(
        text=POISON,
        supporting=(SAID, cited),
        reasons=(POISON,),
        keys=keys,
        suggestion=Suggestion(POISON, POISON, POISON, POISON),
    )
    check = Check.of(POISON, (poisoned,), model=POISON)
    bad = replace(PAPER, id=POISON, title=POISON, authors=(POISON,), venue=POISON)
    html = check_html.result(check, {POISON: bad}, key=POISON, only="")
    tags = {name for name, _ in Tree(html).tags}
    assert "img" not in tags
    assert "img" not in {name for name, _ in Tree(check_html.under_way(1, 2, key=POISON)).tags}


def test_claims_are_chosen_by_finding_and_shown_in_part() -> None:
    claims = [
        claim(text=f"C{i}.", finding="contradicted" if i % 2 else "supported") for i in range(9)
    ]
    html = shown(*claims, only="contradicted", most=3)
    assert re.findall(r"C\d", html) == ["C1", "C3", "C5"]
    pressed = [
        b["data-finding"] for b in Tree(html).all("button") if b.get("aria-pressed") == "true"
    ]
    assert pressed == ["contradicted"]
    assert "Show 1 more" in html
    assert "aria-pressed" not in shown(claim())  # there is nothing to choose from
    check = Check.of("latex", tuple(replace(one, near=(SAID,)) for one in claims))
    assert len(check_html.cited(check, "contradicted", 3)) == 3


def test_the_page_and_its_script_agree_on_the_longest_text() -> None:
    script = (Path(check_html.__file__).parent / "browser" / "check.js").read_text(encoding="utf-8")
    (most,) = re.findall(r"MOST = (\d+);", script)
    assert int(most) == MAX_TEXT


def test_a_check_is_its_owners_and_the_oldest_go(empty: Assistant) -> None:
    checks = Checking(empty, Work())
    key = checks.begin(TRUE, "ada")
    job = checks.of(key, "ada")
    assert job is not None
    assert checks.of(key, "bob") is None
    assert checks.of("", "") is None
    job.wait("", 20)
    assert job.subject.check is not None
    for _ in range(KEPT):
        checks.begin("", "ada")
    assert checks.of(key, "ada") is None


def test_a_stopped_check_ends_at_its_next_claim(
    seeded: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def check(_: Assistant, _text: str, *, progress: Any) -> None:
        try:
            for done in range(10):
                told.append(done)
                progress("checking", done, 10)
                begun.set()
                go_on.wait(10)
        finally:
            ended.set()

    monkeypatch.setattr(Assistant, "check", check)
    work = Work()
    checks = Checking(seeded, work)
    key = checks.begin(TRUE, "")
    begun.wait(10)
    checks.stop(key, "somebody else")
    job = checks.of(key, "")
    assert job is not None
    assert not job.done
    checks.stop(key, "")
    go_on.set()
    assert ended.wait(10)
    assert job.stopped
    assert told == [0, 1]


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """Let checks go on by one claim for every release."""
    steps, real = threading.Semaphore(0), Assistant.check

    def check(self: Assistant, text: str, *, progress: Any) -> Check:
        def held(what: str, done: int, total: int) -> None:
            progress(what, done, total)
            steps.acquire(timeout=20)

        return real(self, text, progress=held)

    monkeypatch.setattr(Assistant, "check", check)
    yield steps
    steps.release(10_000)


def turn_to(visit: Visit) -> Page:
    expect.set_options(timeout=PATIENCE)
    page = visit.open()
    page.get_by_role("tab", name="Check").click()
    page.locator("#to-check textarea").wait_for()
    return page


def check(page: Page, text: str) -> None:
    box = page.locator("#to-check textarea")
    box.fill(text)
    box.press("Control+Enter")


def verdicts(page: Page) -> list[str]:
    return page.locator("#checked .claims > li > .verdict").all_inner_texts()


@needs_chromium
def test_sentences_are_told_apart_and_their_papers_open(visit: Visit) -> None:
    page = turn_to(visit)
    page.wait_for_url("**/?tab=check")
    check(page, f"{TRUE} {CHANGED} {FOREIGN} Is this a question?")
    expect(page.locator("#checked h2")).to_have_text(FOUND)
    assert verdicts(page) == ["supported", "contradicted", "not stated"]
    assert page.locator("#check-live [role=status]").inner_text() == FOUND
    page.wait_for_url("**&check=*")
    address = page.url
    against = page.locator("#checked .contradicted")
    assert "90.0% on K400" in against.locator("blockquote").inner_text()
    assert "80% is not in the sentence" in against.inner_text()
    against.get_by_role("link").first.click()
    expect(page.locator("#paper .card h3, #paper .card h2").first).to_contain_text("VideoMAE V2")
    page.wait_for_url("**/?tab=library&paper=*")
    page.go_back()
    expect(page.locator("#checked h2")).to_be_visible()
    assert page.url == address
    visit.reload()
    expect(page.locator("#checked h2")).to_have_text(FOUND)
    assert page.locator("#to-check textarea").input_value().startswith(TRUE)
    page.wait_for_timeout(500)
    assert page.url == address
    page.go_back()
    expect(page.locator("#checked h2")).to_be_hidden()


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("width", [1400, 375])
def test_all_of_it_by_keyboard(browser: Browser, address: str, width: int) -> None:
    with visiting(browser, address, viewport={"width": width, "height": 900}) as visit:
        expect.set_options(timeout=PATIENCE)
        page = visit.open()
        page.locator("h1").click()
        page.keyboard.press("k")
        page.locator("#to-check textarea").wait_for()
        expect(page.get_by_role("tab", name="Check")).to_be_focused()
        page.keyboard.press("/")
        expect(page.locator("#to-check textarea")).to_be_focused()
        page.keyboard.insert_text(f"{TRUE} {CHANGED} {FOREIGN}")
        page.keyboard.press("Tab")
        expect(page.locator("#run-check")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#checked h2")).to_have_text(FOUND)
        for _ in range(3):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#checked .claims > li")).to_have_count(1)
        assert verdicts(page) == ["contradicted"]
        pressed = page.locator("#checked [aria-pressed=true]")
        expect(pressed).to_be_focused()
        expect(pressed).to_have_text("contradicted 1")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.locator("#paper .abstract").wait_for()
        page.wait_for_url("**/?tab=library&paper=*")


@pytest.mark.slow
@needs_chromium
def test_what_cannot_be_checked_is_told(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    page = turn_to(visit)
    failure = page.locator("#check-live .failure")
    page.locator("#run-check").click()
    expect(failure).to_have_text("there is no text to check")
    check(page, DEEP)
    expect(failure).to_contain_text("the LaTeX cannot be read")
    check(page, "x " * (MAX_TEXT // 2 + 1))
    expect(failure).to_have_text(
        "the text has 500,002 characters, 500,000 are the most; check it in parts"
    )
    check(page, "Yes. Why? No.")
    expect(page.locator("#checked h2")).to_contain_text("No sentence of the text")
    expect(failure).to_have_count(0)
    page.goto(f"{visit.address}/?tab=check&check=gone")
    expect(failure).to_have_text(check_html.GONE)

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Assistant, "check", broken)
    check(page, TRUE)
    expect(failure).to_contain_text("An internal error")


@pytest.mark.slow
@needs_chromium
def test_the_longest_text_is_taken(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[str] = []

    def taken(_: Assistant, text: str, **__: Any) -> Check:
        got.append(text)
        return Check.of("markdown", ())

    monkeypatch.setattr(Assistant, "check", taken)
    page = turn_to(visit)
    text = "遮" * (MAX_TEXT - 1) + "\U0001f600"  # one character, though two to a browser
    check(page, text)
    expect(page.locator("#checked h2")).to_be_visible()
    assert got == [text]


@pytest.mark.slow
@needs_chromium
def test_a_long_check_tells_how_far_it_is_and_is_stopped(
    visit: Visit, slowly: threading.Semaphore
) -> None:
    page = turn_to(visit)
    check(page, f"{TRUE} {CHANGED} {FOREIGN}")
    live = page.locator("#check-live")
    expect(live).to_contain_text("0 of 3 claims")
    slowly.release()
    expect(live).to_contain_text("1 of 3 claims")
    page.get_by_role("tab", name="Chat").click()
    visit.ask("What does VIOLET propose?")  # nothing else waits for it
    page.get_by_role("tab", name="Check").click()
    page.wait_for_url("**&check=*")
    visit.reload()
    expect(live).to_contain_text("1 of 3 claims")  # it goes on
    live.get_by_role("button", name="Stop").click()
    expect(live).to_have_text("Stopped.")
    expect(page.locator("#run-check")).to_be_focused()
    slowly.release(10)
    page.wait_for_timeout(600)
    assert live.inner_text() == "Stopped."
    assert page.locator("#checked h2").count() == 0
    page.locator("#run-check").click()
    expect(page.locator("#checked h2")).to_have_text(FOUND)


@pytest.mark.slow
@needs_chromium
def test_another_text_takes_the_place_of_the_one_before(
    visit: Visit, slowly: threading.Semaphore
) -> None:
    page = turn_to(visit)
    check(page, f"{TRUE} {CHANGED}")
    expect(page.locator("#check-live")).to_contain_text("0 of 2 claims")
    check(page, FOREIGN)
    slowly.release(10)
    expect(page.locator("#checked h2")).to_have_text("1 claim: 1 not stated; by rules")
    page.wait_for_timeout(600)
    assert verdicts(page) == ["not stated"]


@pytest.mark.slow
@needs_chromium
def test_many_claims_are_shown_in_parts(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_html, "SHOWN", 2)
    monkeypatch.setattr(check_tab.CheckTab._found, "__defaults__", ("", 2))
    page = turn_to(visit)
    check(page, f"{TRUE} {CHANGED} {FOREIGN} {TRUE}")
    claims = page.locator("#checked .claims > li")
    expect(claims).to_have_count(2)
    page.get_by_role("button", name="Show 2 more").click()
    expect(claims).to_have_count(4)
    expect(claims.nth(2)).to_be_focused()


@pytest.mark.slow
@needs_chromium
def test_how_to_cite_goes_into_the_clipboard(
    browser: Browser, address: str, seeded: Assistant
) -> None:
    with visiting(browser, address, permissions=["clipboard-read", "clipboard-write"]) as visit:
        page = turn_to(visit)
        check(page, f"\\section{{One}} {TRUE}")
        page.get_by_role("button", name="Copy \\cite").click()
        page.locator("#said.shown").wait_for()
        paper = next(one for one in seeded.papers() if one.title.startswith("VideoMAE V2"))
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == f"\\cite{{{paper.citation_key or export.key(paper)}}}"


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 375])
def test_every_state_has_a_picture(
    browser: Browser, seed_home: Path, tmp_path: Path, pictures: Path, scheme: Any, width: int
) -> None:
    home = shutil.copytree(seed_home, tmp_path / "library")
    bib = tmp_path / "one.bib"
    bib.write_text(
        "@article{gap2021, title={GapMAE masks gaps}, author={Ho, Ann and Li, Bo and Wu, Cai}, "
        "year={2021}, journal={Journal of Gaps}, abstract={GapMAE masks 75% of all gaps.}}"
    )
    size = {"width": width, "height": 900}
    with Assistant.open(Settings(home=home)) as assistant, serving(assistant) as address:
        assistant.ingest(bib)
        with visiting(browser, address, viewport=size, color_scheme=scheme) as visit:
            page = turn_to(visit)
            picture = f"-{scheme}-{width}.png"
            page.screenshot(path=pictures / f"check-empty{picture}")
            page.locator("#run-check").click()
            page.locator("#check-live .failure").wait_for()
            page.screenshot(path=pictures / f"check-failing{picture}")
            cited = "GapMAE masks 60% of all gaps [@gap2021; @nope]. GapMAE masks 75% of all gaps."
            check(page, f"{TRUE} {CHANGED} {FOREIGN} {cited}")
            page.locator("#checked h2").wait_for()
            assert "Ho et al. · 2021 · Journal of Gaps" in page.locator("#checked").inner_text()
            page.screenshot(path=pictures / f"check-full{picture}", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
