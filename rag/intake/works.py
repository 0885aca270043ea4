"""Finds the same work under another id: in the library, and in what is being read."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from rag.intake import readers
from rag.library import Library
from rag.records import Paper

EDITED = "an edited record"
# Papers with one title or one beginning or end of the abstract; what more of them share is a
# publisher's formula ("… on behalf of the Society. All rights reserved.") and tells nothing.
_SHARED = 20
_BATCH = 500  # papers whose keys are stored at once


class KnownWorks:
    """Finds the same work under another id, in the library and in what is being read.

    Only papers whose id was derived are looked for: who gives ids means them. What they share is
    read from the library's table; what came after that was brought up is looked at here.
    """

    def __init__(self, library: Library, run: dict[str, Paper]) -> None:
        self._library = library
        self._run = run
        self._ids: dict[int, dict[str, None]] = {}
        changed, removed = library.changes_since(library.works.stamp)
        self._newer = frozenset((*changed, *removed))
        for paper in library.papers_of(changed):
            self.add(paper)

    def find(self, paper: Paper) -> tuple[Paper, str] | None:
        """Return the paper that is the same work, and by what it is; or None."""
        for paper_id in self._candidates(paper):
            known = self._run.get(paper_id) or self._library.paper(paper_id)
            if known is None:
                continue
            if why := readers.is_same_work(paper, known):
                return known, why
            if paper_id not in self._run and _is_edited(known, paper):
                return known, EDITED
        return None

    def _candidates(self, paper: Paper) -> list[str]:
        """Return the ids of the papers that share something with one, each once, oldest first."""
        identifiers, likeness = list(_identifiers(paper)), list(_likeness(paper))
        stored = self._library.works.find([*identifiers, *likeness])
        old: dict[str, None] = {}
        new: dict[str, None] = {}
        for key in [*identifiers, *likeness]:
            there = [one for one in stored.get(key, ()) if one not in self._newer]
            here = self._ids.get(key, {})
            if key in identifiers or len(there) + len(here) <= _SHARED:
                old |= dict.fromkeys(there)
                new |= here
        found = [*(self._library.in_order(list(old)) if len(old) > 1 else old), *new]
        return [one for one in dict.fromkeys(found) if one != paper.id]

    def add(self, paper: Paper) -> None:
        """Add a paper that is new, or says more now."""
        for key in _keys(paper):
            self._ids.setdefault(key, {})[paper.id] = None


def bring_up(library: Library) -> None:
    """Bring the library's table of what works share up to it, under the writer's lock."""
    target = library.sequence
    changed, removed = library.changes_since(library.works.stamp)
    ids = [*changed, *removed]
    for start in range(0, len(ids), _BATCH):
        part = ids[start : start + _BATCH]
        keys = {paper.id: tuple(_keys(paper)) for paper in library.papers_of(part)}
        library.works.replace(part, keys, shared=_SHARED)
    if ids:
        library.works.note(target)


def _is_edited(known: Paper, paper: Paper) -> bool:
    """Whether a record is one that its file held before, by its key or its title."""
    same_key = known.citation_key == paper.citation_key != ""
    same_title = readers.title_key(known.title) == readers.title_key(paper.title)
    # Of two editorials of one title, which come at different times, neither is the other, edited.
    same_title = same_title and not readers.differ_in_ids(known, paper)
    return known.source == paper.source and (same_key or same_title)


def _keys(paper: Paper) -> Iterator[int]:
    yield from _identifiers(paper)
    yield from _likeness(paper)


def _identifiers(paper: Paper) -> Iterator[int]:
    """Yield the identifiers that the same work would share; hashed, as there may be very many."""
    if paper.doi:
        yield _hashed("doi", paper.doi.lower())
    if paper.arxiv_id:
        yield _hashed("arxiv", paper.arxiv_id.partition("v")[0] or paper.arxiv_id)
    if paper.pmid:
        yield _hashed("pmid", paper.pmid)
    if paper.citation_key and paper.source:
        yield _hashed("key", paper.source, paper.citation_key)


def _likeness(paper: Paper) -> Iterator[int]:
    """Yield what the same work would share though it has no identifier, hashed too."""
    yield _hashed("title", readers.title_key(paper.title))
    for place, edge in enumerate(readers.near_key(paper)):
        yield _hashed("edge", str(place), edge)


def _hashed(*parts: str) -> int:
    """Return a number of 64 bits that stays the same from process to process."""
    digest = blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
