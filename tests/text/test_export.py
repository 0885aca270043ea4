"""Exports open in other people's parsers, hold exactly the cited papers, and carry no markup."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import rispy
from pybtex.database import parse_string

from rag import Assistant, InputError
from rag.records import Answer, Citation, Claim, Paper
from rag.text.export import (
    FORMATS,
    Format,
    Reference,
    bibtex,
    csl,
    escaped,
    key,
    references,
    ris,
    write,
)
from rag.text.sentences import split

Make = Callable[..., Paper]

NASTY = '50% of 5 & #1_a {b} \\ ~ ^ "q" @misc{x, @comment} } end'


def answered(*papers: Paper) -> tuple[Answer, dict[str, Paper]]:
    citations = []
    claims = []
    for number, paper in enumerate(papers, 1):
        sentence = split(paper.abstract, title="T")[1]
        citations.append(
            Citation(number, paper.id, paper.title, sentence.text, sentence.start, sentence.end, "")
        )
        claims.append(Claim(sentence.text, (number,), "supported", (number - 1,)))
    text = " ".join(f"{c.text[:-1]} [{c.citations[0]}]." for c in claims)
    answer = Answer("What is it?", text, True, "extractive", "", tuple(claims), tuple(citations))
    return answer, {paper.id: paper for paper in papers}


@pytest.fixture
def rich(make_paper: Make) -> Paper:
    return make_paper(
        "VideoMAE V2: Scaling & more",
        "We present it. It works.",
        authors=("Limin Wang", "van der Berg, Jan", "Ana María Gómez Ruiz", "Al and Co"),
        year=2023,
        venue="CVPR",
        doi="10.1000/a_b(1)",
        arxiv_id="2303.16727",
    )


def test_bibtex_opens_in_another_parser(rich: Paper) -> None:
    answer, papers = answered(rich)
    database = parse_string(write("bibtex", [answer], papers), "bibtex")
    (entry,) = database.entries.values()
    assert entry.type == "article"
    assert entry.fields["title"] == r"{VideoMAE} {V2}: Scaling \& more"
    assert entry.fields["doi"] == "10.1000/a_b(1)"
    assert entry.fields["eprint"] == "2303.16727"
    assert [str(person) for person in entry.persons["author"]] == [
        "Wang, Limin",
        "van der Berg, Jan",
        "Ruiz, Ana María Gómez",
        "{and} Co, Al",
    ]


def test_ris_and_csl_say_the_same(rich: Paper) -> None:
    answer, papers = answered(rich)
    (record,) = rispy.loads(write("ris", [answer], papers))
    (item,) = json.loads(write("csl-json", [answer], papers))
    assert record["title"] == item["title"] == "VideoMAE V2: Scaling & more"
    assert record["authors"][:2] == ["Wang, Limin", "van der Berg, Jan"]
    assert item["author"][1] == {
        "family": "Berg",
        "given": "Jan",
        "non-dropping-particle": "van der",
    }
    assert record["year"] == "2023"
    assert item["issued"] == {"date-parts": [[2023]]}
    assert record["id"] == item["id"] == key(rich)


def test_exactly_the_cited_papers_come_out_in_the_order_of_their_numbers(
    seeded: Assistant,
) -> None:
    answer = seeded.ask("Which papers are about masked autoencoders for video?")
    cited = {c.number: c.paper_id for c in answer.citations}
    found = references(answer.citations, seeded.papers_of([answer]))
    assert [(r.number, r.paper.id) for r in found] == sorted(cited.items())
    keys = [r.key for r in found]
    assert list(parse_string(seeded.export("bibtex", answer), "bibtex").entries) == keys
    assert [r["id"] for r in rispy.loads(seeded.export("ris", answer))] == keys
    assert [item["id"] for item in json.loads(seeded.export("csl-json", answer))] == keys


def test_a_key_does_not_depend_on_its_company(make_paper: Make) -> None:
    first = make_paper("Same Words here", authors=("A Same",), year=2020, doi="10.1/1")
    second = make_paper("Same Words here", authors=("A Same",), year=2020, doi="10.1/2")
    assert key(first) != key(second)
    assert key(first).startswith("same2020same-")
    assert key(first) == key(first)


@pytest.mark.parametrize("form", FORMATS)
def test_nasty_text_stays_text(form: Format, make_paper: Make) -> None:
    paper = make_paper(NASTY, f"{NASTY} is here.", authors=(NASTY, "", " , ", "{Team}"))
    answer, papers = answered(paper, make_paper("Next one", "It is next."))
    text = write(form, [answer], papers)
    if form == "bibtex":
        assert len(parse_string(text, "bibtex").entries) == 2
    elif form == "ris":
        assert len(rispy.loads(text)) == 2
    elif form == "csl-json":
        title = json.loads(text)[0]["title"]
        assert title == NASTY
    else:
        assert r"\_a" in text


def test_markdown_holds_the_conversation_and_no_live_markup(make_paper: Make) -> None:
    poison = "![x](http://evil/x.png) <script>alert(1)</script> [a](javascript:b) works."
    answer, papers = answered(make_paper("T <b>", poison), make_paper("U", "It is u."))
    second = Answer("And then?", "The papers do not say.", False, "extractive", "", notice="No.")
    text = write("markdown", [answer, second], papers)
    assert "](" not in text.replace(r"\](", "")
    assert "<script>" not in text.replace(r"\<script", "")
    assert text.index("## What is it?") < text.index("## And then?") < text.index("## References")
    assert "works [1]." in text
    assert "[1] T \\<b\\>." in text


def test_markdown_keeps_lists_and_marks_doubt(seeded: Assistant) -> None:
    answer = seeded.ask("Which papers are about masked autoencoders for video?")
    assert seeded.export("markdown", answer).count("\n- ") == answer.text.count("- ") > 3
    claim = Claim("It flies.", (1,), "unsupported", ())
    doubtful = Answer("Q?", "It flies [1] [unsupported].", False, "llm", "m", (claim,))
    assert "It flies [1] (unsupported)." in write("markdown", [doubtful], {})


def test_a_removed_paper_is_still_named() -> None:
    citation = Citation(1, "gone", "Gone paper", "S.", 0, 2, "https://x.org/1")
    (reference,) = references([citation], {})
    assert reference == Reference(1, reference.paper, reference.key)
    for writer in (bibtex, ris, csl):
        assert "Gone" in writer([reference])


def test_nothing_cited_is_an_empty_bibliography() -> None:
    assert references([], {}) == []
    assert bibtex([]).strip() == ""
    assert ris([]).strip() == ""
    assert json.loads(csl([])) == []


def test_another_format_is_refused(seeded: Assistant) -> None:
    form: Any = "docx"
    with pytest.raises(InputError, match="bibtex"):
        seeded.export(form)


@pytest.mark.parametrize(
    ("title", "field"),
    [
        pytest.param("VideoMAE", "{VideoMAE}", id="capitals inside"),
        pytest.param("GPT-4o", "{GPT-4o}", id="a name with a digit"),
        pytest.param("2D", "{2D}", id="a digit first"),
        pytest.param("V2", "{V2}", id="one capital and a digit"),
        pytest.param("Scaling A model", "Scaling A model", id="capitals at the start"),
        pytest.param("Multi-modal net2", "Multi-modal net2", id="no second capital"),
        pytest.param(r"a \ b", r"a \textbackslash{} b", id="a command"),
    ],
)
def test_capitals_are_kept_in_bibtex(title: str, field: str) -> None:
    written = bibtex([Reference(1, Paper("i", title, "A."), "k")])
    assert parse_string(written, "bibtex").entries["k"].fields["title"] == field


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("*a* [b] <c>", r"\*a\* \[b\] \<c\>", id="anywhere"),
        pytest.param("a\n# b", "a\n\\# b", id="a heading"),
        pytest.param("- a", r"\- a", id="a list"),
        pytest.param("---", r"\---", id="a rule"),
        pytest.param("a - b # c", "a - b # c", id="inside a line"),
        pytest.param("#1 -5", "#1 -5", id="no space behind"),
        pytest.param("(a) & b!", "(a) & b!", id="plain marks"),
    ],
)
def test_markup_is_escaped(text: str, shown: str) -> None:
    assert escaped(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("1. a", r"1\. a", id="an item"),
        pytest.param("a\n12.", "a\n12\\.", id="an empty one"),
        pytest.param("1.5 a", "1.5 a", id="a decimal"),
        pytest.param("see 1. a", "see 1. a", id="inside a line"),
    ],
)
def test_numbered_items_are_escaped(text: str, shown: str) -> None:
    assert escaped(text) == shown
