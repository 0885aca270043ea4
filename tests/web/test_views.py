"""What the page shows, as pure functions from records to HTML."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from rag import Assistant
from rag.records import (
    Answer,
    Citation,
    Claim,
    Conversation,
    Exchange,
    Hit,
    Paper,
    Preview,
    Problem,
    Topic,
)
from rag.text.export import FORMATS
from rag.text.reading_list import CHANGED, GONE, Star
from rag.web import (
    dialogue_html,
    frame_html,
    library_html,
    limits_html,
    map_html,
    past_html,
    reading_html,
    summary_html,
)
from rag.web.dialogue_html import Dialogue
from rag.web.map_labels import Label, labels, shortened
from rag.web.markup import star
from rag.web.sources_html import evidence, sources
from rag.web.welcome_html import Holds

Make = Callable[..., Paper]
QUESTION = "Which papers are about masked autoencoders for video?"
POISON = "<img src=x onerror=alert(1)> \"' ${x} {{y}} ![p](http://evil/p.png) $x^2$"
VOID = {"br", "img", "input", "hr"}


class Tree(HTMLParser):
    """Reads HTML strictly: tags must close in order, ids must be unique."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        assert self.open == []
        ids = [a["id"] for _, a in self.tags if "id" in a]
        assert len(ids) == len(set(ids))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def exchange(answer: Answer | None, identity: str = "e1") -> Exchange:
    return Exchange(identity, "c1", answer.question if answer else "Why?", answer)


def view(assistant: Assistant, *answers: Answer) -> Dialogue:
    exchanges = [exchange(answer, f"e{i}") for i, answer in enumerate(answers)]
    return Dialogue(exchanges, assistant.papers_of(answers))


def test_every_citation_leads_to_its_sentence(seeded: Assistant) -> None:
    first = seeded.ask(QUESTION)
    second = seeded.ask("How do VideoMAE V2 and VIOLET differ?", [first])
    seen = view(seeded, first, second)
    page = Tree(dialogue_html.dialogue(seen) + sources(seen.exchanges, seen.papers))
    ids = {attributes["id"]: tag for tag, attributes in page.tags if "id" in attributes}
    links = [a["href"][1:] for a in page.all("a") if a["href"].startswith("#")]
    assert links
    assert {ids[link] for link in links} == {"mark", "span"}  # sentences, and claims back again
    cited = [a["href"] for a in page.all("a") if a.get("class") == "cite"]
    claims = [*first.claims, *second.claims]
    assert len(cited) == sum(len(claim.citations) for claim in claims)
    for claim, href in zip(claims, cited, strict=True):
        answer = first if claim in first.claims else second
        anchor = answer.citations[claim.anchors[0]]
        place = "title" if anchor.start < 0 else str(anchor.start)
        assert href == f"#s-{anchor.number}-{place}"


def test_the_lit_text_is_the_cited_sentence(seeded: Assistant) -> None:
    answer = seeded.ask("How does VideoMAE V2 cut the cost of pre-training?")
    html = sources([exchange(answer)], seeded.papers_of([answer]))
    lit = re.findall(r"<mark[^>]*>(.*?)</mark>", html)
    assert lit == [citation.sentence for citation in answer.citations]
    (abstract,) = re.findall(r'<p class="abstract">(.*?)</p>', html)
    paper = seeded.paper(answer.citations[0].paper_id)
    assert re.sub(r"<[^>]+>", "", abstract) == paper.abstract


def test_the_sources_of_the_last_answer_are_shown_and_those_of_the_others_hidden(
    seeded: Assistant,
) -> None:
    first = seeded.ask(QUESTION)
    second = seeded.ask("What does VIOLET propose?", [first])
    seen = view(seeded, first, second)
    turns = [one.id for one in seen.exchanges]
    html = sources(seen.exchanges, seen.papers)
    cards = [a for a in Tree(html).all("section") if "data-turns" in a]
    numbers = [int(a["id"].removeprefix("card-")) for a in cards]
    assert numbers == sorted({c.number for c in (*first.citations, *second.citations)})
    cited = [{c.number for c in answer.citations} for answer in (first, second)]
    for number, card in zip(numbers, cards, strict=True):
        mine = [turn for turn, those in zip(turns, cited, strict=True) if number in those]
        assert card["data-turns"].split() == mine
        assert ("hidden" in card) is (number not in cited[1])
    assert html.count("Found, not cited") == 2
    assert all(hit.reason in html for hit in second.hits[1:3])


