"""Ranking measures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def ndcg(ranking: Sequence[int], grades: Mapping[int, int], *, k: int) -> float:
    """Return nDCG@k with linear gains (Järvelin and Kekäläinen 2002, as trec_eval computes it)."""
    gains = [grades.get(item, 0) for item in ranking[:k]]
    ideal = sorted(grades.values(), reverse=True)[:k]
    return _dcg(gains) / _dcg(ideal)


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))
