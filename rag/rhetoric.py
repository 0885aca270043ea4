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
# What a sentence cannot start with when the one before it is not there.
_LEANING = re.compile(
    r"^(?:this|these|those|it|its|they|their|such|both|the (?:former|latter)|then|next|here|also"
    r"|so|thereby|to (?:this end|do so|achieve this|address (?:this|these)))\b"
    r"(?! (?:paper|work|study|article|report|survey|review)\b)",
    re.IGNORECASE,
)
_SELF = re.compile(r"\b(?:we|our|this (?:paper|work|study|article|report|survey))\b", re.IGNORECASE)
_OPEN = re.compile(
    r"\bremains? (?:unclear|unknown|unsolved|unexplored|under-?explored|(?:an )?open|elusive"
    r"|poorly|largely (?:un|open))|\bopen (?:question|problem|challenge)s?\b"
    r"|\b(?:not|rarely|little|seldom) (?:yet )?(?:been )?(?:well |widely |fully |much )?"
    r"(?:explored|studied|understood|investigated|addressed|known)\b"
    r"|\b(?:unexplored|under-?explored|understudied|future (?:work|research|directions?|studies))\b"
    r"|\bstill (?:far|lacks?|struggles?|unclear)\b|\bfar (?:away )?from\b|\bfalls? short\b",
    re.IGNORECASE,
)
_DISSENT = re.compile(
    r"\b(?:contrary to|on the contrary|contradict\w*|surprising(?:ly)?|counter-?intuitive(?:ly)?"
    r"|diminishing returns|debate[sd]?|controvers\w+|no consensus|disagree\w*|misleading"
    r"|not (?:necessarily|always)|myths?)\b"
    r"|\bchalleng(?:es?|ing) the (?:common|conventional|prevailing|assumption|belief|notion|view)"
    r"|\bquestion(?:s|ing)? (?:the|whether)\b"
    r"|\bin contrast to (?:common|popular|the (?:common|popular|prevailing))"
    r"|\b(?:matters? more|more important) than\b|\brather than (?:scale|quantity|size)\b",
    re.IGNORECASE,
)
_NAME = 40  # characters; a longer start of a title is no name
_SHORT = 250  # characters; a longer sentence with a link says more than where the code is


def roles(sentences: Sequence[Sentence]) -> list[Role]:
    """Return what each sentence of an abstract does; sentence 0 is its title."""
    last = len(sentences) - 1
    return [_role(s.text, s.index / max(last, 1)) if s.index else "title" for s in sentences]


def without_connective(sentence: str) -> str:
    """Drop the words that tie a sentence to the one before it ("However, we …" → "We …")."""
    rest = _CONNECTIVE.sub("", _ENUMERATOR.sub("", sentence, count=1), count=1)
    return rest[:1].upper() + rest[1:] if rest != sentence else sentence


def leans(sentence: str) -> bool:
    """Whether a sentence points back to the one before it, so that it cannot stand first."""
    return bool(_LEANING.search(without_connective(sentence)))


def proposes(sentence: str) -> bool:
    """Whether a sentence says what is proposed."""
    return bool(_PROPOSES.search(sentence))


def speaks_of_itself(sentence: str) -> bool:
    """Whether a sentence is about the paper it stands in, not about its field."""
    return bool(_SELF.search(sentence))


def is_open_question(sentence: str) -> bool:
    """Whether a sentence says that something is not known or not solved."""
    return bool(_OPEN.search(sentence))


def dissents(sentence: str) -> bool:
    """Whether a sentence goes against what others find or believe."""
    return bool(_DISSENT.search(sentence))


def name_and_claim(title: str) -> tuple[str, str]:
    """Split a title into what it calls its work and what it says of it (the part after a colon).

    One of the two is empty: a title without a colon, or with a long text before it, is all claim.
    """
    name, colon, claim = title.partition(":")
    if colon and claim.strip() and len(name.strip()) <= _NAME:
        return name.strip(), claim.strip()
    return "", title


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
