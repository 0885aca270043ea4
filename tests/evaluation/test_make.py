"""Questions drafted from papers: by which rules, how they are spread, that they can be asked."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from rag import Assistant
from rag.evaluation import asked_of, draft, evaluate, read_sources
from rag.evaluation.make import ask_sentence
from rag.records import Paper
from tests.support.seeds import seed_papers


@pytest.mark.parametrize(
    ("sentence", "asked"),
    [
        pytest.param(
            "ReefNet achieves 91% accuracy on the Okinawa coral survey.",
            "Which method achieves 91% accuracy on the Okinawa coral survey?",
            id="the name is taken out",
        ),
        pytest.param(
            "Moreover, our proposed network reduces the cost of coral surveys by half.",
            "Which method reduces the cost of coral surveys by half?",
            id="ours",
        ),
        pytest.param(
            "Experiments show that it significantly outperforms human divers counting corals.",
            "Which method outperforms human divers counting corals?",
            id="what experiments show",
        ),
        pytest.param(
            "We propose ReefNet, a network that counts corals in drone pictures.",
            "Which paper proposes a network that counts corals in drone pictures?",
            id="an apposition",
        ),
        pytest.param(
            "In this work, we present a drone network, dubbed ReefNet, for counting corals.",
            "Which paper presents a drone network for counting corals?",
            id="dubbed",
        ),
        pytest.param(
            "We introduce a counting network (ReefNet) for pictures of corals.",
            "Which paper introduces a counting network for pictures of corals?",
            id="in brackets",
        ),
        pytest.param(
            "We introduce DroneSet, a collection of ten thousand coral pictures.",
            "Which paper introduces a collection of ten thousand coral pictures?",
            id="another name",
        ),
        pytest.param(
            "We find that corals in deep water grow faster than expected.",
            "Which paper finds that corals in deep water grow faster than expected?",
            id="a finding",
        ),
        pytest.param("We present the ReefNet network for counting corals.", None, id="name stays"),
        pytest.param("It achieves good results.", None, id="too little"),
        pytest.param("Models outperform human divers counting corals by far.", None, id="models"),
        pytest.param("Their method achieves 91% on the coral survey.", None, id="theirs"),
        pytest.param("They propose a network for counting corals by drone.", None, id="they"),
        pytest.param("We propose a loss for our network that counts corals.", None, id="points"),
        pytest.param(
            "We investigate counting corals by drone and introduce a network.", None, id="two verbs"
        ),
        pytest.param(f"It achieves {'good coral counts and ' * 12} more.", None, id="too long"),
    ],
)
def test_a_sentence_is_turned_into_a_question(sentence: str, asked: str | None) -> None:
    assert ask_sentence(sentence, "ReefNet") == asked


def test_drafts_of_a_small_library(small: Assistant) -> None:
    rows = draft(small.papers(), 20)
    assert all(row["drafted"] is True for row in rows)
    assert rows[0] == {
        "id": "draft-0001",
        "question": "What does ReefNet propose?",
        "style": "name",
        "papers": ["reef"],
        "evidence": [
            {
                "paper": "reef",
                "text": "We propose ReefNet, a network that counts corals in drone pictures.",
            }
        ],
        "drafted": True,
    }
    asked = {row["question"] for row in rows}
    assert "counting corals drones" in asked
    assert "Which paper introduces serrated blades copied from owl feathers?" in asked
    assert len(rows) == len(asked) < 20


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 8])
def test_no_paper_has_two_before_each_has_one(small: Assistant, count: int) -> None:
    rows = draft(small.papers(), count)
    assert len(rows) == count
    first = [row["papers"][0] for row in rows[:4]]
    assert len(set(first)) == len(first)


def test_few_drafts_are_spread_over_many_papers() -> None:
    papers = [Paper(f"p{n}", f"Corals of reef number{n}", "Corals grow.") for n in range(100)]
    assert [row["papers"] for row in draft(papers, 4)] == [["p0"], ["p25"], ["p50"], ["p75"]]


def test_a_paper_that_gives_no_question_is_passed_over() -> None:
    papers = [Paper("a", "Of", "To."), Paper("b", "Counting corals by drone", "Corals grow.")]
    assert [row["papers"] for row in draft(papers, 1)] == [["b"]]
    assert draft([], 5) == []


def test_a_name_that_two_papers_have_asks_for_both() -> None:
    papers = [Paper(p, f"SAM 2: {p} things", "We propose it.") for p in "ab"]
    assert draft(papers, 1)[0]["papers"] == ["a", "b"]


def test_the_same_library_gives_the_same_questions_of_all_styles() -> None:
    one, other = (draft(seed_papers(), 60) for _ in range(2))
    assert one == other
    assert min(Counter(row["style"] for row in one).values()) >= 10


def test_drafts_are_read_back_and_asked(small: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "drafts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in draft(small.papers(), 8)))
    asked = asked_of(read_sources([path]), small.papers())
    report = evaluate(small, asked, parts=("retrieval", "answers"))
    assert (len(report.rows), report.left_out, report.about.drafted) == (8, (), 8)
    assert report.figures["P@1"] == 1.0


def test_no_question_is_made_of_a_sentence_that_leans_on_another() -> None:
    abstract = "A diver counts corals. It reduces the yearly cost of coral surveys by half."
    rows = draft([Paper("a", "Counting corals by hand", abstract)], 5)
    assert [row["style"] for row in rows] == ["keyword"]