@pytest.mark.parametrize("support", ["supported", "partial", "unsupported"])
def test_support_is_marked(support: str, make_paper: Make) -> None:
    paper = make_paper("T", "It flies high.")
    citation = Citation(1, paper.id, "T", "It flies high.", 0, 14, "")
    claim = Claim("It flies.", (1,), support, (0,))  # type: ignore[arg-type]
    mark = {"supported": "", "partial": " [partly supported]", "unsupported": " [unsupported]"}
    text = f"It flies [1]{mark[support]}."
    answer = Answer(
        "Q?", text, True, "llm", "m", (claim,), (citation,), (Hit(paper, 1, 1, "r", "s"),)
    )
    html = dialogue_html.dialogue(Dialogue([exchange(answer)], {paper.id: paper}))
    assert f'class="claim {support}"' in html
    assert ("not supported" in html) is (support == "unsupported")
    card = sources([exchange(answer)], {paper.id: paper})
    assert f'<li class="{support}"' in card
    assert "[1]" not in re.sub(r"<[^>]*>", "", html)


def test_a_models_emphasis_is_shown_and_its_links_are_not(make_paper: Make) -> None:
    claim = Claim("It is **very** `fast` ![x](http://e/x.png) <b>now</b>.", (), "supported")
    answer = Answer("Q?", claim.text, True, "llm", "m", (claim,))
    html = dialogue_html.dialogue(Dialogue([exchange(answer)]))
    assert "<strong>very</strong> <code>fast</code>" in html
    assert not Tree(html).all("img")
    assert "&lt;b&gt;now" in html
    quoted = Answer("Q?", claim.text, True, "extractive", "", (claim,))
    assert "**very**" in dialogue_html.dialogue(Dialogue([exchange(quoted)]))


def test_nothing_from_outside_becomes_markup(make_paper: Make) -> None:
    paper = make_paper(POISON, f"{POISON} is here.", authors=(POISON,), venue=POISON, source=POISON)
    citation = Citation(1, paper.id, POISON, f"{POISON} is here.", 0, 0, "javascript:x")
    claim = Claim(f"{POISON} is here.", (1,), "supported", (0,))
    hits = (Hit(paper, 1, 1.0, POISON, POISON),)
    answer = Answer(
        POISON, f"{POISON} is here [1].", True, "llm", "m", (claim,), (citation,), hits,
        (POISON,), notice=POISON,
    )  # fmt: skip
    refused = Answer(
        POISON, POISON, False, "llm", "m", hits=hits, notice=POISON, missing=(POISON,),
        closest=(paper.id,),
    )  # fmt: skip
    seen = [exchange(answer), exchange(refused, "e2"), exchange(None, "e3")]
    problem = Problem(POISON, 1, POISON)
    holds = Holds(1, (2020, 2021), {POISON: (POISON, 1)})
    html = [
        dialogue_html.dialogue(Dialogue(seen, {paper.id: paper}, {"e3": POISON})),
        dialogue_html.dialogue(Dialogue(), examples=[POISON], holds=holds),
        dialogue_html.waiting(POISON, POISON),
        dialogue_html.editing(POISON),
        frame_html.header(model=POISON, endpoint=POISON),
        *(
            past_html.history([Conversation(POISON, POISON, 0.0)], "", now=0.0, **marked)
            for marked in ({}, {"named": POISON}, {"doubted": POISON})
        ),
        sources(seen, {paper.id: paper}),
        sources(seen, {}),
        library_html.library([paper], 1, sort="title", descending=False),
        library_html.paper(paper),
        library_html.paper(paper, confirm=True),
        library_html.preview(Preview((paper,), (paper,), (paper,), (problem,), (problem,))),
        library_html.progress(POISON, 1, 2),
    ]
    for page in map(Tree, html):
        assert not [tag for tag, _ in page.tags if tag in ("img", "script", "object", "iframe")]
        assert not [a for a in page.all("form") if "action" in a]
        assert not [a for _, a in page.tags for name in a if name.startswith("on")]
        assert not [a for a in page.all("a") if a["href"].startswith("javascript")]


