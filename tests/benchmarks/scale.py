"""What a library costs as it grows: 95 papers, 10,000 and 100,000, each in processes of its own.

Run with ``python -m tests.benchmarks.scale [PAPERS …]``; ``--in FOLDER`` keeps the libraries for
the next time. The papers are made of sentences of CISI (``tests/support/made_up.py``), with the
vectors that their sentences have, so that none is embedded. Every question is new. Searches are
compared, question by question, with one query of the same Chroma collection and one of the same
tantivy index, ten hits each: without the question's vector, which both need, and with it.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rag import Assistant, Settings
from rag.evaluation import read_sources
from rag.evaluation.sources import read_corpus
from rag.text.sentences import split
from tests.support.made_up import fill
from tests.support.places import DATA

SIZES = (95, 10_000, 100_000)
ROUNDS, PEOPLE, EACH = 8, 20, 5
ASKED = (
    "relevance of retrieved documents", "library costs and budgets", "indexing vocabulary",
    "citation analysis of journals", "user studies of scientists", "bibliographic coupling",
    "information needs of physicists", "storage of records on tape", "automatic abstracting",
)  # fmt: skip
_ADDED = "measure compare growth theory users science catalog machine method cost".split()
FILTERS: dict[str, dict[str, Any]] = {
    "one venue in 3": {"venue": "cvpr"},
    "a rare author": {"author": "rarity"},
    "no paper": {"author": "nobody"},
}


def said() -> list[str]:
    """Return sentences of CISI."""
    rows, _ = read_corpus(read_sources([DATA / "cisi"])[0].corpus or Path())
    texts = [one.text for row in rows for one in split(str(row["abstract"]))]
    return [text for text in texts if 40 < len(text) < 160]


def questions(seed: int, rounds: int = ROUNDS) -> Iterator[str]:
    """Yield questions, none of them twice."""
    chance = random.Random(seed)
    for number in range(rounds):
        for asked in ASKED:
            yield f"{asked} {' '.join(chance.sample(_ADDED, 2))} {seed} {number}"


def timed(act: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def build(assistant: Assistant, papers: int) -> dict[str, Any]:
    """Store the papers, then build both indexes from them."""
    fill(assistant, said(), papers)
    return rebuild(assistant)


def rebuild(assistant: Assistant) -> dict[str, Any]:
    """Build both indexes, which are lost."""
    papers = assistant.library.count()
    return {"built, papers/s": papers / timed(assistant.make_ready)}


def first(assistant: Assistant) -> dict[str, Any]:
    """Answer the first question of a process that has imported what it needs."""
    return {"opened to answer, s": timed(lambda: assistant.ask("How are journals cited?"))}


def search(assistant: Assistant) -> dict[str, Any]:
    """Search, with filters and without, beside one query of each index."""
    import tantivy

    retriever, index = (
        assistant.paper_retriever,
        tantivy.Index.open(str(assistant.library.home / "lexicon")),
    )
    vectors, searcher = assistant.vectors, index.searcher()
    assistant.search("what is loaded by the first question")
    collection = vectors._collection()
    spent: dict[str, list[float]] = {name: [] for name in ("search", "vector", "bare", *FILTERS)}
    for name, filters in FILTERS.items():  # which papers a filter leaves is found once
        spent[f"{name}, first"] = [timed(partial(assistant.search, "journals", filters=filters))]
    for question in questions(1):
        spent["search"].append(timed(partial(assistant.search, question)))
        start = time.perf_counter()
        vector = assistant.embedder.embed([question + " and so on"])[0]
        embedded = time.perf_counter()
        collection.query(query_embeddings=[vector], n_results=10, include=["distances"])
        searcher.search(index.parse_query(question, ["text"]), 10)
        spent["vector"].append(embedded - start)
        spent["bare"].append(time.perf_counter() - embedded)
        for name, filters in FILTERS.items():
            act = partial(assistant.search, f"{question} {name}", filters=filters)
            spent[name].append(timed(act))
    assert retriever is assistant.paper_retriever
    found = {f"{name}, ms": median(times) * 1e3 for name, times in spent.items()}
    bare, vector_of_it = found["bare, ms"], found["vector, ms"]
    found["search / bare"] = found["search, ms"] / bare
    found["search / bare with vector"] = found["search, ms"] / (bare + vector_of_it)
    for name in FILTERS:
        found[f"{name} / search"] = found[f"{name}, ms"] / found["search, ms"]
    return found


def together(assistant: Assistant) -> dict[str, Any]:
    """Let people ask at once."""
    assistant.ask("What is loaded by the first question?")
    spent: list[float] = []

    def ask(seed: int) -> None:
        mine = list(questions(seed, 1))[:EACH]
        spent.extend(timed(partial(assistant.ask, one)) for one in mine)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        f"{PEOPLE} people, p50 s": median(spent),
        f"{PEOPLE} people, p95 s": quantiles(spent, n=20)[-1],
    }


def add(assistant: Assistant) -> dict[str, Any]:
    """Add a paper; it is removed again."""
    assistant.search("what is loaded by the first question")
    text = "A paper of its own about ornithopters. They flap their wings. They are seldom seen."
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "one.jsonl"
        row = {"title": "Ornithopters", "abstract": text}
        file.write_text(json.dumps(row), encoding="utf-8")
        seconds = timed(lambda: assistant.ingest(file))
    (hit, *_) = assistant.search("ornithopters", 1)
    assert hit.paper.title == "Ornithopters", hit
    assistant.remove(hit.paper.id)
    return {"one paper added, s": seconds}


CHILDREN: dict[str, Callable[[Assistant], dict[str, Any]]] = {
    "rebuild": rebuild, "first": first, "search": search, "together": together, "add": add,
}  # fmt: skip


def in_process(home: Path, name: str, *more: str) -> dict[str, Any]:
    """Run one measure in a process of its own; also gives the memory it took."""
    arguments = [sys.executable, "-m", "tests.benchmarks.scale", "--child", name, str(home), *more]
    done = subprocess.run(arguments, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def child(name: str, home: Path, papers: str = "") -> None:
    """Print one measure as JSON."""
    import chromadb
    import llama_index.core.query_engine
    import onnxruntime
    import tantivy

    assert all((chromadb, llama_index, onnxruntime, tantivy))
    given = Settings(home=home) if papers == "95" else Settings(home=home, seeds="")
    with Assistant.open(given) as assistant:
        found = build(assistant, int(papers)) if name == "build" else CHILDREN[name](assistant)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**found, f"memory of {name}, MB": peak}))


def measure(home: Path, papers: int) -> dict[str, Any]:
    """Measure one size."""
    found: dict[str, Any] = {}
    if not home.exists():
        if papers == 95:  # the packaged ones
            with Assistant.open(Settings(home=home)) as assistant:
                assistant.make_ready()
        else:
            found |= in_process(home, "build", str(papers))
    for name in CHILDREN:
        if name == "rebuild":
            for folder in ("vectors", "lexicon"):
                shutil.rmtree(home / folder)
        found |= in_process(home, name)
    return found


def main() -> None:
    """Print a table, a column for every size."""
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], Path(sys.argv[3]), *sys.argv[4:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("papers", type=int, nargs="*", default=SIZES)
    parser.add_argument("--in", dest="folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        columns = {size: measure(folder / f"{size}", size) for size in given.papers}
    names = dict.fromkeys(name for found in columns.values() for name in found)
    print(f"{'papers':<32}" + "".join(f"{size:>12,}" for size in columns))
    for name in names:
        cells = (
            f"{found[name]:>12.2f}" if name in found else " " * 12 for found in columns.values()
        )
        print(f"{name:<32}" + "".join(cells))


if __name__ == "__main__":
    main()
