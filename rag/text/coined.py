"""The names that a paper gives its own work, read out of its title and its abstract. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rag.text.names import is_name, short_title, title_name, title_parts
from rag.text.readable import readable

# "DiST", "Tarsier", "Step-Video-T2V", "LaVie 2"; in brackets "GC ViT" too.
_NAME = r"[A-Z][\w^+&.-]*[\w+](?: V?\d{1,2}\b)?"
_SHORT = rf"\(((?:[A-Z]\w* )?{_NAME})\)"
_CUE = (
    r"(?:called|named|dubbed|termed|coined|namely|denoted(?: as)?|referred to as|we call(?: it)?)"
)
_VERB = (
    r"(?:have )?(?:propose|introduce|present|develop|release|describe|construct|build|create"
    r"|devise)(?:s|d|ed)?"
)
_WE = r"(?:\b(?:[Ww]e|and)\s+(?:\w+\s+)?|\b(?:paper|work|study|article)\s+)"
_PATTERNS = (
    # As in "dubbed PACE", "termed Denoising Vision Transformers (DVT)", "named “Shiftmax”".
    re.compile(rf"\b{_CUE},?\s+(?:the\s+)?[\"“'`]*({_NAME})"),
    re.compile(rf"\b{_CUE},?\s+[^.,;()]{{3,80}}{_SHORT}"),
    # "We propose I-ViT, an integer-only …", "we introduce the LLM4VG benchmark".
    re.compile(rf"{_WE}{_VERB}\s+(?:an?\s+|the\s+)?(?:new\s+|novel\s+)?({_NAME})"),
    # As in "we propose a vectorized timestep model (VTM)", "This paper presents … (STS)".
    re.compile(rf"{_WE}{_VERB}\s+[^.;()]{{3,120}}{_SHORT}"),
    # "In this work, DiST is proposed"
    re.compile(rf"\b({_NAME})\s+(?:is|are)\s+(?:proposed|introduced|presented)\b"),
)
# "Time-Aligned Captions", "Vision Transformer": words of a longer name, not one.
_ORDINARY = re.compile(r"[A-Z][a-z]*(?:-[A-Za-z][a-z]*)*")


@lru_cache(maxsize=4096)
def own_names(title: str, abstract: str) -> tuple[str, ...]:
    """Return what a paper calls its own work: the name in its title first, then coined ones.

    A capitalised word counts only behind "we propose" and the like, so that what a paper builds on
    is no name of its own.
    """
    text = readable(abstract)
    found: dict[int, str] = {}
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            name = _singular(match.group(1).rstrip(".-"), text)
            goes_on = re.match(r"\s+\(?\w", text[match.end(1) :])
            if not _ORDINARY.fullmatch(name) or not goes_on:
                found.setdefault(match.start(1), name)
    titled, _ = title_parts(readable(title))  # "SAM 2", "Model soups"
    coined = [name for _, name in sorted(found.items())]
    return tuple(dict.fromkeys([titled, *coined] if titled else coined))


@lru_cache(maxsize=4096)
def label(title: str, abstract: str) -> str:
    """Return the name under which a paper is known: its title's, else a coined one, else its title.

    A coined one must be written like a name and stand in the title, or in the abstract twice.
    """
    plain = readable(title)
    if titled := title_name(plain):
        return titled
    text = readable(abstract)
    coined = [name for name in own_names(title, abstract) if is_name(name)]
    within = [name for name in coined if name in plain]
    return next((n for n in (*within, *coined[:1]) if text.count(n) > 1), short_title(plain))


def mention(name: str, text: str) -> tuple[int, int] | None:
    """Return where a text speaks of a name, first; "VideoMAE V2" does not speak of "VideoMAE".

    A name with a capital or a digit inside is found however it is written, one that could be a
    usual word ("Tarsier") only with its capital.
    """
    # "M²UGen" is what "M2UGen" speaks of.
    name, text = (unicodedata.normalize("NFKC", one) for one in (name, text))
    anyhow = " " in name or (is_name(name) and not name.isupper())
    flags = re.IGNORECASE if anyhow else 0
    pattern = rf"(?<![\w-]){re.escape(name)}(?:s|'s|’s)?(?!\w|[ -]?V?\d)"
    match = re.search(pattern, text, flags)
    return match.span() if match else None


def plain_name(text: str) -> str:
    """Return a text as names in it are compared: "M$^{2}$UGen" and "m2ugen" are one."""
    return unicodedata.normalize("NFKC", readable(text)).casefold()


def _singular(name: str, text: str) -> str:
    """Drop a plural's s where the abstract has the name without it ("EfficientTAMs")."""
    bare = name[:-1]
    alone = re.search(rf"(?<![\w-]){re.escape(bare)}(?![\w-])", text)
    plural = name.endswith("s") and is_name(bare) and not bare.endswith("s")
    return bare if plural and (alone or bare[-1].isupper()) else name