def test_a_file_is_a_link_that_holds_it(seeded: Assistant) -> None:
    answer = seeded.ask("What does VIOLET propose?")
    papers = seeded.papers_of([answer])
    offered = Tree(dialogue_html.exports([answer], exchange="e1")).all("button")
    forms = [a["data-form"] for a in offered]
    assert forms == list(FORMATS)
    for form in FORMATS:
        (link,) = Tree(dialogue_html.file(form, [answer], papers, mark="1")).all("a")
        assert unquote(link["href"].split(",", 1)[1]) == seeded.export(form, answer)
    assert dialogue_html.file("docx", [answer], papers, mark="1") == ""
    assert dialogue_html.exports([]) == ""


def test_a_refusal_offers_the_closest_papers(seeded: Assistant) -> None:
    answer = seeded.ask("Who won the football world cup in 2018?")
    html = dialogue_html.dialogue(view(seeded, answer))
    offered = [a["data-text"] for a in Tree(html).all("button") if "data-text" in a]
    assert len(offered) == 3
    assert "Closest are" not in re.sub(r'data-copy="[^"]*"', "", html)
    assert "failure" not in html


def test_latex_is_readable(seeded: Assistant) -> None:
    (paper,) = [p for p in seeded.papers() if "M$^{2}$UGen" in p.title]
    html = library_html.library([paper], 1, sort="", descending=False)
    assert "M²UGen" in html


def test_states_without_anything() -> None:
    assert "No papers yet" in dialogue_html.dialogue(Dialogue())
    assert "appear here" in sources([], {})
    assert "No paper matches" in library_html.library([], 0, sort="", descending=False)
    assert "kept here" in past_html.history([], "", now=0.0)
    assert "stopped before it was answered" in dialogue_html.dialogue(Dialogue([exchange(None)]))


def test_empty_columns_are_left_out(make_paper: Make) -> None:
    bare = library_html.library([make_paper("T")], 1, sort="", descending=False)
    assert Tree(bare).all("button")[0]["data-sort"] == "title"
    assert "Authors" not in bare
    full = library_html.library([make_paper("T", year=2020)], 1, sort="year", descending=True)
    assert 'aria-sort="descending"' in full


@pytest.mark.parametrize(
    ("total", "start", "place", "leads"),
    [
        (1, 0, ">1 paper<", {}),
        (100, 0, ">100 papers<", {}),
        (101, 0, ">1–100 of 101<", {"next": "100", "last": "100"}),
        (101, 100, ">101–101 of 101<", {"first": "0", "previous": "0"}),
        (
            100_000,
            300,
            ">301–400 of 100,000<",
            {"first": "0", "previous": "200", "next": "400", "last": "99900"},
        ),
    ],
)
def test_pages_of_the_table(
    make_paper: Make, total: int, start: int, place: str, leads: dict[str, str]
) -> None:
    papers = [make_paper("T")] * min(100, total - start)
    page = library_html.library(papers, total, sort="", descending=False, start=start)
    assert place in page
    buttons = [b for b in Tree(page).all("button") if "data-turn" in b]
    assert {b["data-turn"]: b["data-start"] for b in buttons if "disabled" not in b} == leads
    assert len(buttons) == (4 if leads else 0)


