"""Questions with the papers that they name looked up."""

from __future__ import annotations

import pytest

from rag.errors import InputError
from rag.evaluation.questions import Reference, Span, Written, resolve
from rag.records import Paper

PAPERS = [
    Paper("a-1", "On Corals", "Corals grow. They are slow.", doi="10.1000/A"),
    Paper("2", "On Owls", "Owls are quiet."),
    Paper("c-3", "2024", "A year."),
]


def asked(*papers: Reference, **fields: object) -> Written:
    given = {"id": "q", "path": "f", "line": 1, "text": "What?", **fields}
    return Written(**{"grades": tuple((paper, 2) for paper in papers), **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("named", "found"),
    [
        pytest.param(1, "a-1", id="a position"),
        pytest.param(2, "2", id="a position that is an id too"),
        pytest.param("1", "a-1", id="a position as text"),
        pytest.param("2", "2", id="an id of digits"),
        pytest.param("a-1", "a-1", id="an id"),
        pytest.param("10.1000/a", "a-1", id="a DOI"),
        pytest.param("https://doi.org/10.1000/A", "a-1", id="the address of a DOI"),
        pytest.param("on  owls", "2", id="a title"),
        pytest.param("2024", "c-3", id="a title of digits"),
    ],
)
def test_a_paper_is_found_by_what_it_is_called(named: Reference, found: str) -> None:
    assert dict(resolve([asked(named)], PAPERS).questions[0].grades) == {found: 2}


@pytest.mark.parametrize("named", [0, 4, -1, "On", "", " ", "10.1000"])
def test_a_paper_that_is_not_there_leaves_its_question_out(named: Reference) -> None:
    found = resolve([asked(named), asked(1, id="other")], PAPERS)
    assert [question.id for question in found.questions] == ["other"]
    assert str(found.left_out[0]) == f"f:1: names a paper not in the library: {named}"


def test_when_no_paper_is_known_five_are_named() -> None:
    with pytest.raises(
        InputError, match=r"3 papers; they name papers .* p1, p2, p3, p4, p5 and 2 m"
    ):
        resolve([asked(*(f"p{n}" for n in range(1, 8)))], PAPERS)


def test_judgements_pass_over_papers_that_the_library_lacks() -> None:
    judged = asked("a-1", "gone", judged=True)
    assert dict(resolve([judged], PAPERS).questions[0].grades) == {"a-1": 2}
    with pytest.raises(InputError, match="gone"):
        resolve([asked("gone", judged=True)], PAPERS)


def test_judgements_name_papers_by_id_only() -> None:
    with pytest.raises(InputError, match="not in the library: 1"):
        resolve([asked("1", judged=True)], PAPERS)


def test_a_question_without_papers_is_left_out_unless_none_answers_it() -> None:
    found = resolve([asked(), asked(id="no", kind="off_topic")], PAPERS)
    assert [(q.id, q.answerable) for q in found.questions] == [("no", False)]
    assert "'q' names no paper; add" in str(found.left_out[0])


def test_evidence_is_a_place_in_the_abstract() -> None:
    found = resolve([asked(1, evidence=((1, "are slow"), (1, "are fast")))], PAPERS)
    assert found.questions[0].evidence == (Span("a-1", 18, 26),)
    assert "evidence that is not in the abstract of a-1" in str(found.left_out[0])


def test_an_id_counts_once() -> None:
    found = resolve([asked(1), asked(2, line=2)], PAPERS)
    assert dict(found.questions[0].grades) == {"a-1": 2}
    assert str(found.left_out[0]) == "f:2: has the id of f:1, 'q'; give each its own"


@pytest.mark.parametrize(
    ("grades", "must"),
    [
        pytest.param({"a": 2, "b": 1}, {"a"}, id="grade 2"),
        pytest.param({"a": 3, "b": 1}, {"a"}, id="above"),
        pytest.param({"a": 1, "b": 1}, {"a", "b"}, id="all when none has it"),
    ],
)
def test_what_must_be_cited(grades: dict[str, int], must: set[str]) -> None:
    papers = [Paper("a", "A", "x"), Paper("b", "B", "x")]
    written = asked(grades=tuple(grades.items()))
    assert resolve([written], papers).questions[0].must == must


def test_a_conversation_with_an_unknown_paper_is_left_out() -> None:
    turns = (("What?", (1,)), ("And?", (9,)))
    found = resolve([asked(turns=turns), asked(turns=turns[:1], id="d")], PAPERS)
    assert [dialog.id for dialog in found.dialogs] == ["d"]
    assert found.dialogs[0].turns == (("What?", frozenset({"a-1"})),)


def test_judgements_of_papers_that_are_not_there_are_told_once() -> None:
    written = [asked("a-1", "gone", judged=True), asked("2", "gone", id="r", judged=True)]
    (told,) = resolve(written, PAPERS).left_out
    assert str(told) == (
        "f: judgements, which count for nothing, of a paper not in the library: gone"
    )
