"""The sentence-id protocol: ids, numbering, and text that joins up."""

from __future__ import annotations

import pytest

from rag.records import Answer, Citation, Paper
from rag.text.citations import (
    Anchor,
    Builder,
    Numbering,
    Source,
    address,
    ranks,
    with_markers,
)
from rag.text.sentences import split

PAPERS = [Paper(f"p{n}", f"Title {n}", "Aa one. Bb two. Cc three. Dd four.") for n in range(1, 6)]
SOURCES = [Source(paper, split(paper.abstract, title=paper.title), best=2) for paper in PAPERS]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("P3.2", [3], id="a sentence"),
        pytest.param("p 3 . 2", [3], id="spaces"),
        pytest.param("P1-P3", [1, 2, 3], id="a range of papers"),
        pytest.param("P2.1–2.3", [2], id="a range of sentences"),
        pytest.param("P1 to 3", [1, 2, 3], id="a range in words"),
        pytest.param("P1, P3", [1, 3], id="two"),
        pytest.param("P1, 3", [1], id="a number by itself"),
        pytest.param("3.2, PX", [], id="no id"),
    ],
)
def test_ids_name_papers(text: str, found: list[int]) -> None:
    assert ranks(text) == found


def anchor(paper: int, sentence: int) -> Anchor:
    return Anchor(PAPERS[paper - 1], SOURCES[paper - 1].sentences[sentence])


def test_papers_are_numbered_by_first_appearance() -> None:
    builder = Builder(Numbering())
    shown = [
        builder.add("One.", [anchor(3, 1)], "supported"),
        builder.add("Two.", [anchor(1, 1), anchor(3, 2)], "supported"),
        builder.add("Three.", [anchor(3, 1)], "supported", lead="\n- "),
        builder.add("Four", [], "unsupported"),
    ]
    assert builder.text == "One [1]. Two [2][1].\n- Three [1]. Four [unsupported]"
    assert "".join(shown) == builder.text
    assert [(c.number, c.paper_id, c.sentence) for c in builder.citations] == [
        (1, "p3", "Aa one."),
        (2, "p1", "Aa one."),
        (1, "p3", "Bb two."),
    ]
    assert [(c.citations, c.anchors) for c in builder.claims] == [
        ((1,), (0,)),
        ((2, 1), (1, 2)),
        ((1,), (0,)),
        ((), ()),
    ]


def test_numbers_stay_for_a_conversation() -> None:
    before = Answer("q", "", True, "extractive", "", citations=(
        Citation(4, "p5", "", "", -1, -1, ""),
    ))  # fmt: skip
    numbering = Numbering.after([before])
    assert [numbering.number(PAPERS[i]) for i in (4, 0, 4, 1)] == [4, 5, 4, 6]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Done.", "Done [1][2]."),
        ("Done", "Done [1][2]"),
        ('It says "so."', 'It says "so." [1][2]'),
        ("And so on...", "And so on... [1][2]"),
    ],
)
def test_markers_stand_before_the_mark(text: str, shown: str) -> None:
    assert with_markers(text, (1, 2)) == shown


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"url": "https://a.org", "doi": "10.1/x"}, "https://a.org"),
        ({"doi": "10.1/x", "arxiv_id": "1"}, "https://doi.org/10.1/x"),
        ({"arxiv_id": "2301.1"}, "https://arxiv.org/abs/2301.1"),
        ({}, ""),
        ({"url": "javascript:alert(1)", "doi": "10.1/x"}, "https://doi.org/10.1/x"),
    ],
)
def test_addresses(fields: dict[str, str], url: str) -> None:
    assert address(Paper("i", "t", "a", **fields)) == url  # type: ignore[arg-type]
