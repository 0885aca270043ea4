"""The topics tab in a real Chromium, as a visitor uses it."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page
from pybtex.database import parse_string
from pydantic import SecretStr

from rag import Assistant, Settings
from tests.benchmarks.topics import fill
from tests.support.browser import CHROMIUM, Visit, visiting
from tests.support.endpoint import Gated, ScriptedEndpoint, Step
from tests.support.serving import serving

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
    assert page.locator("#place h3").inner_text().strip() == title
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


# -- topics that stay ----------------------------------------------------------------------------

# What of each topic the page shows: its number, name and colour, without how many papers it has.
STAYS = """[...document.querySelectorAll('.topics > li')].map((item) => [
    item.dataset.topic, item.querySelector('button').dataset.id,
    item.querySelector('button').textContent, item.querySelector('circle').getAttribute('fill'),
    document.querySelector(`.points[data-topic="${item.dataset.topic}"]`).getAttribute('fill'),
])"""


def turn_again(page: Page) -> None:
    page.get_by_role("tab", name="Library").click()
    page.get_by_role("tab", name="Topics").click()
    page.wait_for_timeout(500)


@pytest.mark.slow
def test_topics_stay_until_they_are_found_anew(
    browser: Browser, seed_home: Path, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(seed_home, tmp_path / "library"))
    rows = [
        {"title": f"ReefNet {i}: corals", "abstract": f"We count the corals of reef {i} by drone."}
        for i in range(30)
    ]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with (
        Assistant.open(Settings(home=home)) as assistant,
        serving(assistant) as address,
        visiting(browser, address) as visit,
    ):
        page = turn_to(visit)
        before = page.evaluate(STAYS)
        assert page.locator(".anew .hint").count() == 0
        assistant.ingest(tmp_path / "p.jsonl")
        assistant.remove(*assistant.topics()[0].paper_ids)
        turn_again(page)
        page.locator(".anew .hint", has_text="30 papers have come since").wait_for()
        assert page.evaluate(STAYS) == before[1:]
        assert page.locator("svg.atlas circle").count() == assistant.library.count()
        page.get_by_role("button", name="Find topics anew").press("Enter")
        page.locator(".anew .hint").wait_for(state="detached", timeout=20_000)
        page.locator("svg.atlas").wait_for()
        numbers, _, labels, *_ = zip(*page.evaluate(STAYS), strict=True)
        assert any("oral" in label for label in labels)
        assert list(numbers) == [str(n) for n in range(1, len(numbers) + 1)]
        page.wait_for_function("document.activeElement.dataset.do === 'retry'")


# -- the map -------------------------------------------------------------------------------------

COVERING = """() => {
    const shown = [...document.querySelectorAll('.atlas .label:not(.off)')];
    const boxes = shown.map((one) => one.getBoundingClientRect());
    const frame = document.querySelector('svg.atlas').getBoundingClientRect();
    const meet = (a, b) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    const out = (a) => a.left < frame.left - 1 || a.right > frame.right + 1;
    return {
        named: shown.filter((one) => !one.classList.contains('short')).length,
        faults: boxes.flatMap((a, n) => [
            ...(out(a) ? [shown[n].textContent + ' is cut'] : []),
            ...boxes.slice(0, n).flatMap((b, m) =>
                meet(a, b) ? [shown[n].textContent + ' covers ' + shown[m].textContent] : []),
        ]),
        letters: getComputedStyle(shown[0]).fontSize, high: boxes[0].height,
    };
}"""

# The middle of a point that nothing lies over and that can be dragged some way.
A_POINT = """() => {
    const frame = document.querySelector('svg.atlas').getBoundingClientRect();
    for (const point of document.querySelectorAll('.atlas circle')) {
        const box = point.getBoundingClientRect();
        const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
        const inside = Math.min(x - frame.left, frame.right - x, y - frame.top, frame.bottom - y);
        if (inside > 60 && document.elementFromPoint(x, y) === point) return [x, y];
    }
}"""


def view(page: Page) -> list[float]:
    return [float(n) for n in (page.locator("svg.atlas").get_attribute("viewBox") or "").split()]


def settled(page: Page) -> Any:
    page.wait_for_timeout(300)
    return page.evaluate(COVERING)


@pytest.mark.slow
def test_the_map_is_zoomed_dragged_and_seen_in_full(visit: Visit) -> None:
    page = turn_to(visit)
    svg = page.locator("svg.atlas")
    whole = settled(page)
    assert (whole["faults"], view(page)) == ([], [0, 0, 400, 300])
    assert whole["named"] >= 8
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    closer = settled(page)
    assert view(page)[2] == pytest.approx(400 / 2.25, abs=0.1)
    assert closer["faults"] == []
    assert closer["high"] == pytest.approx(whole["high"], abs=1)  # letters keep their size
    before, (x, y) = view(page), page.evaluate(A_POINT)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y - 30, steps=4)
    page.mouse.up()
    assert view(page)[0] > before[0]
    assert view(page)[1] > before[1]
    page.wait_for_timeout(700)
    assert page.locator("#place .card").count() == 0  # the point that was let go is not pressed
    page.mouse.click(*page.evaluate(A_POINT))
    page.wait_for_function("document.activeElement.matches('#place .card')")
    page.get_by_role("button", name="Zoom out").click()
    assert view(page)[2] == pytest.approx(400 / 1.5, abs=0.1)
    page.get_by_role("button", name="Reset").click()
    assert view(page) == [0, 0, 400, 300]
    svg.focus()
    for key in ("+", "+", "ArrowRight", "-"):
        page.keyboard.press(key)
    assert view(page)[2] == pytest.approx(400 / 1.5, abs=0.1)
    page.keyboard.press("0")
    assert view(page) == [0, 0, 400, 300]
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_timeout(200)
    assert view(page)[2] < 400
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.fullscreenElement")
    page.wait_for_timeout(400)
    assert page.evaluate("document.querySelector('svg.atlas').clientWidth") > 1_200
    assert settled(page)["faults"] == []
    page.get_by_role("button", name="Leave full screen").click()
    page.wait_for_function("!document.fullscreenElement")


@pytest.mark.slow
def test_a_zoomed_map_stays_zoomed_as_a_topic_is_chosen(visit: Visit) -> None:
    page = turn_to(visit)
    page.get_by_role("button", name="Zoom in").click()
    before = view(page)
    page.locator(".topics button[data-do=select]").first.click()
    page.locator("#summary").wait_for()
    page.locator(".points.faded").first.wait_for()
    page.wait_for_timeout(200)
    assert view(page) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "scheme"), [(1400, "light"), (1400, "dark"), (375, "light"), (375, "dark")]
)
def test_the_map_of_thousands(
    browser: Browser, thousands: str, pictures: Path, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 900}
    with visiting(browser, thousands, viewport=size, color_scheme=scheme) as visit:
        page = turn_to(visit)
        assert page.locator("svg.atlas circle").count() > 1_500
        found = settled(page)
        assert found["faults"] == []
        assert found["named"] >= 8
        page.screenshot(path=pictures / f"map-{width}-{scheme}.png")
        page.get_by_role("button", name="Zoom in").click()
        assert settled(page)["faults"] == []
        small = page.evaluate(
            "[...document.querySelectorAll('.chart button, .anew button')].filter((one) =>"
            "Math.min(one.offsetWidth, one.offsetHeight) < 24).map((one) => one.textContent)"
        )
        assert small == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        spent = page.evaluate(
            "() => { const began = performance.now(); for (let n = 0; n < 4; n++)"
            "document.querySelector(`[data-zoom=${n % 2 ? 'out' : 'in'}]`).click();"
            "document.querySelector('svg.atlas').getBoundingClientRect();"
            "return performance.now() - began; }"
        )
        assert spent < 1_000


@pytest.fixture(scope="module")
def thousands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page over 3,200 made-up papers."""
    home = tmp_path_factory.mktemp("thousands") / "library"
    fill(home, 3_200)
    with Assistant.open(Settings(home=home, seeds="")) as assistant, serving(assistant) as address:
        assistant.topics()
        yield address
