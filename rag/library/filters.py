"""Which papers a search may return, and the same as conditions of SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from rag.errors import InputError
from rag.library.schema import PAPERS
from rag.records import Paper
from rag.text.fold import matching


def _in_words(text: str) -> str:
    """Return the pattern of a text as whole words of what it is looked for in."""
    return rf"(?<!\w){re.escape(matching(text))}(?!\w)"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which papers a search may return; all given conditions must hold.

    Years are inclusive. Texts match without case and accents, anywhere in the field ("muller" finds
    Müller), or with ``whole_words`` only as words of it ("he" is not in Michelle); ``ids`` exactly.
    ``topic`` names the topic that ``ids`` are the papers of.
    """

    year_from: int | None = None
    year_to: int | None = None
    venue: str = ""
    author: str = ""
    source: str = ""
    collection: str = ""
    ids: tuple[str, ...] | None = None
    topic: str = ""
    whole_words: bool = False

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
        elif given.get("topic"):
            raise InputError("only an assistant knows the papers of a topic; give their ids")
        known = [name for name in cls.__slots__ if name != "whole_words"]
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise InputError(
                f"unknown filter {', '.join(unknown)}; known are year, {', '.join(known)}"
            )
        for name in ("year_from", "year_to"):
            if not isinstance(given.get(name), int | None):
                raise InputError(f"the filter {name} takes a year, not {given[name]!r}")
        return cls(**given)

    def given(self) -> dict[str, Any]:
        """Return the filters that are set, as ``parse`` takes them."""
        named = {name: getattr(self, name) for name in self.__slots__ if name != "whole_words"}
        found = {name: value for name, value in named.items() if value not in (None, "")}
        if self.ids is None or self.topic:  # of a topic there may be thousands
            return {name: value for name, value in found.items() if name != "ids"}
        return {**found, "ids": list(self.ids)}

    def keep(self, paper: Paper) -> bool:
        """Whether a paper may be returned."""
        if self.year_from is not None and (paper.year is None or paper.year < self.year_from):
            return False
        if self.year_to is not None and (paper.year is None or paper.year > self.year_to):
            return False
        if self.ids is not None and paper.id not in self.ids:
            return False
        fields = (
            (self.venue, [paper.venue]),
            (self.author, paper.authors),
            (self.source, [paper.source]),
            (self.collection, paper.collections),
        )
        return all(
            not matching(wanted) or any(self._is_in(wanted, value) for value in values)
            for wanted, values in fields
        )

    def among(self, found: Iterable[str]) -> list[str]:
        """Return those of the found ids that ``ids`` leaves, in their order."""
        kept = None if self.ids is None else frozenset(self.ids)
        return [one for one in found if kept is None or one in kept]

    def _is_in(self, wanted: str, value: str) -> bool:
        if self.whole_words:
            return re.search(_in_words(wanted), matching(value)) is not None
        return matching(wanted) in matching(value)

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return all of it but the ids as conditions on the table of papers."""
        texts = [
            (column, text)
            for column, text in (
                (PAPERS.c.by, self.author),
                (PAPERS.c.appeared, self.venue),
                (PAPERS.c.came_from, self.source),
                (PAPERS.c.filed, self.collection),
            )
            if matching(text)
        ]
        found: list[sa.ColumnElement[bool]] = [
            column.contains(matching(text), autoescape=True) for column, text in texts
        ]
        if self.whole_words:
            found += [column.regexp_match(_in_words(text)) for column, text in texts]
        if self.year_from is not None:
            found.append(PAPERS.c.year >= self.year_from)
        if self.year_to is not None:
            found.append(PAPERS.c.year <= self.year_to)
        return found
