"""A small library of four papers, made once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, Settings

PAPERS = [
    {
        "id": "reef",
        "title": "ReefNet: Counting Corals from Drones",
        "abstract": "Corals are hard to count under water. We propose ReefNet, a network that "
        "counts corals in drone pictures. ReefNet achieves 91% accuracy on the Okinawa survey and "
        "needs only a laptop.",
        "doi": "10.1000/reef",
    },
    {
        "id": "bread",
        "title": "Sourdough Fermentation at Low Temperature",
        "abstract": "Bakers ferment dough slowly in winter. We find that sourdough fermentation at "
        "four degrees doubles the lactic acid in the loaf.",
    },
    {
        "id": "bridge",
        "title": "Cracks in Suspension Bridges Heard by Microphones",
        "abstract": "Inspecting suspension bridges is expensive. This paper presents microphones "
        "that hear cracks in bridge cables. They find nine of ten cracks before people see them.",
    },
    {
        "id": "owl",
        "title": "Owl Feathers and Quiet Wind Turbines",
        "abstract": "Wind turbines are noisy at night. We introduce serrated blades copied from "
        "owl feathers. The blades make wind turbines six decibels quieter.",
    },
]


@pytest.fixture(scope="session")
def paper_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "papers.jsonl"
    path.write_text("\n".join(map(json.dumps, PAPERS)), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small(paper_file: Path) -> Iterator[Assistant]:
    """An assistant over four papers; tests must not change its library."""
    home = paper_file.parent / "library"
    with Assistant.open(Settings(home=home, seeds=str(paper_file))) as assistant:
        yield assistant
