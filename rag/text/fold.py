"""Folds writing for matching: accents, ligatures, raised letters, languages without spaces.

"Sjogren" finds Sjögren, "H2O2" H₂O₂, "efficient" what a PDF's ligature spells. Chinese and Japanese
are cut into pairs of characters that overlap, as Lucene's CJK analysis does: a dictionary would be
14 MB and finds hardly more. Pure.
"""

from __future__ import annotations

import re
import unicodedata

from rag.text.readable import readable

# Letters that no decomposition takes apart.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "ł": "l",
        "Ł": "L",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "ß": "ss",
        "ð": "d",
        "Ð": "D",
        "þ": "th",
        "Þ": "Th",
        "ı": "i",
        "ħ": "h",
        "’": "'",
    }
)
# A run of Han characters or kana: "视频摘要", "データ"; Korean is written with spaces.
_RUN = re.compile(r"[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")


def folded(text: str) -> str:
    """Return a text without accents, ligatures, and raised or lowered letters; case is kept."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", kept.translate(_LETTERS))


def matching(text: str) -> str:
    """Return a text as a filter is matched: folded, in lower case, single spaces."""
    return " ".join(folded(text).casefold().split())


def in_words(text: str) -> str:
    """Return a text as words are found in it: folded, and runs without spaces cut into pairs.

    LaTeX is read first, so that "H$_2$O$_2$" is one word.
    """
    if "$" in text or "\\" in text:
        text = readable(text)
    if text.isascii():
        return text
    return _RUN.sub(lambda match: f" {_pairs(match.group())} ", folded(text))


def _pairs(run: str) -> str:
    if len(run) < 3:
        return run
    return " ".join(run[i : i + 2] for i in range(len(run) - 1))
