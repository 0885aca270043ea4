"""The topics of a library as it changes, and their names by a scripted model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, Settings
from rag.errors import ModelKeyError
from rag.records import to_json
from rag.topics.library_topics import _labels
from tests.support.endpoint import OpenWith, ScriptedEndpoint, Step


def labels(assistant: Assistant) -> list[str]:
    return [topic.label for topic in assistant.topics()]


def test_a_model_names_topics_with_their_own_words(seeded: Assistant, with_model: OpenWith) -> None:
    before = labels(seeded)
    named = [f"papers on {label.split(',')[0]}" for label in before]
    reply = "\n".join(f"**{n}. {label}**" for n, label in enumerate(named, 1))
    endpoint = ScriptedEndpoint([reply])
    assistant = with_model(endpoint)
    assert labels(assistant) == named
    assert labels(assistant) == named
    assert len(endpoint.asked) == 1
    assert [t.paper_ids for t in assistant.topics()] == [t.paper_ids for t in seeded.topics()]
    assert [t.id for t in assistant.topics()] == [t.id for t in seeded.topics()]
    assert "Titles: " in endpoint.prompt


@pytest.mark.parametrize(
    "reply",
    [
        lambda own: "1: zebra crossing\n2: pizza toppings",
        lambda own: f"1: {own[1]}",
        lambda own: f"1: {own[0]} {'very ' * 30} long",
        lambda own: "I cannot do that.",
        lambda own: "99: video generation",
        lambda own: "",
        lambda own: 500,
        lambda own: 429,
    ],
    ids=["strange", "another's", "long", "prose", "no such topic", "empty", "500", "429"],
)
def test_bad_names_leave_the_papers_words(
    seeded: Assistant, with_model: OpenWith, reply: Any
) -> None:
    own = labels(seeded)
    step: Step = reply(own)
    assert labels(with_model(ScriptedEndpoint([step]), llm_timeout=2)) == own


def test_two_topics_never_have_the_same_name(seeded: Assistant, with_model: OpenWith) -> None:
    reply = "\n".join(f"{n}: vision transformers and video" for n in range(1, 20))
    found = labels(with_model(ScriptedEndpoint([reply])))
    assert len(set(found)) == len(found)


def test_a_refused_key_is_an_error(with_model: OpenWith) -> None:
    with pytest.raises(ModelKeyError):
        with_model(ScriptedEndpoint([401])).topics()


def test_topics_follow_the_library(tmp_path: Path) -> None:
    rows = [{"title": f"Reef {i}", "abstract": "We study coral reefs."} for i in range(4)]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with Assistant.open(Settings(home=tmp_path / "library", seeds="")) as assistant:
        assert assistant.topics() == []
        assistant.ingest(tmp_path / "p.jsonl")
        (topic,) = assistant.topics()
        assert len(topic.paper_ids) == 4
        assistant.remove(topic.paper_ids[0])
        (after,) = assistant.topics()
        assert set(after.paper_ids) == set(topic.paper_ids[1:])


def test_a_topic_is_plain_json(seeded: Assistant) -> None:
    told = json.loads(json.dumps(to_json(seeded.topics())))
    assert set(told[0]) == {"id", "label", "terms", "paper_ids", "x", "y"}


def test_a_library_larger_than_the_sample_is_placed_whole(
    seed_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.topics.library_topics.SAMPLE", 40)
    monkeypatch.setattr("rag.topics.library_topics._BATCH", 20)
    with Assistant.open(Settings(home=seed_home)) as assistant:
        topics = assistant.topics()
        placed = [paper_id for topic in topics for paper_id in topic.paper_ids]
        assert sorted(placed) == sorted(paper.id for paper in assistant.papers())
        assert 2 <= len(topics) <= 13


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("1: coral reefs", [(1, "coral reefs")], id="a colon"),
        pytest.param("**2. coral reefs**", [(2, "coral reefs")], id="bold"),
        pytest.param("- 3) coral reefs", [(3, "coral reefs")], id="a list"),
        pytest.param("4 | coral reefs", [(4, "coral reefs")], id="a bar"),
        pytest.param("5 – coral reefs", [(5, "coral reefs")], id="a dash"),
        pytest.param("coral reefs: 6", [], id="the number behind"),
        pytest.param("7 coral reefs", [], id="no mark"),
        pytest.param("1234: coral reefs", [], id="four digits"),
        pytest.param("8:", [], id="no label"),
    ],
)
def test_lines_that_name_a_topic(line: str, found: list[tuple[int, str]]) -> None:
    assert list(_labels(line)) == found
