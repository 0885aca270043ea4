"""Checks the numbers of a claim against its sources: value, unit, hedge. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.text.names import is_name, names_in

_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "g": 1e9,
    "hundred": 1e2,
}

_UNITS = {
    "%": "%",
    "percent": "%",
    "percentage": "%",
    "x": "times",
    "×": "times",
    "times": "times",
    "fold": "times",
    "fps": "fps",
    "hour": "hours",
    "hours": "hours",
    "h": "hours",
    "day": "days",
    "days": "days",
    "week": "weeks",
    "weeks": "weeks",
    "year": "years",
    "years": "years",
    "minute": "minutes",
    "minutes": "minutes",
    "second": "seconds",
    "seconds": "seconds",
    "ms": "ms",
    "frames": "frames",
    "gpus": "gpus",
    "gb": "gb",
    "mb": "mb",
    "bit": "bits",
    "bits": "bits",
}

_WORD_NUMBERS = {
    word: float(value)
    for value, names in {
        0.5: "half halve halves halved halving",
        2: "two twice double doubles doubled doubling dual pair both second twofold",
        3: "three triple triples tripled tripling third thrice threefold",
        4: "four fourth quadruple quadruples quadrupled fourfold",
        5: "five fifth",
        6: "six sixth",
        7: "seven seventh",
        8: "eight eighth",
        9: "nine ninth",
        10: "ten tenth tenfold",
        11: "eleven",
        12: "twelve",
        20: "twenty",
    }.items()
    for word in names.split()
}

# Of these a claim asserts a number; the others only tell that a source does.
_COUNTING = frozenset(
    "two three four five six seven eight nine ten eleven twelve twenty half halve halves halved"
    " halving twice doubles doubled doubling twofold triples tripled tripling thrice threefold"
    " quadruple quadruples quadrupled fourfold tenfold".split()
)
# What a source may say instead: "cuts it by 50 %", "a 2x reduction", "1.99 times" of what doubles.
_AS_FIGURES = {0.5: ((50.0, "%"), (2.0, "times"), (0.5, "times")), 2.0: ((100.0, "%"),)}
_ROUNDED = 0.06  # of a figure for which a word stands: 48 % is a half

# "2.62x faster", "1,000", "10-fold", "0.5B parameters"; not "V2", "Kinetics-400", "v1.2".
_QUANTITY = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)(?P<value>\d[\d,]*(?:\.\d+)?)\s?-?(?P<after>%|×|[A-Za-z]+)?"
    r"(?:[\s-]+(?P<next>[A-Za-z]+))?"
)


_DIGITS = re.compile(r"\d+")

# "(1) we …; 2) they …"; not "v1) ", "3.5) ", "(123) ".
_ENUMERATOR = re.compile(r"(?<![\w.])\(?\d{1,2}\)(?=\s)")

_SPELLINGS = [
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"[\^{}$]", ""),  # M^{3}ViT
        (r"frames per second|frames/s\b", "FPS"),  # not "frames/sec"
        (r"(?<=\d)\s?(?:x|×|by)\s?(?=\d)", " and "),  # 476x476, 476 by 476
        (r"(?<=\d)\s?(?:\\?sim|~)\s?(?=\d)", " to "),  # what is left of LaTeX's \sim
        (r"\bsim\s?(?=\d)", ""),  # "sim 3"; not "simple"
        (r"\b(?:an |one )order of magnitude", "ten times"),  # not "two orders of …"
        (r"\btwo orders of magnitude", "100 times"),
        (r"\ba (?=(?:hundred|thousand|million|billion)\b)", "1 "),
        (r"\bper cent\b", "%"),
        *(  # "two million"; not "two millions of"
            (rf"\b{word} (?=(?:hundred|thousand|million|billion)\b)", f"{value} ")
            for value, word in enumerate(
                "one two three four five six seven eight nine ten".split(), 1
            )
        ),
        (r"\b(\d)d\b", r"\1-dimensional"),  # "3D"; not "13d"
    )
]

# "about 2,500" for 2,543: a hedge allows so much. "~", "fewer than"; not "exactly", "about the".
_HEDGE = re.compile(
    r"(?:about|around|roughly|approximately|nearly|almost|over|under|some|(?:more|less|fewer) than"
    r"|~|≈)\s*$",
    re.IGNORECASE,
)

# "at least 4", "up to ~4"; not "over the 4", "at 4".
_BOUND = re.compile(
    r"\b(?:(?P<least>at least|more than|no less than|over|above|exceed\w*|minimum of)"
    r"|(?:up to|at most|less than|fewer than|no more than|under|below|maximum of|as much as))"
    r"\s*~?$",
    re.IGNORECASE,
)
_NAMED_WITHIN = 6  # words behind a figure
_ELSEWHERE = "in the cited sentences"
NOT_CITED = "is not in the cited sentences"  # how a fault of a figure ends
_HEDGED = 0.03
_BESIDE = 4  # words on each side of a figure that say what it measures
_TELLING = 20  # smaller whole numbers without a unit stand in any text

# The name before a number that may be part of it: "SAM 2", "Figure 3"; not "over 2", "the 2".
_NAMED = re.compile(r"\b([A-Z][\w-]*) $")

_SPELLED = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class _Quantity:
    value: float
    unit: str  # one of ``_UNITS``' values, or empty
    is_hedged: bool
    name: str = ""  # "SAM 2", where a name stands before it that it may be part of

    def fits(self, other: _Quantity) -> bool:
        share = _HEDGED if self.is_hedged else 1e-9
        same = abs(self.value - other.value) <= share * abs(other.value)
        return same and (not self.unit or not other.unit or self.unit == other.unit)


def number_faults(claim: str, source: str, context: str) -> Iterator[str]:
    """Yield a fault for every number of the claim that its sources do not have.

    Digits inside names ("Kinetics-400", "V2") need only stand in some name of sources or titles,
    or by themselves, since names are shortened freely ("K400").
    """
    claim, source = _one_spelling(claim), _one_spelling(source)
    known = list(_quantities(source))
    spelled = {_WORD_NUMBERS[word] for word in _spelled(source) if word in _WORD_NUMBERS}
    in_names = {run for name in names_in(f"{source} {context}") for run in _DIGITS.findall(name)}
    digits = in_names | {f"{quantity.value:g}" for quantity in known}
    unused = list(known)
    for quantity in _quantities(claim):
        match = next((other for other in unused if quantity.fits(other)), None)
        if match is not None:  # each number of a source vouches for one of the claim
            unused.remove(match)
            continue
        if quantity.value in spelled or (not quantity.unit and f"{quantity.value:g}" in in_names):
            continue
        if quantity.name and quantity.name.lower() in f"{source} {context}".lower():
            continue
        yield f"{quantity.value:g}{quantity.unit} {NOT_CITED}"
    yield from _misplaced(claim, source)
    for name in names_in(claim):
        if any(run not in digits for run in _DIGITS.findall(name)):
            yield f"{name} {NOT_CITED}"
    for word in _spelled(claim):
        if word in _COUNTING:
            value = _WORD_NUMBERS[word]
            if value not in spelled and not _told(value, known):
                yield f"“{word}” {NOT_CITED}"


def _misplaced(claim: str, source: str) -> Iterator[str]:
    """Yield a fault for a figure that its source has of another name, or bounds the other way.

    "89.9% on K400" where that is 90.0% and K600 has the 89.9%; "at least 4%" of "up to 4%".
    """
    ours, theirs = list(_with_names(claim)), list(_with_names(source))
    for quantity, name, bound in ours:
        alike = [other for other, _, _ in theirs if quantity.fits(other)]
        same = [other for other, its, _ in theirs if its == name and other.unit == quantity.unit]
        if name and alike and same and not any(quantity.fits(other) for other in same):
            yield f"{quantity.value:g}{quantity.unit} is of another name {_ELSEWHERE}"
        bounds = {its for other, _, its in theirs if quantity.fits(other)}
        if bound and bounds == {-bound}:
            yield f"{quantity.value:g}{quantity.unit} is bounded the other way {_ELSEWHERE}"


def _with_names(text: str) -> Iterator[tuple[_Quantity, str, int]]:
    """Yield the quantities of a text with the name that follows each, and how it is bounded.

    The bound is 1 for "at least", -1 for "up to", else 0.
    """
    matches = list(_QUANTITY.finditer(text))
    ends = [*(match.start() for match in matches[1:]), len(text)]
    for quantity, match, end in zip(_quantities(text), matches, ends, strict=False):
        behind = re.split(r"[,;:()]|\.(?:\s|$)", text[match.end("value") : end], maxsplit=1)[0]
        words = behind.split()[:_NAMED_WITHIN]
        name = next((word for word in words if is_name(word.strip(".,"))), "")
        bound = _BOUND.search(text[: match.start()])
        way = 0 if bound is None else 1 if bound["least"] else -1
        yield quantity, re.sub(r"[^a-z0-9]", "", name.lower()), way


def _told(value: float, known: Sequence[_Quantity]) -> bool:
    """Whether one of the quantities is what a word of this value says."""
    if any(value == other.value for other in known):
        return True
    return any(
        other.unit == unit and abs(other.value - figure) <= _ROUNDED * figure
        for figure, unit in ((value, "times"), *_AS_FIGURES.get(value, ()))
        for other in known
    )


def shared_figure(claim: str, source: str) -> bool:
    """Whether two texts have a figure in common that says something: "86.1", "40 ms"; not "2"."""
    theirs = list(_quantities(_one_spelling(source)))
    return any(
        mine.fits(other)
        for mine in _quantities(_one_spelling(claim))
        if mine.unit or mine.value >= _TELLING or mine.value != int(mine.value)
        for other in theirs
    )


def rival_figures(claim: str, source: str) -> Iterator[tuple[str, str]]:
    """Yield the words around each figure of the claim that the source lacks, and around its own.

    That is where the source has another figure of the same unit, which the claim does not have:
    "80% on K400" and "90.0% on K400 and", for the caller to tell whether both are about the same.
    """
    ours, theirs = list(_in_place(claim)), list(_in_place(source))
    for mine, around in ours:
        if any(mine.fits(other) for other, _ in theirs) or mine.name:
            continue
        for other, there in theirs:
            is_alike = other.unit == mine.unit and not other.name
            if is_alike and not any(own.fits(other) for own, _ in ours):
                yield around, there


def _in_place(text: str) -> Iterator[tuple[_Quantity, str]]:
    """Yield the quantities of a text, each with the words around it."""
    plain = _one_spelling(text)
    for quantity, match in zip(_quantities(plain), _QUANTITY.finditer(plain), strict=True):
        before = plain[: match.start()].split()[-_BESIDE:]
        after = plain[match.end("value") :].split()[:_BESIDE]
        yield quantity, " ".join([*before, *after])


def has_figures(text: str) -> bool:
    """Whether a text has a number that counts or measures something."""
    return any(True for _ in _quantities(_one_spelling(text)))


def _one_spelling(text: str) -> str:
    """Bring spellings of the same quantity together, and drop the numbers that count list items."""
    text = _ENUMERATOR.sub(" ", text)
    for pattern, replacement in _SPELLINGS:
        text = pattern.sub(replacement, text)
    return text


def _quantities(text: str) -> Iterator[_Quantity]:
    for match in _QUANTITY.finditer(text):
        value = float(match["value"].replace(",", "").rstrip("."))
        after, following = (match["after"] or "").lower(), (match["next"] or "").lower()
        if after in _SCALES:
            value *= _SCALES[after]
            unit = _UNITS.get(following, "")
        else:
            unit = _UNITS.get(after, "")
        before = text[: match.start()]
        named = _NAMED.search(before)
        name = f"{named[1]} {match['value']}" if named and not unit else ""
        yield _Quantity(value, unit, bool(_HEDGE.search(before)), name)


def _spelled(text: str) -> list[str]:
    return [word.lower() for word in _SPELLED.findall(text)]
