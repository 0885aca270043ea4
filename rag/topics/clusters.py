"""Cuts a space of papers into clusters, as many as fit it best. Pure.

Ward's clustering, refined by k-means; the number by the silhouette. Nothing is random.
"""

from __future__ import annotations

import math

import numpy as np

from rag.topics.space import Labels, Vectors, means

SMALLEST = 3  # papers of a topic, where there are enough
MOST = 30  # topics; more are no overview
_JUDGED = 2_000  # papers by which a number of topics is judged


def topic_counts(papers: int) -> range:
    """Return the numbers of topics worth trying for so many papers: about their square root."""
    most = min(MOST, papers // SMALLEST, round(1.6 * math.sqrt(papers)))
    return range(min(max(2, round(math.sqrt(papers) / 2)), 10, most), most + 1)


def clusters(space: Vectors, *, smallest: int, counts: range) -> Labels:
    """Return the cluster of each paper, as many as give the best silhouette of ``counts``.

    Ward's hierarchy is cut at several heights, each cut refined by k-means from its own centres,
    and what is left of clusters below ``smallest`` papers joins the nearest other one.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from sklearn.metrics import silhouette_score

    count = len(space)
    alone = np.zeros(count, dtype=np.intp)
    if not counts or counts[-1] < 2 or len(np.unique(space.round(4), axis=0)) < 2:
        return alone
    hierarchy = linkage(space, "ward")
    best, best_score = alone, -1.0
    for k in counts:
        labels = _refined(space, fcluster(hierarchy, k, "maxclust"), smallest)
        if labels.max() < 1:
            continue
        score = silhouette_score(space, labels, sample_size=min(count, _JUDGED), random_state=0)
        if score > best_score:
            best, best_score = labels, float(score)
    return best


def _refined(space: Vectors, labels: Labels, smallest: int) -> Labels:
    """Run k-means from the centres of these clusters, then dissolve the ones that are too small."""
    from sklearn.cluster import KMeans

    centres = means(space, labels)
    if len(np.unique(centres.round(4), axis=0)) == len(centres):
        labels = KMeans(len(centres), init=centres, n_init=1).fit(space).labels_
    sizes = np.bincount(labels)
    while sizes[sizes > 0].min() < smallest < len(space):
        least = int(np.where(sizes > 0, sizes, len(space) + 1).argmin())
        mine, others = labels == least, np.unique(labels[labels != least])
        centres = means(space[~mine], labels[~mine])
        labels = np.where(mine, others[(space @ centres.T).argmax(axis=1)], labels)
        sizes = np.bincount(labels)
    return np.unique(labels, return_inverse=True)[1].astype(np.intp)
