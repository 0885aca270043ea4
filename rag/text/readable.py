"""Makes text from papers fit to be shown: LaTeX readable, control codes gone.

Nothing is escaped here: each door escapes for its own medium.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text

# Control and format characters: they can move a terminal's cursor, hide text or turn it round.
# A backspace, "\u202e", a zero-width space; not tab and line feed.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
# "\x1b[31m", "\x1b]0;title\x07", "\x1bc"; not "[31m" without the escape character.
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?", re.DOTALL)
# "$…$" is maths when something in it is: "$O(n^2)$", "$k$"; "$5 and $6" is money.
_MATHS = re.compile(r"\$(?=[^$\n]*[\\^_{}]|[^\s$]{1,3}\$)([^$\n]{1,80})\$")
# "x^2", "10^{-6}", "O(n^n)"; not "x^k", nor the first of "2^3^4".
_POWER = re.compile(r"\^(?:\{([0-9+\-=()n]+)\}|([0-9n]))(?!\w*\^)")
# In maths: "H_2", "x_{10}"; not "x_i".
_INDEX = re.compile(r"_(?:\{([0-9+\-=()]+)\}|([0-9]))")
# "models~(VDMs)"; not "~10 FPS", "a ~ b".
_TIE = re.compile(r"(?<=\w)~(?=[\w(\\])")
# "\alpha", "\%", "``so''"; not "C:\1", "it's".
_COMMAND = re.compile(r"\\[A-Za-z]+|\\[^\w\s]|``|''")
_SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


def readable(text: str) -> str:
    """Return a text with LaTeX turned into plain characters (``M$^{2}$UGen`` → ``M²UGen``).

    What is no LaTeX stays: amounts of money, per cent signs, underscores in names.
    """
    text = without_controls(text)
    if not any(char in text for char in "\\$^~`'"):
        return text
    text = _MATHS.sub(lambda match: _INDEX.sub(_lower, match[1]), text)
    text = _POWER.sub(_raise, text)
    text = _TIE.sub(" ", text)
    if _COMMAND.search(text):
        # pylatexenc takes a bare % as the start of a comment and a bare $ as maths.
        guarded = re.sub(r"(?<!\\)([%$&#_^])", r"\\\1", text.replace("~", r"\textasciitilde{}"))
        text = _converter().latex_to_text(guarded)
    return text


def without_controls(text: str) -> str:
    """Return a text without terminal escape sequences, control and direction characters."""
    return _CONTROL.sub("", _ESCAPE.sub("", text))


def _raise(match: re.Match[str]) -> str:
    return (match[1] or match[2]).translate(_SUPERSCRIPTS)


def _lower(match: re.Match[str]) -> str:
    return (match[1] or match[2]).translate(_SUBSCRIPTS)


@cache
def _converter() -> LatexNodes2Text:
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="text", keep_comments=True)
