"""Reading a model's reply: lenient, in every dialect, and nothing that is no claim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.records import Paper
from rag.text.citations import Source
from rag.text.replies import _EARLY_MARK, Piece, Reader
from rag.text.sentences import split
from rag.text.talk import is_no_answer, is_refusal, is_talk

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


DIALECTS = [
    ("It cuts cost 【P3.2†source】.", "It cuts cost.", "p3.2"),
    ("It cuts cost [ID:P3.2].", "It cuts cost.", "p3.2"),
    ("It cuts cost [id: P3.2, id: P5.1].", "It cuts cost.", "p3.2 p5.1"),
    ("It cuts cost [**P3.2**].", "It cuts cost.", "p3.2"),
    ("It cuts cost **[P3.2]**.", "It cuts cost.", "p3.2"),
    ("It cuts cost (Paper 3.2).", "It cuts cost.", "p3.2"),
    ("It cuts cost [Paper 3.2].", "It cuts cost.", "p3.2"),
    ("It cuts cost (see P3.2).", "It cuts cost.", "p3.2"),
    ("It cuts cost [Source P3.2].", "It cuts cost.", "p3.2"),
    ("It cuts cost [[P3.2]].", "It cuts cost.", "p3.2"),
    ("It cuts cost <P3.2>.", "It cuts cost.", "p3.2"),
    ("It cuts cost {P3.2}.", "It cuts cost.", "p3.2"),
    ("P3.2: It cuts cost.", "It cuts cost.", "p3.2"),
    ("[P3.2] It cuts cost.", "It cuts cost.", "p3.2"),
    ("[P3.2]: It cuts cost.", "It cuts cost.", "p3.2"),
    ("According to [P3.2], it cuts cost.", "It cuts cost.", "p3.2"),
    ("Based on [P3.2] and [P5.1], it cuts cost.", "It cuts cost.", "p3.2 p5.1"),
    ("[P3.2] states that it cuts cost.", "It cuts cost.", "p3.2"),
    ("Sentence [P3.2] shows that it cuts cost.", "It cuts cost.", "p3.2"),
    ("It cuts cost, as stated in [P3.2].", "It cuts cost.", "p3.2"),
    ("<answer>It cuts cost [P3.2].</answer>", "It cuts cost.", "p3.2"),
    ("| Paper | Claim |\n|---|---|\n| X | It cuts cost [P3.2] |\n", "X: It cuts cost", "p3.2"),
    ("Claim: It cuts cost.\nEvidence: P3.2\n", "It cuts cost.", "p3.2"),
    ("claims:\n- text: It cuts cost.\n  ids: [P3.2]\n", "It cuts cost.", "p3.2"),
    ("It cuts cost.\n**Sources:** [P3.2], [P5.1]", "It cuts cost.", "p3.2 p5.1"),
    ("It cuts cost (P3, sentence 2).", "It cuts cost.", "p3.2"),
    ('It cuts cost [P3.2: "Bb two."].', "It cuts cost.", "p3.2"),
    ("It cuts cost.^[P3.2]", "It cuts cost.", "p3.2"),
    ("It cuts cost [P3.2].\n\nExplanation: I chose P3.2 for it.", "It cuts cost.", "p3.2"),
    ('{"claims": [{"text": "It cuts cost.", "ids": [3.2]}]}', "It cuts cost.", "p3.2"),
    ("It cuts cost 【4:0†source】 [P3.2].", "It cuts cost.", "p3.2"),
    ("Answer: It cuts cost [P3.2].", "It cuts cost.", "p3.2"),
    ("**Claim 1:** It cuts cost [P3.2].", "It cuts cost.", "p3.2"),
    ('{"claims": [{"text": "It cuts cost.", "ids": ["P3.2"]}]}', "It cuts cost.", "p3.2"),
    (
        '```json\n{"claims": [{"text": "It cuts cost.", "ids": ["P3.2"]}]}\n```',
        "It cuts cost.",
        "p3.2",
    ),
    (
        'Here is the JSON:\n[{"claim": "It cuts cost.", "sources": "[P3.2]"}]',
        "It cuts cost.",
        "p3.2",
    ),
    ('{"answer": "It cuts cost [P3.2]."}', "It cuts cost.", "p3.2"),
    ('["It cuts cost [P3.2]."]', "It cuts cost.", "p3.2"),
    (
        '{"claims": [{"text": "It {cuts} \\"cost\\".", "ids": ["P3.2"]}]',
        'It {cuts} "cost".',
        "p3.2",
    ),
]


@pytest.mark.parametrize("step", [1, 7, 1000])
@pytest.mark.parametrize(("reply", "text", "ids"), DIALECTS)
def test_every_dialect_reads_alike(reply: str, text: str, ids: str, step: int) -> None:
    (piece,) = read(reply, step)
    assert (piece.text, cited(piece)) == (text, ids)


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_ids_that_stand_before_their_sentences(step: int) -> None:
    found = read("[P3.2] It cuts cost. [P1.1] It grows.\n[P2.1] It ends.", step)
    assert [(one.text, cited(one)) for one in found] == [
        ("It cuts cost.", "p3.2"), ("It grows.", "p1.1"), ("It ends.", "p2.1"),
    ]  # fmt: skip


def test_claims_of_a_schema_are_given_out_as_they_are_closed() -> None:
    reader = Reader(SOURCES)
    start = '{"claims": [{"text": "It cuts cost.", "ids": ["P3.2", "P9.1"]'
    assert not list(reader.feed(start))
    (piece,) = reader.feed("}")
    assert (piece.text, cited(piece), piece.unknown) == ("It cuts cost.", "p3.2", ("P9.1",))
    assert not list(reader.feed(', {"text": "It gr'))
    assert not list(reader.close())


@pytest.mark.parametrize("reply", ['{"claims": []}', "```json\n[]\n```", '{"claims": [], "n": 1}'])
def test_a_list_without_claims_is_a_refusal(reply: str) -> None:
    (piece,) = read(reply)
    assert is_no_answer(piece.text)


@pytest.mark.parametrize(
    "reply", ['{"claims": [{"text": "It cu', '{"a": 1, "b": {"c"', "{" * 9_000]
)
def test_json_that_breaks_off_is_not_shown(reply: str) -> None:
    assert not read(reply)


@pytest.mark.parametrize(
    "text",
    [
        "The sources do not mention the learning rate.",
        "The provided sentences don't specify this.",
        "I cannot answer this question from the sources.",
        "I'm sorry, but the abstracts do not contain that information.",
        "There is no information about the learning rate.",
        "None of the papers mention it.",
        "Unfortunately, the given context does not provide an answer.",
        "Not mentioned in the sources.",
        "No information is provided on this.",
        "Insufficient information.",
        "NO ANSWER: the sources are about something else.",
        "The question cannot be answered.",
        "This is not mentioned.",
    ],
)
def test_refusals_in_other_words(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "The method does not need labels.",
        "No labels are needed for training.",
        "There is no decoder in the second stage.",
        "The paper proposes a dual masking strategy.",
        "It cannot answer questions on long videos.",
        "Not all patches matter.",
        "The data do not fit into memory.",
    ],
)
def test_claims_with_a_negation_are_no_refusals(text: str) -> None:
    assert not is_refusal(text)


def test_a_negative_finding_that_cites_is_no_refusal() -> None:
    assert not is_refusal("The data do not support the hypothesis.", cites=True)
    assert not is_refusal("No specific effect was found in adults.", cites=True)
    assert is_refusal("The sources do not mention it.", cites=True)


@pytest.mark.parametrize(
    "text",
    [
        "Sure!",
        "Sure! Here is the answer:",
        "Here are the claims:",
        "Based on the provided sources:",
        "I hope this helps!",
        "Let me know if you need more.",
        "In summary:",
        "## Findings",
    ],
)
def test_talk_is_no_claim(text: str) -> None:
    assert is_talk(text)


@pytest.mark.parametrize(
    "text",
    ["It works.", "Here the masks are dual.", "Surely it works.", "Notes are kept in memory."],
)
def test_a_claim_is_no_talk(text: str) -> None:
    assert not is_talk(text)
