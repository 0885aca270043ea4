"""A library on a PostgreSQL server: shared by several pages, each with indexes of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from rag import Assistant, Settings
from rag.doctor import examine
from rag.errors import ConfigError, InputError, LockedError, StorageError
from rag.library import Library
from rag.records import Paper
from tests.support.places import ROOT, run_environment
from tests.support.postgres import SERVER, a_schema, on_a_server

Make = Callable[..., Paper]
QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"

needs_one = on_a_server


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with a_schema(tmp_path) as address:
        yield address


def page(home: Path, url: str, seeds: str | None = "") -> Assistant:
    """Open the library as a page on another machine would: its folder is its own."""
    return Assistant.open(Settings(home=home, database_url=SecretStr(url), seeds=seeds))


def a_file(folder: Path, *titles: str) -> Path:
    file = folder / f"{titles[0]}.jsonl"
    rows = ({"title": one, "abstract": f"We study {one} in depth. It flies."} for one in titles)
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return file


@needs_one
def test_it_answers_as_a_file_does(tmp_path: Path, url: str, seeded: Assistant) -> None:
    with page(tmp_path / "home", url, seeds=None) as here:
        assert here.ask(QUESTION).text == seeded.ask(QUESTION).text
        assert [p.id for p in here.papers()] == [p.id for p in seeded.papers()]
        assert here.search("masked video", filters={"author": "wang"}) == seeded.search(
            "masked video", filters={"author": "wang"}
        )
        assert here.library.shelf.browse("video", sort="authors") == seeded.library.shelf.browse(
            "video", sort="authors"
        )
        assert here.library.shelf.collections() == seeded.library.shelf.collections()
    assert not (tmp_path / "home" / "library.db").exists()


@needs_one
def test_what_one_page_takes_in_or_out_the_others_know_at_once(tmp_path: Path, url: str) -> None:
    with page(tmp_path / "one", url) as one, page(tmp_path / "two", url) as two:
        assert two.search("ornithopters") == []
        one.ingest(a_file(tmp_path, "Ornithopters", "Gliders"))
        start = time.monotonic()
        assert two.search("ornithopters")[0].paper.title == "Ornithopters"
        assert time.monotonic() - start < 5
        assert two._parts.ingest.indexes.are_true()  # its words, too, and not the vectors alone
        two.remove(two.search("ornithopters")[0].paper.id)
        assert [hit.paper.title for hit in one.search("ornithopters flying")] == ["Gliders"]
        assert one._parts.ingest.indexes.are_true()
        two.ingest(a_file(tmp_path, "Kites"))
        assert one.ask("What flies like kites?").citations


@needs_one
def test_a_page_goes_on_while_another_writes(tmp_path: Path, url: str) -> None:
    with page(tmp_path / "one", url) as one, page(tmp_path / "two", url) as two:
        one.ingest(a_file(tmp_path, "Ornithopters"))
        with one.library.writing():
            assert two.search("ornithopters")
            with pytest.raises(LockedError, match="another process is writing"):
                two.ingest(a_file(tmp_path, "Kites"))
            assert two.library.conversations.ask("What flies?").question
        two.ingest(a_file(tmp_path, "Kites"))


@needs_one
def test_conversations_and_logins_are_shared(tmp_path: Path, url: str) -> None:
    with page(tmp_path / "one", url) as one, page(tmp_path / "two", url) as two:
        asked = one.library.conversations.ask("What\0 flies?", owner="ann")
        (there,) = two.library.conversations.all("ann")
        assert there.id == asked.conversation
        assert two.library.conversations.exchanges(there.id, "ann")[0].question == "What flies?"
        one.library.logins.note("digest", "ann", "proof")
        assert two.library.logins.of("digest") == ("ann", "proof")


_FIRST = """
import sys
from pydantic import SecretStr
from rag import Assistant, Settings
home, url = sys.argv[1:]
given = Settings(home=home, database_url=SecretStr(url))
with Assistant.open(given) as here:
    print(len(here.papers()), here.library.identity, len(here.search("masked video")))
"""


@needs_one
@pytest.mark.slow
def test_all_who_use_it_first_at_once_get_the_same_one(tmp_path: Path, url: str) -> None:
    for number in range(3):
        with a_schema(tmp_path / f"{number}") as fresh:
            commands = [
                [sys.executable, "-c", _FIRST, str(tmp_path / f"{number}-{i}"), fresh]
                for i in range(4)
            ]
            environment = {**run_environment(tmp_path), "PYTHONPATH": str(ROOT)}
            running = [
                subprocess.Popen(
                    one, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
                )
                for one in commands
            ]
            told = [process.communicate(timeout=300) for process in running]
            assert [process.returncode for process in running] == [0] * 4, told
            assert len({out for out, _ in told}) == 1
            assert told[0][0].startswith("95 ")


_HOLDS = """
import sys, time
from pydantic import SecretStr
from rag.library import Library
library = Library(__import__("pathlib").Path(sys.argv[1]), sys.argv[2])
with library.writing():
    print("held", flush=True)
    time.sleep(60)
