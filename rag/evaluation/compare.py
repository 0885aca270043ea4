"""Compares two reports question by question, and checks figures against floors."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.errors import InputError, ReadError
from rag.evaluation.bootstrap import Difference, paired
from rag.evaluation.figures import is_better_high
from rag.evaluation.judging import ANSWERED, CITED, REFUSED, TURNS
from rag.evaluation.measures import names
from rag.evaluation.questions import UNANSWERABLE
from rag.evaluation.report import FORM, table
from rag.evaluation.sources import read_text

_TOLD = 5  # unmatched questions that are named

Values = dict[str, dict[str, float]]
"""Question → measure → value."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two reports differ by measure, and the questions that only one of them has."""

    measures: Mapping[str, Difference]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that a figure must be."""

    name: str
    least: float


def read_values(path: Path) -> Values:
    """Return the measures of each question of a JSON report.

    Raises:
        ReadError: it is none, or cannot be read.
    """
    text = read_text(path)
    wrong = f"{path} is no report of rag eval; write one with --report FILE.json"
    try:
        report = json.loads(text)
        if report["form"] != FORM:
            raise ReadError(wrong)
        return {
            str(row["id"]): {str(name): float(v) for name, v in row["values"].items()}
            for row in report["rows"]
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReadError(wrong) from error


def compare(first: Values, second: Values) -> Comparison:
    """Compare two reports on the questions that both have, measure by measure.

    Raises:
        InputError: they have no question and measure in common.
    """
    shared = [question for question in first if question in second]
    pairs: dict[str, list[tuple[float, float]]] = {}
    for question in shared:
        for name, value in first[question].items():
            if name in second[question]:
                pairs.setdefault(name, []).append((value, second[question][name]))
    if not pairs:
        raise InputError(
            "the two reports have no measure of the same question; make both from one question file"
        )
    found = {name: paired(*zip(*values, strict=True)) for name, values in pairs.items()}
    only = [
        tuple(question for question in one if question not in other)
        for one, other in ((first, second), (second, first))
    ]
    return Comparison(found, only[0], only[1])


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison ready for ``json.dumps``."""
    return asdict(comparison)


def comparison_markdown(comparison: Comparison, names: tuple[str, str]) -> str:
    """Return a comparison to read."""
    lines = [
        [
            name,
            str(found.better + found.worse + found.same),
            f"{found.mean:+.3f}",
            f"{found.low:+.3f} to {found.high:+.3f}",
            *map(str, (found.better, found.worse, found.same)),
            "yes" if found.is_sure else "no",
        ]
        for name, found in comparison.measures.items()
    ]
    heads = ["measure", "questions", "mean", "95 % interval", "better", "worse", "same", "sure"]
    told = "".join(
        f"\nOnly in {name}: {len(only)} questions ({', '.join(only[:_TOLD])}"
        f"{', …' if len(only) > _TOLD else ''})\n"
        for name, only in zip(names, (comparison.only_first, comparison.only_second), strict=True)
        if only
    )
    return f"# {names[1]} compared with {names[0]}\n\n{table(heads, lines)}{told}"


def read_floor(text: str) -> Floor:
    """Read ``NAME=VALUE``.

    Raises:
        InputError: it is not that.
    """
    name, sign, value = text.rpartition("=")
    try:
        least = float(value)
    except ValueError:
        least = math.nan
    if not sign or not name.strip() or not math.isfinite(least):
        raise InputError(f"{text!r} is no floor; write NAME=VALUE, as in nDCG@10=0.8")
    return Floor(name.strip(), least)


def check_floors(floors: Sequence[Floor], *, k: int) -> None:
    """Check that an evaluation of this depth can give such figures, before anything is asked.

    Raises:
        InputError: there can be no figure of such a name, or less of it is better.
    """
    of_kinds = (REFUSED.format(kind) for kind in UNANSWERABLE)
    possible = dict.fromkeys((*names(k), *CITED, ANSWERED, *of_kinds, TURNS), math.inf)
    plain = [Floor(floor.name.split("/", maxsplit=1)[0], floor.least) for floor in floors]
    below(possible, plain)


def below(figures: Mapping[str, float], floors: Sequence[Floor]) -> list[str]:
    """Return a line for each figure that is below its floor.

    Raises:
        InputError: there is no figure of such a name, or less of it is better.
    """
    known = {name.casefold(): name for name in figures if _has_floor(name)}
    if unknown := [floor.name for floor in floors if floor.name.casefold() not in known]:
        there = ", ".join(name for name in known.values() if "/" not in name)
        raise InputError(
            f"no figure {unknown[0]!r} to hold a floor to; there are {there}, and those of a kind "
            "as in nDCG@10/detail"
        )
    failed = []
    for floor in floors:
        name = known[floor.name.casefold()]
        if figures[name] < floor.least:
            failed.append(f"{name} is {figures[name]:.4f}, below {floor.least:g}")
    return failed


def _has_floor(name: str) -> bool:
    return is_better_high(name.split("/", maxsplit=1)[0])
