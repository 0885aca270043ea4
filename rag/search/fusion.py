"""Scores papers at two grains, adds what their words say, and puts them in order. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.library import Embedded, Entry
from rag.models import Vector, blas_flags_ignored
from rag.search.late import Late
from rag.text.names import names_in

# A paper's nearness to a question is the mean of its chunks' mean cosine and its best sentence's.
# Words add their share of the greatest possible BM25, times WORD_WEIGHT. The first RERANKED papers
# are then compared token by token (see late): as a whole, by their best sentence, and by what that
# means. Each of these is divided by the greatest before it is added. On the dev questions and CISI
# all weights are flat from half to one and a half times these values.
WORD_WEIGHT = 1.0
RERANKED = 30
PAPER_WEIGHT, SENTENCE_WEIGHT, MEANING_WEIGHT = 1.0, 1.0, 0.5
# For having the names that a question gives, letter by letter: "WebVid-2M" is not "WebVid-10M",
# which pieces of words hardly tell apart. A name that half of the papers have tells nothing.
NAME_WEIGHT = 0.25


@dataclass(frozen=True, slots=True)
class Found:
    """A paper found, with its evidence.

    ``nearness`` is the dense score (a cosine), ``bm25_share`` the lexical one (share of the
    greatest possible BM25), ``cosines`` the cosine of each sentence, title first, ``score`` their
    fusion. ``late`` is what late interaction says, None where there are no tokens.
    """

    entry: Entry
    score: float
    nearness: float
    bm25_share: float
    cosines: Vector
    late: Late | None = None

    @property
    def relevance(self) -> Vector:
        """How near each sentence is to the question: token by token, else by its cosine."""
        return self.cosines if self.late is None else self.late.sentences


@dataclass(frozen=True, slots=True)
class Ranked:
    """A paper's id with its scores, as in ``Found``."""

    id: str
    score: float
    nearness: float
    bm25_share: float
    cosines: Vector

    def found(self, entry: Entry) -> Found:
        """Return it with its paper."""
        return Found(entry, self.score, self.nearness, self.bm25_share, self.cosines)


def fuse(
    entries: Sequence[Entry], vector: Vector, bm25_shares: Mapping[str, float], *, most: int
) -> list[Found]:
    """Rank papers that have been read already."""
    by_id = {entry.paper.id: entry for entry in entries}
    vectors = {one: entry.vectors for one, entry in by_id.items()}
    return [one.found(by_id[one.id]) for one in rank(vectors, vector, bm25_shares, most=most)]


@blas_flags_ignored
def rank(
    vectors: Mapping[str, Embedded],
    vector: Vector,
    bm25_shares: Mapping[str, float],
    *,
    most: int,
) -> list[Ranked]:
    """Score papers at two grains, add their words' share, and return the ``most`` best in order.

    ``nearness = (mean chunk cosine + best sentence cosine) / 2`` and
    ``score = nearness / greatest nearness + bm25_share``: a convex combination of scores but for
    the constant, in which rare exact terms pull by themselves, since a question whose rare words no
    paper has gives every paper a small share. Ties are broken by the paper's id.
    """
    if not vectors:
        return []
    ids = sorted(vectors)
    # Paper by paper: putting their vectors into one matrix first costs more than it saves.
    chunks = [vectors[one].chunks @ vector for one in ids]
    sentences = [vectors[one].sentences @ vector for one in ids]
    broad = np.add.reduceat(np.concatenate(chunks), starts(chunks)) / [len(one) for one in chunks]
    best = np.maximum.reduceat(np.concatenate(sentences), starts(sentences))
    nearness = (broad + best) / 2
    scale = max(float(nearness.max()), 0.05)  # a question nothing is near must not divide by 0
    shares = np.array([bm25_shares.get(one, 0.0) for one in ids])
    scores = nearness / scale + WORD_WEIGHT * shares
    found = []
    for i in np.argsort(-scores, kind="stable")[:most].tolist():
        values = float(scores[i]), float(nearness[i]), float(shares[i])
        found.append(Ranked(ids[i], *values, sentences[i]))
    return found


def rerank(found: Sequence[Found], lates: Sequence[Late], question: str = "") -> list[Found]:
    """Add what late interaction says to the scores of the first papers, and order them anew.

    The others follow as they were: they scored less before, and nothing is added to them.
    """
    head, tail = found[: len(lates)], found[len(lates) :]
    parts = np.array([[late.paper, late.sentence, late.meaning] for late in lates])
    greatest = np.maximum(parts.max(axis=0), 1e-9)
    added = (parts / greatest) @ np.array([PAPER_WEIGHT, SENTENCE_WEIGHT, MEANING_WEIGHT])
    added += NAME_WEIGHT * _names_had(question, head)
    scored = [
        replace(one, score=one.score + more, late=late)
        for one, more, late in zip(head, added.tolist(), lates, strict=True)
    ]
    return [*sorted(scored, key=lambda one: (-one.score, one.entry.paper.id)), *tail]


def _names_had(question: str, found: Sequence[Found]) -> NDArray[np.float64]:
    """Return the share of the names in a question that each paper has; shape ``(papers,)``."""
    names = {name.casefold() for name in names_in(question)}
    if not names:
        return np.zeros(len(found))
    texts = [f"{one.entry.paper.title}\n{one.entry.paper.abstract}".casefold() for one in found]
    had = np.array([[_has(text, name) for name in sorted(names)] for text in texts], dtype=float)
    rare = had.sum(axis=0) <= len(found) / 2
    return np.asarray((had * rare).sum(axis=1) / len(names))


def _has(text: str, name: str) -> bool:
    return name in text and bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))


def starts(parts: Sequence[NDArray[np.float32]]) -> NDArray[np.intp]:
    """Return where each part begins once all are put together; shape ``(parts,)``."""
    return np.cumsum([0, *(len(part) for part in parts[:-1])])
