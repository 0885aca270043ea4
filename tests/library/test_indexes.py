"""The two derived indexes by themselves: real Chroma and tantivy in temporary folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.errors import DamagedIndexError
from rag.library.entries import BuiltFrom
from rag.library.lexicon import Lexicon, coverage, matched
from rag.library.vectors import Vectors
from rag.text.words import content_words

STATE = BuiltFrom("library", 3, "print")
TEXTS = {
    "a": "Quantization of vision transformers to 4 bits",
    "b": "Pruning vision transformers",
    "c": "Generating videos with diffusion",
}


# -- Chroma --------------------------------------------------------------------------------------


@pytest.fixture
def vectors(tmp_path: Path) -> Iterator[Vectors]:
    vectors = Vectors(tmp_path)
    yield vectors
    vectors.close()


def unit(*places: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.eye(8, dtype=np.float32)[list(places)]


def test_the_nearest_papers_with_their_best_chunk(vectors: Vectors) -> None:
    vectors.put([("a", unit(0, 1)), ("b#1", unit(2))])
    assert vectors.count() == 3
    near = vectors.nearest(unit(1)[0], 3)
    assert list(near) == ["a", "b#1"]
    assert near["a"] == pytest.approx(1.0, abs=1e-5)


def test_put_replaces_and_drop_removes_all_chunks(vectors: Vectors) -> None:
    vectors.put([("a", unit(0, 1)), ("b", unit(2))])
    vectors.drop(["a"])
    vectors.put([("a", unit(3))])
    assert vectors.count() == 2
    assert next(iter(vectors.nearest(unit(3)[0], 1))) == "a"
    vectors.drop(["a", "unknown"])
    assert list(vectors.nearest(unit(3)[0], 5)) == ["b"]


def test_the_state_is_what_was_stamped_and_survives_reopening(tmp_path: Path) -> None:
    first = Vectors(tmp_path)
    assert first.state() is None
    first.put([("a", unit(0))])
    assert first.state() is None  # put, but not stamped: a kill between the two shows
    first.stamp(STATE)
    first.close()
    second = Vectors(tmp_path)
    assert second.state() == STATE
    second.recreate()
    assert (second.count(), second.state()) == (0, None)
    second.close()


def test_a_ruined_folder_is_told_and_can_be_recreated(tmp_path: Path) -> None:
    first = Vectors(tmp_path)
    first.put([("a", unit(0))])
    first.stamp(STATE)
    first.close()
    for file in (tmp_path / "vectors").rglob("*"):
        if file.is_file():
            file.write_bytes(b"ruined" * 50)
    second = Vectors(tmp_path)
    with pytest.raises(DamagedIndexError):
        second.state()
    second.recreate()
    second.put([("a", unit(0))])
    assert second.count() == 1
    second.close()


# -- tantivy -------------------------------------------------------------------------------------


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    lexicon = Lexicon(tmp_path)
    lexicon.update(TEXTS.items(), (), state=STATE)
    return lexicon


def search(lexicon: Lexicon, query: str) -> dict[str, float]:
    return lexicon.search(lexicon.terms(query), 10)


def test_words_are_stemmed_and_rare_ones_weigh_more(lexicon: Lexicon) -> None:
    assert list(search(lexicon, "quantizing a transformer")) == ["a", "b"]
    terms = {term.word: term.idf for term in lexicon.terms("quantized transformers unheard")}
    assert terms["unheard"] > terms["quantized"] > terms["transformers"] > 0


def test_the_share_falls_with_words_that_stand_nowhere(lexicon: Lexicon) -> None:
    known = search(lexicon, "pruning")["b"]
    diluted = search(lexicon, "pruning unheard things")["b"]
    assert 0 < diluted < known < 1


def test_any_text_is_a_query(lexicon: Lexicon) -> None:
    for query in ('title:"x" AND (', "4 bits!", "a^2 ~ \\ * ? [b TO c]", "\x00", "ünïcode 中文"):
        search(lexicon, query)
    assert list(search(lexicon, "diffusion AND NOT videos")) == ["c"]
    assert search(lexicon, "of the with") == {}


def test_updates_replace_and_remove(lexicon: Lexicon) -> None:
    lexicon.update([("a", "Now about audio")], ["b", "unknown"], state=STATE)
    assert lexicon.count() == 2
    assert search(lexicon, "quantization pruning") == {}
    assert list(search(lexicon, "audio")) == ["a"]


def test_the_lexicon_state_survives_reopening(tmp_path: Path, lexicon: Lexicon) -> None:
    again = Lexicon(tmp_path)
    assert again.state() == BuiltFrom("library", 3)
    assert again.count() == 3
    (tmp_path / "lexicon" / "built-from.json").write_text("{")
    assert again.state() is None


def test_a_ruined_lexicon_is_told_and_can_be_recreated(tmp_path: Path, lexicon: Lexicon) -> None:
    (tmp_path / "lexicon" / "meta.json").write_text("{")
    again = Lexicon(tmp_path)
    with pytest.raises(DamagedIndexError):
        again.count()
    again.recreate()
    again.update(TEXTS.items(), (), state=STATE)
    assert again.count() == 3


def test_content_words_leave_out_function_words() -> None:
    assert content_words("What is the cost of pre-training, and the COST?") == [
        ("cost", "cost"),
        ("pre", "pre"),
        ("training", "train"),
    ]
    assert content_words("who the what of") == []


def test_matched_terms_come_rarest_first(lexicon: Lexicon) -> None:
    terms = lexicon.terms("transformers and diffusion and audio")
    found = matched(terms, "diffusion transformer")
    assert [term.word for term in found] == ["diffusion", "transformers"]


def test_coverage_weighs_words_by_rarity_within_the_paper(lexicon: Lexicon) -> None:
    terms = lexicon.terms("pruning cost")
    title, first, second = coverage(
        terms, "Pruning", ["Pruning", "Pruning is pruning.", "The cost falls."]
    )
    assert sum(title) == sum(first) < sum(second)
    assert sum(first) + sum(second) == pytest.approx(1.0)
