"""For programs built on LlamaIndex: a retriever and a query engine that take the place of others.

Both work on an ``Assistant``; ``CitedRagQueryEngine.from_nodes`` makes one of the nodes of any
index, so that what answers from them is cited and checked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping
from typing import Any, Self

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import (
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.callbacks import CallbackManager
from llama_index.core.schema import BaseNode, MetadataMode, NodeWithScore, QueryBundle, TextNode
from llama_index.core.tools import QueryEngineTool

from rag.assistant import Assistant
from rag.config import Settings
from rag.records import Answer, Paper
from rag.text import export
from rag.text.sentences import split

_LONGEST_TITLE = 200  # characters of a first sentence that stands for a title
_TITLES = ("title", "document_title", "section_summary", "file_name", "filename", "source")
_DESCRIPTION = (
    "Answers questions from a library of papers. Every sentence of the answer cites, by [n], the "
    "paper that it rests on and has been checked against it; says so when the papers do not say."
)


class CitedRagRetriever(BaseRetriever):
    """Retrieves papers as nodes, best first; a node's id is its paper's.

    ``filters`` are those of ``Assistant.search``, ``k`` the nodes that are returned.
    """

    def __init__(
        self, assistant: Assistant, *, filters: Mapping[str, Any] | None = None, k: int = 10
    ) -> None:
        super().__init__(callback_manager=CallbackManager([]))
        self._assistant = assistant
        self._filters = filters
        self._k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._assistant.search(query_bundle.query_str, self._k, self._filters)
        return [NodeWithScore(node=_node(hit.paper), score=hit.score) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class CitedRagQueryEngine(BaseQueryEngine):
    """Answers with citations; a response's ``metadata["answer"]`` is the ``Answer``.

    With ``streaming`` the text comes in pieces (``response_gen``), and the ``Answer`` is there once
    it has been read. ``references`` lists the cited papers behind the text, for who hands it on.
    ``source_nodes`` are the cited papers, those of ``from_nodes`` the nodes themselves.
    """

    def __init__(
        self,
        assistant: Assistant,
        *,
        filters: Mapping[str, Any] | None = None,
        streaming: bool = False,
        references: bool = False,
    ) -> None:
        super().__init__(callback_manager=CallbackManager([]))
        self.assistant = assistant
        self._filters = filters
        self._streaming = streaming
        self._references = references
        self._nodes: dict[str, BaseNode] = {}

    @classmethod
    def from_nodes(cls, nodes: Iterable[BaseNode], settings: Settings, **given: Any) -> Self:
        """Make an engine that answers from the nodes of another index.

        They are brought into the library that the settings name, once; a node is a paper, its
        title what its metadata call so, or else its first sentence.

        Raises:
            RagError: the library cannot be used.
        """
        assistant = Assistant.open(settings, first_use=False)
        engine = cls(assistant, **given)
        engine._nodes = {node.node_id: node for node in nodes}
        assistant.put_back(*(_paper(node) for node in engine._nodes.values()))
        return engine

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}

    def close(self) -> None:
        """Release files and connections."""
        self.assistant.close()

    def as_tool(
        self, name: str = "cited_papers", description: str = _DESCRIPTION
    ) -> QueryEngineTool:
        """Return a tool for agents, whose output carries the references of its numbers."""
        engine = CitedRagQueryEngine(self.assistant, filters=self._filters, references=True)
        engine._nodes = self._nodes
        return QueryEngineTool.from_defaults(engine, name=name, description=description)

    def retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """Return the papers found for a question."""
        return CitedRagRetriever(self.assistant, filters=self._filters).retrieve(query_bundle)

    def _query(self, query_bundle: QueryBundle) -> Response | StreamingResponse:
        if self._streaming:
            return self._streamed(query_bundle)
        answer = self.assistant.ask(query_bundle.query_str, (), self._filters)
        return Response(self._told(answer), self._sources(answer), {"answer": answer})

    async def _aquery(self, query_bundle: QueryBundle) -> Response | AsyncStreamingResponse:
        if not self._streaming:
            found = await asyncio.to_thread(self._query, query_bundle)
            assert isinstance(found, Response)
            return found
        response = await asyncio.to_thread(self._streamed, query_bundle)
        return _awaited(response)

    def _streamed(self, query_bundle: QueryBundle) -> StreamingResponse:
        stream = self.assistant.stream(query_bundle.query_str, (), self._filters)
        sources: list[NodeWithScore] = []

        def pieces() -> Generator[str, None, None]:
            yield from stream
            sources.extend(self._sources(stream.answer))
            response.metadata = {"answer": stream.answer}
            if tail := self._told(stream.answer).removeprefix(stream.answer.text):
                yield tail

        response = StreamingResponse(pieces(), sources, {"answer": stream})
        return response

    def _told(self, answer: Answer) -> str:
        """Return the text, with what has to be told of it, and references if they are wanted."""
        papers = self.assistant.papers_of([answer])
        listed = export.listed(export.references(answer.citations, papers))
        notice = answer.notice if self._references or not answer.grounded else ""
        parts = [answer.text, notice, *(listed if self._references else ())]
        return "\n\n".join(part for part in parts if part)

    def _sources(self, answer: Answer) -> list[NodeWithScore]:
        scores = {hit.paper.id: hit.score for hit in answer.hits}
        papers = self.assistant.papers_of([answer])
        return [
            NodeWithScore(
                node=self._nodes.get(paper_id) or _node(papers[paper_id]),
                score=scores.get(paper_id),
            )
            for paper_id in dict.fromkeys(one.paper_id for one in answer.citations)
            if paper_id in papers
        ]


def _awaited(response: StreamingResponse) -> AsyncStreamingResponse:
    """Return a response whose pieces are awaited, each from a thread."""

    async def pieces() -> AsyncGenerator[str, None]:
        given: Any = response.response_gen
        try:
            while (piece := await asyncio.to_thread(next, given, None)) is not None:
                yield piece
            found.metadata = response.metadata
        finally:
            await asyncio.shield(asyncio.to_thread(given.close))

    found = AsyncStreamingResponse(pieces(), response.source_nodes, response.metadata)
    return found


def _node(paper: Paper) -> TextNode:
    shown = {"title": paper.title, "authors": ", ".join(paper.authors), "year": paper.year}
    return TextNode(
        id_=paper.id,
        text=f"{paper.title}\n\n{paper.abstract}",
        metadata={**shown, "url": paper.url},
        excluded_llm_metadata_keys=["url"],
        excluded_embed_metadata_keys=[*shown, "url"],
    )


def _paper(node: BaseNode) -> Paper:
    """Take a node for a paper."""
    text = node.get_content(metadata_mode=MetadataMode.NONE).strip()
    named = node.metadata
    title = next((str(named[name]) for name in _TITLES if named.get(name)), "")
    if not title:
        first = split(text)[1:2]
        title = first[0].text[:_LONGEST_TITLE] if first else node.node_id
    authors = named.get("authors") or named.get("author") or ()
    year = named.get("year")
    return Paper(
        id=node.node_id,
        title=title,
        abstract=text,
        authors=(authors,) if isinstance(authors, str) else tuple(map(str, authors)),
        year=year if isinstance(year, int) else None,
        url=str(named.get("url") or ""),
        source=str(named.get("file_name") or named.get("source") or ""),
    )
