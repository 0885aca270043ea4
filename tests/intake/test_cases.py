"""Files that researchers have: each gives exactly its records, and reports what is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant
from rag.records import Paper, Preview

CASES = Path(__file__).parents[1] / "data" / "cases"
NAMES = sorted(path.name.removesuffix(".expected.jsonl") for path in CASES.glob("*.expected.jsonl"))


def rows(name: str) -> list[dict[str, Any]]:
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def told(paper: Paper, fields: dict[str, Any]) -> dict[str, Any]:
    """Return what a paper says of these fields, as a right record spells it."""
    found: dict[str, Any] = {}
    for name in fields:
        value = getattr(paper, name)
        found[name] = list(value) if isinstance(value, tuple) else value
        if name == "abstract":
            found[name] = " ".join(paper.abstract.split())
        if name == "doi":
            found[name] = paper.doi.lower()
    return found


def right(row: dict[str, Any]) -> dict[str, Any]:
    kept = dict(row)
    if "abstract" in kept:
        kept["abstract"] = " ".join(kept["abstract"].split())
    if "doi" in kept:
        kept["doi"] = kept["doi"].lower()
    return kept


def preview(empty: Assistant, name: str) -> Preview:
    return empty.preview(CASES / name)


@pytest.mark.parametrize("name", NAMES)
def test_every_record_is_read_as_it_is(empty: Assistant, name: str) -> None:
    expected = [right(row) for row in rows(f"{name}.expected.jsonl")]
    papers = preview(empty, name).added
    found = {" ".join(paper.title.split()): paper for paper in papers}
    for row in expected:
        assert row["title"] in found, f"{row['title']!r} is missing of {list(found)}"
        assert told(found[row["title"]], row) == row
    repaired = name == "researcher.bib"  # an open brace may be repaired or reported
    assert len(papers) - len(expected) in ((0, 1) if repaired else (0,))


@pytest.mark.parametrize("name", NAMES)
def test_every_record_left_out_is_reported(empty: Assistant, name: str) -> None:
    made = preview(empty, name)
    told = [str(problem) for problem in (*made.problems, *made.duplicates)]
    duplicates = sum(row.get("duplicate", False) for row in rows(f"{name}.left_out.jsonl"))
    assert len(made.duplicates) == duplicates, told
    others = [row for row in rows(f"{name}.left_out.jsonl") if not row.get("duplicate")]
    for row in others:
        reported = any(row["title"][:30] in one for one in told) or row["title"] == "(no title)"
        assert reported or "unbalanced brace" in row["why"], (row, told)
    assert all(problem.line or "record" in problem.message for problem in made.problems), told
