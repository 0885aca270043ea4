"""The reading list on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.cli.starring import ListExport
from rag.text.reading_list import FORMATS
from tests.cli.test_commands import Done, rag


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "p.jsonl"
    abstract = "We propose codecs. They are small."
    path.write_text(json.dumps({"id": "p", "title": "Audio codecs", "abstract": abstract}))
    rag(tmp_path / "library", "ingest", str(path), RAG_SEEDS="")
    return tmp_path / "library"


def run(home: Path, *arguments: str, code: int = 0) -> Done:
    return rag(home, *arguments, code=code, RAG_SEEDS="")


def test_starred_shown_and_unstarred(home: Path) -> None:
    assert run(home, "stars").stdout == "Nothing is starred yet; `rag star ID` does it.\n"
    assert run(home, "star", "p", "--note", "Read\nit").stdout == "Starred: Audio codecs\n"
    assert run(home, "star", "p", "--sentence", "small").stdout == "Starred: They are small.\n"
    assert run(home, "stars").stdout == (
        "Audio codecs\n  p\n    Note: Read\n    it\n  “They are small.”\n1 paper\n"
    )
    assert run(home, "unstar", "p", "--sentence", "small").stdout == "1 unstarred.\n"
    run(home, "remove", "p")
    assert "  No longer in the library.\n" in run(home, "stars").stdout
    assert run(home, "unstar", "p").stdout == "1 unstarred.\n"


def test_it_is_json_too_and_somebodys(home: Path) -> None:
    put = json.loads(run(home, "star", "p", "--owner", "ada", "--json").stdout)
    assert (put["paper_id"], put["start"], put["title"]) == ("p", -2, "Audio codecs")
    assert json.loads(run(home, "stars", "--json").stdout) == []
    assert json.loads(run(home, "stars", "--json", "--owner", "ada").stdout) == [put]
    assert json.loads(run(home, "unstar", "p", "--owner", "ada", "--json").stdout) == [put]


def test_it_is_carried_away(home: Path, tmp_path: Path) -> None:
    assert [*ListExport] == [*FORMATS]
    run(home, "star", "p", "--sentence", "small")
    assert "> They are small.\n" in run(home, "stars", "--export", "markdown").stdout
    assert "title = {Audio codecs}" in run(home, "stars", "--export", "bibtex").stdout
    file = tmp_path / "list.csv"
    done = run(home, "stars", "--export", "csv", "--out", str(file))
    assert (done.stdout, done.stderr) == ("", f"written: {file}\n")
    assert file.read_bytes().count(b"\r\n") == 2
    assert b"\r\r" not in file.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["star", "nope"], "no paper has the id nope"),
        (["star", "p", "--sentence", "They fly."], "no one sentence of p says"),
        (["star", "p", "--note", "x" * 2_001], "a note may have 2,000 characters"),
        (["unstar", "p"], "not on the reading list"),
        (["stars", "--export", "docx"], "docx"),
        (["stars", "--out", "x"], "--out goes with --export"),
        (["stars", "--json", "--export", "csv"], "choose one"),
        (["stars", "--export", "csv", "--out", "no/such/folder"], "cannot be written"),
    ],
    ids=lambda value: " ".join(value)[:24] if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_line(home: Path, arguments: list[str], part: str) -> None:
    done = run(home, *arguments, code=2)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert part in done.stderr
