"""What a command costs from cold: seconds and peak memory of whole processes.

Run with ``python -m tests.benchmarks.startup``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.support.places import run_environment

ROUNDS = 5
QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"


def run(home: Path, *arguments: str) -> tuple[float, float]:
    """Run a command and return its seconds and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "rag", *arguments],
        env=run_environment(home),
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "library"
        seconds, memory = run(home, "ask", QUESTION)
        print(f"first rag ask, ingest included: {seconds:5.2f} s {memory:5.0f} MB")
        for arguments in (("ask", QUESTION), ("search", QUESTION), ("papers",), ("--help",)):
            rounds = [run(home, *arguments) for _ in range(ROUNDS)]
            seconds, memory = (median(column) for column in zip(*rounds, strict=True))
            print(f"rag {arguments[0]:<28} {seconds:5.2f} s {memory:5.0f} MB")


if __name__ == "__main__":
    main()
