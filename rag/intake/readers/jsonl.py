"""Reads JSON Lines: one object a line with the fields of ``Paper``; a given id is kept."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from rag.errors import InputError
from rag.intake.readers.draft import Reading, file_name, finish
from rag.records import Paper, Problem


def _split_authors(value: Any) -> Any:
    if isinstance(value, str):
        return [name.strip() for name in value.split(";")]
    return _none_is_no_list(value)


def _none_is_empty(value: Any) -> Any:
    return "" if value is None else value


def _none_is_no_list(value: Any) -> Any:
    return [] if value is None else value


_Text = Annotated[str, BeforeValidator(_none_is_empty)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: _Text = ""
    title: str
    abstract: str
    authors: Annotated[list[str], BeforeValidator(_split_authors)] = Field(default_factory=list)
    year: Annotated[int, Field(ge=0, le=9999)] | None = None
    venue: _Text = ""
    doi: _Text = ""
    arxiv_id: _Text = ""
    url: _Text = ""
    source: _Text = ""
    links: Annotated[list[str], BeforeValidator(_none_is_no_list)] = Field(default_factory=list)


def read(text: str, path: str) -> Reading:
    """Read JSON Lines; a line that cannot be used is listed and the others are kept."""
    papers: list[Paper] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            paper = _paper(line, path)
        except InputError as error:
            problems.append(Problem(path, number, str(error)))
            continue
        if paper.id in seen:
            message = f"has the id of line {seen[paper.id]}, {paper.id!r}; give each its own"
            problems.append(Problem(path, number, message))
            continue
        seen[paper.id] = number
        papers.append(paper)
    return Reading(path, tuple(papers), tuple(problems))


def _paper(line: str, path: str) -> Paper:
    try:
        value = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise InputError("is not a JSON object")
    try:
        row = _Row.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(f"has a field that cannot be used: {place}: {first['msg']}") from error
    return finish(
        Paper(
            id=row.id.strip(),
            title=row.title,
            abstract=row.abstract,
            authors=tuple(row.authors),
            year=row.year,
            venue=row.venue,
            doi=row.doi,
            arxiv_id=row.arxiv_id,
            url=row.url,
            source=row.source or file_name(path),
            links=tuple(row.links),
        )
    )