def test_the_plan_of_an_upload_counts_every_kind(make_paper: Make) -> None:
    many = tuple(make_paper(f"New {i}") for i in range(library_html.LISTED + 5))
    twice = Problem("/x/a.csv", 2, "'T' is already here as t (the same title)")
    plan = Preview(many, many[:2], many[:3], (twice,), (twice, twice))
    html = library_html.preview(plan, {"a.csv": {"title": "Titel <b>", "year": "Jahr"}})
    assert "25 new, 2 changed, 3 unchanged, 1 duplicates, 2 left out." in html
    assert "… and 5 more" in html
    assert "New 24" not in html
    assert "a.csv: title from “Titel &lt;b&gt;”, year from “Jahr”" in html
    headings = ["Columns", "New", "Changed", "Unchanged", "Duplicates", "Left out"]
    assert re.findall("<h4>(.*?)</h4>", html) == headings
    assert "Columns" not in library_html.preview(plan)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"author": "Müller", "year_from": 2021}, ["by Müller", "since 2021"]),
        ({"venue": "CVPR", "year_to": 2019}, ["in CVPR", "until 2019"]),
        ({"year_from": 2019, "year_to": 2021}, ["2019–2021"]),
        ({"year_from": 2019, "year_to": 2019}, ["in 2019"]),
        ({"collection": "Thesis", "source": "a.bib"}, ["in the collection Thesis", "from a.bib"]),
        ({"ids": ["a"]}, ["“A paper”"]),
        ({"ids": ["a", "b"]}, ["2 that were chosen"]),
        ({"topic": "reefs"}, ["on Coral reefs"]),
        ({"topic": "gone"}, ["on gone"]),
        ({}, []),
    ],
)
def test_limits_in_a_few_words(filters: dict[str, Any], said: list[str]) -> None:
    names = {"a": "A paper", "reefs": "Coral reefs"}
    assert list(limits_html.described(filters, names).values()) == said
    for limit in limits_html.described(filters):
        assert limit not in limits_html.described(limits_html.left(filters, limit))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('{"ids": ["a", "b c"]}', {"ids": ["a", "b c"]}),
        ('{"topic": "reefs"}', {"topic": "reefs"}),
        ("", {}),
        ("{", {}),
        ("[1]", {}),
        ('{"ids": [1]}', {}),
        ('{"ids": "ab"}', {}),
        ('{"topic": 3, "ids": []}', {}),
    ],
)
def test_what_was_chosen_is_read_whatever_the_browser_sends(text: str, read: Any) -> None:
    assert limits_html.chosen(text) == read


def test_papers_are_chosen_in_bounds() -> None:
    many = json.dumps({"ids": [str(i) for i in range(1_000)]})
    assert len(limits_html.chosen(many)["ids"]) == limits_html.CHOSEN


def test_years_are_filters_once_they_are_typed() -> None:
    texts = {"year_from": "202", "year_to": " 2021 ", "author": " Bo ", "venue": " "}
    assert limits_html.typed(texts) == {"year_to": 2021, "author": "Bo"}
    assert limits_html.typed({"year_from": "٢٠٢١", "year_to": "1e99"}) == {}


def test_an_answer_shows_its_limits_and_the_last_one_lets_go_of_them() -> None:
    answer = Answer(
        "?", "t", True, "extractive", "", filters={"author": "<b>"}, limits={"year_from": 2021}
    )
    first, last = exchange(answer, "e1"), exchange(answer, "e2")
    page = Tree(dialogue_html.dialogue(Dialogue([first, last])))
    buttons = [b for b in page.all("button") if "data-limit" in b]
    assert [(b["data-id"], b["data-limit"]) for b in buttons] == [("e2", "author"), ("e2", "years")]
    assert buttons[1]["aria-label"] == "Ask without ‘since 2021’"
    assert len([s for s in page.all("span") if s.get("class") == "chip"]) == 4
    plain = Dialogue([exchange(Answer("?", "t", True, "extractive", ""))])
    assert "chip" not in dialogue_html.dialogue(plain)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/home/ada/.rag/uploads/abc/p.jsonl", "p.jsonl"),
        ("C:\\uploads\\p.jsonl", "p.jsonl"),
        ("/uploads/abc/all.ZIP!in/p.jsonl", "all.ZIP!in/p.jsonl"),
        ("/uploads/a!b/p.jsonl", "p.jsonl"),
    ],
)
def test_a_server_path_is_not_told(path: str, told: str) -> None:
    html = library_html.preview(Preview(problems=(Problem(path, 3, "is not JSON"),)))
    assert f"<li>{told}, line 3: is not JSON</li>" in html


def test_a_long_survey_is_shown_under_its_headings() -> None:
    claims = tuple(Claim(f"Net {i} grows.", (i,), "supported", (i - 1,)) for i in (1, 2, 3))
    citations = tuple(
        Citation(i, f"p{i}", f"Net {i}", f"Net {i} grows.", 0, 12, "") for i in (1, 2, 3)
    )
    corals = "Coral <reefs>:\n- A: Net 1 grows [1].\n- B: Net 2 grows [2]."
    text = f"{corals}\n\nAlso:\n- C: Net 3 grows [3]."
    answer = Answer("Q?", text, True, "extractive", "", claims=claims, citations=citations)
    html = dialogue_html.dialogue(Dialogue((exchange(answer),)))
    bare = re.sub(r"<(?!/?(?:h4|ul|li)\b)[^>]*>", "", html)
    assert "<h4>Coral &lt;reefs&gt;</h4><ul><li>A: Net 1 grows 1.</li>" in bare
    assert "<li>B: Net 2 grows 2.</li></ul><h4>Also</h4><ul><li>C: Net 3 grows 3.</li></ul>" in bare


