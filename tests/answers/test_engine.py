"""What the query engine collects for a question, from nodes that anybody may have retrieved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.answers.context import AnswerContext, AnswerParts
from rag.answers.engine import AnswerStream, CitedSynthesizer, Turn
from rag.answers.writing import Writer
from rag.library import Entry, Library, Term
from rag.records import Answer, Hit
from rag.search import Signals, Survey
from rag.search.late import Late, QuestionTokens
from rag.search.question import Question
from rag.search.retriever import PaperRetriever
from rag.text.words import content_words
from tests.support.evidence import entry, paper, towards

CORALS = paper("Corals", "Corals grow. Corals fade.")
WHALES = paper("Whales", "Whales sing.")
ENTRIES = {
    "corals": entry(CORALS, [towards(0.1), towards(0.9), towards(0.4)]),
    "whales": entry(WHALES, [towards(0.6), towards(0.2)]),
}
SURVEY = Survey(0.7, 0.9, 0.3, 0.5, 0.2, background=0.25)
EARLIER = Answer("What grows?", "Corals.", True, "extractive", "")


# -- turns ---------------------------------------------------------------------------------------

TURN = Turn("Why?", custom_embedding_strs=["Why do corals fade?"], history=(EARLIER,))


@pytest.mark.parametrize(
    ("query", "question", "alone", "embedding"),
    [
        pytest.param("Why?", "Why?", "Why?", None, id="text"),
        pytest.param(QueryBundle("Why?"), "Why?", "Why?", None, id="a bundle"),
        pytest.param(
            QueryBundle("Why?", custom_embedding_strs=["Why so?"], embedding=[1.0]),
            "Why?",
            "Why so?",
            [1.0],
            id="a bundle with all of it",
        ),
        pytest.param(
            QueryBundle("Why?", custom_embedding_strs=[]), "Why?", "Why?", None, id="empty"
        ),
    ],
)
def test_what_llama_index_hands_on_is_a_question_of_no_conversation(
    query: Any, question: str, alone: str, embedding: list[float] | None
) -> None:
    turn = Turn.of(query)
    assert (turn.query_str, turn.standing_alone, turn.embedding) == (question, alone, embedding)
    assert (turn.history, turn.streaming) == ((), False)


def test_a_turn_stays_what_it_is() -> None:
    assert Turn.of(TURN) is TURN
    assert (TURN.query_str, TURN.standing_alone) == ("Why?", "Why do corals fade?")


# -- what is known for a question ----------------------------------------------------------------


@dataclass
class House:
    """A library and a retriever, as far as they are asked."""

    fingerprint: str = "hand-made"
    embedded: list[str] = field(default_factory=list)
    lates: dict[str, Late] = field(default_factory=dict)
    compared: list[list[int]] = field(default_factory=list)
    by_words: bool = False

    def entries(self, ids: Sequence[str]) -> dict[str, Entry]:
        return {name: ENTRIES[name] for name in ids if name in ENTRIES}

    def terms(self, query: str) -> list[Term]:
        texts = [f"{one.paper.title} {one.paper.abstract}" for one in ENTRIES.values()]
        stems = [{stem for _, stem in content_words(text)} for text in texts]
        return [
            Term(word, stem, sum(stem in known for known in stems), 1.0)
            for word, stem in content_words(query)
        ]

    def read(self, text: str) -> Question:
        self.embedded.append(text)
        vector = np.array([1.0, 0.0], dtype=np.float32)
        tokens = None
        if self.lates:
            words = [word for word, _ in content_words(text)]
            places = np.array([text.casefold().find(word) for word in words])
            rows = np.ones((len(words), 2), dtype=np.float32)
            tokens = QuestionTokens.of(rows, words, self.terms(text), places)
        return Question(text, vector, tuple(self.terms(text)), tokens)

    def interact(self, question: Question, ids: Sequence[str]) -> dict[str, Late]:
        assert question.tokens is not None
        self.compared.append(sorted(question.tokens.places.tolist()))
        return {name: self.lates[name] for name in ids if name in self.lates}


class Echo:
    """Writes an answer that only tells the question."""

    def write(self, context: AnswerContext) -> AnswerParts:
        yield "So: "
        yield context.question
        return Answer(context.question, f"So: {context.question}", True, "extractive", "")


def synthesizer(house: House | None = None) -> CitedSynthesizer:
    mine = house or House()
    return CitedSynthesizer(cast(Library, mine), cast(PaperRetriever, mine), cast(Writer, Echo()))


def node(name: str, score: float | None, **metadata: Any) -> NodeWithScore:
    return NodeWithScore(node=TextNode(id_=name, text="x", metadata=metadata), score=score)


def ours(name: str, score: float) -> NodeWithScore:
    return node(name, score, reason=f"why {name}", **SURVEY.to_metadata())


def context(query: Any, *nodes: NodeWithScore, house: House | None = None) -> AnswerContext:
    return synthesizer(house).context(Turn.of(query), nodes)


def test_a_context_holds_evidence_hits_and_signals() -> None:
    found = context("Do corals sing?", ours("corals", 1.5), ours("whales", 0.5))
    assert (found.question, found.query, found.history) == ("Do corals sing?",) * 2 + ((),)
    assert [(one.paper, one.score, one.best) for one in found.evidence] == [
        (CORALS, 1.5, 1),
        (WHALES, 0.5, 0),
    ]
    assert found.evidence[0].relevance.tolist() == pytest.approx([0.1, 0.9, 0.4])
    assert found.hits == (
        Hit(CORALS, 1, 1.5, "why corals", "Corals grow."),
        Hit(WHALES, 2, 0.5, "why whales", "Whales"),
    )
    assert found.signals == Signals(0.7, 0.9, 0.3, unknown=0.0, names=0.0, tokens=0.5, least=0.2)
    assert (found.missing, found.background, found.fingerprint) == ((), 0.25, "hand-made")


def test_sentences_are_told_apart_token_by_token_where_there_are_tokens() -> None:
    telling = np.array([0.1, 0.2, 0.7], dtype=np.float32)
    house = House(lates={"corals": Late(0.5, 0.6, 0.4, 0.3, telling)})
    found = context("Do corals sing?", ours("corals", 1.5), ours("whales", 0.5), house=house)
    assert found.evidence[0].relevance is telling
    assert house.compared == [[3, 10]]  # the question is one, and has no sides
    assert found.hits[0].sentence == found.evidence[0].sentences[2].text
    assert found.evidence[1].best == 0  # no tokens: by its cosines


def test_the_parts_and_the_sides_of_a_question_are_compared_by_themselves() -> None:
    telling = np.array([0.1, 0.2, 0.7], dtype=np.float32)
    house = House(lates={"corals": Late(0.5, 0.6, 0.4, 0.3, telling)})
    question = "What do corals fade into, and what do whales sing?"
    found = context(question, ours("corals", 1.5), ours("whales", 0.5), house=house)
    assert house.compared == [[8, 15, 38, 45], [8, 15], [38, 45]]
    first, second = found.evidence
    assert first.parts is not None
    assert first.parts.tolist() == [telling.tolist()] * 2
    assert second.parts is None  # it has no tokens
    house.compared.clear()
    found = context("Compare corals with whales.", ours("corals", 1.5), house=house)
    assert house.compared == [[8, 20], [8], [20]]
    assert found.evidence[0].sides == (0.5, 0.5)


def test_what_is_named_and_nothing_else_leaves_no_sentence_nearer() -> None:
    named = paper("ReefNet: Corals", "Corals grow. Corals fade.")
    ENTRIES["reefnet"] = entry(named, [towards(0.1), towards(0.9), towards(0.4)])
    try:
        house = House(lates={"reefnet": Late(0.5, 0.6, 0.4, 0.3, np.ones(3, dtype=np.float32))})
        found = context("What is ReefNet?", ours("reefnet", 1.5), house=house)
    finally:
        del ENTRIES["reefnet"]
    assert found.evidence[0].relevance.tolist() == [0.0, 0.0, 0.0]


def test_a_name_that_a_paper_writes_in_another_way_is_not_missing() -> None:
    named = paper("M$^{2}$UGen: Corals", "Corals grow.")
    ENTRIES["m"] = entry(named, [towards(0.1), towards(0.9)])
    try:
        assert context("Does M2UGen sing?", ours("m", 1.5)).missing == ()
        assert context("Does M3UGen sing?", ours("m", 1.5)).missing == ("M3UGen",)
    finally:
        del ENTRIES["m"]


def test_removed_papers_are_ignored_and_the_others_ranked_anew() -> None:
    found = context("Why?", ours("gone", 2.0), ours("whales", 0.5))
    assert [(hit.paper.id, hit.rank) for hit in found.hits] == [("whales", 1)]
    assert [one.paper.id for one in found.evidence] == ["whales"]
    assert found.background == 0.25  # any node tells it, even one of a paper that is gone


def test_nodes_of_somebody_else_tell_no_signals() -> None:
    found = context("Do corals sing?", node("whales", None), node("corals", 1.5))
    assert (found.signals, found.background) == (None, None)
    assert [(hit.paper.id, hit.score, hit.reason) for hit in found.hits] == [
        ("whales", 0.0, ""),
        ("corals", 1.5, ""),
    ]
    assert found.is_answerable


def test_without_nodes_nothing_is_known() -> None:
    found = context("Do corals sing?")
    assert (found.evidence, found.hits, found.signals, found.background) == ((), (), None, None)
    assert not found.is_answerable


@pytest.mark.parametrize(
    ("question", "missing", "unknown", "names"),
    [
        pytest.param("Do squids fade?", ("squids",), 0.5, 0.0, id="a word"),
        pytest.param("Do squids of SeaNet fade?", ("SeaNet",), 2 / 3, 1.0, id="a name and a word"),
        pytest.param("Do corals fade?", (), 0.0, 0.0, id="nothing"),
    ],
)
def test_what_no_paper_has(
    question: str, missing: tuple[str, ...], unknown: float, names: float
) -> None:
    found = context(question, ours("corals", 1.0))
    assert found.missing == missing
    assert found.signals is not None
    assert found.signals.unknown == pytest.approx(unknown)
    assert found.signals.names == names


def test_a_follow_up_is_answered_by_itself_and_known_by_all_of_it() -> None:
    house = House()
    turn = Turn(
        "Do they fade?", custom_embedding_strs=["Do they fade? Squids"], embedding=[0.0, 1.0]
    )
    found = context(turn, ours("corals", 1.0), house=house)
    assert house.embedded == ["Do they fade?"]
    assert (found.question, found.query) == ("Do they fade?", "Do they fade? Squids")
    assert found.missing == ("squids",)
    assert found.evidence[0].coverage.shape == (3, 1)  # a column a word of the follow-up


def test_a_follow_up_without_a_word_of_its_own_is_answered_as_it_stands_alone() -> None:
    house = House()
    turn = Turn("Why?", custom_embedding_strs=["Why? Corals fade"], embedding=[0.6, 0.8])
    found = context(turn, ours("corals", 1.0), house=house)
    assert house.embedded == ["Why? Corals fade"]
    assert found.evidence[0].coverage.shape == (3, 2)


# -- answers -------------------------------------------------------------------------------------


def test_a_response_carries_the_answer_and_its_sources() -> None:
    node_of_ours = ours("corals", 1.0)
    response = synthesizer().synthesize("Why?", [node_of_ours])
    assert response.response == "So: Why?"
    assert response.metadata["answer"].text == "So: Why?"
    assert response.source_nodes == [node_of_ours]


def test_a_streaming_turn_comes_in_pieces() -> None:
    response = synthesizer().synthesize(Turn("Why?", streaming=True), [])
    assert list(response.response_gen) == ["So: ", "Why?"]
    assert response.metadata["answer"].answer.text == "So: Why?"


def test_the_answer_of_a_stream_reads_the_rest() -> None:
    stream = AnswerStream(Echo().write(context("Why?")))
    pieces = iter(stream)
    assert next(pieces) == "So: "
    assert stream.answer.text == "So: Why?"
    assert stream.answer is stream.answer


def test_bare_text_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="call synthesize"):
        synthesizer().get_response("Why?", ["text"])


def test_a_form_of_a_function_word_is_no_word_to_miss() -> None:
    assert context("What lets corals flicker?", ours("corals", 0.9)).missing == ("flicker",)
