"""The page in a real Chromium, as a visitor uses it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser
from pybtex.database import parse_string
from pydantic import SecretStr

from rag import Assistant, Settings
from rag.records import Paper
from tests.support.browser import CHROMIUM, Visit, visiting
from tests.support.endpoint import Gated, ScriptedEndpoint
from tests.support.serving import serving

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install chromium")

QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"


def lit(visit: Visit) -> str:
    return str(visit.page.locator("mark.lit").inner_text())


def test_a_newcomer_clicks_through_without_reading(visit: Visit, tmp_path: Path) -> None:
    page = visit.open()
    page.locator(".welcome .choices button").first.click()
    page.locator("#dialogue a.cite").first.click()
    page.locator("mark.lit").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="BibTeX").first.click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    cards = page.locator("#sources > * > .card, #sources .card").count()
    assert saved.name == "cited-rag.bib"
    assert len(parse_string(saved.read_text(encoding="utf-8"), "bibtex").entries) == cards > 0


def test_a_citation_lights_the_very_sentence(visit: Visit) -> None:
    page = visit.open()
    visit.ask(QUESTION)
    claims = page.locator(".claim")
    for place in range(claims.count()):
        claim = claims.nth(place)
        said = claim.inner_text().split("\n")[0]
        claim.locator("a.cite").first.click()
        assert said[1:60] in lit(visit)  # its first letter is a capital, whatever stood before
        assert page.evaluate("document.activeElement.classList.contains('lit')")
    page.locator(".checks a").first.click()
    assert "dual masking" in page.locator(".claim.lit").inner_text()


def test_a_reload_keeps_the_conversation(visit: Visit) -> None:
    page = visit.open()
    visit.ask(QUESTION)
    visit.ask("How do VideoMAE V2 and VIOLET differ?")
    before = page.locator("#dialogue .answer").all_inner_texts()
    sources = page.locator("#sources .card h3").all_inner_texts()
    assert "?c=" in page.url
    page.reload()
    page.locator("#dialogue .turn").nth(1).wait_for()
    assert page.locator("#dialogue .answer").all_inner_texts() == before
    assert page.locator("#sources .card h3").all_inner_texts() == sources
    assert page.locator(".history a[aria-current]").count() == 1


@pytest.mark.slow
def test_an_answer_is_shared_by_its_link(visit: Visit, browser: Browser) -> None:
    page = visit.open()
    visit.ask(QUESTION)
    visit.ask("What does VIOLET propose?")
    link = page.locator("a.share").last.get_attribute("href")
    with visiting(browser, visit.address) as other:
        shared = other.open(f"/{link}")
        assert shared.locator(".turn").count() == 1
        assert "VIOLET" in shared.locator(".asked").inner_text()
        shared.locator("a.cite").first.click()
        assert lit(other)
        shared.locator("#question textarea").fill("What does IML-ViT propose?")
        shared.locator("#ask").click()
        shared.locator("#dialogue .asked", has_text="IML-ViT").wait_for()
        assert shared.locator("#dialogue .turn").count() == 1  # a conversation of its own


@pytest.mark.slow
def test_a_conversation_is_carried_away(visit: Visit) -> None:
    page = visit.open()
    visit.ask(QUESTION)
    visit.ask("What does VIOLET propose?")
    page.get_by_text("This conversation").click()
    for _ in range(2):  # the same file twice
        with page.expect_download() as download:
            page.locator("#carry").get_by_role("button", name="Markdown").click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        assert text.count("## ") == 3
        assert "[2] VIOLET" in text


@pytest.mark.slow
def test_like_copy_edit_and_retry(visit: Visit) -> None:
    page = visit.open()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.ask("What does IML-ViT propose?")
    visit.press("Like")
    page.locator("button[aria-pressed=true]", has_text="Like").wait_for()
    assert "?c=" in page.url
    page.reload()
    page.locator("button[aria-pressed=true]", has_text="Like").wait_for()
    visit.press("Copy")
    page.get_by_text("Copied").wait_for()
    assert "[1] IML-ViT" in page.evaluate("navigator.clipboard.readText()")
    visit.press("Retry")
    page.locator("button[aria-pressed=true]").wait_for(state="detached")
    page.locator("#stop").wait_for(state="hidden")
    assert page.locator(".turn").count() == 1
    visit.press("Edit")
    page.get_by_text("replaces").wait_for()
    box = page.locator("#question textarea")
    assert box.input_value() == "What does IML-ViT propose?"
    box.fill("What does VIOLET propose?")
    box.press("Enter")
    page.locator(".asked", has_text="VIOLET").wait_for()
    page.locator("#dialogue .turn .actions").wait_for()
    assert page.locator(".turn").count() == 1


@pytest.mark.slow
def test_what_the_papers_do_not_say_looks_like_help(visit: Visit) -> None:
    page = visit.open()
    visit.ask("Who won the football world cup in 2018?")
    assert "do not answer" in page.locator(".abstention").inner_text()
    assert page.locator("#dialogue .failure").count() == 0
    page.locator(".abstention .choices button").nth(2).click()
    page.locator("#dialogue .turn").nth(1).wait_for()
    page.locator("#dialogue a.cite").first.wait_for()


@pytest.mark.slow
@pytest.mark.parametrize("question", ["   ", "?!"])
def test_a_question_that_is_none_is_told(visit: Visit, question: str) -> None:
    page = visit.open()
    page.locator("#question textarea").fill(question)
    page.locator("#ask").click()
    page.locator("#live .failure").wait_for()
    assert page.locator("#dialogue .turn").count() == 0
    assert page.locator("#stop").is_hidden()
    assert page.locator(".history a", has_text="?!").count() == 0


@pytest.mark.slow
def test_upload_ask_remove_ask_again(visit: Visit, tmp_path: Path) -> None:
    page = visit.open()
    path = tmp_path / "new.jsonl"
    row = {
        "title": "Zebra counting with drones",
        "abstract": "We count zebras with drones. The drones fly at dawn over the savanna.",
        "authors": ["Z. Stripe"],
        "year": 2024,
    }
    path.write_text(json.dumps(row) + "\n{broken\n")
    page.get_by_role("tab", name="Library").click()
    page.locator("#upload input[type=file]").set_input_files(path)
    report = page.locator("#report .report")
    report.wait_for()
    assert "1 new, 0 changed, 0 unchanged, 0 duplicates, 1 left out" in report.inner_text()
    assert "new.jsonl, line 2" in report.inner_text()
    assert page.locator(".papers td", has_text="Zebra").count() == 0  # nothing has changed yet
    page.locator("#bring").click()
    page.get_by_text("1 brought in").wait_for()
    page.get_by_label("Search the library").fill("zebra")
    page.locator(".papers tbody tr").nth(1).wait_for(state="detached")
    page.get_by_role("tab", name="Chat").click()
    visit.ask("How are zebras counted with drones?")
    assert "We count zebras" in page.locator("#dialogue .answer").inner_text()
    assert "Z. Stripe" in page.locator("#sources .card").first.inner_text()
    page.get_by_role("tab", name="Library").click()
    page.locator(".papers td button", has_text="Zebra").click()
    visit.press("Remove …")
    visit.press("Yes, remove it")
    page.locator("#paper").get_by_text("Removed “").wait_for()
    page.get_by_role("tab", name="Chat").click()
    visit.ask("How are zebras counted with drones, once more?")
    assert "zebras with drones" not in page.locator("#dialogue .answer").last.inner_text()


@pytest.mark.slow
def test_the_table_sorts_and_searches(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("tab", name="Library").click()
    first = page.locator(".papers tbody tr").first
    page.get_by_role("button", name="Title").click()
    page.locator("th[aria-sort=ascending]").wait_for()
    lowest = first.inner_text()
    page.get_by_role("button", name="Title").click()
    page.locator("th[aria-sort=descending]").wait_for()
    assert first.inner_text().lower() > lowest.lower()
    page.get_by_label("Search the library").fill("no such paper anywhere")
    page.get_by_text("No paper matches.").wait_for()


def test_by_keyboard_alone(visit: Visit) -> None:
    page = visit.open()
    box = page.locator("#question textarea")
    for _ in range(40):
        if box.evaluate("e => e === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.locator("#dialogue a.cite").first.wait_for()
    page.locator("#live .turn").wait_for(state="detached")
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.classList.contains('cite')"):
            break
    page.keyboard.press("Enter")
    assert "masking decoder" in lit(visit)
    assert page.evaluate("document.activeElement.tagName") == "MARK"


@pytest.mark.slow
def test_on_a_phone(browser: Browser, address: str) -> None:
    with visiting(browser, address, viewport={"width": 375, "height": 800}) as visit:
        page = visit.open()
        visit.ask("Which papers are about masked autoencoders for video?")
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        page.locator("a.cite").last.click()
        page.wait_for_function(
            "(r => r.top >= 0 && r.bottom <= innerHeight)"
            "(document.querySelector('mark.lit').getBoundingClientRect())"
        )
        page.get_by_role("tab", name="Library").click()
        page.locator(".papers td button").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 375


# -- with a model --------------------------------------------------------------------------------

OpenWith = Callable[..., Assistant]


@pytest.fixture
def open_page(browser: Browser, seed_home: Path, tmp_path: Path) -> Iterator[OpenWith]:
    """Serve a copy of the seed papers with a scripted model, or other settings."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def open_with(endpoint: ScriptedEndpoint | None = None, **given: Any) -> Visit:
            home = tmp_path / "library"
            shutil.copytree(seed_home, home, dirs_exist_ok=True)
            settings = {"home": home, **given}
            if endpoint is not None:
                settings |= {
                    "openai_api_key": SecretStr("test-key"),
                    "openai_base_url": "http://127.0.0.1:1/v1",
                    "llm_model": "scripted",
                    "judge": "rules",
                }
            transport = httpx.MockTransport(endpoint) if endpoint else None
            assistant = stack.enter_context(
                Assistant.open(Settings(**settings), transport=transport)
            )
            served = stack.enter_context(serving(assistant))
            return stack.enter_context(visiting(browser, served))

        yield open_with  # type: ignore[misc]


