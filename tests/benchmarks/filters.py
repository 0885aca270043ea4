"""What filters cost a search of 30,000 papers, beside the same search without them.

Run with ``python -m tests.benchmarks.filters``. The papers are made of sentences of CISI,
with made-up authors, so that it is known how many papers a filter leaves. Every question is new,
and all filters are asked in turn; which papers a filter leaves is found by its first question.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rag import Assistant, Settings
from rag.evaluation import read_sources
from rag.evaluation.sources import read_corpus
from rag.text.sentences import split
from tests.support.places import DATA

PAPERS, ROUNDS, RARE = 30_000, 5, 6_000  # every RARE-th paper is by one author
ASKED = (
    "relevance of retrieved documents", "library costs and budgets", "indexing vocabulary",
    "citation analysis of journals", "user studies of scientists", "bibliographic coupling",
    "information needs of physicists", "storage of records on tape", "automatic abstracting",
)  # fmt: skip
FILTERS: dict[str, dict[str, Any]] = {
    "none": {},
    "5 papers": {"author": "rarity"},
    "one year": {"year": 1990},
    "one author in 25": {"author": "baran"},
    "one venue in 3": {"venue": "cvpr"},
    "half the years": {"year_from": 2002},
    "no paper": {"author": "nobody"},
}
_STARTS, _ENDS = "Ba Ce Di Fo Gu Ha Ke Li Mo Nu".split(), "ran ven ski son ner mann".split()


def made_up(said: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the papers."""
    chance = random.Random(1)
    names = [start + end for start in _STARTS for end in _ENDS]
    for number in range(PAPERS):
        title, *abstract = chance.sample(said, 3)  # one sentence alone would soon come again
        yield {
            "title": f"{title[:60]} {number}",
            "abstract": " ".join(abstract),
            "authors": [" ".join(chance.sample(names, 2)) if number % RARE else "Zora Rarity"],
            "year": 1980 + number % 44,
            "venue": chance.choice(["CVPR", "Nature", "ICML"]),
        }


def main() -> None:
    """Print the milliseconds of every filter."""
    rows, _ = read_corpus(read_sources([DATA / "cisi"])[0].corpus or Path())
    said = [one.text for row in rows for one in split(str(row["abstract"]))]
    said = [text for text in said if 40 < len(text) < 160]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "papers.jsonl"
        file.write_text("\n".join(map(json.dumps, made_up(said))), encoding="utf-8")
        with Assistant.open(Settings(home=Path(folder) / "library", seeds="")) as assistant:
            held = len(assistant.ingest(file).added)
            assistant.search("what is loaded by the first question")
            spent: dict[str, list[float]] = {name: [] for name in FILTERS}
            for number in range(ROUNDS):
                for question in ASKED:
                    for name, filters in FILTERS.items():
                        start = time.perf_counter()
                        assistant.search(f"{question} {number} {name}", filters=filters)
                        spent[name].append((time.perf_counter() - start) * 1e3)
    print(f"{held:,} papers; {len(ASKED) * ROUNDS} questions; 1 thread for a question, BLAS 1")
    for name, times in spent.items():
        ratio, p95 = median(times) / median(spent["none"]), quantiles(times, n=20)[-1]
        told = f"first {times[0]:6.1f} ms   p50 {median(times):5.1f} ms   p95 {p95:5.1f} ms"
        print(f"{name:<18} {told}   p50 to none {ratio:.2f}")


if __name__ == "__main__":
    main()
