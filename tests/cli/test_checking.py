"""``rag check``: a text, a file, the input; what is printed, and the code for a build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import Done, rag

TRUE = "We propose codecs for audio that are small."
FALSE = "The codecs for audio do not run on phones."


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "p.jsonl"
    abstract = "We propose codecs for audio that are small. The codecs for audio run on phones."
    path.write_text(json.dumps({"id": "p", "title": "Audio codecs", "abstract": abstract}))
    rag(tmp_path / "library", "ingest", str(path), RAG_SEEDS="")
    return tmp_path / "library"


def run(home: Path, *arguments: str, code: int = 0, given: str = "") -> Done:
    return rag(home, *arguments, code=code, stdin=given, RAG_SEEDS="")


def test_a_text_is_checked(home: Path) -> None:
    done = run(home, "check", TRUE)
    assert done.stdout.startswith(f"supported\n  {TRUE}\n    for: “{TRUE}” [1] Audio codecs\n")
    assert "    cite [@audio-" in done.stdout
    assert done.stdout.endswith("1 claim: 1 supported; by rules\n")


def test_a_contradiction_fails(home: Path) -> None:
    done = run(home, "check", f"{TRUE} {FALSE}", code=1)
    assert "contradicted\n" in done.stdout
    assert "    against: “The codecs for audio run on phones.”" in done.stdout
    assert done.stderr == ""


def test_a_file_tells_its_lines(home: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.tex"
    draft.write_text(f"\\begin{{document}}\n\n{TRUE[:-1]}~\\cite{{p}}.\n\\end{{document}}\n")
    done = run(home, "check", str(draft))
    assert done.stdout.startswith(f"{draft}:3: supported\n")
    assert "cite" not in done.stdout.removeprefix(str(draft))


def test_enough_must_be_supported(home: Path) -> None:
    text = f"{TRUE} Winter wheat needs nitrogen in spring."
    assert "1 supported, 1 not stated" in run(home, "check", text, "--fail-under", "50").stdout
    done = run(home, "check", text, "--fail-under", "51", code=1)
    assert done.stderr == "rag: 50 % of the claims are supported, 51 % is asked for\n"


def test_the_input_is_read_and_json_given(home: Path) -> None:
    found = json.loads(run(home, "check", "-", "--json", given=TRUE).stdout)
    assert (found["share"], found["claims"][0]["finding"]) == (1.0, "supported")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["check", "nowhere.tex"], "there is no file nowhere.tex"),
        (["check", ""], "there is no text to check"),
        (["check", "-"], "there is no text to check"),
        (["check", "x", "--fail-under", "101"], "--fail-under"),
        (["check", "x", "--form", "word"], "--form"),
    ],
)
def test_what_cannot_be_checked_is_one_line(home: Path, arguments: list[str], part: str) -> None:
    done = run(home, *arguments, code=2)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert part in done.stderr


def test_a_pdf_is_told(home: Path, tmp_path: Path) -> None:
    (tmp_path / "draft.pdf").write_bytes(b"%PDF-1.7\0\1\2")
    assert "is no text" in run(home, "check", str(tmp_path / "draft.pdf"), code=2).stderr
