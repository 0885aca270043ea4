"""The package as users get it: the wheel in a clean environment, and a bare checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.looping import elsewhere
from tests.support.places import DATA, ROOT, run_environment

QUESTION = "Which FPGA accelerator is there for multi-task ViTs?"


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**run_environment(cwd / "library"), **environment},
        capture_output=True,
        text=True,
        timeout=570,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_wheel_answers_in_a_clean_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME", raising=False)  # pip's own settings lie there
    run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, ROOT, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "rag/_data/prompts/answer.system.txt" in names
    assert "rag/models/minilm/model.onnx" in names
    assert "rag/deployment/cited-rag@.service" in names
    assert not [name for name in names if name.startswith(("tests/", "prompts/", "seeds/"))]
    run(sys.executable, "-m", "venv", "clean", cwd=tmp_path)
    python = tmp_path / "clean" / "bin" / "python"
    constraints = ROOT / "constraints.txt"
    run(python, "-m", "pip", "install", "-q", "-c", constraints, wheel, cwd=tmp_path)
    answer = json.loads(run(python.parent / "rag", "ask", "--json", QUESTION, cwd=tmp_path))
    assert answer["grounded"]
    assert answer["citations"][0]["title"].startswith("Edge-MoE")
    run(python, "-m", "pip", "check", cwd=tmp_path)


def test_a_bare_checkout_answers(tmp_path: Path) -> None:
    path = os.pathsep.join((str(ROOT), *filter(None, (os.environ.get("PYTHONPATH"),))))
    text = run(sys.executable, "-m", "rag", "doctor", "--json", cwd=tmp_path, PYTHONPATH=path)
    assert all(check["ok"] for check in json.loads(text))


def test_the_tour_of_the_readme_runs(
    seed_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", readme, flags=re.MULTILINE | re.DOTALL)
    tour, awaited, nodes, _asked, measuring = blocks  # the fourth is run by tests/api/test_chat
    monkeypatch.setenv("RAG_HOME", str(seed_home))
    exec(tour, {})
    assert "better energy efficiency" in capsys.readouterr().out
    elsewhere(lambda: exec(awaited, {}))
    assert capsys.readouterr().out.endswith("True 10\n")
    elsewhere(lambda: exec(nodes, {}))
    told = capsys.readouterr().out
    assert told.startswith(
        "Nets of nylon: They last for ten years [1].\nNets of nylon https://example.org/nets"
    )
    assert "[1] Nets of nylon" in told
    shutil.copy(DATA / "single.jsonl", "questions.jsonl")
    exec(measuring, {})
    assert "| detail | 9 |" in capsys.readouterr().out


def test_constraints_pin_everything_and_name_no_host() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(line.count("==") == 1 and "/" not in line and "@" not in line for line in pins)
    names = {line.split("==")[0].lower().replace("_", "-") for line in pins}
    assert {"chromadb", "llama-index-core", "openai", "tantivy", "onnxruntime", "pytest"} <= names
