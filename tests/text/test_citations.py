"""The sentence-id protocol: lenient reading, numbering, and text that joins up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.records import Answer, Citation, Paper
from rag.text.citations import (
    _EARLY_MARK,
    Anchor,
    Builder,
    Numbering,
    Piece,
    Reader,
    Source,
    address,
    is_no_answer,
    ranks,
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


@pytest.mark.parametrize(
    ("reply", "text", "ids"),
    [
        pytest.param("So [P1.1 and P2.1].", "So.", "p1.1 p2.1", id="and"),
        pytest.param("So （P1.1、P2.1）.", "So.", "p1.1 p2.1", id="Chinese comma"),
        pytest.param("So P1.1 says.", "So says.", "p1.1", id="bare"),
        pytest.param("The P-value is small.", "The P-value is small.", "", id="no digit"),
        pytest.param("In AP1.1 it is.", "In AP1.1 it is.", "", id="part of a word"),
        pytest.param("By P1.1% it is.", "By P1.1% it is.", "", id="per cent"),
        pytest.param("In (P2 nodes) it is.", "In (P2 nodes) it is.", "", id="more in the brackets"),
        pytest.param("On P2 it is.", "On P2 it is.", "", id="a bare paper in the middle"),
    ],
)
def test_only_markers_are_taken_out(reply: str, text: str, ids: str) -> None:
    (piece,) = read(reply)
    assert (piece.text, cited(piece)) == (text, ids)


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


@pytest.mark.parametrize(
    ("text", "early"),
    [
        pytest.param("One. [P1.1]", True, id="a space"),
        pytest.param("One.[P1.1][P2.1] Two", True, id="two ids"),
        pytest.param("好。[P1.1]", True, id="a Chinese mark"),
        pytest.param("One [P1.1].", False, id="the mark behind the ids"),
        pytest.param("One. [3]", False, id="no id"),
        pytest.param("One.[P1.1]x", False, id="goes on"),
    ],
)
def test_a_mark_may_stand_before_the_ids(text: str, early: bool) -> None:
    assert bool(_EARLY_MARK.search(text)) is early


@pytest.mark.parametrize(
    ("reply", "texts"),
    [
        pytest.param("One! Two", ["One!", "Two"], id="a space"),
        pytest.param("It is “so.” Two", ["It is “so.”", "Two"], id="a quote"),
        pytest.param("One.(P1.1) Two", ["One.", "Two"], id="ids"),
        pytest.param("真的？是", ["真的？", "是"], id="a Chinese mark"),
        pytest.param("One\nTwo", ["One", "Two"], id="a line feed"),
        pytest.param("It gains 3.5 by Node.js here", ["It gains 3.5 by Node.js here"], id="inside"),
        pytest.param("One.(see it) two", ["One.(see it) two"], id="another bracket"),
    ],
)
def test_a_reply_is_cut_at_its_marks(reply: str, texts: list[str]) -> None:
    assert [piece.text for piece in read(reply)] == texts


@pytest.mark.parametrize(
    ("reply", "lead"),
    [
        pytest.param("* One", "* ", id="a star"),
        pytest.param("• One", "• ", id="a bullet"),
        pytest.param("  12) One", "  12) ", id="a number"),
        pytest.param(" One", " ", id="a space"),
        pytest.param("-One", "", id="no space behind"),
        pytest.param("1.5 is one", "", id="a decimal"),
        pytest.param("123) One", "", id="three digits"),
    ],
)
def test_what_stands_before_a_sentence(reply: str, lead: str) -> None:
    (piece,) = read(reply)
    assert piece.lead == lead


@pytest.mark.parametrize(
    ("reply", "is_claim"),
    [
        pytest.param("## Heading", False, id="a heading"),
        pytest.param("**Findings:**", False, id="a bold heading"),
        pytest.param("---", False, id="a rule"),
        pytest.param("| --- |", False, id="a table rule"),
        pytest.param("```python", False, id="a fence"),
        pytest.param("It works", True, id="no mark"),
        pytest.param("#hash", True, id="no space behind"),
        pytest.param(f"{'So ' * 21}it is:", True, id="a long text with a colon"),
        pytest.param("## Heading [P1.1]", True, id="one that cites"),
    ],
)
def test_structure_is_no_claim(reply: str, is_claim: bool) -> None:
    assert bool(read(reply)) is is_claim


@pytest.mark.parametrize(
    ("line", "is_end"),
    [
        pytest.param("References", True, id="a word"),
        pytest.param("## Sources:", True, id="a heading"),
        pytest.param("**BIBLIOGRAPHY**", True, id="bold capitals"),
        pytest.param("Sources differ", False, id="a sentence"),
        pytest.param("The references", False, id="a word before"),
        pytest.param("Findings:", False, id="another heading"),
    ],
)
def test_a_list_of_references_ends_the_reply(line: str, is_end: bool) -> None:
    texts = [piece.text for piece in read(f"One [P1.1].\n{line}\nTwo [P2.1].")]
    assert ("Two." not in texts) is is_end


@pytest.mark.parametrize(
    ("marker", "is_foreign"),
    [
        pytest.param("[2]", True, id="a number"),
        pytest.param("[1, 3]", True, id="two"),
        pytest.param("[1–3]", True, id="a range"),
        pytest.param("[^1]", True, id="a footnote"),
        pytest.param("[^ ]", True, id="an empty footnote"),
        pytest.param("[0, 1]", False, id="an interval"),
        pytest.param("[2020]", False, id="a year"),
        pytest.param("[1.5]", False, id="a decimal"),
        pytest.param("(2)", False, id="round brackets"),
    ],
)
def test_a_models_own_numbers_are_removed(marker: str, is_foreign: bool) -> None:
    (piece,) = read(f"So {marker} it is.")
    assert piece.unknown == ((marker,) if is_foreign else ())
    assert (marker not in piece.text) is is_foreign


@pytest.mark.parametrize(
    ("rest", "waits"),
    [
        pytest.param("[P1.", True, id="an id"),
        pytest.param("（P1", True, id="a Chinese bracket"),
        pytest.param(r"\[P1", True, id="escaped"),
        pytest.param("(see", True, id="words"),
        pytest.param("(see)", False, id="closed"),
        pytest.param("so (see", False, id="further on"),
        pytest.param(f"({'so ' * 70}", False, id="too long for ids"),
    ],
)
def test_a_bracket_behind_a_sentence_is_waited_for(rest: str, waits: bool) -> None:
    assert (not list(Reader(SOURCES).feed(f"One. {rest}"))) is waits


@pytest.mark.parametrize(
    ("reply", "count"),
    [
        pytest.param("See Eq. 3", 1, id="a word"),
        pytest.param("One, i.e. two", 1, id="letters"),
        pytest.param("By Li et al. too", 1, id="two words"),
        pytest.param("By J. Li", 1, id="an initial"),
        pytest.param("So. Two", 2, id="another word"),
        pytest.param("A config. Two", 2, id="a longer word"),
        pytest.param("On AB. Two", 2, id="two capitals"),
    ],
)
def test_an_abbreviation_ends_no_sentence_of_a_reply(reply: str, count: int) -> None:
    assert len(read(reply)) == count


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
