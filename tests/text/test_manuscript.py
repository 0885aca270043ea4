"""Texts of one's own: their sentences keep their place, and what they cite."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import InputError
from rag.text import manuscript_latex, manuscript_markdown
from rag.text.manuscript import Passage, states_something

LATEX = r"""\documentclass{article}
\title{Not this}
% nor this
\begin{document}
\section{Nor this}
VideoMAE V2~\cite{wang2023,tong2022} uses \emph{dual masking} with $86.1\%$ accuracy.
\citet[see][p.~3]{x} propose a thing. \cite{num} shows that it works.

A second--\parencite[12]{key} paragraph.\footnote{A note \cite{f}.} 50\,\% is {\bf bold}.
Caf\'e and Sch\"on.\cite{late} More \shortcite{own}.
\begin{itemize}\item First. \item Second \autocites{a}{b}.\end{itemize}
\begin{equation} a = b \end{equation}
where $\alpha$ is the rate.
\begin{table}Nor this.\end{table}
The cost is \$5 --- ``so''.
Bad {brace \unknown{argument}
\end{document}"""
MARKDOWN = """---
title: Not this
---
# Nor this

VideoMAE V2 [@wang2023; see @tong2022, p. 3] has 86.1\\% on [K400](https://a.b/c.(x)).
@x [p. 3] propose a *thing* [1, 2]. [@num] shows `@code` &amp; more. Mail me@x.org.

- First [@a].
- Second
  goes on.[^1]

| nor | this |
|-----|------|
| 1   | 2    |

```
nor @this
```
> Quoted ![nor this](p.png) here. It ends. [@late]

    Indented text.\r
With CRLF\r
ends [@{weird/key}].
"""


def latex(source: str) -> list[Passage]:
    return [one for block in manuscript_latex.paragraphs(source) for one in block.passages()]


def markdown(source: str) -> list[Passage]:
    return [one for block in manuscript_markdown.paragraphs(source) for one in block.passages()]


def test_latex_is_read_sentence_by_sentence() -> None:
    assert [(one.text, one.keys) for one in latex(LATEX)] == [
        ("VideoMAE V2 uses dual masking with 86.1% accuracy.", ("wang2023", "tong2022")),
        ("The authors propose a thing.", ("x",)),
        ("The authors shows that it works.", ("num",)),
        ("A note.", ("f",)),
        ("A second– paragraph.", ("key",)),
        ("50 % is bold.", ()),
        ("Café and Schön.", ("late",)),
        ("More.", ("own",)),
        ("First.", ()),
        ("Second.", ("a", "b")),
        ("where α is the rate.", ()),
        ("The cost is $5 — “so”.", ()),
        ("Bad brace argument", ()),
    ]


def test_markdown_is_read_sentence_by_sentence() -> None:
    assert [(one.text, one.keys) for one in markdown(MARKDOWN)] == [
        ("VideoMAE V2 has 86.1% on K400.", ("wang2023", "tong2022")),
        ("The authors propose a thing.", ("x",)),
        ("The authors shows @code & more.", ("num",)),
        ("Mail me@x.org.", ()),
        ("First.", ("a",)),
        ("Second goes on.", ()),
        ("Quoted here.", ()),
        ("It ends.", ("late",)),
        ("Indented text.", ()),
        ("With CRLF ends.", ("weird/key",)),
    ]


def test_a_sentence_is_where_it_says() -> None:
    places = {one.text: LATEX[one.start : one.end] for one in latex(LATEX)}
    assert places["Second."] == r"Second \autocites{a}{b}."
    assert places["Café and Schön."] == "Caf\\'e and Sch\\\"on."
    assert places["The authors propose a thing."] == r"\citet[see][p.~3]{x} propose a thing."
    places = {one.text: MARKDOWN[one.start : one.end] for one in markdown(MARKDOWN)}
    assert places["VideoMAE V2 has 86.1% on K400."].endswith("on [K400](https://a.b/c.(x)).")
    assert places["The authors shows @code & more."] == "[@num] shows `@code` &amp; more."
    assert places["With CRLF ends."] == "With CRLF\r\nends [@{weird/key}]."


def test_commands_of_ones_own_and_arguments_that_are_no_words() -> None:
    source = (
        r"\newcommand{\dist}{DiST}\def\x{VideoMAE V2}\begin{document}"
        r"\dist{} uses a dual encoder. \x\ is big. \textcolor{red}{It is so, then.} "
        r"\href{http://x.y}{It halves the FLOPs.} \caption{Not this.} \paragraph{Nor this.} "
        r"See \cite{key It uses a dual encoder. It is so.\end{document}"
    )
    assert [(one.text, one.keys) for one in latex(source)] == [
        ("DiST uses a dual encoder.", ()),
        ("VideoMAE V2 is big.", ()),
        ("It is so, then.", ()),
        ("It halves the FLOPs.", ()),
        ("See key It uses a dual encoder.", ()),
        ("It is so.", ()),
    ]


def test_formulas_notes_and_breaks_in_markdown() -> None:
    source = (
        "A<br>b has $90.0\\\\%$ here. It costs $5 and $6.\n\n[^1]: A note.\n\n"
        "So $$x = a$$ it goes on.\n"
    )
    assert [one.text for one in markdown(source)] == [
        "A b has 90.0% here.",
        "It costs $5 and $6.",
        "A note.",
        "So it goes on.",
    ]


def test_a_form_feed_ends_no_line() -> None:
    source = "Page one.\n\fVideoMAE V2 has 86%.\x0b\u2028\n\n@nope2020 uses it."
    places = {source[one.start : one.end]: one.keys for one in markdown(source)}
    assert places["@nope2020 uses it."] == ("nope2020",)


def test_whose_a_citation_between_two_sentences_is() -> None:
    for source, keys in (
        ("It is so.[@a] It is not.", [("a",), ()]),
        ("It is so. [@a] It is not.", [(), ("a",)]),
        ("[@a] It is so. It is not. [@b]", [("a",), ("b",)]),
    ):
        assert [one.keys for one in markdown(source)] == keys
    assert [one.keys for one in latex(r"It is so. \cite{b} It is not.")] == [(), ("b",)]


def test_a_part_of_a_document_is_read_too() -> None:
    assert latex(r"It works \cite{a}. It does not \cite{b}.") == [
        Passage("It works.", 0, 18, ("a",)),
        Passage("It does not.", 19, 40, ("b",)),
    ]


@pytest.mark.parametrize("source", ["{" * 5_000, r"\emph{" * 2_000, r"\begin{a}" * 2_000])
def test_endless_nesting_is_told(source: str) -> None:
    with pytest.raises(InputError, match="braces stand in braces"):
        latex(source)


@pytest.mark.parametrize(
    "source",
    [
        "[@" * 50_000,
        "@a [p. " * 20_000,
        "[1, " * 40_000,
        "](" * 50_000,
        "[a](" * 20_000,
        "\\cite{" + "a," * 50_000 + "}",
        "\\" * 100_000,
        "$" * 50_001,
        "% \n" * 30_000,
    ],
    ids=lambda source: source[:6],
)
def test_long_nonsense_is_read_in_time(source: str) -> None:
    start = time.monotonic()
    for read in (latex, markdown):
        read(source)
    assert time.monotonic() - start < 20  # what grows with the square takes minutes


_PIECES = (
    *("A b c. ", "@k ", "[@k; @l] ", "[1]", "*x* ", "`c` ", "[t](u) ", "![i](j)", "\n\n", "\\%"),
    *("\\cite{k} ", "{", "}", "$x$ ", "\\emph{e} ", "\\item ", "% c\n", "&amp;", "| a |\n", "> "),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(_PIECES),
        max_size=25,
    ).map("".join)
)
def test_places_are_in_order_and_inside(source: str) -> None:
    for read in (latex, markdown):
        last = 0
        for one in sorted(read(source), key=lambda one: one.start):
            assert last <= one.start < one.end <= len(source)
            assert one.text
            last = one.end


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("VideoMAE V2 uses dual masking.", True),
        ("Does VideoMAE V2 use dual masking?", False),
        ("“Does it use dual masking strategies?”", False),
        ("So it is.", False),
        ("", False),
    ],
)
def test_what_states_something(text: str, does: bool) -> None:
    assert states_something(text) is does
