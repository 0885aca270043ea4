"""Texts that make a regular expression with an ambiguous repetition take for ever.

Of every unbounded repetition in a pattern: what matches the part before it, then what matches its
body again and again, then something that cannot match, so that each way of dividing the text is
tried. Linear patterns take microseconds for such a text, ambiguous ones minutes.
"""

import random
import re
import re._constants as ops  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterator, Sequence
from typing import Any

_CHARACTERS = " \t\n,.;:-a1P\"([*_bcXYZ09=%/'é"
_SPOILERS = ("", "\x00!", "~ x")
_OFTEN = 8  # a repetition that is allowed this often counts as unbounded
_CATEGORIES = {
    ops.CATEGORY_DIGIT: r"\d",
    ops.CATEGORY_NOT_DIGIT: r"\D",
    ops.CATEGORY_SPACE: r"\s",
    ops.CATEGORY_NOT_SPACE: r"\S",
    ops.CATEGORY_WORD: r"\w",
    ops.CATEGORY_NOT_WORD: r"\W",
}
_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT)
Nodes = Sequence[tuple[Any, Any]]


def pumped(pattern: re.Pattern[str], length: int, each: int = 8) -> Iterator[str]:
    """Yield texts of about ``length`` characters, ``each`` times three for every repetition."""
    rng = random.Random(ascii(pattern.pattern))
    for before, body in _repetitions(parser.parse(pattern.pattern, pattern.flags), []):
        for _ in range(each):
            start = _matching(before, rng)
            piece = "".join(_matching(body, rng) for _ in range(rng.randint(1, 2)))
            if piece:
                for end in _SPOILERS:
                    yield start + piece * max(1, length // len(piece)) + end


def _repetitions(nodes: Nodes, before: list[Any]) -> Iterator[tuple[Nodes, Nodes]]:
    """Yield each unbounded repetition as what stands before it, and its body."""
    before = list(before)
    for op, argument in nodes:
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT):
            _, most, body = argument
            if most is ops.MAXREPEAT or most > _OFTEN:
                yield list(before), body
            yield from _repetitions(body, before)
        elif op is ops.BRANCH:
            for branch in argument[1]:
                yield from _repetitions(branch, before)
        elif op is ops.SUBPATTERN:
            yield from _repetitions(argument[3], before)
        elif op is ops.ATOMIC_GROUP:
            yield from _repetitions(argument, before)
        before.append((op, argument))


def _matching(nodes: Nodes, rng: random.Random) -> str:
    """Return a text that nodes of a pattern match, conditions around it left out."""
    return "".join(_one(op, argument, rng) for op, argument in nodes)


def _one(op: Any, argument: Any, rng: random.Random) -> str:
    if op in _REPEATS:
        least, most, body = argument
        top = max(least, min(3, 3 if most is ops.MAXREPEAT else most))
        return "".join(_matching(body, rng) for _ in range(rng.randint(least, top)))
    if op in (ops.BRANCH, ops.SUBPATTERN, ops.ATOMIC_GROUP):
        inner = argument if op is ops.ATOMIC_GROUP else argument[-1]
        return _matching(rng.choice(inner) if op is ops.BRANCH else inner, rng)
    if op is ops.LITERAL:
        return chr(argument)
    if op is ops.IN:
        return _of_class(argument, rng)
    return rng.choice("x .") if op in (ops.ANY, ops.NOT_LITERAL) else ""


def _of_class(items: Nodes, rng: random.Random) -> str:
    negated = items[0][0] is ops.NEGATE
    fitting = [one for one in _CHARACTERS if any(_has(item, one) for item in items) != negated]
    named = [
        chr(argument if op is ops.LITERAL else argument[0])
        for op, argument in items
        if op in (ops.LITERAL, ops.RANGE)
    ]
    if fitting and (negated or not named or rng.random() < 0.7):
        return rng.choice(fitting)
    return rng.choice(named or ["x"])


def _has(item: tuple[Any, Any], one: str) -> bool:
    op, argument = item
    if op is ops.LITERAL:
        return bool(argument == ord(one))
    if op is ops.RANGE:
        return bool(argument[0] <= ord(one) <= argument[1])
    return op is ops.CATEGORY and bool(re.match(_CATEGORIES[argument], one))
