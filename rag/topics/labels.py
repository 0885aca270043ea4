"""Names topics by the phrases that set them apart. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from rag.text.phrases import parts
from rag.topics.space import FEW, Embed, Labels, Vectors, unit
from rag.topics.vocabulary import Vocabulary

TERMS = 5  # phrases kept of a topic
_LABELLED = 200  # papers a topic is labelled by
_AROUND = 0.6
_BEHIND = 0.5
_PROPOSED = 15  # phrases of a topic that are embedded
# A phrase says more than a word, by the words in it.
_LENGTHS = (1.0, 1.0, 1.4, 1.5)
SHOWN, WIDEST = 3, 48  # terms and characters of a label


def most_typical(vectors: Vectors, labels: Labels, centres: Vectors, topic: int) -> list[int]:
    """Return the papers nearest to a topic's centre, as many as it is labelled by."""
    mine = np.flatnonzero(labels == topic)
    order = np.argsort(-(vectors[mine] @ centres[topic]), kind="stable")
    return [int(i) for i in mine[order[:_LABELLED]]]


@dataclass(frozen=True, slots=True)
class Namer:
    """Names topics by the phrases that set them apart among some papers.

    ``mean`` is what all vectors have in common; ``embed`` embeds phrases.
    """

    known: Vocabulary
    vectors: Vectors
    among: Background
    mean: Vectors
    embed: Embed

    def terms(
        self,
        members: Sequence[int],
        topics: int,
        *,
        without: frozenset[str] = frozenset(),
        alone: float = 0.0,
    ) -> tuple[str, ...]:
        """Return the phrases of one of ``topics`` topics, best first, none of these words alone.

        Class-based TF-IDF (Grootendorst 2022) proposes: the share of the topic's papers that have a
        phrase, times ``ln(1 + A / n)`` with the ``n`` papers that have it and ``A`` papers in an
        average topic. A phrase in a title counts twice, and must stand in one; one that half of all
        papers have tells nothing. The embedding decides: how near the phrase is to what the topic
        has beyond the other papers. A single word must stand in the share ``alone`` of the topic's
        papers. Of two phrases that share a word the better is taken.
        """
        scores = self._scores(members, topics, without)
        if not scores:
            return ()
        best = sorted(scores, key=lambda term: (-scores[term], term))[:_PROPOSED]
        here = Counter(term for i in members for term in self.known.papers[i])
        terms = list(dict.fromkeys(_longer(term, here, scores) for term in best))
        apart = unit(self.vectors[list(members)].mean(axis=0, keepdims=True) - self.mean)[0]
        nearness = self.embed([self.known.written(term) for term in terms]) @ apart
        most = scores[best[0]]
        worth = {
            term: scores[term] / most / 2 + float(near)
            for term, near in zip(terms, nearness, strict=True)
            if len(parts(term)) > 1 or here[term] >= alone * len(members)
        }
        chosen: list[str] = []
        for term in sorted(worth, key=lambda term: (-worth[term], term)):
            if len(chosen) == TERMS or (chosen and worth[term] < _BEHIND * worth[chosen[0]]):
                break
            if not any(_share_a_word(term, other) for other in chosen):
                chosen.append(term)
        return tuple(self.known.written(term) for term in chosen)

    def _scores(
        self, members: Sequence[int], topics: int, without: frozenset[str]
    ) -> dict[str, float]:
        here = Counter(term for i in members for term in self.known.papers[i])
        titled = Counter(term for i in members for term in self.known.titles[i])
        among, least = self.among, min(2, len(members))
        return {
            term: (here[term] + titled[term])
            / len(members)
            * math.log(1 + among.papers / topics / max(among.having[term], here[term]))
            * _LENGTHS[min(len(parts(term)), 3)]
            for term in titled
            if here[term] >= least
            and not parts(term) <= without
            and (among.having[term] <= among.papers / 2 or among.papers < FEW)
        }


@dataclass(frozen=True, slots=True)
class Background:
    """How many papers there are, and how many have each phrase."""

    papers: int
    having: Counter[str]

    @classmethod
    def of(cls, papers: Iterable[frozenset[str]]) -> Background:
        """Count the phrases of papers."""
        found = list(papers)
        return cls(len(found), Counter(term for terms in found for term in terms))


def _longer(term: str, here: Counter[str], scores: dict[str, float]) -> str:
    """Return the longest phrase around a term that most papers with the term have."""
    around = [
        other
        for other in scores
        if f" {term} " in f" {other} " and here[other] >= _AROUND * here[term]
    ]
    return max(around, key=lambda other: (len(other.split()), here[other], other))


def _share_a_word(term: str, other: str) -> bool:
    """Whether two phrases have a word in common, hyphens or not ("multi-modal", "multimodal")."""
    if parts(term) & parts(other):
        return True
    ours, theirs = ([word.replace("-", "") for word in phrase.split()] for phrase in (term, other))
    return any(a.startswith(b) or b.startswith(a) for a in ours for b in theirs)


def capitalised(label: str) -> str:
    """Return a label with a capital first letter, the others as they are."""
    return label[:1].upper() + label[1:]


def label_of(terms: Sequence[str]) -> str:
    """Return as many terms as a label has room for, at least one."""
    kept = list(terms[:1])
    for term in terms[1:SHOWN]:
        if len(", ".join([*kept, term])) > WIDEST:
            break
        kept.append(term)
    return ", ".join(kept)
