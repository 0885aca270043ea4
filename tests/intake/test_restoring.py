"""Backups: whole at any moment, refused when damaged, back without embedding anything."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from rag import Assistant, Settings
from rag.errors import InputError, LibraryError, LockedError, ReadError
from rag.library import Library
from rag.models.embed_local import LocalEmbedder
from tests.intake import killed
from tests.support.killing import started
from tests.support.places import ROOT, run_environment
from tests.support.postgres import of_a_file
from tests.support.rights import state

QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"


@pytest.fixture(scope="module")
def saved(seeded: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backup") / "library.zip"
    done = seeded.backup(file)
    assert (done.papers, done.file, done.bytes) == (95, str(file), file.stat().st_size)
    assert [one.name for one in file.parent.iterdir()] == ["library.zip"]  # nothing left beside it
    return file


def settings(home: Path) -> Settings:
    return Settings(home=home, seeds="")


def count(home: Path) -> int:
    library = Library(home)
    papers = library.count()
    library.close()
    return papers


def test_what_comes_back_answers_the_same_and_embeds_nothing(
    saved: Path, seeded: Assistant, tmp_path: Path
) -> None:
    home = tmp_path / "back"
    with mock.patch.object(LocalEmbedder, "run", side_effect=AssertionError("embedded")):
        done = Assistant.restore(saved, settings(home))
        assert (done.papers, done.kept) == (95, "")
        with Assistant.open(settings(home)) as back:
            back.make_ready()
    with Assistant.open(Settings(home=home)) as back:  # and its seeds are known to be in
        assert back.papers() == seeded.papers()
        assert back.ask(QUESTION).text == seeded.ask(QUESTION).text
        assert [one.paper.id for one in back.search("masked video")] == [
            one.paper.id for one in seeded.search("masked video")
        ]


def test_conversations_come_along(empty: Assistant, tmp_path: Path) -> None:
    empty.library.conversations.ask("Why?")
    empty.backup(tmp_path / "b.zip")
    Assistant.restore(tmp_path / "b.zip", settings(tmp_path / "back"))
    with Assistant.open(settings(tmp_path / "back")) as back:
        assert [one.title for one in back.library.conversations.all()] == ["Why?"]


def test_a_file_that_is_there_is_not_replaced_by_itself(empty: Assistant, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    file.write_text("mine")
    with pytest.raises(InputError, match="--force"):
        empty.backup(file)
    assert file.read_text() == "mine"
    empty.backup(file, force=True)
    assert zipfile.is_zipfile(file)
    with pytest.raises(InputError, match="name another file"):
        empty.backup(tmp_path, force=True)


# -- what is refused -----------------------------------------------------------------------------


def flipped(place: float) -> Callable[[bytes], bytes]:
    def flip(data: bytes) -> bytes:
        at = int(place * len(data))
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    return flip


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"nothing of the kind" * 99, id="another file"),
        pytest.param(lambda data: data[: len(data) // 2], id="half"),
        pytest.param(lambda data: data[:-30], id="its end missing"),
        pytest.param(flipped(0.3), id="a bit at 0.3"),
        pytest.param(flipped(0.9), id="a bit at 0.9"),
    ],
)
def test_a_damaged_file_is_refused_and_changes_nothing(
    saved: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    home, file = tmp_path / "back", tmp_path / "b.zip"
    file.write_bytes(damage(saved.read_bytes()))
    with Assistant.open(settings(home)) as assistant:
        assistant.library.conversations.ask("Why?")
    before = state(home)
    with pytest.raises(ReadError, match="is damaged, or no backup"):
        Assistant.restore(file, settings(home), force=True)
    before.pop("write.lock", None)
    after = state(home)
    after.pop("write.lock", None)
    assert after == before


def repacked(saved: Path, file: Path, **changed: object) -> Path:
    """Write a backup again with another manifest; None leaves an entry out."""
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(file, "w") as new:
        manifest = {**json.loads(old.read("manifest.json")), **changed}
        kept = {name: value for name, value in manifest.items() if value is not None}
        new.writestr("manifest.json", json.dumps(kept))
        new.writestr("library.db", old.read("library.db"))
    return file


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"form": 2}, LibraryError, "newer version"),
        ({"schema": 99}, LibraryError, "newer version"),
        ({"kind": "another"}, ReadError, "holds something else"),
        ({"sha256": "0" * 64}, ReadError, "not the one"),
        ({"papers": 94}, ReadError, "not the one that it tells of"),
        ({"size": 10}, ReadError, "holds more than it says"),
        ({"size": None}, ReadError, "damaged"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(
    saved: Path, tmp_path: Path, changed: dict[str, object], error: type[Exception], says: str
) -> None:
    file = repacked(saved, tmp_path / "b.zip", **changed)
    with pytest.raises(error, match=says):
        Assistant.restore(file, settings(tmp_path / "back"))
    assert not (tmp_path / "back" / "library.db").exists()
    with pytest.raises(ReadError, match="does not exist"):
        Assistant.restore(tmp_path / "missing.zip", settings(tmp_path / "back"))


def test_a_library_is_replaced_only_when_that_is_wanted_and_kept(
    saved: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    paper = '{"id": "mine", "title": "Audio codecs", "abstract": "We propose small audio codecs."}'
    (tmp_path / "own.jsonl").write_text(paper)
    with Assistant.open(settings(home)) as assistant:
        assistant.ingest(tmp_path / "own.jsonl")
    with pytest.raises(InputError, match="--force"):
        Assistant.restore(saved, settings(home))
    done = Assistant.restore(saved, settings(home), force=True)
    assert count(home) == 95
    back = Assistant.restore(done.kept, settings(home), force=True)
    assert (back.papers, count(home)) == (1, 1)
    with Assistant.open(settings(home)) as assistant:
        assert [hit.paper.id for hit in assistant.search("audio codecs")] == ["mine"]
    assert not list(home.glob(".restore*"))


@of_a_file
def test_a_damaged_library_is_kept_as_it_is(saved: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "library.db").write_bytes(b"no database" * 400)
    with pytest.raises(InputError, match="--force"):
        Assistant.restore(saved, settings(home))
    done = Assistant.restore(saved, settings(home), force=True)
    assert Path(done.kept).read_bytes() == b"no database" * 400
    assert count(home) == 95


def test_nothing_is_restored_while_another_writes(saved: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    with library.writing(), pytest.raises(LockedError):
        Assistant.restore(saved, settings(tmp_path / "home"))
    library.close()


# -- with others at it ---------------------------------------------------------------------------


@pytest.mark.slow
def test_who_has_it_open_goes_on_with_what_was_restored(
    saved: Path, seed_home: Path, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(seed_home, tmp_path / "home"))
    with Assistant.open(Settings(home=home)) as assistant:
        first = assistant.search("masked video")[0].paper.id
        assistant.remove(first)
        assert first not in [hit.paper.id for hit in assistant.search("masked video")]
        environment = {**run_environment(home), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "rag", "restore", str(saved), "--force"]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=100)
        assert assistant.search("masked video")[0].paper.id == first
        vector = assistant.embedder.embed(["masked video"])[0]
        assert first in assistant._parts.vectors.nearest(vector, 20)


@pytest.mark.slow
def test_a_backup_is_whole_while_another_process_ingests(tmp_path: Path) -> None:
    killed.files(tmp_path)
    home = tmp_path / "base"
    files: list[Path] = []
    process = started(killed.bring_in, home)
    with killed.opened(home) as assistant:
        while process.is_alive() and len(files) < 40:
            files.append(tmp_path / f"{len(files)}.zip")
            assistant.backup(files[-1])
        process.join()
        assert process.exitcode == 0
        files.append(tmp_path / "last.zip")
        assistant.backup(files[-1])
    counts: list[int] = []
    for file in files:
        place = tmp_path / f"back-{file.stem}"
        place.mkdir()
        with zipfile.ZipFile(file) as packed:
            counts.append(json.loads(packed.read("manifest.json"))["papers"])
            packed.extract("library.db", place)
        assert count(place) == counts[-1]
    assert counts == sorted(counts)
    assert {one % killed.BATCH for one in counts} == {0}  # whole transactions only
    assert counts[-1] == killed.HERE + killed.MORE
    assert len(counts) > 2
