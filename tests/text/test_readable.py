"""LaTeX made readable, control codes removed, everything else left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.readable import readable, without_controls


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("M$^{2}$UGen", "M²UGen"),
        ("VQA^2: Visual", "VQA²: Visual"),
        ("H$_2$O and $O(n^2)$", "H₂O and O(n²)"),
        (r"up to 1.79\% of $\alpha$-net", "up to 1.79% of α-net"),
        (r"\textbf{bold} R\'enyi \& ``so''", "bold Rényi & “so”"),
        ("models~(VDMs)", "models (VDMs)"),
        ("cost $5 and $6 per run", "cost $5 and $6 per run"),
        ("snake_case, 50% off, ~10 FPS, a & b", "snake_case, 50% off, ~10 FPS, a & b"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07\u202etxt\u200b.\x08", "red txt."),
    ],
)
def test_readable(text: str, shown: str) -> None:
    assert readable(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a\x08b", "ab", id="backspace"),
        pytest.param("a\x9bb", "ab", id="C1 control"),
        pytest.param("a\u202eb", "ab", id="direction"),
        pytest.param("a\u200bb", "ab", id="zero width"),
        pytest.param("a\u00adb", "ab", id="soft hyphen"),
        pytest.param("\ufeffa", "a", id="byte order mark"),
        pytest.param("a\tb\nc", "a\tb\nc", id="tab and line feed stay"),
        pytest.param("naïve – “so”", "naïve – “so”", id="letters and marks stay"),
    ],
)
def test_controls_go(text: str, shown: str) -> None:
    assert without_controls(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\x1b[1;31mred", "red", id="colour"),
        pytest.param("\x1b]0;title\x07text", "text", id="title ended by a bell"),
        pytest.param("\x1b]0;title\x1b\\text", "text", id="title ended by an escape"),
        pytest.param("\x1bctext", "text", id="one character"),
        pytest.param("text\x1b", "text", id="alone at the end"),
        pytest.param("[31mred", "[31mred", id="no escape character"),
    ],
)
def test_escape_sequences_go_whole(text: str, shown: str) -> None:
    assert without_controls(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("$k$-means", "k-means", id="a letter"),
        pytest.param("$x+y_i$ here", "x+y_i here", id="an index"),
        pytest.param("pay $5 or $6", "pay $5 or $6", id="money"),
        pytest.param("$a + b$", "$a + b$", id="no mark of maths"),
        pytest.param("$a_b\nc$", "$a_b\nc$", id="across lines"),
    ],
)
def test_maths_loses_its_dollars(text: str, shown: str) -> None:
    assert readable(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("x^2", "x²", id="a digit"),
        pytest.param("x^n", "xⁿ", id="n"),
        pytest.param("10^{-6}", "10⁻⁶", id="braces"),
        pytest.param("x^k", "x^k", id="another letter"),
        pytest.param("x^{ab}", "x^{ab}", id="letters in braces"),
        pytest.param("2^3^4", "2^3⁴", id="a tower"),
    ],
)
def test_powers_are_raised(text: str, shown: str) -> None:
    assert readable(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("$x_1$", "x₁", id="a digit"),
        pytest.param("$x_{10}$", "x₁₀", id="braces"),
        pytest.param("$x_i$", "x_i", id="a letter"),
        pytest.param("$k$ of x_1", "k of x_1", id="outside of maths"),
    ],
)
def test_indices_of_maths_are_lowered(text: str, shown: str) -> None:
    assert readable(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("models~of", "models of", id="words"),
        pytest.param("models~(VDMs)", "models (VDMs)", id="a bracket"),
        pytest.param("a ~ b", "a ~ b", id="spaces"),
        pytest.param("at~~10", "at~~10", id="two"),
    ],
)
def test_ties_are_spaces(text: str, shown: str) -> None:
    assert readable(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(r"\alpha", "α", id="a word"),
        pytest.param(r"50\%", "50%", id="an escaped sign"),
        pytest.param("``so", "“so", id="opening quotes"),
        pytest.param("so''", "so”", id="closing quotes"),
        pytest.param(r"C:\1", r"C:\1", id="a digit"),
        pytest.param("it's `x`", "it's `x`", id="single quotes"),
    ],
)
def test_commands_are_written_out(text: str, shown: str) -> None:
    assert readable(text) == shown


@given(st.text(max_size=80))
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    shown = without_controls(text)
    assert all(char in "\n\t" or char.isprintable() or ord(char) > 0x9F for char in shown)


@given(st.text(alphabet=st.sampled_from("aB \\${}^_%&~#'`12"), max_size=60))
def test_any_mess_is_shown_somehow(text: str) -> None:
    assert isinstance(readable(text), str)
