"""Reads a question: what it asks for, whether it can be asked, and which papers it may return."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rag.errors import InputError, QuestionError
from rag.records import MAX_QUERY, Paper
from rag.text.words import content_words

Scope = Literal["fact", "phrase", "survey", "compare"]

# "compare", "differ", "vs", "two new methods", "A and B each"; not "comparing", "different",
# "one method".
_COMPARES = re.compile(
    r"\b(?:compare[ds]?|comparisons?|contrast|differ(?:s|ences?)?|versus|vs|(?:dis)?agree)\b"
    r"|\b(?:two|three|four|five) (?:[\w-]+ ){0,2}[\w-]+s\b|\band [\w-]+ each\b",
    re.IGNORECASE,
)

# "which recent models", "papers", "list the methods" at the start; not "what is", "which status",
# "new methods".
_SURVEYS = re.compile(
    r"\b(?:which|what)(?:\W+[\w-]+){0,2}?\W+(?!is\b|was\b|does\b|has\b)[\w-]+(?<![sui])s\b"
    r"|\bpapers\b"
    r"|^(?:(?:all|any|the|some|list|find|show|give|me|an?)\s+)*"
    r"(?:methods|approaches|studies|techniques|overview|survey|review)\b",
    re.IGNORECASE,
)

# "…?", "How …", "Explain …"; not "shows", "explained", "video generation".
_ASKS = re.compile(
    r"\?\s*$|^(?:how|what|which|who|why|when|where|can|could|is|are|do|does|did|has|have|will"
    r"|should|explain|describe|tell|compare|contrast|list|name|find|show|give)\b",
    re.IGNORECASE,
)


def scope(question: str) -> Scope:
    """Tell what a question wants: one fact, a comparison, a survey, or just names a topic."""
    if _COMPARES.search(question):
        return "compare"
    if _SURVEYS.search(question):
        return "survey"
    return "fact" if _ASKS.search(question.strip()) else "phrase"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which papers a search may return; all given conditions must hold.

    Years are inclusive. Texts match without case, anywhere in the field; ``ids`` exactly.
    """

    year_from: int | None = None
    year_to: int | None = None
    venue: str = ""
    author: str = ""
    source: str = ""
    ids: tuple[str, ...] | None = None

    @classmethod
    def parse(cls, values: Mapping[str, Any] | None) -> Filters | None:
        """Read filters given as a mapping; ``year`` sets both ends.

        Raises:
            InputError: an unknown filter.
        """
        if not values:
            return None
        given = dict(values)
        if "year" in given:
            given["year_from"] = given["year_to"] = given.pop("year")
        if "ids" in given:
            given["ids"] = tuple(given["ids"])
        unknown = sorted(set(given) - set(cls.__slots__))
        if unknown:
            raise InputError(
                f"unknown filter {', '.join(unknown)}; known are year, {', '.join(cls.__slots__)}"
            )
        for name in ("year_from", "year_to"):
            if not isinstance(given.get(name), int | None):
                raise InputError(f"the filter {name} takes a year, not {given[name]!r}")
        return cls(**given)

    def keep(self, paper: Paper) -> bool:
        """Whether a paper may be returned."""
        if self.year_from is not None and (paper.year is None or paper.year < self.year_from):
            return False
        if self.year_to is not None and (paper.year is None or paper.year > self.year_to):
            return False
        if self.ids is not None and paper.id not in self.ids:
            return False
        fields = (
            (self.venue, paper.venue),
            (self.author, "\n".join(paper.authors)),
            (self.source, paper.source),
        )
        return all(wanted.casefold() in value.casefold() for wanted, value in fields)


def check_question(text: str, *, what: str = "question") -> None:
    """Refuse a question that is empty or too long; ``what`` is how messages call it.

    Raises:
        QuestionError: it is.
    """
    if not isinstance(text, str):
        raise QuestionError(f"a {what} is text, not {type(text).__name__}")
    if not any(char.isalnum() for char in text):
        raise QuestionError(f"the {what} is empty; ask something about the papers")
    if len(text) > MAX_QUERY:
        raise QuestionError(
            f"the {what} has {len(text):,} characters, at most {MAX_QUERY:,} are read; shorten it"
        )


def check_searchable(text: str, *, what: str = "question") -> None:
    """Refuse a question that has no word to look for.

    Raises:
        QuestionError: it has none.
    """
    if not content_words(text):
        start = text.strip()[:60]
        raise QuestionError(f"the {what} {start!r} has no word to look for; name what it is about")
