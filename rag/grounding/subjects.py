"""Checks what a claim is about: that the papers it cites speak of the names in it. Pure.

"DiST halves the cost" does not rest on a sentence of a paper that never mentions DiST, however
alike the rest is. Names are looked for in the whole abstract and the title, since a sentence says
"our method" where a claim has to say which.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from rag.text.names import names_in
from rag.text.readable import readable
from rag.text.words import STOP_WORDS

_LONGEST = 4  # words that a name may be written in: "Text-to-Video", "Video MAE V 2"
# "Text" of "Text-to-Video", "ViT"; not "_".
_WORD = re.compile(r"[^\W_]+")
# "ViTs", "GPUs", "MLLM's"; not "GAS", "bus".
_PLURAL = re.compile(r"(?<=[A-Z\d])['’]?s$|['’]s$")
# "K400", "IN1k"; not "V2Seg", "ViT".
_SHORT_FORM = re.compile(r"([A-Za-z]{1,3})-?(\d{2,4}[kKmMbB]?|\d{1,3}[kKmMbB])")
# What such is short for: "Kinetics-400", "ImageNet-1K"; not "ViT-16", "SAM-2".
_LONG_FORM = re.compile(r"([A-Z][A-Za-z]{4,})-?(\d{2,4}[kKmMbB]?|\d{1,3}[kKmMbB])")
# A name with capitals that may stand for words: "ViT", "PTQ", "T2I"; not "Tarsier", "videomae".
_INITIALS = re.compile(r"(?=.*[A-Z].*[A-Z])[A-Za-z\d]{2,6}")
# The parts of "DiST": "Di", "S", "T"; and what may stand between the words that they begin.
_PART = re.compile(r"[A-Z][a-z]*|\d+")
_BETWEEN = r"(?:[\s-]+(?:of|and|for|the|a|in|to|with|by))?[\s-]+"
# What opens a sentence with a capital and is no name, besides words that carry no topic.
_OPENERS = frozenset(
    "using based given compared unlike similarly finally additionally furthermore moreover however "
    "existing recent several experiments results extensive training pre-training researchers "
    "scientists patients models methods approaches one two three four five first second".split()
)


def absent_names(claim: str, text: str) -> list[str]:
    """Return the names of a claim that a text does not speak of, in any of their spellings.

    With a capital or digit inside ("ViT-B"), or with a capital alone ("Tarsier"). "K400" is there
    where "Kinetics-400" is, "ViT" where "vision transformers" are.
    """
    names = names_of(claim)
    spoken = _spoken(text) if names else frozenset()
    return [name for name in names if not _is_there(name, spoken, text)]


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are of one name: "VideoMAE-V2", "VideoMAE V2s"."""
    first, second = (_squashed(_PLURAL.sub("", name)) for name in (one, other))
    return bool(first) and first == second


@lru_cache(maxsize=64)
def names_of(claim: str) -> tuple[str, ...]:
    """Return the names in a claim, each once."""
    return tuple(dict.fromkeys(_names(claim)))


def _names(claim: str) -> Iterator[str]:
    plain = readable(claim)
    match = _WORD.match(plain)
    opener = match.group() if match else ""
    usual = opener.lower() in STOP_WORDS or opener.lower() in _OPENERS
    if opener[:1].isupper() and not usual and not names_in(plain.split()[0]):
        yield opener
    yield from names_in(plain, capitalised=True)


def _is_there(name: str, spoken: frozenset[str], text: str) -> bool:
    bare = _PLURAL.sub("", name)
    wanted = _squashed(bare)
    if not wanted or wanted in spoken or wanted.rstrip("s") in spoken:
        return True
    if "-" in bare and all(_squashed(part) in spoken for part in bare.split("-") if part):
        return True
    if short := _SHORT_FORM.fullmatch(bare):
        letters, digits = short[1].lower(), short[2].lower()
        if any(one.startswith(letters[0]) and one.endswith(digits) for one in spoken):
            return True
    if long := _LONG_FORM.fullmatch(bare):
        short_form = re.compile(rf"{long[1][0].lower()}[a-z]{{0,2}}{long[2].lower()}")
        if any(short_form.fullmatch(one) for one in spoken):
            return True
    return bool(_INITIALS.fullmatch(bare)) and _stands_for_words(bare, text)


def _stands_for_words(name: str, text: str) -> bool:
    """Whether words in a row begin as a name's parts do: V-i-T as "vision transformer"."""
    parts = [part.lower() for part in _PART.findall(name.replace("2", "To"))]
    pattern = r"\b" + _BETWEEN.join(rf"{re.escape(part)}[^\W\d_]*" for part in parts)
    return re.search(pattern, readable(text), re.IGNORECASE) is not None


@lru_cache(maxsize=64)  # the papers of an answer, asked about for each claim; 100 kB an abstract
def _spoken(text: str) -> frozenset[str]:
    """Return all runs of up to ``_LONGEST`` words of a text, each written as one word."""
    words = [_squashed(word) for word in _WORD.findall(readable(text))]
    runs = {
        "".join(words[start : start + length])
        for length in range(1, _LONGEST + 1)
        for start in range(len(words) - length + 1)
    }
    return frozenset(runs | {run[:-1] for run in runs if run.endswith("s")})


def _squashed(word: str) -> str:
    """Return a word as names are compared: no accents' forms, no hyphens, no case."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    return "".join(char for char in folded if char.isalnum())
