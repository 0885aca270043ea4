"""Fits the projection that brings token states into fewer dimensions for late interaction.

``python -m rag.evaluation.projection [WIDTH] OUTPUT.npy`` fits it to the library of the current
settings: the principal directions of its content words' token states at unit length (not centred,
since cosines are compared), the greatest first. The shipped one was fitted to the packaged papers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.assistant import Assistant
from rag.models import LocalEmbedder, content_tokens
from rag.records import Paper
from rag.text import sentences

WIDTH = 128  # dimensions; 96 lose some of the gain in ranking, 64 most of it


def fit(states: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Return the projection of token states (a row a token), shape ``(dimension, width)``."""
    unit = _unit(states)
    _, directions = np.linalg.eigh(unit.T @ unit)
    return np.asarray(directions[:, ::-1][:, :width], dtype=np.float32)


def states_of(embedder: LocalEmbedder, papers: Sequence[Paper]) -> Iterator[NDArray[np.float32]]:
    """Yield the token states of papers' content words, pass by pass."""
    for paper in papers:
        body = [one.text for one in sentences.split(paper.abstract)[1:]]
        for text in sentences.chunk(paper.title, body, limit=embedder.limit, count=embedder.count):
            done = embedder.run(text)
            kept, _ = content_tokens(text, done.offsets)
            yield done.states[kept]


def main() -> None:
    """Fit and write the file."""
    width = int(sys.argv[1]) if len(sys.argv) > 2 else WIDTH
    with Assistant.open() as assistant:
        embedder = assistant.embedder
        if not isinstance(embedder, LocalEmbedder):
            sys.exit("only a model in a folder, or the shipped one, gives states of its tokens")
        rows = np.concatenate(list(states_of(embedder, assistant.papers())))
    projection = fit(rows, width)
    np.save(Path(sys.argv[-1]), projection.astype(np.float16))
    kept = float(np.square(_unit(rows) @ projection).sum()) / len(rows)
    sys.stdout.write(f"{len(rows):,} tokens, {kept:.1%} of their squared length kept\n")


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)


if __name__ == "__main__":
    main()
