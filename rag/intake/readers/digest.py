"""Reads a page of a paper digest: some banner lines, then title and abstract in turn.

Lines are separated by blank ones. A title is a short line, an abstract a long one, so a page that
breaks the rhythm can be told and the other papers kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rag.errors import InputError
from rag.intake.readers.draft import Reading, file_name, finish
from rag.intake.readers.raw import Fault, Raw, Source
from rag.records import Paper, Problem

# Among the 95 seed papers the longest title has 117 characters and the shortest abstract 1,386; a
# line of a length between the two is an abstract when it ends like a sentence.
MIN_ABSTRACT = 150  # characters
SURE_ABSTRACT = 400  # characters
_LONGEST = 50_000_000  # characters of a page
# "… works.", "… so!")", "… https://x.org/a"; not "… so:", "… https://x.org done".
_SENTENCE_END = re.compile(r"[.!?…][\"')\]]*$|https?://\S+$")
# What a digest page prints between papers besides its banner's own lines, a date or a count:
# "Mar 14", "Apr 2, 2024", "12 papers", "1.2k"; not "March", "DINO 2", "12 new papers".
_STRAY = re.compile(r"[A-Z][a-z]{2,8}\.? \d{1,2}(, \d{4})?|\d[\d.,km]*( [a-z]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str

    @property
    def is_abstract(self) -> bool:
        size = len(self.text)
        return size >= SURE_ABSTRACT or (
            size >= MIN_ABSTRACT and bool(_SENTENCE_END.search(self.text))
        )


NAME = "digest page"


def sniff(head: str) -> bool:
    """Whether a text is a digest page: a line long enough for an abstract behind a short one.

    Asked last: an export of another kind has such lines too.
    """
    lines = _lines(head)
    return any(later.is_abstract and not earlier.is_abstract for earlier, later in pairwise(lines))


def read(source: Source) -> Iterator[Raw | Fault]:
    """Read a digest page; one is no longer than a person reads, so it is taken whole."""
    with source.text() as stream:
        reading = read_text(stream.read(_LONGEST), source.name)
    for paper in reading.papers:
        yield Raw(paper.title, paper.abstract, source=paper.source)
    for problem in reading.problems:
        yield Fault(problem.message, line=problem.line)


def read_text(text: str, path: str) -> Reading:
    """Read the text of a digest page.

    The lines before the first title are its banner. The first title is the line right before the
    first abstract; later, of several short lines before an abstract, the one whose words the
    abstract takes up most.
    """
    lines = _lines(text)
    first = next((i for i, line in enumerate(lines) if line.is_abstract), None)
    if first is None:
        return Reading(path, problems=(Problem(path, None, "has no abstract in it"),))
    papers: list[Paper] = []
    problems: list[Problem] = []
    banner = {line.text for line in lines[: max(first - 1, 0)]}
    waiting: list[_Line] = []  # short lines since the last abstract; one of them is the title
    for line in lines[max(first - 1, 0) :]:
        if not line.is_abstract:
            if waiting and (line.text in banner or _STRAY.fullmatch(line.text)):
                problems.append(_left_out(path, line, "a stray line between title and abstract"))
            else:
                waiting.append(line)
            continue
        if not waiting:
            problems.append(_left_out(path, line, "no title stands before this abstract"))
            continue
        title = max(waiting, key=lambda one: (_shared(one.text, line.text), one.number))
        why = "a stray line, or a title whose abstract is missing"
        problems += [_left_out(path, one, why) for one in waiting if one is not title]
        waiting.clear()
        try:
            papers.append(finish(Paper("", title.text, line.text, source=file_name(path))))
        except InputError as error:
            problems.append(_left_out(path, title, str(error)))
    problems += [_left_out(path, one, "no abstract follows this line") for one in waiting]
    return Reading(path, tuple(papers), tuple(problems))


def _lines(text: str) -> list[_Line]:
    return [
        _Line(number, line.strip())
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip()
    ]


def _shared(title: str, abstract: str) -> float:
    """Return how much of a title's longer words its abstract takes up, 0 to 1."""
    words, known = _stems(title), _stems(abstract)
    return len(words & known) / len(words) if words else 0.0


def _stems(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[a-z0-9]{4,}", text.lower())}


def _left_out(path: str, line: _Line, why: str) -> Problem:
    start = line.text if len(line.text) <= 60 else line.text[:59] + "…"
    return Problem(path, line.number, f"{why}: {start!r}")
