"""The seed papers, read the plain way: what the reader must find, found without it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from rag.records import Paper
from rag.resources import seeds_folder

BANNER = 5  # lines of text before the first title


def seed_file() -> Path:
    """Return the packaged digest page."""
    return next(seeds_folder().glob("*.txt"))


@cache
def seed_pairs() -> list[tuple[str, str]]:
    """Return (title, abstract) of the 95 papers in their order."""
    lines = [line for line in seed_file().read_text(encoding="utf-8").split("\n") if line]
    body = lines[BANNER:]
    return list(zip(body[::2], body[1::2], strict=True))


def seed_papers() -> list[Paper]:
    """Return the seed papers with numbered ids."""
    return [Paper(f"n{i}", title, text) for i, (title, text) in enumerate(seed_pairs(), 1)]
