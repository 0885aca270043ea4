"""Whether two systems differ on the same questions: a paired bootstrap. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000
SEED = 20_240  # any; fixed, so that the same reports always give the same interval
BLOCK = 4_000_000  # numbers drawn at once: 32 MB
ALIKE = 1e-9  # differences that rounding makes


@dataclass(frozen=True, slots=True)
class Difference:
    """How much the second of two systems is better: the mean difference with its 95 % interval.

    ``better``, ``worse`` and ``same`` count questions.
    """

    mean: float
    low: float
    high: float
    better: int
    worse: int
    same: int

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def paired(
    first: Sequence[float], second: Sequence[float], *, resamples: int = RESAMPLES, seed: int = SEED
) -> Difference:
    """Compare the values of two systems on the same questions, in the same order.

    The interval is the 2.5th to the 97.5th percentile of the mean differences of samples of the
    questions drawn with replacement (Efron and Tibshirani 1993, chapter 13).

    Raises:
        ValueError: there is no value, or not the same number of them.
    """
    differences = np.asarray(second, dtype=np.float64) - np.asarray(first, dtype=np.float64)
    count = len(differences)
    if not count:
        raise ValueError("no question to compare on")
    chance = np.random.default_rng(seed)
    rows = max(BLOCK // count, 1)
    means = np.concatenate(
        [
            differences[chance.integers(0, count, (min(rows, resamples - done), count))].mean(
                axis=1
            )
            for done in range(0, resamples, rows)
        ]
    )
    low, high = np.percentile(means, [2.5, 97.5])
    better, worse = int((differences > ALIKE).sum()), int((differences < -ALIKE).sum())
    return Difference(
        float(differences.mean()), float(low), float(high), better, worse, count - better - worse
    )
