"""Which papers an answer cites, and how many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answers.asked import read
from rag.answers.papers import Chosen, choose_papers
from rag.search import Evidence
from tests.support.evidence import evidence, paper


def scored(*scores: float) -> list[Evidence]:
    return [
        evidence(paper(f"P{i} on corals", f"We propose thing {i}."), score=score)
        for i, score in enumerate(scores)
    ]


def choose(question: str, papers: list[Evidence], about: str = "") -> Chosen:
    return choose_papers(read(question, about=about), papers, background=0.5)


def ids(chosen: Chosen) -> list[str]:
    return [one.paper.id for one in chosen.papers]


def test_nothing_comes_from_nothing() -> None:
    assert choose("What grows?", []) == Chosen(())


def test_a_fact_comes_from_the_paper_that_stands_out() -> None:
    found = choose("What does a reef do?", scored(1.5, 1.2, 0.9))
    assert (len(found.papers), found.unsure) == (1, False)


def test_where_none_stands_out_the_nearest_are_shown_and_that_is_told() -> None:
    found = choose("What does a reef do?", scored(1.5, 1.45, 1.4, 1.4, 0.9))
    assert (len(found.papers), found.unsure) == (3, True)
    found = choose("What does a reef do?", scored(1.5, 1.45, 0.9))
    assert (len(found.papers), found.unsure) == (2, True)


def test_a_survey_takes_all_that_lead_the_background() -> None:
    assert len(choose("Which papers are on reefs?", scored(1.5, 1.3, 1.1, 0.95, 0.6)).papers) == 4
    assert len(choose("Which papers are on reefs?", scored(*[1.5] * 30)).papers) == 8


def test_a_copy_of_an_abstract_is_no_other_paper() -> None:
    papers = [
        evidence(paper(f"P{i} on corals", text), score=1.5)
        for i, text in enumerate(["Corals grow.", "Corals  grow.", "corals grow."])
    ]
    assert ids(choose("Which papers are on corals?", papers)) == ["p0"]


def test_key_words_that_one_paper_alone_has_bring_that_one() -> None:
    assert len(choose("coral growth", scored(1.5, 1.05, 1.0, 0.9)).papers) == 1


def test_one_paper_is_no_survey() -> None:
    assert len(choose("Which papers are on reefs?", scored(1.5, 0.85, 0.83, 0.82)).papers) == 3
    assert len(choose("Which papers are on reefs?", scored(1.5, 0.6, 0.6)).papers) == 1


def test_a_longer_phrase_is_about_fewer_papers() -> None:
    papers = scored(1.5, 1.2, 1.0, 0.8)
    assert len(choose("coral growth", papers).papers) == 3
    assert (
        len(
            choose(
                "young reef corals that grow so slowly that divers miss how they do",
                scored(1.5, 1.2),
            ).papers
        )
        == 1
    )


@pytest.mark.parametrize(
    ("question", "most"),
    [
        ("Which two papers are on reefs?", 2),
        ("Three methods grow corals; how?", 3),
        ("Which method grows corals?", 1),
    ],
)
def test_a_number_of_papers_is_kept_to(question: str, most: int) -> None:
    assert len(choose(question, scored(1.5, 1.2, 1.1, 1.0, 0.9)).papers) == most


NAMED = [
    evidence(paper("AlphaNet: Corals", "We propose AlphaNet. It is good."), score=1.5),
    evidence(paper("On bees", "We propose nothing much, unlike GammaNet. It is bad."), score=1.4),
    evidence(paper("Corals", "A net named BetaNet2 is introduced. It is better."), score=0.9),
    evidence(paper("DeltaNet: Fish", "We propose DeltaNet. It is so."), score=0.8),
]


def test_papers_that_are_named_are_the_only_ones_and_all_of_them() -> None:
    found = choose("What does AlphaNet do?", NAMED)
    assert (ids(found), found.named) == (["alphanet"], True)
    assert ids(choose("What do BetaNet2 and AlphaNet do?", NAMED)) == ["corals", "alphanet"]


def test_a_survey_may_name_what_others_are_asked_about() -> None:
    assert len(choose("Which papers build on AlphaNet?", NAMED).papers) > 1


def test_named_things_are_each_compared() -> None:
    assert ids(choose("How do AlphaNet and BetaNet2 differ?", NAMED)) == ["alphanet", "corals"]


def test_a_name_that_is_nobodys_own_stands_for_who_speaks_of_it() -> None:
    assert ids(choose("How do AlphaNet and GammaNet differ?", NAMED)) == ["alphanet", "on"]


def test_a_follow_up_is_about_what_was_named_before() -> None:
    assert ids(choose("How good is it?", NAMED, about="What is DeltaNet? How good is it?")) == [
        "deltanet"
    ]


def test_a_side_of_a_comparison_is_found_by_what_it_describes() -> None:
    papers = [
        replace(one, sides=sides)
        for one, sides in zip(
            scored(1.5, 1.4, 1.3), [(0.9, 0.4), (0.2, 0.2), (0.3, 0.8)], strict=True
        )
    ]
    question = "Contrast growing corals in tanks with sowing them in the sea."
    assert ids(choose(question, papers)) == ["p0", "p2"]
    far = [replace(one, sides=(one.sides[0], 0.1)) for one in papers]
    found = choose(question, far)
    assert (ids(found), found.empty_sides) == (["p0"], (1,))


def test_a_side_that_is_a_name_which_no_paper_has_is_filled_by_no_other() -> None:
    papers = [replace(one, sides=(0.9, 0.8)) for one in scored(1.5, 1.4, 1.3)]
    asked = read("How do growing corals and ReefNet-XL differ?")
    assert len(choose_papers(asked, papers, background=0.5).papers) == 2
    found = choose_papers(asked, papers, background=0.5, unknown=["ReefNet-XL"])
    assert (ids(found), found.empty_sides) == (["p0"], (1,))
