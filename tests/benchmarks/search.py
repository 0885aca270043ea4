"""Search against stock LlamaIndex fusion and bare Chroma, with the same papers and model.

Run with ``pip install -e '.[test,bench]'`` and ``python -m tests.benchmarks.search``.

Stock is what a user would put together from the same parts: ``VectorStoreIndex`` on Chroma,
``BM25Retriever``, and ``QueryFusionRetriever`` with reciprocal ranks. Bare Chroma is one vector a
paper, asked for the nearest. Questions are asked of all three in turn, each for the first time in
its round, so that none is answered from memory: what is kept of a question is dropped in between.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import TextNode

from rag import Assistant, Settings
from rag.evaluation import Question, asked_of, open_library, per_question, read_sources
from rag.models.embed import Embedder
from tests.support.places import DATA

ROUNDS = 3


class Shared(BaseEmbedding):
    """The shipped model as a LlamaIndex embedding."""

    embedder: Any = None

    def _get_text_embedding(self, text: str) -> list[float]:
        vector: list[float] = self.embedder.embed([text])[0].tolist()
        return vector

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def compared(assistant: Assistant, folder: Path) -> dict[str, Callable[[str], list[str]]]:
    """Build stock fusion and bare Chroma over the assistant's papers; return the searches."""
    import chromadb
    from llama_index.retrievers.bm25 import BM25Retriever
    from llama_index.vector_stores.chroma import ChromaVectorStore

    nodes = [
        TextNode(id_=paper.id, text=f"{paper.title}\n{paper.abstract}")
        for paper in assistant.papers()
    ]
    embedder: Embedder = assistant.embedder
    collection = chromadb.PersistentClient(folder).create_collection("stock")
    store = StorageContext.from_defaults(vector_store=ChromaVectorStore(collection))
    index = VectorStoreIndex(nodes, storage_context=store, embed_model=Shared(embedder=embedder))
    bm25 = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=10)
    fusion = QueryFusionRetriever(
        [index.as_retriever(similarity_top_k=10), bm25],
        llm=MockLLM(),
        similarity_top_k=10,
        num_queries=1,
        mode="reciprocal_rerank",  # type: ignore[arg-type]
        use_async=False,
    )

    def nearest(query: str) -> list[str]:
        vector = embedder.embed([query])
        return collection.query(query_embeddings=vector, n_results=10, include=[])["ids"][0]

    return {
        "bare Chroma": nearest,
        "stock": lambda query: [node.node.node_id for node in fusion.retrieve(query)],
        "ours": lambda query: [hit.paper.id for hit in assistant.search(query, k=10)],
    }


def timed(searches: Mapping[str, Callable[[str], list[str]]], query: str) -> dict[str, float]:
    """Return the milliseconds that each search takes for a query that none has seen yet."""
    spent: dict[str, float] = {}
    for name, search in searches.items():
        new = f"{query} ({name})"
        start = time.perf_counter()
        search(new)
        spent[name] = (time.perf_counter() - start) * 1e3
    return spent


def report(assistant: Assistant, asked: Sequence[Question], folder: Path) -> None:
    """Print quality and speed of all three on one library."""
    searches = compared(assistant, folder)
    print(f"\n{len(assistant.papers()):,} papers, {len(asked)} questions")
    judged = {one.id: one.grades for one in asked}
    for name, search in searches.items():
        found = {one.id: search(one.text) for one in asked}
        measured = per_question(found, judged, k=10).values()
        print(f"{name:<12} nDCG@10 {mean(values['nDCG@10'] for values in measured):.3f}")
    spent: dict[str, list[float]] = {name: [] for name in searches}
    for number in range(ROUNDS):  # in turn, so that a noisy minute hits all
        for one in asked:
            for name, value in timed(searches, f"{one.text} {number}").items():
                spent[name].append(value)
    for name, times in spent.items():
        ratio = median(spent["ours"]) / median(times)
        p95 = quantiles(times, n=20)[-1]
        print(f"{name:<12} p50 {median(times):6.2f} ms   p95 {p95:6.2f} ms   ours / it {ratio:.2f}")


def main() -> None:
    """Print the figures for the packaged papers and for CISI."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = Settings(home=home / "library")
        print(f"{settings.worker_threads} threads for papers, 1 for a question, BLAS 1")
        with Assistant.open(settings) as assistant:
            sources = read_sources([DATA / "single.jsonl", DATA / "multi.jsonl"])
            report(assistant, asked_of(sources, assistant.papers()).questions, home / "seeds")
        sources = read_sources([DATA / "cisi"])
        with open_library(sources, settings=settings) as (assistant, _):
            report(assistant, asked_of(sources, assistant.papers()).questions, home / "cisi")


if __name__ == "__main__":
    main()
