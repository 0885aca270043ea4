"""Cuts papers into sentences and chunks, and embeds both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.errors import FingerprintError
from rag.library import Embedded, Matrix, Tokens, text_hash
from rag.models import Embedder, TokenModel, content_tokens, one_blas_thread
from rag.records import Paper, Sentence
from rag.text import sentences

CHUNK = 254  # tokens of a chunk, its title's included
_NONE = np.zeros((0, 0), dtype=np.float32)
_NO_TOKENS = np.zeros((0, 1), dtype=np.int8)


def split(paper: Paper) -> tuple[Sentence, ...]:
    """Return a paper's title and the sentences of its abstract."""
    return sentences.split(paper.abstract, title=paper.title)


def embed_papers(
    embedder: Embedder, papers: Sequence[tuple[Paper, Sequence[Sentence]]], *, dimension: int
) -> dict[str, Embedded]:
    """Embed chunks, titles and sentences of papers; return them by text hash.

    With a model that gives the states of its tokens all of it comes out of one pass a paper;
    otherwise each text is embedded by itself.

    Raises:
        FingerprintError: the vectors are not of this length (0: any).
    """
    if not papers:
        return {}
    model = embedder.tokens
    found = _by_texts(embedder, papers) if model is None else _by_passes(embedder, model, papers)
    length = found[0].sentences.shape[1]
    if dimension and length != dimension:
        raise FingerprintError(
            f"{embedder.name} now gives {length} numbers, this library holds "
            f"{dimension}; embed it anew with `rag ingest --re-embed`"
        )
    return {text_hash(paper): one for (paper, _), one in zip(papers, found, strict=True)}


def _by_texts(
    embedder: Embedder, papers: Sequence[tuple[Paper, Sequence[Sentence]]]
) -> list[Embedded]:
    """Embed every chunk and every sentence by itself."""
    texts: list[str] = []
    sizes: list[tuple[int, int]] = []
    for paper, parts in papers:
        body = [sentence.text for sentence in parts]
        chunks = sentences.chunk(paper.title, body[1:], limit=embedder.limit, count=embedder.count)
        texts += chunks + body
        sizes.append((len(chunks), len(body)))
    matrix = embedder.embed(texts)
    found: list[Embedded] = []
    start = 0
    for chunks_here, sentences_here in sizes:
        middle = start + chunks_here
        stop = middle + sentences_here
        found.append(Embedded(matrix[start:middle], matrix[middle:stop]))
        start = stop
    return found


def _by_passes(
    embedder: Embedder, model: TokenModel, papers: Sequence[tuple[Paper, Sequence[Sentence]]]
) -> list[Embedded]:
    """Embed each paper in one pass, or several where it is longer than one holds."""
    with one_blas_thread():  # the passes run side by side already
        return model.together(lambda one: read_out(embedder, model, *one), papers)


def read_out(
    embedder: Embedder, model: TokenModel, paper: Paper, parts: Sequence[Sentence]
) -> Embedded:
    """Read chunks, sentences and tokens of a paper out of the passes over its text.

    A sentence's vector is the mean of its tokens' states, a chunk's that of the title and of its
    sentences; a sentence that stands in two passes is taken from the first.
    """
    body = [sentence.text for sentence in parts[1:]]
    states: list[Matrix] = [_NONE] * len(parts)
    tokens: list[NDArray[np.int8]] = [_NO_TOKENS] * len(parts)
    windows = sentences.windows(paper.title, body, limit=model.limit, count=embedder.count)
    whole: list[Matrix] = []
    for start, end in windows or [(0, 0)]:
        text, spans = _joined(paper.title, body[start:end])
        done = model.run(text)
        whole.append(done.vector)
        kept, _ = content_tokens(text, done.offsets)
        for place, (first, last) in enumerate(spans):
            index = place and start + place
            if len(states[index]):
                continue
            inside = (done.offsets[:, 0] >= first) & (done.offsets[:, 1] <= last)
            states[index] = done.states[inside]
            chosen = kept[inside[kept]]
            tokens[index] = np.rint(127 * model.project(done.states[chosen])).astype(np.int8)
    sizes = [len(rows) for rows in states]
    slices = sentences.fitting(sizes[0], sizes[1:], limit=CHUNK) if sum(sizes) else []
    chunks = [_mean([states[0], *states[1 + start : 1 + end]]) for start, end in slices]
    vectors = [_mean([rows]) if len(rows) else whole[0] for rows in states]
    some = [rows for rows in tokens if len(rows)] or [np.zeros((0, model.width), dtype=np.int8)]
    found = Tokens.of(np.concatenate(some), [len(rows) for rows in tokens])
    return Embedded(np.stack(chunks or whole[:1]), np.stack(vectors), found)


def _joined(title: str, body: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return the text of a pass, and where its title and sentences stand in it."""
    text, spans = f"{title}.", [(0, len(title))]
    for sentence in body:
        spans.append((len(text) + 1, len(text) + 1 + len(sentence)))
        text += f" {sentence}"
    return text, spans


def _mean(rows: Sequence[Matrix]) -> NDArray[np.float32]:
    mean = np.concatenate([some for some in rows if len(some)]).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)
