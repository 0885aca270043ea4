"""The LlamaIndex query engine: our retriever, and a synthesizer that writes cited answers."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from llama_index.core.base.response.schema import Response, StreamingResponse
from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers.base import BaseSynthesizer
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag.citations import (
    MARKER,
    Anchor,
    Builder,
    Numbering,
    Piece,
    Reader,
    Source,
    is_no_answer,
)
from rag.embed import Embedder
from rag.errors import ModelError, ModelKeyError
from rag.extractive import Choice, Evidence, extract
from rag.lexicon import Lexicon, coverage
from rag.library import Library
from rag.llm import ANSWER_TOKENS, ChatModel, Reply
from rag.prompts import Prompt
from rag.readable import readable, without_controls
from rag.records import Answer, Hit, Support, Usage
from rag.retrieve import PaperRetriever
from rag.rhetoric import without_connective

# Below both, the papers have nothing to do with the question. Among the dev questions the nearest
# paper of an answerable one is at 0.25 or more, of an off-topic one at 0.18 or less, and a named
# thing the papers have gives a share of words of 0.3 and more.
WEAK_NEARNESS = 0.21
WEAK_WORDS = 0.15
CLOSEST = 3  # papers named when there is no answer
_CHARACTERS = 3.5  # a token, low on purpose: figures and formulae take more tokens than prose
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass
class Turn(QueryBundle):
    """A question of a conversation: the earlier answers, and whether to stream the text.

    ``custom_embedding_strs`` carries the question as it stands alone, which is what is searched.
    """

    history: tuple[Answer, ...] = ()
    streaming: bool = False


class AnswerStream:
    """The text of an answer as it comes; ``answer`` is there once it has been read to the end."""

    def __init__(self, parts: Generator[str, None, Answer]) -> None:
        self._parts = parts
        self._answer: Answer | None = None

    def __iter__(self) -> Iterator[str]:
        """Yield the text in pieces that join to ``answer.text``.

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
        self,
        library: Library,
        lexicon: Lexicon,
        embedder: Embedder,
        *,
        model: ChatModel | None,
        prompt: Prompt,
    ) -> None:
        # The base class would otherwise ask LlamaIndex's global settings for an OpenAI model.
        super().__init__(llm=MockLLM(), callback_manager=CallbackManager([]))
        self._library = library
        self._lexicon = lexicon
        self._embedder = embedder
        self._model = model
        self._prompt = prompt

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
        stream = AnswerStream(self._write(turn, nodes))
        if isinstance(turn, Turn) and turn.streaming:
            return StreamingResponse(iter(stream), sources, {"answer": stream})  # type: ignore[arg-type]
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

    # -- writing ---------------------------------------------------------------------------------

    def _write(
        self, turn: QueryBundle, nodes: Sequence[NodeWithScore]
    ) -> Generator[str, None, Answer]:
        history = turn.history if isinstance(turn, Turn) else ()
        case = self._case(turn, nodes, history)
        if not case.is_evidence:
            return (yield from _abstain(case))
        if self._model is None:
            return (yield from _extract(case))
        return (yield from self._ask_model(self._model, case))

    def _ask_model(self, model: ChatModel, case: _Case) -> Generator[str, None, Answer]:
        """Let the model write; whatever goes wrong on the way, an answer in the same shape."""
        sources = _sources(case, room=model.window - ANSWER_TOKENS, prompt=self._prompt)
        user = self._prompt.fill(sources=_lines(sources), question=case.asked)
        reply = model.reply(self._prompt.system, user)
        builder = Builder(Numbering.after(case.history))
        tally = _Tally()
        failure = ""
        try:
            yield from _read(reply, Reader(sources), builder, tally)
        except ModelKeyError:
            raise
        except ModelError as error:
            failure = str(error)
        usage = Usage(reply.input_tokens, reply.output_tokens, self._prompt.digest)
        if tally.refused and not failure:
            return (yield from _abstain(case, model=model.name, usage=usage))
        if not builder.claims:
            said = "cites no source sentence" if reply.text.strip() else "is empty"
            why = failure or f"the reply of {model.name} {said}"
            notice = f"Answered from the abstracts' own sentences, without the model: {why}."
            return (yield from _extract(case, notice=notice, usage=usage))
        if failure:
            tally.notes.append(f"the reply broke off: {failure}")
        return Answer(
            question=case.question,
            text=builder.text,
            grounded=True,
            mode="llm",
            model=model.name,
            claims=tuple(builder.claims),
            citations=tuple(builder.citations),
            hits=case.hits,
            usage=usage,
            notice=tally.notice(),
        )

    # -- evidence --------------------------------------------------------------------------------

    def _case(
        self, turn: QueryBundle, nodes: Sequence[NodeWithScore], history: tuple[Answer, ...]
    ) -> _Case:
        """Collect what is known for one question from the retrieved nodes.

        Works from the nodes' ids and scores alone, so that any LlamaIndex post-processor may have
        reordered or dropped some.
        """
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
        strong = [
            node
            for node in nodes
            if node.node.metadata.get("nearness", 1.0) >= WEAK_NEARNESS
            or node.node.metadata.get("words", 1.0) >= WEAK_WORDS
        ]
        background = nodes[0].node.metadata.get("background") if nodes else None
        return _Case(
            question=turn.query_str,
            query=query,
            history=history,
            evidence=tuple(evidence),
            hits=tuple(hits),
            is_evidence=bool(evidence and strong),
            background=background,
        )


