"""A library of any size without embedding it: papers made of sentences whose vectors are known."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rag import Assistant
from rag.intake.embedding import read_out
from rag.library import Embedded, Tokens, text_hash
from rag.models import Embedder
from rag.records import Paper, Sentence
from rag.text.sentences import split

_BATCH = 2_000  # papers a transaction
_POOL = 3_000  # sentences that papers are made of
_LENGTH = (3, 8)  # sentences an abstract, beside the title
_STARTS, _ENDS = "Ba Ce Di Fo Gu Ha Ke Li Mo Nu".split(), "ran ven ski son ner mann".split()
_VENUES = ("CVPR", "Nature", "ICML")
RARE = 6_000  # every RARE-th paper is by one author


class Pool:
    """Sentences with their vectors and tokens, each embedded once."""

    def __init__(self, embedder: Embedder, said: Sequence[str]) -> None:
        assert embedder.tokens is not None
        self.said = said
        self._known: list[tuple[np.ndarray[Any, Any], Tokens]] = []
        for text in said:
            one = read_out(embedder, embedder.tokens, Paper("x", text, ""), split("", title=text))
            assert one.tokens is not None
            self._known.append((one.sentences[0], one.tokens))

    def embedded(self, places: Sequence[int], noise: np.random.Generator) -> Embedded:
        """Return what a paper of these sentences, the title's first, would be embedded as.

        Every vector is moved a little, so that no two papers have the same.
        """
        rows = np.stack([self._known[place][0] for place in places])
        rows = _unit(rows + noise.normal(0, 0.3 / rows.shape[1] ** 0.5, rows.shape))
        half = (len(rows) + 1) // 2
        parts = rows[:half], rows[[0, *range(half, len(rows))]]  # the title belongs to both
        chunks = _unit(np.stack([part.mean(axis=0) for part in parts]))
        tokens = [self._known[place][1] for place in places]
        joined = np.concatenate([one.matrix for one in tokens])
        counts = [int(one.counts.sum()) for one in tokens]
        return Embedded(chunks, rows, Tokens.of(joined, counts))


def _unit(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def fill(assistant: Assistant, said: Sequence[str], papers: int) -> None:
    """Store papers made of these sentences, with made-up authors; no index is brought up to them.

    The same papers come at every call.
    """
    chance, noise = random.Random(1), np.random.default_rng(1)
    pool = Pool(assistant.embedder, said[:_POOL])
    names = [start + end for start in _STARTS for end in _ENDS]
    library = assistant.library
    with library.writing():
        for first in range(0, papers, _BATCH):
            rows, vectors = [], {}
            for number in range(first, min(first + _BATCH, papers)):
                places = chance.sample(range(len(pool.said)), 1 + chance.randint(*_LENGTH))
                paper = _paper(number, [pool.said[place] for place in places], chance, names)
                # Split at the joints: what was embedded as one sentence is one.
                rows.append(
                    (paper, tuple(_sentences(paper, [pool.said[place] for place in places])))
                )
                vectors[text_hash(paper)] = pool.embedded(places, noise)
            library.store(rows, vectors, assistant.embedder.fingerprint)
        library.mark_seeded()


def _paper(number: int, said: Sequence[str], chance: random.Random, names: Sequence[str]) -> Paper:
    author = " ".join(chance.sample(names, 2)) if number % RARE else "Zora Rarity"
    return Paper(
        id=f"p{number}",
        title=f"{said[0].rstrip('.')[:100]} {number}",
        abstract=" ".join(said[1:]),
        authors=(author, " ".join(chance.sample(names, 2))),
        year=1980 + number % 44,
        venue=chance.choice(_VENUES),
        source="made up",
    )


def _sentences(paper: Paper, said: Sequence[str]) -> Iterator[Sentence]:
    yield Sentence(0, paper.title, -1, -1)
    start = 0
    for index, text in enumerate(said[1:], 1):
        yield Sentence(index, text, start, start + len(text))
        start += len(text) + 1
