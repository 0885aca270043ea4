"""Cuts papers into sentences and chunks, and embeds both."""

from __future__ import annotations

from collections.abc import Sequence

from rag.errors import FingerprintError
from rag.library import Embedded, text_hash
from rag.models import Embedder
from rag.records import Paper, Sentence
from rag.text import sentences


def split(paper: Paper) -> tuple[Sentence, ...]:
    """Return a paper's title and the sentences of its abstract."""
    return sentences.split(paper.abstract, title=paper.title)


def embed_papers(
    embedder: Embedder, papers: Sequence[tuple[Paper, Sequence[Sentence]]], *, dimension: int
) -> dict[str, Embedded]:
    """Embed chunks, titles and sentences of papers; return them by text hash.

    Raises:
        FingerprintError: the vectors are not of this length (0: any).
    """
    if not papers:
        return {}
    texts: list[str] = []
    sizes: list[tuple[str, int, int]] = []
    for paper, parts in papers:
        body = [sentence.text for sentence in parts]
        chunks = sentences.chunk(paper.title, body[1:], limit=embedder.limit, count=embedder.count)
        texts += chunks + body
        sizes.append((text_hash(paper), len(chunks), len(body)))
    matrix = embedder.embed(texts)
    if dimension and matrix.shape[1] != dimension:
        raise FingerprintError(
            f"{embedder.name} now gives {matrix.shape[1]} numbers, this library holds "
            f"{dimension}; embed it anew with `rag ingest --re-embed`"
        )
    found: dict[str, Embedded] = {}
    start = 0
    for key, chunks_here, sentences_here in sizes:
        middle = start + chunks_here
        stop = middle + sentences_here
        found[key] = Embedded(matrix[start:middle], matrix[middle:stop])
        start = stop
    return found
