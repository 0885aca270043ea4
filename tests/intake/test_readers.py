"""Reading digest pages and JSON Lines: exact text, every fault reported, the rest kept."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rag.errors import InputError, ReadError
from rag.intake import readers
from rag.intake.readers import digest
from rag.intake.readers.draft import MAX_ABSTRACT, find_links, finish
from rag.records import Paper, Problem
from rag.resources import seeds_folder
from tests.support.seeds import seed_file, seed_pairs

ABSTRACT = "We study something at length. " * 20 + "It works."


def read_one(path: Path) -> readers.Reading:
    (reading,) = readers.read(path)
    return reading


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# -- digest pages --------------------------------------------------------------------------------


def test_the_seed_page_gives_its_papers_to_the_character() -> None:
    reading = read_one(seeds_folder())
    assert len(reading.papers) == 95
    assert not reading.problems
    assert [(paper.title, paper.abstract) for paper in reading.papers] == seed_pairs()
    assert {paper.source for paper in reading.papers} == {seed_file().name}


def test_latex_in_a_title_is_kept() -> None:
    titles = [paper.title for paper in read_one(seeds_folder()).papers]
    assert any(title.startswith("M$^{2}$UGen: Multi-modal") for title in titles)


def test_ids_are_distinct_and_the_same_on_every_machine() -> None:
    papers = read_one(seeds_folder()).papers
    assert len({paper.id for paper in papers}) == 95
    assert papers[0].id == "videomae-v2-scaling-e276e3b486"


def page(*lines: str) -> str:
    return "\n\n".join(("new", "Subscribe", "Mar 14", *lines))


@pytest.mark.parametrize(
    ("lines", "titles", "problems"),
    [
        (["Title A", ABSTRACT, "Title B", ABSTRACT], ["Title A", "Title B"], []),
        (
            ["Title A", ABSTRACT, "Title B", "Title C", ABSTRACT],
            ["Title A", "Title C"],
            [(11, "abstract is missing")],
        ),
        (
            ["Title A", ABSTRACT, ABSTRACT, "Title C", ABSTRACT],
            ["Title A", "Title C"],
            [(11, "no title stands before")],
        ),
        (
            ["Title A", ABSTRACT, "Title B", "Mar 14", ABSTRACT],
            ["Title A", "Title B"],
            [(13, "a stray line")],
        ),
        (
            ["Title A", ABSTRACT, "Apr 2, 2024", "Title B", ABSTRACT],
            ["Title A", "Title B"],
            [(11, "a stray line")],
        ),
        (
            ["Title A", ABSTRACT, "A study of something", "Sponsored by nobody", ABSTRACT],
            ["Title A", "A study of something"],
            [(13, "a stray line")],
        ),
        (["Title A", ABSTRACT, "Title B"], ["Title A"], [(11, "no abstract follows")]),
        (["DINO", ABSTRACT, "Foo", "DINOv2", ABSTRACT], ["DINO", "DINOv2"], [(11, "'Foo'")]),
    ],
    ids=["whole", "no abstract", "no title", "date", "date before", "stray", "cut off", "one word"],
)
def test_a_broken_rhythm_is_reported_and_the_rest_kept(
    tmp_path: Path, lines: list[str], titles: list[str], problems: list[tuple[int, str]]
) -> None:
    reading = read_one(write(tmp_path, "page.txt", page(*lines)))
    assert [paper.title for paper in reading.papers] == titles
    found = [(problem.line, problem.message) for problem in reading.problems]
    assert [line for line, _ in found] == [line for line, _ in problems]
    assert all(part in message for (_, message), (_, part) in zip(found, problems, strict=True))


def test_a_text_without_an_abstract_is_of_no_known_kind(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="a text that begins 'only short lines'"):
        read_one(write(tmp_path, "page.txt", "only\n\nshort lines"))


# -- JSON Lines ----------------------------------------------------------------------------------


def test_json_lines_keep_every_field_and_a_given_id(tmp_path: Path) -> None:
    row = {
        "id": "mine-1",
        "title": "A title",
        "abstract": "See https://a.org/x. Done.",
        "authors": ["Ann A", "Bo B"],
        "year": 2023,
        "venue": "V",
        "doi": "10.1/x",
        "arxiv_id": "2301.00001",
        "url": "https://b.org",
        "source": "export",
        "links": ["https://c.org"],
        "whatever": 1,
    }
    reading = read_one(write(tmp_path, "papers.jsonl", json.dumps(row) + "\n\n"))
    assert reading.papers == (
        Paper(
            "mine-1",
            "A title",
            "See https://a.org/x. Done.",
            ("Ann A", "Bo B"),
            2023,
            "V",
            "10.1/x",
            "2301.00001",
            "https://b.org",
            "export",
            ("https://c.org", "https://a.org/x"),
        ),
    )


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("{", "is not JSON"),
        ("[1]", "is not a JSON object"),
        ('{"title": "T"}', "'T' has no abstract"),
        ('{"title": "", "abstract": "A."}', "has no title"),
        ('{"title": "T", "abstract": " "}', "has no abstract"),
        ('{"id": "a b", "title": "T", "abstract": "A."}', "not one word"),
        (json.dumps({"title": "T", "abstract": "x" * (MAX_ABSTRACT + 1)}), "20,001 characters"),
        ('{"id": "first", "title": "T", "abstract": "A."}', "has the id of line 1"),
        ("[" * 100_000, "is not JSON"),
    ],
    ids=lambda value: value[:24],
)
def test_a_bad_line_is_reported_and_the_others_kept(tmp_path: Path, line: str, part: str) -> None:
    first = '{"id": "first", "title": "One", "abstract": "A one."}'
    last = '{"id": "last", "title": "Two", "abstract": "A two."}'
    path = write(tmp_path, "papers.jsonl", "\n".join((first, line, last)))
    reading = read_one(path)
    assert [paper.id for paper in reading.papers] == ["first", "last"]
    (problem,) = reading.problems
    assert (problem.path, problem.line) == (str(path), 2)
    assert part in problem.message


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ({"title": "T"}, {"title": " t "}, True),
        ({"title": "M$^{2}$UGen"}, {"title": "M^2UGen"}, True),
        ({"title": "T", "doi": "10.1/X"}, {"title": "Other", "doi": "10.1/x"}, False),
        ({"title": "T", "arxiv_id": "2301.1v1"}, {"title": "T", "arxiv_id": "2301.1v2"}, True),
        ({"title": "T", "year": 2020}, {"title": "T", "year": 2021}, False),
        ({"title": "T", "authors": "A; B"}, {"title": "T", "authors": ["A"]}, True),
        ({"title": "Über"}, {"title": "Uber"}, True),
    ],
    ids=["case", "latex", "doi", "arxiv version", "year", "first author", "accent"],
)
def test_identity(
    tmp_path: Path, one: dict[str, object], two: dict[str, object], same: bool
) -> None:
    ids = []
    for number, row in enumerate((one, two)):
        line = json.dumps({**row, "abstract": f"Abstract {number}."})
        ids.append(read_one(write(tmp_path, f"{number}.jsonl", line)).papers[0].id)
    assert (ids[0] == ids[1]) is same
    if "doi" in one:  # the digits come from the DOI alone
        assert ids[0].rsplit("-", 1)[1] == ids[1].rsplit("-", 1)[1]


# -- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "part", "line"),
    [
        (b"", "is empty", None),
        (b" \n ", "is empty", None),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a picture", None),
        (b"%PDF-1.7", "a PDF", None),
        (b"\x00\x01\x02", "binary", None),
    ],
    ids=["empty", "blank", "picture", "PDF", "binary"],
)
def test_an_unusable_file_is_a_problem_not_a_crash(
    tmp_path: Path, content: bytes, part: str, line: int | None
) -> None:
    path = write(tmp_path, "page.txt", content)
    reading = read_one(path)
    assert not reading.papers
    assert reading.problems == (Problem(str(path), line, reading.problems[0].message),)
    assert part in reading.problems[0].message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_files_are_read(tmp_path: Path, encoding: str) -> None:
    line = json.dumps({"title": "Über", "abstract": "Größe."}, ensure_ascii=False)
    reading = read_one(write(tmp_path, "p.jsonl", line.encode(encoding)))
    assert reading.papers[0].title == "Über"


def test_one_bad_file_of_a_folder_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", b"\x00\x01")
    write(tmp_path, "b.jsonl", '{"title": "T", "abstract": "A."}')
    write(tmp_path, "c.pdf", b"%PDF")
    readings = list(readers.read(tmp_path))
    assert [len(reading.papers) for reading in readings] == [0, 1, 0]
    assert "is a PDF" in readings[2].problems[0].message


@pytest.mark.parametrize("make", ["missing", "unknown", "bare folder"])
def test_a_path_that_cannot_be_used(tmp_path: Path, make: str) -> None:
    path = tmp_path / "x.pdf"
    if make == "unknown":
        path.write_bytes(b"nothing much")
    elif make == "bare folder":
        path.mkdir()
    with pytest.raises(ReadError, match=r"x\.pdf") as caught:
        list(readers.read(path))
    assert ";" in str(caught.value) or "(" in str(caught.value)


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Path, _pattern: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rglob", refuse)
    with pytest.raises(ReadError, match="check its rights"):
        list(readers.read(tmp_path))


def test_folders_are_read_to_the_bottom(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    write(tmp_path / "a" / "b", "p.jsonl", '{"title": "T", "abstract": "A.", "authors": null}')
    assert read_one(tmp_path).papers[0].authors == ()


def test_a_pipe_is_refused_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.jsonl")
    with pytest.raises(ReadError, match="not a plain file"):
        list(readers.read(tmp_path / "p.jsonl"))


def test_links_lose_the_punctuation_that_follows_them() -> None:
    text = 'At "https://a.org/x". Also (https://b.org/y), https://c.org/z/. And http://d.org!'
    assert find_links(text) == [
        "https://a.org/x",
        "https://b.org/y",
        "https://c.org/z/",
        "http://d.org",
    ]


@pytest.mark.parametrize(
    ("end", "is_abstract"),
    [
        pytest.param("it works.", True, id="a full stop"),
        pytest.param("it “works!')", True, id="a quote and a bracket"),
        pytest.param("it goes on…", True, id="an ellipsis"),
        pytest.param("see https://x.org/a", True, id="a link"),
        pytest.param("it works:", False, id="a colon"),
        pytest.param("it works. Well", False, id="a word behind"),
        pytest.param("see https://x.org done", False, id="a word behind a link"),
    ],
)
def test_a_line_of_middling_length_is_an_abstract_when_a_sentence_ends_it(
    end: str, is_abstract: bool
) -> None:
    reading = digest.read_text(f"Title A\n\n{'We study it at length, and ' * 7}{end}", "page.txt")
    assert bool(reading.papers) is is_abstract


@pytest.mark.parametrize(
    ("line", "is_stray"),
    [
        pytest.param("September 3", True, id="a day"),
        pytest.param("Sep. 3, 2024", True, id="a date"),
        pytest.param("12 papers", True, id="a count"),
        pytest.param("1.2k", True, id="a number"),
        pytest.param("DINO 2", False, id="capitals"),
        pytest.param("VideoMAE 2", False, id="a capital inside"),
        pytest.param("3D", False, id="a capital behind a digit"),
        pytest.param("12 new papers", False, id="two words"),
        pytest.param("Reefs", False, id="no number"),
    ],
)
def test_dates_and_counts_are_stray_lines(line: str, is_stray: bool) -> None:
    text = "\n\n".join(("Title A", ABSTRACT, "Title B", line, ABSTRACT))
    (problem,) = digest.read_text(text, "page.txt").problems
    assert ("between title and abstract" in problem.message) is is_stray


@pytest.mark.parametrize(
    ("text", "links"),
    [
        pytest.param("at HTTP://A.org/x?y=1#z", ["HTTP://A.org/x?y=1#z"], id="capitals"),
        pytest.param("at <https://a.org>", ["https://a.org"], id="in brackets"),
        pytest.param(r"\url{https://a.org/b}", ["https://a.org/b"], id="in LaTeX"),
        pytest.param("https://a.org https://a.org", ["https://a.org"], id="twice"),
        pytest.param("at www.a.org or ftp://a.org", [], id="other addresses"),
        pytest.param("https:// is one", [], id="nothing behind"),
    ],
)
def test_links_are_web_addresses(text: str, links: list[str]) -> None:
    assert find_links(text) == links


@pytest.mark.parametrize(
    ("identity", "is_fine"),
    [
        pytest.param("10.1000/a_b(1)", True, id="marks"),
        pytest.param("ü", True, id="a letter with an accent"),
        pytest.param("x" * 200, True, id="200 characters"),
        pytest.param("x" * 201, False, id="201 characters"),
        pytest.param("a\tb", False, id="a tab"),
        pytest.param("a\x07", False, id="a control character"),
        pytest.param("a\x7fb", False, id="delete"),
    ],
)
def test_an_id_is_one_word(identity: str, is_fine: bool) -> None:
    paper = Paper(identity, "T", "A.")
    if is_fine:
        assert finish(paper).id == identity
    else:
        with pytest.raises(InputError, match="not one word"):
            finish(paper)


def test_seed_links() -> None:
    links = [link for paper in read_one(seeds_folder()).papers for link in paper.links]
    assert len(links) == 47
    assert not [link for link in links if link[-1] in ".,)\"'"]
