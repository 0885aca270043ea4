"""What ingest costs: seconds beside one bare pass of the model over the same papers, and bytes.

Run with ``python -m tests.benchmarks.ingest``. A bare pass runs title and abstract through the
model once and keeps nothing. Both use the same threads, in turn.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from statistics import median

from rag import Assistant, Settings
from rag.evaluation import read_sources
from rag.evaluation.sources import read_corpus
from rag.models import LocalEmbedder
from rag.resources import seeds_folder
from tests.support.places import DATA

ROUNDS = 3
MANY = 400  # abstracts of CISI


def bare(papers: list[tuple[str, str]], threads: int) -> float:
    """Return the seconds of a pass over title and abstract of these papers."""
    from rag.models.embed_local import minilm

    model: LocalEmbedder = minilm(threads)
    model.run("load")
    start = time.perf_counter()
    model.together(model.run, [f"{title}. {abstract}" for title, abstract in papers])
    seconds = time.perf_counter() - start
    model.close()
    return seconds


def ingested(path: Path, home: Path) -> tuple[float, int, list[tuple[str, str]]]:
    """Return the seconds of an ingest, the bytes it leaves, and the papers."""
    with Assistant.open(Settings(home=home, seeds="")) as assistant:
        assistant.embedder.embed(["load"])
        start = time.perf_counter()
        assistant.ingest(path)
        seconds = time.perf_counter() - start
        papers = [(paper.title, paper.abstract) for paper in assistant.papers()]
    return seconds, sum(file.stat().st_size for file in home.rglob("*") if file.is_file()), papers


def main() -> None:
    """Print the figures for the packaged papers and for a part of CISI."""
    threads = Settings().worker_threads
    print(f"{threads} threads, each running one text at a time in a session of one thread")
    with tempfile.TemporaryDirectory() as folder:
        rows, _ = read_corpus(read_sources([DATA / "cisi"])[0].corpus or Path())
        cisi = Path(folder) / "cisi.jsonl"
        cisi.write_text("\n".join(map(json.dumps, rows[:MANY])), encoding="utf-8")
        for name, path in (("packaged papers", seeds_folder()), ("CISI", cisi)):
            spent: list[tuple[float, float]] = []
            for number in range(ROUNDS):
                seconds, size, papers = ingested(path, Path(folder) / f"{name} {number}")
                spent.append((seconds, bare(papers, threads)))
            ours, least = (median(column) for column in zip(*spent, strict=True))
            ratio = median(a / b for a, b in spent)
            each, stored = 1e3 * ours / len(papers), size / len(papers) / 1e3
            print(f"{name}: {len(papers)} papers, ingest {ours:.2f} s, {each:.1f} ms a paper")
            print(f"  bare pass {least:.2f} s, ratio {ratio:.2f}; {stored:.1f} kB a paper on disk")


if __name__ == "__main__":
    main()
