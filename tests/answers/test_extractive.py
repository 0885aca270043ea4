"""Choosing the sentences of an answer without a model."""

from __future__ import annotations

import numpy as np
import pytest

from rag.answers.asked import read
from rag.answers.extractive import Extract, extract
from rag.answers.worth import worth
from rag.search import Evidence
from tests.support.evidence import evidence, paper

TRACKER = paper(
    "FastTrack: Tracking",
    "However, tracking is slow. We propose FastTrack, a small tracker. It runs faster, at 10 FPS. "
    "Code is available.",
)


def one(
    abstract: str, relevance: list[float] | None = None, title: str = "Corals grow"
) -> Evidence:
    return evidence(paper(title, abstract), relevance=relevance)


def chosen(question: str, *papers: Evidence) -> list[str]:
    return [anchor.sentence.text for anchor in extract(read(question), papers).chosen]


def test_nothing_comes_from_nothing() -> None:
    assert extract(read("What grows?"), []) == Extract()


def test_the_contribution_beats_the_background() -> None:
    found = evidence(TRACKER, relevance=[0.5, 0.55, 0.5, 0.4, 0.55])
    assert chosen("Explain tracking", found)[0] == "We propose FastTrack, a small tracker."


def test_the_title_is_shown_only_where_there_is_nothing_else() -> None:
    assert chosen("corals", one("", [0.9])) == ["Corals grow"]
    assert chosen("corals", one("Reefs do.", [0.9, 0.1])) == ["Reefs do."]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        pytest.param("What limitations are there?", "However", id="problems"),
        pytest.param("How is it tracked?", "We propose", id="methods"),
        pytest.param("What results are reported?", "It runs", id="results"),
    ],
)
def test_what_a_question_is_after(question: str, first: str) -> None:
    found = evidence(TRACKER, relevance=[0.0, 0.5, 0.5, 0.5, 0.1])
    best = int(worth(read(question), found, found.relevance).argmax())
    assert found.sentences[best].text.startswith(first)


def test_sentences_that_say_the_same_are_given_once() -> None:
    text = "We propose a small tracker of corals. A small tracker of corals we now propose."
    assert chosen("corals", one(text, [0.1, 0.6, 0.6])) == ["We propose a small tracker of corals."]


def test_a_second_sentence_says_what_the_first_left_open() -> None:
    found = one("We propose A for speed. We propose B. It cuts cost in half.")
    coverage = np.array([[0, 0], [0.4, 0], [0.4, 0], [0, 0.4]], dtype=np.float32)
    found = Evidence(found.paper, found.sentences, 1.0, found.relevance, coverage)
    assert chosen("Explain what helps speed and cost", found) == [
        "We propose A for speed.",
        "It cuts cost in half.",
    ]


def test_each_part_of_a_question_gets_its_sentence() -> None:
    found = one("We propose A. Reefs are built of B. Whales eat C.", [0.0, 0.6, 0.1, 0.1])
    parts = np.array([[0.0, 0.1, 0.9, 0.1], [0.0, 0.1, 0.1, 0.9]], dtype=np.float32)
    found = Evidence(
        found.paper, found.sentences, 1.0, found.relevance, found.coverage, parts=parts
    )
    assert chosen("What are reefs built of, and what do whales eat?", found) == [
        "Reefs are built of B.",
        "Whales eat C.",
    ]


def test_a_sentence_that_hangs_on_another_brings_it_along() -> None:
    text = "Corals lose their colour. This loss kills whole reefs. We propose shade."
    found = one(text, [0.0, 0.1, 0.9, 0.0])
    assert chosen("Explain how reefs die", found)[:2] == [
        "Corals lose their colour.",
        "This loss kills whole reefs.",
    ]


def test_it_behind_the_name_of_a_paper_needs_nothing_before_it() -> None:
    found = evidence(TRACKER, relevance=[0.0, 0.0, 0.0, 0.9, 0.0])
    assert chosen("Explain frames", found)[0] == "It runs faster, at 10 FPS."


# -- one value asked -----------------------------------------------------------------------------


def test_one_value_asked_is_one_value_given() -> None:
    found = evidence(TRACKER, relevance=[0.1, 0.1, 0.9, 0.2, 0.1])
    assert chosen("How many frames per second does FastTrack reach?", found) == [
        "It runs faster, at 10 FPS."
    ]


def test_a_value_that_is_not_said_is_refused_with_what_comes_closest() -> None:
    found = evidence(TRACKER, relevance=[0.1, 0.1, 0.9, 0.2, 0.1])
    extracted = extract(read("How many GPUs does FastTrack need, and what batch size?"), [found])
    assert extracted.chosen == ()
    assert extracted.unsaid == ("how many GPUs", "what batch size")
    assert extracted.about == (found,)
    assert extracted.closest is not None
    assert extracted.closest.sentence.text == "We propose FastTrack, a small tracker."


def test_of_two_values_the_one_that_is_said_is_given() -> None:
    found = evidence(TRACKER, relevance=[0.1, 0.1, 0.9, 0.2, 0.1])
    extracted = extract(
        read("How many GPUs does FastTrack need, and how many frames per second come out?"), [found]
    )
    assert [anchor.sentence.text for anchor in extracted.chosen] == ["It runs faster, at 10 FPS."]
    assert extracted.unsaid == ("how many GPUs",)


def test_the_value_of_a_variant_is_not_that_of_another() -> None:
    found = one(
        "Reef-S grows. Reef-XL with 436M parameters grows more.", [0.0, 0.3, 0.9], "Reef: Corals"
    )
    assert chosen("How many parameters does Reef-XL have?", found)
    assert not chosen("How many parameters does Reef-S have?", found)


def test_what_is_asked_of_another_data_set_is_not_said() -> None:
    found = one("Reef gets 81% accuracy on CoralNet.", [0.0, 0.9], "Reef: Corals")
    assert chosen("What accuracy does Reef get on CoralNet?", found)
    assert not chosen("What accuracy does Reef get on FishBase?", found)


def test_a_figure_that_the_question_gives_is_looked_for() -> None:
    found = one("We propose A. It reaches 79.4% on reefs.", [0.0, 0.6, 0.4])
    assert "It reaches 79.4% on reefs." in chosen("Which model reaches 79.4% accuracy?", found)


def test_the_record_is_asked_for_by_author_or_year() -> None:
    found = evidence(TRACKER)
    assert extract(read("Who wrote FastTrack?"), [found]).record
    assert not extract(read("Who introduced FastTrack?"), [found]).record  # nobody is recorded


def test_which_device_there_is_asks_for_a_paper() -> None:
    found = one("We propose a fast accelerator on an FPGA for corals.", [0.0, 0.9])
    assert chosen("Which FPGA accelerator is there for corals?", found)
    named = one("We propose Reef, made for an FPGA board.", [0.0, 0.9], "Reef: Corals")
    assert not chosen("Which FPGA board does Reef run on?", named)
