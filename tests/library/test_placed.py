"""Topics that stay: stored with their papers, those of one finding and never of two."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag import Assistant, Settings
from rag.errors import StorageError
from rag.library import Atlas, Cluster, Embedded, Finding, Library, Place, text_hash
from rag.records import Paper, Sentence
from tests.support.places import ROOT, run_environment
from tests.support.postgres import SERVER, a_schema
from tests.support.rights import can_be_tested, obedient, state, unwritable
from tests.support.together import together


def paper(name: str) -> Paper:
    return Paper(name, f"Paper {name}", "")


def store(library: Library, *names: str) -> None:
    row = np.ones((1, 3), dtype=np.float32)
    papers = [(paper(name), (Sentence(0, paper(name).title, -1, -1),)) for name in names]
    vectors = {text_hash(one): Embedded(row, row) for one, _ in papers}
    with library.writing():
        library.store(papers, vectors, "f")


def places(*names: str, topic: int = 1) -> list[Place]:
    return [Place(name, topic, -1 / (n + 3), 0.1, 1 / (n + 3)) for n, name in enumerate(names)]


CENTRE = np.array([0.1, -0.7, 1 / 3], dtype=np.float32)
CLUSTERS = (
    Cluster(1, "reefs", "Reefs, corals", ("reefs", "corals"), CENTRE),
    Cluster(2, "noise", "Noise", (), -CENTRE),
)


def atlas(name: str, placed: Sequence[Place]) -> Atlas:
    return Atlas(Finding(name, "f", len(placed)), CLUSTERS, placed)


def told(found: Atlas | None) -> object:
    assert found is not None
    clusters = [(c.number, c.id, c.label, c.terms, c.centre.tolist()) for c in found.clusters]
    return found.finding, clusters, sorted(found.places)


@pytest.fixture(params=["a file", pytest.param("a server", marks=pytest.mark.slow)])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Library]:
    """A library of the papers a, b and c."""
    if request.param == "a file":
        made = Library(tmp_path / "home")
        store(made, "a", "b", "c")
        yield made
        made.close()
        return
    if not SERVER:
        pytest.skip("no PostgreSQL server here")
    with a_schema(tmp_path) as url:
        made = Library(tmp_path / "home", url)
        store(made, "a", "b", "c")
        yield made
        made.close()


def test_what_was_found_comes_back_as_it_was(library: Library) -> None:
    assert (library.placed.finding(), library.placed.load()) == (None, None)
    assert library.placed.waiting() == 3
    made = atlas("one", [*places("a", "b"), *places("c", topic=2)])
    library.placed.put(made)
    assert told(library.placed.load()) == told(made)
    assert library.placed.finding() == made.finding
    assert library.placed.waiting() == 0


def test_who_comes_second_changes_nothing(library: Library) -> None:
    first = atlas("one", places("a", "b", "c"))
    library.placed.put(first)
    library.placed.put(atlas("two", places("a")))
    library.placed.put(atlas("three", places("a")), instead_of="another")
    library.placed.add("another", places("d"))
    library.placed.name("another", {1: "Whales"})
    assert told(library.placed.load()) == told(first)
    library.placed.put(atlas("four", places("a")), instead_of="one")
    assert told(library.placed.load()) == told(atlas("four", places("a")))


def test_papers_that_come_are_counted_once_and_those_that_are_gone_forgotten(
    library: Library,
) -> None:
    library.placed.put(atlas("one", places("a", "b", "c")))
    store(library, "d", "e")
    assert library.placed.waiting() == 2
    library.placed.add("one", places("d", "e", topic=2))
    library.placed.add("one", [Place("d", 1, -0.9, 0.9, 0.9)])
    found = library.placed.load()
    assert found is not None
    assert found.finding == Finding("one", "f", 3, came=2)
    assert {p.paper_id: p.topic for p in found.places} == {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2}
    with library.writing():
        library.remove(["a", "e"])
    library.placed.add("one", [])
    found = library.placed.load()
    assert found is not None
    assert {p.paper_id for p in found.places} == {"b", "c", "d"}
    assert found.finding.came == 2


def test_a_model_names_once(library: Library) -> None:
    made = atlas("one", places("a", "b", "c"))
    library.placed.put(made)
    library.placed.name("one", {2: "Whale songs"})
    library.placed.name("one", {1: "Whales", 2: "Whales"})
    found = library.placed.load()
    assert found is not None
    assert [one.label for one in found.clusters] == ["Reefs, corals", "Whale songs"]
    assert found.finding == replace(made.finding, named=True)


def test_they_go_with_a_backup(tmp_path: Path, seed_home: Path) -> None:
    shutil.copytree(seed_home, tmp_path / "own")
    with Assistant.open(Settings(home=tmp_path / "own")) as assistant:
        topics = assistant.topics(anew=True)
        finding = assistant.library.placed.finding()
        assistant.backup(tmp_path / "b.zip")
        assistant.topics(anew=True)
        assistant.restore(tmp_path / "b.zip", assistant.settings, force=True)
        assert assistant.library.placed.finding() == finding
        assert assistant.topics() == topics


def find(home: Path) -> object:
    """Find topics, say which finding is there, and what was seen of it."""
    with Assistant.open(Settings(home=home, seeds="")) as assistant:
        found = assistant.topics()
        finding = assistant.library.placed.finding()
        assert finding is not None
        return finding.id, [(topic.id, topic.paper_ids, topic.x, topic.y) for topic in found]


@pytest.mark.slow
def test_of_two_that_find_at_the_same_moment_the_first_ones_stay(
    tmp_path: Path, seed_home: Path
) -> None:
    homes = [Path(shutil.copytree(seed_home, tmp_path / str(i))) for i in range(3)]
    for home in homes:
        with Assistant.open(Settings(home=home)) as assistant:
            database = assistant.library._database
            with database.transaction() as connection:
                for table in ("topics", "placed"):
                    connection.exec_driver_sql(f"DELETE FROM {table}")
                connection.exec_driver_sql("DELETE FROM meta WHERE key = 'topics'")
    for results in together(find, homes, processes=3):
        assert len({repr(one) for one in results}) == 1, results


TOLD = """
import json
from rag import Assistant
with Assistant.open() as library:
    print(json.dumps([[t.id for t in library.topics()], library.topics_grown()]))
    print(json.dumps([t.id for t in library.topics(anew=True)]))
"""


@pytest.mark.skipif(not can_be_tested(), reason="rights of files are POSIX's here")
def test_a_library_that_cannot_be_written_keeps_them_in_memory(
    tmp_path: Path, seed_home: Path
) -> None:
    home = Path(shutil.copytree(seed_home, tmp_path / "own"))
    with Assistant.open(Settings(home=home)) as assistant:
        ids = [topic.id for topic in assistant.topics()]
    before = state(home)
    with unwritable(home):
        environment = {**run_environment(home), "PYTHONPATH": str(ROOT)}
        done = obedient("-c", TOLD, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    there, anew = map(json.loads, done.stdout.splitlines())
    assert there == [ids, 0]
    assert anew == ids
    assert state(home) == before


def test_a_disk_that_is_full_is_told(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library._database, "read_only", True)
    with pytest.raises(StorageError):
        library.placed.put(atlas("one", places("a")))
