"""Finds papers: candidates from both indexes, scored at two grains, fused by score.

A LlamaIndex ``BaseRetriever``, usable in any LlamaIndex program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks import CallbackManager
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.embed import Embedder, Vector
from rag.errors import FingerprintError, InputError, QuestionError
from rag.lexicon import Lexicon, Term, matched
from rag.library import Entry, Library
from rag.records import Hit, Paper
from rag.vectors import Vectors

MAX_QUERY = 4_000  # characters; MiniLM reads about the first 1,000
BACKGROUND = 40  # papers whose median score is what a paper with no special claim gets
CANDIDATES = 60  # papers from each index; 30 and 200 rank the dev questions the same within 0.01

# A paper's nearness to a question is a weighted mean of its chunks' mean cosine and its best
# sentence's cosine. Words add their share of the greatest possible BM25, times WORDS. Measured
# together on the dev questions (nDCG@10 single, multi) and on CISI: 0.80, 0.84, 0.46; chunks alone
# 0.70, 0.68, 0.43; BM25 alone 0.58, 0.73, 0.38. Flat around these values.
CHUNKS, BEST_SENTENCE = 2.0, 1.5
WORDS = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """A paper found, with its evidence.

    ``nearness`` is the dense score (a cosine), ``words`` the lexical one (share of the greatest
    possible BM25), ``cosines`` the cosine of each sentence, title first, ``score`` their fusion.
    """

    entry: Entry
    score: float
    nearness: float
    words: float
    cosines: Vector


@dataclass(frozen=True, slots=True)
class Filters:
    """Which papers a search may return; all given conditions must hold.

    Years are inclusive. Texts match without case, anywhere in the field; ``ids`` exactly.
    """

    year_from: int | None = None
    year_to: int | None = None
    venue: str = ""
    author: str = ""
    source: str = ""
    ids: tuple[str, ...] = ()

    @classmethod
    def parse(cls, values: Mapping[str, Any] | None) -> Filters | None:
        """Read filters given as a mapping; ``year`` sets both ends.

        Raises:
            InputError: an unknown filter.
        """
        if not values:
            return None
        given = dict(values)
        if "year" in given:
            given["year_from"] = given["year_to"] = given.pop("year")
        if "ids" in given:
            given["ids"] = tuple(given["ids"])
        unknown = sorted(set(given) - set(cls.__slots__))
        if unknown:
            raise InputError(
                f"unknown filter {', '.join(unknown)}; known are year, {', '.join(cls.__slots__)}"
            )
        return cls(**given)

    def keep(self, paper: Paper) -> bool:
        """Whether a paper may be returned."""
        if self.year_from is not None and (paper.year is None or paper.year < self.year_from):
            return False
        if self.year_to is not None and (paper.year is None or paper.year > self.year_to):
            return False
        if self.ids and paper.id not in self.ids:
            return False
        fields = (
            (self.venue, paper.venue),
            (self.author, "\n".join(paper.authors)),
            (self.source, paper.source),
        )
        return all(wanted.casefold() in value.casefold() for wanted, value in fields)


class PaperRetriever(BaseRetriever):
    """Retrieves papers as nodes, best first; ``node_id`` is the paper's id."""

    def __init__(
        self,
        library: Library,
        vectors: Vectors,
        lexicon: Lexicon,
        embedder: Embedder,
        *,
        k: int = 10,
    ) -> None:
        super().__init__(callback_manager=CallbackManager([]))
        self._library = library
        self._vectors = vectors
        self._lexicon = lexicon
        self._embedder = embedder
        self._k = k

    def search(
        self, query: str, k: int, *, filters: Filters | None = None, vector: Vector | None = None
    ) -> list[Found]:
        """Return the best ``k`` papers for a query, best first.

        Raises:
            QuestionError: the query is empty, too long, or has no word to look for.
            ModelError: an embeddings endpoint failed.
        """
        check_question(query)
        terms = self._lexicon.terms(query)
        if not terms:
            start = query.strip()[:60]
            raise QuestionError(
                f"the question {start!r} has no word to look for; name what it is about"
            )
        query_vector = self._vector(query) if vector is None else vector
        total = self._library.count()
        pool = max(CANDIDATES, 2 * k)
        while True:
            found = self._candidates(query_vector, terms, pool)
            kept = [f for f in found if filters is None or filters.keep(f.entry.paper)]
            if filters is None or len(kept) >= k or pool >= total:
                return kept[:k]
            pool *= 8

    def find(self, query: str, k: int, *, filters: Mapping[str, Any] | None = None) -> list[Hit]:
        """Return the best ``k`` papers as hits that say why they were found.

        Raises:
            InputError: an unknown filter, or ``k`` below 1.
        """
        if k < 1:
            raise InputError(f"{k} papers cannot be returned; ask for 1 or more")
        return self.hits(self.search(query, k, filters=Filters.parse(filters)), query)

    def hits(self, found: Sequence[Found], query: str) -> list[Hit]:
        """Turn what was found into hits that say why."""
        terms = self._lexicon.terms(query)
        return [_hit(one, rank, terms) for rank, one in enumerate(found, 1)]

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        query = query_bundle.embedding_strs[0] if query_bundle.embedding_strs else ""
        given = query_bundle.embedding
        vector = None if given is None else np.asarray(given, dtype=np.float32)
        found = self.search(query, max(self._k, BACKGROUND), vector=vector)
        background = float(np.median([one.score for one in found])) if found else 0.0
        del found[self._k :]
        hits = self.hits(found, query)
        return [_node(hit, one, background) for hit, one in zip(hits, found, strict=True)]

    def _vector(self, query: str) -> Vector:
        vector: Vector = self._embedder.embed([query])[0]
        dimension = self._library.dimension()
        if dimension and len(vector) != dimension:
            raise FingerprintError(
                f"{self._embedder.name} gives {len(vector)} numbers, this library holds "
                f"{dimension}; embed it anew with `rag ingest --re-embed`"
            )
        return vector

    def _candidates(self, vector: Vector, terms: Sequence[Term], pool: int) -> list[Found]:
        if not self._library.count():
            return []
        near = self._vectors.nearest(vector, 2 * pool)
        words = self._lexicon.search(terms, pool)
        entries = self._library.entries([*list(near)[:pool], *words])
        return fuse(entries.values(), vector, words)


