"""Ingest: nothing twice, nothing lost, indexes that follow; killed for real, disk full for real."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from rag import Assistant, Settings
from rag.errors import (
    FingerprintError,
    LockedError,
    ModelDownError,
    ReadError,
    UnknownPaperError,
)
from rag.library import Library
from rag.models.embed_local import LocalEmbedder, Pass
from rag.search import retriever as retrieve
from tests.support.endpoint import ScriptedEndpoint
from tests.support.places import run_environment
from tests.support.postgres import of_a_file

TOPICS = ("pruning", "quantization", "diffusion", "retrieval", "segmentation")


def rows(count: int, *, start: int = 0) -> list[dict[str, str]]:
    return [
        {
            "id": f"p{i}",
            "title": f"Paper {i} on {TOPICS[i % 5]}",
            "abstract": f"We study {TOPICS[i % 5]} number {i}. It gains {i}.5 points on the test.",
        }
        for i in range(start, start + count)
    ]


def write(path: Path, papers: list[dict[str, str]]) -> Path:
    path.write_text("\n".join(map(json.dumps, papers)))
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "library", seeds="")


@pytest.fixture
def assistant(settings: Settings) -> Iterator[Assistant]:
    with Assistant.open(settings) as assistant:
        yield assistant


def found(assistant: Assistant, query: str) -> list[str]:
    return [hit.paper.id for hit in assistant.search(query, k=3)]


def test_the_same_input_twice_changes_and_embeds_nothing(
    assistant: Assistant, tmp_path: Path
) -> None:
    path = write(tmp_path / "p.jsonl", rows(7))
    first = assistant.ingest(path)
    assert (len(first.added), first.embedded) == (7, 7)
    sequence = assistant.library.sequence
    again = assistant.ingest(path)
    assert (len(again.unchanged), again.added, again.updated, again.embedded) == (7, (), (), 0)
    assert assistant.library.sequence == sequence


def test_a_changed_abstract_is_updated_everywhere(assistant: Assistant, tmp_path: Path) -> None:
    papers = rows(6)
    assistant.ingest(write(tmp_path / "p.jsonl", papers))
    papers[2]["abstract"] = "This is now about audio codecs. They are small."
    report = assistant.ingest(write(tmp_path / "p.jsonl", papers))
    assert (report.updated, report.embedded, len(report.unchanged)) == (("p2",), 1, 5)
    assert found(assistant, "audio codecs")[0] == "p2"
    assert assistant.search("audio codecs", k=1)[0].paper.abstract.startswith("This is now")
    assert len(assistant.papers()) == 6


def test_changed_metadata_is_updated_without_embedding(
    assistant: Assistant, tmp_path: Path
) -> None:
    papers = rows(2)
    assistant.ingest(write(tmp_path / "p.jsonl", papers))
    papers[0]["venue"] = "CVPR"
    report = assistant.ingest(write(tmp_path / "p.jsonl", papers))
    assert (report.updated, report.embedded) == (("p0",), 0)
    assert assistant.paper("p0").venue == "CVPR"


def test_removed_papers_are_found_no_more_and_can_come_back(
    assistant: Assistant, tmp_path: Path
) -> None:
    path = write(tmp_path / "p.jsonl", rows(4))
    assistant.ingest(path)
    assistant.remove("p1", "p2")
    assert {"p1", "p2"}.isdisjoint(found(assistant, "quantization and diffusion"))
    with pytest.raises(UnknownPaperError, match="p1"):
        assistant.paper("p1")
    assert assistant.ingest(path).added == ("p1", "p2")
    assert "p1" in found(assistant, "quantization")


def test_removing_an_unknown_paper_removes_nothing(assistant: Assistant, tmp_path: Path) -> None:
    assistant.ingest(write(tmp_path / "p.jsonl", rows(2)))
    with pytest.raises(UnknownPaperError, match="nope"):
        assistant.remove("p0", "nope")
    assert len(assistant.papers()) == 2


def test_two_papers_of_one_title_that_say_other_things_are_two(
    assistant: Assistant, tmp_path: Path
) -> None:
    one, two = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    one.write_text('{"title": "Editorial", "abstract": "About spring."}')
    two.write_text('{"title": "Editorial", "abstract": "About autumn."}')
    assert len(assistant.ingest(one, two).added) == 2
    assert len(assistant.ingest(one, two).unchanged) == 2
    two.write_text('{"title": "Editorial", "abstract": "About winter."}')
    assistant.ingest(two)  # edited: it is the paper that this file had
    assert [p.abstract for p in assistant.papers()] == ["About spring.", "About winter."]


def test_two_papers_that_claim_one_given_id_are_a_problem(
    assistant: Assistant, tmp_path: Path
) -> None:
    one, two = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    one.write_text('{"id": "e", "title": "Editorial", "abstract": "About spring."}')
    two.write_text('{"id": "e", "title": "Editorial", "abstract": "About autumn."}')
    report = assistant.ingest(one, two)
    assert len(report.added) == 1
    assert "stands twice with different abstracts" in report.problems[0].message


def test_a_missing_path_changes_nothing(assistant: Assistant, tmp_path: Path) -> None:
    with pytest.raises(ReadError):
        assistant.ingest(write(tmp_path / "p.jsonl", rows(2)), tmp_path / "missing.jsonl")
    assert assistant.papers() == []


def test_progress_is_told(settings: Settings, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    with Assistant.open(settings, progress=lambda *step: seen.append(step)) as assistant:
        assistant.ingest(write(tmp_path / "p.jsonl", rows(40)))
    assert [step for step in seen if step[0] == "embedding"] == [
        ("embedding", 0, 40),
        ("embedding", 32, 40),
        ("embedding", 40, 40),
    ]


def test_a_second_writer_is_refused_and_readers_go_on(
    assistant: Assistant, settings: Settings, tmp_path: Path
) -> None:
    assistant.ingest(write(tmp_path / "p.jsonl", rows(3)))
    with Assistant.open(settings) as other, assistant.library.writing():
        with pytest.raises(LockedError):
            other.ingest(write(tmp_path / "q.jsonl", rows(3, start=10)))
        assert found(other, "pruning")[0] == "p0"


# -- seeds ---------------------------------------------------------------------------------------


def test_first_use_brings_in_the_seeds_once(tmp_path: Path) -> None:
    seeds = write(tmp_path / "seeds.jsonl", rows(3))
    settings = Settings(home=tmp_path / "library", seeds=str(seeds))
    with Assistant.open(settings) as assistant:
        assert len(assistant.papers()) == 3
        assistant.remove("p0", "p1", "p2")
    with Assistant.open(settings) as assistant:
        assert assistant.papers() == []


def test_no_seeds_when_switched_off(settings: Settings) -> None:
    with Assistant.open(settings) as assistant:
        assert assistant.papers() == []


def test_seeds_that_cannot_be_used_are_an_error_and_asked_for_again(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.txt"
    seeds.write_bytes(b"\x00\x01")
    settings = Settings(home=tmp_path / "library", seeds=str(seeds))
    for _ in range(2):
        with pytest.raises(ReadError, match=r"RAG_SEEDS: no paper in .*binary"):
            Assistant.open(settings)


@of_a_file
def test_a_first_use_that_broke_off_is_taken_up_again(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "library", seeds=str(tmp_path / "seeds.jsonl"))
    with pytest.raises(ReadError), Assistant.open(settings):
        pass
    write(tmp_path / "seeds.jsonl", rows(3))
    with Assistant.open(settings) as assistant:
        assert len(assistant.papers()) == 3


# -- indexes that are missing, old, broken or foreign ------------------------------------------


def ruin_vectors(home: Path) -> None:
    for file in (home / "vectors").rglob("*"):
        if file.is_file():
            file.write_bytes(b"ruined" * 100)


def truncate_lexicon(home: Path) -> None:
    for file in (home / "lexicon").iterdir():
        if file.suffix != ".json":
            file.write_bytes(file.read_bytes()[:5])


def drop(name: str, home: Path) -> None:
    import shutil

    shutil.rmtree(home / name)


@pytest.mark.parametrize(
    "damage",
    [
        ruin_vectors,
        lambda home: drop("vectors", home),
        lambda home: drop("lexicon", home),
        lambda home: (home / "lexicon" / "meta.json").write_text("{"),
        truncate_lexicon,
        lambda home: (home / "lexicon" / "built-from.json").unlink(),
    ],
    ids=[
        "vectors ruined",
        "no vectors",
        "no lexicon",
        "lexicon ruined",
        "cut short",
        "lexicon unstamped",
    ],
)
def test_a_broken_index_is_rebuilt_without_embedding(
    settings: Settings,
    tmp_path: Path,
    damage: Callable[[Path], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Assistant.open(settings) as assistant:
        assistant.ingest(write(tmp_path / "p.jsonl", rows(10)))
        before = found(assistant, "diffusion number 2")
    damage(settings.home)
    embedded: list[int] = []
    with Assistant.open(settings) as assistant:
        run = LocalEmbedder.run

        def counted(self: LocalEmbedder, text: str) -> Pass:
            embedded.append(1)
            return run(self, text)

        monkeypatch.setattr(LocalEmbedder, "run", counted)
        assert found(assistant, "diffusion number 2") == before
    assert embedded == [1]  # the question


def test_an_index_that_lags_behind_catches_up(settings: Settings, tmp_path: Path) -> None:
    with Assistant.open(settings) as assistant:
        assistant.ingest(write(tmp_path / "p.jsonl", rows(5)))
    library = Library(settings.home)  # what a kill between commit and indexing leaves
    with library.writing():
        library.remove(["p0"])
    library.close()
    with Assistant.open(settings) as assistant:
        assert "p0" not in found(assistant, "pruning")


def test_indexes_of_another_library_are_not_believed(tmp_path: Path) -> None:
    homes = [tmp_path / "one", tmp_path / "two"]
    for home, start in zip(homes, (0, 100), strict=True):
        with Assistant.open(Settings(home=home, seeds="")) as assistant:
            assistant.ingest(write(tmp_path / "p.jsonl", rows(5, start=start)))
    for name in ("vectors", "lexicon"):
        drop(name, homes[0])
        (homes[1] / name).rename(homes[0] / name)
    with Assistant.open(Settings(home=homes[0], seeds="")) as assistant:
        assert found(assistant, "pruning")[0] == "p0"


@of_a_file
@pytest.mark.parametrize("exact", [0, 5_000], ids=["through Chroma", "in memory"])
def test_another_process_changes_are_seen(
    assistant: Assistant,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    exact: int,
) -> None:
    monkeypatch.setattr(retrieve, "EXACT", exact)
    assistant.ingest(write(tmp_path / "p.jsonl", rows(5)))
    assert found(assistant, "pruning")[0] == "p0"
    path = write(
        tmp_path / "q.jsonl",
        [{"id": "new", "title": "Audio codecs", "abstract": "Codecs for audio are small."}],
    )
    code = "import sys; from rag.cli import main; sys.argv = ['rag', 'ingest', sys.argv[1]]; main()"
    environment = {**run_environment(settings.home), "RAG_SEEDS": ""}
    command = [sys.executable, "-c", code, str(path)]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    assert found(assistant, "audio codecs")[0] == "new"
    vector = assistant.embedder.embed(["audio codecs"])[0]
    assert "new" in assistant.paper_retriever.near(vector)


# -- another embedder ----------------------------------------------------------------------------


def endpoint_settings(settings: Settings) -> Settings:
    return Settings(
        home=settings.home, seeds="", embed_model="scripted", embed_base_url="http://127.0.0.1:1/v1"
    )


def test_another_embedder_is_refused_until_the_library_is_embedded_anew(
    settings: Settings, tmp_path: Path
) -> None:
    path = write(tmp_path / "p.jsonl", rows(6))
    with Assistant.open(settings) as assistant:
        assistant.ingest(path)
    transport = httpx.MockTransport(ScriptedEndpoint([]))
    with Assistant.open(endpoint_settings(settings), transport=transport) as assistant:
        for act in (lambda: assistant.search("pruning"), lambda: assistant.ingest(path)):
            with pytest.raises(FingerprintError, match=r"RAG_EMBED_MODEL=minilm to .* --re-embed"):
                act()
        assert assistant.re_embed() == 6
        assert found(assistant, "Paper 3 on retrieval")[0] == "p3"
    with Assistant.open(settings) as assistant, pytest.raises(FingerprintError):
        assistant.search("pruning")
    with Assistant.open(settings) as assistant:
        assert assistant.re_embed() == 0  # its vectors were kept
        assert found(assistant, "pruning number 0")[0] == "p0"


def test_an_endpoint_whose_dimension_changed_is_told(settings: Settings, tmp_path: Path) -> None:
    ours = endpoint_settings(settings)
    with Assistant.open(ours, transport=httpx.MockTransport(ScriptedEndpoint([]))) as assistant:
        assistant.ingest(write(tmp_path / "p.jsonl", rows(3)))
    longer = httpx.MockTransport(ScriptedEndpoint([], dimension=16))
    with (
        Assistant.open(ours, transport=longer) as assistant,
        pytest.raises(FingerprintError, match="16 numbers, this library holds 8"),
    ):
        assistant.search("pruning")


@pytest.mark.parametrize("act", ["ingest", "re-embed"])
def test_a_changed_dimension_is_never_mixed_in(
    settings: Settings, tmp_path: Path, act: str
) -> None:
    ours = endpoint_settings(settings)
    more = write(tmp_path / "q.jsonl", rows(3, start=10))
    with Assistant.open(ours, transport=httpx.MockTransport(ScriptedEndpoint([]))) as assistant:
        assistant.ingest(write(tmp_path / "p.jsonl", rows(3)))
    longer = httpx.MockTransport(ScriptedEndpoint([], dimension=16))
    with Assistant.open(ours, transport=longer) as assistant:
        if act == "ingest":
            with pytest.raises(FingerprintError, match="now gives 16 numbers"):
                assistant.ingest(more)
            assert len(assistant.papers()) == 3
        assert assistant.re_embed() == 3
        assistant.ingest(more)
        assert found(assistant, "Paper 11 on quantization")[0] == "p11"


def test_re_embedding_with_an_endpoint_that_is_down_changes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    with Assistant.open(settings) as assistant:
        assistant.ingest(write(tmp_path / "p.jsonl", rows(3)))
    down = httpx.MockTransport(ScriptedEndpoint([500]))
    with (
        Assistant.open(endpoint_settings(settings), transport=down) as assistant,
        pytest.raises(ModelDownError),
    ):
        assistant.re_embed()
    with Assistant.open(settings) as assistant:
        assert found(assistant, "pruning")[0] == "p0"


@of_a_file
def test_lost_vectors_are_computed_again(settings: Settings, tmp_path: Path) -> None:
    with Assistant.open(settings) as assistant:
        assistant.ingest(write(tmp_path / "p.jsonl", rows(4)))
    with sqlite3.connect(settings.home / "library.db") as connection:
        connection.execute("DELETE FROM vectors WHERE rowid % 2")
    connection.close()
    with Assistant.open(settings) as assistant:
        assert len(assistant.search("pruning", k=4)) == 4


# -- killed, and out of disk ---------------------------------------------------------------------


def ingest_process(home: Path, path: Path, *, before: str = "") -> subprocess.Popen[bytes]:
    code = f"import sys; {before}from rag.cli import main; sys.argv[0] = 'rag'; main()"
    environment = {**run_environment(home), "RAG_SEEDS": ""}
    return subprocess.Popen(
        [sys.executable, "-c", code, "ingest", str(path)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.slow
def test_a_kill_loses_nothing_that_was_committed(settings: Settings, tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", rows(600))
    committed = 0
    for delay in (1.0, 1.5, 2.0, 2.5, 3.0):
        process = ingest_process(settings.home, path)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        library = Library(settings.home)
        assert library.count() >= committed
        committed = library.count()
        library.close()
        with Assistant.open(settings) as assistant:
            if committed:
                assert len(assistant.search("pruning", k=5)) == 5
    process = ingest_process(settings.home, path)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    with Assistant.open(settings) as assistant:
        assert len(assistant.papers()) == 600
        assert found(assistant, "Paper 577 on diffusion")[0] == "p577"


@pytest.mark.slow
def test_a_full_disk_is_one_clear_line_and_loses_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    first = write(tmp_path / "p.jsonl", rows(5))
    with Assistant.open(settings) as assistant:
        assistant.ingest(first)
    more = write(tmp_path / "q.jsonl", rows(400, start=100))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000)); "
    process = ingest_process(settings.home, more, before=limit)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert errors.decode().startswith("rag: ")
    assert errors.count(b"\n") == 1
    assert b"free some space" in errors
    with Assistant.open(settings) as assistant:
        assert {f"p{i}" for i in range(5)} <= {paper.id for paper in assistant.papers()}
        assert found(assistant, "pruning number 0")[0] == "p0"
        assistant.ingest(more)
        assert len(assistant.papers()) == 405


def test_what_was_removed_is_put_back_as_it_was(tmp_path: Path) -> None:
    with Assistant.open(Settings(home=tmp_path / "library")) as assistant:
        paper = assistant.papers(filters={"ids": ["violet-end-to-2be249ec4f"]})[0]
        before = assistant.ask("What does VIOLET propose?").text
        assistant.remove(paper.id)
        assert paper.id not in {one.id for one in assistant.papers()}
        assert assistant.put_back(paper).added == (paper.id,)
        assert assistant.paper(paper.id) == paper
        assert assistant.ask("What does VIOLET propose?").text == before
        assert assistant.put_back(paper).unchanged == (paper.id,)
