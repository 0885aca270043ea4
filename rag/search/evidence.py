"""What is known for one question: of each retrieved paper, and of the search as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.library import Entry, Term, coverage
from rag.records import Paper, Sentence
from rag.search.fusion import Found
from rag.text.coined import own_names

# What all words of the question together weigh in a sentence beside its relevance. Chosen with the
# weights of roles in answers/extractive.py.
COVERAGE_WEIGHT = 0.2


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one retrieved paper for one question.

    ``relevance`` tells how near each sentence is to the question (by late interaction, else its
    cosine), ``coverage`` has a column a word of the question, its weight where the sentence has it
    and 0 elsewhere (all weights add up to 1 where the paper has all words). Both have a row a
    sentence, the title's first. For a question of several parts ``parts`` has a row a part, as
    ``relevance`` for that part alone; ``sides`` tells how near the paper is to each side of a
    comparison.
    """

    paper: Paper
    sentences: Sequence[Sentence]
    score: float
    relevance: NDArray[np.float32]
    coverage: NDArray[np.float32]
    parts: NDArray[np.float32] | None = None
    sides: tuple[float, ...] = ()

    @classmethod
    def of(
        cls,
        entry: Entry,
        terms: Sequence[Term],
        *,
        score: float,
        relevance: NDArray[np.float32],
    ) -> Evidence:
        """Put together what is known of a paper for a question with these words."""
        texts = [sentence.text for sentence in entry.sentences]
        shares = np.asarray(coverage(terms, entry.paper.title, texts), dtype=np.float32)
        return cls(entry.paper, entry.sentences, score, relevance, shares)

    @property
    def names(self) -> tuple[str, ...]:
        """What the paper calls its own work."""
        return own_names(self.paper.title, self.paper.abstract)

    @property
    def best(self) -> int:
        """The index of the sentence nearest to the question."""
        return int(self.relevance.argmax())


@dataclass(frozen=True, slots=True)
class Survey:
    """What a whole search saw: its best evidence, and the score of an average paper.

    Invariant: it travels on every node of a retrieval, alike, since any LlamaIndex post-processor
    may reorder nodes or drop some; whichever is left tells it.
    """

    best_nearness: float = 0.0
    best_sentence: float = 0.0
    best_words: float = 0.0
    best_tokens: float = 0.0  # late interaction, as a whole; 0 where there are no tokens
    least_tokens: float = 0.0  # the lower quartile over the question's tokens
    background: float | None = None  # unknown to other people's retrievers
    by_words: bool = False  # the vector index was away: candidates by words alone

    @classmethod
    def of(cls, found: Sequence[Found], *, by_words: bool = False) -> Survey:
        """Sum up a search; ``found`` must reach beyond the papers that belong to the question."""
        if not found:
            return cls(by_words=by_words)
        return cls(
            best_nearness=max(one.nearness for one in found),
            best_sentence=max(float(one.cosines.max()) for one in found),
            best_words=max(one.bm25_share for one in found),
            best_tokens=max((one.late.paper for one in found if one.late), default=0.0),
            least_tokens=max((one.late.least for one in found if one.late), default=0.0),
            background=float(np.median([one.score for one in found])),
            by_words=by_words,
        )

    def to_metadata(self) -> dict[str, Any]:
        """Return it as metadata of a node."""
        return asdict(self)

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any]) -> Survey | None:
        """Read it from the metadata of a node; None from a node of somebody else's."""
        names = cls.__slots__
        if any(name not in metadata for name in names):
            return None
        return cls(**{name: metadata[name] for name in names})
