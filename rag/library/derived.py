"""The derived indexes of a library that cannot be written: a copy of them in a temporary folder.

Neither Chroma 1.5 nor tantivy 0.27 opens an index where it cannot write: Chroma wants to lock its
SQLite file, tantivy a file beside the index.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

NAMES = ("vectors", "lexicon")


def copied(home: Path, scratch: Path, sequence: Callable[[], int]) -> Path:
    """Copy the derived indexes of a library, and return the folder that they are in.

    What cannot be copied, or was changed meanwhile, is left out: it is then built anew there from
    the library's own vectors, without embedding anything.
    """
    before = sequence()
    whole = [name for name in NAMES if _copy(home / name, scratch / name)]
    for name in NAMES:
        if name not in whole or sequence() != before:
            shutil.rmtree(scratch / name, ignore_errors=True)
    return scratch


def _copy(source: Path, target: Path) -> bool:
    """Copy files alone, without the rights that they have; return whether all could be read."""
    try:
        for place in sorted(source.rglob("*")):
            there = target / place.relative_to(source)
            if place.is_dir():
                there.mkdir(parents=True, exist_ok=True)
            else:
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(place, there)
    except OSError:
        return False
    return True
