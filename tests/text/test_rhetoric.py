"""What a sentence does in an abstract."""

from __future__ import annotations

import pytest

from rag.text.rhetoric import (
    Role,
    dissents,
    is_open_question,
    leans,
    reports_outcome,
    roles,
    speaks_of_itself,
    without_connective,
)
from rag.text.sentences import split

ABSTRACT: list[tuple[str, Role]] = [
    ("Video models matter.", "problem"),
    ("However, existing ones suffer from heavy cost.", "problem"),
    ("In this paper, we propose CheapNet, a small model.", "approach"),
    ("Specifically, tokens are merged in pairs.", "other"),
    ("CheapNet achieves 80.1% top-1 accuracy.", "result"),
    ("What remains unclear?", "problem"),
    ("Code is available at https://x.org.", "availability"),
]


def test_roles_of_an_abstract() -> None:
    sentences = split(" ".join(text for text, _ in ABSTRACT), title="CheapNet")
    assert roles(sentences) == ["title", *(role for _, role in ABSTRACT)]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("However, it is slow.", "It is slow."),
        ("In this work, we ask why.", "We ask why."),
        ("However it may be, it is slow.", "However it may be, it is slow."),
        ("iPhones win.", "iPhones win."),
    ],
)
def test_connectives(text: str, rest: str) -> None:
    assert without_connective(text) == rest


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("To address this gap, we propose X.", "We propose X."),
        ("Based on these observations, we merge tokens.", "We merge tokens."),
        ("In response to these challenges, this work merges.", "This work merges."),
        ("(iii) Besides, we present AVBench.", "We present AVBench."),
        ("Third, using an autoencoder helps.", "Using an autoencoder helps."),
        ("To reach 80% accuracy, we train longer.", "To reach 80% accuracy, we train longer."),
    ],
)
def test_what_ties_a_sentence_to_the_one_before_goes(text: str, rest: str) -> None:
    assert without_connective(text) == rest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("But their cost is prohibitive.", True),
        ("These models are large.", True),
        ("In these domains, images are rare.", True),
        ("The second issue with pruning is its cost.", True),
        ("Features are then merged.", True),
        ("However, it fails.", True),
        ("This paper merges tokens.", False),
        ("In this work, tokens are merged.", False),
        ("Vision transformers are large.", False),
    ],
)
def test_sentences_that_cannot_stand_first(text: str, expected: bool) -> None:
    assert leans(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It achieves 82.9% accuracy on ImageNet.", True),
        ("Our method outperforms all others.", True),
        ("We show that merging halves the cost and is faster.", True),
        ("We collect multi-source pairs to obtain a unified encoding.", False),
        ("To achieve a better trade-off, we explore attention.", False),
        ("Our second contribution is a better benchmark.", False),
        ("For instance, researchers can use the prompts to improve models.", False),
        ("X addresses these issues by introducing a quantizer that achieves accuracy.", False),
        ("We introduce X, which runs 2.5x faster than Y.", True),
    ],
)
def test_outcomes(text: str, expected: bool) -> None:
    assert reports_outcome(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Why it works remains unclear.", True),
        ("This calls for more research.", True),
        ("Longer clips are left for future work.", True),
        ("It will contribute to future research.", False),
        ("Existing work is slow.", False),
    ],
)
def test_open_questions(text: str, expected: bool) -> None:
    assert is_open_question(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Contrary to common belief, depth hurts.", True),
        ("More data yields diminishing returns.", True),
        ("Surprisingly, this contradicts prior findings.", True),
        ("On the contrary, open models are available.", False),
        ("They encode misleading information.", False),
        ("Surprisingly, it is fast.", False),
    ],
)
def test_dissent(text: str, expected: bool) -> None:
    assert dissents(text) is expected


def test_sentences_about_their_own_paper() -> None:
    assert speaks_of_itself("In this work, tokens are merged.")
    assert not speaks_of_itself("Tokens are many.")
