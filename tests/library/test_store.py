"""The SQLite truth: transactions, sequence numbers, the writer's lock, and what goes wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy
from sqlalchemy.dialects import sqlite

from rag.errors import LibraryError, LockedError, StorageError
from rag.library import Embedded, Filters, Library, Tokens, record_hash, text_hash
from rag.library.schema import PAPERS
from rag.records import Paper
from rag.text.sentences import split
from tests.support.postgres import of_a_file

Make = Callable[..., Paper]
DIMENSION = 6


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path / "home")
    yield library
    library.close()


def vectors(paper: Paper, seed: int = 0) -> Embedded:
    rows = np.random.default_rng(seed).normal(size=(len(split(paper.abstract)), DIMENSION))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Embedded(rows[:1].astype("float32"), rows.astype("float32"))


def store(library: Library, *papers: Paper, fingerprint: str = "f") -> None:
    parts = [(paper, split(paper.abstract, title=paper.title)) for paper in papers]
    with library.writing():
        library.store(parts, {text_hash(p): vectors(p) for p in papers}, fingerprint)


def test_what_is_stored_comes_back(library: Library, make_paper: Make) -> None:
    paper = make_paper("T", "One is. Two are.", authors=("A B",), year=2020, links=("https://x.y",))
    store(library, paper)
    assert library.papers() == [paper]
    assert library.paper(paper.id) == paper
    entry = library.entries([paper.id, "unknown"])[paper.id]
    assert entry.paper == paper
    assert entry.sentences == split("One is. Two are.", title="T")
    np.testing.assert_allclose(entry.vectors.sentences, vectors(paper).sentences, atol=1e-3)
    np.testing.assert_allclose(entry.vectors.chunks, vectors(paper).chunks, atol=1e-3)
    assert (library.count(), library.count_chunks(), library.dimension()) == (1, 1, DIMENSION)


def test_it_is_there_after_reopening(tmp_path: Path, make_paper: Make) -> None:
    first = Library(tmp_path / "home")
    store(first, make_paper("T"))
    identity = first.identity
    first.close()
    second = Library(tmp_path / "home")
    assert [paper.title for paper in second.papers()] == ["T"]
    assert (second.identity, second.fingerprint, second.sequence) == (identity, "f", 1)
    second.close()


def test_changes_since_a_sequence_number(library: Library, make_paper: Make) -> None:
    a, b, c = (make_paper(title) for title in "abc")
    store(library, a, b)
    store(library, c)
    with library.writing():
        library.remove([a.id])
    store(library, make_paper("b", "Something new."))
    assert library.changes_since(0) == ([b.id, c.id], [a.id])
    assert library.changes_since(1) == ([b.id, c.id], [a.id])
    assert library.changes_since(2) == ([b.id], [a.id])
    assert library.changes_since(4) == ([], [])
    store(library, a)
    assert library.changes_since(3) == ([b.id, a.id], [])


def test_a_changed_paper_keeps_its_place_and_loses_its_old_vectors(
    library: Library, make_paper: Make
) -> None:
    a, b = make_paper("a"), make_paper("b")
    store(library, a, b)
    changed = make_paper("a", "Another abstract. With two sentences.")
    store(library, changed)
    assert library.papers() == [changed, b]
    assert library.embedded([text_hash(a), text_hash(changed)], "f") == {text_hash(changed)}
    assert len(library.entries([a.id])[a.id].vectors.sentences) == 3


def test_vectors_shared_by_two_papers_outlive_one_of_them(
    library: Library, make_paper: Make
) -> None:
    a = make_paper("same", "Same text.")
    b = Paper("other-id", a.title, a.abstract)
    store(library, a, b)
    with library.writing():
        library.remove([a.id])
    assert list(library.entries([a.id, b.id])) == [b.id]


def test_the_cache_of_entries_follows_changes(library: Library, make_paper: Make) -> None:
    a = make_paper("a", "First version.")
    store(library, a)
    assert library.entries([a.id])[a.id].paper == a
    changed = make_paper("a", "Second version.")
    store(library, changed)
    assert library.entries([a.id])[a.id].paper == changed
    with library.writing():
        library.remove([a.id])
    assert library.entries([a.id]) == {}


def test_a_failing_batch_leaves_nothing_behind(library: Library, make_paper: Make) -> None:
    good = make_paper("good")
    bad = Paper("bad", "t", None)  # type: ignore[arg-type]
    parts = [(good, split(good.abstract)), (bad, split("x"))]
    with library.writing(), pytest.raises(LibraryError):
        library.store(parts, {}, "f")
    assert (library.count(), library.sequence) == (0, 0)


def test_a_second_writer_is_told(tmp_path: Path, library: Library) -> None:
    other = Library(tmp_path / "home")
    with (
        library.writing(),
        pytest.raises(LockedError, match="another process is writing"),
        other.writing(),
    ):
        pass
    with other.writing():
        pass
    other.close()


def test_record_hash_ignores_the_file_a_paper_came_from(make_paper: Make) -> None:
    assert record_hash(make_paper("t", source="a")) == record_hash(make_paper("t", source="b"))
    assert record_hash(make_paper("t", year=1)) != record_hash(make_paper("t", year=2))


# -- what goes wrong ---------------------------------------------------------------------------


@of_a_file
def test_a_full_disk_is_told_and_what_was_committed_is_kept(
    library: Library, make_paper: Make
) -> None:
    store(library, make_paper("first"))
    pages = []

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 40")
        pages.append(1)

    library._database.engine.dispose()
    sqlalchemy.event.listen(library._database.engine, "connect", limit)
    papers = [make_paper(f"paper {number}", "word " * 400) for number in range(200)]
    with pytest.raises(StorageError, match="free some space"):
        store(library, *papers)
    assert pages
    assert "first" in [paper.title for paper in library.papers()]


@of_a_file
def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "library.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(StorageError, match=r"damaged; restore it from a copy"):
        Library(home)


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(StorageError, match="RAG_HOME"):
        Library(tmp_path / "home")


@of_a_file
def test_a_newer_layout_is_not_touched(tmp_path: Path) -> None:
    Library(tmp_path / "home").close()
    with sqlite3.connect(tmp_path / "home" / "library.db") as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    connection.close()
    with pytest.raises(LibraryError, match="newer version"):
        Library(tmp_path / "home")


# -- tokens --------------------------------------------------------------------------------------


def store_tokens(library: Library, paper: Paper, fingerprint: str = "f") -> Tokens:
    parts = split(paper.abstract, title=paper.title)
    matrix = np.random.default_rng(1).integers(-127, 127, (2 * len(parts), 4)).astype("int8")
    tokens = Tokens.of(matrix, [2] * len(parts))
    made = replace(vectors(paper), tokens=tokens)
    with library.writing():
        library.store([(paper, parts)], {text_hash(paper): made}, fingerprint)
    return tokens


def test_tokens_come_back_as_they_were(library: Library, make_paper: Make) -> None:
    paper = make_paper("T", "One is. Two are.")
    stored = store_tokens(library, paper)
    for _ in range(2):  # from the database, then from memory
        found = library.tokens(["unknown", paper.id])
        assert list(found) == [paper.id]
        np.testing.assert_array_equal(found[paper.id].matrix, stored.matrix)
        np.testing.assert_array_equal(found[paper.id].counts, stored.counts)
        np.testing.assert_allclose(found[paper.id].lengths, stored.lengths)


def test_papers_without_tokens_are_left_out(library: Library, make_paper: Make) -> None:
    paper = make_paper("T")
    store(library, paper)
    assert library.tokens([paper.id]) == {}


@of_a_file
def test_tokens_go_with_their_paper(library: Library, make_paper: Make, tmp_path: Path) -> None:
    paper = make_paper("T")
    store_tokens(library, paper)
    with library.writing():
        library.remove([paper.id])
    assert library.tokens([paper.id]) == {}
    with sqlite3.connect(tmp_path / "home" / "library.db") as database:
        assert database.execute("SELECT count(*) FROM tokens").fetchone() == (0,)


def test_tokens_of_another_embedding_are_not_read(library: Library, make_paper: Make) -> None:
    paper = make_paper("T")
    store_tokens(library, paper, "first")
    assert library.tokens([paper.id])
    with library.writing():
        library.store_vectors({text_hash(paper): vectors(paper)}, "second")
        library.use_fingerprint("second")
    assert library.tokens([paper.id]) == {}


@of_a_file
def test_damaged_tokens_say_what_to_do(library: Library, make_paper: Make, tmp_path: Path) -> None:
    paper = make_paper("T")
    store_tokens(library, paper)
    with sqlite3.connect(tmp_path / "home" / "library.db") as database:
        database.execute("UPDATE tokens SET data = x'010203'")
    with pytest.raises(LibraryError, match=f"rag remove {paper.id}"):
        library.tokens([paper.id])


@of_a_file
def test_filters_read_their_index_and_not_the_papers(library: Library) -> None:
    conditions = Filters(author="lee", venue="cvpr", year_from=2020).conditions()
    query = sqlalchemy.select(PAPERS.c.position, PAPERS.c.id).where(*conditions)
    text = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with sqlite3.connect(library.home / "library.db") as connection:
        plan = str(connection.execute(f"EXPLAIN QUERY PLAN {text}").fetchall())
    assert "COVERING INDEX ix_papers_filtered" in plan
