"""Citations in the forms of several clients, and what chat programs ask beside questions."""

from __future__ import annotations

import json
import time

import pytest

from rag.api import dialects
from rag.api.tasks import reply_to_task
from rag.records import Answer, Citation, Paper


def cited(number: int, paper_id: str, title: str, url: str = "") -> Citation:
    return Citation(number, paper_id, title, f"What {paper_id} says.", 0, 5, url)


def answer(*citations: Citation, text: str = "So [1].") -> Answer:
    return Answer("Q?", text, True, "extractive", "", citations=citations)


def page(paper_id: str) -> str:
    return f"http://here/?paper={paper_id}"


def test_every_number_up_to_the_last_has_a_source() -> None:
    first = answer(cited(1, "a", "A"), cited(2, "b", "B", "https://b.org"))
    last = answer(cited(4, "d", "D"), text="Then [4] and [2] and [9].")
    papers = {"d": Paper("d", "D", "", year=2021, doi="10.1/d")}
    found = dialects.sources([first, last], papers, page)
    assert [(one.number, one.title, one.url) for one in found] == [
        (1, "A", "http://here/?paper=a"),
        (2, "B", "https://b.org"),
        (3, "No paper has this number any more", "http://here/?paper="),
        (4, "D", "https://doi.org/10.1/d"),
    ]
    assert [one["url_citation"]["title"] for one in dialects.url_citations(last.text, found)] == [
        "D",
        "B",
    ]
    assert dialects.perplexity(found)["search_results"][3]["date"] == "2021"


def test_numbers_that_no_conversation_reaches_are_left_out() -> None:
    start = time.monotonic()
    many = [cited(number, f"p{number}", "Same", "https://x.org") for number in range(1, 2_000)]
    found = dialects.sources([answer(*many, cited(10**9, "z", "Z"))], {}, page)
    assert len(found) == dialects.MOST
    assert len({one.title for one in found}) == len({one.url for one in found}) == len(found)
    assert time.monotonic() - start < 5  # with the cube of their number it took minutes
    assert list(dialects.markers("[9999] [3] [0]")) == [3]


def test_no_two_sources_look_alike() -> None:
    same = [cited(number, f"p{number}", "Same", "https://x.org") for number in (1, 2, 3)]
    found = dialects.sources([answer(*same)], {}, page)
    assert [one.title for one in found] == ["Same", "Same (2)", "Same (3)"]
    assert [one.url for one in found] == ["https://x.org", "https://x.org#2", "https://x.org#3"]


def test_offsets_are_those_of_the_markers() -> None:
    text = "Ünï 🎞 cut [1][2], so [1]."
    found = dialects.sources([answer(cited(1, "a", "A"), cited(2, "b", "B"))], {}, page)
    marks = [one["url_citation"] for one in dialects.url_citations(text, found)]
    assert [text[one["start_index"] : one["end_index"]] for one in marks] == ["[1]", "[2]", "[1]"]


OPEN_WEBUI = (
    '### Task:\nGenerate a concise title.\n### Output:\nJSON format: {{ "{}": "…" }}\n'
    "### Chat History:\n<chat_history>\nUSER: What is DVT?\nASSISTANT: It is.\n</chat_history>"
)


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        (OPEN_WEBUI.format("title"), {"title": "What is DVT?"}),
        (OPEN_WEBUI.format("tags"), {"tags": []}),
        (OPEN_WEBUI.format("follow_ups"), {"follow_ups": ["And then?"]}),
        (OPEN_WEBUI.format("queries"), {"queries": []}),
        (OPEN_WEBUI.format("mood"), None),
        ("### Task:\nRespond <user_query>What?</user_query><chat_history>x</chat_history>", None),
        ("What is the ### Task: of DVT?", None),
        ("What is DVT?", None),
    ],
)
def test_tasks_are_told_from_questions(text: str, reply: object) -> None:
    found = reply_to_task(text, ["And then?"])
    assert (json.loads(found) if found is not None else None) == reply


def test_a_long_title_is_cut_at_a_word() -> None:
    asked = (
        "Provide a concise, 5-word-or-less title for it.\n\nConversation:\nUser: " + "word " * 40
    )
    title = reply_to_task(asked)
    assert title is not None
    assert len(title) <= 61
    assert title.endswith("word…")
