"""The phrases of papers: which paper has which, and how each is written most."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rag.records import Paper
from rag.text.phrases import phrases


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The phrases of papers: those of each title, those of each paper, and how they are written."""

    titles: list[frozenset[str]]
    papers: list[frozenset[str]]
    spellings: dict[str, Counter[str]]

    @classmethod
    def of(cls, papers: Iterable[Paper]) -> Vocabulary:
        """Read the phrases of papers."""
        spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
        titles, texts = [], []
        for paper in papers:
            title, abstract = list(phrases(paper.title)), list(phrases(paper.abstract))
            for stemmed, written in title + abstract:
                spellings[stemmed][written] += 1
            titles.append(frozenset(stemmed for stemmed, _ in title))
            texts.append(titles[-1] | {stemmed for stemmed, _ in abstract})
        return cls(titles, texts, spellings)

    def written(self, stemmed: str) -> str:
        """Return a phrase the way it is written most."""
        return min(self.spellings[stemmed].items(), key=lambda pair: (-pair[1], pair[0]))[0]
