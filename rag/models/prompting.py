"""Prepares what a model reads: source sentences behind their ids, as many as fit, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rag.text.citations import MARKER, Source
from rag.text.readable import without_controls

_MOST_VALUES = 500
_CHARACTERS = 3.5  # a token, low on purpose: figures and formulae take more tokens than prose


def fitting(sources: Sequence[Source], *, room: int, fixed: int = 0) -> list[Source]:
    """Return as many sources, from the first on, as fit into ``room`` tokens; one at least.

    ``fixed`` is the characters that the rest of the prompt takes.
    """
    left = room * _CHARACTERS - fixed
    kept: list[Source] = []
    for source in sources:
        left -= sum(len(sentence.text) + 10 for sentence in source.sentences)
        if kept and left < 0:
            break
        kept.append(source)
    return kept


def source_lines(sources: Sequence[Source]) -> str:
    """Write the source sentences, each on its own line behind its id."""
    return "\n".join(
        f"[P{rank}.{sentence.index}] {as_data(sentence.text)}"
        for rank, source in enumerate(sources, 1)
        for sentence in source.sentences
    )


def claims_schema(sources: Sequence[Source]) -> Mapping[str, Any]:
    """Return the JSON schema of a reply: claims with their text and the ids they rest on.

    The ids are an enumeration as far as endpoints take one: OpenAI's has an end at 1,000 values.
    """
    ids = [
        f"P{rank}.{sentence.index}"
        for rank, source in enumerate(sources, 1)
        for sentence in source.sentences
    ]
    one = {"type": "string", "enum": ids} if len(ids) <= _MOST_VALUES else {"type": "string"}
    claim = {"text": {"type": "string"}, "ids": {"type": "array", "items": one}}
    return _object({"claims": {"type": "array", "items": _object(claim)}})


def _object(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object that has these properties and no others, as strict schemas want it."""
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


# An id of the prompt starts with a bracket and a P; a text from outside must not look like one:
# "[P1.1]", "( p 2", "【P3"; not "[Paper 1]", "(p < 0.05)".
_ID_START = re.compile(r"[\[(【［（〔]\s*([Pp])\s*(?=\d)")
# "P3", "Paper 1", inside what looks like an id; not "p < 3".
_NUMBER = re.compile(r"([Pp](?:aper)?)\s?(?=\d)")


def as_data(text: str) -> str:
    """Make a text from outside safe inside a prompt: one line, no control codes, no fake ids."""
    one_line = " ".join(without_controls(text).split())
    no_ids = _ID_START.sub(r"(\1-", one_line)
    return MARKER.sub(lambda match: _NUMBER.sub(r"\1-", match.group()).replace(".", "-"), no_ids)
