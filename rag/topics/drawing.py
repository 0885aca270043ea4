"""Places papers on a map, so that near papers are alike. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.topics.space import FEW, Vectors

DRAWN = 1_000  # papers that t-SNE places; the others go beside their nearest
_NEIGHBOURS = 4


@dataclass(frozen=True, slots=True)
class Drawing:
    """The papers that have been drawn, and where."""

    vectors: Vectors
    spots: NDArray[np.float64]

    def places(self, rows: Vectors) -> NDArray[np.float64]:
        """Return where papers go: where they were drawn, else between the nearest that were."""
        near = min(_NEIGHBOURS, len(self.vectors))
        found = np.empty((len(rows), 2))
        for start in range(0, len(rows), 2_000):  # bounds the matrix of cosines
            cosines = rows[start : start + 2_000] @ self.vectors.T
            best = np.argpartition(-cosines, near - 1, axis=1)[:, :near]
            close = np.maximum(np.take_along_axis(cosines, best, axis=1), 1e-3)
            weights = (1 / np.maximum(1 - close, 1e-4)) ** 2  # its own spot outweighs all
            weights /= weights.sum(axis=1, keepdims=True)
            found[start : start + 2_000] = (self.spots[best] * weights[:, :, None]).sum(axis=1)
        return found.round(4)


def draw(space: Vectors) -> NDArray[np.float64]:
    """Return places between 0 and 1 such that near papers are near, by t-SNE."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    count = len(space)
    if count < 3:
        return np.array([[0.5, 0.5]] if count == 1 else [[0.25, 0.5], [0.75, 0.5]])
    if not np.ptp(space, axis=0).any():
        return np.full((count, 2), 0.5)
    if count < FEW:
        flat = PCA(min(2, space.shape[1]), random_state=0).fit_transform(space)
        flat = np.hstack([flat, np.zeros((count, 2 - flat.shape[1]))])
    else:
        flat = TSNE(
            perplexity=min(30.0, (count - 1) / 3), init="pca", random_state=0, metric="cosine"
        ).fit_transform(space)
    low, high = flat.min(axis=0), flat.max(axis=0)
    return np.asarray((flat - low) / np.maximum(high - low, 1e-9), dtype=np.float64)