FIRST = "VideoMAE V2 uses dual masking for efficient pre-training [P1.5]. "


def test_text_is_on_the_page_while_the_model_still_writes(open_page: Any) -> None:
    reply = Gated(FIRST * 2, "Masking decoder can further reduce the cost [P1.6].")
    visit = open_page(ScriptedEndpoint([lambda _: reply.response()]))
    page = visit.open()
    assert "scripted" in page.locator("#badge").inner_text()
    page.locator("#question textarea").fill(QUESTION)
    page.locator("#question textarea").press("Enter")
    page.locator("#live .streaming", has_text="dual masking").wait_for()
    assert page.locator("#stop").is_visible()
    assert "Masking decoder" not in page.locator("#live").inner_text()
    reply.gate.set()
    page.locator("#dialogue .answer", has_text="Masking decoder").wait_for()
    assert page.locator("#stop").is_hidden()


@pytest.mark.slow
def test_an_answer_is_stopped_and_asked_again(open_page: Any) -> None:
    reply = Gated(FIRST * 2, "Never seen.")
    replies: list[Any] = [lambda _: reply.response(), FIRST]
    visit = open_page(ScriptedEndpoint(replies))
    page = visit.open()
    visit.begin(QUESTION)
    page.locator("#stop").click()
    page.locator("#dialogue .failure", has_text="stopped").wait_for()
    reply.gate.set()
    assert reply.closed.wait(5)  # the model is not read to the end
    assert "Never seen" not in page.locator("#dialogue").inner_text()
    visit.press("Ask again")
    page.locator("#dialogue a.cite").first.wait_for()
    assert page.locator(".turn").count() == 1


