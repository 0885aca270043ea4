"""Choosing papers and sentences without a model."""

from __future__ import annotations

import numpy as np
import pytest

from rag.answers.extractive import choose_papers, extract
from rag.records import Paper
from rag.search.evidence import Evidence
from rag.search.query import Scope, scope
from rag.text.sentences import split


def evidence(
    name: str,
    score: float,
    abstract: str = "We propose a thing. It gains 3 points.",
    relevance: list[float] | None = None,
) -> Evidence:
    sentences = split(abstract, title=f"Title {name}")
    count = len(sentences)
    return Evidence(
        paper=Paper(name, f"Title {name}", abstract),
        sentences=sentences,
        score=score,
        relevance=np.array(relevance or [0.3] * count, dtype=np.float32),
        coverage=np.zeros((count, 1), dtype=np.float32),
    )


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("How does VideoMAE V2 cut the cost of pre-training?", "fact"),
        ("What is the accuracy on ImageNet?", "fact"),
        ("Which paper introduced WebVid-2M?", "fact"),
        ("Explain early exiting", "fact"),
        ("Which papers use diffusion?", "survey"),
        ("What metrics are there for generated video?", "survey"),
        ("methods for pruning", "survey"),
        ("How do DiST and ViViT differ?", "compare"),
        ("Compare model soups with continual merging", "compare"),
        ("Two methods avoid back-propagation; how?", "compare"),
        ("masked autoencoders for video", "phrase"),
        ("comparing a sentence with parts of a clip", "phrase"),
    ],
)
def test_scope(question: str, wanted: Scope) -> None:
    assert scope(question) == wanted


def chosen(question: str, scores: list[float]) -> int:
    papers = [evidence(chr(97 + i), score) for i, score in enumerate(scores)]
    return len(choose_papers(question, papers, background=0.5))


def test_a_fact_comes_from_the_paper_that_leads() -> None:
    assert chosen("What does X do?", [1.5, 1.0, 0.9]) == 1
    assert chosen("What does X do?", [1.5, 1.48, 0.9]) == 2


def test_a_survey_takes_all_that_lead_the_background() -> None:
    assert chosen("Which papers do X?", [1.5, 1.2, 0.9, 0.6]) == 3
    assert chosen("Which papers do X?", [1.5] * 30) == 8


def test_a_longer_phrase_is_about_fewer_papers() -> None:
    scores = [1.5, 1.2, 1.0, 0.9]
    short = chosen("video generation", scores)
    long = chosen(
        "slimming windowed transformers by cutting weak connections cheaply without any data",
        scores,
    )
    assert short > long == 1


def test_named_things_are_each_compared() -> None:
    papers = [
        evidence("a", 1.5, "We propose AlphaNet. It is good."),
        evidence("b", 1.4, "We propose nothing much. It is bad."),
        evidence("c", 0.9, "We propose BetaNet2. It is better."),
        evidence("d", 0.8, "We propose GammaNet. It is so."),
    ]
    chosen = choose_papers("How do AlphaNet and BetaNet2 differ?", papers, background=0.5)
    assert [one.paper.id for one in chosen] == ["a", "c"]


def test_nothing_comes_from_nothing() -> None:
    assert choose_papers("What?", []) == []
    assert extract("What?", []) == []


def sentences_of(question: str, *papers: Evidence) -> list[str]:
    return [choice.sentence.text for choice in extract(question, papers)]


def test_the_contribution_beats_the_background() -> None:
    text = "However, tracking is slow. We propose FastTrack, a small tracker. Code is available."
    one = evidence("a", 1.0, text, relevance=[0.5, 0.55, 0.5, 0.55])
    assert sentences_of("What helps tracking?", one)[0].startswith("We propose")


def test_a_question_about_problems_gets_the_problem() -> None:
    text = "However, tracking is slow. We propose FastTrack, a small tracker."
    one = evidence("a", 1.0, text, relevance=[0.3, 0.62, 0.45])
    assert sentences_of("What is wrong with tracking?", one)[0].startswith("However")


def test_a_question_for_a_figure_gets_a_figure() -> None:
    text = "We propose FastTrack, a small tracker. It tracks objects at 10 FPS."
    one = evidence("a", 1.0, text, relevance=[0.2, 0.5, 0.45])
    assert "10 FPS" in " ".join(sentences_of("How fast does it track?", one))


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        pytest.param("How many objects does it track?", True, id="how many"),
        pytest.param("Which frame rate does it have?", True, id="a word between"),
        pytest.param("What is the error of it?", True, id="is the"),
        pytest.param("How few times does it run?", True, id="how many times"),
        pytest.param("How does it track?", False, id="how"),
        pytest.param("What method does it use?", False, id="another noun"),
        pytest.param("Is its accuracy good?", False, id="accuracy by itself"),
    ],
)
def test_questions_for_a_figure(question: str, asks: bool) -> None:
    text = "We propose FastTrack, a small tracker. It tracks objects at 10 FPS."
    one = evidence("a", 1.0, text, relevance=[0.2, 0.6, 0.3])
    assert ("10 FPS" in " ".join(sentences_of(question, one))) is asks


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        pytest.param("What limitations has it?", True, id="limitations"),
        pytest.param("Why is it used?", True, id="why"),
        pytest.param("What difficulty is there?", True, id="difficulty"),
        pytest.param("Where does it fail?", True, id="fail"),
        pytest.param("How limited is it?", False, id="limited"),
        pytest.param("What hardware is used?", False, id="a longer word"),
        pytest.param("Is it used on tissue?", False, id="the end of a word"),
    ],
)
def test_questions_about_problems(question: str, asks: bool) -> None:
    text = "However, tracking is slow. We propose FastTrack, a small tracker."
    one = evidence("a", 1.0, text, relevance=[0.3, 0.62, 0.45])
    assert ("However" in " ".join(sentences_of(question, one))) is asks


def test_sentences_that_say_the_same_are_given_once() -> None:
    text = "We propose a small tracker of corals. A small tracker of corals we now propose."
    one = evidence("a", 1.0, text, [0.1, 0.6, 0.6])
    assert sentences_of("What is X?", one) == ["We propose a small tracker of corals."]


def test_a_second_sentence_says_what_the_first_left_open() -> None:
    one = evidence("a", 1.0, "We propose A for speed. We propose B. It cuts cost in half.")
    coverage = np.array([[0, 0], [0.4, 0], [0.4, 0], [0, 0.8]], dtype=np.float32)
    one = Evidence(one.paper, one.sentences, 1.0, one.relevance, coverage)
    assert sentences_of("How are speed and cost helped?", one) == [
        "We propose A for speed.",
        "It cuts cost in half.",
    ]
