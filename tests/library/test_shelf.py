"""The papers as a table: what is found, sorted, filtered and counted, page by page."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy

from rag.library import Embedded, Filters, Library, text_hash
from rag.library.shelf import words
from rag.records import Paper
from tests.support.postgres import of_a_file

Make = Callable[..., Paper]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path / "home")
    yield library
    library.close()


def store(library: Library, *papers: Paper) -> None:
    one = np.ones((1, 1), dtype="float32")
    with library.writing():
        vectors = {text_hash(paper): Embedded(one, one) for paper in papers}
        library.store([(paper, ()) for paper in papers], vectors, "f")


@pytest.fixture
def shelved(library: Library, make_paper: Make) -> Library:
    store(
        library,
        make_paper(
            "Zebras in H$_2$O",
            authors=("Jürgen Müller", "Bo Ek"),
            venue="Revista Española",
            year=2019,
            doi="10.1000/Zeb.7",
            collections=("Wild Life",),
        ),
        make_paper(
            "\u00c9tude of corals",
            authors=("Ana Ruiz",),
            year=2021,
            arxiv_id="2101.00042v2",
            keywords=("reef_health",),
            source="corals.bib",
            collections=("Wild", "Sea"),
        ),
        make_paper("Bees 100% alive", venue="Apidologie", pmid="31234567"),
    )
    return library


def titles(library: Library, text: str = "", **given: object) -> list[str]:
    papers, total = library.shelf.browse(text, **given)  # type: ignore[arg-type]
    assert total >= len(papers)
    return [paper.title.split()[0] for paper in papers]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("muller", ["Zebras"]),
        ("MÜLLER", ["Zebras"]),
        ("Mu\u0308ller zebras", ["Zebras"]),  # a letter and its accent apart
        ("müller corals", []),
        ("espanola", ["Zebras"]),
        ("etude", ["Étude"]),
        ("H2O", ["Zebras"]),
        ("2021", ["Étude"]),
        ("10.1000/zeb.7", ["Zebras"]),
        ("https://doi.org/10.1000/ZEB.7", ["Zebras"]),
        ("arXiv:2101.00042", ["Étude"]),
        ("https://arxiv.org/abs/2101.00042v1", ["Étude"]),
        ("PMID:31234567", ["Bees"]),
        ("reef_health", ["Étude"]),
        ("reefxhealth", []),
        ("100%", ["Bees"]),
        ("1%0", []),
        ("fc", []),  # what JSON would write an accent as
        ("", ["Zebras", "Étude", "Bees"]),
    ],
)
def test_what_a_search_finds(shelved: Library, text: str, found: list[str]) -> None:
    assert titles(shelved, text) == found


def test_every_identifier_is_found(shelved: Library) -> None:
    for paper in shelved.papers():
        assert shelved.shelf.browse(paper.id) == ([paper], 1)


@pytest.mark.parametrize(
    ("text", "looked_for"),
    [
        ("doi:10.1/x", ["10.1/x"]),
        ("dx.doi.org/10.1/x", ["10.1/x"]),
        ("doi: 10.1/x", ["doi:", "10.1/x"]),
        ("www.arxiv.org/pdf/2301.00001v12", ["2301.00001"]),
        ("2301.0001v1", ["2301.0001"]),
        ("ViT v2 arxivs", ["vit", "v2", "arxivs"]),
        ("a " * 50, ["a"] * 20),
    ],
)
def test_words_of_a_search(text: str, looked_for: list[str]) -> None:
    assert words(text) == looked_for


@pytest.mark.parametrize(
    ("sort", "ascending", "descending"),
    [
        ("title", ["Bees", "Étude", "Zebras"], ["Zebras", "Étude", "Bees"]),
        ("authors", ["Étude", "Zebras", "Bees"], ["Zebras", "Étude", "Bees"]),
        ("venue", ["Bees", "Zebras", "Étude"], ["Zebras", "Bees", "Étude"]),
        ("year", ["Zebras", "Étude", "Bees"], ["Étude", "Zebras", "Bees"]),
        ("unknown", ["Zebras", "Étude", "Bees"], ["Zebras", "Étude", "Bees"]),
    ],
)
def test_papers_are_sorted_and_those_without_come_last(
    shelved: Library, sort: str, ascending: list[str], descending: list[str]
) -> None:
    assert titles(shelved, sort=sort) == ascending
    assert titles(shelved, sort=sort, descending=True) == descending


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(year_from=2020), ["Étude"]),
        (Filters(year_to=2020), ["Zebras"]),
        (Filters(author="muller", venue="espanola"), ["Zebras"]),
        (Filters(author="muller", year_from=2020), []),
        (Filters(source="corals"), ["Étude"]),
    ],
)
def test_filters(shelved: Library, filters: Filters, found: list[str]) -> None:
    assert titles(shelved, filters=filters) == found


def test_a_collection_is_named_whole(shelved: Library) -> None:
    assert shelved.shelf.collections() == {"Sea": 1, "Wild": 1, "Wild Life": 1}
    assert titles(shelved, collection="Wild") == ["Étude"]
    assert titles(shelved, collection="wild life") == ["Zebras"]


@pytest.mark.parametrize("sort", ["", "title", "authors", "venue", "year"])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_follow_each_other(
    library: Library, make_paper: Make, sort: str, descending: bool
) -> None:
    papers = [
        make_paper(f"T{i}", authors=("AB"[i % 2],) * (i % 3), year=2000 + i % 4 if i % 5 else None)
        for i in range(23)
    ]
    store(library, *papers)
    whole, total = library.shelf.browse(sort=sort, descending=descending)
    assert total == len(whole) == 23
    for size in (1, 4, 7):
        pages = [
            library.shelf.browse(sort=sort, descending=descending, start=start, limit=size)
            for start in range(0, 23, size)
        ]
        assert [paper for page, _ in pages for paper in page] == whole
        assert {total for _, total in pages} == {23}
    assert library.shelf.browse(start=99, limit=4) == ([], 23)
    assert library.shelf.browse(start=-4, limit=1)[0] == papers[:1]


@of_a_file
def test_a_page_reads_no_abstract_but_its_own(shelved: Library, tmp_path: Path) -> None:
    """Among 100,000 papers a search that reads the abstracts takes ten times as long."""
    asked: list[str] = []
    engine = shelved._database.engine
    engine.dispose()
    sqlalchemy.event.listen(engine, "connect", lambda c, _: c.set_trace_callback(asked.append))
    shelved.shelf.browse("muller", Filters(year_from=2000), collection="Wild", sort="authors")
    shelved.shelf.browse(start=1, limit=1)
    shelved.shelf.collections()
    searches = [one for one in asked if one.startswith("SELECT") and "abstract" not in one]
    assert len(searches) == 5
    with sqlite3.connect(tmp_path / "home" / "library.db") as database:
        for one in searches:
            plan = " ".join(row[-1] for row in database.execute(f"EXPLAIN QUERY PLAN {one}"))
            assert "USING COVERING INDEX" in plan, (one, plan)


@of_a_file
def test_a_library_of_an_earlier_version_is_searched_too(tmp_path: Path, make_paper: Make) -> None:
    first = Library(tmp_path / "home")
    store(first, make_paper("Zebras", authors=("Jürgen Müller",), collections=("Wild",)))
    first.close()
    with sqlite3.connect(tmp_path / "home" / "library.db") as old:
        old.execute("DROP INDEX ix_papers_shelf")
        old.execute("DROP INDEX ix_papers_collections")
        old.execute("ALTER TABLE papers DROP COLUMN found_by")
        old.execute("UPDATE papers SET filed = ''")  # as a library before version 4
        old.execute("UPDATE meta SET value = '4' WHERE key = 'schema'")
    old.close()
    library = Library(tmp_path / "home")
    assert titles(library, "muller", collection="wild") == ["Zebras"]
    with library._database.reading() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'")
        assert {"ix_papers_shelf", "ix_papers_collections"} <= {row[0] for row in names}
    library.close()
