"""Asks a model once how far the sentences that claims cite support them, and settles the marks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rag.grounding.draft import Statement
from rag.models import ChatModel, Prompt, as_data
from rag.records import Support, Usage

# What a reply is to hold where the endpoint takes a schema: a mark for each claim. A model of 1.5B
# judged 9 of 12 claims rightly with these marks, and 5 with YES, PARTLY and NO in lines; asked for
# the difference first it found none in any.
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "marks": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "claim": {"type": "integer"},
                    "mark": {
                        "type": "string",
                        "enum": ["supported", "partly", "contradicted", "not stated"],
                    },
                },
                "required": ["claim", "mark"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["marks"],
    "additionalProperties": False,
}
_TOKENS = 40  # of a reply, for each claim
_MOST = 30  # claims a request; more are asked about in further ones
_MARK = 2  # words of a mark at most: "not stated"; more is a sentence that begins like one
_ORDER: tuple[Support, ...] = ("unsupported", "partial", "supported")
_WORDS: Mapping[str, Support] = {
    "yes": "supported",
    "supported": "supported",
    "fully": "supported",
    "partly": "partial",
    "partially": "partial",
    "partial": "partial",
    "no": "unsupported",
    "not": "unsupported",
    "unsupported": "unsupported",
    "contradicted": "unsupported",
}
# "1: YES", "Claim 2 - partly", "[3] No."; not "10 of YES".
_LINE = re.compile(r"^\W*(?:claim\s*)?(\d{1,2})\W{1,6}(\w+)", re.IGNORECASE | re.MULTILINE)


class Judge(Protocol):
    """Who has the last word on marks that no rule has decided."""

    def marks(self, statements: Sequence[Statement]) -> tuple[list[Support], Usage]:
        """Return the mark of each statement, and what asking cost."""


@dataclass(frozen=True, slots=True)
class ModelJudge:
    """Asks a model about all claims of an answer, or of a section, in one request."""

    model: ChatModel
    prompt: Prompt

    def marks(self, statements: Sequence[Statement]) -> tuple[list[Support], Usage]:
        """Return the marks as they are after the model's opinion.

        It may lower a mark, settle what is partly supported, and decide what could not be checked;
        never raise what a rule speaks against, nor give support to what cites nothing. It is not
        asked about what is cited nearly word for word: there the rules err once in a hundred times
        (``evaluation.claims``), small models far more often. Where it fails or says nothing of a
        claim the mark stays.

        Raises:
            ModelKeyError: the endpoint refuses the key.
        """
        marks = [one.support for one in statements]
        asked = [
            place
            for place, one in enumerate(statements)
            if one.anchors and marks[place] != _ORDER[0] and not one.verbatim
        ]
        usage = Usage()
        for start in range(0, len(asked), _MOST):
            part = asked[start : start + _MOST]
            opinions, cost = self._opinions([statements[place] for place in part])
            for number, place in enumerate(part, 1):
                if opinion := opinions.get(number):
                    marks[place] = _settled(statements[place], opinion)
            usage = usage.plus(cost)
        return marks, usage

    def _opinions(self, statements: Sequence[Statement]) -> tuple[dict[int, Support], Usage]:
        claims = "\n\n".join(_told(number, one) for number, one in enumerate(statements, 1))
        schema = SCHEMA if self.model.takes_schema else None
        form = "" if schema else ", a line each: its number, a colon, the mark"
        user = self.prompt.fill(claims=claims, form=form)
        tokens = _TOKENS * (len(statements) + 1)
        with self.model.reply(self.prompt.system, user, schema=schema, tokens=tokens) as reply:
            reply.read()
        found = {} if reply.failure else dict(_read(reply.text))
        return found, Usage(reply.input_tokens, reply.output_tokens)


def _settled(statement: Statement, opinion: Support) -> Support:
    """Return the mark after an opinion: the lower of the two where a rule has spoken."""
    if statement.faulted:
        return min(statement.support, opinion, key=_ORDER.index)
    return opinion


def _told(number: int, statement: Statement) -> str:
    """Write a claim with what it cites."""
    cited = [
        line
        for anchor in statement.anchors
        for line in (
            f"Title: {as_data(anchor.paper.title)}",
            f"Sentence: {as_data(anchor.sentence.text)}",
        )
    ]
    return "\n".join(
        [f"Claim {number}", *dict.fromkeys(cited), f"Claim: {as_data(statement.text)}"]
    )


def _read(reply: str) -> Iterator[tuple[int, Support]]:
    """Yield the number of each claim with its mark, from JSON or from lines."""
    text = reply.strip()
    if "{" in text:
        for found in re.finditer(r"\{[^{}]*\}", text):
            try:
                row = json.loads(found.group())
            except ValueError:
                continue
            number, words = row.get("claim"), str(row.get("mark", "")).lower().split()
            if isinstance(number, int) and words and words[0] in _WORDS:
                yield number, _WORDS[words[0]]
        return
    alone = re.findall(r"[a-z]+", text.lower())
    if 0 < len(alone) <= _MARK and alone[0] in _WORDS and not _LINE.search(text):
        yield 1, _WORDS[alone[0]]
        return
    for match in _LINE.finditer(text):
        if match[2].lower() in _WORDS:
            yield int(match[1]), _WORDS[match[2].lower()]
