"""No regular expression takes for ever: a question, a reply or a file may hold anything."""

import ast
import importlib
import pkgutil
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, ModuleType

import pytest

import rag
from tests.support.pumping import pumped

_LENGTH = 600  # characters; an ambiguous repetition takes hours for them, the others milliseconds
_PATIENCE = 2.0  # seconds
_MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(rag.__path__, "rag.")
    if not found.name.endswith("__main__")
)


class TakesForEverError(Exception):
    pass


def patterns(module: ModuleType) -> Iterator[re.Pattern[str]]:
    """Yield what a module compiles, alone or in a table, and what it writes into a call of re."""
    for value in vars(module).values():
        yield from _within(value)
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=name),
                args=[ast.Constant(value=str(written)), *_],
            ) if name != "escape":
                yield re.compile(written)


def _within(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, dict):
        yield from _within(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _within(item)


def takes_for_ever(pattern: re.Pattern[str]) -> str | None:
    """Return a text for which a pattern is not done in time, if one is found."""

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise TakesForEverError

    before = signal.signal(signal.SIGALRM, late)
    try:
        for text in pumped(pattern, _LENGTH):
            for look in (pattern.search, pattern.fullmatch):
                signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
                try:
                    look(text)
                except TakesForEverError:
                    return text
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)
    return None


@pytest.mark.slow
@pytest.mark.parametrize("name", _MODULES)
def test_no_pattern_of_a_module_takes_for_ever(name: str) -> None:
    for pattern in patterns(importlib.import_module(name)):
        assert takes_for_ever(pattern) is None, pattern.pattern


@pytest.mark.parametrize(
    "ambiguous", [r"(?:a\s*(?:,|b)?\s*)*c", r"(?:on (?:an )?|an )*x", r"(\w+-?)+$"]
)
def test_what_is_ambiguous_is_found(ambiguous: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_patterns._PATIENCE", 0.2)
    assert takes_for_ever(re.compile(ambiguous)) is not None
