"""Starring through the assistant: papers, sentences by their words, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, InputError, Settings, Star, UnknownPaperError

ABSTRACT = "We study $x^2$ in corals. They grow slowly in winter. They grow slowly in the dark."


def paper(assistant: Assistant, tmp_path: Path, abstract: str = ABSTRACT) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps({"id": "p", "title": "Corals at night", "abstract": abstract}))
    assistant.ingest(path)


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with Assistant.open(Settings(home=tmp_path / "home", seeds="")) as assistant:
        paper(assistant, tmp_path)
        yield assistant


def test_a_paper_and_a_sentence_are_starred_and_noted(assistant: Assistant) -> None:
    assert assistant.star("p", note="Read it") == assistant.reading_list()[0]
    put = assistant.star("p", "in winter")
    assert (put.start, put.sentence) == (26, "They grow slowly in winter.")
    assert ABSTRACT[put.start :].startswith(put.sentence)
    assert assistant.star("p", "Corals at night").start == -1
    assert assistant.star("p", "We study  x² in\ncorals.").start == 0  # as it is shown
    assert [star.start for star in assistant.reading_list()] == [-2, -1, 0, 26]
    assert assistant.reading_list()[0].note == "Read it"
    assert "> They grow slowly in winter." in assistant.export_reading_list("markdown")


@pytest.mark.parametrize(
    ("identity", "sentence", "kind", "says"),
    [
        ("q", "", UnknownPaperError, "no paper has the id q"),
        ("p", "They fly.", InputError, "no one sentence of p says"),
        ("p", " ", InputError, "no one sentence of p says"),
        ("p", "They grow slowly", InputError, "2 sentences of p say"),
    ],
)
def test_what_is_not_there_is_not_starred(
    assistant: Assistant, identity: str, sentence: str, kind: type[InputError], says: str
) -> None:
    with pytest.raises(kind, match=says):
        assistant.star(identity, sentence)
    assert assistant.reading_list() == []


def test_a_star_is_turned_on_and_off(assistant: Assistant) -> None:
    assert assistant.toggle_star("p")
    assert assistant.toggle_star("p", 26)
    assert assistant.toggle_star("p", 26, owner="ada")
    assert not assistant.toggle_star("p")
    assert [star.start for star in assistant.reading_list("ada")] == [26]
    assert [star.sentence for star in assistant.reading_list()] == ["They grow slowly in winter."]
    with pytest.raises(InputError, match="not in the paper as it is now"):
        assistant.toggle_star("p", 27)
    with pytest.raises(UnknownPaperError):
        assistant.toggle_star("q")


def test_a_sentence_that_is_said_twice_is_the_first(assistant: Assistant, tmp_path: Path) -> None:
    paper(assistant, tmp_path, "They grow. They glow. They grow. They grow. And they glow.")
    assert assistant.star("p", "They grow.").start == 0
    with pytest.raises(InputError, match="4 sentences"):
        assistant.star("p", "They g")


def test_unstarring_takes_a_sentence_or_all_of_a_paper(assistant: Assistant) -> None:
    for sentence in ("", "in winter", "in the dark"):
        assistant.star("p", sentence)
    assert [star.start for star in assistant.unstar("p", "in the dark")] == [54]
    with pytest.raises(InputError, match="not on the reading list"):
        assistant.unstar("p", "in the dark")
    with pytest.raises(InputError, match="not on the reading list"):
        assistant.unstar("p", owner="ada")
    assert len(assistant.unstar("p")) == 2
    assert assistant.reading_list() == []


def test_a_sentence_outlasts_its_abstract_and_its_paper(
    assistant: Assistant, tmp_path: Path
) -> None:
    kept = assistant.star("p", "in winter")
    paper(assistant, tmp_path, "Now it says something else.")
    assert assistant.reading_list() == [kept]
    assert "The abstract has changed since." in assistant.export_reading_list("markdown")
    assistant.remove("p")
    assert assistant.reading_list() == [kept]
    assert assistant.starred_papers() == {}
    text = assistant.export_reading_list("markdown")
    assert "No longer in the library." in text
    assert "> They grow slowly in winter." in text
    assert not assistant.toggle_star("p", 26)  # and can be taken off all the same
    assert assistant.reading_list() == []


def test_a_star_is_a_public_record() -> None:
    assert Star("p", -2, "T") == Star("p", -2, "T", "", "", 0.0)
