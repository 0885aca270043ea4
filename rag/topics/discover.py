"""Finds the topics of papers, the themes of a few, and where each paper is on the map. Pure."""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from rag.records import Paper, Topic
from rag.text.phrases import parts, phrases
from rag.text.readable import readable
from rag.topics.clusters import SMALLEST, clusters, topic_counts
from rag.topics.drawing import DRAWN, Drawing, draw
from rag.topics.labels import SHOWN, WIDEST, Background, Namer, capitalised, label_of, most_typical
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
) -> list[Topic]:
    """Return the topics of papers, the largest first; every paper is in exactly one.

    ``vectors`` has a row of length 1 a paper; ``embed`` embeds texts likewise. ``rest`` are further
    papers of a large library, in batches of ids and vectors: each joins the topic it is nearest to.
    With fewer than six papers there is one topic.
    """
    if not papers:
        return []
    known = Vocabulary.of(papers)
    with one_thread():
        space = few_dimensions(known, vectors)
        labels = clusters(space, smallest=SMALLEST, counts=topic_counts(len(papers)))
    centres = unit(means(vectors, labels))
    drawn = np.linspace(0, len(papers) - 1, min(len(papers), DRAWN)).astype(np.intp)
    with one_thread():
        drawing = Drawing(vectors[drawn], draw(space[drawn]))
    members: list[list[_Member]] = [[] for _ in centres]
    known_ids = [paper.id for paper in papers]
    for ids, rows, placed in ((known_ids, vectors, labels), *((i, v, None) for i, v in rest)):
        cosines = rows @ centres.T
        joined = cosines.argmax(axis=1) if placed is None else placed
        places = drawing.places(rows)
        for i, (paper_id, topic) in enumerate(zip(ids, joined.tolist(), strict=True)):
            x, y = places[i].tolist()
            members[topic].append(_Member(-float(cosines[i, topic]), paper_id, x, y))
    sample = [most_typical(vectors, labels, centres, i) for i in range(len(centres))]
    among = Background.of(known.papers[i] for mine in sample for i in mine)
    namer = Namer(known, vectors, among, vectors.mean(axis=0, keepdims=True), embed)
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
        label = capitalised(label_of(terms)) or textwrap.shorten(title, WIDEST, placeholder=" …")
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
