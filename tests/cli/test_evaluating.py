"""``rag eval``: what it prints and writes, and how it ends."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, Settings
from tests.cli.test_commands import rag, rag_process
from tests.support.places import ROOT, run_environment

PAPERS: list[dict[str, Any]] = [
    {"id": "coral", "title": "Counting corals", "abstract": "We count corals from drones."},
    {"id": "owl", "title": "Quiet owls", "abstract": "Owls fly quietly at night."},
]
QUESTIONS: list[dict[str, Any]] = [
    {"id": "q1", "question": "How are corals counted?", "papers": ["coral"], "style": "detail"},
    {"id": "q2", "question": "Which birds fly quietly?", "papers": ["Quiet owls"], "kind": "name"},
]


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("eval")
    seeds = lines(folder / "papers.jsonl", PAPERS)
    with Assistant.open(Settings(home=folder / "library", seeds=str(seeds))):
        pass
    return folder / "library"


@pytest.fixture
def asked(tmp_path: Path) -> str:
    return str(lines(tmp_path / "q.jsonl", QUESTIONS))


def test_the_report_is_markdown_on_stdout(home: Path, asked: str) -> None:
    done = rag_process(home, "eval", asked)
    assert done.stdout.startswith("# How well this library answers\n")
    assert "| all | 2 | 1.000 | 1.000 | 1.000 | 1.000 | 1.000 |" in done.stdout
    assert "anchor_violations 0" in done.stdout
    assert done.stderr == ""


def test_json_a_report_and_a_run_at_once(home: Path, asked: str, tmp_path: Path) -> None:
    report, run = tmp_path / "r.md", tmp_path / "run.txt"
    done = rag(home, "eval", asked, "--json", "--report", str(report), "--run", str(run))
    found = json.loads(done.stdout)
    assert found["about"]["papers"] == 2
    assert found["figures"]["P@1"] == 1.0
    assert report.read_text(encoding="utf-8").startswith("# How well")
    columns = [line.split() for line in run.read_text().splitlines()]
    assert columns[0][:4] == ["q1", "Q0", "coral", "1"]
    assert {column[0] for column in columns} == {"q1", "q2"}
    assert f"written: {run}" in done.stderr


def test_reports_are_compared(home: Path, asked: str, tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    rag(home, "eval", asked, "--report", str(first))
    changed = json.loads(first.read_text())
    for row in changed["rows"]:
        row["values"]["P@1"] = 0.0
    second.write_text(json.dumps(changed))
    done = rag(home, "eval", "--compare", str(first), str(second))
    assert "| P@1 | 2 | -1.000 | -1.000 to -1.000 | 0 | 2 | 0 | yes |" in done.stdout
    same = json.loads(rag(home, "eval", "--compare", str(first), str(first), "--json").stdout)
    assert same["measures"]["nDCG@10"]["mean"] == 0.0


def test_floors_decide_the_exit_code(home: Path, asked: str) -> None:
    held = rag(home, "eval", asked, "--fail-under", "ndcg@10=1", "--fail-under", "P@1/name=1")
    assert held.stderr == ""
    done = rag(home, "eval", asked, "--fail-under", "nDCG@10=1.5", code=1)
    assert done.stderr == "rag: nDCG@10 is 1.0000, below 1.5\n"
    assert "## Retrieval" in done.stdout
    for name in ("MAP", "nDCG@10/survey"):
        unknown = rag(home, "eval", asked, "--fail-under", f"{name}=0.5", code=2)
        assert f"no figure '{name}' to hold a floor to; there are nDCG@10, R@10" in unknown.stderr


def test_papers_of_ones_own_for_the_occasion(home: Path, asked: str, tmp_path: Path) -> None:
    bread = {"id": "bread", "title": "Bread", "abstract": "It rises."}
    papers = lines(tmp_path / "more.jsonl", [*PAPERS, bread])
    done = rag(home, "eval", asked, "--library", str(papers), "--only", "retrieval")
    assert "- 2 questions to 3 papers" in done.stdout
    assert "## Answers" not in done.stdout


def test_topics_with_judgements(home: Path, tmp_path: Path) -> None:
    topics, qrels = tmp_path / "topics.tsv", tmp_path / "qrels"
    topics.write_text("7\tcounting corals\n")
    qrels.write_text("7 0 coral 1\n7 0 not-here 1\n")
    done = rag(home, "eval", str(topics), "--qrels", str(qrels), "--only", "retrieval", "--json")
    assert json.loads(done.stdout)["figures"]["P@1"] == 1.0


def test_drafts_are_written_and_run(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "drafts.jsonl"
    done = rag(home, "eval", "--make", "2", "--out", str(out))
    assert done.stdout == ""
    assert out.read_text(encoding="utf-8") == rag(home, "eval", "--make", "2").stdout
    assert (
        "questions drafted by rules, easier than people's: 2" in rag(home, "eval", str(out)).stdout
    )
    few = rag(home, "eval", "--make", "50")
    assert re.search(r"rag: these papers give \d questions, not 50", few.stderr)


def test_what_was_left_out_is_told_with_its_place(home: Path, tmp_path: Path) -> None:
    unknown = {"id": "q3", "question": "What?", "papers": ["gone"]}
    rows: list[dict[str, Any]] = [*QUESTIONS, unknown, {"question": "Q?"}]
    path = lines(tmp_path / "q.jsonl", rows)
    path.write_text(path.read_text() + "{broken\n")
    done = rag(home, "eval", str(path), "--only", "retrieval")
    assert "- 2 questions to 2 papers; 3 left out, listed at the end" in done.stdout
    assert f"- {path}:3: names a paper not in the library: gone\n" in done.stdout
    assert f"- {path}:4: 'q:4' names no paper; add" in done.stdout
    assert f"- {path}:5: is not JSON" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param([], "name a question file, or two reports with --compare", id="nothing"),
        pytest.param(["q.jsonl", "--make", "2"], "name a question file, or", id="two things"),
        pytest.param(["--make", "2", "--run", "x"], "go with a question file", id="--run alone"),
        pytest.param(["q.jsonl", "--out", "x"], "--out goes with --make", id="--out alone"),
        pytest.param(["q.jsonl", "--only", "speed"], "no part 'speed'; there are", id="--only"),
        pytest.param(["q.jsonl", "--fail-under", "x"], "write NAME=VALUE", id="--fail-under"),
        pytest.param(["gone.jsonl"], "gone.jsonl does not exist", id="no file"),
        pytest.param(["empty.jsonl"], "empty.jsonl is empty; write questions", id="empty"),
        pytest.param(["prose.txt"], "prose.txt holds no questions", id="prose"),
        pytest.param(["other.jsonl"], "papers not in the library: p, q; choose", id="unknown"),
        pytest.param(["none.jsonl"], "no question is left to ask; the first: none.j", id="no gold"),
        pytest.param(["topics.tsv"], "name their judgements with --qrels", id="no qrels"),
        pytest.param(["topics.tsv", "--qrels", "empty.jsonl"], "empty.jsonl is empty", id="qrels"),
        pytest.param(["topics.tsv", "--qrels", "qrels"], "judges none of these", id="other qrels"),
        pytest.param(["--compare", "q.jsonl", "q.jsonl"], "q.jsonl is no report", id="no report"),
        pytest.param(["--compare", "q.jsonl", "gone"], "q.jsonl is no report", id="no second"),
        pytest.param(["q.jsonl", "--library", "gone.txt"], "gone.txt does not ex", id="no papers"),
        pytest.param(
            ["q.jsonl", "--report", "no/r.md"], "no/r.md cannot be written", id="no place"
        ),
        pytest.param(["q.jsonl", "--only", "conversations"], "nothing to ask for conv", id="none"),
    ],
)
def test_bad_input_is_one_line_and_code_2(
    home: Path, asked: str, arguments: list[str], says: str
) -> None:
    shutil.copy(asked, "q.jsonl")
    Path("empty.jsonl").write_text("\n")
    Path("prose.txt").write_text("Which owls?")
    Path("topics.tsv").write_text("1\tWhich owls?\n")
    Path("qrels").write_text("9 0 owl 1\n")
    lines(Path("other.jsonl"), [{"question": "What?", "papers": ["p", "q"]}])
    lines(Path("none.jsonl"), [{"question": "What?"}])
    done = rag(home, "eval", *arguments, code=2)
    assert says in done.stderr
    assert done.stderr.startswith("rag: ")
    assert done.stderr.count("\n") == 1


def test_without_the_measures_it_says_what_to_install(
    home: Path, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    assert "pip install 'cited-rag[eval]'" in rag(home, "eval", asked, code=2).stderr
    assert "## Refusals" in rag(home, "eval", asked, "--only", "refusals").stdout


def test_the_help_loads_nothing_heavy(home: Path) -> None:
    code = (
        "import sys; sys.argv = ['rag', 'eval', '--help']\n"
        "from rag.cli import main\n"
        "try: main()\n"
        "finally: print(sorted({'numpy', 'ir_measures', 'rag.evaluation'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**run_environment(home), "PYTHONPATH": str(ROOT)},
    )
    assert "--fail-under" in done.stdout
    assert done.stdout.endswith("[]\n")
