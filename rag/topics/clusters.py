"""The topics of a library: clusters of papers, labels for them, and a map. Pure.

Papers are near each other by what they mean and by the words they share: the vectors of the
embedding model and stemmed TF-IDF, together reduced to a few principal components. Ward's
clustering, refined by k-means, makes the topics; class-based TF-IDF names them; t-SNE draws them.
Nothing is random.
"""

from __future__ import annotations

import hashlib
import math
import re
import textwrap
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.records import Paper, Topic
from rag.text.phrases import parts, phrases
from rag.text.readable import readable

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SAMPLE = 3_000  # papers that make the topics of a larger library; the others join the nearest
SMALLEST = 3  # papers of a topic, where there are enough
MOST = 30  # topics; more are no overview
TERMS = 5  # phrases kept of a topic

_LATENT = 64  # components of the words by themselves
_COMPONENTS = 16  # of both together
_DRAWN = 1_000  # papers that t-SNE places; the others go beside their nearest
_LABELLED = 200  # papers a topic is labelled by

Vectors = NDArray[np.float32]
Labels = NDArray[np.intp]
Embed = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class _Words:
    """The phrases of papers: those of each title, those of each paper, and how they are written."""

    titles: list[frozenset[str]]
    papers: list[frozenset[str]]
    spellings: dict[str, Counter[str]]

    @classmethod
    def of(cls, papers: Iterable[Paper]) -> _Words:
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


def discover(
    papers: Sequence[Paper],
    vectors: Vectors,
    *,
    embed: Embed,
    rest: Iterable[tuple[Sequence[str], Vectors]] = (),
) -> list[Topic]:
    """Return the topics of papers, the largest first; every paper is in exactly one.

    ``vectors`` has a row of length 1 a paper; ``embed`` embeds texts likewise. ``rest`` are further
    papers of a large library, in batches of ids and vectors: each joins the topic it is nearest to.
    With fewer than six papers there is one topic.
    """
    if not papers:
        return []
    known = _Words.of(papers)
    with _one_thread():
        space = _space(known, vectors)
        labels = _clusters(space, smallest=SMALLEST, counts=_topic_counts(len(papers)))
    centres = _unit(_means(vectors, labels))
    drawn = np.linspace(0, len(papers) - 1, min(len(papers), _DRAWN)).astype(np.intp)
    with _one_thread():
        drawing = _Drawing(vectors[drawn], _draw(space[drawn]))
    members: list[list[_Member]] = [[] for _ in centres]
    known_ids = [paper.id for paper in papers]
    for ids, rows, placed in ((known_ids, vectors, labels), *((i, v, None) for i, v in rest)):
        cosines = rows @ centres.T
        joined = cosines.argmax(axis=1) if placed is None else placed
        places = drawing.places(rows)
        for i, (paper_id, topic) in enumerate(zip(ids, joined.tolist(), strict=True)):
            x, y = places[i].tolist()
            members[topic].append(_Member(-float(cosines[i, topic]), paper_id, x, y))
    sample = [_most_typical(vectors, labels, centres, i) for i in range(len(centres))]
    among = _Background.of(known.papers[i] for mine in sample for i in mine)
    namer = _Namer(known, vectors, among, vectors.mean(axis=0, keepdims=True), embed)
    terms = [namer.terms(mine, len(sample)) for mine in sample]
    order = sorted(range(len(centres)), key=lambda i: (-len(members[i]), terms[i]))
    return _named([(terms[i], sorted(members[i])) for i in order], papers)