@pytest.mark.parametrize(
    ("line", "item"),
    [
        pytest.param("- corals", "corals", id="a dash"),
        pytest.param(" • corals", "corals", id="a bullet"),
        pytest.param("12) corals", "corals", id="a number"),
        pytest.param("-corals", "", id="no space behind"),
        pytest.param("1.5 corals", "", id="a decimal"),
        pytest.param("123. corals", "", id="three digits"),
        pytest.param("corals - and", "", id="inside"),
    ],
)
def test_marks_of_a_list_that_is_still_coming(line: str, item: str) -> None:
    html = dialogue_html.waiting("Q?", line)
    assert (f"<ul><li>{item}</li></ul>" in html) is bool(item)
    assert (f"<p>{line}</p>" in html) is not bool(item)


# -- topics --------------------------------------------------------------------------------------


def topic(name: str, *papers: str, number: int = 1, at: tuple[float, float] = (0.1, 0.9)) -> Topic:
    x, y = (tuple(value for _ in papers) for value in at)
    return Topic(name, name, (name,), papers, x, y, number)


def test_the_map_has_a_point_for_every_paper_and_its_title() -> None:
    topics = [topic("Reefs", "a", "b", "c"), topic(POISON, "d")]
    titles = {"a": "Corals", "b": "Noise", "c": POISON, "d": "Sea"}
    tree = Tree(map_html.atlas(topics, titles, chosen="Reefs"))
    points = tree.all("circle")
    assert [point["data-id"] for point in points] == ["a", "b", "c", "d"]
    assert "<img src=x onerror=alert(1)>" in points[2]["data-title"]
    assert not tree.all("img")
    assert ["faded" in group["class"] for group in tree.all("g")] == [False, True]
    (map_, *_) = tree.all("svg")
    assert "4 papers in 2 topics" in map_["aria-label"]


def test_the_list_has_every_topic_with_its_size_and_papers() -> None:
    tree = Tree(
        map_html.listing([topic("Reefs", "a"), topic(POISON, "b", "c")], {}, chosen="Reefs")
    )
    assert [b["data-id"] for b in tree.all("button") if b.get("data-do") == "select"] == [
        "Reefs", POISON,
    ]  # fmt: skip
    assert [b["data-id"] for b in tree.all("button") if b.get("data-do") == "option_select"] == [
        "a", "b", "c",
    ]  # fmt: skip
    assert ">1 paper<" in map_html.listing([topic("Reefs", "a")], {})
    assert [item.get("aria-current") for item in tree.all("li") if "data-topic" in item] == [
        "true", None,
    ]  # fmt: skip


def test_a_topic_keeps_its_number_and_colour_whichever_others_there_are() -> None:
    several = [topic("Reefs", "a", number=1), topic("Sea", "b", number=3)]
    (_, sea), (alone,) = (
        Tree(map_html.atlas(topics, {})).all("g") for topics in (several, several[1:])
    )
    assert sea == alone
    assert alone["data-topic"] == "3"
    assert ">3<tspan> Sea</tspan>" in map_html.atlas(several, {})
    swatches = re.findall('fill="(hsl[^"]+)"', map_html.listing(several, {}))
    assert swatches == [g["fill"] for g in Tree(map_html.atlas(several, {})).all("g")]
    assert Tree(map_html.listing(several, {})).all("li")[-2]["data-topic"] == "3"


@pytest.mark.parametrize(
    ("grown", "hint"),
    [
        pytest.param(0, "", id="none"),
        pytest.param(1, "1 paper has come since these were found.", id="one"),
        pytest.param(1_200, "1,200 papers have come since these were found.", id="many"),
    ],
)
def test_topics_are_found_anew_by_a_button_that_says_how_many_have_come(
    grown: int, hint: str
) -> None:
    shown = map_html.listing([topic("Reefs", "a")], {}, grown=grown)
    assert Tree(shown).all("button")[-1]["data-do"] == "retry"
    assert re.findall("[0-9,]+ papers? ha.*found\\.", shown) == ([hint] if hint else [])


