"""Chooses the papers of a summary, as many as stand out, and those near its topic. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.search import Evidence

MOST_PAPERS = 12
MOST_LEFT_OUT = 8  # papers named that are near the topic and not used

# Papers are ranked once more by how near they are to the best ones (pseudo-relevance feedback,
# Rocchio 1971), then those are used whose lead over the background is this share of the best one's.
# Measured on the 12 dev questions for topics and surveys, 44 and 20 written without this code:
# recall of the papers that must be cited 0.81, 0.67 and 0.83 at precision 0.70, 0.67 and 0.69. At
# leads from 0.33 to 0.43 recall goes from 0.81 to 0.77, 0.68 to 0.62 and 0.86 to 0.82, precision
# from 0.70 to 0.74, 0.64 to 0.70 and 0.69 to 0.72. Feedback is flat from 0.5 to 1.2.
FEEDBACK = 0.5
_PIVOTS = 5  # best papers that the others are compared with
LEAD = 0.36
_NEAR_LEAD = 0.15  # from here on a paper is near the topic
_SAMPLE = 8  # papers; fewer have no median that stands for a background


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper found for a topic: its evidence, its own unit vector, and why it was found."""

    evidence: Evidence
    vector: NDArray[np.float32]
    reason: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """The papers to use and those near the topic, best first.

    ``crowded`` tells that papers were left out because there are too many for one summary, ``more``
    how many are left out beside those ``near``, ``own`` that all of them are a topic's own.
    """

    used: tuple[Candidate, ...]
    near: tuple[Candidate, ...]
    crowded: bool = False
    more: int = 0
    own: bool = False


def gather(candidates: Sequence[Candidate], *, all_fit: bool = False) -> Gathered:
    """Choose the papers of a summary, as many as stand out; ``candidates`` is sorted by score.

    Their median score is the background and their mean vector what all share, so there must be more
    of them than belong to the topic.

    ``all_fit`` says that all of them are known to be on the topic, so only ``MOST_PAPERS`` count.
    """
    if not candidates:
        return Gathered((), ())
    scores = np.array([one.evidence.score for one in candidates])
    vectors = np.stack([one.vector for one in candidates])
    apart = vectors - vectors.mean(axis=0)
    apart /= np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9)
    weights = scores[:_PIVOTS] / max(float(scores[:_PIVOTS].sum()), 1e-9)
    scores = scores + FEEDBACK * (apart @ (apart[:_PIVOTS] * weights[:, None]).sum(axis=0))
    order = np.argsort(-scores, kind="stable")
    ranked, sorted_scores = [candidates[i] for i in order], scores[order]
    few = len(candidates) < _SAMPLE
    background = float(sorted_scores[0]) / 2 if few else float(np.median(scores))
    lead = sorted_scores[0] - background
    standing = int((sorted_scores >= background + LEAD * lead).sum())
    if all_fit:
        standing = len(candidates)
    near = max(int((sorted_scores >= background + _NEAR_LEAD * lead).sum()), standing)
    count = min(standing, MOST_PAPERS)
    return Gathered(
        tuple(ranked[:count]),
        tuple(ranked[count : min(near, count + MOST_LEFT_OUT)]),
        crowded=standing > MOST_PAPERS,
        more=max(near - count - MOST_LEFT_OUT, 0),
        own=all_fit,
    )
