"""Several processes that use a library for the first time at once, from seeds to answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag import Assistant, Settings
from tests.support.together import together

PROCESSES = 4
PAPERS = 12


def seeds_of(home: Path) -> Path:
    return home.parent / "seeds.jsonl"


def asked(home: Path) -> tuple[int, list[str], int]:
    """Open a library for the first time, and search in it."""
    with Assistant.open(Settings(home=home, seeds=str(seeds_of(home)))) as assistant:
        hits = assistant.search("corals that grow", 3)
        vector = assistant.embedder.embed(["corals that grow"])[0]
        near = assistant._parts.vectors.nearest(vector, 3)
        return len(assistant.papers()), [hit.paper.id for hit in hits], len(near)


def asked_of_nothing(home: Path) -> str:
    """Ask a new library without papers."""
    with Assistant.open(Settings(home=home, seeds="")) as assistant:
        return assistant.ask("How do corals grow?").text


def added(home: Path) -> list[str]:
    """Bring the same papers in, waiting for nobody: who finds another at it is told so."""
    with Assistant.open(Settings(home=home, seeds="")) as assistant:
        return list(assistant.ingest(seeds_of(home)).added)


def write_seeds(folder: Path) -> None:
    papers = [
        {"id": f"p{i}", "title": f"Corals {i}", "abstract": f"We grow {i} corals. They grow well."}
        for i in range(PAPERS)
    ]
    (folder / "seeds.jsonl").write_text("\n".join(map(json.dumps, papers)))


@pytest.mark.slow
@pytest.mark.parametrize("indexes", ["missing", "there"])
def test_all_get_the_same_answer_on_first_use(tmp_path: Path, indexes: str) -> None:
    write_seeds(tmp_path)
    homes = [tmp_path / f"home-{i}" for i in range(6)]
    if indexes == "there":  # nothing is to be made any more, and all only open it
        for home in homes:
            asked(home)
    for found in together(asked, homes, processes=PROCESSES):
        assert len({str(one) for one in found}) == 1, found
        count, ids, near = found[0] if isinstance(found[0], tuple) else (0, [], 0)
        assert (count, len(ids), near) == (PAPERS, 3, 3), found


@pytest.mark.slow
def test_a_new_library_without_papers_can_be_asked_by_all(tmp_path: Path) -> None:
    homes = [tmp_path / f"home-{i}" for i in range(6)]
    for found in together(asked_of_nothing, homes, processes=PROCESSES):
        assert len(set(map(str, found))) == 1, found
        assert "Error" not in str(found[0])
    assert not (homes[0] / "lexicon").exists()  # who only reads makes nothing


@pytest.mark.slow
def test_of_all_who_bring_papers_in_one_does_and_the_others_are_told(tmp_path: Path) -> None:
    write_seeds(tmp_path)
    homes = [tmp_path / f"home-{i}" for i in range(4)]
    for home, found in zip(homes, together(added, homes, processes=PROCESSES), strict=True):
        worked = [one for one in found if isinstance(one, list)]
        assert max(map(len, worked)) == PAPERS
        assert sum(map(len, worked)) == PAPERS  # once and no more
        assert all("LockedError" in str(one) for one in found if not isinstance(one, list)), found
        assert asked(home)[0] == PAPERS
