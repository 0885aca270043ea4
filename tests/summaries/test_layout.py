"""A summary laid out: the exact Markdown of each block, and the comparison as CSV."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.errors import InputError
from rag.records import Citation, Claim, Considered, Coverage, Mode, Paper, Row, Summary, Theme
from rag.summaries import layout


def claim(text: str, *numbers: int, anchors: Sequence[int] = ()) -> Claim:
    return Claim(text, numbers, "supported", tuple(anchors) or tuple(n - 1 for n in numbers))


def citation(number: int, title: str) -> Citation:
    return Citation(number, f"p{number}", title, "A sentence.", 0, 11, "")


CITATIONS = (citation(1, "ReefNet: Corals in warm water"), citation(2, "Whales <b>sing</b>"))
WON = Claim("It wins.", (1,), "unsupported", (0,))


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param(layout.heading("reef life"), "# reef life", id="heading"),
        pytest.param(
            layout.heading("a\n# [b](c) $\\alpha$"), r"# a # \[b\](c) α", id="heading: no markup"
        ),
        pytest.param(
            layout.overview([claim("Corals grow.", 1, 2), claim("They fade.", 1)]),
            "## Overview\n\nCorals grow [1][2]. They fade [1].",
            id="overview",
        ),
        pytest.param(layout.overview([]), "", id="overview: nothing"),
        pytest.param(
            layout.points("Disagreements", [claim("A", 1), WON]),
            "## Disagreements\n\n- A [1]\n- It wins [1] (unsupported).",
            id="points",
        ),
        pytest.param(layout.points("Disagreements", []), "", id="points: nothing"),
        pytest.param(layout.notice("Two *words*."), r"*Two \*words\*.*", id="notice"),
        pytest.param(layout.notice(""), "", id="notice: nothing"),
        pytest.param(
            layout.references(
                CITATIONS, {"p1": Paper("p1", "ReefNet", "", ("Ann Lee",), 2021, doi="10.1/x")}
            ),
            "## References\n\n[1] Ann Lee. ReefNet. 2021. https://doi.org/10.1/x\n\n"
            r"[2] Whales \<b\>sing\</b\>.",
            id="references",
        ),
        pytest.param(layout.references([], {}), "", id="references: nothing"),
        pytest.param(
            layout.coverage(
                Coverage((Considered("a", "A\nb", "rank 1; x|y"),), (Considered("b", "B", "far"),))
            ),
            "## Coverage\n\nUsed (1):\n\n- A b — rank 1; x\\|y\n\nLeft out (1):\n\n- B — far",
            id="coverage",
        ),
        pytest.param(
            layout.coverage(Coverage((), (Considered("b", "B", "far"),))),
            "## Coverage\n\nLeft out (1):\n\n- B — far",
            id="coverage: none used",
        ),
        pytest.param(
            layout.coverage(Coverage((Considered("a", "A", "x"),), (), 0, "1 of 1 paper.")),
            "## Coverage\n\n1 of 1 paper.\n\nUsed (1):\n\n- A — x",
            id="coverage: told",
        ),
        pytest.param(
            layout.coverage(Coverage((), (Considered("b", "B", "far"),), 1_589)),
            "## Coverage\n\nLeft out (1,590):\n\n- B — far\n- … and 1,589 more",
            id="coverage: more",
        ),
        pytest.param(layout.coverage(Coverage()), "", id="coverage: nothing"),
    ],
)
def test_blocks(made: str, expected: str) -> None:
    assert made == expected


SAID = (
    claim("We grow.", 1, anchors=[0]),
    claim("We fade.", 1, anchors=[0]),
    claim("We sing.", 2, anchors=[1]),
    claim("We glow.", 1, anchors=[0]),
)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        pytest.param("llm", "We grow [1]. We fade [1]. We sing [2]. We glow [1].", id="a model's"),
        pytest.param(
            "extractive",
            "- **ReefNet**: We grow [1]. We fade [1].\n"
            "- **Whales \\<b\\>sing\\</b\\>**: We sing [2].\n"
            "- **ReefNet**: We glow [1].",
            id="the abstracts' own",
        ),
    ],
)
def test_a_theme_says_whose_the_sentences_are(mode: Mode, expected: str) -> None:
    made = layout.theme(Theme("3. Reefs", ("p1", "p2"), SAID, mode), CITATIONS)
    assert made == f"## 3\\. Reefs\n\n{expected}"


# -- the comparison ------------------------------------------------------------------------------

ROWS = (
    Row(2, "p2", "Reef|Net", claim("corals in\nwater", 2), None, claim("It gains 3%.", 2)),
    Row(
        1,
        "p1",
        "=SUM(A1)",
        claim("-1 is\tbest", 1),
        claim("+ COCO", 1),
        claim('@home, it "is".', 1),
    ),
)


def test_the_comparison_as_markdown() -> None:
    assert layout.comparison(ROWS) == (
        "## Comparison\n\n"
        "| Paper | Idea | Setting and data | Main result |\n"
        "| --- | --- | --- | --- |\n"
        "| Reef\\|Net [2] | corals in water [2] |  | It gains 3% [2]. |\n"
        '| =SUM(A1) [1] | -1 is best [1] | \\+ COCO [1] | @home, it "is" [1]. |'
    )
    assert layout.comparison([]) == ""


def test_a_column_that_no_paper_fills_is_dropped() -> None:
    rows = [Row(1, "p1", "Reef", None, claim("COCO", 1)), Row(2, "p2", "Sea")]
    assert layout.comparison(rows) == (
        "## Comparison\n\n| Paper | Setting and data |\n| --- | --- |\n"
        "| Reef [1] | COCO [1] |\n| Sea [2] |  |"
    )
    assert layout.table(rows) == (
        "Number,Id,Paper,Setting and data\r\n1,p1,Reef,COCO\r\n2,p2,Sea,\r\n"
    )
    assert layout.comparison(rows[1:]) == ""


def test_the_comparison_as_csv_holds_no_formula() -> None:
    assert layout.table(ROWS) == (
        "Number,Id,Paper,Idea,Setting and data,Main result\r\n"
        "2,p2,Reef|Net,corals in water,,It gains 3%.\r\n"
        '1,p1,\'=SUM(A1),\'-1 is best,\'+ COCO,"\'@home, it ""is""."\r\n'
    )


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        pytest.param("=1+1", "'=1+1", id="equals"),
        pytest.param("+1", "'+1", id="plus"),
        pytest.param("-1", "'-1", id="minus"),
        pytest.param("@SUM(1)", "'@SUM(1)", id="at"),
        pytest.param("\t=1+1", "'=1+1", id="behind a tab"),
        pytest.param("\r\n =1+1", "'=1+1", id="behind a line break"),
        pytest.param("\u200b=1+1", "'=1+1", id="behind what is not seen"),
        pytest.param("1=1", "1=1", id="no formula"),
    ],
)
def test_a_spreadsheet_takes_no_cell_for_a_formula(text: str, cell: str) -> None:
    made = layout.table([Row(1, "p", text)])
    assert made.splitlines()[1] == f"1,p,{cell}"
    made = layout.table([Row(1, text, "name")])
    assert made.splitlines()[1] == f"1,{cell},name"


# -- writing it ----------------------------------------------------------------------------------


def test_a_summary_in_each_of_its_formats() -> None:
    paper = Paper("p1", "ReefNet", "", ("Ann Lee",), 2021)
    summary = Summary("t", "# t", True, "extractive", "", table=ROWS, citations=CITATIONS[:1])
    begins = {
        "markdown": "# t\n",
        "csv": "Number,Id",
        "bibtex": "@misc{lee2021reefnet-",
        "ris": "TY  - GEN",
        "csl-json": "[\n",
    }
    assert set(layout.FORMATS) == set(layout.SUFFIXES) == set(begins)
    for form, start in begins.items():
        assert layout.write(form, summary, {"p1": paper}).startswith(start)


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    summary = Summary("t", "# t", True, "extractive", "")
    with pytest.raises(InputError, match="no format 'word'; known are markdown, bibtex, ris"):
        layout.write("word", summary, {})
