"""Papers in a few dimensions, by what they mean and by the words they share. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.topics.vocabulary import Vocabulary

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


_LATENT = 64  # components of the words by themselves
_COMPONENTS = 16  # of both together
Vectors = NDArray[np.float32]
Labels = NDArray[np.intp]
Embed = Callable[[Sequence[str]], Vectors]
FEW = 8  # papers; with fewer neither t-SNE nor "half of them" says anything


def one_thread() -> AbstractContextManager[object]:
    """Keep scikit-learn to one thread.

    Its OpenMP threads wait for each other by spinning: beside another busy process the topics of 95
    papers took 0.7 to 5.3 s with two threads and 0.5 to 0.6 s with one.
    """
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1)
    return limits


def few_dimensions(known: Vocabulary, vectors: Vectors) -> Vectors:
    """Return the papers in a few dimensions, by meaning and by words; rows of length 1."""
    from sklearn.decomposition import PCA

    both = np.hstack([_centred(vectors), _centred(_lexical(known))])
    components = min(_COMPONENTS, len(both) - 1, both.shape[1])
    if components < 1 or not both.any():
        return np.zeros((len(both), 1), dtype=np.float32)
    reduced = PCA(components, random_state=0).fit_transform(both)
    return unit(reduced.astype(np.float32))


def _lexical(known: Vocabulary) -> Vectors:
    """Return the papers' words as TF-IDF, a title's twice, reduced to ``_LATENT`` dimensions.

    Only words of at least two papers and at most half of them.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    count = len(known.papers)
    papers_with = Counter(term for found in known.papers for term in found if " " not in term)
    vocabulary = sorted(term for term, n in papers_with.items() if 2 <= n <= count / 2)
    if not vocabulary:
        return np.zeros((count, 1), dtype=np.float32)
    documents = [[*p, *t] for p, t in zip(known.papers, known.titles, strict=True)]
    matrix: csr_matrix = TfidfVectorizer(analyzer=_as_it_is, vocabulary=vocabulary).fit_transform(
        documents
    )
    if min(matrix.shape) <= _LATENT:
        return np.asarray(matrix.toarray(), dtype=np.float32)
    reduced = TruncatedSVD(_LATENT, random_state=0).fit_transform(matrix)
    return np.asarray(reduced, dtype=np.float32)


def _as_it_is(document: list[str]) -> list[str]:
    return document


def means(space: Vectors, labels: Labels) -> Vectors:
    """Return the mean of each cluster, a row each in the order of their labels."""
    return np.stack([space[labels == i].mean(axis=0) for i in np.unique(labels)])


def _centred(rows: Vectors) -> Vectors:
    return unit(rows - rows.mean(axis=0))


def unit(rows: Vectors) -> Vectors:
    """Return rows at length 1; a row of nothing but noise becomes zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    kept = np.where(lengths < 1e-4, 0.0, rows)  # what is less is noise of the subtraction
    return np.asarray(kept / np.maximum(lengths, 1e-4), dtype=np.float32)