def query_engine(retriever: PaperRetriever, synthesizer: CitedSynthesizer) -> RetrieverQueryEngine:
    """Join retriever and synthesizer to a LlamaIndex query engine."""
    return RetrieverQueryEngine(retriever, synthesizer, callback_manager=CallbackManager([]))


# -- one question --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Case:
    """A question with its evidence: ``query`` is how it stands alone, ``question`` as typed."""

    question: str
    query: str
    history: tuple[Answer, ...]
    evidence: tuple[Evidence, ...]
    hits: tuple[Hit, ...]
    is_evidence: bool
    background: float | None

    @property
    def asked(self) -> str:
        """The question as a model reads it."""
        question = _plain(self.question)
        if self.query == self.question or not self.history:
            return question
        return f"{question}\n(It follows the question: {_plain(self.history[-1].question)})"


@dataclass(slots=True)
class _Tally:
    """What had to be put right in a reply."""

    unknown: int = 0
    refused: bool = False
    notes: list[str] = field(default_factory=list)

    def notice(self) -> str:
        notes = list(self.notes)
        if self.unknown:
            notes.append(f"{self.unknown} made-up source ids were removed")
        return "; ".join(notes)


def _read(
    reply: Reply, reader: Reader, builder: Builder, tally: _Tally
) -> Generator[str, None, None]:
    """Read a reply sentence by sentence into the builder, yielding the text to show.

    Sentences without an anchor wait for the first one that has one, so that a reply that ignores
    the protocol shows nothing.
    """
    waiting: list[Piece] = []
    for delta in reply:
        for piece in reader.feed(without_controls(delta)):
            yield from _take(piece, waiting, builder, tally)
    for piece in reader.close():
        yield from _take(piece, waiting, builder, tally)


def _take(
    piece: Piece, waiting: list[Piece], builder: Builder, tally: _Tally
) -> Generator[str, None, None]:
    tally.unknown += len(piece.unknown)
    if is_no_answer(piece.text) and not piece.anchors:
        tally.refused = not builder.claims
        return
    waiting.append(piece)
    if not builder.claims and not piece.anchors:
        return
    while waiting:
        one = waiting.pop(0)
        support: Support = "partial" if one.anchors else "unsupported"
        yield builder.add(one.text, one.anchors, support, lead=one.lead or " ")


def _extract(
    case: _Case, *, notice: str = "", usage: Usage | None = None
) -> Generator[str, None, Answer]:
    """Answer with the abstracts' own sentences."""
    chosen = extract(case.question, case.evidence, background=case.background)
    builder = Builder(Numbering.after(case.history))
    several = len({choice.paper.id for choice in chosen}) > 1
    before: Choice | None = None
    for choice in chosen:
        new = before is None or before.paper.id != choice.paper.id
        lead = f"\n- {_name(readable(choice.paper.title))}: " if several and new else " "
        anchor = Anchor(choice.paper, choice.sentence)
        text = without_connective(choice.sentence.text) if new else choice.sentence.text
        yield builder.add(text, [anchor], "supported", lead=lead)
        before = choice
    return Answer(
        question=case.question,
        text=builder.text,
        grounded=True,
        mode="extractive",
        model="",
        claims=tuple(builder.claims),
        citations=tuple(builder.citations),
        hits=case.hits,
        usage=usage or Usage(),
        notice=notice,
    )


def _abstain(
    case: _Case, *, model: str = "", usage: Usage | None = None
) -> Generator[str, None, Answer]:
    """Say that the papers do not say, and which come closest."""
    closest = "; ".join(f"“{hit.paper.title}”" for hit in case.hits[:CLOSEST])
    text = "The papers in this library do not answer this."
    notice = f"Closest are {closest}." if closest else "The library holds no paper yet."
    yield text
    return Answer(
        question=case.question,
        text=text,
        grounded=False,
        mode="llm" if model else "extractive",
        model=model,
        hits=case.hits,
        usage=usage or Usage(),
        notice=notice,
    )


def _sources(case: _Case, *, room: int, prompt: Prompt) -> list[Source]:
    """Return as many papers, best first, as fit into ``room`` tokens with the prompt."""
    fixed = len(prompt.system) + len(prompt.user) + len(case.asked)
    left = room * _CHARACTERS - fixed
    sources: list[Source] = []
    for one in case.evidence:
        left -= sum(len(sentence.text) + 10 for sentence in one.sentences)
        if sources and left < 0:
            break
        sources.append(Source(one.paper, one.sentences, int(one.cosines.argmax())))
    return sources


def _lines(sources: Sequence[Source]) -> str:
    """Write the source sentences, each on its own line behind its id."""
    return "\n".join(
        f"[P{rank}.{sentence.index}] {_plain(sentence.text)}"
        for rank, source in enumerate(sources, 1)
        for sentence in source.sentences
    )


def _plain(text: str) -> str:
    """Make a text from outside safe inside a prompt: one line, no control codes, no fake ids."""
    one_line = " ".join(_CONTROL.sub(" ", text).split())
    return MARKER.sub(lambda m: re.sub(r"[Pp](?=\s?\d)", "P-", m.group()), one_line)


def _name(title: str) -> str:
    """Return what a paper is called: the part of its title before a colon, if that is short."""
    name, colon, _ = title.partition(":")
    return name.strip() if colon and len(name) <= 40 else title
