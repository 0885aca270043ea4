"""Tells what an ingest would do: new, changed, unchanged, twice the same, or not usable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from rag.intake import readers
from rag.intake.works import EDITED, KnownWorks
from rag.library import Library, record_hash, text_hash
from rag.records import IngestReport, Paper, Preview, Problem


@dataclass(frozen=True, slots=True)
class IngestPlan:
    """What an ingest would do, and what it must embed for that."""

    preview: Preview
    unknown: set[str]  # hashes of the texts that must be embedded

    @property
    def changed(self) -> list[Paper]:
        """The papers to store: new ones, then those that say something else now."""
        return [*self.preview.added, *self.preview.updated]

    @property
    def report(self) -> IngestReport:
        """What the ingest has done, once it has been carried out."""
        preview = self.preview
        return IngestReport(
            added=tuple(paper.id for paper in preview.added),
            updated=tuple(paper.id for paper in preview.updated),
            unchanged=tuple(paper.id for paper in preview.unchanged),
            problems=preview.problems,
            embedded=len(self.unknown),
            duplicates=preview.duplicates,
        )


class Planner:
    """Plans an ingest piece by piece: what one piece brings, the next ones know.

    A plan is made to be carried out before the next piece is planned, or not at all.
    """

    def __init__(self, library: Library, fingerprint: str) -> None:
        self.sources: set[str] = set()
        self._library = library
        self._fingerprint = fingerprint
        self._planned: dict[str, str] = {}  # hashes of what the pieces before brought, by id
        self._run: dict[str, Paper] = {}
        self._works: KnownWorks | None = None

    def plan(self, reading: readers.Reading) -> IngestPlan:
        """Tell new, changed and unchanged papers of a piece apart, and what is twice the same."""
        piece = _Piece(problems=list(reading.problems))
        for paper, line in zip_longest(reading.papers, reading.lines[: len(reading.papers)]):
            self._place(paper, Problem(reading.path, line, ""), piece)
        hashes = {i: record_hash(paper) for i, paper in piece.papers.items()}
        stored = {**self._library.hashes([*piece.papers]), **self._planned}
        new = [i for i in piece.papers if i not in stored]
        known = [i for i in piece.papers if i in stored]
        preview = Preview(
            added=tuple(piece.papers[i] for i in new),
            updated=tuple(piece.papers[i] for i in known if stored[i] != hashes[i]),
            unchanged=tuple(piece.papers[i] for i in known if stored[i] == hashes[i]),
            duplicates=tuple(piece.duplicates),
            problems=tuple(piece.problems),
        )
        self._planned |= hashes
        texts = {text_hash(paper) for paper in (*preview.added, *preview.updated)}
        return IngestPlan(preview, texts - self._library.embedded(texts, self._fingerprint))

    def gone(self) -> list[Paper]:
        """Return the papers of the files that were read which those no longer have."""
        ids = self._library.ids_from(sorted(self.sources))
        papers = (self._library.paper(i) for i in ids if i not in self._run)
        return [paper for paper in papers if paper is not None]

    def _place(self, paper: Paper, where: Problem, piece: _Piece) -> None:
        """Put one record where it belongs: by its id, else by what it is the same work as."""
        self.sources.add(paper.source)
        works = self._known_works()
        derived = readers.has_derived_id(paper)
        known = self._run.get(paper.id) or self._in_library(paper.id)
        if known and derived and self._differ(paper, known):
            paper = self._apart(paper)
            known = self._run.get(paper.id) or self._in_library(paper.id)
        why = "the same id"
        if known is None and derived and (found := works.find(paper)):
            known, why = found
        if known is None:
            self._take(paper, piece)
        elif known.id in self._run:
            self._merge(paper, known, why, where=where, piece=piece)
        elif known.id == paper.id or why == EDITED:
            self._take(replace(readers.completed(paper, known), id=known.id), piece)
        else:
            piece.duplicates.append(_duplicate(paper, known, why, where))
            self._take(readers.completed(known, paper), piece)

    def _differ(self, paper: Paper, known: Paper) -> bool:
        """Whether two papers of one derived id are two: chapters of a book, or two editorials.

        What the same file says otherwise than it did is the same paper, edited.
        """
        if known.id not in self._run and known.source == paper.source:
            return False
        same = record_hash(paper) == record_hash(known)
        return not same and not readers.is_same_work(paper, known)

    def _apart(self, paper: Paper) -> Paper:
        """Give a paper an id by its title, and where that is taken too, by its abstract."""
        by_title = readers.derive_id(replace(paper, doi="", arxiv_id="", pmid=""))
        taken = self._run.get(by_title) or self._in_library(by_title)
        if taken is not None and self._differ(paper, taken):
            return replace(paper, id=f"{by_title}-{text_hash(paper)[:6]}")
        return replace(paper, id=by_title)

    def _merge(
        self, paper: Paper, known: Paper, why: str, *, where: Problem, piece: _Piece
    ) -> None:
        """Join a record to one that came before it in this run, and say so."""
        if known.id == paper.id and not readers.has_derived_id(paper):
            if text_hash(known) != text_hash(paper):
                message = (
                    f"{paper.title[:60]!r} stands twice with different abstracts; give each its "
                    "own id to keep both"
                )
                piece.problems.append(replace(where, message=message))
            return
        if known.id == paper.id:
            why = readers.is_same_work(paper, known) or why
            if record_hash(paper) == record_hash(known) and paper.source != known.source:
                return  # one export beside another
        piece.duplicates.append(_duplicate(paper, known, why, where))
        self._take(readers.completed(known, paper), piece)

    def _take(self, paper: Paper, piece: _Piece) -> None:
        piece.papers[paper.id] = self._run[paper.id] = paper
        self._known_works().add(paper)

    def _in_library(self, paper_id: str) -> Paper | None:
        return self._library.paper(paper_id)

    def _known_works(self) -> KnownWorks:
        if self._works is None:
            self._works = KnownWorks(self._library, self._run)
        return self._works


@dataclass(slots=True)
class _Piece:
    """What becomes of the records of a piece."""

    papers: dict[str, Paper] = field(default_factory=dict)
    duplicates: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def in_all(previews: Sequence[Preview]) -> Preview:
    """Put the previews of pieces together; a paper told twice counts as it was told first."""
    added = {paper.id: paper for one in previews for paper in one.added}
    for one in previews:
        added |= {paper.id: paper for paper in one.updated if paper.id in added}
    updated = {p.id: p for one in previews for p in one.updated if p.id not in added}
    unchanged = {p.id: p for one in previews for p in one.unchanged if p.id not in added | updated}
    return Preview(
        tuple(added.values()),
        tuple(updated.values()),
        tuple(unchanged.values()),
        tuple(problem for one in previews for problem in one.duplicates),
        tuple(problem for one in previews for problem in one.problems),
    )


def summed(reports: Sequence[IngestReport]) -> IngestReport:
    """Put the reports of pieces together, as ``in_all`` does their previews."""
    added = dict.fromkeys(i for one in reports for i in one.added)
    updated = dict.fromkeys(i for one in reports for i in one.updated if i not in added)
    known = added | updated
    unchanged = dict.fromkeys(i for one in reports for i in one.unchanged if i not in known)
    return IngestReport(
        tuple(added),
        tuple(updated),
        tuple(unchanged),
        tuple(problem for one in reports for problem in one.problems),
        sum(one.embedded for one in reports),
        tuple(problem for one in reports for problem in one.duplicates),
    )


def _duplicate(paper: Paper, known: Paper, why: str, where: Problem) -> Problem:
    message = f"{paper.title[:60]!r} is already here as {known.id} ({why})"
    return replace(where, message=message)
