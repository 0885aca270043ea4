"""What each sentence is worth in each place of a summary, and that each is given out once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import get_args

import numpy as np
import pytest

from rag.summaries.cells import Cell
from rag.summaries.sentences import PLACES, Place, Sentences, Unused
from tests.support.evidence import Rows, anchor, candidate, evidence, paper

PROPOSAL = "We propose ReefNet for corals."
NEVER = -np.inf


def sentences(
    abstract: str,
    *,
    relevance: Sequence[float],
    name: str = "reefnet",
    coverage: Rows | None = None,
) -> Sentences:
    made = paper("ReefNet: Corals", abstract, name)
    return Sentences(candidate(evidence(made, relevance=relevance, coverage=coverage)))


def gain(place: Place, text: str, *, first: bool = False, said: Collection[int] = ()) -> float:
    """Return what a sentence gains before or behind the proposal, far from the topic."""
    abstract = f"{text} {PROPOSAL}" if first else f"{PROPOSAL} {text}"
    worth = sentences(abstract, relevance=[0.0] * 3).worth(place, said)
    return float(worth[1 if first else 2])


CODE = "Code for five datasets is available at https://x.org and improves recall by 3%."
DISSENT = "Contrary to common belief, depth helps."
OPEN = "Why corals bleach remains unclear."
PROBLEM = "Existing work struggles."
PLAIN = "ReefNet merges maps."


@pytest.mark.parametrize(
    ("place", "text", "expected"),
    [
        pytest.param("contribution", "We present CoralNet.", 1.45, id="contribution: proposes"),
        pytest.param("contribution", "Our method merges maps.", 1.3, id="contribution: approach"),
        pytest.param("contribution", PLAIN, 1.05, id="contribution: anything"),
        pytest.param("contribution", "ReefNet improves recall.", 1.0, id="contribution: result"),
        pytest.param("contribution", "It merges maps.", 0.75, id="contribution: leans"),
        pytest.param("contribution", DISSENT, 0.75, id="contribution: dissents"),
        pytest.param("contribution", PROBLEM, 0.6, id="contribution: problem"),
        pytest.param("contribution", OPEN, 0.3, id="contribution: open"),
        pytest.param("contribution", CODE, 0.0, id="contribution: code"),
        pytest.param("idea", "We present CoralNet.", 0.1, id="idea: proposes"),
        pytest.param("idea", "Our method merges maps.", NEVER, id="idea: only does"),
        pytest.param("idea", "Next we propose CoralNet.", NEVER, id="idea: leans"),
        pytest.param("idea", PLAIN, NEVER, id="idea: anything"),
        pytest.param("result", "ReefNet improves recall by 3%.", 1.1, id="result: with a figure"),
        pytest.param("result", "It improves recall by 3%.", 0.95, id="result: leans"),
        pytest.param("result", "ReefNet improves recall.", 0.9, id="result: without"),
        pytest.param("result", "Recall is better by 3%.", 0.9, id="result: other role"),
        pytest.param("result", "Existing work improves recall by 3%.", NEVER, id="result: others'"),
        pytest.param("result", CODE, NEVER, id="result: code"),
        pytest.param("result", PLAIN, NEVER, id="result: nothing came out"),
        pytest.param("setting", "It runs on the ReefSet-2 dataset.", 0.4, id="setting: named"),
        pytest.param("setting", CODE, NEVER, id="setting: code"),
        pytest.param("setting", PLAIN, NEVER, id="setting: none"),
        pytest.param("explanation", "Our method merges maps.", 0.1, id="explanation: approach"),
        pytest.param("explanation", PLAIN, 0.1, id="explanation: anything"),
        pytest.param("explanation", "It merges maps.", -0.2, id="explanation: leans"),
        pytest.param("explanation", PROBLEM, NEVER, id="explanation: problem"),
        pytest.param("explanation", CODE, NEVER, id="explanation: code"),
        pytest.param("overview", PROBLEM, 0.0, id="overview: problem"),
        pytest.param("overview", "They suffer from heat.", NEVER, id="overview: leans"),
        pytest.param("overview", "Why do corals die?", NEVER, id="overview: asks"),
        pytest.param(
            "overview", "Existing work of our own fails.", NEVER, id="overview: ourselves"
        ),
        pytest.param("overview", PLAIN, NEVER, id="overview: anything"),
        pytest.param("dissent", DISSENT, 0.0, id="dissent: dissents"),
        pytest.param("dissent", "This is contrary to belief.", NEVER, id="dissent: leans"),
        pytest.param("dissent", PLAIN, NEVER, id="dissent: anything"),
        pytest.param("open", OPEN, 0.0, id="open: unclear"),
        pytest.param("open", "It remains unclear.", NEVER, id="open: leans"),
        pytest.param("open", "Our question remains open.", NEVER, id="open: ourselves"),
        pytest.param("open", PLAIN, NEVER, id="open: anything"),
    ],
)
def test_what_fits_behind_the_proposal(place: Place, text: str, expected: float) -> None:
    assert gain(place, text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        pytest.param("result", "ReefNet improves recall by 3%.", id="result"),
        pytest.param("setting", "ReefNet runs on the ReefSet-2 dataset.", id="setting"),
        pytest.param("open", OPEN, id="open"),
    ],
)
def test_what_stands_before_the_proposal_is_of_others(place: Place, text: str) -> None:
    assert gain(place, text, first=True) == NEVER
    assert gain(place, text) > 0 or place == "open"


@pytest.mark.parametrize(
    ("text", "first", "said", "expected"),
    [
        pytest.param(PLAIN, False, [], 0.1, id="nothing was said"),
        pytest.param(PLAIN, False, [1], 0.2, id="right behind"),
        pytest.param("It merges maps.", False, [1], 0.2, id="leans on what was said"),
        pytest.param(PLAIN, True, [2], -0.1, id="before it"),
        pytest.param("It merges maps.", True, [2], -0.4, id="leans on what was not said"),
    ],
)
def test_an_explanation_stands_best_behind_what_was_said(
    text: str, first: bool, said: list[int], expected: float
) -> None:
    assert gain("explanation", text, first=first, said=said) == pytest.approx(expected)


@pytest.mark.parametrize("place", get_args(Place))
def test_a_title_never_stands_for_a_sentence(place: Place) -> None:
    assert sentences(PROPOSAL, relevance=[1.0, 0.0]).worth(place)[0] == NEVER


def test_nearness_is_the_cosine_and_the_words_of_the_topic() -> None:
    found = sentences(PROPOSAL, relevance=[0.0, 0.4], coverage=[[0, 0], [0.5, 0.3]])
    assert found.nearness.tolist() == pytest.approx([0.0, 0.4 + 0.2 * 0.8])
    assert found.worth("contribution").tolist() == pytest.approx([NEVER, 0.56 + 1.45])


def test_nearness_counts_half_in_a_result() -> None:
    made = sentences(f"{PROPOSAL} ReefNet improves recall by 3%.", relevance=[0, 0, 0.4])
    assert made.worth("result")[2] == pytest.approx(1.1 + 0.4 / 2)


def test_the_later_of_two_results_is_worth_more() -> None:
    text = f"{PROPOSAL} ReefNet improves recall by 3%. ReefNet improves speed by 3%."
    worth = sentences(text, relevance=[0.5] * 4).worth("result")
    assert worth[3] - worth[2] == pytest.approx(0.2 / 3)


@pytest.mark.parametrize(
    ("abstract", "start"),
    [
        pytest.param(f"Corals die. They fade. {PROPOSAL}", 3, id="it proposes"),
        pytest.param("Corals die. They fade. Our method merges maps.", 3, id="it does"),
        pytest.param("Corals die. They fade.", 1, id="neither"),
    ],
)
def test_where_a_paper_begins_to_speak_of_itself(abstract: str, start: int) -> None:
    assert sentences(abstract, relevance=[0.0]).start == start


# -- giving out ----------------------------------------------------------------------------------

TWO = f"{PROPOSAL} We present CoralNet for corals."


def taken(unused: Unused, given: Sentences, place: Place = "contribution") -> list[int]:
    return [one.sentence.index for one in unused.take(given, place)]


def test_each_sentence_is_given_once_the_best_first() -> None:
    unused = Unused()
    given = sentences(f"{TWO} {PLAIN}", relevance=[0.9, 0.2, 0.3, 0.1])
    assert [taken(unused, given) for _ in range(4)] == [[2], [1], [3], []]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param("For tiny corals we propose ReefNet.", [[1], []], id="says the same"),
        pytest.param("We propose ReefNet for whales.", [[1], [2]], id="says something else"),
    ],
)
def test_none_says_what_another_one_said(second: str, expected: list[list[int]]) -> None:
    given = sentences(f"We propose ReefNet for corals. {second}", relevance=[0.0, 0.5, 0.4])
    unused = Unused()
    assert [taken(unused, given), taken(unused, given)] == expected


def test_the_same_words_are_given_once_whoever_says_them() -> None:
    unused = Unused()
    assert taken(unused, sentences(PROPOSAL, relevance=[0, 0.5])) == [1]
    again = sentences("We propose  reefnet for corals!", relevance=[0, 0.5], name="other")
    assert taken(unused, again) == []


@pytest.mark.parametrize(
    ("place", "text", "least"),
    [
        pytest.param("contribution", CODE, 0.0, id="contribution"),
        pytest.param("idea", "We present CoralNet.", 0.25, id="idea"),
        pytest.param("setting", "It runs on the ReefSet-2 dataset.", -0.1, id="setting"),
        pytest.param("explanation", PLAIN, 0.25, id="explanation"),
        pytest.param("overview", PROBLEM, 0.2, id="overview"),
        pytest.param("dissent", DISSENT, 0.2, id="dissent"),
        pytest.param("open", OPEN, 0.2, id="open"),
        pytest.param("result", "It improves recall.", -0.9, id="result"),  # 0.75 - 0.9 / 2
    ],
)
def test_a_sentence_must_be_near_enough_for_its_place(
    place: Place, text: str, least: float
) -> None:
    for cosine, expected in ((least + 0.01, [2]), (least - 0.01, [])):
        given = sentences(f"{PROPOSAL} {text}", relevance=[0.0, -9.0, cosine])
        assert taken(Unused(), given, place) == expected


def test_every_place_has_its_least() -> None:
    assert set(PLACES) == set(get_args(Place))


# -- titles --------------------------------------------------------------------------------------


def test_words_of_a_title_are_given_once() -> None:
    unused, given = Unused(), sentences(PROPOSAL, relevance=[0, 0.5])
    title = anchor(given.evidence.paper, 0)
    assert unused.take_title(given, "Corals") == Cell("Corals", title)
    assert unused.take_title(given, "CORALS.") is None
    assert unused.take_title(given, "Corals again") == Cell("Corals again", title)


def test_a_title_does_not_repeat_a_sentence() -> None:
    unused, given = Unused(), sentences(PROPOSAL, relevance=[0, 0.5])
    unused.take(given, "contribution")
    assert unused.take_title(given, "We propose ReefNet for corals") is None
