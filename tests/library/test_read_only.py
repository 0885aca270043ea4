"""A library that cannot be written: asked and searched like any other, and left as it is."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from rag import Assistant, Settings
from tests.support.places import ROOT, run_environment
from tests.support.rights import can_be_tested, obedient, obeying, state, unwritable

pytestmark = pytest.mark.skipif(not can_be_tested(), reason="rights of files are POSIX's here")
QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"


@pytest.fixture
def home(seed_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(seed_home, tmp_path / "library"))


def rag(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {**run_environment(home), "PYTHONPATH": str(ROOT), **environment}
    return obedient("-m", "rag", *arguments, env=given)


ALL = f"""
import json
from rag import Assistant
with Assistant.open() as library:
    talk = library.library.conversations
    talk.ask("Why?")
    print(json.dumps([
        library.ask({QUESTION!r}).text,
        [hit.paper.id for hit in library.search("masked video", 3)],
        library.summarize("masked video autoencoders").text,
        [topic.label for topic in library.topics()],
        [paper.id for paper in library.papers()],
        len(talk.all()),
    ]))
"""


@pytest.mark.slow
def test_it_is_asked_like_any_other(home: Path, seeded: Assistant) -> None:
    before = state(home)
    environment = {**run_environment(home), "PYTHONPATH": str(ROOT)}
    with unwritable(home):
        done = obedient("-c", ALL, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == [
        seeded.ask(QUESTION).text,
        [hit.paper.id for hit in seeded.search("masked video", 3)],
        seeded.summarize("masked video autoencoders").text,
        [topic.label for topic in seeded.topics()],
        [paper.id for paper in seeded.papers()],
        1,
    ]
    assert state(home) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("ingest", "new.jsonl"),
        pytest.param(("remove", "step-video-t2v-e580506419"), marks=pytest.mark.slow),
        pytest.param(("ingest", "--re-embed"), marks=pytest.mark.slow),
        pytest.param(("star", "step-video-t2v-e580506419"), marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_a_change_is_refused_in_one_line(home: Path, arguments: tuple[str]) -> None:
    Path("new.jsonl").write_text('{"id": "new", "title": "New", "abstract": "This is new."}')
    before = state(home)
    with unwritable(home):
        done = rag(home, *arguments)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f"rag: the library in {home} is read-only here and cannot be changed; get the right to "
        "write there, or set RAG_HOME to a copy of the folder\n"
    )
    assert state(home) == before


def test_the_doctor_says_so(home: Path) -> None:
    with unwritable(home):
        done = rag(home, "doctor")
    assert done.returncode == 0, done.stdout
    assert "read-only: it can be asked" in " ".join(done.stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["vectors", "lexicon", "both"])
def test_missing_indexes_are_built_elsewhere(home: Path, seed_home: Path, lost: str) -> None:
    for name in ("vectors", "lexicon"):
        if lost in (name, "both"):
            shutil.rmtree(home / name)
    with unwritable(home):
        done = rag(home, "search", "masked video", "--json")
    assert json.loads(done.stdout) == json.loads(
        rag(seed_home, "search", "masked video", "--json").stdout
    )


@pytest.mark.slow
def test_an_index_that_others_may_not_read_is_built_elsewhere(home: Path) -> None:
    (home / "lexicon" / "meta.json").chmod(0)
    with unwritable(home):
        assert "VideoMAE" in rag(home, "search", "masked video").stdout


@pytest.mark.parametrize(
    "kind", [pytest.param(one, marks=pytest.mark.slow) for one in ("older", "killed", "empty")]
)
def test_a_file_that_must_be_changed_first(home: Path, kind: str) -> None:
    if kind == "older":
        with sqlite3.connect(home / "library.db") as connection:
            connection.execute("DROP INDEX ix_papers_shelf")
            connection.execute("ALTER TABLE papers DROP COLUMN found_by")
            connection.execute("UPDATE meta SET value = '4' WHERE key = 'schema'")
        connection.close()
    elif kind == "empty":
        shutil.rmtree(home)
        rag(home, "papers", RAG_SEEDS="")
    else:  # commits that lie in the log alone, as a kill leaves them, and no index of the log
        writer = sqlite3.connect(home / "library.db")
        writer.execute("UPDATE papers SET title = 'Renamed' WHERE position = 1")
        writer.commit()
        shutil.copytree(home, home.with_name("killed"))
        writer.close()
        shutil.rmtree(home)
        home.with_name("killed").rename(home)
        (home / "library.db-shm").unlink()
    with unwritable(home):
        papers = json.loads(rag(home, "papers", "--json").stdout)
        asked = rag(home, "ask", QUESTION)
    assert asked.returncode == 0, asked.stderr
    assert len(papers) == (0 if kind == "empty" else 95)
    if kind == "killed":
        assert papers[0]["title"] == "Renamed"


@pytest.mark.slow
def test_it_is_read_while_its_owner_writes(home: Path) -> None:
    owner = sqlite3.connect(home / "library.db")
    owner.execute("UPDATE papers SET title = 'Renamed' WHERE position = 1")
    owner.commit()
    with unwritable(home):
        papers = json.loads(rag(home, "papers", "--json").stdout)
    owner.close()
    assert papers[0]["title"] == "Renamed"


@pytest.mark.slow
def test_a_mount_that_cannot_be_written(home: Path, tmp_path: Path) -> None:
    place = tmp_path / "mounted"
    place.mkdir()
    for options in (["--bind", str(home), str(place)], ["-o", "remount,bind,ro", str(place)]):
        if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
            subprocess.run(["umount", str(place)], capture_output=True, check=False)
            pytest.skip("nothing may be mounted here")
    try:
        asked = rag(place, "ask", QUESTION)
        changed = rag(place, "remove", "step-video-t2v-e580506419")
    finally:
        subprocess.run(["umount", str(place)], check=True)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "[1]" in asked.stdout
    assert "is read-only here" in changed.stderr


@pytest.mark.slow
def test_it_is_backed_up_and_followed_while_its_owner_changes_it(
    home: Path, tmp_path: Path
) -> None:
    """Who asks a library of another user is told of what that one brings in meanwhile."""
    code = (
        "import sys; from pathlib import Path; from rag import Assistant\n"
        "with Assistant.open() as library:\n"
        "    library.backup(sys.argv[1])\n"
        "    print(library.search('audio codecs')[0].paper.id, flush=True)\n"
        "    Path(sys.argv[2]).touch()\n"
        "    sys.stdin.readline()\n"
        "    print(library.search('audio codecs')[0].paper.id, flush=True)\n"
    )
    environment = {**run_environment(home), "PYTHONPATH": str(ROOT)}
    saved, asked = tmp_path / "b.zip", tmp_path / "asked"
    (tmp_path / "new.jsonl").write_text(
        '{"id": "new", "title": "Audio codecs", "abstract": "Codecs for audio are small."}'
    )
    with unwritable(home):
        reader = subprocess.Popen(
            obeying("-c", code, str(saved), str(asked)),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        while not asked.exists():
            assert reader.poll() is None
            time.sleep(0.05)
    with Assistant.open(Settings(home=home)) as owner:
        owner.ingest(tmp_path / "new.jsonl")
        told, _ = reader.communicate("go on\n", timeout=100)
    before, after = told.split()
    assert before != "new"
    assert after == "new"
    assert Assistant.restore(saved, Settings(home=tmp_path / "back")).papers == 95
