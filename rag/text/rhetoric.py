"""Tells what a sentence does in an abstract: state a problem, an approach, a result.

Abstracts follow the moves of Swales' model closely enough (problem first, then "we propose", then
results) that cue words and place tell them apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

from rag.records import Sentence

KEPT = 20_000  # sentences judged, about 2,000 papers'
Role = Literal["title", "problem", "approach", "result", "availability", "other"]

_OURS = r"(?:we|our|this (?:paper|work|study|article|report|survey)|here)"
_DOING = (
    r"(?:propos|introduc|present|develop|design|devis|buil[dt]|formulat|curat|construct|collect"
    r"|creat|extend|employ|adopt|leverag|incorporat|investigat|stud(?:y|ies)|explor|show|find"
    r"|found|examin|analy[sz]e|train|describ|offer|provid|survey|review|compar|ask)"
)
# "We design a model", "a model called X", "our method"; not "They show that", "we won a prize".
_APPROACH = re.compile(
    rf"\b{_OURS}\b[^.;]{{0,60}}\b{_DOING}"
    r"|\b(?:called|named|dubbed|termed|coined|namely)\b"
    r"|\b(?:is|are) (?:proposed|introduced|presented|designed|developed)\b"
    r"|\bour (?:method|approach|model|framework|key|core|main|objective|proposal|work)\b",
    re.IGNORECASE,
)
# "we propose", "we then introduce", "We are proposing"; not "they propose", "we show".
_PROPOSES = re.compile(r"\bwe (?:\w+ )?(?:propos|introduc|present|develop)", re.IGNORECASE)
# "However, …", "Existing models …", "… remains open", "… suffers from"; not "…, however, …".
_PROBLEM = re.compile(
    r"^(?:however|but|yet|unfortunately|nevertheless|recent(?:ly)?"
    r"|existing|previous|prior|current(?:ly)?|conventional|traditional|common|most|one of|due to"
    r"|in recent years)\b"
    r"|\b(?:remains? (?:a |an )?(?:challeng|difficult|unclear|open|under)|(?:is|are) (?:challenging"
    r"|limited|difficult)|suffers? from|fails? to|struggles?|lacks?|hinders?|impedes?)\b",
    re.IGNORECASE,
)
# "achieves", "speed-up", "state-of-the-art", "reduces"; not "reducing", "accurate".
_RESULT = re.compile(
    r"\b(?:experiments?|results?|achiev\w+|outperform\w*|surpass\w*|improv(?:es|ed|ements?)"
    r"|state-of-the-art|sota|accuracy|attain\w*|obtain\w*|reach\w*|faster|speed-?ups?"
    r"|reduc(?:es|ed|tions?)|verif\w+|validat\w+|evaluat\w+|effectiveness)\b",
    re.IGNORECASE,
)
# "https://…", "Code is available", "datasets will be released"; not "we use available models".
_AVAILABLE = re.compile(
    r"https?://|\b(?:codes?|models?|datasets?|demos?|project (?:page|website)|implementation)\b"
    r"[^.]{0,60}\b(?:available|released|found|public|open-sourced)\b",
    re.IGNORECASE,
)
# "However, ", "To address this gap, ", "Based on these, "; not "However it", "To reach 80%, ".
_CONNECTIVE = re.compile(
    r"^(?:(?:however|moreover|furthermore|specifically|in addition|additionally|therefore|thus"
    r"|hence|besides|finally|to this end|in particular|meanwhile|also|nevertheless|nonetheless"
    r"|instead|consequently|accordingly|notably|further|then|first(?:ly)?|second(?:ly)?|third(?:ly)?"
    r"|lastly|as a result|on the contrary|(?:by|in) contrast|on the other hand|alternatively"
    r"|for (?:instance|example)|in (?:fact|summary|this way)|conversely|similarly|likewise|overall"
    r"|in this (?:paper|work|study|article)"
    r"|to \w+ (?:this|these|those|such|the (?:above|aforementioned|former|latter))\b[^,.;:]{0,50}"
    r"|(?:based|building) (?:up)?on (?:this|these|that|those|such)\b[^,.;:]{0,50}"
    r"|(?:inspired|motivated) by (?:this|these|that)\b[^,.;:]{0,50}"
    r"|taking inspiration from (?:this|these)\b[^,.;:]{0,50}"
    r"|in response(?: to (?:this|these|those)\b[^,.;:]{0,50})?),\s+)+",
    re.IGNORECASE,
)
# "(i) ", "iv) ", "3) "; not "(see) ", "3. ".
_ENUMERATOR = re.compile(r"^\(?(?:[ivx]{1,4}|[a-h]|\d)\)\s+")
# What a sentence cannot start with when the one before it is not there:
# "Such models", "The second issue is", "We then merge"; not "This paper", "We merge".
_LEANING = re.compile(
    r"^(?:(?:this|these|those|it|its|they|their|such|both|the (?:former|latter)|then|next|here|also"
    r"|so|thereby|but|and|yet|or|instead|there is:)\b"
    r"(?! (?:paper|work|study|article|report|survey|review)\b)"
    r"|(?:in|on|for|with|under|from|among) (?:this|these|those|such)\b"
    r"(?! (?:paper|work|study|article|report|survey|review)\b)"
    r"|(?:the |an)?(?:other|second|third|fourth)\b[^,.]{0,60}\b(?:is|are)\b"
    r"|(?:[\w-]+ ){1,4}(?:is|are|we) then\b|we (?:then|next|further|also)\b)",
    re.IGNORECASE,
)
# "It achieves", "Its encoder"; not "Items".
_OF_ITSELF = re.compile(r"(?:it|its)\b", re.IGNORECASE)
# "answer these questions", "due to this limitation"; not "these models", "this paper".
_HANGING = re.compile(
    r"\b(?:this|these|those|such|the (?:above|aforementioned|former|latter)) (?:an? )?(?:\w+ )?"
    r"(?:issues?|questions?|problems?|limitations?|challenges?|observations?|findings?|gaps?"
    r"|shortcomings?|drawbacks?|reasons?|difficult(?:y|ies)|requirements?|needs?|goals?|insights?)\b",
    re.IGNORECASE,
)
# "we", "our", "this survey"; not "the paper", "hours".
_SELF = re.compile(r"\b(?:we|our|this (?:paper|work|study|article|report|survey))\b", re.IGNORECASE)
# "remains unclear", "rarely studied", "left for future work"; not "remains stable", "open models".
_OPEN = re.compile(
    r"\bremains? (?:unclear|unknown|unsolved|unexplored|under-?explored|(?:an )?open|elusive"
    r"|poorly|largely (?:un|open)|to be)|\bopen (?:question|problem|challenge)s?\b"
    r"|\b(?:not|rarely|little|seldom) (?:yet )?(?:been )?(?:well |widely |fully |much )?"
    r"(?:explored|studied|understood|investigated|addressed|known)\b"
    r"|\b(?:unexplored|under-?explored|understudied)\b"
    r"|\b(?:left (?:for|to)|calls? for|needs?|requires?|remains?)\b[^.;]{0,60}\bfuture\b"
    r"|\b(?:calls? for|needs?) (?:further|more) (?:research|work|study|studies)\b"
    r"|\bstill (?:far|lacks?|struggles?|unclear)\b|\bfar (?:away )?from\b|\bfalls? short\b",
    re.IGNORECASE,
)
_BELIEF = r"\b(?:belie[fv]|assum|previous|prior|common|conventional|prevailing|thought|expect)\w*"
# "contrary to", "Surprisingly, prior work …", "questions whether"; not "Surprisingly, it …",
# "question answering".
_DISSENT = re.compile(
    r"\b(?:contrary to|contradict\w*|counter-?intuitive(?:ly)?|diminishing returns|debate[sd]?"
    r"|controvers\w+|no consensus|disagree\w*|not necessarily|myths?)\b"
    rf"|\bsurprising(?:ly)?\b(?=.*{_BELIEF})|{_BELIEF}.*\bsurprising"
    r"|\bchalleng(?:es?|ing) the (?:common|conventional|prevailing|assumption|belief|notion|view)"
    r"|\bquestion(?:s|ing)? (?:the|whether)\b"
    r"|\bin contrast to (?:common|popular|the (?:common|popular|prevailing))"
    r"|\b(?:matters? more|more important) than\b|\brather than (?:scale|quantity|size)\b",
    re.IGNORECASE,
)
# "To reach this goal, we design …" reports no reaching; not "It helps to reach it".
_PURPOSE = re.compile(r"(?:^|, )(?:in order )?to \w+[^,.;]{0,90}?, ?(?=\w)", re.IGNORECASE)
# "outperforms", "improved", "show that", "gains"; not "improving", "obtain", "show a".
_OUTCOME = re.compile(
    r"\b(?:outperform\w*|surpass\w*|exceed\w*|superior\w*|comparabl[ey]|competitive"
    r"|achiev(?:es|ed|ing)|attain(?:s|ed|ing)|reach(?:es|ed|ing)|obtain(?:s|ed)"
    r"|improv(?:es|ed|ements?)|reduc(?:es|ed|tions?)|increas(?:es|ed)|sav(?:es|ed|ings?)|gains?"
    r"|faster|better|higher|lower|fewer|speed-?ups?|effectiveness|robust(?:ness)?"
    r"|(?:show|demonstrate|find|reveal|indicate|confirm)s? that"
    r"|boosts?|enables?|correlat\w+|significant(?:ly)?)\b",
    re.IGNORECASE,
)
# "we collect", "we then carefully design", "is based on"; not "we show", "they propose".
_DOES = re.compile(
    r"\bwe (?:\w+ ){0,2}?(?:collect|design|explore|examine|introduce|propose|present|adopt|develop"
    r"|discuss|investigate|analy[sz]e|build|construct|curate|formulate|employ|identify|hope"
    r"|believe|improves?)\b"
    r"|\bcontributions?\b|\bfor instance\b|\bby introducing\b|\b(?:is|are) based on\b"
    r"|\bcan use\b|\bmakes? it possible\b",
    re.IGNORECASE,
)
# "80%", "2.5x", "10 FPS", "than", "surpasses"; not "3 models".
_MEASURED = re.compile(
    r"\d(?:\.\d+)?\s?(?:%|\\%|x\b|×|times|points?|FPS|ms|mAP|mIoU|AP|dB|GFLOPs?)|\bthan\b"
    r"|\b(?:outperform|surpass|exceed)\w*",
    re.IGNORECASE,
)
# "RESULTS: ", "Background and aims: ", "Conclusion - "; not "Results show", "Aim of".
_LABEL = re.compile(
    r"^(?P<label>(?:background|introduction|context|objectives?|aims?|purpose|rationale|importance"
    r"|methods?|methodology|design|setting|participants|interventions?|materials|approach|findings?"
    r"|results?|outcomes?|conclusions?|discussion|interpretation|significance|implications)"
    r"(?: (?:and|&|/) [a-z]+)?)\s?(?::|[-–—]\s)\s*(?=\S)",
    re.IGNORECASE,
)
_LABELLED: Mapping[str, Role] = {
    **dict.fromkeys(
        ("BACKGROUND", "INTRODUCTION", "CONTEXT", "RATIONALE", "IMPORTANCE"), "problem"
    ),
    **dict.fromkeys(("OBJECTIVE", "AIM", "PURPOSE"), "problem"),  # what is asked, not answered
    **dict.fromkeys(
        ("METHOD", "METHODOLOGY", "DESIGN", "SETTING", "PARTICIPANT", "INTERVENTION", "MATERIAL"),
        "approach",
    ),
    "APPROACH": "approach",
    **dict.fromkeys(
        ("FINDING", "RESULT", "OUTCOME", "CONCLUSION", "DISCUSSION", "INTERPRETATION"), "result"
    ),
    **dict.fromkeys(("SIGNIFICANCE", "IMPLICATION"), "other"),
}
_SHORT = 250  # characters; a longer sentence with a link says more than where the code is


def roles(sentences: Sequence[Sentence]) -> list[Role]:
    """Return what each sentence of an abstract does; sentence 0 is its title.

    The labels of a structured abstract ("METHODS: …") tell it for all that follows them.
    """
    last = len(sentences) - 1
    found: list[Role] = []
    labelled: Role | None = None
    for sentence in sentences:
        if label := _LABEL.match(sentence.text):
            labelled = _LABELLED[label.group("label").split()[0].upper().rstrip("S:")]
        judged = _role(sentence.text, sentence.index / max(last, 1)) if sentence.index else "title"
        is_told = labelled and judged not in ("title", "availability")
        found.append(labelled if labelled and is_told else judged)
    return found


def without_connective(sentence: str) -> str:
    """Drop the words that tie a sentence to the one before it ("However, we …" → "We …").

    The label of a part of a structured abstract goes too.
    """
    sentence = without_label(sentence)
    rest = _CONNECTIVE.sub("", _ENUMERATOR.sub("", sentence, count=1), count=1)
    rest = _ENUMERATOR.sub("", rest, count=1)
    return rest[:1].upper() + rest[1:] if rest != sentence else sentence


def without_label(sentence: str) -> str:
    """Drop the label of a part of a structured abstract ("RESULTS: Pain fell" → "Pain fell")."""
    rest = _LABEL.sub("", sentence, count=1)
    return rest[:1].upper() + rest[1:] if rest != sentence else sentence


def leans(sentence: str, *, named: bool = False) -> bool:
    """Whether a sentence points back to the one before it, so that it cannot stand first.

    Behind the name of its paper (``named``) "It achieves …" can.
    """
    rest = without_connective(sentence)
    return bool(_LEANING.search(rest)) and not (named and _OF_ITSELF.match(rest))


def hangs(sentence: str) -> bool:
    """Whether a sentence speaks of an issue, a question or the like that only another one tells."""
    return bool(_HANGING.search(without_connective(sentence)))


def proposes(sentence: str) -> bool:
    """Whether a sentence says what is proposed."""
    return bool(_PROPOSES.search(sentence))


def speaks_of_itself(sentence: str) -> bool:
    """Whether a sentence is about the paper it stands in, not about its field."""
    return bool(_SELF.search(sentence))


def reports_outcome(sentence: str) -> bool:
    """Whether a sentence says what came out, not what was done or is hoped for."""
    rest = _PURPOSE.sub(" ", sentence)
    if not _OUTCOME.search(rest):
        return False
    return bool(_MEASURED.search(rest)) or not _DOES.search(sentence)


def is_open_question(sentence: str) -> bool:
    """Whether a sentence says that something is not known or not solved."""
    return bool(_OPEN.search(sentence))


def dissents(sentence: str) -> bool:
    """Whether a sentence goes against what others find or believe."""
    return bool(_DISSENT.search(sentence))


@lru_cache(KEPT)
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
