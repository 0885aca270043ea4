r"""Makes text of what BibTeX writes in TeX: letters, signs and commands resolved, maths as it is.

What the tables here lack goes to pylatexenc; it drops ``\textless``, fails at ``\href``. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from functools import cache
from itertools import chain, zip_longest
from typing import Any

_MOST_TEX = 50_000  # characters that pylatexenc is given at once
# "$F_1$", "$$x$$", "\(x\)"; not "\$8", "$5 and 6 of $7".
_MATHS = re.compile(
    r"(?s)(?<!\\)(?:\$\$[^$]{1,2000}\$\$|\$(?=[^$]{0,2000}[\\^_{}=<>+]|[^\s$]+\$)"
    r"(?:\\.|[^$\\]){1,2000}\$|\\\([^$]{1,300}?\\\))"
)
_LETTER = r"[^\W\d_][\u0300-\u036f]*"
# "\"{\i}", "\'e", "\c{s}", "\v c"; not "\cite{s}", "\'{}".
_ACCENT = re.compile(
    rf"\\(?:([\"'`^~=.])\s?|([uvHcdbkr])(?:\s|(?=\{{)))"
    rf"(?:\{{\\?({_LETTER})\s?\}}|\\([ij])(?![A-Za-z])\s?|({_LETTER}))"
)
_CODES = "300 301 302 303 304 306 307 308 30a 30b 30c 323 327 328 331".split()
_MARKS = {mark: chr(int(code, 16)) for mark, code in zip("`'^~=u.\"rHvdckb", _CODES, strict=True)}
# Gone with what it holds: "\href{https://x.org}", "\cite[p. 1]{key}"; not "\emph{key}".
_GONE = re.compile(r"\\(?:href|noop|cite[a-z]*\*?(?:\[[^][{}]*\])*)\s?\{[^{}]*\}")
# Any command, a tie, quotes and dashes.
_SIGN = re.compile(r"\\(?:([A-Za-z]+)(?:\{\}|\s?)|(.)(?:(?<=[~^])\{\})?)|~|``|''|---?", re.DOTALL)
_SIGNS = {"~": " ", "``": "“", "''": "”", "--": "–", "---": "—"}
_ESCAPED = {char: char for char in "%&_$#'\"{}~^"} | dict.fromkeys(" ,;:>\\\n\t", " ")
_ESCAPED |= dict.fromkeys("!/-@", "")
_COMMANDS = dict(
    pair.split("=", 1)
    for pair in r"""textless=< textgreater=> textasciitilde=~ textasciicircum=^ textbar=|
    textbackslash=\ textunderscore=_ textdollar=$ textquotesingle=' textquotedbl=" textendash=–
    textemdash=— textbraceleft={ textbraceright=} textquoteleft=‘ textquoteright=’ textellipsis=…
    textquotedblleft=“ textquotedblright=” texttimes=× textpm=± textdegree=° textmu=μ o=ø O=Ø
    l=ł L=Ł aa=å AA=Å ae=æ AE=Æ oe=œ OE=Œ ss=ß i=ı j=ȷ dh=ð DH=Ð dj=đ DJ=Đ th=þ TH=Þ textalpha=α
    textbeta=β textgamma=γ textdelta=δ textepsilon=ε textkappa=κ textlambda=λ textsigma=σ
    textomega=ω textit= textbf= textsc= textrm= textsf= texttt= textup= textsl= textnormal= url=
    textsubscript= textsuperscript= emph= em= it= bf= mbox=""".split()
)
# Characters of no text stand for maths and for what TeX must not take for its own.
_HELD = "\ufdd0"
_HOLD = str.maketrans("{}\\", "\ufdd1\ufdd2\ufdd3")
_HOLD_MORE = str.maketrans("%$&#~^_", "\ufdd4\ufdd5\ufdd6\ufdd7\ufdd8\ufdd9\ufdda")
_FREE = {held: sign for sign, held in (_HOLD | _HOLD_MORE).items()} | dict.fromkeys(map(ord, "{}"))
_TEX = re.compile(r"[\\{}$~]|``|''|--")


def text(value: str) -> str:
    """Return a value without TeX, but for maths."""
    if not _TEX.search(value):
        return value
    value = value.replace(_HELD, "")
    maths = _MATHS.findall(value)
    value = _MATHS.sub(_HELD, value)
    for _ in range(4):  # "\~{\^{e}}" has two
        value = _ACCENT.sub(lambda m: (m[3] or m[4] or m[5]) + _MARKS[m[1] or m[2]], value)
    value = unicodedata.normalize("NFC", value)
    value = _SIGN.sub(_sign, _GONE.sub("", value))
    if "\\" in value:
        value = _by_pylatexenc(value, len(maths))
    freed = value.translate(_FREE)
    return "".join(chain(*zip_longest(freed.split(_HELD), maths, fillvalue="")))


def plain(value: str) -> str:
    """Return an identifier or address: signs and braces resolved, dashes and ties as they are."""
    signs = _SIGN.sub(lambda match: _sign(match) if match[0][0] == "\\" else match[0], value)
    return signs.translate(_FREE).strip()


def _sign(match: re.Match[str]) -> str:
    table, sign = (_COMMANDS, match[1]) if match[1] else (_ESCAPED, match[2])
    found = table.get(sign) if sign else _SIGNS[match[0]]
    return match[0] if found is None else found.translate(_HOLD)


def _by_pylatexenc(value: str, held: int) -> str:
    """Resolve the commands that are left; where that fails, leave them out."""
    value = value.translate(_HOLD_MORE)
    if len(value) <= _MOST_TEX:
        with suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError):
            found = str(_converter().latex_to_text(value))
            if found.count(_HELD) == held:
                return found
    return _SIGN.sub("", value)


@cache
def _converter() -> Any:  # pylatexenc has no types
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="text", keep_comments=True)