@pytest.mark.slow
def test_a_reload_in_the_middle_of_an_answer_goes_on_with_it(open_page: Any) -> None:
    reply = Gated(FIRST * 2, "Masking decoder can further reduce the cost [P1.6].")
    visit = open_page(ScriptedEndpoint([lambda _: reply.response()]))
    page = visit.open()
    visit.begin(QUESTION)
    page.reload()
    page.locator("#live .streaming", has_text="dual masking").wait_for()
    visit.complaints.clear()  # Gradio's script reports the stream that the reload cut off
    assert page.locator("#stop").is_visible()
    reply.gate.set()
    page.locator("#dialogue .answer", has_text="Masking decoder").wait_for()
    assert page.locator(".turn").count() == 1


@pytest.mark.slow
def test_an_answer_goes_on_while_the_page_shows_something_else(open_page: Any) -> None:
    reply = Gated(FIRST * 2, "Masking decoder can further reduce the cost [P1.6].")
    visit = open_page(ScriptedEndpoint([lambda _: reply.response()]))
    page = visit.open()
    visit.begin(QUESTION)
    visit.press("New conversation")
    page.locator(".welcome").wait_for()
    reply.gate.set()
    page.wait_for_timeout(1000)
    assert page.locator(".welcome").is_visible()
    page.locator(".history a").click()
    page.locator("#dialogue .answer", has_text="Masking decoder").wait_for()


