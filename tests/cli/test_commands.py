"""The command line: its two streams and exit codes, in this process and in one of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest

from rag.cli import app, main
from rag.errors import RagError
from tests.support.places import ROOT, run_environment

QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"


@dataclass
class Done:
    """What a command printed."""

    stdout: str
    stderr: str


def rag(home: Path, *arguments: str, code: int = 0, stdin: str = "", **environment: str) -> Done:
    """Run a command in this process, as ``main`` is run by the installed script."""
    out, err = io.StringIO(), io.StringIO()
    given = {**run_environment(home), **environment}
    source = io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")
    with (
        mock.patch.dict(os.environ, given, clear=True),
        mock.patch.object(sys, "argv", ["rag", *arguments]),
        mock.patch.object(sys, "stdin", source),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    assert (ended.value.code or 0) == code, err.getvalue()
    return Done(out.getvalue(), err.getvalue())


def rag_process(home: Path, *arguments: str, code: int = 0, **environment: str) -> Done:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**run_environment(home), "PYTHONPATH": str(ROOT), **environment},
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return Done(done.stdout, done.stderr)


def test_ask_reads_well_in_80_columns(seed_home: Path) -> None:
    done = rag_process(seed_home, "ask", QUESTION)
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert re.search(r"\[1\]\.$", done.stdout.split("\n\n")[0])
    assert "Sources" in lines
    assert "[1] VideoMAE V2: Scaling Video Masked Autoencoders with Dual Masking" in lines
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_ask_json_is_anchored(seed_home: Path) -> None:
    answer = json.loads(rag(seed_home, "ask", "--json", QUESTION).stdout)
    papers = json.loads(rag(seed_home, "papers", "--json").stdout)
    abstracts = {paper["id"]: paper["abstract"] for paper in papers}
    assert answer["grounded"] is True
    assert answer["citations"]
    for citation in answer["citations"]:
        abstract = abstracts[citation["paper_id"]]
        assert abstract[citation["start"] : citation["end"]] == citation["sentence"]


def test_the_prompt_can_be_looked_at(seed_home: Path) -> None:
    text = rag(seed_home, "ask", "--show-prompt", QUESTION).stdout
    assert "Reply in JSON" in text
    assert "[P1.0] VideoMAE V2: Scaling" in text
    assert f"Question: {QUESTION}" in text
    narrowed = rag(seed_home, "ask", "--show-prompt", "--author", "nobody", QUESTION).stdout
    assert "[P1.0]" not in narrowed


def test_not_in_the_papers_is_an_answer(seed_home: Path) -> None:
    done = rag(seed_home, "ask", "Who won the 1998 football World Cup?")
    assert "do not answer this" in done.stdout
    assert "Closest are" in done.stdout


def test_search_shows_titles_readably(seed_home: Path) -> None:
    done = rag(seed_home, "search", "music understanding", "-k", "2")
    assert "  1. M²UGen: Multi-modal Music" in done.stdout
    assert "shares understanding, music" in done.stdout or "shares music" in done.stdout
    hits = json.loads(rag(seed_home, "search", "music", "-k", "2", "--json").stdout)
    assert [hit["rank"] for hit in hits] == [1, 2]
    assert hits[0]["paper"]["title"].startswith("M$^{2}$UGen")


def test_a_library_of_ones_own(tmp_path: Path) -> None:
    home = tmp_path / "library"
    path = tmp_path / "own.jsonl"
    path.write_text(
        '{"id": "mine", "title": "Audio codecs", "abstract": "We propose small audio codecs."}\n{'
    )
    report = json.loads(rag(home, "ingest", str(path), "--json", RAG_SEEDS="").stdout)
    assert (report["added"], report["problems"][0]["line"]) == (["mine"], 2)
    again = rag(home, "ingest", str(path), RAG_SEEDS="")
    assert "0 added, 0 updated, 1 unchanged, 1 left out." in again.stdout
    assert f"leftout:{path}" in "".join(again.stdout.split())
    assert "mine" in rag(home, "papers", RAG_SEEDS="").stdout
    assert rag(home, "remove", "mine", RAG_SEEDS="").stdout == "1 removed.\n"
    assert json.loads(rag(home, "papers", "--json", RAG_SEEDS="").stdout) == []


def test_doctor_of_a_healthy_library(seed_home: Path) -> None:
    checks = json.loads(rag(seed_home, "doctor", "--json").stdout)
    assert all(check["ok"] for check in checks)
    assert [check["name"] for check in checks] == [
        "data folder",
        "library",
        "embedding",
        "search indexes",
        "prompts",
        "seeds",
        "answers",
    ]
    text = rag(seed_home, "doctor").stdout
    assert "ok    library: 95 papers" in text
    assert "extractive" in text


def test_doctor_names_what_fails_and_the_fix(seed_home: Path) -> None:
    done = rag(
        seed_home,
        "doctor",
        code=1,
        OPENAI_BASE_URL="http://127.0.0.1:9/v1",
        RAG_EMBED_MODEL="big",
    )
    assert "FAIL  answers: the endpoint http://127.0.0.1:9/v1 cannot be reached" in done.stdout
    assert "FAIL  search indexes" in done.stdout
    assert done.stdout.count("fix: ") >= 2


def test_doctor_of_a_broken_library_still_reports(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "library.db").write_bytes(b"no database" * 400)
    done = rag(tmp_path / "library", "doctor", code=1)
    assert "FAIL  library" in done.stdout
    assert "fix: restore it from a copy" in done.stdout
    assert "ok    prompts" in done.stdout


def test_a_closed_pipe_is_no_error(seed_home: Path) -> None:
    command = f"{sys.executable} -m rag papers | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        env={**run_environment(seed_home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "VideoMAE V2" in done.stdout


def test_a_file_of_which_nothing_can_be_used(seed_home: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"title": "Corals", "abstract": ""}')
    done = rag(seed_home, "ingest", str(tmp_path / "bad.jsonl"), code=2)
    assert "left out:" in done.stdout


def test_doctor_does_not_ingest(tmp_path: Path) -> None:
    checks = json.loads(rag(tmp_path / "library", "doctor", "--json").stdout)
    assert "no paper yet" in checks[1]["found"]


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["ask", ""], 2, "the question is empty"),
        (["ask", "x" * 100_000], 2, "at most 4,000"),
        (["ask", "what is the of"], 2, "no word to look for"),
        (["ask"], 2, "Missing argument"),
        (["frobnicate"], 2, "No such command"),
        (["search", "x", "-k", "0"], 2, "-k"),
        (["ingest"], 2, "name a file or a folder"),
        (["ingest", "missing.jsonl"], 2, "does not exist"),
        (["ingest", "paper.pdf"], 2, "no known kind"),
        (["remove", "nope"], 2, "no paper has the id nope"),
    ],
    ids=lambda value: " ".join(value)[:24] if isinstance(value, list) else "",
)
def test_bad_input_is_one_line_and_an_exit_code(
    seed_home: Path, arguments: list[str], code: int, part: str
) -> None:
    Path("paper.pdf").write_bytes(b"nothing much")
    done = rag(seed_home, *arguments, code=code)
    assert done.stdout == ""
    assert done.stderr.startswith("rag: ")
    assert done.stderr.count("\n") == 1
    assert part in done.stderr


def test_library_endpoint_and_settings_errors(seed_home: Path, tmp_path: Path) -> None:
    other = {"RAG_EMBED_MODEL": "big", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    assert "--re-embed" in rag(seed_home, "ask", "Why?" + QUESTION, code=3, **other).stderr
    assert "RAG_PAPERS" in rag(seed_home, "ask", QUESTION, code=5, RAG_PAPERS="0").stderr
    down = {**other, "RAG_HOME": str(tmp_path / "new")}
    assert "cannot be reached" in rag(seed_home, "ask", QUESTION, code=4, **down).stderr
    (tmp_path / "file").write_text("")
    broken = rag(tmp_path / "file", "ask", QUESTION, code=3)
    assert "RAG_HOME" in broken.stderr


def test_an_endpoint_that_is_down_leaves_an_extractive_answer(seed_home: Path) -> None:
    done = rag(seed_home, "ask", QUESTION, OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert "masking decoder" in done.stdout
    assert "without the model" in done.stdout.replace("\n", " ")


def test_help_lists_the_commands_and_exit_codes(tmp_path: Path) -> None:
    text = rag(tmp_path / "library", "--help").stdout
    for name in ("ask", "search", "ingest", "papers", "remove", "doctor", "Exit codes"):
        assert name in text
    assert not (tmp_path / "library").exists()


def test_the_readme_documents_every_command_and_exit_code() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = {
        command.name or command.callback.__name__  # type: ignore[union-attr]
        for command in app.registered_commands
    }
    assert set(re.findall(r"^\| `rag (\w+)", readme, flags=re.MULTILINE)) == commands
    documented = set(map(int, re.findall(r"^\| (\d+) \|", readme, flags=re.MULTILINE)))
    used = {error.exit_code for error in _subclasses(RagError)}
    assert used <= documented


def _subclasses(kind: type[RagError]) -> list[type[RagError]]:
    return [kind, *(sub for child in kind.__subclasses__() for sub in _subclasses(child))]


def test_the_ways_in_that_the_readme_shows(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme[readme.index("## Your own papers") :]
    commands = shown[shown.index("```sh") + 5 :].partition("```")[0].strip().splitlines()
    cases, work = ROOT / "tests" / "data" / "cases", tmp_path / "work"
    (work / "exports").mkdir(parents=True)
    for name, case in (
        ("library.bib", "researcher.bib"),
        ("pubmed.nbib", "pubmed.nbib"),
        ("scopus.csv", "scopus.csv"),
        ("embase.ris", "databases_cp1252.ris"),
        ("exports/works.jsonl", "openalex_works.jsonl"),
    ):
        (work / name).write_bytes((cases / case).read_bytes())
    said = []
    for command in commands:
        arguments = command.partition("#")[0].split()[1:]
        paths = [str(work / one) if (work / one).exists() else one for one in arguments]
        said.append(rag(tmp_path / "library", *paths, RAG_SEEDS="").stdout)
    assert "5 new" in said[0]
    assert "5 added" in said[1]
    assert "11 added" in said[2]


def test_a_bibliography_answers_and_gives_its_keys_back(tmp_path: Path) -> None:
    """A fresh library of nothing but a BibTeX file: asked, cited, exported under the same keys."""
    bib = ROOT / "tests" / "data" / "cases" / "researcher.bib"
    home = tmp_path / "library"
    rag(home, "ingest", str(bib), RAG_SEEDS="")
    papers = json.loads(rag(home, "papers", "--json", RAG_SEEDS="").stdout)
    for paper in papers:
        question = f"What is reported in “{paper['title']}”?"
        answer = json.loads(rag(home, "ask", question, "--json", RAG_SEEDS="").stdout)
        assert answer["grounded"], question
        assert paper["id"] in {citation["paper_id"] for citation in answer["citations"]}
    exported = rag(home, "ask", papers[0]["title"], "--export", "bibtex", RAG_SEEDS="").stdout
    written = bib.read_bytes().decode("utf-8", errors="replace")
    keys = re.findall(r"^@\w+\{([^,]+),", exported, re.MULTILINE)
    assert keys
    assert all(f"{{{key}," in written for key in keys)


def a_folder(folder: Path, files: int, papers: int = 1) -> Path:
    folder.mkdir()
    for file in range(files):
        rows = (
            {"title": f"Corals {file}-{n}", "abstract": f"Corals grow {file} by {n}."}
            for n in range(papers)
        )
        (folder / f"{file}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def test_a_folder_of_very_much_is_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, folder = tmp_path / "home", a_folder(tmp_path / "much", 21)
    monkeypatch.setattr("rag.cli.papers._MANY_FILES", 20)
    done = rag(home, "ingest", str(folder), code=2, RAG_SEEDS="")
    assert f"bring in 21 papers of 21 files in and below {folder}; say --yes" in done.stderr
    assert "0 papers" in rag(home, "papers", RAG_SEEDS="").stdout
    assert "21" in rag(home, "ingest", str(folder), "--yes", RAG_SEEDS="").stdout
    assert rag(home, "ingest", str(folder), RAG_SEEDS="").stdout  # nothing new, nothing asked
    monkeypatch.setattr("rag.cli.papers._MANY_PAPERS", 3)
    few = a_folder(tmp_path / "few", 1, papers=6)
    rag(home, "ingest", str(few), code=2, RAG_SEEDS="")
    rag(home, "ingest", str(few / "0.jsonl"), RAG_SEEDS="")  # a file was named itself


def test_what_came_in_by_mistake_is_taken_back(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", a_folder(tmp_path / "some", 3, papers=2)
    rag(home, "ingest", str(folder / "0.jsonl"), RAG_SEEDS="")
    rag(home, "ingest", str(folder), RAG_SEEDS="")
    done = rag(home, "remove", "--last-ingest", code=2, RAG_SEEDS="")
    assert "it would remove 4 papers that came in last; say --yes" in done.stderr
    assert rag(home, "remove", "--last-ingest", "--yes", RAG_SEEDS="").stdout == "4 removed.\n"
    done = rag(home, "remove", "--last-ingest", "--yes", code=2, RAG_SEEDS="")
    assert "brought nothing in that is still there" in done.stderr
    done = rag(home, "remove", "--source", "9.jsonl", "--yes", code=2, RAG_SEEDS="")
    assert "no paper came from 9.jsonl" in done.stderr
    done = rag(home, "remove", "--source", "0.jsonl", "--yes", "--json", RAG_SEEDS="")
    assert len(json.loads(done.stdout)["removed"]) == 2
    assert rag(home, "papers", RAG_SEEDS="").stdout == "0 papers\n"


@pytest.mark.parametrize(
    "arguments", [(), ("a", "--last-ingest"), ("--source", "x", "--last-ingest")]
)
def test_remove_wants_one_way_to_name_papers(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = rag(tmp_path / "home", "remove", *arguments, code=2, RAG_SEEDS="")
    assert "name papers by their ids, or one of" in done.stderr
