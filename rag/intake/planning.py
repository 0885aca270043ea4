"""Tells what an ingest would do: new, changed, unchanged, twice the same, or not usable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rag.intake import readers
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


def plan_ingest(
    readings: Iterable[readers.Reading], library: Library, fingerprint: str
) -> IngestPlan:
    """Tell new, changed and unchanged papers apart; two papers that claim one id are a problem."""
    stored = library.hashes()
    papers: dict[str, Paper] = {}
    problems: list[Problem] = []
    duplicates: list[Problem] = []
    works: KnownWorks | None = None
    for reading in readings:
        problems += reading.problems
        for paper in reading.papers:
            if paper.id not in stored and paper.id not in papers:
                works = works or KnownWorks(library)
                known = works.find(paper)
                if known is not None:
                    known = papers.get(known.id, known)
                    fuller = readers.completed(known, paper)
                    if fuller == known:
                        message = f"{paper.title[:60]!r} is already here as {known.id}"
                        duplicates.append(Problem(reading.path, None, message))
                    else:
                        papers[known.id] = fuller
                    continue
                works.add(paper)
            earlier = papers.setdefault(paper.id, paper)
            if text_hash(earlier) != text_hash(paper):
                message = (
                    f"{paper.title[:60]!r} stands twice with different abstracts; give each its "
                    "own id to keep both"
                )
                problems.append(Problem(reading.path, None, message))
    hashes = {paper_id: record_hash(paper) for paper_id, paper in papers.items()}
    preview = Preview(
        added=tuple(paper for i, paper in papers.items() if i not in stored),
        updated=tuple(p for i, p in papers.items() if stored.get(i, hashes[i]) != hashes[i]),
        unchanged=tuple(paper for i, paper in papers.items() if stored.get(i) == hashes[i]),
        duplicates=tuple(duplicates),
        problems=tuple(problems),
    )
    texts = {text_hash(paper) for paper in (*preview.added, *preview.updated)}
    return IngestPlan(preview, texts - library.embedded(texts, fingerprint))


class KnownWorks:
    """Finds the same work under another id, in the library and in what is being read.

    Only papers whose id was derived are looked for: who gives ids means them.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._ids: dict[str, list[str]] = {}
        self._new: dict[str, Paper] = {}
        for paper_id, title in library.titles().items():
            self._ids.setdefault(readers.title_key(title), []).append(paper_id)

    def find(self, paper: Paper) -> Paper | None:
        """Return the paper that is the same work, or None."""
        if not readers.has_derived_id(paper):
            return None
        for paper_id in self._ids.get(readers.title_key(paper.title), ()):
            known = self._new.get(paper_id) or self._library.paper(paper_id)
            if known is not None and readers.is_same_work(paper, known):
                return known
        return None

    def add(self, paper: Paper) -> None:
        """Add a paper that is new."""
        self._new[paper.id] = paper
        self._ids.setdefault(readers.title_key(paper.title), []).append(paper.id)
