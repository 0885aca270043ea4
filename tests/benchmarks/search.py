"""Search against stock LlamaIndex fusion over the same papers with the same embedding model.

Run with ``pip install -e '.[test,bench]'`` and ``python -m tests.benchmarks.search``.

Stock is what a user would put together from the same parts: ``VectorStoreIndex`` on Chroma,
``BM25Retriever``, and ``QueryFusionRetriever`` with reciprocal ranks.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import TextNode

from rag import Assistant, Settings
from rag.evaluation import per_question
from rag.models.embed import Embedder
from tests.support.questions import grades, questions

ROUNDS = 5


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


def stock(assistant: Assistant, folder: Path) -> Callable[[str], list[str]]:
    """Build stock fusion over the assistant's papers."""
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
    return lambda query: [node.node.node_id for node in fusion.retrieve(query)]


def timed(search: Callable[[str], list[str]], queries: list[str]) -> list[float]:
    """Return the milliseconds of each query."""
    spent = []
    for query in queries:
        start = time.perf_counter()
        search(query)
        spent.append((time.perf_counter() - start) * 1e3)
    return spent


def main() -> None:
    """Print speed and quality of both."""
    asked = [*questions("single"), *questions("multi")]
    queries = [question["question"] for question in asked]
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        assistant = Assistant.open(Settings(home=Path(folder) / "library"))
        print(f"first-use ingest of the seeds: {time.perf_counter() - start:.1f} s")
        ids = [paper.id for paper in assistant.papers()]
        judged = {
            question["id"]: {ids[n - 1]: grade for n, grade in grades(question).items()}
            for question in asked
        }
        searches: dict[str, Callable[[str], list[str]]] = {
            "stock": stock(assistant, Path(folder) / "stock"),
            "ours": lambda query: [hit.paper.id for hit in assistant.search(query, k=10)],
        }
        spent: dict[str, list[float]] = {name: [] for name in searches}
        for name, search in searches.items():
            timed(search, queries[:10])  # warm
            found = {question["id"]: search(question["question"]) for question in asked}
            measured = per_question(found, judged, k=10).values()
            score = mean(values["nDCG@10"] for values in measured)
            print(f"{name:<6} nDCG@10 {score:.3f} over {len(asked)} questions")
        for _ in range(ROUNDS):  # in turn, so that a noisy minute hits both
            for name, search in searches.items():
                spent[name] += timed(search, queries)
        for name, times in spent.items():
            p95 = quantiles(times, n=20)[-1]
            print(f"{name:<6} p50 {median(times):6.2f} ms   p95 {p95:6.2f} ms")
        print(f"ours / stock, p50: {median(spent['ours']) / median(spent['stock']):.2f}")
        assistant.close()


if __name__ == "__main__":
    main()