"""


@needs_one
@pytest.mark.slow
def test_who_is_killed_while_writing_holds_no_lock(tmp_path: Path, url: str) -> None:
    environment = {**run_environment(tmp_path), "PYTHONPATH": str(ROOT)}
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDS, str(tmp_path / "one"), url],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with page(tmp_path / "two", url) as two:
        with pytest.raises(LockedError):
            two.ingest(a_file(tmp_path, "Kites"))
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
        with two.library.writing(wait=10):
            pass


@needs_one
def test_a_lock_whose_connection_is_gone_is_not_written_under(tmp_path: Path, url: str) -> None:
    library = Library(tmp_path / "home", url)

    def cut_off() -> None:
        with library.writing():
            with library._database.reading() as connection:
                held = "pg_locks WHERE locktype = 'advisory' AND classid = 7331002"
                connection.execute(sa.text(f"SELECT pg_terminate_backend(pid) FROM {held}"))
            library.mark_seeded()

    with pytest.raises(StorageError, match="does not answer"):
        cut_off()
    before = library.seeded
    with library.writing():
        library.mark_seeded()
    assert (before, library.seeded) == (False, True)
    library.close()


@needs_one
def test_a_backup_goes_from_a_server_to_a_file_and_back(tmp_path: Path, url: str) -> None:
    with page(tmp_path / "home", url) as here:
        here.ingest(a_file(tmp_path, "Ornithopters", "Kites"))
        asked = here.library.conversations.ask("What flies?")
        here.backup(tmp_path / "all.zip")
    done = Assistant.restore(tmp_path / "all.zip", Settings(home=tmp_path / "file"))
    assert done.papers == 2
    with Assistant.open(Settings(home=tmp_path / "file", seeds="")) as there:
        assert there.search("kites")[0].paper.title == "Kites"
        assert there.library.conversations.exchange(asked.id) is not None
        there.ingest(a_file(tmp_path, "Balloons"))
        there.backup(tmp_path / "more.zip")
    given = Settings(home=tmp_path / "home", database_url=SecretStr(url))
    with pytest.raises(InputError, match="holds a library already"):
        Assistant.restore(tmp_path / "more.zip", given)
    done = Assistant.restore(tmp_path / "more.zip", given, force=True)
    assert (done.papers, Path(done.kept).exists()) == (3, True)
    with page(tmp_path / "home", url) as here:
        assert [p.title for p in here.papers()] == ["Ornithopters", "Kites", "Balloons"]
        assert here.search("balloons")[0].paper.title == "Balloons"
        here.ingest(a_file(tmp_path, "Rockets"))
        assert len(here.papers()) == 4


@needs_one
def test_a_paper_of_a_thousand_authors_is_taken(tmp_path: Path, url: str) -> None:
    authors = [f"Adamantina B. Q. Longname-{number} van der Waals" for number in range(3_000)]
    row = {"title": "Boson", "abstract": "It was seen.", "authors": authors}
    (tmp_path / "many.jsonl").write_text(json.dumps(row), encoding="utf-8")
    with page(tmp_path / "home", url) as here:
        here.ingest(tmp_path / "many.jsonl")
        (hit,) = here.search("boson", filters={"author": "longname-2999"})
        assert len(hit.paper.authors) == 3_000


@needs_one
def test_one_that_may_only_be_read_is_asked(tmp_path: Path, url: str) -> None:
    with page(tmp_path / "home", url) as here:
        here.ingest(a_file(tmp_path, "Kites"))
    option = "-cdefault_transaction_read_only=on"
    given = sa.make_url(url)
    reading = given.update_query_dict({"options": f"{given.query['options']} {option}"})
    address = reading.render_as_string(hide_password=False)
    with page(tmp_path / "other", address) as there:
        assert there.search("kites")[0].paper.title == "Kites"
        with pytest.raises(StorageError, match="read-only"):
            there.ingest(a_file(tmp_path, "Balloons"))
        there.library.conversations.ask("What flies?")


@needs_one
def test_the_doctor_looks_at_it(tmp_path: Path, url: str) -> None:
    given = Settings(home=tmp_path / "home", database_url=SecretStr(url))
    checks = {check.name: check for check in examine(given)}
    assert checks["database server"].ok
    assert "PostgreSQL 1" in checks["database server"].found
    assert not [check.found for check in checks.values() if "rag@" in check.found]


@pytest.mark.parametrize(
    ("address", "error", "said"),
    [
        ("postgresql+psycopg://rag:secret@127.0.0.1:1/x", StorageError, "does not answer"),
        ("postgresql://rag:secret@127.0.0.1:1/x", StorageError, "RAG_DATABASE_URL"),
        ("mysql://rag:secret@127.0.0.1/x", ConfigError, "names mysql"),
        ("nonsense", ConfigError, "is no address"),
    ],
)
def test_a_server_that_is_not_there_is_told_without_its_password(
    tmp_path: Path, address: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as told:
        Library(tmp_path / "home", address)
    assert "secret" not in str(told.value)


@needs_one
def test_a_login_that_is_refused_is_told(tmp_path: Path) -> None:
    given = sa.make_url(SERVER).set(database="no_such_database")
    with pytest.raises(StorageError, match="no_such_database"):
        Library(tmp_path / "home", given.render_as_string(hide_password=False))


def test_a_driver_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match=r"cited-rag\[postgres\]"):
        Library(tmp_path / "home", "postgresql+psycopg://rag@127.0.0.1:1/x")
