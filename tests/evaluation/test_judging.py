"""How an answer is judged by what is known of its question."""

from __future__ import annotations

import pytest

from rag.evaluation.judging import Row, cited_papers, judge_cited, judge_turn, violations
from rag.evaluation.questions import Question, Span
from rag.records import Answer, Citation, Claim, Hit, Paper

PAPERS = {
    "a": Paper("a", "On Corals", "Corals grow. They are slow."),
    "b": Paper("b", "On Owls", "Owls are quiet."),
}


def cite(paper: str, sentence: str, number: int = 1, start: int | None = None) -> Citation:
    at = PAPERS[paper].abstract.find(sentence) if start is None else start
    end = at + len(sentence) if at >= 0 else -1
    return Citation(number, paper, PAPERS[paper].title, sentence, at, end, "")


def answer(*citations: Citation, first: tuple[int, ...] = (0,)) -> Answer:
    claims = (Claim("x", (1,), "supported", first),) if citations else ()
    return Answer("?", "x", bool(citations), "extractive", "", claims, citations)


QUESTION = Question("q", "?", "detail", {"a": 2, "c": 2, "b": 1}, (Span("a", 18, 26),))


def test_cited_papers_are_counted_against_what_must_and_may_be_cited() -> None:
    found = judge_cited(
        QUESTION, answer(cite("a", "Corals grow."), cite("b", "Owls are quiet.", 2))
    )
    assert found["cited_recall"] == 0.5
    assert found["cited_precision"] == 1.0
    assert found["first_cited_right"] == 1.0
    other = Question("q", "?", "detail", {"b": 2})
    found = judge_cited(other, answer(cite("a", "Corals grow."), cite("b", "Owls are quiet.", 2)))
    assert (found["cited_precision"], found["first_cited_right"]) == (0.5, 0.0)
    assert "evidence_held" not in found


def test_a_refusal_cites_nothing_right() -> None:
    assert set(judge_cited(QUESTION, answer()).values()) == {0.0}


@pytest.mark.parametrize(
    ("citation", "held"),
    [
        pytest.param(cite("a", "They are slow."), 1.0, id="the sentence around it"),
        pytest.param(cite("a", "slow"), 1.0, id="a part of it"),
        pytest.param(cite("a", "Corals grow."), 0.0, id="another sentence"),
        pytest.param(cite("b", "Owls are quiet.", start=13), 0.0, id="another paper"),
        pytest.param(cite("a", "On Corals", start=-1), 0.0, id="the title"),
    ],
)
def test_evidence_is_held_by_a_sentence_that_overlaps_it(citation: Citation, held: float) -> None:
    found = judge_cited(QUESTION, answer(citation))
    assert (found["evidence_held"], found["evidence_first"]) == (held, held)


def test_evidence_of_a_later_claim_is_held_but_not_first() -> None:
    given = answer(cite("a", "Corals grow."), cite("a", "They are slow."))
    found = judge_cited(QUESTION, given)
    assert (found["evidence_held"], found["evidence_first"]) == (1.0, 0.0)


def test_papers_stand_in_the_order_of_the_text() -> None:
    given = answer(cite("a", "Corals grow.", 2), cite("b", "Owls are quiet.", 1), first=(0,))
    assert cited_papers(given) == ("a", "b")


def test_citations_are_held_to_the_paper_character_by_character() -> None:
    right = (cite("a", "Corals grow."), cite("a", "On Corals", start=-1))
    assert list(violations(answer(*right), PAPERS)) == []
    wrong = (cite("a", "Corals grow.", start=1), cite("b", "On Corals", start=-1))
    assert len(list(violations(answer(*wrong), PAPERS))) == 2
    assert list(violations(answer(right[0]), {})) == ["a is not in the library"]


def test_a_turn_is_judged_by_its_first_five_papers() -> None:
    hits = tuple(Hit(Paper(p, p, p), n, 1.0, "", "") for n, p in enumerate("abcdef", 1))
    found = judge_turn(Answer("?", "", True, "extractive", "", hits=hits), frozenset("af"))
    assert found == {"turns_R@5": 0.5}


@pytest.mark.parametrize(
    ("answered", "cited", "gold", "wrong"),
    [
        pytest.param(True, ("a",), {"a": 1}, False, id="right"),
        pytest.param(True, ("b", "a"), {"a": 1}, True, id="a wrong paper first"),
        pytest.param(True, ("a",), {}, True, id="should have been refused"),
        pytest.param(False, (), {"a": 1}, False, id="refused is not answered"),
        pytest.param(True, (), {"a": 1}, True, id="nothing cited"),
    ],
)
def test_what_is_a_wrong_answer(
    answered: bool, cited: tuple[str, ...], gold: dict[str, int], wrong: bool
) -> None:
    row = Row("q", "k", "?", bool(gold), cited=cited, gold=gold, answered=answered)
    assert row.wrong is wrong
