"""The drop-ins for LlamaIndex: a retriever, a query engine, a tool, and nodes of another index."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from llama_index.core import VectorStoreIndex
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import ResponseMode, get_response_synthesizer
from llama_index.core.schema import TextNode

from rag import Answer, Assistant, CitedRagQueryEngine, CitedRagRetriever, Settings
from tests.support.looping import run, ticks_while

QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"
NODES = [
    TextNode(
        id_="n1",
        text="Nets of nylon catch fish in rivers. They last for ten years.",
        metadata={"title": "Nets of nylon", "year": 2001, "url": "https://example.org/nets"},
    ),
    TextNode(id_="n2", text="Lobsters live in cold water. A lobster trap is made of wood."),
]


def test_the_retriever_takes_the_place_of_another(seeded: Assistant) -> None:
    retriever = CitedRagRetriever(seeded, k=3)
    nodes = retriever.retrieve(QUESTION)
    assert [one.node.node_id for one in nodes] == [
        hit.paper.id for hit in seeded.search(QUESTION, 3)
    ]
    assert "dual masking" in nodes[0].text
    assert nodes[0].node.metadata["title"].startswith("VideoMAE V2")
    only = {"ids": [nodes[2].node.node_id]}
    assert len(CitedRagRetriever(seeded, filters=only).retrieve(QUESTION)) == 1
    theirs = RetrieverQueryEngine(
        retriever,
        get_response_synthesizer(llm=MockLLM(max_tokens=5), response_mode=ResponseMode.COMPACT),
    )
    assert theirs.query(QUESTION).source_nodes == nodes


def test_the_query_engine_answers_with_citations(seeded: Assistant) -> None:
    response = CitedRagQueryEngine(seeded).query(QUESTION)
    answer = (response.metadata or {})["answer"]
    assert isinstance(answer, Answer)
    assert str(response) == answer.text
    assert "[1]" in answer.text
    (source,) = response.source_nodes
    assert source.node.node_id == answer.citations[0].paper_id
    assert (source.score or 0) > 0


def test_it_streams(seeded: Assistant) -> None:
    response: Any = CitedRagQueryEngine(seeded, streaming=True).query(QUESTION)
    text = "".join(response.response_gen)
    assert text == response.metadata["answer"].text
    assert len(response.source_nodes) == 1


def test_a_refusal_says_why(seeded: Assistant) -> None:
    response = CitedRagQueryEngine(seeded).query("How are goldfish fed in winter on the moon?")
    assert "do not answer this" in str(response)
    assert "Closest are" in str(response)
    assert response.source_nodes == []


def test_nothing_of_it_blocks_the_loop(seeded: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    search, ask = seeded.search, seeded.ask

    def slow_search(*args: Any, **kwargs: Any) -> Any:
        time.sleep(0.3)
        return search(*args, **kwargs)

    def slow_ask(*args: Any, **kwargs: Any) -> Any:
        time.sleep(0.3)
        return ask(*args, **kwargs)

    monkeypatch.setattr(seeded, "search", slow_search)
    monkeypatch.setattr(seeded, "ask", slow_ask)

    engine = CitedRagQueryEngine(seeded)
    calls: list[Callable[[], Any]] = [
        lambda: CitedRagRetriever(seeded).aretrieve(QUESTION),
        lambda: engine.aquery(QUESTION),
        lambda: engine.as_tool().acall(QUESTION),
    ]
    for call in calls:
        assert run(ticks_while(call())) > 10


def test_it_streams_for_a_loop(seeded: Assistant) -> None:
    async def read() -> tuple[str, Any]:
        engine = CitedRagQueryEngine(seeded, streaming=True)
        response: Any = await engine.aquery(QUESTION)
        text = "".join([piece async for piece in response.async_response_gen()])
        return text, response.metadata["answer"]

    text, answer = run(read())
    assert text == answer.text


def test_an_agent_gets_the_references(seeded: Assistant) -> None:
    tool = CitedRagQueryEngine(seeded).as_tool(name="papers")
    assert tool.metadata.name == "papers"
    output = tool.call(QUESTION)
    assert "\n\n[1] VideoMAE V2: Scaling Video Masked Autoencoders" in output.content
    assert run(tool.acall(QUESTION)).content == output.content


def test_the_nodes_of_another_index_are_answered_from(tmp_path: Path) -> None:
    index = VectorStoreIndex(NODES, embed_model=MockEmbedding(embed_dim=8))
    nodes = [*index.docstore.docs.values()]
    settings = Settings(home=tmp_path / "library", seeds="")
    engine = CitedRagQueryEngine.from_nodes(nodes, settings)
    response = engine.query("How long do nets of nylon last?")
    answer = (response.metadata or {})["answer"]
    assert answer.citations[0].sentence == "They last for ten years."
    assert answer.citations[0].url == "https://example.org/nets"
    assert [one.node for one in response.source_nodes] == [NODES[0]]
    assert engine.assistant.paper("n2").title == "Lobsters live in cold water."
    engine.close()
    again = CitedRagQueryEngine.from_nodes(nodes, settings)
    assert len(again.assistant.papers()) == 2
    again.close()
