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


@given(st.text(max_size=80))
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    shown = without_controls(text)
    assert all(char in "\n\t" or char.isprintable() or ord(char) > 0x9F for char in shown)


@given(st.text(alphabet=st.sampled_from("aB \\${}^_%&~#'`12"), max_size=60))
def test_any_mess_is_shown_somehow(text: str) -> None:
    assert isinstance(readable(text), str)
