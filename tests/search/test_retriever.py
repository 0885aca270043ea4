"""Search: score fusion, filters, reasons, and its use as anybody's LlamaIndex retriever."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers.no_text import NoText
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag import Assistant
from rag.errors import InputError, QuestionError
from rag.library import Embedded, Entry, Filters
from rag.library.vectors import Vectors
from rag.records import Paper
from rag.search import retriever as retrieve
from rag.search.fusion import fuse
from rag.text.sentences import split
from tests.support.seeds import seed_pairs


def entry(name: str, chunk: float, sentence: float) -> Entry:
    """A paper whose chunk and best sentence have these cosines to the first axis."""

    def towards(cosine: float) -> list[float]:
        return [cosine, float(np.sqrt(1 - cosine**2))]

    paper = Paper(name, f"Title {name}", "One. Two.")
    rows = np.array([towards(0.0), towards(sentence), towards(0.0)], dtype=np.float32)
    chunks = np.array([towards(chunk)], dtype=np.float32)
    return Entry(paper, split(paper.abstract, title=paper.title), Embedded(chunks, rows))


AXIS = np.array([1.0, 0.0], dtype=np.float32)


def order(entries: list[Entry], words: dict[str, float]) -> list[str]:
    return [found.entry.paper.id for found in fuse(entries, AXIS, words, most=9)]


def test_fusion_weighs_both_grains_and_words() -> None:
    near, far = entry("near", 0.6, 0.5), entry("far", 0.3, 0.2)
    assert order([far, near], {}) == ["near", "far"]
    assert order([far, near], {"far": 0.9}) == ["far", "near"]
    assert order([far, near], {"far": 0.1}) == ["near", "far"]
    sharp, broad = entry("sharp", 0.4, 0.9), entry("broad", 0.5, 0.5)
    assert order([broad, sharp], {}) == ["sharp", "broad"]


def test_fusion_gives_its_formula() -> None:
    (found,) = fuse([entry("a", 0.6, 0.25)], AXIS, {"a": 0.4}, most=9)
    assert found.nearness == pytest.approx((0.6 + 0.25) / 2)
    assert found.score == pytest.approx(1.0 + 0.4)


def test_ties_are_broken_the_same_way_every_time() -> None:
    twins = [entry("b", 0.5, 0.5), entry("a", 0.5, 0.5)]
    assert order(twins, {}) == order(twins[::-1], {}) == ["a", "b"]
    assert fuse([], AXIS, {}, most=9) == []


def test_a_name_and_a_number_find_their_paper(seeded: Assistant) -> None:
    for query, title in (
        ("LookupViT", "LookupViT"),
        ("90.94% top-1", "Model soups"),
        ("M2UGen music", "M$^{2}$UGen"),
    ):
        assert seeded.search(query, k=1)[0].paper.title.startswith(title)


def test_other_words_find_it_too(seeded: Assistant) -> None:
    found = seeded.search("comparing a sentence with the moments of a clip it talks about", k=3)
    assert any(hit.paper.title.startswith("X-Pool") for hit in found)


def test_hits_say_why(seeded: Assistant) -> None:
    hits = seeded.search("dual masking decoder", k=4)
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    first = hits[0]
    assert first.paper.title.startswith("VideoMAE V2")
    assert first.sentence in (first.paper.title, *_sentences(first.paper))
    assert first.reason.startswith("shares decoder, dual, masking")
    assert "%" not in first.reason


def _sentences(paper: Paper) -> list[str]:
    return [sentence.text for sentence in split(paper.abstract)]


def test_all_papers_can_be_asked_for(seeded: Assistant) -> None:
    assert len(seeded.search("vision transformers", k=500)) == 95


def test_chroma_finds_what_an_exact_search_finds(
    seeded: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = ["dual masking decoder", "post-training quantization", "video quality metrics"]
    exact = [[hit.paper.id for hit in seeded.search(query, k=8)] for query in queries]
    monkeypatch.setattr(retrieve, "EXACT", 0)
    asked: list[int] = []
    nearest = Vectors.nearest

    def counted(self: Vectors, vector: Any, k: int, *, sequence: int | None = None) -> Any:
        asked.append(k)
        return nearest(self, vector, k, sequence=sequence)

    monkeypatch.setattr(Vectors, "nearest", counted)
    assert [[hit.paper.id for hit in seeded.search(query, k=8)] for query in queries] == exact
    assert asked == [2 * retrieve.CANDIDATES] * 3


# -- filters -------------------------------------------------------------------------------------

PAPER = Paper("p", "t", "a", ("Ann Lee", "Bo Li"), 2021, "NeurIPS", source="x.jsonl")


@pytest.mark.parametrize(
    ("given", "keeps"),
    [
        ({"year": 2021}, True),
        ({"year": 2020}, False),
        ({"year_from": 2021, "year_to": 2021}, True),
        ({"year_from": 2022}, False),
        ({"year_to": 2020}, False),
        ({"author": "lee"}, True),
        ({"author": "Smith"}, False),
        ({"venue": "neurips", "author": "bo"}, True),
        ({"venue": "cvpr", "author": "bo"}, False),
        ({"source": "x.js"}, True),
        ({"ids": ["p", "q"]}, True),
        ({"ids": ["q"]}, False),
    ],
    ids=str,
)
def test_filters(given: dict[str, Any], keeps: bool) -> None:
    filters = Filters.parse(given)
    assert filters is not None
    assert filters.keep(PAPER) is keeps


def test_a_paper_without_a_year_is_in_no_range() -> None:
    assert not Filters(year_from=1900).keep(Paper("p", "t", "a"))


def test_filters_look_beyond_the_first_candidates(seeded: Assistant) -> None:
    least = seeded.search("video generation", k=95)[-1].paper.id
    found = seeded.search("video generation", k=3, filters={"ids": [least]})
    assert [hit.paper.id for hit in found] == [least]
    assert seeded.search("video", filters={"year": 1990}) == []


def test_an_unknown_filter_is_refused(seeded: Assistant) -> None:
    with pytest.raises(InputError, match=r"colour.*year_from"):
        seeded.search("video", filters={"colour": "red"})
    with pytest.raises(InputError, match="1 or more"):
        seeded.search("video", k=0)


# -- bad questions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("x" * 100_000, "100,000 characters"),
        ("what is the of and", "no word to look for"),
        ("?!… --", "is empty"),
        ("\x00\x1b[\x08", "is empty"),
    ],
    ids=["nothing", "blank", "endless", "stop words", "marks", "controls"],
)
def test_questions_that_cannot_be_asked(seeded: Assistant, question: str, part: str) -> None:
    for act in (seeded.ask, seeded.search, seeded.stream):
        with pytest.raises(QuestionError, match=part) as caught:
            act(question)
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "question",
    ['title:"x" AND (', "量子化", "a\x00b vision", "SELECT * FROM papers; --", "🦙🦙 video"],
)
def test_odd_questions_are_just_questions(seeded: Assistant, question: str) -> None:
    assert seeded.search(question, k=2)
    assert seeded.ask(question).question == question


def test_an_empty_library_finds_nothing_and_answers_nothing(empty: Assistant) -> None:
    assert empty.search("video") == []
    answer = empty.ask("What about video?")
    assert (answer.grounded, answer.citations, answer.hits) == (False, (), ())
    assert "no paper yet" in answer.notice


# -- in LlamaIndex programs ----------------------------------------------------------------------


def test_the_retriever_works_in_another_query_engine(seeded: Assistant) -> None:
    engine = RetrieverQueryEngine(seeded.retriever(), NoText(llm=MockLLM()))
    nodes = engine.query("text-to-video retrieval").source_nodes
    assert len(nodes) == seeded.settings.papers
    assert [node.score for node in nodes] == sorted((n.score or 0 for n in nodes), reverse=True)
    titles = {title for title, _ in seed_pairs()}
    assert {node.metadata["title"] for node in nodes} <= titles
    assert "reason" not in nodes[0].node.get_content(metadata_mode="llm")  # type: ignore[arg-type]


def test_a_given_embedding_is_used(seeded: Assistant) -> None:
    vector = seeded.embedder.embed(["quantization of transformers"])[0].tolist()
    nodes = seeded.retriever().retrieve(QueryBundle("zzz unheard", embedding=vector))
    assert "uanti" in nodes[0].metadata["title"]


def test_the_query_engine_accepts_reordered_nodes(seeded: Assistant) -> None:
    engine: Any = seeded.query_engine()
    nodes: list[NodeWithScore] = engine.retrieve(QueryBundle("quantization of transformers"))
    response = engine.synthesize(QueryBundle("quantization of transformers"), nodes[::-1][:3])
    answer = response.metadata["answer"]
    assert [hit.paper.id for hit in answer.hits] == [n.node.node_id for n in nodes[::-1][:3]]
