"""A reading list as Markdown, as a table, and as a bibliography."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
import rispy
from pybtex.database import parse_string

from rag.errors import InputError
from rag.records import Paper
from rag.text.export import FORMATS as BIBLIOGRAPHIES
from rag.text.reading_list import CHANGED, FORMATS, GONE, Star, by_paper, write

Make = Callable[..., Paper]
DAY = 1_767_225_599.0  # the last second of 2025 in UTC


@pytest.fixture
def corals(make_paper: Make) -> Paper:
    return make_paper(
        "Corals *grow*",
        "Corals grow. They do so slowly.",
        authors=("Ana Ruiz", "Bo Ek"),
        year=2021,
        venue="Reefs",
        doi="10.1000/a_b",
    )


@pytest.fixture
def stars(corals: Paper) -> list[Star]:
    return [
        Star(corals.id, -2, "As it was", "", "Read *twice*.\nThen again.\n\n# Soon", DAY),
        Star(corals.id, 13, "As it was", "They do so slowly.", "How slowly?", DAY + 1),
        Star("gone", 4, "Gone <b>", "It said [so].", "", DAY),
    ]


def test_markdown_quotes_with_notes_and_lists_the_references(
    corals: Paper, stars: list[Star]
) -> None:
    assert write("markdown", stars, {corals.id: corals}) == (
        "# Reading list\n\n"
        "## Corals \\*grow\\* [1]\n\n"
        "Ana Ruiz, Bo Ek. Reefs. 2021\n\n"
        "Read \\*twice\\*.\\\nThen again.\n\n\\# Soon\n\n"
        "> They do so slowly.\n\n"
        "How slowly?\n\n"
        "## Gone \\<b\\> [2]\n\n"
        f"*{GONE}*\n\n"
        "> It said \\[so\\].\n\n"
        "## References\n\n"
        "[1] Ana Ruiz, Bo Ek. Corals \\*grow\\*. Reefs, 2021. https://doi.org/10.1000/a\\_b\n\n"
        "[2] Gone \\<b\\>.\n"
    )


def test_a_sentence_that_has_changed_is_quoted_as_it_was_and_marked(corals: Paper) -> None:
    kept = Star(corals.id, 0, corals.title, "Corals do not grow.")
    text = write("markdown", [kept], {corals.id: corals})
    assert f"> Corals do not grow.\n\n*{CHANGED}*\n" in text
    title = Star(corals.id, -1, corals.title, corals.title)
    assert CHANGED not in write("markdown", [title], {corals.id: corals})


def test_the_table_has_a_line_a_star(corals: Paper, stars: list[Star]) -> None:
    head, *rows = csv.reader(io.StringIO(write("csv", stars, {corals.id: corals})))
    known = ["Corals *grow*", "Ana Ruiz; Bo Ek", "2021", "Reefs", "10.1000/a_b"]
    address = "https://doi.org/10.1000/a_b"
    assert head == "title authors year venue doi url sentence note added".split()
    assert rows == [
        [*known, address, "", "Read *twice*. Then again. # Soon", "2025-12-31"],
        [*known, address, "They do so slowly.", "How slowly?", "2026-01-01"],
        ["Gone <b>", "", "", "", "", "", "It said [so].", "", "2025-12-31"],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\u202e=1", " \r\n=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    star = Star("p", 0, text, text, text)
    paper = Paper("p", text, "", authors=(text,), venue=text, doi=text)
    for papers in ({}, {"p": paper}):
        _, row = csv.reader(io.StringIO(write("csv", [star], papers)))
        assert not [cell for cell in row if cell.startswith(tuple("=+-@\t\r"))]
        assert row[7] == f"'{text.strip().lstrip(chr(0x202E))}"


@pytest.mark.parametrize("form", BIBLIOGRAPHIES[1:])
def test_each_paper_comes_out_once(form: str, corals: Paper, stars: list[Star]) -> None:
    text = write(form, stars, {corals.id: corals})
    if form == "bibtex":
        titles = [entry.fields["title"] for entry in parse_string(text, "bibtex").entries.values()]
    elif form == "ris":
        titles = [record["title"] for record in rispy.loads(text)]
    else:
        titles = [item["title"] for item in json.loads(text)]
    assert titles == ["Corals *grow*", "Gone <b>"]


def test_an_empty_list_can_be_carried_away() -> None:
    written = {form: write(form, [], {}).strip() for form in FORMATS}
    head = "title,authors,year,venue,doi,url,sentence,note,added"
    assert written == {
        "markdown": "# Reading list", "bibtex": "", "ris": "", "csl-json": "[]", "csv": head,
    }  # fmt: skip


def test_another_format_is_refused() -> None:
    with pytest.raises(InputError, match="markdown, bibtex, ris, csl-json, csv"):
        write("docx", [], {})


def test_stars_of_a_paper_are_together(stars: list[Star]) -> None:
    assert [[star.start for star in group] for group in by_paper(stars)] == [[-2, 13], [4]]
