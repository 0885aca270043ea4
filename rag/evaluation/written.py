"""Reads questions that people wrote: JSON Lines, one question or one conversation a line. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rag.errors import InputError
from rag.evaluation.questions import MUST, Reference, Written
from rag.records import Problem

Read = tuple[list[Written], list[Problem]]


def read_rows(text: str, path: str, *, name: str) -> Read:
    """Read the lines of a file; one that cannot be used is listed, and the others are kept.

    ``name`` begins the ids of questions that have none.
    """
    written: list[Written] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            written.append(_row(parse_object(line), path, number, name))
        except InputError as error:
            problems.append(Problem(path, number, str(error)))
    return written, problems


def parse_object(line: str) -> dict[str, Any]:
    """Parse a line that must hold a JSON object.

    Raises:
        InputError: it does not.
    """
    try:
        value = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise InputError("is not a JSON object")
    if "\\u" in line and any("\ud800" <= char <= "\udfff" for char in _dumped(value)):
        raise InputError("has a character that is not valid Unicode")
    return value


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _row(row: dict[str, Any], path: str, line: int, name: str) -> Written:
    given = str(row.get("id") or row.get("_id") or f"{name}:{line}")
    if "turns" in row:
        turns = row["turns"]
        if not isinstance(turns, list) or not turns:
            raise InputError('has "turns" that are no list of questions')
        return Written(given, path, line, turns=tuple(map(_turn, turns)))
    text = row.get("question", row.get("text"))
    if not isinstance(text, str) or not text.strip():
        raise InputError('has no "question"')
    kind = row.get("style") or row.get("kind") or ""
    return Written(
        given,
        path,
        line,
        text=text,
        kind=str(kind),
        grades=_grades(row),
        evidence=tuple(_evidence(row.get("evidence") or ())),
        drafted=row.get("drafted") is True,
    )


def _grades(row: dict[str, Any]) -> tuple[tuple[Reference, int], ...]:
    if row.get("grades") is not None:
        grades = row["grades"]
        if not isinstance(grades, dict) or not all(type(g) is int for g in grades.values()):
            raise InputError('has "grades" that are no object of papers with whole numbers')
        return tuple((paper, grade) for paper, grade in grades.items() if grade > 0)
    return tuple((paper, MUST) for paper in _papers(row))


def _papers(row: dict[str, Any]) -> tuple[Reference, ...]:
    """Return the papers of "papers", or of "gold", which means the same."""
    for field in ("papers", "gold"):
        papers = row.get(field)
        if papers is None:
            continue
        if not isinstance(papers, list) or not all(map(_is_reference, papers)):
            raise InputError(f'has "{field}" that are no list of ids, DOIs, titles or positions')
        return tuple(papers)
    return ()


def _is_reference(value: object) -> bool:
    return isinstance(value, (int, str)) and not isinstance(value, bool)


def _evidence(items: Iterable[Any]) -> Iterable[tuple[Reference, str]]:
    for item in items:
        paper = item.get("paper", item.get("n")) if isinstance(item, dict) else None
        text = item.get("text") if isinstance(item, dict) else None
        if paper is None or not _is_reference(paper) or not isinstance(text, str) or not text:
            raise InputError('has "evidence" that is no list of {"paper": …, "text": …}')
        yield paper, text


def _turn(turn: Any) -> tuple[str, tuple[Reference, ...]]:
    text = turn.get("user", turn.get("question")) if isinstance(turn, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise InputError('has a turn without "user", which is what is asked')
    return text, _papers(turn)
