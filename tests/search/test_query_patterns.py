"""What a question asks for, told by its words."""

from __future__ import annotations

import pytest

from rag.search.query import Scope, scope


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        pytest.param("How is it compared?", "compare", id="compared"),
        pytest.param("Is there a difference?", "compare", id="difference"),
        pytest.param("swin vs vit", "compare", id="vs"),
        pytest.param("Do they disagree?", "compare", id="disagree"),
        pytest.param("three new video models", "compare", id="a number of things"),
        pytest.param("What do swin and vit each do?", "compare", id="each"),
        pytest.param("How is it different?", "fact", id="different"),
        pytest.param("one new video model", "phrase", id="one thing"),
        pytest.param("two very new large models", "phrase", id="more words between"),
        pytest.param("swin and vit", "phrase", id="and"),
    ],
)
def test_comparisons(question: str, wanted: Scope) -> None:
    assert scope(question) == wanted


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        pytest.param("which recent video models", "survey", id="which"),
        pytest.param("papers on pruning", "survey", id="papers"),
        pytest.param("list all the methods", "survey", id="a list"),
        pytest.param("survey of pruning", "survey", id="a survey"),
        pytest.param("What is pruning?", "fact", id="is"),
        pytest.param("Which status does it have?", "fact", id="a singular in us"),
        pytest.param("Which class is it?", "fact", id="a singular in ss"),
        pytest.param("pruning methods", "phrase", id="methods at the end"),
        pytest.param("methodical pruning", "phrase", id="a longer word"),
    ],
)
def test_surveys(question: str, wanted: Scope) -> None:
    assert scope(question) == wanted


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        pytest.param("pruning? ", "fact", id="a question mark"),
        pytest.param("how pruning works", "fact", id="how"),
        pytest.param("Describe pruning", "fact", id="describe"),
        pytest.param("pruning? yes", "phrase", id="a question mark inside"),
        pytest.param("shower pruning", "phrase", id="a longer word"),
        pytest.param("pruning and how", "phrase", id="how at the end"),
    ],
)
def test_questions(question: str, wanted: Scope) -> None:
    assert scope(question) == wanted
