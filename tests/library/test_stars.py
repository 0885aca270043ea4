"""The reading list in the library: kept, noted, bounded, and each its owner's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from rag.errors import InputError
from rag.library import Library, Stars, backup, stars
from rag.text.reading_list import Star
from tests.support.postgres import of_a_file


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path / "home")
    yield library
    library.close()


@pytest.fixture
def kept(library: Library) -> Stars:
    ticks = count(1)
    return Stars(library._database, clock=lambda: float(next(ticks)))


def paper(name: str, note: str = "") -> Star:
    return Star(name, -2, f"Paper {name}", "", note)


def sentence(name: str, start: int, note: str = "") -> Star:
    return Star(name, start, f"Paper {name}", f"It says {start}.", note)


def places(found: list[Star]) -> list[tuple[str, int]]:
    return [(star.paper_id, star.start) for star in found]


def test_the_paper_last_come_to_is_first_and_its_sentences_follow_in_their_order(
    kept: Stars,
) -> None:
    kept.put([sentence("a", 40)])
    kept.put([paper("b")])
    kept.put([sentence("a", -1)])
    kept.put([sentence("a", 7)])
    kept.put([paper("a")])
    assert places(kept.all()) == [("b", -2), ("a", -2), ("a", -1), ("a", 7), ("a", 40)]
    assert kept.of() == set(places(kept.all()))
    assert [star.added for star in kept.all()] == [2.0, 5.0, 3.0, 4.0, 1.0]


def test_what_is_starred_twice_stays_as_it_was_but_for_its_note(kept: Stars) -> None:
    kept.put([Star("a", 0, "Old title", "Old words.", "First")])
    kept.put([Star("a", 0, "New title", "New words.")])
    assert kept.all() == [Star("a", 0, "Old title", "Old words.", "First", 1.0)]
    kept.put([Star("a", 0, "New title", "New words.", "Second")])
    assert kept.all() == [Star("a", 0, "Old title", "Old words.", "Second", 1.0)]


def test_a_note_is_changed_and_taken_back(kept: Stars) -> None:
    kept.put([paper("a"), paper("b", "stays")])
    assert kept.note("a", -2, " two\r\nlines \n")
    assert [star.note for star in kept.all()] == ["two\nlines", "stays"]
    assert kept.note("a", -2, "")
    assert [star.note for star in kept.all()] == ["", "stays"]
    assert not kept.note("a", 0, "there is no such star")


def test_one_star_goes_or_all_of_a_paper_and_comes_back_as_it_was(kept: Stars) -> None:
    kept.put([paper("a", "mine"), sentence("a", 3), sentence("a", 9), paper("b")])
    before = kept.all()
    assert places(kept.take_away("a", 3)) == [("a", 3)]
    assert kept.take_away("a", 3) == []
    gone = kept.take_away("a")
    assert sorted(places(gone)) == [("a", -2), ("a", 9)]
    assert places(kept.all()) == [("b", -2)]
    kept.put([*gone, next(star for star in before if star.start == 3)])
    assert kept.all() == before


def test_what_is_another_owners_does_not_exist(kept: Stars) -> None:
    kept.put([paper("a", "ada's")], "ada")
    assert (kept.all("bob"), kept.all(), kept.of("bob")) == ([], [], set())
    assert not kept.note("a", -2, "bob was here", "bob")
    assert kept.take_away("a", owner="bob") == []
    assert kept.take_away("a", -2) == []
    kept.put([paper("a")], "bob")
    assert [star.note for star in kept.all("ada")] == ["ada's"]
    assert [star.note for star in kept.all("bob")] == [""]


def test_a_note_has_an_end(kept: Stars) -> None:
    longest = "x" * stars.LONGEST_NOTE
    kept.put([paper("a", longest)])
    assert kept.all()[0].note == longest
    with pytest.raises(InputError, match="2,000 characters; this has 2,001"):
        kept.put([paper("b", longest + "x")])
    with pytest.raises(InputError, match="2,000 characters; this has 2,001"):
        kept.note("a", -2, longest + "x")
    assert [star.note for star in kept.all()] == [longest]


def test_a_full_list_says_so_and_takes_nothing(
    kept: Stars, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stars, "MOST", 3)
    kept.put([paper("a"), paper("b")])
    with pytest.raises(InputError, match="full"):
        kept.put([paper("c"), paper("d")])
    assert places(kept.all()) == [("a", -2), ("b", -2)]
    kept.put([paper("c")])
    kept.put([paper("c", "it is there already")])
    kept.put([paper("d")], "somebody else")


def test_papers_may_be_written_meanwhile(library: Library, tmp_path: Path) -> None:
    other = Library(tmp_path / "home")
    with library.writing():
        other.stars.put([paper("a")])
    other.close()
    assert places(library.stars.all()) == [("a", -2)]


def test_it_outlasts_the_process_and_goes_into_a_backup(tmp_path: Path) -> None:
    first = Library(tmp_path / "home")
    first.stars.put([sentence("a", 3, "Ünï ★")], "ada")
    before = first.stars.all("ada")
    first.close()
    again = Library(tmp_path / "home")
    assert again.stars.all("ada") == before
    again.backup(tmp_path / "library.zip")
    again.close()
    backup.restore(tmp_path / "back", tmp_path / "library.zip")
    back = Library(tmp_path / "back")
    assert back.stars.all("ada") == before
    back.close()
    with pytest.raises(InputError, match="holds a library already"):
        backup.restore(tmp_path / "home", tmp_path / "library.zip")


@of_a_file
def test_a_library_of_an_earlier_version_gains_it(tmp_path: Path) -> None:
    Library(tmp_path / "home").close()
    with sqlite3.connect(tmp_path / "home" / "library.db") as old:
        old.execute("DROP TABLE stars")
        old.execute("UPDATE meta SET value = '6' WHERE key = 'schema'")
    old.close()
    library = Library(tmp_path / "home")
    library.stars.put([paper("a")])
    assert places(library.stars.all()) == [("a", -2)]
    library.close()