@pytest.mark.slow
def test_pressing_enter_three_times_asks_once(open_page: Any) -> None:
    reply = Gated(FIRST * 2, "And so on [P1.6].")
    endpoint = ScriptedEndpoint([lambda _: reply.response()])
    visit = open_page(endpoint)
    page = visit.open()
    page.locator("#question textarea").fill(QUESTION)
    for _ in range(3):
        page.locator("#question textarea").press("Enter")
    page.locator("#live .streaming").wait_for()
    assert page.locator(".history a").count() == 1
    reply.gate.set()
    page.locator("#dialogue .turn .actions").wait_for()
    assert (len(endpoint.asked), page.locator(".turn").count()) == (1, 1)


def test_enter_on_the_emptied_box_leaves_the_answer_that_is_written(open_page: Any) -> None:
    reply = Gated(FIRST * 2, "And so on [P1.6].")
    visit = open_page(ScriptedEndpoint([lambda _: reply.response()]))
    page = visit.open()
    visit.begin(QUESTION)
    with page.expect_response(lambda response: "/queue/join" in response.url):
        page.locator("#question textarea").press("Enter")
    page.wait_for_timeout(500)
    assert page.locator("#live .streaming").is_visible()
    assert "empty" not in page.locator("#live").inner_text()
    reply.gate.set()
    page.locator("#dialogue .turn .actions").wait_for()


@pytest.mark.slow
def test_an_answer_stays_until_there_is_a_better_one(open_page: Any) -> None:
    reply = Gated(FIRST * 2, "Never seen.")
    visit = open_page(ScriptedEndpoint([FIRST, lambda _: reply.response()]))
    page = visit.open()
    visit.ask(QUESTION)
    before = page.locator("#dialogue .answer").inner_text()
    visit.press("Retry")
    page.locator("#live .streaming").wait_for()
    page.locator("#stop").click()
    page.locator("#dialogue .answer").wait_for()
    assert page.locator("#dialogue .answer").inner_text() == before
    reply.gate.set()
    page.reload()
    page.locator("#dialogue .answer").wait_for()
    assert page.locator("#dialogue .answer").inner_text() == before


@pytest.mark.slow
def test_an_edited_question_says_so_where_it_is_seen(visit: Visit) -> None:
    page = visit.open()
    visit.ask(QUESTION)
    visit.press("Edit")
    page.locator("#note", has_text="replaces").wait_for()
    box = page.locator("#question textarea")
    page.wait_for_function("document.activeElement.closest('#question')")
    box.fill(" ")
    box.press("Enter")
    page.locator("#live .failure").wait_for()
    assert page.locator("#note button").is_visible()  # what comes next still replaces it
    visit.press("Keep it")
    page.locator("#note button").wait_for(state="detached")
    visit.ask("What does VIOLET propose?")
    assert page.locator("#dialogue .turn").count() == 2


@pytest.mark.slow
def test_a_dead_link_says_so(visit: Visit) -> None:
    page = visit.open("/?answer=nope")
    assert "no longer here" in page.locator("#live").inner_text()


@pytest.mark.slow
def test_doubtful_claims_are_marked(open_page: Any) -> None:
    text = FIRST + "It was trained on 900 exabytes of satellite data [P1.2]."
    visit = open_page(ScriptedEndpoint([text]))
    page = visit.open()
    visit.ask(QUESTION)
    assert "not supported" in page.locator(".claim.unsupported").inner_text()
    assert "not supported by the library" in page.locator(".notice").inner_text()


@pytest.mark.slow
def test_a_model_that_fails_is_told(open_page: Any) -> None:
    visit = open_page(ScriptedEndpoint([500]), llm_timeout=1.0)
    page = visit.open()
    visit.ask(QUESTION)
    assert "without the model" in page.locator(".notice").inner_text()


@pytest.mark.slow
def test_a_refused_key_is_shown_with_a_way_on(open_page: Any) -> None:
    visit = open_page(ScriptedEndpoint([401]))
    page = visit.open()
    visit.ask(QUESTION)
    assert "OPENAI_API_KEY" in page.locator("#dialogue .failure").inner_text()
    assert page.get_by_role("button", name="Ask again").count() == 1


POISON = (
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"
    "<img src='https://evil.example/pixel.png'> ![pic](https://evil.example/p.png) "
    "[click](javascript:window.hacked=3) <form action='https://evil.example'><input></form> "
    "${window.hacked=4} {{window.hacked=5}} <style>body{display:none}</style>"
)


