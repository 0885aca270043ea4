"""Scores papers at two grains, adds what their words say, and puts them in order. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.library import Entry
from rag.models import Vector

# A paper's nearness to a question is a weighted mean of its chunks' mean cosine and its best
# sentence's cosine. Words add their share of the greatest possible BM25, times WORD_WEIGHT.
# Measured together on the dev questions (nDCG@10 single, multi) and on CISI: 0.80, 0.85, 0.44;
# chunks alone 0.70, 0.68, 0.43; BM25 alone 0.58, 0.73, 0.38. On the dev questions flat around these
# values; CISI gains up to 0.013 from 200 candidates and WORD_WEIGHT = 1.5.
CHUNK_WEIGHT, SENTENCE_WEIGHT = 2.0, 1.5
WORD_WEIGHT = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """A paper found, with its evidence.

    ``nearness`` is the dense score (a cosine), ``bm25_share`` the lexical one (share of the
    greatest possible BM25), ``cosines`` the cosine of each sentence, title first, ``score`` their
    fusion.
    """

    entry: Entry
    score: float
    nearness: float
    bm25_share: float
    cosines: Vector


def fuse(
    entries: Sequence[Entry], vector: Vector, bm25_shares: Mapping[str, float], *, most: int
) -> list[Found]:
    """Score papers at two grains, add their words' share, and return the ``most`` best in order.

    ``nearness = (2 · mean chunk cosine + 1.5 · best sentence cosine) / 3.5`` and
    ``score = nearness / greatest nearness + bm25_share``: a convex combination of scores but for
    the constant, in which rare exact terms pull by themselves, since a question whose rare words no
    paper has gives every paper a small share. Ties are broken by the paper's id.
    """
    if not entries:
        return []
    entries = sorted(entries, key=lambda entry: entry.paper.id)
    chunks = [entry.vectors.chunks for entry in entries]
    sentences = [entry.vectors.sentences for entry in entries]
    chunk_starts, sentence_starts = starts(chunks), starts(sentences)
    chunk_cosines = np.concatenate(chunks) @ vector
    cosines = np.concatenate(sentences) @ vector
    broad = np.add.reduceat(chunk_cosines, chunk_starts) / [len(rows) for rows in chunks]
    best = np.maximum.reduceat(cosines, sentence_starts)
    nearness = (CHUNK_WEIGHT * broad + SENTENCE_WEIGHT * best) / (CHUNK_WEIGHT + SENTENCE_WEIGHT)
    scale = max(float(nearness.max()), 0.05)  # a question nothing is near must not divide by 0
    shares = np.array([bm25_shares.get(entry.paper.id, 0.0) for entry in entries])
    scores = nearness / scale + WORD_WEIGHT * shares
    found = []
    for i in np.argsort(-scores, kind="stable")[:most].tolist():
        start = sentence_starts[i]
        own = cosines[start : start + len(sentences[i])]
        found.append(Found(entries[i], float(scores[i]), float(nearness[i]), float(shares[i]), own))
    return found


def starts(parts: Sequence[NDArray[np.float32]]) -> NDArray[np.intp]:
    """Return where each part begins once all are put together; shape ``(parts,)``."""
    return np.cumsum([0, *(len(part) for part in parts[:-1])])