def fuse(entries: Any, vector: Vector, words: Mapping[str, float]) -> list[Found]:
    """Score papers at two grains, add their words' share, and sort, best first.

    ``nearness = (2 · mean chunk cosine + 1.5 · best sentence cosine) / 3.5`` and
    ``score = nearness / greatest nearness + words``: a convex combination of scores but for the
    constant, in which rare exact terms pull by themselves, since a question whose rare words no
    paper has gives every paper a small share. Ties are broken by the paper's id.
    """
    near: list[tuple[Entry, float, Vector]] = []
    for entry in entries:
        cosines = entry.vectors.sentences @ vector
        chunks = float(np.mean(entry.vectors.chunks @ vector))
        best = float(cosines.max())
        nearness = (CHUNKS * chunks + BEST_SENTENCE * best) / (CHUNKS + BEST_SENTENCE)
        near.append((entry, nearness, cosines))
    top = max((nearness for _, nearness, _ in near), default=0.0)
    scale = max(top, 0.05)  # a question that nothing is near to must not divide by nothing
    found = []
    for entry, nearness, cosines in near:
        share = words.get(entry.paper.id, 0.0)
        found.append(Found(entry, nearness / scale + WORDS * share, nearness, share, cosines))
    return sorted(found, key=lambda one: (-one.score, one.entry.paper.id))


def check_question(question: str) -> None:
    """Refuse a question that is empty or too long.

    Raises:
        QuestionError: it is.
    """
    if not question.strip():
        raise QuestionError("the question is empty; ask something about the papers")
    if len(question) > MAX_QUERY:
        raise QuestionError(
            f"the question has {len(question):,} characters, at most {MAX_QUERY:,} are read; "
            "shorten it"
        )


def _hit(found: Found, rank: int, terms: Sequence[Term]) -> Hit:
    paper = found.entry.paper
    best = found.entry.sentences[int(found.cosines.argmax())].text
    shared = [term.word for term in matched(terms, f"{paper.title}\n{paper.abstract}")]
    words = f"shares {', '.join(shared[:5])}" if shared else "shares no word"
    reason = f"{words}; meaning {found.nearness:.2f}, best sentence {found.cosines.max():.2f}"
    return Hit(paper, rank, found.score, reason, best)


def _node(hit: Hit, found: Found, background: float) -> NodeWithScore:
    paper = hit.paper
    node = TextNode(
        id_=paper.id,
        text=f"{paper.title}\n\n{paper.abstract}",
        metadata={
            "paper_id": paper.id,
            "title": paper.title,
            "authors": ", ".join(paper.authors),
            "year": paper.year,
            "url": paper.url,
            "reason": hit.reason,
            "sentence": hit.sentence,
            "nearness": found.nearness,
            "words": found.words,
            "background": background,
        },
    )
    shown = {"title", "authors", "year"}
    node.excluded_llm_metadata_keys = [key for key in node.metadata if key not in shown]
    node.excluded_embed_metadata_keys = list(node.metadata)
    return NodeWithScore(node=node, score=hit.score)
