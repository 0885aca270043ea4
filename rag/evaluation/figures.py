"""What rows come to: means, by kind too, refusals, risk at less coverage, times. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median, quantiles

from rag.evaluation.judging import ANSWERED, Row

COVERAGES = (100, 90, 80, 70, 60, 50)  # per cent of the questions, the surest first
FEWER_IS_BETTER = ("anchor_violations", "false_refusals", "ms")  # ends of figures' names


@dataclass(frozen=True, slots=True)
class Risk:
    """Answering only the surest questions: how many are answered, and how many of these wrongly.

    Wrongly is: the first paper cited is not relevant, or the papers do not answer the question.
    """

    coverage: int
    questions: int
    answered: int
    wrong: int

    @property
    def risk(self) -> float:
        """The share of the answered questions that are answered wrongly."""
        return self.wrong / max(self.answered, 1)


def figures(rows: Sequence[Row]) -> dict[str, float]:
    """Return the figures of rows by name: means of their measures, and counts of what is wrong."""
    found = {name: mean(values) for name, values in _columns(rows).items()}
    if any(row.citations for row in rows):
        found["anchor_violations"] = float(sum(len(row.violations) for row in rows))
    if ANSWERED in found:
        found["false_refusals"] = 1 - found[ANSWERED]
    return found


def by_kind(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows by kind, in the order in which the kinds first come."""
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row)
    return kinds


def risks(rows: Sequence[Row]) -> tuple[Risk, ...]:
    """Return the risk when only the questions with the best scores are answered.

    Those that the assistant refuses are among the questions and not among the answered.
    """
    known = sorted((r for r in rows if r.answered is not None), key=lambda r: -r.confidence)
    table = []
    for coverage in COVERAGES if known else ():
        kept = known[: math.ceil(len(known) * coverage / 100)]
        answered = [row for row in kept if row.answered]
        wrong = sum(row.wrong for row in answered)
        table.append(Risk(coverage, len(kept), len(answered), wrong))
    return tuple(table)


def times(rows: Sequence[Row]) -> dict[str, float]:
    """Return median and 95th percentile of searching and of asking, in milliseconds."""
    found: dict[str, float] = {}
    for what, spent in (
        ("search", [row.search_ms for row in rows if row.search_ms is not None]),
        ("ask", [row.ask_ms for row in rows if row.ask_ms is not None]),
    ):
        if spent:
            found[f"{what}_p50_ms"] = median(spent)
            found[f"{what}_p95_ms"] = quantiles(spent, n=20)[-1] if len(spent) > 1 else spent[0]
    return found


def is_better_high(name: str) -> bool:
    """Whether more of a figure is better."""
    return not name.endswith(FEWER_IS_BETTER)


def _columns(rows: Sequence[Row]) -> dict[str, list[float]]:
    columns: dict[str, list[float]] = {}
    for row in rows:
        for name, value in row.values.items():
            columns.setdefault(name, []).append(value)
    return columns
