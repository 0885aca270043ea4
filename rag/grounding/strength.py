"""Checks that a claim says no more than its sources: "all" for "some", "does" for "may". Pure.

Such a claim is about the right thing and goes too far, so it is marked as partly supported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.text.words import content_stems

# "all", "every time", "never fails"; not "overall", "ally", "at all".
_ALL = re.compile(
    r"(?<!at )\b(?:all|every|everything|everyone|always|any|whole|entire|entirely|completely|fully"
    r"|universally|invariably|without exception|guarantee[sd]?|never|regardless|whatever"
    r"|consistently|100\s?%)\b",
    re.IGNORECASE,
)
# The narrower part of it that a claim asserts when it goes too far: "always"; not "any".
_CLAIMS_ALL = re.compile(
    r"(?<!at )\b(?:all|every|everyone|always|entirely|completely|universally|invariably"
    r"|guarantee[sd]?|never|without exception)\b(?! you need)",
    re.IGNORECASE,
)
# "some", "in most cases", "often"; not "somewhat larger" of a figure.
_SOME = re.compile(
    r"\b(?:some|many|most|several|few|often|usually|sometimes|typically|generally|mostly|partly"
    r"|partially|frequently|certain|commonly|largely|nearly|almost|occasionally|a subset|a majority"
    r"|in (?:part|general))\b",
    re.IGNORECASE,
)
# "may reduce", "could be", "possibly"; not "we may average". "The results suggest that" is no hedge
# here: it is how findings are told, and people who report them say what was found.
_HEDGE = re.compile(
    r"\b(?<!we )(?<!one )(?<!you )(?<!users )"
    r"(?:may|might|could|possibly|potentially|perhaps|probably|presumably)\b",
    re.IGNORECASE,
)
# "can reach", "helps"; not "cannot".
_CAN = re.compile(r"\b(?:can|able to|ability|capable|help|helps)\b", re.IGNORECASE)
# "the first", "for the first time", "first to"; not "the first stage", "at first".
_FIRST = re.compile(
    r"\bthe (?:very )?first\b(?! (?:stage|step|layer|frame|image|token|part|phase|time step|order"
    r"|half|term|one|two|three|few|author))|\bfor the first time\b|\bfirst to\b|\bthe only\b",
    re.IGNORECASE,
)
# "among the first to", "one of the first"; not "the first one".
_AMONG_FIRST = re.compile(r"\b(?:among|one of|some of) the (?:very )?first\b", re.IGNORECASE)
# "a novel", "pioneers"; not "renewed".
_ANY_FIRST = re.compile(
    r"\b(?:first|only|pioneer\w*|earliest|never before|no (?:prior|previous|existing)|novel|new"
    r"|unprecedented|sole|unique\w*)\b",
    re.IGNORECASE,
)
_SCOPE = 3  # content words behind a hedge that it is about


def overstatements(claim: str, source: str) -> Iterator[str]:
    """Yield what makes a claim stronger than its sources."""
    if said := _generalised(claim, source):
        yield f"says “{said}”, which the cited sentences do not"
    first = bool(_FIRST.search(claim)) and not _AMONG_FIRST.search(claim)
    if first and (_AMONG_FIRST.search(source) or not _ANY_FIRST.search(source)):
        yield "says “first” or “only”, which the cited sentences do not"
    if hedge := _dropped_hedge(claim, source):
        yield f"leaves out “{hedge}” of the cited sentences"


def _generalised(claim: str, source: str) -> str:
    """Return the word by which a claim says of all what its source says of some; else empty."""
    some, every = _scopes(_SOME, source), _scopes(_ALL, source)
    for word, about in _scopes(_CLAIMS_ALL, claim):
        told = any(about & other for _, other in every)
        if not told and any(about & other for _, other in some):
            return word
    return ""


def _dropped_hedge(claim: str, source: str) -> str:
    """Return the hedge of a source that a claim states as a fact; empty where there is none."""
    said = set(content_stems(claim))
    hedged = [about for pattern in (_HEDGE, _CAN) for _, about in _scopes(pattern, claim)]
    sentences = source.split("\n")
    plain = {s for one in sentences if not _HEDGE.search(one) for s in content_stems(one)}
    for sentence in sentences:
        for word, about in _scopes(_HEDGE, sentence):
            shared = about & said
            if len(shared) < min(2, max(len(about), 1)) or about <= plain:
                continue
            if not any(about & other for other in hedged):
                return word
    return ""


def _scopes(pattern: re.Pattern[str], text: str) -> list[tuple[str, set[str]]]:
    """Return each match with the content words behind it that it is about."""
    return [
        (match.group().lower(), set(content_stems(" ".join(behind))[:_SCOPE]))
        for match in pattern.finditer(text)
        for behind in [re.split(r"[,;:]\s", text[match.end() :], maxsplit=1)[0].split()[:8]]
    ]
