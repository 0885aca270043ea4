"""Files as they lie about: compressed, in archives, in other encodings, or no text at all."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from rag import Assistant
from rag.errors import ReadError
from rag.intake import readers
from rag.intake.readers import sources
from rag.library import Filters

ROW = '{"title": "Größe", "abstract": "Corals grow."}'
BIB = "@article{a, title = {Whales}, abstract = {Whales sing.}}"


def titles(path: Path) -> list[str]:
    return [paper.title for reading in readers.read(path) for paper in reading.papers]


def problems(path: Path) -> list[str]:
    return [problem.message for reading in readers.read(path) for problem in reading.problems]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_encodings_are_told(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "p.txt").write_bytes(ROW.encode(encoding))
    assert titles(tmp_path / "p.txt") == ["Größe"]


def test_what_is_packed_is_read(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "p.json.gz", "wb") as packed:
        packed.write(ROW.encode())
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("a/p.jsonl", ROW)
        archive.writestr("b.bib", BIB)
        archive.writestr("__MACOSX/._b.bib", "x")
        archive.writestr("notes.md", "nothing much")
    assert titles(tmp_path / "p.json.gz") == ["Größe"]
    with pytest.raises(ReadError, match=r"p\.zip!notes\.md is of no known kind"):
        titles(tmp_path / "p.zip")
    assert titles(tmp_path) == ["Größe", "Größe", "Whales"]
    assert any("no known kind" in one for one in problems(tmp_path))


def test_an_archive_that_climbs_out_is_not_followed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("../../evil.jsonl", ROW)
        archive.writestr("good.jsonl", ROW)
    assert titles(tmp_path / "p.zip") == ["Größe"]
    assert "points outside of it" in problems(tmp_path / "p.zip")[0]


def test_a_workbook_that_is_a_bomb_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "papers.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 50_000_000)
    (reading,) = readers.read(path)
    assert not reading.papers
    assert "is a workbook that unpacks to 50,000,000 bytes; not read" in str(reading.problems[0])


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = b" " * 50_000_000
    with zipfile.ZipFile(tmp_path / "p.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.jsonl", bomb)
        archive.writestr("good.jsonl", ROW)
    assert titles(tmp_path / "p.zip") == ["Größe"]
    assert "unpacks to 50,000,000 bytes" in problems(tmp_path / "p.zip")[0]
    with gzip.open(tmp_path / "p.gz", "wb") as packed:
        packed.write(b'{"title": "T", "abstract": "A."}\n' + bomb)
    assert any("far more than text" in one for one in problems(tmp_path / "p.gz"))


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_MEMBERS", 1)
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("a.jsonl", ROW)
        archive.writestr("b.jsonl", ROW)
    assert "holds 2 files" in problems(tmp_path / "p.zip")[0]


@pytest.mark.parametrize(
    ("content", "looks"),
    [
        (b"<html><p>Corals</p></html>", "a web page"),
        (b"<corals/>", "XML"),
        (b"\\documentclass{article}", "a LaTeX document"),
        (b"Dear all,\nsee you.", "a text that begins 'Dear all, see you.'"),
    ],
)
def test_what_is_of_no_known_kind_is_told(tmp_path: Path, content: bytes, looks: str) -> None:
    (tmp_path / "p.txt").write_bytes(content)
    with pytest.raises(ReadError, match="is of no known kind: it looks like") as caught:
        titles(tmp_path / "p.txt")
    assert looks in str(caught.value)
    assert looks in readers.why_not(tmp_path / "p.txt")


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"%PDF-1.7", "a PDF"), (b"MZ\x90", "a program"), (b"\x01\x02 text", "binary")],
)
def test_what_is_no_text_is_told(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "p.bib").write_bytes(content)
    assert kind in problems(tmp_path / "p.bib")[0]


def test_a_broken_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(b"PK\x03\x04nonsense")
    (tmp_path / "p.gz").write_bytes(b"\x1f\x8bnonsense")
    assert "broken ZIP archive" in problems(tmp_path / "p.zip")[0]
    assert "cannot be read" in problems(tmp_path / "p.gz")[0]


# -- what an ingest makes of them ----------------------------------------------------------------


def test_one_bad_record_costs_no_other(empty: Assistant, tmp_path: Path) -> None:
    rows = [f'{{"title": "Corals {i}", "abstract": "Corals grow {i} cm."}}' for i in range(1_200)]
    rows[7], rows[700], rows[1_100] = "{", '{"title": "T"}', '"x"'
    (tmp_path / "p.jsonl").write_text("\n".join(rows))
    preview = empty.preview(tmp_path / "p.jsonl")
    assert len(preview.added) == 1_197
    assert [problem.line for problem in preview.problems] == [8, 701, 1_101]


def test_a_collection_is_kept_and_filtered_by(empty: Assistant, tmp_path: Path) -> None:
    (tmp_path / "a.bib").write_text(BIB)
    (tmp_path / "b.jsonl").write_text(ROW)
    empty.ingest(tmp_path / "a.bib", collection="Mères")
    empty.ingest(tmp_path / "b.jsonl")
    (paper,) = (paper for paper in empty.papers() if paper.collections)
    assert (paper.title, paper.collections, paper.citation_key) == ("Whales", ("Mères",), "a")
    found = empty.search("what sings and grows", filters={"collection": "meres"})
    assert [hit.paper.title for hit in found] == ["Whales"]
    assert empty.ask("Do whales sing?", filters={"collection": "meres"}).grounded
    assert empty.search("corals", filters={"author": "nobody"}) == []
    assert empty.ingest(tmp_path / "a.bib").updated == ()  # it stays in its collection


def test_what_a_file_no_longer_has_is_removed_on_request(empty: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "a.bib"
    path.write_text(f"{BIB}\n{BIB.replace('{a', '{b').replace('Whales', 'Squids')}")
    assert len(empty.ingest(path).added) == 2
    path.write_text(BIB)
    assert empty.ingest(path).removed == ()
    assert [paper.title for paper in empty.preview(path, prune=True).removed] == ["Squids"]
    assert len(empty.papers()) == 2
    assert len(empty.ingest(path, prune=True).removed) == 1
    assert [paper.title for paper in empty.papers()] == ["Whales"]


def test_an_edited_export_updates_in_place(empty: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "a.bib"
    path.write_text(BIB)
    (first,) = empty.ingest(path).added
    path.write_text(BIB.replace("{Whales}", "{Whales of the south}"))
    assert empty.ingest(path).updated == (first,)
    assert [paper.title for paper in empty.papers()] == ["Whales of the south"]


def test_the_richer_record_fills_in_what_is_missing(empty: Assistant, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"title": "Gates for video", "abstract": "We gate.", "doi": "10.1000/G", "year": 2023}'
    )
    (tmp_path / "b.jsonl").write_text(
        '{"title": "Gates for video!", "abstract": "We gate.", "doi": "doi:10.1000/g", '
        '"venue": "Gates", "keywords": ["gate"]}'
    )
    empty.ingest(tmp_path / "a.jsonl")
    assert len(empty.ingest(tmp_path / "b.jsonl").updated) == 1
    (paper,) = empty.papers()
    assert (paper.year, paper.venue, paper.keywords) == (2023, "Gates", ("gate",))


def test_years_in_a_question_limit_the_papers_and_that_is_told(
    empty: Assistant, tmp_path: Path
) -> None:
    rows = [
        f'{{"title": "Corals {y}", "abstract": "Corals grow.{y}", "year": {y}}}'
        for y in (2010, 2022)
    ]
    (tmp_path / "p.jsonl").write_text("\n".join(rows))
    empty.ingest(tmp_path / "p.jsonl")
    answer = empty.ask("Which papers on corals appeared since 2021?")
    assert [hit.paper.year for hit in answer.hits] == [2022]
    assert "Only papers from 2021 on were looked at, as the question says." in answer.notice
    assert len(empty.ask("Which papers on corals appeared since 2030?").hits) == 2  # none did
    nothing = empty.ask("Do corals grow?", filters={"author": "nobody"})
    assert (nothing.grounded, nothing.notice) == (False, "No paper meets the filters.")


def test_authors_and_venues_in_a_question_limit_the_papers(
    empty: Assistant, tmp_path: Path
) -> None:
    rows = [
        {
            "title": "Song",
            "abstract": "Whales sing low.",
            "authors": ["Ann Müller"],
            "venue": "ICW",
        },
        {"title": "Tune", "abstract": "Whales sing high.", "authors": ["Michelle Lee"]},
        {"title": "Air", "abstract": "Whales sing loud.", "authors": ["Bo He"], "venue": "ICW 2"},
    ]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)))
    empty.ingest(tmp_path / "p.jsonl")
    for name, title in (("Muller", "Song"), ("He", "Air")):
        answer = empty.ask(f"What did {name} et al. find about how whales sing?")
        assert [hit.paper.title for hit in answer.hits] == [title]
        assert f"Only papers by {name} were looked at" in answer.notice
        assert "mentions" not in answer.notice
        assert answer.grounded
    record = empty.ask("Who wrote the paper on whales that sing by Müller et al.?")
    assert record.notice == (
        "Only papers by Müller were looked at, as the question says. "
        "From the paper's record, not from its abstract."
    )
    both = empty.ask("How do whales sing in ICW papers?").hits
    assert {hit.paper.title for hit in both} == {"Song", "Air"}
    assert len(empty.ask("How do whales sing, say Smith and colleagues?").hits) == 3
    whole = Filters(author="he", whole_words=True)
    kept = [paper.id for paper in empty.papers() if whole.keep(paper)]
    assert empty.library.selection.matching_ids(whole) == kept
    assert len(kept) == 1
    assert [paper.id for paper in empty.papers(filters={"author": "bo he"})] == kept
    assert empty.papers(filters={"year": 1900}) == []
