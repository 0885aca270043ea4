"""Finds the topics of papers, the themes of a few, and where each paper is on the map. Pure."""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from rag.library import Cluster, Place
from rag.records import Paper
from rag.text.phrases import parts, phrases
from rag.text.readable import readable
from rag.topics.clusters import SMALLEST, clusters, topic_counts
from rag.topics.drawing import DRAWN, Drawing, draw
from rag.topics.labels import SHOWN, WIDEST, Background, Namer, capitalised, label_of, most_typical
from rag.topics.placing import Placing
from rag.topics.space import Embed, Vectors, few_dimensions, means, one_thread, unit
from rag.topics.vocabulary import Vocabulary

SAMPLE = 3_000  # papers that make the topics of a larger library; the others join the nearest
THEMES = 4  # of a summary
_MOSTLY = 0.75  # of a theme's papers have a single word that names it
_PAIR = 2


def discover(
    papers: Sequence[Paper],
    vectors: Vectors,
    *,
    embed: Embed,
    rest: Iterable[tuple[Sequence[str], Vectors]] = (),
) -> tuple[tuple[Cluster, ...], list[Place]]:
    """Return the topics of papers, the largest first, and the place of every paper in one of them.

    ``vectors`` has a row of length 1 a paper; ``embed`` embeds texts likewise. ``rest`` are further
    papers of a large library, in batches of ids and vectors: each joins the topic it is nearest to.
    With fewer than six papers there is one topic.
    """
    if not papers:
        return (), []
    known = Vocabulary.of(papers)
    with one_thread():
        space = few_dimensions(known, vectors)
        labels = clusters(space, smallest=SMALLEST, counts=topic_counts(len(papers)))
    centres = unit(means(vectors, labels))
    drawn = np.linspace(0, len(papers) - 1, min(len(papers), DRAWN)).astype(np.intp)
    with one_thread():
        drawing = Drawing(vectors[drawn], draw(space[drawn]))
    placing = Placing(range(len(centres)), centres, drawing)
    places = placing.places([paper.id for paper in papers], vectors, labels.tolist())
    for ids, rows in rest:
        places += placing.places(ids, rows)
    sample = [most_typical(vectors, labels, centres, i) for i in range(len(centres))]
    among = Background.of(known.papers[i] for mine in sample for i in mine)
    namer = Namer(known, vectors, among, vectors.mean(axis=0, keepdims=True), embed)
    terms = [namer.terms(mine, len(sample)) for mine in sample]
    sizes = Counter(place.topic for place in places)
    order = sorted(range(len(centres)), key=lambda i: (-sizes[i], terms[i]))
    titles = [papers[mine[0]].title for mine in sample]
    found = _named([(terms[i], titles[i], centres[i]) for i in order])
    numbers = {i: number for number, i in enumerate(order, 1)}
    return found, [place._replace(topic=numbers[place.topic]) for place in places]


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
    known = Vocabulary.of(papers)
    most = min(THEMES, len(papers) // _PAIR)
    with one_thread():
        labels = clusters(few_dimensions(known, vectors), smallest=_PAIR, counts=range(2, most + 1))
    members = [np.flatnonzero(labels == i).tolist() for i in range(labels.max() + 1)]
    members.sort()
    background = Background.of(Vocabulary.of(among).papers)
    mean = vectors.mean(axis=0, keepdims=True) * (len(members) > 1)
    namer = Namer(known, vectors, background, mean, embed)
    said = frozenset(stem for term, _ in phrases(topic) for stem in parts(term))
    themes: list[tuple[str, list[int]]] = []
    taken: set[str] = set()
    for mine in members:
        terms = namer.terms(mine, len(members), without=said, alone=_MOSTLY)
        label = "" if taken & set(terms[:SHOWN]) else label_of(terms)
        taken.update(terms[:SHOWN])
        themes.append((label, mine))
    return themes


def _named(found: Sequence[tuple[tuple[str, ...], str, Vectors]]) -> tuple[Cluster, ...]:
    """Make topics of terms, a typical title and a centre each; no two have the same label."""
    made: list[Cluster] = []
    ids: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    for number, (terms, title, centre) in enumerate(found, 1):
        words = " ".join(readable(title).split()) or "Papers"
        label = capitalised(label_of(terms)) or textwrap.shorten(words, WIDEST, placeholder=" …")
        digest = hashlib.sha256(label.encode()).hexdigest()[:8]
        slug = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") or f"topic-{digest}"
        ids[slug] += 1
        labels[label] += 1
        identity = slug if ids[slug] == 1 else f"{slug}-{ids[slug]}"
        told = label if labels[label] == 1 else f"{label} ({labels[label]})"
        made.append(Cluster(number, identity, told, terms, centre))
    return tuple(made)
