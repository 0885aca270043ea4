"""The dev questions with their known answers."""

from __future__ import annotations

import json
from typing import Any

from tests.support.places import DATA


def questions(name: str) -> list[dict[str, Any]]:
    """Return the questions of a file of the test data."""
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text().splitlines()]


def grades(question: dict[str, Any]) -> dict[int, int]:
    """Return the grade of each relevant paper by its position in the seed document."""
    if "gold" in question:
        return dict.fromkeys(question["gold"], 2)
    return {int(n): grade for n, grade in question["grades"].items()}
