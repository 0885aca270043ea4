"""The LlamaIndex query engine: our retriever, and a synthesizer that writes cited answers."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from llama_index.core.base.response.schema import Response, StreamingResponse
from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers.base import BaseSynthesizer
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag.answers.asked import read
from rag.answers.context import AnswerContext, AnswerParts
from rag.answers.gathering import gather
from rag.answers.writing import Writer
from rag.library import Filters, Library, Term
from rag.records import Answer, Hit
from rag.search import Evidence, PaperRetriever, Signals, Survey, unknown_names
from rag.text.coined import plain_name
from rag.text.notices import joined
from rag.text.words import STOP_WORDS


@dataclass
class Turn(QueryBundle):
    """A question of a conversation: the earlier answers, and how the text shall be written.

    ``custom_embedding_strs`` carries the question as it stands alone, since that is the text of a
    ``QueryBundle`` that LlamaIndex's retrievers search for.
    """

    history: tuple[Answer, ...] = ()
    streaming: bool = False
    extractive: bool = False  # no model writes, where there is one
    filters: Filters | None = None
    limited: str = ""  # what the question itself says of which papers are looked at
    rest: str = ""  # the question without the author and venue that it is limited to
    read_as: str = ""  # the question with what was read into it, where that is something
    offers: tuple[str, ...] = ()  # questions that it may have been meant as
    translated: str = ""  # the question in the papers' language, where it is in another

    @classmethod
    def of(cls, query: Any) -> Turn:
        """Take what LlamaIndex hands on as a question of no conversation."""
        if isinstance(query, cls):
            return query
        if isinstance(query, QueryBundle):
            alone = query.custom_embedding_strs
            return cls(query.query_str, query.image_path, alone, query.embedding)
        return cls(str(query))

    @property
    def standing_alone(self) -> str:
        """The question as it would be asked without what came before."""
        return self.embedding_strs[0] if self.embedding_strs else self.query_str


class AnswerStream:
    """The text of an answer as it comes; ``answer`` is there once it has been read to the end."""

    def __init__(self, parts: AnswerParts) -> None:
        self._parts = parts
        self._answer: Answer | None = None

    def __iter__(self) -> Generator[str, None, None]:
        """Yield the text in pieces that join to ``answer.text``; closing it stops the model.

        Raises:
            ModelKeyError: the endpoint refuses the key.
        """
        self._answer = yield from self._parts

    @property
    def is_done(self) -> bool:
        """Whether it has been read to the end."""
        return self._answer is not None

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

    def __init__(self, library: Library, retriever: PaperRetriever, writer: Writer) -> None:
        # The base class would otherwise ask LlamaIndex's global settings for an OpenAI model.
        super().__init__(llm=MockLLM(), callback_manager=CallbackManager([]))
        self._library = library
        self._retriever = retriever
        self.writer = writer

    def synthesize(
        self,
        query: Any,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,
    ) -> Any:
        """Answer a query from retrieved papers."""
        turn = Turn.of(query)
        sources = [*nodes, *(additional_source_nodes or ())]
        writer = replace(self.writer, model=None) if turn.extractive else self.writer
        stream = AnswerStream(_under(turn, writer.write(self.context(turn, nodes))))
        if turn.streaming:
            return StreamingResponse(iter(stream), sources, {"answer": stream})
        return Response(stream.answer.text, sources, {"answer": stream.answer})

    async def asynthesize(
        self,
        query: Any,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,
    ) -> Any:
        """Answer a query in a thread, since the work itself is synchronous."""
        return await asyncio.to_thread(
            self.synthesize, query, nodes, additional_source_nodes, **response_kwargs
        )

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

    def context(self, turn: Turn, nodes: Sequence[NodeWithScore]) -> AnswerContext:
        """Collect what is known for one question, from the nodes' ids, scores and survey alone."""
        query = turn.standing_alone
        known = self._retriever.terms(query)
        entries = self._library.entries([node.node.node_id for node in nodes])
        kept = [node for node in nodes if node.node.node_id in entries]  # the others were removed
        # A follow-up is searched for together with what it follows, and answered by itself: the
        # words of the earlier question would lead to the sentence that answered that one.
        itself = turn.translated or turn.rest or turn.query_str
        alone = itself if self._retriever.terms(itself) else query
        asked = read(alone, about=query)
        evidence = gather(
            asked,
            self._retriever,
            [entries[node.node.node_id] for node in kept],
            [float(node.score or 0.0) for node in kept],
        )
        hits = [
            Hit(one.paper, rank, one.score, reason, one.sentences[one.best].text)
            for rank, (one, node) in enumerate(zip(evidence, kept, strict=True), 1)
            for reason in [str(node.node.metadata.get("reason", ""))]
        ]
        survey = Survey.from_metadata(nodes[0].node.metadata) if nodes else None
        return AnswerContext(
            question=turn.query_str,
            asked_for=asked,
            query=query,
            history=turn.history,
            evidence=tuple(evidence),
            hits=tuple(hits),
            signals=Signals.of(survey, known, query) if survey else None,
            missing=tuple(_missing(query, known, evidence)),
            background=survey.background if survey else None,
            fingerprint=self._library.fingerprint,
            filtered=turn.filters is not None,
            limited=turn.limited,
            translated=turn.translated,
            by_words=survey.by_words if survey else self._retriever.by_words,
        )


def _under(turn: Turn, parts: AnswerParts) -> AnswerParts:
    """Let an answer say as what it was read, and which papers alone were looked at."""
    answer = yield from parts
    answer = replace(answer, read_as=turn.read_as)
    if turn.offers:
        told = f"Did you mean: {' '.join(turn.offers)}"
        follow_ups = tuple(dict.fromkeys([*turn.offers, *answer.follow_ups]))
        answer = replace(answer, notice=joined(answer.notice, told), follow_ups=follow_ups)
    if turn.filters is None:
        return answer
    given = turn.filters.given()
    return replace(answer, limits=given) if turn.limited else replace(answer, filters=given)


def _missing(query: str, known: Sequence[Term], evidence: Sequence[Evidence]) -> list[str]:
    """Return the names, else the words, of a question that no paper has.

    A name that a retrieved paper has for its own, written in another way, is there; a form of a
    word that means nothing by itself ("lets") is no word to miss.
    """
    own = {plain_name(name) for one in evidence for name in one.names}
    names = unknown_names(query, known)
    missing = [name for name in names if plain_name(name) not in own]
    words = [term for term in known if not term.papers and term.stem not in STOP_WORDS]
    return missing or ([] if names else [term.word for term in words])


def query_engine(retriever: PaperRetriever, synthesizer: CitedSynthesizer) -> RetrieverQueryEngine:
    """Join retriever and synthesizer to a LlamaIndex query engine."""
    return RetrieverQueryEngine(retriever, synthesizer, callback_manager=CallbackManager([]))
