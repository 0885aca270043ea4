"""Checks that a comparison keeps its two sides: what beats what, what stands for what. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.grounding.polarity import DIRECTIONS
from rag.text.words import content_stems

# Ways to compare two things, each with what the first is then. ``turned`` marks a passive, whose
# sides stand the other way round.
_WAYS: tuple[tuple[str, re.Pattern[str]], ...] = (
    # "outperforms", "is outperformed by", "superior to", "gains of 3 points over"; not "over time".
    (
        "above",
        re.compile(
            r"\b(?P<turned>(?:outperformed|surpassed|beaten|exceeded|outmatched) by)\b"
            r"|\b(?:outperform|surpass|exceed|outmatch|outstrip|outrank|dominat)(?:s|es|ed|ing|e)?\b"
            r"|\b(?:beats?|beating|superior to|ahead of|preferred to|improv\w+ (?:up)?on)\b"
            r"|\b(?:favou?rabl\w+|superior\w*|improvements?|gains?|advantages?|speed-?ups?|benefits?"
            r"|preferred|better)(?: [\w%.-]+){0,4}? (?P<over>over)\b",
            re.IGNORECASE,
        ),
    ),
    # "underperforms", "lags behind", "inferior to"; not "the idea behind".
    (
        "below",
        re.compile(
            r"\b(?:underperform\w*|trails|trailing|(?:lags?|lagging|falls?) (?:far )?behind"
            r"|inferior to)\b",
            re.IGNORECASE,
        ),
    ),
    # "a convolution instead of attention"; not "instead,".
    (
        "instead",
        re.compile(r"\b(?:instead of|rather than|in place of|as opposed to)\b", re.IGNORECASE),
    ),
    # "compared with", "relative to"; not "compared methods".
    (
        "compared",
        re.compile(r"\b(?:compared (?:to|with)|relative to|in contrast to)\b", re.IGNORECASE),
    ),
    # "leads to", "is caused by"; not "the leads".
    (
        "causes",
        re.compile(
            r"\b(?P<turned>(?:caused|induced|triggered|driven) by)\b"
            r"|\b(?:causes?|leads? to|results? in|induces?|triggers?|gives? rise to)\b",
            re.IGNORECASE,
        ),
    ),
    # "followed by", "prior to"; not "follows".
    ("before", re.compile(r"\b(?:followed by|precedes?|prior to)\b", re.IGNORECASE)),
)
# "faster than", "more memory than", "12% higher accuracy than"; not "rather than", "more than 80".
_THAN = re.compile(r"(?<!rather )\bthan\b(?! [~\d])", re.IGNORECASE)
# What says how, before "than": "more", "faster", "easier"; not "transformer", "other".
_COMPARATIVE = re.compile(
    r"(?:more|less|fewer|worse|(?!.*(?:former|ncoder|coder|other|whether|layer|number|after|under"
    r"|over|parameter|power|filter|further|together|cluster|computer|paper|rather)$)[a-z]{2,}er)",
    re.IGNORECASE,
)
_NEAR = 7  # words before "than" among which it is looked for
# "from 70.1 to 74.3", "from images to video".
_FROM = re.compile(
    r"\bfrom (?P<left>(?:[^,;.]|\.\d){1,40}?) to (?P<right>(?:[^,;.]|\.\d){1,30})", re.IGNORECASE
)
# ", while"; not the comma of "1,000".
_CLAUSE = re.compile(r"[,;:.]\s|\b(?:but|while|whereas|when|where)\b")
_LEFT, _RIGHT = 14, 6  # words beside a comparison that may name its sides
# "our method", "It"; not "theirs", "with".
_OURS = re.compile(
    r"\b(?:we|our|ours|it|this|these|the proposed|the method|the model)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two sides and how the first compares with the second."""

    how: str
    left: frozenset[str]
    right: frozenset[str]
    of_ours: bool = False  # the first is the paper's own, unnamed


def role_faults(claim: str, source: str) -> Iterator[str]:
    """Yield a fault when a claim compares the same two things the other way round.

    "B outperforms A" where the source has "A outperforms B", or "ours outperforms B".
    """
    theirs = list(_comparisons(source))
    for mine in _comparisons(claim):
        same = [one for one in theirs if one.how == mine.how]
        if any(_is_swapped(mine, one) for one in same) and not any(
            _fits(mine, one) for one in same
        ):
            yield "turns a comparison of the cited sentences round"
            return


def _is_swapped(mine: _Comparison, theirs: _Comparison) -> bool:
    """Whether what stood on the right stands on the left, and the other way round."""
    to_left = (mine.left & theirs.right) - mine.right - theirs.left
    to_right = (mine.right & theirs.left) - mine.left - theirs.right
    return bool(to_left) and (bool(to_right) or theirs.of_ours)


def _fits(mine: _Comparison, theirs: _Comparison) -> bool:
    """Whether the two have their sides alike."""
    return bool(mine.right & theirs.right and not _is_swapped(mine, theirs))


def _comparisons(text: str) -> Iterator[_Comparison]:
    for how, pattern in _WAYS:
        for match in pattern.finditer(text):
            named = match.groupdict()
            start = match.start("over") if named.get("over") else match.start()
            before, after = _sides(text, start, match.end())
            if named.get("turned"):
                before, after = after, before
            yield _comparison(_with_direction(how, before), before, after)
    for match in _THAN.finditer(text):
        before, after = _sides(text, match.start(), match.end())
        words = before.split()
        places = [i for i, word in enumerate(words) if _COMPARATIVE.fullmatch(word)]
        place = next((i for i in reversed(places) if i >= len(words) - _NEAR), len(words))
        how = words[place].lower() if place < len(words) else ""
        yield _comparison(f"{how} than", " ".join(words[:place]), after)
    for match in _FROM.finditer(text):
        yield _comparison("from", match["left"], match["right"], exact=True)


def _with_direction(how: str, before: str) -> str:
    """Return how two things are compared with the direction: "lower, compared with"."""
    if how != "compared":
        return how
    return " ".join([*sorted(DIRECTIONS.intersection(before.lower().split())), how])


def _comparison(how: str, left: str, right: str, *, exact: bool = False) -> _Comparison:
    if exact:  # figures are no content words
        sides = [
            frozenset(re.findall(r"\d[\d.]*|[a-z]{3,}", side.lower())) for side in (left, right)
        ]
    else:
        sides = [frozenset(content_stems(side)) for side in (left, right)]
    return _Comparison(how, sides[0], sides[1], bool(_OURS.search(left)))


def _sides(text: str, start: int, end: int) -> tuple[str, str]:
    """Return the words on both sides of a comparison, within its clause."""
    before = _CLAUSE.split(text[:start])[-1].split()[-_LEFT:]
    after = _CLAUSE.split(text[end:])[0].split()[:_RIGHT]
    return " ".join(before), " ".join(after)
