"""The topics of a library as it changes, and their names by a scripted model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, Settings
from rag.errors import ModelKeyError, StorageError
from rag.library import Atlas
from rag.records import Topic, to_json
from tests.support.endpoint import OpenWith, ScriptedEndpoint, Step


def labels(assistant: Assistant) -> list[str]:
    return [topic.label for topic in assistant.topics()]


@pytest.fixture
def home(seed_home: Path, tmp_path: Path) -> Path:
    """The seed papers in a library of its own, so that topics can be named and found anew in it."""
    return Path(shutil.copytree(seed_home, tmp_path / "own"))


def test_a_model_names_topics_with_their_own_words(
    seeded: Assistant, home: Path, with_model: OpenWith
) -> None:
    before = labels(seeded)
    named = [f"papers on {label.split(',')[0]}" for label in before]
    reply = "\n".join(f"**{n}. {label}**" for n, label in enumerate(named, 1))
    endpoint = ScriptedEndpoint([reply])
    assistant = with_model(endpoint, home=home)
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
    seeded: Assistant, home: Path, with_model: OpenWith, reply: Any
) -> None:
    own = labels(seeded)
    step: Step = reply(own)
    assert labels(with_model(ScriptedEndpoint([step]), home=home, llm_timeout=2)) == own


def test_two_topics_never_have_the_same_name(home: Path, with_model: OpenWith) -> None:
    reply = "\n".join(f"{n}: vision transformers and video" for n in range(1, 20))
    found = labels(with_model(ScriptedEndpoint([reply]), home=home))
    assert len(set(found)) == len(found)


def test_a_refused_key_is_an_error(home: Path, with_model: OpenWith) -> None:
    with pytest.raises(ModelKeyError):
        with_model(ScriptedEndpoint([401]), home=home).topics()


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
    assert set(told[0]) == {"id", "label", "terms", "paper_ids", "x", "y", "number"}


def test_a_library_larger_than_the_sample_is_placed_whole(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.topics.library_topics.SAMPLE", 40)
    monkeypatch.setattr("rag.topics.library_topics._BATCH", 20)
    with Assistant.open(Settings(home=home)) as assistant:
        topics = assistant.topics(anew=True)
        placed = [paper_id for topic in topics for paper_id in topic.paper_ids]
        assert sorted(placed) == sorted(paper.id for paper in assistant.papers())
        assert 2 <= len(topics) <= 13


# -- they stay -----------------------------------------------------------------------------------

REEF = "We propose a network that counts the corals of a reef in images from a drone."


def bring_in(assistant: Assistant, folder: Path, *papers: tuple[str, str]) -> list[str]:
    """Ingest papers and return the ids that are new."""
    before = set(assistant.library.ids())
    rows = [json.dumps({"title": title, "abstract": text}) for title, text in papers]
    (folder / "more.jsonl").write_text("\n".join(rows), encoding="utf-8")
    assistant.ingest(folder / "more.jsonl")
    return sorted(set(assistant.library.ids()) - before)


def told(topics: Sequence[Topic]) -> list[tuple[int, str, str, tuple[str, ...]]]:
    return [(topic.number, topic.id, topic.label, topic.terms) for topic in topics]


def spots(topics: Sequence[Topic]) -> dict[str, tuple[str, float, float]]:
    return {
        one: (t.id, x, y) for t in topics for one, x, y in zip(t.paper_ids, t.x, t.y, strict=True)
    }


def test_papers_that_come_or_go_leave_topics_and_places_as_they_are(
    home: Path, tmp_path: Path
) -> None:
    with Assistant.open(Settings(home=home)) as assistant:
        before = assistant.topics()
        assert [topic.number for topic in before] == list(range(1, len(before) + 1))
        assert assistant.topics_grown() == 0
        like = assistant.paper(before[2].paper_ids[0])
        title = f"Looking again at {', '.join(before[2].terms)}"
        text = f"{title}. {like.title}. {like.abstract[: len(like.abstract) // 2]}."
        (one,) = bring_in(assistant, tmp_path, (title, text))
        assert assistant.topics_grown() == 1  # told before it is placed, and after
        after = assistant.topics()
        assert assistant.topics_grown() == 1
        assert told(after) == told(before)
        assert one in after[2].paper_ids
        where = spots(after)
        spot = where.pop(one)[1:]
        assert where == spots(before)
        assert spot == pytest.approx(where[like.id][1:], abs=0.1)
        assistant.remove(one, *before[0].paper_ids)
        assert told(assistant.topics()) == told(before[1:])  # one that is empty is not listed
        kept = set(before[0].paper_ids)
        expected = {i: spot for i, spot in spots(before).items() if i not in kept}
        assert spots(assistant.topics()) == expected
    with Assistant.open(Settings(home=home)) as again:
        assert told(again.topics()) == told(before[1:])
        assert spots(again.topics()) == expected


def test_they_are_read_and_not_found_at_the_next_start(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Assistant.open(Settings(home=home)) as assistant:
        before = assistant.topics()
    monkeypatch.setattr("rag.topics.library_topics.discover", None)
    with Assistant.open(Settings(home=home)) as again:
        assert again.topics() == before


def test_they_are_found_anew_when_asked(home: Path, tmp_path: Path) -> None:
    reefs = [(f"ReefNet {i}: counting corals", f"{REEF} This is number {i}.") for i in range(30)]
    with Assistant.open(Settings(home=home)) as one, Assistant.open(Settings(home=home)) as other:
        before = one.topics()
        bring_in(one, tmp_path, *reefs)
        assert told(one.topics()) == told(before)
        assert one.topics_grown() == 30
        found = one.topics(anew=True)
        assert any("coral" in " ".join(topic.terms) for topic in found)
        assert one.topics_grown() == 0
        assert other.topics() == found  # of another process too, which had others at hand
        sizes = [len(topic.paper_ids) for topic in found]
        assert sizes == sorted(sizes, reverse=True)


def test_few_papers_are_found_anew_as_others_come(empty: Assistant, tmp_path: Path) -> None:
    whales = [(f"Whale {i}: singing at night", f"We record whale songs, {i}.") for i in range(6)]
    bring_in(empty, tmp_path, ("ReefNet: counting corals", REEF))
    (only,) = empty.topics()
    bring_in(empty, tmp_path, *whales[:3])
    (still,) = empty.topics()
    assert (len(still.paper_ids), empty.topics_grown()) == (4, 0)
    assert still.id != only.id
    bring_in(empty, tmp_path, *whales[3:])
    found = empty.topics()
    assert sum(len(topic.paper_ids) for topic in found) == 7
    bring_in(empty, tmp_path, ("Squids: hunting", "We watch squids hunt."))
    assert told(empty.topics()) == told(found)  # from six papers on they stay


def test_another_embedding_finds_them_anew(home: Path) -> None:
    with Assistant.open(Settings(home=home)) as assistant:
        own = labels(assistant)
        placed = assistant.library.placed
        there = placed.load()
        assert there is not None
        clusters = tuple(replace(one, label=f"Old {one.number}") for one in there.clusters)
        for fingerprint, found in (
            (there.finding.fingerprint, [one.label for one in clusters]),
            ("another", own),
        ):
            before = placed.finding()
            assert before is not None
            finding = replace(there.finding, id=fingerprint, fingerprint=fingerprint)
            placed.put(Atlas(finding, clusters, there.places), instead_of=before.id)
            assert labels(assistant) == found


def test_a_model_is_asked_once_and_not_at_every_start(home: Path, with_model: OpenWith) -> None:
    reply = "1: video and images of transformers"
    first, second = ScriptedEndpoint([reply]), ScriptedEndpoint([reply])
    named = labels(with_model(first, home=home))
    assert "video and images of transformers" in named
    assert labels(with_model(second, home=home)) == named
    assert (len(first.asked), len(second.asked)) == (1, 0)
    with Assistant.open(Settings(home=home)) as without:
        assert labels(without) == named


def test_a_model_that_failed_is_asked_at_the_next_start(home: Path, with_model: OpenWith) -> None:
    failing = ScriptedEndpoint([400, 400, 400, 400])
    assistant = with_model(failing, home=home, llm_timeout=2)
    own = labels(assistant)
    asked = len(failing.asked)
    assert labels(assistant) == own
    assert len(failing.asked) == asked > 0
    named = labels(with_model(ScriptedEndpoint(["1: video and images of transformers"]), home=home))
    assert named[1:] == own[1:]
    assert named[0] != own[0]
    assert labels(assistant) == named  # here too, once another has them


def test_where_nothing_can_be_stored_they_are_kept_in_memory(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Assistant.open(Settings(home=home)) as assistant:

        def full(*_: object, **__: object) -> None:
            raise StorageError("the disk is full")

        for name in ("put", "add", "name"):
            monkeypatch.setattr(assistant.library.placed, name, full)
        before = assistant.topics()
        bring_in(assistant, tmp_path, ("ReefNet: counting corals", REEF))
        assert told(assistant.topics()) == told(before)
        assert len(spots(assistant.topics())) == 96
        assert assistant.topics_grown() == 1
        with pytest.raises(StorageError):
            assistant.topics(anew=True)
