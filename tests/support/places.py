"""Where things are, and what a command in a process of its own is given."""

from __future__ import annotations

import os
from pathlib import Path

from rag.config import variables

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "tests" / "data"


def run_environment(home: Path) -> dict[str, str]:
    """Return the environment for a command in a process of its own."""
    keep = {name: value for name, value in os.environ.items() if name not in variables()}
    return {**keep, "RAG_HOME": str(home), "PYTHONWARNINGS": "ignore", "COLUMNS": "80"}
