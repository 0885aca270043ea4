"""Prompt files: found, checked at load, and named by a digest of their wording."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import ConfigError
from rag.models.prompts import TASKS, VARIABLES, load_prompt
from rag.resources import prompts_folder


def test_every_prompt_file_is_known_and_loads() -> None:
    assert {path.stem for path in prompts_folder().glob("*.txt")} == set(VARIABLES)
    prompt = load_prompt("answer")
    assert "NO ANSWER" in prompt.system
    filled = prompt.fill(sources="[P1.0] A $question title", question="Why $sources?")
    assert "[P1.0] A $question title" in filled
    assert "Why $sources?" in filled


def copy(folder: Path, **changes: str) -> Path:
    for path in prompts_folder().glob("*.txt"):
        (folder / path.name).write_text(changes.get(path.stem, path.read_text()))
    return folder


def test_a_reply_is_asked_for_in_two_forms() -> None:
    prompt = load_prompt("answer")
    assert "NO ANSWER" in prompt.system
    assert "JSON" not in prompt.system
    assert "JSON" in prompt.in_schema
    assert "P901" not in prompt.in_schema  # no example: a weak model would copy it
    assert prompt.system.splitlines()[0] == prompt.in_schema.splitlines()[0]


def test_the_digest_follows_the_wording(tmp_path: Path) -> None:
    changed = copy(tmp_path, **{"answer.user": "$sources\n$question !"})
    assert load_prompt("answer", changed).digest != load_prompt("answer").digest


def test_the_digest_follows_the_wording_of_each_task(tmp_path: Path) -> None:
    for task in TASKS["section"]:
        changed = copy(tmp_path, **{f"section.{task}": "Say nothing."})
        assert load_prompt("section", changed).tasks[task] == "Say nothing."
        assert load_prompt("section", changed).digest != load_prompt("section").digest
        copy(tmp_path)


@pytest.mark.parametrize(
    "text", ["$sources", "$sources $question $extra", "$sources $question costs $5"]
)
def test_wrong_variables_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"\$question, \$sources"):
        load_prompt("answer", copy(tmp_path, **{"answer.user": text}))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_prompt("answer", tmp_path)
