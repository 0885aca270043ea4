"""The phrases of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.phrases import LONGEST, parts, phrases


def written(text: str) -> list[str]:
    return [phrase for _, phrase in phrases(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("video generation", ["video", "video generation", "generation"]),
        ("text-to-video generation", ["text-to-video", "text-to-video generation", "generation"]),
        ("We propose a novel method", []),
        ("state-of-the-art results", []),
        ("video, audio", ["video", "audio"]),
        ("attention of the encoder", ["attention", "encoder"]),
        ("diffusion models", ["diffusion", "diffusion models"]),
        ("our models", []),
        ("ViT and SAM 2", ["ViT", "SAM"]),
        ("Image captions", ["image", "image captions", "captions"]),
        ("", []),
    ],
    ids=lambda value: str(value)[:30],
)
def test_phrases(text: str, found: list[str]) -> None:
    assert written(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("video-to-audio", ["video-to-audio"], id="hyphens"),
        pytest.param("audio/video", ["audio/video"], id="a slash"),
        pytest.param("semi-2d", ["semi-2d"], id="a digit behind a hyphen"),
        pytest.param("video--audio", ["video", "audio"], id="two hyphens"),
        pytest.param("video-", ["video"], id="a hyphen at the end"),
        pytest.param("2-video", ["video"], id="a digit first"),
        pytest.param("video_audio", ["video_audio"], id="an underscore"),
    ],
)
def test_the_words_of_phrases(text: str, found: list[str]) -> None:
    assert written(text) == found


def test_forms_of_a_word_are_one_phrase() -> None:
    singular, plural = (next(iter(phrases(text)))[0] for text in ("quantizer", "quantizers"))
    assert singular == plural


def test_the_genre_counts_with_all_its_forms() -> None:
    assert not written("proposing; proposes; experimental results; improved, improvements")


@pytest.mark.parametrize(
    "topic",
    ["object detection", "optimization", "visual representations", "causal reasoning", "diversity"],
)
def test_topics_that_share_a_stem_with_the_genre_stay(topic: str) -> None:
    assert topic in written(topic)


def test_the_parts_of_a_phrase_are_its_stems() -> None:
    ((stemmed, _), *_) = phrases("text-to-video")
    assert parts(stemmed) == {"text", "to", "video"}


@given(st.text(max_size=200))
def test_any_text_gives_phrases_of_its_own_words(text: str) -> None:
    for stemmed, phrase in phrases(text):
        assert 1 <= len(phrase.split()) <= LONGEST
        assert len(stemmed.split()) == len(phrase.split())