def group(
    papers: Sequence[Paper],
    vectors: Vectors,
    *,
    embed: Embed,
    among: Sequence[Paper],
    topic: str,
) -> list[tuple[str, list[int]]]:
    """Divide a few papers on a topic into themes: a label and places in the list, for each.

    At most ``THEMES`` themes of at least two papers; fewer than four papers are one theme. A label
    says what sets a theme apart from the papers it is ``among``, in other words than the topic's;
    it is empty where its papers share no such phrase. In the order of the first paper of each.
    """
    if not papers:
        return []
    known = _Words.of(papers)
    most = min(THEMES, len(papers) // _PAIR)
    with _one_thread():
        labels = _clusters(_space(known, vectors), smallest=_PAIR, counts=range(2, most + 1))
    members = [np.flatnonzero(labels == i).tolist() for i in range(labels.max() + 1)]
    members.sort()
    background = _Background.of(_Words.of(among).papers)
    mean = vectors.mean(axis=0, keepdims=True) * (len(members) > 1)
    namer = _Namer(known, vectors, background, mean, embed)
    said = frozenset(stem for term, _ in phrases(topic) for stem in parts(term))
    themes: list[tuple[str, list[int]]] = []
    taken: set[str] = set()
    for mine in members:
        terms = namer.terms(mine, len(members), without=said, alone=_MOSTLY)
        label = "" if taken & set(terms[:_SHOWN]) else _label(terms)
        taken.update(terms[:_SHOWN])
        themes.append((label, mine))
    return themes


THEMES = 4  # of a summary
_MOSTLY = 0.75  # of a theme's papers have a single word that names it
_PAIR = 2


@dataclass(frozen=True, slots=True, order=True)
class _Member:
    """A paper of a topic: how far from its centre (negative cosine), which, and where."""

    distance: float
    paper_id: str
    x: float
    y: float


def _named(
    found: Sequence[tuple[tuple[str, ...], list[_Member]]], papers: Sequence[Paper]
) -> list[Topic]:
    """Make topics of their terms and members; no two have the same label."""
    titles = {paper.id: readable(paper.title) for paper in papers}
    topics: list[Topic] = []
    ids: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    for terms, members in found:
        title = " ".join(titles.get(members[0].paper_id, "").split()) or "Papers"
        label = _capitalised(_label(terms)) or textwrap.shorten(title, _WIDEST, placeholder=" …")
        digest = hashlib.sha256(label.encode()).hexdigest()[:8]
        slug = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") or f"topic-{digest}"
        ids[slug] += 1
        labels[label] += 1
        topics.append(
            Topic(
                slug if ids[slug] == 1 else f"{slug}-{ids[slug]}",
                label if labels[label] == 1 else f"{label} ({labels[label]})",
                terms,
                tuple(member.paper_id for member in members),
                tuple(member.x for member in members),
                tuple(member.y for member in members),
            )
        )
    return topics


def _one_thread() -> AbstractContextManager[object]:
    """Keep scikit-learn to one thread.

    Its OpenMP threads wait for each other by spinning: beside another busy process the topics of 95
    papers took 0.7 to 5.3 s with two threads and 0.5 to 0.6 s with one.
    """
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1)
    return limits


# -- clusters ------------------------------------------------------------------------------------


def _space(known: _Words, vectors: Vectors) -> Vectors:
    """Return the papers in a few dimensions, by meaning and by words; rows of length 1."""
    from sklearn.decomposition import PCA

    both = np.hstack([_centred(vectors), _centred(_lexical(known))])
    components = min(_COMPONENTS, len(both) - 1, both.shape[1])
    if components < 1 or not both.any():
        return np.zeros((len(both), 1), dtype=np.float32)
    reduced = PCA(components, random_state=0).fit_transform(both)
    return _unit(reduced.astype(np.float32))


def _lexical(known: _Words) -> Vectors:
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


