"""Checks the numbers of a claim against its sources: value, unit, hedge. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.text.names import names_in

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
        2: "two twice double dual pair both second twofold",
        3: "three triple third thrice",
        4: "four fourth quadruple",
        5: "five fifth",
        6: "six sixth",
        7: "seven seventh",
        8: "eight eighth",
        9: "nine ninth",
        10: "ten tenth",
        11: "eleven",
        12: "twelve",
        20: "twenty",
    }.items()
    for word in names.split()
}

# Of these a claim asserts a number; the others only tell that a source does.
_COUNTING = frozenset("two three four five six seven eight nine ten eleven twelve twenty".split())

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
        (r"\bper cent\b", "%"),
        (r"\b(\d)d\b", r"\1-dimensional"),  # "3D"; not "13d"
    )
]

# "about 2,500" for 2,543: a hedge allows so much. "~", "fewer than"; not "exactly", "about the".
_HEDGE = re.compile(
    r"(?:about|around|roughly|approximately|nearly|almost|over|under|some|(?:more|less|fewer) than"
    r"|~|≈)\s*$",
    re.IGNORECASE,
)

_HEDGED = 0.03

_SPELLED = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class _Quantity:
    value: float
    unit: str  # one of ``_UNITS``' values, or empty
    is_hedged: bool

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
        yield f"{quantity.value:g}{quantity.unit} is not in the cited sentences"
    for name in names_in(claim):
        if any(run not in digits for run in _DIGITS.findall(name)):
            yield f"{name} is not in the cited sentences"
    for word in _spelled(claim):
        if word in _COUNTING:
            value = _WORD_NUMBERS[word]
            if value not in spelled and not any(value == other.value for other in known):
                yield f"“{word}” is not in the cited sentences"


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
        yield _Quantity(value, unit, bool(_HEDGE.search(text[: match.start()])))


def _spelled(text: str) -> list[str]:
    return [word.lower() for word in _SPELLED.findall(text)]
