"""Ranking measures, by ir-measures, which computes them as trec_eval does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType

from rag.errors import InputError

SHALLOW = 5  # papers that a reader looks at first; recall is told there too


def names(k: int) -> tuple[str, ...]:
    """Return the measures of rankings ``k`` long, by the names that ir-measures gives them."""
    recalls = dict.fromkeys((f"R@{k}", f"R@{min(k, SHALLOW)}"))
    return (f"nDCG@{k}", *recalls, f"RR@{k}", "P@1")


def library() -> ModuleType:
    """Return ir-measures.

    Raises:
        InputError: it is not installed.
    """
    try:
        import ir_measures
    except ImportError as error:
        raise InputError(
            "measuring rankings needs ir-measures; pip install 'cited-rag[eval]'"
        ) from error
    return ir_measures


def per_question(
    rankings: Mapping[str, Sequence[str]], grades: Mapping[str, Mapping[str, int]], *, k: int
) -> dict[str, dict[str, float]]:
    """Return the measures of each question in ``grades``, whose papers are ranked best first.

    The ranks are what counts: no scores are compared, so that equal ones cannot change the order.

    Raises:
        InputError: ir-measures is not installed.
    """
    tool = library()
    measures = [tool.parse_measure(name) for name in names(k)]
    run = {
        question: {paper: float(-rank) for rank, paper in enumerate(ranking)}
        for question, ranking in rankings.items()
        if ranking
    }
    judged = {question: dict(papers) for question, papers in grades.items() if papers}
    values = {question: dict.fromkeys(names(k), 0.0) for question in judged}
    for metric in tool.iter_calc(measures, judged, run):
        values[metric.query_id][str(metric.measure)] = float(metric.value)
    return values
