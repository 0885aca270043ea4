"""What is known of a paper for a question, and what a whole search saw."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from rag.library import Term
from rag.search.evidence import Evidence, Survey
from rag.search.fusion import Found
from tests.support.evidence import entry, evidence, paper, towards

SURVEY = Survey(best_nearness=0.7, best_sentence=0.9, best_words=0.3, background=0.25)
CORALS = entry(
    paper("Corals", "Corals grow fast. Whales sing."), [towards(0.2), towards(0.9), towards(0.4)]
)


def found(score: float, nearness: float, share: float, *cosines: float) -> Found:
    return Found(CORALS, score, nearness, share, np.array(cosines, dtype=np.float32))


# -- a survey ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "survey",
    [
        pytest.param(SURVEY, id="full"),
        pytest.param(Survey(), id="of nothing"),
        pytest.param(Survey(0.7, 0.9, 0.3), id="without a background"),
        pytest.param(Survey(by_words=True), id="by words alone"),
    ],
)
def test_a_survey_travels_as_metadata(survey: Survey) -> None:
    told = survey.to_metadata()
    assert told == asdict(survey)
    assert Survey.from_metadata({**told, "title": "Corals"}) == survey


@pytest.mark.parametrize("name", ["best_nearness", "best_sentence", "best_words", "background"])
def test_a_node_that_lacks_a_part_is_somebody_elses(name: str) -> None:
    told = SURVEY.to_metadata()
    del told[name]
    assert Survey.from_metadata(told) is None


def test_a_node_without_metadata_is_somebody_elses() -> None:
    assert Survey.from_metadata({}) is None


def test_a_survey_sums_up_a_search() -> None:
    survey = Survey.of(
        [
            found(1.5, 0.50, 0.1, 0.25, 0.5),
            found(0.5, 0.75, 0.3, 0.875, 0.0),
            found(1.0, 0.25, 0.2, 0.125),
        ]
    )
    assert survey == Survey(0.75, 0.875, 0.3, background=1.0)


def test_the_background_is_the_middle_of_the_scores() -> None:
    assert Survey.of([found(score, 0, 0, 0) for score in (4.0, 1.0, 2.0, 0.0)]).background == 1.5


def test_a_search_that_found_nothing_saw_nothing() -> None:
    assert Survey.of([]) == Survey()


# -- evidence ------------------------------------------------------------------------------------


def test_evidence_is_put_together_from_a_paper_and_the_words_of_a_question() -> None:
    terms = [Term("sing", "sing", 1, 2.0), Term("bread", "bread", 0, 3.0)]
    near = np.array([0.2, 0.9, 0.4], dtype=np.float32)
    one = Evidence.of(CORALS, terms, score=1.5, relevance=near)
    assert (one.paper, one.sentences, one.score) == (CORALS.paper, CORALS.sentences, 1.5)
    share = terms[0].idf / sum(term.idf for term in terms)  # the only word that the paper has
    assert one.coverage.tolist() == [[0, 0], [0, 0], pytest.approx([share, 0])]
    assert one.coverage.dtype == np.float32
    assert one.relevance is near


def test_a_word_of_the_title_counts_a_quarter() -> None:
    terms = [Term("corals", "coral", 1, 1.0), Term("grow", "grow", 1, 1.0)]
    one = Evidence.of(CORALS, terms, score=1.0, relevance=np.zeros(3, dtype=np.float32))
    # Of three sentences two have "corals", one has "grow".
    corals, grow = 0.25 * np.log(1 + 3 / 2), np.log(1 + 3)
    shares = [corals / (corals + grow), grow / (corals + grow)]
    expected = [[shares[0], 0], shares, [0, 0]]
    assert one.coverage == pytest.approx(np.array(expected))


@pytest.mark.parametrize(
    ("relevance", "best"),
    [
        pytest.param([0.1, 0.9, 0.4], 1, id="a sentence"),
        pytest.param([0.9, 0.1, 0.4], 0, id="the title"),
        pytest.param([0.1, 0.4, 0.4], 1, id="a tie goes to the first"),
    ],
)
def test_the_best_sentence_is_the_nearest(relevance: list[float], best: int) -> None:
    assert evidence(CORALS.paper, relevance=relevance).best == best
