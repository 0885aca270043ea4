"""Finds papers: candidates from both indexes, scored at two grains, fused by score.

A LlamaIndex ``BaseRetriever``, usable in any LlamaIndex program.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks import CallbackManager
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from numpy.typing import NDArray

from rag.errors import FingerprintError, IndexDownError, InputError
from rag.library import Embedded, Filters, Lexicon, Library, Term, Vectors, Version, matched
from rag.models import Embedder, Vector, blas_flags_ignored, one_blas_thread
from rag.records import Hit
from rag.search.evidence import Survey
from rag.search.fusion import RERANKED, Found, Ranked, rank, rerank, starts
from rag.search.late import Late, interact
from rag.search.model_rerank import RERANKED_BY_MODEL, ModelReranker
from rag.search.query import check_question, check_searchable
from rag.search.question import Question, QuestionReader

# Up to this many papers every chunk is compared, which is exact and takes 0.01 ms for 95 papers and
# 2.3 ms (and 61 MB) for 20,000; Chroma's graph takes 0.9 ms for 95 papers, 4.0 for 10,000 and 5.6
# for 100,000.
EXACT = 20_000
BACKGROUND = 40  # papers whose median score is what a paper with no special claim gets
FEW = 2_000  # papers that filters leave; so many are looked at by themselves
_LIMITS_KEPT = 8  # filters whose papers are known
CANDIDATES = 100  # papers from each index; 200 rank no better, 40 rank CISI 0.005 lower


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
        reranker: ModelReranker | None = None,
    ) -> None:
        super().__init__(callback_manager=CallbackManager([]))
        self._reranker = reranker
        self._library = library
        self._vectors = vectors
        self._lexicon = lexicon
        self._embedder = embedder
        self._reader = QuestionReader(embedder, lexicon)
        self._k = k
        self._chunks: _Chunks | None = None
        self._limits: dict[Filters, _Limit] = {}

    def search(
        self, query: str, k: int, *, filters: Filters | None = None, vector: Vector | None = None
    ) -> list[Found]:
        """Return the best ``k`` papers for a query, best first.

        Raises:
            QuestionError: the query is empty, too long, or has no word to look for.
            ModelError: an embeddings endpoint failed.
        """
        return self._search(query, k, filters=filters, vector=vector)[0]

    def _search(
        self, query: str, k: int, *, filters: Filters | None, vector: Vector | None
    ) -> tuple[list[Found], bool]:
        """Search, and tell whether the vector index was away."""
        check_question(query)
        check_searchable(query)
        version = self._library.version()
        question = self.read(query, version)
        if vector is not None:
            question = replace(question, vector=vector)
        most = max(k, RERANKED)
        pool = max(CANDIDATES, k)
        limit = None if filters is None else self._limit(filters, version)
        with one_blas_thread():
            if limit is not None and limit.ids is not None and limit.count <= FEW:
                vectors, shares = self._only(question, pool, limit, version)
                ranked = rank(vectors, question.vector, shares, most=most)
                return self._reranked(question, ranked, version)[:k], False
            if limit is not None:  # of so many near ones about half a pool may be returned
                pool = max(pool, pool * version.count // (2 * limit.count))
            while True:
                vectors, shares, by_words = self._candidates(question, pool, version, limit)
                if limit is None or len(vectors) >= k or pool >= version.count:
                    ranked = rank(vectors, question.vector, shares, most=most)
                    return self._reranked(question, ranked, version)[:k], by_words
                pool *= 8

    def read(self, text: str, version: Version | None = None) -> Question:
        """Read a question: its vector, its words, its tokens.

        Raises:
            FingerprintError: the model gives other vectors than the library holds.
            ModelError: an embeddings endpoint failed.
        """
        question = self._reader.read(text)
        dimension = (version or self._library.version()).dimension
        if dimension and len(question.vector) != dimension:
            raise FingerprintError(
                f"{self._embedder.name} gives {len(question.vector)} numbers, this library holds "
                f"{dimension}; embed it anew with `rag ingest --re-embed`"
            )
        return question

    def interact(self, question: Question, ids: Sequence[str]) -> dict[str, Late]:
        """Compare a question with papers token by token; those without tokens are left out."""
        if question.tokens is None:
            return {}
        tokens = self._library.tokens(ids)
        with one_blas_thread():
            lates = interact(question.tokens, list(tokens.values()))
        return dict(zip(tokens, lates, strict=True))

    def _reranked(
        self, question: Question, ranked: Sequence[Ranked], version: Version
    ) -> list[Found]:
        """Read the first papers and compare them token by token; none if one has no tokens."""
        entries = self._library.entries([one.id for one in ranked], version)
        found = [one.found(entries[one.id]) for one in ranked if one.id in entries]
        first = [one.entry.paper.id for one in found[:RERANKED]]
        if question.tokens is None or not first:
            return found
        tokens = self._library.tokens(first, version)
        if len(tokens) < len(first):
            return found
        lates = interact(question.tokens, [tokens[i] for i in first])
        return rerank(found, lates, question.text)

    def find(self, query: str, k: int, *, filters: Mapping[str, Any] | None = None) -> list[Hit]:
        """Return the best ``k`` papers as hits that say why they were found.

        Raises:
            InputError: an unknown filter, or ``k`` below 1.
        """
        if k < 1:
            raise InputError(f"{k} papers cannot be returned; ask for 1 or more")
        most = k if self._reranker is None else max(k, RERANKED_BY_MODEL)
        found = self.search(query, most, filters=Filters.parse(filters))
        return self.hits(self._by_model(query, found)[:k], query)

    def _by_model(self, query: str, found: list[Found]) -> list[Found]:
        """Let the model order the first papers anew, if the settings want it."""
        return found if self._reranker is None else self._reranker.rerank(query, found)

    def hits(self, found: Sequence[Found], query: str) -> list[Hit]:
        """Turn what was found into hits that say why."""
        terms = self._lexicon.terms(query)
        return [_hit(one, rank, terms) for rank, one in enumerate(found, 1)]

    def terms(self, query: str) -> list[Term]:
        """Return the content words of a query with their rarity in the library."""
        return self._lexicon.terms(query)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self.nodes(query_bundle, getattr(query_bundle, "filters", None))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)

    def nodes(self, query_bundle: QueryBundle, filters: Filters | None) -> list[NodeWithScore]:
        """Return the papers that may be returned as nodes, best first.

        Raises:
            QuestionError, ModelError: as for ``search``.
        """
        query = (query_bundle.embedding_strs or [""])[0]
        if query_bundle.embedding is None and query.strip():  # as LlamaIndex's own retrievers do
            query_bundle.embedding = self.read(query).vector.tolist()
        vector = np.asarray(query_bundle.embedding, dtype=np.float32)
        most = max(self._k, BACKGROUND)
        found, by_words = self._search(query, most, filters=filters, vector=vector)
        survey = Survey.of(found, by_words=by_words)
        hits = self.hits(self._by_model(query, found)[: self._k], query)
        return [_node(hit, survey) for hit in hits]

    def _candidates(
        self, question: Question, pool: int, version: Version, limit: _Limit | None
    ) -> tuple[dict[str, Embedded], dict[str, float], bool]:
        """Return vectors of the papers worth scoring, BM25 shares, and whether words alone found.

        That is so while the vector index is away; words then find twice as many.
        """
        if not version.count:
            return {}, {}, False
        try:
            near, by_words = self._near(question.vector, pool, version), False
        except IndexDownError:
            near, by_words = [], True
        most = 2 * pool if by_words else pool
        shares = self._lexicon.search(question.terms, most, query=question.text)
        ids = [*dict.fromkeys([*near, *shares])]
        if limit is not None:
            ids = limit.keep(ids, self._library)
        return self._library.vectors(ids, version), shares, by_words

    def _only(
        self, question: Question, pool: int, limit: _Limit, version: Version
    ) -> tuple[dict[str, Embedded], dict[str, float]]:
        """Return the papers worth scoring of a few: those nearest by their mean, and by words."""
        if not limit.ids or not version.count:
            return {}, {}
        ids: Sequence[str] = limit.ids
        shares = self._lexicon.search(question.terms, pool, query=question.text, among=ids)
        if len(ids) > pool:
            there, means = limit.means or self._library.means(ids, version)
            limit.means = there, means
            nearest = np.argsort(-(means @ question.vector), kind="stable")[:pool]
            ids = [there[i] for i in nearest.tolist()]
        wanted = list(dict.fromkeys([*ids, *shares]))
        return self._library.vectors(wanted, version), shares

    def _limit(self, filters: Filters, version: Version) -> _Limit:
        """Return what filters leave; kept, since a conversation mostly stays with its filters."""
        known = self._limits.get(filters)
        if known is None or known.version != version:
            known = _Limit(version, filters, *self._library.selection.filtered(filters, most=FEW))
            kept = list(self._limits.items())[-_LIMITS_KEPT + 1 :]
            self._limits = dict([*kept, (filters, known)])
        return known

    def near(self, vector: Vector) -> list[str]:
        """Return the ids of the papers nearest to a vector by their chunks alone, best first."""
        version = self._library.version()
        return self._near(vector, CANDIDATES, version) if version.count else []

    @property
    def by_words(self) -> bool:
        """Whether a search of the whole library finds by words alone: the vectors are away."""
        return bool(self._vectors.trouble) and self._library.version().count > EXACT

    def _near(self, vector: Vector, pool: int, version: Version) -> list[str]:
        """Return the papers with the chunks nearest to a vector, best first."""
        if version.count <= EXACT:
            return self._all_chunks(version).nearest(vector, pool)
        # A usual abstract has two chunks, often both near: twice as many give about pool papers.
        near = self._vectors.nearest(vector, 2 * pool, sequence=version.sequence)
        return list(near)[:pool]

    def _all_chunks(self, version: Version) -> _Chunks:
        chunks = self._chunks
        if chunks is None or chunks.version != version:
            ids = self._library.ids()
            chunks = self._chunks = _Chunks.of(self._library.chunks(ids, version), version)
        return chunks


@dataclass(slots=True)
class _Limit:
    """The papers that filters leave in one state of the library; their means, if they are few."""

    version: Version
    filters: Filters
    ids: Sequence[str] | None  # None: too many to be read
    count: int
    means: tuple[list[str], NDArray[np.float32]] | None = None
    allowed: frozenset[str] | None = field(init=False)

    def __post_init__(self) -> None:
        self.allowed = None if self.ids is None else frozenset(self.ids)

    def keep(self, ids: list[str], library: Library) -> list[str]:
        """Return those that may be returned."""
        if self.allowed is None:
            return library.selection.keep(ids, self.filters)
        return [one for one in ids if one in self.allowed]


class FilteredRetriever(BaseRetriever):
    """Retrieves as another does, but only papers that meet filters."""

    def __init__(self, inner: PaperRetriever, filters: Filters) -> None:
        super().__init__(callback_manager=CallbackManager([]))
        self._inner = inner
        self._filters = filters

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self._inner.nodes(query_bundle, self._filters)


@dataclass(frozen=True, slots=True)
class _Chunks:
    """The chunks of a whole small library in one matrix, with where each paper's begin."""

    version: Version
    ids: tuple[str, ...]
    matrix: NDArray[np.float32]
    starts: NDArray[np.intp]

    @classmethod
    def of(cls, papers: Iterable[tuple[str, NDArray[np.float32]]], version: Version) -> _Chunks:
        kept = list(papers)
        ids, parts = tuple(one for one, _ in kept), [rows for _, rows in kept]
        none = np.zeros((0, version.dimension), dtype=np.float32)
        return cls(version, ids, np.concatenate([none, *parts]), starts(parts))

    @blas_flags_ignored
    def nearest(self, vector: Vector, k: int) -> list[str]:
        if not self.ids:
            return []
        best = np.maximum.reduceat(self.matrix @ vector, self.starts)
        least = best.min() if k >= len(best) else np.partition(best, -k)[-k]
        near = np.flatnonzero(
            best >= least
        )  # sorting all of 10,000 takes as long as comparing them
        order = np.argsort(-best[near], kind="stable")[:k]
        return [self.ids[i] for i in near[order].tolist()]


def _hit(found: Found, rank: int, terms: Sequence[Term]) -> Hit:
    paper = found.entry.paper
    best = found.entry.sentences[int(found.relevance.argmax())].text
    shared = [term.word for term in matched(terms, paper.title, paper.abstract)]
    told = f"shares {', '.join(shared[:5])}" if shared else "shares no word"
    reason = f"{told}; meaning {found.nearness:.2f}, best sentence {found.relevance.max():.2f}"
    return Hit(paper, rank, found.score, reason, best)


def _node(hit: Hit, survey: Survey) -> NodeWithScore:
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
            **survey.to_metadata(),
        },
    )
    shown = {"title", "authors", "year"}
    node.excluded_llm_metadata_keys = [key for key in node.metadata if key not in shown]
    node.excluded_embed_metadata_keys = list(node.metadata)
    return NodeWithScore(node=node, score=hit.score)
