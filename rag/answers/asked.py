"""Reads what a question asks for: how many papers, in which parts, and after what. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answers.asking import values_asked
from rag.answers.values import Value
from rag.search import ONE_WORK, WORKS, Scope, scope
from rag.text.words import content_words

Span = tuple[int, int]
Aim = Literal["method", "result", "problem", "meaning"]
"""What the sentences of an answer should do, unless the question's words say otherwise."""

# "how many", "how well", "what accuracy", "faster", "the results"; not "as a result".
_RESULT = re.compile(
    r"\bhow (?:well|good|accurate|fast|much (?:better|faster|smaller|cheaper|more|less))\b"
    r"|\b(?:results?|accurac(?:y|ies)|improvements?|gains?|perform(?:s|ance)?|outperforms?|beats?"
    r"|better|best|faster|fastest|smaller|cheaper|higher|lower|speed-?ups?|reach(?:es)?|achieves?"
    r"|scores?|evaluated|state of the art|sota|findings?|found|conclu\w+)\b",
    re.IGNORECASE,
)
# "wrong", "limitations", "why", "difficulty", "failure"; not "limited", "hardware", "tissue".
_PROBLEM = re.compile(
    r"\b(?:wrong|problems?|limitations?|limits|drawbacks?|challenges?|issues?|shortcomings?|why"
    r"|difficult\w*|hard|weakness\w*|fail\w*|motivat\w+|obstacles?|suffers?)\b",
    re.IGNORECASE,
)
# "What is TanQ?", "what are X and Y in Z?", "define X"; not "what is the best".
_MEANING = re.compile(
    r"^\W*(?:what (?:is|are|was) (?!the (?:best|main|most|difference)\b)(?:an?\s|the\s)?"
    r"(?:[\w.+&^-]++\s?){1,4}(?:\bin\b[^?]*)?\??$"
    r"|what does [^?]{1,60} (?:mean|stand for|do|propose)\b|define\b|who is\b|meaning of\b)",
    re.IGNORECASE,
)
_NUMBERS = {"a single": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
# "two papers", "Three recent methods", "five of the papers"; not "two stages".
_SEVERAL = re.compile(
    rf"\b({'|'.join(_NUMBERS)}|[2-9])\s+(?:of (?:the|these)\s+)?(?:[\w-]+\s+){{0,2}}{WORKS}\b",
    re.IGNORECASE,
)
# "Does it help?", "Can a machine see?": what was found out.
_YES_OR_NO = re.compile(
    r"^\W*(?:does|do|did|is|are|was|were|can|could|will|would|has|have|should) (?!there\b|you\b)",
    re.IGNORECASE,
)
# Where a question of several parts goes on: "…, and what is saved?", "… ; how does", "? And how".
_PARTS = re.compile(
    r"(?<=[?;])\s+(?:and\s+)?|,?\s+and\s+(?=(?:in |on |at |by |for |with |to )?"
    r"(?:what|which|how|who|where|why|when)\b)|,\s+(?=(?:what|which|how|who|where|why)\b)",
    re.IGNORECASE,
)
_PART = 2  # content words; fewer ask nothing by themselves
_WORKS = re.compile(rf"\b{WORKS}\b|\bpapers\b", re.IGNORECASE)
_SIDE = r"(?P<{}>[^,;?]{{3,120}}?)"
_SIDES = tuple(
    re.compile(
        pattern.replace("{a}", _SIDE.format("a")).replace("{b}", _SIDE.format("b")), re.IGNORECASE
    )
    for pattern in (
        r"\bbetween {a} and {b}(?=\s+(?:in|for|when|on)\b|[?.,;]|$)",
        r"\b(?:contrast|compare)s? {a} (?:with|against|and|to|versus|vs\.?) {b}(?=[?.,;:]|$)",
        (
            r"(?:^|\b(?:do|does|did|is|are|how|of|whether)\s){a} (?:compared? (?:with|to|against)"
            r"|differs? from|different from|versus|vs\.?|rather than)\s{b}(?=[?.,;:]|$)"
        ),
        (
            r"\b(?:do|does|did) {a} and {b}\s+"
            r"(?:each|both|differ|agree|disagree|compare|relate)\b"
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for.

    ``about`` is where the names of what it is about are looked for when it has none itself: the
    question as it stands alone. ``most`` is the number of papers it
    names ("two papers": 2, "which method": 1), None where it leaves that open. ``values`` are the
    single facts asked for. ``parts`` are the questions in it (one, mostly) and ``sides`` what a
    comparison sets side by side, where its words show that: each as where it begins and ends.
    """

    text: str
    about: str
    scope: Scope
    aim: Aim
    most: int | None
    values: tuple[Value, ...]
    parts: tuple[Span, ...]
    sides: tuple[Span, ...]

    @property
    def surveys_works(self) -> bool:
        """Whether it asks which papers, methods or models do something, and not for one fact."""
        return self.scope == "survey" and bool(_WORKS.search(self.text)) and not self.values

    def part_of(self, place: int) -> str:
        """Return the part of the question in which a place lies."""
        spans = [part for part in self.parts if part[0] <= place < part[1]]
        return self.words(spans[0]) if spans else self.text

    def words(self, span: Span) -> str:
        """Return what stands there in the question."""
        return self.text[slice(*span)]


def read(question: str, *, about: str = "") -> Asked:
    """Read a question; ``about`` is the same as it stands alone, where it follows on another."""
    values = values_asked(question)
    wanted = scope(question)
    most: int | None = None
    if several := _SEVERAL.search(question):
        number = several.group(1).lower()
        most = int(number) if number.isdecimal() else _NUMBERS[number]
    elif wanted == "fact" and ONE_WORK.search(question):
        most = 1
    return Asked(
        question,
        about or question,
        wanted,
        _aim(question),
        most,
        values,
        tuple(_parts(question)),
        _sides(question) if wanted == "compare" else (),
    )


def _aim(question: str) -> Aim:
    if _MEANING.search(question):
        return "meaning"
    if _PROBLEM.search(question):
        return "problem"
    return "result" if _RESULT.search(question) or _YES_OR_NO.search(question) else "method"


def _parts(question: str) -> Sequence[Span]:
    """Return the questions in a question; those of a word or two belong to the one before."""
    ends = [(match.start(), match.end()) for match in _PARTS.finditer(question)]
    starts = [0, *(end for _, end in ends)]
    parts: list[Span] = []
    for start, end in zip(starts, [*(start for start, _ in ends), len(question)], strict=True):
        if parts and len(content_words(question[start:end])) < _PART:
            parts[-1] = parts[-1][0], end
        else:
            parts.append((start, end))
    return parts


def _sides(question: str) -> tuple[Span, ...]:
    for pattern in _SIDES:
        if match := pattern.search(question):
            sides = match.span("a"), match.span("b")
            if all(content_words(question[slice(*side)]) for side in sides):
                return sides
    return ()