def _topic_counts(papers: int) -> range:
    """Return the numbers of topics worth trying for so many papers: about their square root."""
    most = min(MOST, papers // SMALLEST, round(1.6 * math.sqrt(papers)))
    return range(min(max(2, round(math.sqrt(papers) / 2)), 10, most), most + 1)


def _clusters(space: Vectors, *, smallest: int, counts: range) -> Labels:
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


_JUDGED = 2_000  # papers by which a number of topics is judged


def _refined(space: Vectors, labels: Labels, smallest: int) -> Labels:
    """Run k-means from the centres of these clusters, then dissolve the ones that are too small."""
    from sklearn.cluster import KMeans

    centres = _means(space, labels)
    if len(np.unique(centres.round(4), axis=0)) == len(centres):
        labels = KMeans(len(centres), init=centres, n_init=1).fit(space).labels_
    sizes = np.bincount(labels)
    while sizes[sizes > 0].min() < smallest < len(space):
        least = int(np.where(sizes > 0, sizes, len(space) + 1).argmin())
        mine, others = labels == least, np.unique(labels[labels != least])
        centres = _means(space[~mine], labels[~mine])
        labels = np.where(mine, others[(space @ centres.T).argmax(axis=1)], labels)
        sizes = np.bincount(labels)
    return np.unique(labels, return_inverse=True)[1].astype(np.intp)


def _means(space: Vectors, labels: Labels) -> Vectors:
    return np.stack([space[labels == i].mean(axis=0) for i in np.unique(labels)])


def _centred(rows: Vectors) -> Vectors:
    return _unit(rows - rows.mean(axis=0))


def _unit(rows: Vectors) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    kept = np.where(lengths < 1e-4, 0.0, rows)  # what is less is noise of the subtraction
    return np.asarray(kept / np.maximum(lengths, 1e-4), dtype=np.float32)


# -- labels --------------------------------------------------------------------------------------


def _most_typical(vectors: Vectors, labels: Labels, centres: Vectors, topic: int) -> list[int]:
    mine = np.flatnonzero(labels == topic)
    order = np.argsort(-(vectors[mine] @ centres[topic]), kind="stable")
    return [int(i) for i in mine[order[:_LABELLED]]]


@dataclass(frozen=True, slots=True)
class _Namer:
    """Names topics by the phrases that set them apart among some papers.

    ``mean`` is what all vectors have in common; ``embed`` embeds phrases.
    """

    known: _Words
    vectors: Vectors
    among: _Background
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
        apart = _unit(self.vectors[list(members)].mean(axis=0, keepdims=True) - self.mean)[0]
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
            and (among.having[term] <= among.papers / 2 or among.papers < _FEW)
        }


@dataclass(frozen=True, slots=True)
class _Background:
    """How many papers there are, and how many have each phrase."""

    papers: int
    having: Counter[str]

    @classmethod
    def of(cls, papers: Iterable[frozenset[str]]) -> _Background:
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


_AROUND = 0.6
_BEHIND = 0.5
_PROPOSED = 15  # phrases of a topic that are embedded
# A phrase says more than a word, by the words in it.
_LENGTHS = (1.0, 1.0, 1.4, 1.5)
_SHOWN, _WIDEST = 3, 48  # terms and characters of a label


def _capitalised(label: str) -> str:
    return label[:1].upper() + label[1:]


def _label(terms: Sequence[str]) -> str:
    """Return as many terms as a label has room for, at least one."""
    kept = list(terms[:1])
    for term in terms[1:_SHOWN]:
        if len(", ".join([*kept, term])) > _WIDEST:
            break
        kept.append(term)
    return ", ".join(kept)


# -- the map -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Drawing:
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


_NEIGHBOURS = 4


def _draw(space: Vectors) -> NDArray[np.float64]:
    """Return places between 0 and 1 such that near papers are near, by t-SNE."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    count = len(space)
    if count < 3:
        return np.array([[0.5, 0.5]] if count == 1 else [[0.25, 0.5], [0.75, 0.5]])
    if not np.ptp(space, axis=0).any():
        return np.full((count, 2), 0.5)
    if count < _FEW:
        flat = PCA(min(2, space.shape[1]), random_state=0).fit_transform(space)
        flat = np.hstack([flat, np.zeros((count, 2 - flat.shape[1]))])
    else:
        flat = TSNE(
            perplexity=min(30.0, (count - 1) / 3), init="pca", random_state=0, metric="cosine"
        ).fit_transform(space)
    low, high = flat.min(axis=0), flat.max(axis=0)
    return np.asarray((flat - low) / np.maximum(high - low, 1e-9), dtype=np.float64)


_FEW = 8  # papers; with fewer neither t-SNE nor "half of them" says anything
