"""Every command where a console or pipe cannot show every character: it works, JSON is whole."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, Settings
from rag.cli import app
from tests.support.places import ROOT, run_environment

PAPERS: list[dict[str, Any]] = [
    {
        "id": "über",
        "title": "“Größe” of β-corals – 中文 and α → ω",
        "abstract": "We grow β-corals “fast” – in 中文 they are Größe. It gains 5 ± 1 µm ≥ 2 × 3.",
        "authors": ["Łukasz Müller", "李 明"],
        "venue": "Öko…",
        "year": 2020,
    },
    {"id": "b", "title": "Corals that sing", "abstract": "Corals sing ω. They sing in Tromsø."},
    {"id": "c", "title": "Whales", "abstract": "Whales don’t grow – they sing. 🐋 too."},
]
QUESTION = "Which corals grow “fast” in 中文?"
COMMANDS = [
    ["--help"],
    ["ingest", "own.jsonl"],
    ["ingest", "own.jsonl", "--dry-run"],
    ["ingest", "own.jsonl", "--json"],
    ["ingest", "fehlt–β.bib"],
    ["ask", QUESTION],
    ["ask", QUESTION, "--json"],
    *(["ask", QUESTION, "--export", form] for form in ("markdown", "bibtex", "ris", "csl-json")),
    ["ask", QUESTION, "--show-prompt"],
    ["search", "β-corals"],
    ["search", "β-corals", "--json"],
    ["summarize", "corals"],
    ["summarize", "corals", "--json"],
    ["summarize", "corals", "--export", "csv"],
    ["check", "We grow β-corals “fast” – in 中文 they are Größe. Whales do not sing in Tromsø."],
    ["check", "We grow β-corals “fast” – in 中文 they are Größe.", "--json"],
    ["topics"],
    ["topics", "--json"],
    ["topics", "--anew"],
    ["papers"],
    ["papers", "--json"],
    ["eval", "questions.jsonl"],
    ["eval", "questions.jsonl", "--json"],
    ["eval", "--make", "2"],
    ["doctor"],
    ["doctor", "--json"],
    ["deploy", "--print", "nginx"],
    ["backup", "größe.zip"],
    ["backup", "größe.zip", "--force", "--json"],
    ["restore", "größe.zip"],
    ["restore", "größe.zip", "--force", "--json"],
    ["star", "über", "--note", "ñ"],
    ["star", "b", "--json"],
    ["stars"],
    ["stars", "--json"],
    ["stars", "--export", "csl-json"],
    ["unstar", "über"],
    ["remove", "π"],
    ["remove", "über"],
    ["remove", "b", "--json"],
    ["add", "not–an–identifier"],
    ["serve", "--host", "β.invalid"],
]
# Each command as ``main`` runs it, all in one process: to start it is what takes long.
RUN = """
import json, sys
from rag.cli import main
for command in json.loads(sys.argv[1]):
    sys.argv = ["rag", *command]
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    sys.stdout.flush()
    sys.stderr.flush()
    print(f"=== {code or 0}", flush=True)
    print("===", file=sys.stderr, flush=True)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("streams")


def printed(folder: Path, encoding: str) -> list[tuple[int, str, str]]:
    """Run all commands in a new library; return exit code, stdout and stderr of each."""
    work = folder / encoding
    work.mkdir()
    (work / "own.jsonl").write_text("\n".join(map(json.dumps, PAPERS)))
    asked = {"id": "q–1", "question": QUESTION, "papers": ["über"]}
    (work / "questions.jsonl").write_text(json.dumps(asked))
    environment = {**run_environment(work / "library"), "RAG_SEEDS": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(COMMANDS)],
        env={**environment, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        cwd=work,
        capture_output=True,
        timeout=300,
        check=False,
    )
    out, err = (text.decode(encoding) for text in (done.stdout, done.stderr))
    assert done.returncode == 0, err
    parts = re.split(r"^=== (\d+)\r?\n", out, flags=re.MULTILINE)
    errors = err.split("===")
    assert len(parts) == 2 * len(COMMANDS) + 1, err
    return [
        (int(code), text, said)
        for text, code, said in zip(parts[::2], parts[1::2], errors, strict=False)
    ]


@cache
def whole(folder: Path) -> list[tuple[int, str, str]]:
    return printed(folder, "utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252"])
def test_every_command_works_and_json_is_whole(folder: Path, encoding: str) -> None:
    for command, best, here in zip(COMMANDS, whole(folder), printed(folder, encoding), strict=True):
        assert "Traceback" not in best[2] + here[2], command
        assert "internal error" not in best[2] + here[2], (command, here[2])
        assert here[0] == best[0], (command, here)
        assert bool(here[1]) is bool(best[1])
        if "--json" in command or "csl-json" in command:
            said = best[1].replace("/utf-8/", f"/{encoding}/")
            if command[0] == "papers":
                assert json.loads(here[1]) == json.loads(said)
            else:
                assert type(json.loads(here[1])) is type(json.loads(said))
    # What is said between programs (mcp) is always UTF-8.
    assert {command[0] for command in COMMANDS} - {"--help"} | {"mcp"} == {
        command.name or command.callback.__name__  # type: ignore[union-attr]
        for command in app.registered_commands
    }


def test_what_cannot_be_shown_is_replaced_by_the_nearest(tmp_path: Path) -> None:
    with Assistant.open(Settings(home=tmp_path / "library", seeds="")) as assistant:
        (tmp_path / "own.jsonl").write_text("\n".join(map(json.dumps, PAPERS)))
        assistant.ingest(tmp_path / "own.jsonl")
    environment = {
        **run_environment(tmp_path / "library"),
        "PYTHONPATH": str(ROOT),
        "RAG_SEEDS": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps([["papers"], ["papers", "--json"]])],
        env={**environment, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=100,
        check=True,
    )
    text, _, lossless = done.stdout.decode("ascii").partition("=== 0\n")
    assert '   1. "Grosse" of ?-corals - ?? and ? -> ?' in text
    assert "      uber  Lukasz Muller et al., 2020" in text
    papers = json.loads(lossless.partition("===")[0])
    assert [paper["title"] for paper in papers] == [paper["title"] for paper in PAPERS]
