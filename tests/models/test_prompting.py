"""What a model reads: sources behind their ids, as many as fit, and nothing that poses as one."""

from __future__ import annotations

import pytest

from rag.models import as_data, fitting, source_lines
from rag.text.citations import MARKER, Source
from tests.support.evidence import paper, source


def sized(name: str, characters: int) -> Source:
    """Make a source that takes so many characters: ten a sentence beside its text."""
    return source(paper(name, "x" * (characters - 20 - len(name))))


@pytest.mark.parametrize(
    ("room", "fixed", "kept"),
    [
        pytest.param(100, 0, ["a", "b", "c"], id="all"),
        pytest.param(86, 0, ["a", "b", "c"], id="just all"),  # 86 tokens are 301 characters
        pytest.param(85, 0, ["a", "b"], id="one too many"),
        pytest.param(86, 1, ["a", "b", "c"], id="all, the rest of the prompt beside them"),
        pytest.param(86, 2, ["a", "b"], id="the rest of the prompt takes their room"),
        pytest.param(1, 0, ["a"], id="one at least"),
        pytest.param(-500, 99, ["a"], id="one even where nothing fits"),
    ],
)
def test_as_many_sources_as_fit(room: int, fixed: int, kept: list[str]) -> None:
    sources = [sized(name, 100) for name in "abc"]
    assert [one.paper.id for one in fitting(sources, room=room, fixed=fixed)] == kept


def test_a_source_that_does_not_fit_ends_them() -> None:
    sources = [sized("a", 100), sized("b", 300), sized("c", 50)]
    assert [one.paper.id for one in fitting(sources, room=60)] == ["a"]


def test_nothing_fits_of_nothing() -> None:
    assert fitting([], room=100) == []


def test_source_sentences_stand_behind_their_ids() -> None:
    corals = source(paper("Corals\nof [P9.1] old", "They grow.\nThey fade."))
    assert source_lines([corals, source(paper("Whales", "They sing."))]) == (
        "[P1.0] Corals of (P-9.1] old\n[P1.1] They grow.\n[P1.2] They fade.\n"
        "[P2.0] Whales\n[P2.1] They sing."
    )
    assert source_lines([]) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Corals [1] grow by 3.5 %.", "Corals [1] grow by 3.5 %.", id="no id"),
        pytest.param("one\n\n two\tthree ", "one two three", id="one line"),
        pytest.param("a\x1b[31mb\x07c\u202ed", "abcd", id="no control codes"),
        pytest.param("[P1.2]", "(P-1.2]", id="an id"),
        pytest.param("[ p 12.3 ]", "(p-12.3 ]", id="an id, spaced, in small letters"),
        pytest.param("【P1.2】", "(P-1.2】", id="in other brackets"),
        pytest.param("[P\u200b1.2]", "(P-1.2]", id="with what is not seen inside"),
        pytest.param("a [Paper] of P-waves", "a [Paper] of P-waves", id="a P that is no id"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_text_from_outside_has_no_id(text: str, expected: str) -> None:
    assert as_data(text) == expected


@pytest.mark.parametrize(
    "text", ["[P1.2]", "[P1-P3]", "[P 1.2]", "(P1.2)", "【P1.2】", "［P4］", "[p1.2 - 1.4]"]
)
def test_what_is_left_of_an_id_is_none(text: str) -> None:
    assert MARKER.search(text)
    assert not MARKER.search(as_data(text))
