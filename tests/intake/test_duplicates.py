"""The same work from two sources becomes one paper; different works of one title stay two."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant
from rag.intake import readers
from rag.intake.readers import is_same_work
from rag.records import Paper

Make = Callable[..., Paper]
TITLE = "Masked Things Learn Well"
ABSTRACT = "Masked things learn well. We show how."


def write(path: Path, *papers: dict[str, Any]) -> Path:
    rows = [{"title": TITLE, "abstract": ABSTRACT, **paper} for paper in papers]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {"doi": "10.1/1"}, True),
        ({"doi": "10.1/1"}, {"doi": "10.1/2"}, False),
        ({"doi": "10.48550/arXiv.1"}, {"doi": "10.1/2"}, True),
        ({"arxiv_id": "2303.1v1"}, {"arxiv_id": "2303.1v3"}, True),
        ({"arxiv_id": "2303.1"}, {"arxiv_id": "2303.2"}, False),
        ({"year": 2023}, {"year": 2024}, True),
        ({"year": 2020}, {"year": 2024}, False),
        ({"authors": ("Limin Wang",)}, {"authors": ("Wang, L.",)}, True),
        ({"authors": ("Limin Wang",)}, {"authors": ("A. Other",)}, False),
        ({"title": "masked {T}hings learn WELL."}, {}, True),
        ({"title": "Masked Things Learn"}, {}, False),
        ({"title": "An Introduction"}, {"title": "An Introduction", "year": 2020}, False),
    ],
)
def test_the_same_work(
    one: dict[str, Any], other: dict[str, Any], same: bool, make_paper: Make
) -> None:
    first = make_paper(**{"title": TITLE, "abstract": ABSTRACT, **one})
    second = make_paper(**{"title": TITLE, "abstract": ABSTRACT, **other})
    assert bool(is_same_work(first, second)) is same
    assert bool(is_same_work(second, first)) is same


def test_a_fuller_record_completes_the_paper_that_is_here(empty: Assistant, tmp_path: Path) -> None:
    (first,) = empty.ingest(write(tmp_path / "a.jsonl", {})).added
    fuller = write(tmp_path / "b.jsonl", {"doi": "10.1/1", "year": 2024, "authors": ["A Wang"]})
    preview = empty.preview(fuller)
    assert [paper.doi for paper in preview.updated] == ["10.1/1"]
    assert empty.paper(first).doi == ""  # a preview changes nothing
    report = empty.ingest(fuller)
    assert (report.added, report.updated, report.embedded) == ((), (first,), 0)
    assert (empty.paper(first).year, empty.paper(first).authors) == (2024, ("A Wang",))
    again = empty.ingest(fuller)
    assert (again.added, again.updated, len(again.duplicates)) == ((), (), 1)
    assert first in again.duplicates[0].message


def test_twice_in_one_input(empty: Assistant, tmp_path: Path) -> None:
    report = empty.ingest(write(tmp_path / "a.jsonl", {"doi": "10.1/1"}, {}))
    assert (len(report.added), len(report.duplicates)) == (1, 1)


def test_given_ids_are_kept_whatever_the_titles(empty: Assistant, tmp_path: Path) -> None:
    report = empty.ingest(write(tmp_path / "a.jsonl", {"id": "1"}, {"id": "2"}))
    assert (report.added, report.duplicates) == (("1", "2"), ())


def test_a_preview_tells_all_and_changes_nothing(empty: Assistant, tmp_path: Path) -> None:
    other = {"title": "Another paper of three words"}
    empty.ingest(write(tmp_path / "a.jsonl", {}, other))
    sequence = empty.library.sequence
    path = write(
        tmp_path / "b.jsonl",
        {"abstract": "It changed."},
        other,
        {"title": "Quite a new one"},
        {"title": "", "abstract": ""},
    )
    preview = empty.preview(path)
    assert [paper.abstract for paper in preview.updated] == ["It changed."]
    assert [paper.title for paper in preview.unchanged] == [other["title"]]
    assert [paper.title for paper in preview.added] == ["Quite a new one"]
    assert [problem.line for problem in preview.problems] == [4]
    assert empty.library.sequence == sequence


def test_a_formula_that_very_many_share_is_not_compared(
    empty: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = "Published on behalf of the Society of Reefs. All rights reserved."
    said = [" ".join(f"w{n}x{i}" for i in range(20)) for n in range(300)]
    rows = [{"title": f"Reef {n}", "abstract": f"{text}. {end}"} for n, text in enumerate(said)]
    rows.append({"title": "Another", "abstract": f"{said[7]}. {end}"})
    compared: list[str] = []

    def counted(one: Paper, other: Paper) -> str:
        compared.append(other.id)
        return is_same_work(one, other)

    monkeypatch.setattr(readers, "is_same_work", counted)
    preview = empty.preview(write(tmp_path / "a.jsonl", *rows))
    assert len(compared) < 20 * 21 + 10
    assert [problem.message for problem in preview.duplicates] == [
        f"'Another' is already here as {preview.added[7].id} (nearly the same abstract)"
    ]


def as_another(paper: dict[str, Any]) -> dict[str, Any]:
    """Return a record of the same work that only its identifier tells: another title and text."""
    return {"title": "Things, Masked, Learn Well", "abstract": f"{ABSTRACT} More.", **paper}


@pytest.mark.parametrize("is_up", [True, False], ids=["in the table", "not yet in it"])
def test_a_work_is_known_however_far_the_table_goes(
    empty: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_up: bool
) -> None:
    if not is_up:  # as if killed between storing papers and bringing the table up
        monkeypatch.setattr("rag.intake.ingest.bring_up", lambda _library: None)
    (first,) = empty.ingest(write(tmp_path / "a.jsonl", {"doi": "10.1/1"})).added
    assert (empty.library.works.stamp > 0) is is_up
    again = write(tmp_path / "b.jsonl", as_another({"doi": "10.1/1"}))
    (told,) = empty.preview(again).duplicates
    assert first in told.message
    assert empty.ingest(again).added == ()
    assert len(empty.papers()) == 1


def test_a_work_that_was_removed_or_changed_is_not_known_by_what_it_was(
    empty: Assistant, tmp_path: Path
) -> None:
    (first,) = empty.ingest(write(tmp_path / "a.jsonl", {"doi": "10.1/1"})).added
    empty.remove(first)
    again = write(tmp_path / "b.jsonl", as_another({"doi": "10.1/1"}))
    (second,) = empty.ingest(again).added
    write(tmp_path / "b.jsonl", {"id": second, "title": "Of kites", "abstract": "Kites fly."})
    empty.ingest(tmp_path / "b.jsonl")
    write(tmp_path / "c.jsonl", {"title": TITLE, "abstract": ABSTRACT})
    assert len(empty.ingest(tmp_path / "c.jsonl").added) == 1
