"""The LlamaIndex query engine: our retriever, and a synthesizer that writes cited answers."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from llama_index.core.base.response.schema import Response, StreamingResponse
from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers.base import BaseSynthesizer
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag.answers.writing import Case, Parts, Writer
from rag.library import Lexicon, Library, Term, coverage
from rag.models import Embedder
from rag.records import Answer, Hit
from rag.search import Evidence, PaperRetriever, Signals, unknown_names, unknown_share


@dataclass
class Turn(QueryBundle):
    """A question of a conversation: the earlier answers, and whether to stream the text.

    ``custom_embedding_strs`` carries the question as it stands alone, which is what is searched.
    """

    history: tuple[Answer, ...] = ()
    streaming: bool = False


class AnswerStream:
    """The text of an answer as it comes; ``answer`` is there once it has been read to the end."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._answer: Answer | None = None

    def __iter__(self) -> Generator[str, None, None]:
        """Yield the text in pieces that join to ``answer.text``; closing it stops the model.

        Raises:
            ModelKeyError: the endpoint refuses the key.
        """
        self._answer = yield from self._parts

    @property
    def answer(self) -> Answer:
        """The finished answer; reads the rest of the text first if need be."""
        if self._answer is None:
            for _ in self:
                pass
        assert self._answer is not None
        return self._answer


class CitedSynthesizer(BaseSynthesizer):
    """Writes answers whose every sentence cites the sentences it rests on.

    The response's ``metadata["answer"]`` is the ``Answer``; for a streaming turn it is the
    ``AnswerStream``.
    """

    def __init__(
        self, library: Library, lexicon: Lexicon, embedder: Embedder, writer: Writer
    ) -> None:
        # The base class would otherwise ask LlamaIndex's global settings for an OpenAI model.
        super().__init__(llm=MockLLM(), callback_manager=CallbackManager([]))
        self._library = library
        self._lexicon = lexicon
        self._embedder = embedder
        self.writer = writer

    def synthesize(
        self,
        query: Any,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,
    ) -> Any:
        """Answer a query from retrieved papers."""
        turn = query if isinstance(query, QueryBundle) else QueryBundle(str(query))
        sources = [*nodes, *(additional_source_nodes or ())]
        stream = AnswerStream(self.writer.write(self.case(turn, nodes)))
        if isinstance(turn, Turn) and turn.streaming:
            return StreamingResponse(iter(stream), sources, {"answer": stream})
        return Response(stream.answer.text, sources, {"answer": stream.answer})

    async def asynthesize(
        self,
        query: Any,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,
    ) -> Any:
        """Answer a query; the work itself is synchronous."""
        return self.synthesize(query, nodes, additional_source_nodes, **response_kwargs)

    def get_response(self, query_str: str, text_chunks: Sequence[str], **kwargs: Any) -> str:
        """Refuse: an answer needs papers and their sentences, not bare text."""
        raise NotImplementedError("CitedSynthesizer works on nodes; call synthesize()")

    async def aget_response(self, query_str: str, text_chunks: Sequence[str], **kwargs: Any) -> str:
        """Refuse, as ``get_response`` does."""
        return self.get_response(query_str, text_chunks)

    def _get_prompts(self) -> dict[str, Any]:
        return {}

    def _update_prompts(self, prompts: Any) -> None:
        pass

    def case(self, turn: QueryBundle, nodes: Sequence[NodeWithScore]) -> Case:
        """Collect what is known for one question from the retrieved nodes.

        Works from the nodes' ids and scores alone, so that any LlamaIndex post-processor may have
        reordered or dropped some.
        """
        history = turn.history if isinstance(turn, Turn) else ()
        query = turn.embedding_strs[0] if turn.embedding_strs else turn.query_str
        # A follow-up is searched for together with what it follows, and answered by itself: the
        # words of the earlier question would lead to the sentence that answered that one.
        asked = turn.query_str if self._lexicon.terms(turn.query_str) else query
        if turn.embedding is None or asked != query:
            vector = self._embedder.embed([asked])[0]
        else:
            vector = np.asarray(turn.embedding, dtype=np.float32)
        entries = self._library.entries([n.node.node_id for n in nodes])
        terms = self._lexicon.terms(asked)
        evidence: list[Evidence] = []
        hits: list[Hit] = []
        for node in nodes:
            entry = entries.get(node.node.node_id)
            if entry is None:  # removed since it was retrieved
                continue
            paper, sentences = entry.paper, entry.sentences
            shares = coverage(terms, paper.title, [sentence.text for sentence in sentences])
            cosines = entry.vectors.sentences @ vector
            evidence.append(
                Evidence(
                    paper,
                    sentences,
                    float(node.score or 0.0),
                    cosines,
                    np.asarray(shares, dtype=np.float32),
                    entry.vectors.sentences,
                )
            )
            best = sentences[int(cosines.argmax())].text
            reason = str(node.node.metadata.get("reason", ""))
            hits.append(Hit(paper, len(hits) + 1, float(node.score or 0.0), reason, best))
        known = self._lexicon.terms(query)
        return Case(
            question=turn.query_str,
            query=query,
            history=history,
            evidence=tuple(evidence),
            hits=tuple(hits),
            signals=_signals(query, known, nodes),
            missing=tuple(unknown_names(query, known) or _unknown_words(known)),
            background=nodes[0].node.metadata.get("background") if nodes else None,
            fingerprint=self._library.fingerprint,
        )


def query_engine(retriever: PaperRetriever, synthesizer: CitedSynthesizer) -> RetrieverQueryEngine:
    """Join retriever and synthesizer to a LlamaIndex query engine."""
    return RetrieverQueryEngine(retriever, synthesizer, callback_manager=CallbackManager([]))


def _signals(query: str, terms: Sequence[Term], nodes: Sequence[NodeWithScore]) -> Signals | None:
    """Return what our retriever noted on the nodes; None for nodes of somebody else's."""
    seen = nodes[0].node.metadata if nodes else {}
    if "best_nearness" not in seen:
        return None
    return Signals(
        nearness=seen["best_nearness"],
        sentence=seen["best_sentence"],
        bm25_share=seen["best_words"],
        unknown=unknown_share(terms),
        names=float(bool(unknown_names(query, terms))),
    )


def _unknown_words(terms: Sequence[Term]) -> list[str]:
    return [term.word for term in terms if not term.papers]
