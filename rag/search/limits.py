"""Reads which papers a question is limited to: "since 2021", "by Lee et al.", "in CVPR papers"."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Literal

from rag.library import Filters
from rag.text.words import content_words

_YEAR = r"((?:19|20)\d\d)"
# Each with what it makes of the years in it. A bare "in 2012" limits nothing: it may be what a
# question is about ("the challenge in 2012").
_YEARS: tuple[tuple[re.Pattern[str], int, int], ...] = (
    (re.compile(rf"\bbetween {_YEAR} and {_YEAR}\b", re.IGNORECASE), 0, 0),
    (re.compile(rf"\bfrom {_YEAR} (?:to|until|till|through) {_YEAR}\b", re.IGNORECASE), 0, 0),
    (re.compile(rf"\b(?:since|from) {_YEAR}(?: on(?:wards?)?)?\b", re.IGNORECASE), 0, 0),
    (re.compile(rf"\bafter {_YEAR}\b", re.IGNORECASE), 1, 0),
    (re.compile(rf"\b(?:until|till|up to) ()?{_YEAR}\b", re.IGNORECASE), 0, 0),
    (re.compile(rf"\bbefore ()?{_YEAR}\b", re.IGNORECASE), 0, -1),
)

_UPPER = r"(?=[^\W\d_])(?![a-zß-öø-ÿ])"  # before the first letter of a name
_PARTICLE = r"(?:(?:van|von|der|den|de|del|di|da|la|le|el|al) )"
_PERSON = rf"(?P<name>{_PARTICLE}*{_UPPER}[\w'’-]+(?: {_PARTICLE}*{_UPPER}[\w'’-]+){{0,2}})"
_OTHERS = (
    r"(?: et al\b\.?| (?:and|&) (?:(?:his|her|their) )?"
    r"(?:colleagues|co-?workers|co-?authors|team|others)\b)(?:['’]s)?"
)
_WORKS = r"(?:papers?|works?|articles?|stud(?:y|ies)|publications?|research|abstracts?)"
# "by Lee et al.", "lee and colleagues"; "papers by Ann Lee", "written by Lee". ``cut`` is no part
# of what a question is about.
_AUTHORS = (
    re.compile(rf"(?P<cut>(?:\bby )?\b{_PERSON}{_OTHERS})"),
    re.compile(rf"(?P<cut>(?:\bby )?\b(?P<name>[\w'’-]+){_OTHERS})"),
    re.compile(rf"\b(?:(?i:{_WORKS})|written|published|authored) (?P<cut>by {_PERSON})"),
)
_SHORT = r"(?P<name>(?=\w*[A-Z]\w*[A-Z])[\w-]+)"  # CVPR, NeurIPS
_TITLE = rf"(?P<name>{_UPPER}[\w-]+(?: (?:(?:of|on|and|in|the|for|&) )*{_UPPER}[\w-]+)*)"
# "in NeurIPS papers", "papers at CVPR", "published in Nature Medicine".
_VENUES = (
    re.compile(rf"(?P<cut>\b(?i:in|at|from|among)(?: the)? {_SHORT} {_WORKS}\b)"),
    re.compile(rf"\b(?i:{_WORKS}) (?P<cut>(?:in|at|from) {_SHORT})"),
    re.compile(rf"(?P<cut>\b(?:published|presented|appear(?:ed|ing)) (?:in|at)(?: the)? {_TITLE})"),
)
_NAMED: tuple[tuple[Literal["author", "venue"], tuple[re.Pattern[str], ...]], ...] = (
    ("author", _AUTHORS),
    ("venue", _VENUES),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Which papers a question is limited to, what says so, and the question without the names."""

    filters: Filters | None
    told: str
    rest: str


def read_limits(
    question: str,
    is_met: Callable[[Filters], object],
    without: Collection[str] = (),
) -> Limits:
    """Read what a question says of years, an author and a venue.

    Only what some paper meets limits it: a name is an author's where a paper has such an author,
    and "since 2030" is no limit to a library that ends before. ``is_met`` tells whether some paper
    meets filters. Those named in ``without`` are read and let go: a name is then
    no part of what the question is about either.
    """
    filters, rest = Filters(whole_words=True), question
    for field, patterns in _NAMED:
        for found in filter(None, (pattern.search(rest) for pattern in patterns)):
            narrowed, before = _narrowed(filters, field, found["name"], is_met)
            about = f"{rest[: found.start('cut')]} {before} {rest[found.end('cut') :]}"
            if narrowed != filters and content_words(about):
                filters, rest = narrowed, " ".join(about.split())
                break
    years = years_said(question)
    if years is not None:
        both = replace(filters, year_from=years.year_from, year_to=years.year_to)
        if is_met(both):
            filters = both
    kept = {name: value for name, value in filters.given().items() if name not in without}
    filters = Filters(**kept, whole_words=True)
    if not kept:
        return Limits(None, "", rest)
    return Limits(filters, told(filters), rest)


def _narrowed(
    filters: Filters,
    field: Literal["author", "venue"],
    name: str,
    is_met: Callable[[Filters], object],
) -> tuple[Filters, str]:
    """Narrow filters to a name that papers have; return the words before it too: "What Lee"."""
    words = name.split()
    for start in range(len(words)):
        text = " ".join(words[start:])
        author, venue = (text, filters.venue) if field == "author" else (filters.author, text)
        narrowed = replace(filters, author=author, venue=venue)
        if is_met(narrowed):
            return narrowed, " ".join(words[:start])
    return filters, ""


def years_said(question: str) -> Filters | None:
    """Return the years that a question is limited to, None where it says none."""
    for pattern, later, earlier in _YEARS:
        if match := pattern.search(question):
            first, last = (*match.groups(), None)[:2]
            return Filters(
                year_from=int(first) + later if first else None,
                year_to=int(last) + earlier if last else None,
            )
    return None


def told(filters: Filters) -> str:
    """Say which papers alone are looked at."""
    first, last = filters.year_from, filters.year_to
    if first and last:
        years = f"from {first} to {last}"
    else:
        years = f"from {first} on" if first else f"until {last}" if last else ""
    author = f"by {filters.author}" if filters.author else ""
    venue = f"in {filters.venue}" if filters.venue else ""
    limits = " ".join(filter(None, (author, venue, years)))
    return f"Only papers {limits} were looked at, as the question says."
