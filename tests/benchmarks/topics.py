"""Times summaries and topics: ``python -m tests.benchmarks.topics [PAPERS]``.

Over the seed papers as they are, and over a made-up library of so many papers (10,000 unless told
otherwise): abstracts put together from the seeds' sentences, vectors around 60 centres.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from rag import Assistant, Settings
from rag.library import Embedded
from rag.library.entries import text_hash
from rag.records import Paper
from rag.text.sentences import split
from tests.support.seeds import seed_pairs

TOPICS = (
    "post-training quantization", "masked autoencoders for video", "text-to-video retrieval",
    "convolution-attention hybrid backbones", "video diffusion models",
)  # fmt: skip
BATCH = 1_000  # papers a transaction
CENTRES = 60


def memory() -> float:
    """Return the greatest resident memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def seeds(home: Path) -> None:
    """Time the seeds: the first call with its imports, and the median of warm ones."""
    with Assistant.open(Settings(home=home)) as assistant:
        assistant.warm_up()
        calls: list[tuple[str, Callable[[str], object]]] = [
            ("summary", assistant.summarize),
            ("topics", lambda _: assistant.topics(anew=True)),
        ]
        for name, call in calls:
            times = []
            for topic in (TOPICS[0], *TOPICS * 4):
                start = time.perf_counter()
                call(topic)
                times.append(time.perf_counter() - start)
            warm = sorted(times[1:])
            print(
                f"{name} of the seeds: first {times[0]:.2f} s, then median {median(warm):.3f} s, "
                f"most {warm[-1]:.3f} s; {memory():.0f} MB"
            )


def made_up(count: int) -> Sequence[Paper]:
    """Return papers whose sentences are drawn from the seeds."""
    random = np.random.default_rng(0)
    pairs = seed_pairs()
    sentences = [[s.text for s in split(text, title="")[1:]] for _, text in pairs]
    papers = []
    for i in range(count):
        a, b = random.integers(0, len(pairs), 2)
        title = f"{pairs[a][0].split(':')[-1].strip()} {i}"
        papers.append(Paper(f"p{i}", title, " ".join([*sentences[a][:4], *sentences[b][-3:]])))
    return papers


def fill(home: Path, count: int) -> None:
    """Write a library of made-up papers with clustered vectors, without embedding them."""
    with Assistant.open(Settings(home=home, seeds="")) as assistant:
        library, fingerprint = assistant.library, assistant.embedder.fingerprint
        random = np.random.default_rng(1)
        dimension = assistant.embedder.embed(["x"]).shape[1]
        centres = random.normal(size=(CENTRES, dimension))
        papers = made_up(count)
        for start in range(0, count, BATCH):
            rows, vectors = [], {}
            for i, paper in enumerate(papers[start : start + BATCH], start):
                cut = split(paper.abstract, title=paper.title)
                noise = random.normal(size=(len(cut) + 2, dimension))
                near = (centres[i % CENTRES] + 0.8 * noise).astype(np.float32)
                near /= np.linalg.norm(near, axis=1, keepdims=True)
                vectors[text_hash(paper)] = Embedded(near[:2], near[2:])
                rows.append((paper, cut))
            with library.writing():
                library.store(rows, vectors, fingerprint)


def large(home: Path, count: int) -> None:
    """Time the topics of a made-up library, opened afresh."""
    fill(home, count)
    with Assistant.open(Settings(home=home, seeds="")) as assistant:
        start = time.perf_counter()
        assistant.make_ready()
        ready = time.perf_counter()
        before = memory()
        topics = assistant.topics()
        took = time.perf_counter() - ready
        placed = sum(len(topic.paper_ids) for topic in topics)
        print(
            f"{count:,} papers: {len(topics)} topics of {placed:,} papers in {took:.1f} s (indexes "
            f"{ready - start:.1f} s before); {before:.0f} MB before, {memory():.0f} MB at most"
        )
        gone = assistant.library.ids()[:50]
    with Assistant.open(Settings(home=home, seeds="")) as assistant:
        library, kept = assistant.library, assistant._parts.topics
        start = time.perf_counter()
        kept.topics()
        read = time.perf_counter()
        with library.writing():
            library.remove(gone)
        removed = time.perf_counter()
        kept.topics()
        print(
            f"read after a restart in {read - start:.2f} s, when 50 papers have gone in "
            f"{time.perf_counter() - removed:.2f} s"
        )


def main() -> None:
    """Print all figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        seeds(Path(folder) / "seeds")
        large(Path(folder) / "large", count)


if __name__ == "__main__":
    main()
