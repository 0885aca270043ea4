"""Papers, evidence and candidates made by hand: no embedding, no index, no library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.grounding.repair import Checked
from rag.library import Embedded, Entry
from rag.records import Paper, Support
from rag.search.evidence import Evidence
from rag.text.citations import Anchor, Source
from rag.text.sentences import split

if TYPE_CHECKING:
    from rag.summaries.gather import Candidate

Matrix = NDArray[np.float32]
Rows = Sequence[Sequence[float]]


def paper(title: str, abstract: str, name: str = "") -> Paper:
    """Make a paper; its id is its first word in small letters unless it is named."""
    return Paper(name or title.split(maxsplit=1)[0].strip(":").lower(), title, abstract)


def evidence(
    made: Paper,
    *,
    score: float = 1.0,
    relevance: Sequence[float] | None = None,
    coverage: Rows | None = None,
) -> Evidence:
    """Make the evidence of a paper; numbers not given say nothing."""
    sentences = split(made.abstract, title=made.title)
    count = len(sentences)
    return Evidence(
        paper=made,
        sentences=sentences,
        score=score,
        relevance=np.array([0.5] * count if relevance is None else relevance, dtype=np.float32),
        coverage=np.array([[0.0]] * count if coverage is None else coverage, dtype=np.float32),
    )


def candidate(
    one: Evidence, *, vector: Sequence[float] = (1.0, 0.0), reason: str = ""
) -> Candidate:
    """Make a paper that was found for a topic."""
    from rag.summaries.gather import Candidate

    return Candidate(one, np.array(vector, dtype=np.float32), reason or f"why {one.paper.id}")


def entry(made: Paper, sentences: Rows, chunks: Rows | None = None) -> Entry:
    """Make a paper as a library keeps it, from the vectors of its sentences, the title's first."""
    rows = matrix(sentences)
    whole = rows[:1] if chunks is None else matrix(chunks)
    return Entry(made, split(made.abstract, title=made.title), Embedded(whole, rows))


def anchor(made: Paper, index: int) -> Anchor:
    """Point at a sentence of a paper, 0 the title."""
    return Anchor(made, split(made.abstract, title=made.title)[index])


def source(made: Paper, best: int = 0) -> Source:
    """Make a paper as it stands in a prompt."""
    return Source(made, split(made.abstract, title=made.title), best)


def matrix(rows: Rows) -> Matrix:
    """Make a matrix of these rows."""
    return np.array(rows, dtype=np.float32)


def towards(cosine: float) -> list[float]:
    """Return a unit vector of the plane with this cosine to its first axis."""
    return [cosine, float(np.sqrt(1 - cosine**2))]


def far_apart(name: str, count: int) -> Matrix:
    """Return unit vectors none of which says the same as another, of this name or any other."""
    rows = np.random.default_rng(list(name.encode())).normal(size=(count, 256))
    unit: Matrix = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


@dataclass
class Trusting:
    """Stands in for a Grounder: what cites something is right, but what says that it is not.

    "wrong" is unsupported and keeps its anchors, "partly" is partial, "moved" cited anew; what
    cites nothing is unsupported, but "found" gets the anchors of ``finds``.
    """

    finds: tuple[Anchor, ...] = ()
    asked: list[tuple[str, list[str], bool]] = field(default_factory=list)

    def check(
        self, text: str, anchors: Sequence[Anchor], hits: Sequence[str], *, elsewhere: bool = True
    ) -> Checked:
        self.asked.append((text, [*hits], elsewhere))
        if "found" in text and not anchors:
            return Checked(self.finds, "supported", moved=True)
        if "wrong" in text or not anchors:
            return Checked(tuple(anchors), "unsupported")
        support: Support = "partial" if "partly" in text else "supported"
        return Checked(tuple(anchors), support, moved="moved" in text)
