"""What comes out of a pass over a paper: chunks, sentences, tokens; by a model of few words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import FingerprintError
from rag.intake.embedding import embed_papers, split
from rag.library import Embedded, text_hash
from rag.models import LocalEmbedder
from rag.records import Paper
from tests.support.models import WIDTH, WORDS, make_model, table

PAPER = Paper("corals", "Corals", "Whales sing. Corals grow. The the.")


def embedder(folder: Path, *, most: int = 512) -> LocalEmbedder:
    made = make_model(folder / "mine", config={"pooling": "mean", "max_tokens": most})
    np.save(made / "projection.npy", np.eye(WIDTH))
    return LocalEmbedder(made, threads=1)


def embedded(model: LocalEmbedder, paper: Paper = PAPER, dimension: int = 0) -> Embedded:
    return embed_papers(model, [(paper, split(paper))], dimension=dimension)[text_hash(paper)]


def mean(*words: str) -> Any:
    rows = np.mean([table()[WORDS.index(word)] for word in words], axis=0)
    return rows / np.linalg.norm(rows)


def test_a_sentence_is_the_mean_of_its_tokens(tmp_path: Path) -> None:
    found = embedded(embedder(tmp_path))
    assert found.sentences.shape == (4, WIDTH)
    np.testing.assert_allclose(found.sentences[0], mean("corals"), atol=1e-6)
    np.testing.assert_allclose(found.sentences[1], mean("whales", "sing", "."), atol=1e-6)
    np.testing.assert_allclose(found.sentences[2], mean("corals", "grow", "."), atol=1e-6)


def test_a_chunk_is_the_mean_of_its_title_and_sentences(tmp_path: Path) -> None:
    paper = Paper("corals", "Corals", "Whales sing. Corals grow.")
    found = embedded(embedder(tmp_path), paper)
    words = ("corals", "whales", "sing", ".", "corals", "grow", ".")
    np.testing.assert_allclose(found.chunks, [mean(*words)], atol=1e-6)


def test_tokens_are_those_of_content_words_sentence_by_sentence(tmp_path: Path) -> None:
    tokens = embedded(embedder(tmp_path)).tokens
    assert tokens is not None
    assert tokens.counts.tolist() == [1, 2, 2, 0]  # "The the." has no content word
    words = ("corals", "whales", "sing", "corals", "grow")
    expected = np.rint(127 * np.array([mean(word) for word in words]))
    np.testing.assert_array_equal(tokens.matrix, expected)


def test_a_paper_longer_than_a_pass_is_embedded_whole(tmp_path: Path) -> None:
    paper = Paper("corals", "Corals", "Whales sing. " * 5 + "Corals grow.")
    short, long = (
        embedded(embedder(tmp_path / "a", most=12), paper),
        embedded(embedder(tmp_path / "b"), paper),
    )
    np.testing.assert_allclose(short.sentences, long.sentences, atol=1e-6)
    assert short.tokens is not None
    assert long.tokens is not None
    np.testing.assert_array_equal(short.tokens.matrix, long.tokens.matrix)
    assert short.tokens.counts.tolist() == [1, *[2] * 6]


def test_a_changed_dimension_is_never_mixed_in(tmp_path: Path) -> None:
    with pytest.raises(FingerprintError, match="gives 6 numbers, this library holds 384"):
        embedded(embedder(tmp_path), dimension=384)
    assert embed_papers(embedder(tmp_path), [], dimension=384) == {}
