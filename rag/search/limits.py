"""Reads which years a question is limited to: "since 2021", "between 2018 and 2020"."""

from __future__ import annotations

import re

from rag.library import Filters

_YEAR = r"((?:19|20)\d\d)"
# Each with what it makes of the years in it. A bare "in 2012" limits nothing: it may be what a
# question is about ("the challenge in 2012").
_LIMITS: tuple[tuple[re.Pattern[str], int, int], ...] = (
    (re.compile(rf"\bbetween {_YEAR} and {_YEAR}\b", re.IGNORECASE), 0, 0),
    (re.compile(rf"\bfrom {_YEAR} (?:to|until|till|through) {_YEAR}\b", re.IGNORECASE), 0, 0),
    (re.compile(rf"\b(?:since|from) {_YEAR}(?: on(?:wards?)?)?\b", re.IGNORECASE), 0, 0),
    (re.compile(rf"\bafter {_YEAR}\b", re.IGNORECASE), 1, 0),
    (re.compile(rf"\b(?:until|till|up to) ()?{_YEAR}\b", re.IGNORECASE), 0, 0),
    (re.compile(rf"\bbefore ()?{_YEAR}\b", re.IGNORECASE), 0, -1),
)


def years_said(question: str) -> Filters | None:
    """Return the years that a question is limited to, None where it says none."""
    for pattern, later, earlier in _LIMITS:
        if match := pattern.search(question):
            first, last = (*match.groups(), None)[:2]
            return Filters(
                year_from=int(first) + later if first else None,
                year_to=int(last) + earlier if last else None,
            )
    return None


def told(filters: Filters) -> str:
    """Say which years alone are looked at."""
    first, last = filters.year_from, filters.year_to
    if first and last:
        years = f"from {first} to {last}"
    else:
        years = f"from {first} on" if first else f"until {last}"
    return f"Only papers {years} were looked at, as the question says."