def test_the_map_is_zoomed_by_buttons_that_have_names() -> None:
    tree = Tree(map_html.atlas([topic("Reefs", "a")], {}))
    buttons = [b for b in tree.all("button") if "data-zoom" in b]
    assert [b["data-zoom"] for b in buttons] == ["in", "out", "all", "full"]
    assert [b.get("aria-label") for b in buttons] == ["Zoom in", "Zoom out", None, None]
    (map_,) = tree.all("svg")
    assert map_["tabindex"] == "0"


def test_a_large_map_draws_some_and_says_so() -> None:
    large = topic("Reefs", *(f"p{i}" for i in range(map_html.DRAWN * 2)))
    html = map_html.atlas([large], {})
    assert html.count("<circle") <= map_html.DRAWN
    assert "1 of 2 is drawn" in html
    assert "and 5,950 more" in map_html.listing([large], {})


def test_three_thousand_points_are_drawn_at_once() -> None:
    topics = [
        topic(f"Topic {n}", *(f"p{n}-{i}" for i in range(200)), number=n, at=(n / 31, 0.5))
        for n in range(1, 31)
    ]
    titles = {i: f"The title of {i}: $x^2$ and <i>more</i>" for t in topics for i in t.paper_ids}
    start = time.perf_counter()
    html = map_html.atlas(topics, titles)
    assert time.perf_counter() - start < 1
    assert html.count("<circle") == 3_000


def boxes_meet(found: list[Label]) -> list[tuple[str, str]]:
    drawn = [(label.text, label.box()) for label in found if label.shown != "off"]
    return [
        (a, b)
        for n, (a, one) in enumerate(drawn)
        for b, other in drawn[:n]
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]


@pytest.mark.parametrize("count", [1, 2, 13, 30])
@pytest.mark.parametrize("spread", [0.0, 0.2, 1.0], ids=["one spot", "a heap", "all over"])
def test_names_on_the_map_do_not_cover_each_other(count: int, spread: float) -> None:
    chance = random.Random(count)
    spots = [
        (200 + spread * chance.uniform(-200, 200), 150 + spread * chance.uniform(-150, 150))
        for _ in range(count)
    ]
    topics = [
        topic(f"Vision {n} of transformers", *map(str, range(n)), number=n)
        for n in range(1, count + 1)
    ]
    found = labels(topics, spots, size=(400, 300))
    assert not boxes_meet(found)
    for label in found:
        left, top, right, bottom = label.box()
        assert label.shown == "off" or (left >= 0 and top >= 0 and right <= 400 and bottom <= 300)
    assert sorted(label.number for label in found) == list(range(1, count + 1))
    assert found[0].number == count  # the largest comes first
    assert found[0].shown == ""
    named = [label for label in found if label.shown == ""]
    assert len(named) >= min(count, 5)


@pytest.mark.parametrize(
    ("label", "short"),
    [
        pytest.param("Coral reefs, fish", "Coral reefs, fish", id="it fits"),
        pytest.param("Video object segmentation, cues", "Video object segmentation", id="a phrase"),
        pytest.param("Vision transformer inference on phones", "Vision transformer…", id="cut"),
        pytest.param("x" * 60, "x" * 26 + "…", id="no word ends"),
    ],
)  # fmt: skip
def test_names_are_shortened_for_the_map(label: str, short: str) -> None:
    assert shortened(label) == short


def test_an_empty_library_has_an_empty_map() -> None:
    assert "no paper yet" in map_html.atlas([], {})
    assert map_html.listing([], {}) == ""


def test_a_review_links_every_claim_to_its_sentence(seeded: Assistant) -> None:
    summary = seeded.summarize("post-training quantization")
    papers = seeded.papers_cited(summary.citations)
    shown = summary_html.finished(summary, papers, key="k1")
    tree = Tree(shown + evidence(summary, papers))
    ids = {a["id"] for _, a in tree.tags if "id" in a}
    links = {a["href"].removeprefix("#") for a in tree.all("a") if a["href"].startswith("#")}
    assert links <= ids
    assert sum(i.startswith("summary-claim-") for i in ids) == len(summary.claims)
    assert len(tree.all("mark")) == len(summary.citations)
    downloads = [b["data-form"] for b in tree.all("button") if b.get("data-do") == "download"]
    assert downloads == ["markdown", "bibtex", "ris", "csl-json", "csv"]
    assert "Write anew" not in shown
    for form in downloads:
        tree = Tree(summary_html.file(form, summary, papers, mark="1"))
        assert tree.all("a")[0]["href"].startswith("data:")


