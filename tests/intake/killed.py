"""What is killed at random moments, and what must hold after it; run in other processes."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
from pydantic import SecretStr

from rag import Assistant, Settings
from rag.intake import ingest
from rag.library import Library, text_hash
from rag.library.schema import SCHEMA_VERSION
from rag.models.embed_local import LocalEmbedder
from rag.records import Progress
from tests.support.killing import Note
from tests.support.models import make_model

HERE, MORE = 24, 32  # papers of the library, and of what is brought in
BATCH = 8  # papers a transaction


def rows(count: int, *, start: int = 0, words: str = "grow") -> list[dict[str, str]]:
    return [
        {"id": f"p{i}", "title": f"Corals mark{i}x", "abstract": f"Corals {words}. It is {i}."}
        for i in range(start, start + count)
    ]


def files(root: Path) -> None:
    """Write what all of them need: two models, four files, and a library to begin with."""
    make_model(root / "model-a")
    make_model(root / "model-b", config={"max_tokens": 60})
    for name, papers in {
        "here": rows(HERE),
        "more": rows(MORE, start=HERE),
        "changed": rows(HERE, words="sing and whales grow"),
    }.items():
        (root / f"{name}.jsonl").write_text("\n".join(map(json.dumps, papers)))
    for name, home in (("more", "other"), ("here", "base")):
        with opened(root / home) as assistant:
            assistant.ingest(root / f"{name}.jsonl")
            assistant.backup(root / f"{name}.zip")
    shutil.copytree(root / "base", root / "old")
    with sqlite3.connect(root / "old" / "library.db") as connection:
        connection.execute("DROP TABLE tokens")
        for index in ("ix_papers_filtered", "ix_papers_shelf", "ix_papers_collections"):
            connection.execute(f"DROP INDEX {index}")
        for column in ("found_by", "by", "appeared", "came_from", "filed", "collections"):
            connection.execute(f'ALTER TABLE papers DROP COLUMN "{column}"')
        connection.execute("UPDATE meta SET value = '2' WHERE key = 'schema'")
    connection.close()
    shutil.copytree(root / "base", root / "bare")
    for name in ("vectors", "lexicon"):
        shutil.rmtree(root / "bare" / name)


def opened(home: Path, *, model: str = "a", seeds: str = "") -> Assistant:
    ingest.BATCH = BATCH
    folder = home.parent / f"model-{model}"
    given = Settings(
        home=home, seeds=seeds, embed_model=str(folder), threads=1, database_url=url_of(home)
    )
    return Assistant.open(given)


def url_of(home: Path) -> SecretStr:
    """Return the server that the library of a folder is on, as noted beside it; empty: none."""
    noted = home.with_suffix(".url")
    return SecretStr(noted.read_text(encoding="utf-8") if noted.exists() else "")


def library_of(home: Path) -> Library:
    return Library(home, url_of(home).get_secret_value())


def hashes_of(assistant: Assistant) -> set[str]:
    """Return the texts that have vectors under the present embedder."""
    library = assistant.library
    texts = {text_hash(paper) for paper in library.papers()}
    return library.embedded(texts, assistant.embedder.fingerprint)


# -- what is done --------------------------------------------------------------------------------


def first_use(home: Path, note: Note) -> None:
    with opened(home, seeds=str(home.parent / "here.jsonl")):
        note("seeded")


def bring_in(home: Path, note: Note) -> None:
    with opened(home) as assistant:
        assistant.ingest(home.parent / "more.jsonl", progress=_noting(note))


def update(home: Path, note: Note) -> None:
    with opened(home) as assistant:
        assistant.ingest(home.parent / "changed.jsonl", progress=_noting(note))


def remove(home: Path, note: Note) -> None:
    with opened(home) as assistant:
        for i in range(6):
            assistant.remove(f"p{i}")
            note(i + 1)


def embed_anew(home: Path, note: Note) -> None:
    with opened(home, model="b") as assistant:
        assistant.re_embed()
        note("embedded")


def rebuild(home: Path, note: Note) -> None:
    with opened(home) as assistant:
        assistant.make_ready()
        note("rebuilt")


def restore(home: Path, note: Note) -> None:
    with mock.patch.object(LocalEmbedder, "run", side_effect=AssertionError("embedded")):
        Assistant.restore(home.parent / "more.zip", Settings(home=home), force=True)
    note("restored")


def find_topics(home: Path, note: Note) -> None:
    with opened(home) as assistant:
        for i in range(4):
            assistant.topics(anew=True)
            note(i + 1)


def upgrade(home: Path, note: Note) -> None:
    library_of(home).close()
    note("upgraded")


def _noting(note: Note) -> Progress:
    """Note how many papers are committed: whoever is told of a batch, has those before it."""
    return lambda what, done, _: note(done) if what == "embedding" else None


# -- what must hold ------------------------------------------------------------------------------


@contextmanager
def repaired(home: Path, *, model: str = "a", seeds: str = "") -> Iterator[Assistant]:
    """Open what is left; it must be whole without anything embedded again."""
    library = library_of(home)
    bare = len(library.without_vectors())
    library.close()
    assert not bare
    with opened(home, model=model, seeds=seeds) as assistant:
        with mock.patch.object(LocalEmbedder, "run", side_effect=AssertionError("embedded")):
            assistant.make_ready()
        whole(assistant)
        yield assistant
        whole(assistant)


def whole(assistant: Assistant) -> None:
    """Both indexes hold exactly what the library does."""
    papers = [paper.id for paper in assistant.papers()]
    assert len(set(papers)) == len(papers) == len({paper.title for paper in assistant.papers()})
    if not papers:
        return
    entries = assistant.library.entries(papers).values()
    wanted = {
        f"{entry.paper.id}#{i}": chunk
        for entry in entries
        for i, chunk in enumerate(entry.vectors.chunks)
    }
    stored = assistant._parts.vectors._collection().get(include=["embeddings"])
    held = dict(zip(stored["ids"], np.asarray(stored["embeddings"]), strict=True))
    assert set(held) == set(wanted)
    for name, chunk in wanted.items():
        np.testing.assert_allclose(held[name], chunk, atol=1e-3)
    lexicon = assistant._parts.lexicon
    assert lexicon.count() == len(papers)
    for paper_id in papers:
        terms = lexicon.terms(f"mark{paper_id[1:]}x")
        assert list(lexicon.search(terms, 3)) == [paper_id]


def after_first_use(home: Path, noted: list[str]) -> None:
    seeds = str(home.parent / "here.jsonl")
    library = library_of(home)
    done, seeded = library.count(), library.seeded
    library.close()
    assert seeded or not noted
    assert done in range(0, HERE + 1, BATCH)
    run = LocalEmbedder.run
    with mock.patch.object(LocalEmbedder, "run", autospec=True, side_effect=run) as runs:
        with opened(home, seeds=seeds) as assistant:
            assert len(assistant.papers()) == HERE
            assistant.make_ready()
            whole(assistant)
        # Three texts a paper of its own, and a sentence that stands in all.
        assert runs.call_count == 3 * (HERE - done) + (done < HERE)


def after_bringing_in(home: Path, noted: list[str]) -> None:
    committed = max(map(int, noted), default=0)
    with repaired(home) as assistant:
        there = len(assistant.papers())
        assert there >= HERE + committed
        report = assistant.ingest(home.parent / "more.jsonl")
        assert report.embedded == HERE + MORE - there
        assert len(assistant.papers()) == HERE + MORE


def after_update(home: Path, noted: list[str]) -> None:
    committed = max(map(int, noted), default=0)
    with repaired(home) as assistant:
        changed = [i for i, one in enumerate(assistant.papers()) if "whales" in one.abstract]
        assert len(changed) >= committed
        assert changed == list(range(len(changed)))  # in the order of the file
        report = assistant.ingest(home.parent / "changed.jsonl")
        assert report.embedded == HERE - len(changed)
        assert all("whales" in one.abstract for one in assistant.papers())


def after_removal(home: Path, noted: list[str]) -> None:
    with repaired(home) as assistant:
        there = [paper.id for paper in assistant.papers()]
        gone = HERE - len(there)
        assert gone >= len(noted)
        assert there == [f"p{i}" for i in range(gone, HERE)]


def after_embedding_anew(home: Path, noted: list[str]) -> None:
    library = library_of(home)
    model = "b" if library.fingerprint.startswith("model-b") else "a"
    library.close()
    assert model == "b" or not noted
    with repaired(home, model=model) as assistant:
        assert len(assistant.papers()) == HERE
    with opened(home, model="b") as assistant:
        have = len(hashes_of(assistant))
        assert assistant.re_embed() == HERE - have
        whole(assistant)


def after_rebuilding(home: Path, noted: list[str]) -> None:
    del noted
    with repaired(home) as assistant:
        assert len(assistant.papers()) == HERE


def after_restoring(home: Path, noted: list[str]) -> None:
    with repaired(home) as assistant:
        assert len(assistant.papers()) in ((MORE,) if noted else (HERE, MORE))


def after_upgrade(home: Path, noted: list[str]) -> None:
    with sqlite3.connect(home / "library.db") as connection:
        (schema,) = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    connection.close()
    assert schema in ((str(SCHEMA_VERSION),) if noted else ("2", str(SCHEMA_VERSION)))
    with repaired(home) as assistant:
        assert len(assistant.papers()) == HERE
        assert assistant.library._database.meta("schema") == str(SCHEMA_VERSION)


def after_finding_topics(home: Path, noted: list[str]) -> None:
    library = library_of(home)
    there = library.placed.load()
    papers = set(library.ids())
    library.close()
    assert there is not None or not noted
    if there is not None:
        numbers = {one.number for one in there.clusters}
        assert {place.topic for place in there.places} == numbers
        assert sorted(place.paper_id for place in there.places) == sorted(papers)
    with opened(home) as assistant:
        found = assistant.topics()
        assert {one for topic in found for one in topic.paper_ids} == papers
        if there is not None:
            assert [topic.id for topic in found] == [one.id for one in there.clusters]
