"""Tells what a sentence does in an abstract: state a problem, an approach, a result.

Abstracts follow the moves of Swales' model closely enough (problem first, then "we propose", then
results) that cue words and place tell them apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rag.records import Sentence

Role = Literal["title", "problem", "approach", "result", "availability", "other"]

_OURS = r"(?:we|our|this (?:paper|work|study|article|report|survey)|here)"
_DOING = (
    r"(?:propos|introduc|present|develop|design|devis|buil[dt]|formulat|curat|construct|collect"
    r"|creat|extend|employ|adopt|leverag|incorporat|investigat|stud(?:y|ies)|explor|show|find"
    r"|found|examin|analy[sz]e|train|describ|offer|provid|survey|review|compar|ask)"
)
_APPROACH = re.compile(
    rf"\b{_OURS}\b[^.;]{{0,60}}\b{_DOING}"
    r"|\b(?:called|named|dubbed|termed|coined|namely)\b"
    r"|\b(?:is|are) (?:proposed|introduced|presented|designed|developed)\b"
    r"|\bour (?:method|approach|model|framework|key|core|main|objective|proposal|work)\b",
    re.IGNORECASE,
)
_PROPOSES = re.compile(r"\bwe (?:\w+ )?(?:propos|introduc|present|develop)", re.IGNORECASE)
_PROBLEM = re.compile(
    r"^(?:however|but|yet|unfortunately|nevertheless|recent(?:ly)?"
    r"|existing|previous|prior|current(?:ly)?|conventional|traditional|common|most|one of|due to"
    r"|in recent years)\b"
    r"|\b(?:remains? (?:a |an )?(?:challeng|difficult|unclear|open|under)|(?:is|are) (?:challenging"
    r"|limited|difficult)|suffers? from|fails? to|struggles?|lacks?|hinders?|impedes?)\b",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\b(?:experiments?|results?|achiev\w+|outperform\w*|surpass\w*|improv(?:es|ed|ements?)"
    r"|state-of-the-art|sota|accuracy|attain\w*|obtain\w*|reach\w*|faster|speed-?ups?"
    r"|reduc(?:es|ed|tions?)|verif\w+|validat\w+|evaluat\w+|effectiveness)\b",
    re.IGNORECASE,
)
_AVAILABLE = re.compile(
    r"https?://|\b(?:codes?|models?|datasets?|demos?|project (?:page|website)|implementation)\b"
    r"[^.]{0,60}\b(?:available|released|found|public|open-sourced)\b",
    re.IGNORECASE,
)
_CONNECTIVE = re.compile(
    r"^(?:however|moreover|furthermore|specifically|in addition|additionally|therefore|thus|hence"
    r"|besides|finally|to this end|in particular|meanwhile|also|nevertheless|nonetheless"
    r"|consequently|accordingly|notably|further|then|first(?:ly)?|second(?:ly)?|third(?:ly)?"
    r"|lastly|in this (?:paper|work|study|article)),\s+",
    re.IGNORECASE,
)
_ENUMERATOR = re.compile(r"^\(?(?:[ivx]{1,4}|[a-h]|\d)\)\s+")
_SHORT = 250  # characters; a longer sentence with a link says more than where the code is


def roles(sentences: Sequence[Sentence]) -> list[Role]:
    """Return what each sentence of an abstract does; sentence 0 is its title."""
    last = len(sentences) - 1
    return [_role(s.text, s.index / max(last, 1)) if s.index else "title" for s in sentences]


def without_connective(sentence: str) -> str:
    """Drop the words that tie a sentence to the one before it ("However, we …" → "We …")."""
    rest = _CONNECTIVE.sub("", _ENUMERATOR.sub("", sentence, count=1), count=1)
    return rest[:1].upper() + rest[1:] if rest != sentence else sentence


def _role(text: str, place: float) -> Role:
    """Judge a sentence by its words, then by its place (0 the start, 1 the end of the abstract)."""
    if len(text) <= _SHORT and _AVAILABLE.search(text):
        return "availability"
    if text.endswith("?") or (_PROBLEM.search(text) and not _PROPOSES.search(text)):
        return "problem"
    if _PROPOSES.search(text):
        return "approach"
    if place > 0.4 and _RESULT.search(text):
        return "result"
    if _APPROACH.search(text):
        return "approach"
    return "problem" if place <= 0.3 else "other"