def test_a_refused_review_offers_the_nearest_topics(seeded: Assistant) -> None:
    summary = seeded.summarize("sourdough bread fermentation")
    tree = Tree(summary_html.finished(summary, {}))
    assert [b["data-text"] for b in tree.all("button")] == list(summary.nearest)


def test_a_review_under_way_shows_no_markup_of_others() -> None:
    text = "# Reefs\n\n## Noise\n\n- **X**: a \\<b\\> ![p](http://evil) <script>1</script> [1]"
    shown = summary_html.writing(text, 1, 4, key="k")
    assert "<h2>Noise</h2>" in shown
    assert not {"img", "script", "a"} & {name for name, _ in Tree(shown).tags}
    assert 'value="1"' in shown


def test_a_topic_that_is_gone_fades_nothing() -> None:
    assert "faded" not in map_html.atlas(
        [topic("Reefs", "a"), topic("Sea", "b")], {}, chosen="gone"
    )


def test_conversations_of_today_tell_their_time() -> None:
    noon = time.mktime((2026, 5, 4, 12, 30, 0, 0, 0, -1))
    kept = [Conversation("a", "Corals", noon), Conversation("b", "Reefs", noon - 2 * 86_400)]
    shown = past_html.history(kept, "a", now=noon + 60)
    assert "<small>12:30</small>" in shown
    assert "<small>2026-05-02</small>" in shown


# -- the reading list ----------------------------------------------------------------------------


def reading(stars: list[Star], papers: dict[str, Paper], most: int = 100) -> str:
    return reading_html.listed(stars, papers, most=most, longest=2_000)


@pytest.mark.parametrize(("start", "name"), [(-2, "Star this paper"), (-1, "Star this sentence")])
def test_a_star_tells_what_it_stars_and_whether_it_is(start: int, name: str) -> None:
    for on in (False, True):
        (button,) = Tree(star('p"<', start=start, on=on)).all("button")
        assert (button["aria-label"], button["aria-pressed"]) == (name, str(on).lower())
        assert (button["data-do"], button["data-id"]) == ("like", 'p"<')
        assert button["data-start"] == str(start)


def test_a_paper_of_the_library_can_be_starred(make_paper: Make) -> None:
    paper = make_paper("Corals")
    for on in (False, True):
        button = Tree(library_html.paper(paper, starred=on)).all("button")[0]
        assert (button["data-id"], button["data-start"]) == (paper.id, "-2")
        assert button["aria-pressed"] == str(on).lower()


def test_the_reading_list_has_a_box_for_each_note(make_paper: Make) -> None:
    paper = make_paper("Corals", "They grow. They are old.", authors=("Ana Ruiz",), year=2021)
    stars = [
        Star(paper.id, -2, paper.title, "", "\nMine </textarea><b>"),
        Star(paper.id, 0, paper.title, "They grow."),
        Star(paper.id, 11, paper.title, "They were old."),
        Star("gone", 4, POISON, POISON, POISON),
    ]
    html = reading(stars, {paper.id: paper})
    tree = Tree(html)
    labels = {label["for"] for label in tree.all("label")}
    assert [box["id"] for box in tree.all("textarea")] == [f"note-{n}" for n in range(1, 5)]
    assert labels == {box["id"] for box in tree.all("textarea")}
    assert {box["maxlength"] for box in tree.all("textarea")} == {"2000"}
    saving = [button for button in tree.all("button") if button["data-do"] == "submit"]
    places = [(button["data-id"], button["data-start"]) for button in saving]
    assert places == [(one.paper_id, str(one.start)) for one in stars]
    removing = [b.get("data-start") for b in tree.all("button") if b["data-do"] == "delete"]
    assert removing == [None, "0", "11", None, "4"]
    assert "2 papers, 3 sentences" in html
    assert "Ana Ruiz · 2021" in html
    assert (html.count(GONE), html.count(CHANGED)) == (1, 1)
    assert "\n\nMine &lt;/textarea&gt;" in html  # the first line end is not the note's
    assert not {"img", "b", "script"} & {name for name, _ in tree.tags}


