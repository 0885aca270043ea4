"""The sentence-id protocol: lenient reading, numbering, and text that joins up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.records import Answer, Citation, Paper
from rag.text.citations import (
    Anchor,
    Builder,
    Numbering,
    Piece,
    Reader,
    Source,
    address,
    is_no_answer,
    with_markers,
)
from rag.text.sentences import split

PAPERS = [Paper(f"p{n}", f"Title {n}", "Aa one. Bb two. Cc three. Dd four.") for n in range(1, 6)]
SOURCES = [Source(paper, split(paper.abstract, title=paper.title), best=2) for paper in PAPERS]


def read(reply: str, step: int = 1000) -> list[Piece]:
    reader = Reader(SOURCES)
    pieces = [
        piece
        for start in range(0, len(reply), step)
        for piece in reader.feed(reply[start : start + step])
    ]
    return [*pieces, *reader.close()]


def cited(piece: Piece) -> str:
    return " ".join(f"{a.paper.id}.{a.sentence.index}" for a in piece.anchors)


@pytest.mark.parametrize(
    ("reply", "pieces"),
    [
        ("It cuts cost [P3.2][P5.1].", [("It cuts cost.", "p3.2 p5.1")]),
        ("It cuts cost. [P3.2]", [("It cuts cost.", "p3.2")]),
        (
            "It cuts cost.[P3.2] It grows [P1.1].",
            [("It cuts cost.", "p3.2"), ("It grows.", "p1.1")],
        ),
        (
            "One (P3.2). Two 【P4.3】. Three ［P1.1］.",
            [("One.", "p3.2"), ("Two.", "p4.3"), ("Three.", "p1.1")],
        ),
        ("One [P3.2, P5.1; P1.3].", [("One.", "p3.2 p5.1 p1.3")]),
        (
            "One [P1.1-P1.3]. Two [P2.1–3]. Three [P2.1 to 2.2].",
            [("One.", "p1.1 p1.2 p1.3"), ("Two.", "p2.1 p2.2 p2.3"), ("Three.", "p2.1 p2.2")],
        ),
        ("One P3.2. Two p1.1.", [("One.", "p3.2"), ("Two.", "p1.1")]),
        ("One [P3]. Two P2.", [("One.", "p3.2"), ("Two.", "p2.2")]),
        ("Papers [P1-P3] agree.", [("Papers agree.", "p1.2 p2.2 p3.2")]),
        ("The title says so [P1.0].", [("The title says so.", "p1.0")]),
        (r"Escaped \[P1.2\].", [("Escaped.", "p1.2")]),
        (
            "It runs on a P100 GPU and a P3 node [P1.1].",
            [("It runs on a P100 GPU and a P3 node.", "p1.1")],
        ),
        (
            "It gains 3.5 points [P1.1], i.e. a lot [P1.2].",
            [("It gains 3.5 points, i.e. a lot.", "p1.1 p1.2")],
        ),
        (
            "Li et al. say so [P1.1]. Fig. 3 too [P2.1].",
            [("Li et al. say so.", "p1.1"), ("Fig. 3 too.", "p2.1")],
        ),
        ("Twice [P1.1][P1.1].", [("Twice.", "p1.1")]),
        ("No id here. One here [P1.1].", [("No id here.", ""), ("One here.", "p1.1")]),
        ("结果很好[P1.1]。也很快[P1.2]。", [("结果很好。", "p1.1"), ("也很快。", "p1.2")]),
        ("As in [2] and [1, 3], so [P1.1].", [("As in and, so.", "p1.1")]),
        ("In the range [0, 1] it holds [P1.1].", [("In the range [0, 1] it holds.", "p1.1")]),
        ("A claim [P1.", [("A claim.", "p1.2")]),
        ("", []),
    ],
    ids=lambda value: value[:28] if isinstance(value, str) else "",
)
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_reading(reply: str, pieces: list[tuple[str, str]], step: int) -> None:
    assert [(piece.text, cited(piece)) for piece in read(reply, step)] == pieces


def test_made_up_ids_are_told_and_removed() -> None:
    (piece,) = read("It is so [P1.1][P9.9][P1.77][P0.1].")
    assert (piece.text, cited(piece)) == ("It is so.", "p1.1")
    assert piece.unknown == ("P9.9", "P1.77", "P0.1")


def test_lists_keep_their_marks() -> None:
    pieces = read("- One [P1.1].\n- Two [P2.1].\n\n1. Three [P3.1]\n2. Four [P4.1]")
    assert [(piece.lead, piece.text) for piece in pieces] == [
        ("- ", "One."),
        ("\n- ", "Two."),
        ("\n\n1. ", "Three"),
        ("\n2. ", "Four"),
    ]


def test_a_sentence_is_given_out_once_the_next_one_starts() -> None:
    reader = Reader(SOURCES)
    assert not list(reader.feed("One [P1.1]. "))  # more ids may follow
    assert not list(reader.feed("[P2"))
    assert [cited(piece) for piece in reader.feed(".1] Tw")] == ["p1.1 p2.1"]


@given(st.text(alphabet=st.sampled_from("Pp123.[]()-, \nab"), max_size=80), st.integers(1, 7))
def test_any_reply_reads_the_same_in_any_pieces(reply: str, step: int) -> None:
    whole, cut = read(reply), read(reply, step)
    assert [cited(piece) for piece in cut if piece.anchors] == [
        cited(piece) for piece in whole if piece.anchors
    ]


@pytest.mark.parametrize("text", ["NO ANSWER", "**No answer.**", "no_answer", " NO  ANSWER\n"])
def test_refusals(text: str) -> None:
    assert is_no_answer(text)


@pytest.mark.parametrize("text", ["No answer is given by P1.", "", "Answer: no"])
def test_no_refusals(text: str) -> None:
    assert not is_no_answer(text)


# -- numbering and building ----------------------------------------------------------------------


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
