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


# What answering a question has to load, whoever writes it: the frameworks at the heart of this.
LIBRARIES = (
    "import chromadb, tantivy, sqlalchemy, onnxruntime, tokenizers, pydantic_settings, typer, "
    "llama_index.core.query_engine"
)


def run(home: Path, *arguments: str) -> tuple[float, float]:
    """Run Python with these arguments and return its seconds and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
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
        seconds, memory = run(home, "-m", "rag", "ask", QUESTION)
        print(f"first rag ask, ingest included: {seconds:5.2f} s {memory:5.0f} MB")
        rag = ("-m", "rag")
        commands = {
            "importing its libraries": ("-c", LIBRARIES),
            "rag ask": (*rag, "ask", QUESTION),
            "rag search": (*rag, "search", QUESTION),
            "rag papers": (*rag, "papers"),
            "rag --help": (*rag, "--help"),
        }
        spent: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(ROUNDS):  # in turn, so that a noisy minute hits all
            for name, command in commands.items():
                spent[name].append(run(home, *command))
        for name, rounds in spent.items():
            seconds, memory = (median(column) for column in zip(*rounds, strict=True))
            print(f"{name:<32} {seconds:5.2f} s {memory:5.0f} MB")
        pairs = zip(spent["rag ask"], spent["importing its libraries"], strict=True)
        ratio = median(ask / imports for (ask, _), (imports, _) in pairs)
        print(f"rag ask / importing its libraries: {ratio:.2f}")


if __name__ == "__main__":
    main()