@pytest.mark.slow
def test_a_poisoned_paper_neither_runs_nor_calls_out(
    open_page: Any, tmp_path: Path, make_paper: Callable[..., Paper]
) -> None:
    visit = open_page(
        ScriptedEndpoint([f"Zebra counting {POISON} works with drones [P1.1]. {POISON} [P1.0]."])
    )
    path = tmp_path / "poison.jsonl"
    row = {
        "title": f"Zebra counting {POISON}",
        "abstract": f"We count zebras {POISON} with drones. It works.",
        "url": "javascript:window.hacked=6",
        "authors": [POISON],
        "venue": POISON,
    }
    path.write_text(json.dumps(row))
    page = visit.open()
    page.get_by_role("tab", name="Library").click()
    page.locator("#upload input[type=file]").set_input_files(path)
    page.locator("#report .report").wait_for()
    page.locator("#bring").click()
    page.get_by_text("1 brought in").wait_for()
    page.get_by_label("Search the library").fill("zebra")
    page.locator(".papers td button", has_text="Zebra").click()
    page.locator("#paper .abstract").wait_for()
    page.get_by_role("tab", name="Chat").click()
    visit.ask(f"How are zebras counted? {POISON}")
    page.locator("a.cite").first.click()
    page.locator("#sources details").first.evaluate("e => e.open = true")
    page.reload()
    page.locator("#dialogue .turn").wait_for()
    assert page.evaluate("window.hacked") is None
    places = ":is(#dialogue, #live, #sources, #past, #papers, #paper)"
    assert page.locator(f"{places} :is(script, img, style, iframe, object, embed)").count() == 0
    links = page.locator(f"{places} a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    safe = ("#", "?", "./", "data:", "https://")
    assert [link for link in links if not link.startswith(safe)] == []


@pytest.mark.slow
def test_login_refuses_and_lets_in(open_page: Any, browser: Browser) -> None:
    visit = open_page(None, auth=SecretStr("ada:s3cret,bob:w0rd"))
    for path in ("/config", "/gradio_api/info", "/gradio_api/upload", "/gradio_api/queue/data"):
        assert httpx.get(visit.address + path).status_code in (401, 405), path
    page = visit.page
    page.goto(visit.address)
    assert page.locator("#dialogue").count() == 0
    page.get_by_label("username").fill("ada")
    page.get_by_label("password").fill("wrong")
    page.get_by_role("button", name="Login").click()
    page.get_by_text("Incorrect").wait_for()
    page.get_by_label("username").fill("ada")
    page.get_by_label("password").fill("s3cret")
    page.get_by_role("button", name="Login").click()
    page.locator("#dialogue .welcome").wait_for()
    visit.ask(QUESTION)
    visit.complaints.clear()  # Chromium itself reports the refused login
    with visiting(browser, visit.address) as other:
        other.page.goto(visit.address)
        other.page.get_by_label("username").fill("bob")
        other.page.get_by_label("password").fill("w0rd")
        other.page.get_by_role("button", name="Login").click()
        other.page.locator("#dialogue .welcome").wait_for()
        assert other.page.locator(".history a").count() == 0
        other.complaints.clear()


@pytest.mark.slow
def test_an_empty_library_says_what_to_do(open_page: Any, tmp_path: Path) -> None:
    visit = open_page(None, home=tmp_path / "empty", seeds="")
    page = visit.open()
    assert "No papers yet" in page.locator(".welcome").inner_text()
    visit.ask("Any corals at all?")
    assert "holds no paper" in page.locator("#dialogue .answer").inner_text()


# -- pictures ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_picture_of_the_readme(open_page: Any, pictures: Path) -> None:
    visit = open_page(None)
    page = visit.page
    page.set_viewport_size({"width": 1280, "height": 800})
    visit.open()
    visit.ask("Which FPGA accelerator is there for multi-task ViTs?")
    visit.ask("How much energy does it save?")
    visit.ask(QUESTION)
    page.locator("#dialogue a.cite").last.click()
    page.wait_for_timeout(600)  # smooth scrolling
    page.screenshot(path=pictures / "page.png")
    assert lit(visit)


# -- which papers are looked at ------------------------------------------------------------------

DATED = [
    {"title": f"Corals of {y}", "abstract": f"Corals grow {n}.", "year": y, "authors": [who]}
    for y, n, who in (
        (2015, "slowly in cold water", "Jürgen Müller"),
        (2022, "fast in warm water", "Jürgen Müller"),
        (2023, "best in dark water", "Ana Ruiz"),
    )
]


@pytest.fixture
def dated(open_page: Any, tmp_path: Path) -> Callable[[int], Visit]:
    """Open the page over three papers with years and authors."""

    def at(width: int) -> Visit:
        path = tmp_path / "dated.jsonl"
        path.write_text("\n".join(map(json.dumps, DATED)))
        home = tmp_path / "dated"
        with Assistant.open(Settings(home=home, seeds="")) as assistant:
            assistant.ingest(path, collection="Reefs")
        visit: Visit = open_page(None, home=home, seeds="")
        visit.page.set_viewport_size({"width": width, "height": 900})
        return visit

    return at


@pytest.mark.slow
@pytest.mark.parametrize("width", [1400, 375])
def test_a_limit_of_the_question_is_let_go(
    dated: Callable[[int], Visit], pictures: Path, width: int
) -> None:
    visit = dated(width)
    page = visit.open()
    visit.ask("How do corals grow in papers by Müller since 2021?")
    chips = page.locator("#dialogue .chip")
    assert chips.all_inner_texts() == ["by Müller\n×", "since 2021\n×"]
    assert "warm" in page.locator("#dialogue .answer").inner_text()
    assert "Corals of 2015" not in page.locator("#sources").inner_html()
    page.screenshot(path=pictures / f"limits-{width}.png")
    page.get_by_role("button", name="Ask without ‘since 2021’").click()
    page.locator("#sources", has_text="Corals of 2015").wait_for()
    assert chips.all_inner_texts() == ["by Müller\n×"]
    assert "Corals of 2023" not in page.locator("#sources").inner_html()
    assert page.locator("#dialogue .turn").count() == 1
    page.get_by_role("button", name="Ask without ‘by Müller’").click()
    page.locator("#sources", has_text="Corals of 2023").wait_for()
    assert chips.count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    visit.press("Retry")  # reads the question anew
    page.locator("#dialogue .chip").nth(1).wait_for()


@pytest.mark.slow
@pytest.mark.parametrize("width", [1400, 375])
def test_a_follow_up_says_as_what_it_was_read(visit: Visit, pictures: Path, width: int) -> None:
    page = visit.open()
    page.set_viewport_size({"width": width, "height": 900})
    visit.ask("What does IML-ViT propose?")
    visit.ask("video quality")
    assert page.locator("#dialogue .chip").count() == 0
    visit.ask("And on mobile devices?")
    chip = page.locator("#dialogue .chip")
    assert "IML-ViT" in chip.inner_text() or "video quality" in chip.inner_text()
    page.screenshot(path=pictures / f"read-as-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Ask as typed").click()
    chip.wait_for(state="detached")
    page.locator("#dialogue .turn").last.get_by_text("mobile").first.wait_for()
    assert page.locator("#dialogue .turn").count() == 3


@pytest.mark.slow
@pytest.mark.parametrize("width", [1400, 375])
def test_questions_are_asked_of_some_papers(
    dated: Callable[[int], Visit], pictures: Path, width: int
) -> None:
    visit = dated(width)
    page = visit.open()
    page.get_by_role("button", name="Papers: all").click()
    scope = page.locator("#scope")
    scope.get_by_label("Collection").wait_for()
    page.wait_for_timeout(300)  # Gradio listens a little after it shows
    scope.get_by_label("Author").fill("muller")
    scope.get_by_label("Year from").fill("2020")
    page.get_by_role("button", name="Papers: only some").wait_for()
    scope.get_by_label("Collection").click()
    page.get_by_role("option", name="Reefs (3)").click()
    page.locator("#scoped .chip").nth(2).wait_for()
    page.screenshot(path=pictures / f"scope-{width}.png")
    visit.ask("How do corals grow?")
    answer = page.locator("#dialogue .answer")
    assert "warm" in answer.inner_text()
    assert not {"cold", "dark"} & set(answer.inner_text().split())
    assert page.locator("#dialogue .chip").count() == 3
    page.get_by_role("button", name="Leave out ‘since 2020’").click()
    page.locator("#scoped .chip").nth(2).wait_for(state="detached")
    assert scope.get_by_label("Year from").input_value() == ""
    visit.press("Retry")
    page.locator("#dialogue .answer", has_text="cold").wait_for()
    assert "dark" not in answer.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