def test_a_long_reading_list_is_shown_in_parts() -> None:
    stars = [Star(f"p{n}", -2, f"Paper {n}") for n in range(7)]
    html = reading(stars, {}, most=3)
    assert html.count("<section") == 3
    assert "7 papers<" in html
    (more,) = [b for b in Tree(html).all("button") if b["data-do"] == "expand"]
    assert more["data-count"] == "6"
    assert "Show 3 more" in html
    assert "Show 1 more" in reading(stars, {}, most=6)
    assert "more" not in reading(stars, {}, most=7)


def test_an_empty_reading_list_says_how_to_star() -> None:
    html = reading([], {})
    assert "Press the star beside a paper" in html
    assert not Tree(html).all("button")
    assert reading_html.removed([]) == ""


def test_what_the_page_is_told_of_stars_is_escaped() -> None:
    told = reading_html.settled([(POISON, 3)], on=True, said=POISON, mark="1")
    (place,) = Tree(told).all("i")
    assert (place["data-id"], place["data-start"], place["data-on"]) == (POISON, "3", "true")
    assert "Removed: T <" in reading_html.removed([Star("p", -2, "T"), Star("p", 3, "T", "S.")])
    assert "Removed: “S.” <" in reading_html.removed([Star("p", 3, "T", "S.")])
    tree = Tree(reading_html.removed([Star("p", -2, POISON * 3)]))
    assert {name for name, _ in tree.tags} == {"p", "button"}


def test_the_first_sentence_stands_by_itself_where_a_fact_is_asked(make_paper: Make) -> None:
    paper = make_paper("T", "It has 12 layers. It flies high.")
    spans = (("It has 12 layers.", 0, 17), ("It flies high.", 18, 32))
    citations = tuple(Citation(1, paper.id, "T", s, a, b, "") for s, a, b in spans)
    claims = tuple(
        Claim(s[:-1] + ".", (1,), "supported", (i,)) for i, (s, _, _) in enumerate(spans)
    )
    text = "It has 12 layers [1]. It flies high [1]."

    def shown(question: str) -> str:
        answer = Answer(question, text, True, "llm", "m", claims, citations)
        return dialogue_html.dialogue(Dialogue([exchange(answer)], {paper.id: paper}))

    assert shown("How many layers has it?").count('class="lead"') == 1
    for question in ("Does it fly?", "How does it fly?", "How many wings has it?"):
        assert 'class="lead"' not in shown(question)
    Tree(shown("How many layers has it?"))


def test_how_a_question_was_read_is_told_on_request(make_paper: Make) -> None:
    paper = make_paper("T", "It flies high.")
    answer = Answer("Does it fly?", "No.", False, "extractive", "")
    html = dialogue_html.dialogue(
        Dialogue([exchange(answer)], {paper.id: paper}, read=[("fly", 1_234), ("<b>", 0)])
    )
    assert "<li>fly: in 1,234 papers</li>" in html
    assert "<li>&lt;b&gt;: in no paper</li>" in html


def test_the_welcome_tells_what_the_library_holds() -> None:
    topics = {f"t{i}": (f"Topic {i}", 10 - i) for i in range(10)}
    html = dialogue_html.dialogue(Dialogue(), holds=Holds(1_200, (2015, 2024), topics))
    assert "Ask 1,200 papers" in html
    assert "2015 to 2024" in html
    assert [b["data-about-topic"] for b in Tree(html).all("button") if "data-about-topic" in b] == [
        f"t{i}" for i in range(8)
    ]
    assert "the largest of 10" in html
    assert "2015</p>" in dialogue_html.dialogue(Dialogue(), holds=Holds(1, (2015, 2015)))


def test_the_page_and_its_script_say_the_same() -> None:
    scripts = Path(frame_html.__file__).parent / "browser"
    tabs = re.search(r"TABS = \{(.*?)\}", (scripts / "places.js").read_text(encoding="utf-8"))
    assert tabs is not None
    letters = set(re.findall(r': "(\w)"', tabs[1]))
    assert letters | {"/", "n", "Esc", "?"} == set(frame_html.KEYS)
    most = re.search(r"MOST = (\d+);", (scripts / "choosing.js").read_text(encoding="utf-8"))
    assert most is not None
    assert int(most[1]) == limits_html.CHOSEN
