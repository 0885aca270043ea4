"""The words of a text and their stems, as the word index sees them."""

from __future__ import annotations

import pytest

from rag.text.words import (
    STOP_WORDS,
    content_stems,
    content_words,
    share_a_word,
    stem_set,
    word_pairs,
)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        pytest.param("Corals GROW", [("corals", "coral"), ("grow", "grow")], id="case and number"),
        pytest.param(
            "pre-training", [("pre", "pre"), ("training", "train")], id="a hyphen parts words"
        ),
        pytest.param("ViT-B/16", [("vit", "vit"), ("b", "b"), ("16", "16")], id="a name"),
        pytest.param("x" * 39, [("x" * 39, "x" * 39)], id="as long as may be"),
        pytest.param("a " + "x" * 40, [("a", "a")], id="too long"),
        pytest.param("the of", [("the", "the"), ("of", "of")], id="function words stay"),
        pytest.param("Größe", [("grosse", "gross")], id="other letters"),
        pytest.param("?! …", [], id="no word"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_words_with_their_stems(text: str, pairs: list[tuple[str, str]]) -> None:
    assert word_pairs(text) == pairs


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "What do the corals of the south show?",
            [("corals", "coral"), ("south", "south")],
            id="stop words go",
        ),
        pytest.param(
            "Corals and a coral and CORAL",
            [("corals", "coral")],
            id="each stem once, as first written",
        ),
        pytest.param("which papers by these authors", [], id="what every document is"),
    ],
)
def test_words_that_carry_a_topic(text: str, words: list[tuple[str, str]]) -> None:
    assert content_words(text) == words


def test_stems_are_repeated_as_they_stand() -> None:
    assert content_stems("Corals and a coral grow the corals") == [
        "coral",
        "coral",
        "grow",
        "coral",
    ]


def test_a_set_of_stems_keeps_function_words() -> None:
    assert stem_set("The corals of a coral") == {"the", "coral", "of", "a"}
    assert stem_set("") == frozenset()


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        pytest.param("old corals", "A coral!", True, id="in another form"),
        pytest.param("training", "We pre-train it.", True, id="in a word with a hyphen"),
        pytest.param("the corals", "the whales", False, id="only a stop word"),
        pytest.param("coral", "chorale", False, id="only alike"),
        pytest.param("", "corals", False, id="nothing"),
        pytest.param("", "", False, id="nothing twice"),
    ],
)
def test_whether_texts_share_a_word(one: str, other: str, shared: bool) -> None:
    assert share_a_word(one, other) is shared
    assert share_a_word(other, one) is shared


def test_stop_words_are_single_small_words() -> None:
    assert all(len(word_pairs(word)) == 1 and word == word.lower() for word in STOP_WORDS)
