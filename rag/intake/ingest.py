"""Brings papers in: reads, embeds what is new, stores it, and keeps the derived indexes true."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from rag.errors import (
    DamagedIndexError,
    FingerprintError,
    LockedError,
    ReadError,
    UnknownPaperError,
)
from rag.intake import readers
from rag.library import Embedded, Entry, Library, record_hash, text_hash
from rag.library.lexicon import Lexicon
from rag.library.vectors import Vectors
from rag.models.embed import Embedder
from rag.records import BuiltFrom, IngestReport, Paper, Preview, Problem, Sentence
from rag.text import sentences

T = TypeVar("T")

Progress = Callable[[str, int, int], None]
"""Called as ``progress(what, done, total)`` while papers are embedded or indexed."""

BATCH = 32  # papers a transaction; about 0.7 s of embedding on 2 cores, the most a kill can lose
INDEX_BATCH = 500  # papers read at once while an index is rebuilt
PATIENCE = 120.0  # seconds to wait for another process that is building what this one needs


def _no_progress(_what: str, _done: int, _total: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Ingest:
    """Writes to the library and its two derived indexes, one writer at a time."""

    library: Library
    vectors: Vectors
    lexicon: Lexicon
    embedder: Embedder

    # -- opening ---------------------------------------------------------------------------------

    def check_fingerprint(self) -> None:
        """Refuse to search or write under another embedding than the library's.

        Raises:
            FingerprintError: the settings name another embedder.
        """
        stored, ours = self.library.fingerprint, self.embedder.fingerprint
        if stored in ("", ours):
            return
        raise FingerprintError(
            f"this library was embedded as {stored}, the settings say {ours}; set "
            f"RAG_EMBED_MODEL={stored.rsplit('/', 2)[0]} to use it as it is, or embed it anew "
            "with `rag ingest --re-embed`"
        )

    def refresh(self, *, progress: Progress = _no_progress) -> None:
        """Bring the derived indexes up to the library, rebuilding what is missing or broken.

        When another process is writing, an index that can be searched is used as it is.
        """
        bare = self.library.without_vectors()
        if not bare and self._vectors_true() and self._lexicon_true():
            return
        usable = self._usable()
        try:
            with self.library.writing(wait=0.0 if usable else PATIENCE):
                if bare:
                    self._embed_missing(bare, self.library.dimension(), progress)
                self._sync(progress)
        except LockedError:
            if not usable:
                raise

    def re_embed(self, *, progress: Progress = _no_progress) -> int:
        """Embed the whole library under the present embedder; return the papers embedded.

        Vectors already computed under it are used. The library stays under the old fingerprint
        until all are there, so an interrupted run loses nothing and is taken up again.
        """
        with self.library.writing():
            # Asked first, so that an endpoint that is down or has changed is found out at once.
            dimension = self.embedder.embed(["How long is a vector?"]).shape[1]
            papers = self.library.papers()
            fingerprint = self.embedder.fingerprint
            hashes = {text_hash(paper) for paper in papers}
            have = self.library.embedded(hashes, fingerprint, dimension=dimension)
            missing = [paper for paper in papers if text_hash(paper) not in have]
            self._embed_missing(missing, dimension, progress)
            self.library.use_fingerprint(fingerprint)
            self._sync(progress)
        return len(missing)

    # -- changing --------------------------------------------------------------------------------

    def ingest(self, paths: Sequence[Path], *, progress: Progress = _no_progress) -> IngestReport:
        """Read files and folders and store what is new or changed.

        The same input twice changes nothing and embeds nothing. Papers are committed in batches
        with their vectors: a run that is killed has kept what it committed, and run again it goes
        on from there.

        Raises:
            ReadError: a path is missing or of no known kind; nothing has been changed then.
            FingerprintError: the library was embedded with another model.
            LockedError: another process is writing.
        """
        readings = [reading for path in dict.fromkeys(paths) for reading in readers.read(path)]
        with self.library.writing():
            return self.store(readings, progress=progress)

    def preview(self, paths: Sequence[Path]) -> Preview:
        """Tell what ``ingest`` would do with these files and folders; change nothing.

        Raises:
            ReadError: as for ``ingest``.
        """
        readings = [reading for path in dict.fromkeys(paths) for reading in readers.read(path)]
        return _plan(readings, self.library, self.embedder.fingerprint).preview

    def ingest_first(self, path: Path, *, progress: Progress = _no_progress) -> None:
        """Ingest on first use, unless another process has done so meanwhile."""
        with self.library.writing(wait=PATIENCE):
            if self.library.seeded:
                return
            try:
                readings = list(readers.read(path))
            except ReadError as error:
                raise ReadError(f"RAG_SEEDS: {error}") from error
            if not any(reading.papers for reading in readings):
                problems = [str(problem) for reading in readings for problem in reading.problems]
                raise ReadError(f"RAG_SEEDS: no paper in {path}; {'; '.join(problems[:3])}")
            self.store(readings, progress=progress)
            self.library.mark_seeded()

    def store(
        self, readings: Iterable[readers.Reading], *, progress: Progress = _no_progress
    ) -> IngestReport:
        """Store what readers gave; the caller holds the writer's lock."""
        self.check_fingerprint()
        plan = _plan(readings, self.library, self.embedder.fingerprint)
        for batch, done in _batches(plan.changed, BATCH):
            progress("embedding", done, len(plan.changed))
            prepared = [(paper, _split(paper)) for paper in batch]
            new = [(paper, parts) for paper, parts in prepared if text_hash(paper) in plan.unknown]
            vectors = self._embed(new, self.library.dimension())
            self.library.store(prepared, vectors, self.embedder.fingerprint)
        progress("embedding", len(plan.changed), len(plan.changed))
        self._sync(progress)
        return plan.report

    def remove(self, ids: Sequence[str]) -> None:
        """Remove papers from the library and both indexes.

        Raises:
            UnknownPaperError: an id is not in the library; nothing has been removed then.
        """
        with self.library.writing():
            unknown = [paper_id for paper_id in ids if self.library.paper(paper_id) is None]
            if unknown:
                raise UnknownPaperError(
                    f"no paper has the id {', '.join(unknown)}; `rag papers` lists them"
                )
            self.library.remove(ids)
            self._sync(_no_progress)

    # -- inside ----------------------------------------------------------------------------------

    def _embed_missing(self, papers: Sequence[Paper], dimension: int, progress: Progress) -> None:
        for batch, done in _batches(papers, BATCH):
            progress("embedding", done, len(papers))
            vectors = self._embed([(paper, _split(paper)) for paper in batch], dimension)
            self.library.store_vectors(vectors, self.embedder.fingerprint)
        progress("embedding", len(papers), len(papers))

    def _embed(
        self, papers: Sequence[tuple[Paper, Sequence[Sentence]]], dimension: int
    ) -> dict[str, Embedded]:
        """Embed chunks, titles and sentences of papers; return them by text hash.

        Raises:
            FingerprintError: the vectors are not of this length (0: any).
        """
        if not papers:
            return {}
        texts: list[str] = []
        sizes: list[tuple[str, int, int]] = []
        for paper, parts in papers:
            body = [sentence.text for sentence in parts]
            chunks = sentences.chunk(
                paper.title, body[1:], limit=self.embedder.limit, count=self.embedder.count
            )
            texts += chunks + body
            sizes.append((text_hash(paper), len(chunks), len(body)))
        matrix = self.embedder.embed(texts)
        if dimension and matrix.shape[1] != dimension:
            raise FingerprintError(
                f"{self.embedder.name} now gives {matrix.shape[1]} numbers, this library holds "
                f"{dimension}; embed it anew with `rag ingest --re-embed`"
            )
        found: dict[str, Embedded] = {}
        start = 0
        for key, chunks_here, sentences_here in sizes:
            middle = start + chunks_here
            stop = middle + sentences_here
            found[key] = Embedded(matrix[start:middle], matrix[middle:stop])
            start = stop
        return found

    def _target(self) -> BuiltFrom:
        library = self.library
        return BuiltFrom(library.identity, library.sequence, library.fingerprint)

    def _usable(self) -> bool:
        """Whether both indexes belong to this library and embedding, up to date or not."""
        target = self._target()
        try:
            built, words = self.vectors.state(), self.lexicon.state()
        except DamagedIndexError:
            return False
        return (
            built is not None
            and words is not None
            and built.identity == words.identity == target.identity
            and built.fingerprint == target.fingerprint
        )

    def _vectors_true(self) -> bool:
        if not self.library.sequence:
            return True
        try:
            if self.vectors.state() != self._target():
                return False
            count = self.vectors.count()
            if count != self.library.count_chunks():
                return False
            if count:
                self.vectors.probe(self.library.dimension())
        except DamagedIndexError:
            return False
        return True

    def _lexicon_true(self) -> bool:
        if not self.library.sequence:
            return True
        try:
            state = replace(self._target(), fingerprint="")
            if self.lexicon.state() != state or self.lexicon.count() != self.library.count():
                return False
            self.lexicon.probe()
        except DamagedIndexError:
            return False
        return True

    def _sync(self, progress: Progress) -> None:
        """Bring both indexes to the library's state: the changes only, or all when in doubt."""
        if not self.library.sequence:
            return
        self._sync_vectors(progress)
        self._sync_lexicon()

    def _sync_vectors(self, progress: Progress) -> None:
        target = self._target()
        try:
            built = self.vectors.state()
            if built and (built.identity, built.fingerprint) == (
                target.identity,
                target.fingerprint,
            ):
                changed, removed = self.library.changes_since(built.sequence)
                self.vectors.drop(changed + removed)
                self._put(changed, progress)
                self.vectors.stamp(target)
        except DamagedIndexError:
            pass
        if not self._vectors_true():
            self.vectors.recreate()
            self._put(list(self.library.hashes()), progress)
            self.vectors.stamp(target)

    def _put(self, ids: Sequence[str], progress: Progress) -> None:
        for batch, done in _batches(ids, INDEX_BATCH):
            progress("indexing", done, len(ids))
            self.vectors.put((e.paper.id, e.vectors.chunks) for e in self._entries(batch))

    def _sync_lexicon(self) -> None:
        target = replace(self._target(), fingerprint="")
        try:
            built = self.lexicon.state()
            if built and built.identity == target.identity:
                changed, removed = self.library.changes_since(built.sequence)
                self.lexicon.update(self._texts(changed), removed, state=target)
        except DamagedIndexError:
            pass
        if not self._lexicon_true():
            self.lexicon.recreate()
            self.lexicon.update(self._texts(list(self.library.hashes())), (), state=target)

    def _texts(self, ids: list[str]) -> Iterator[tuple[str, str]]:
        for batch, _ in _batches(ids, INDEX_BATCH):
            for entry in self._entries(batch):
                yield entry.paper.id, f"{entry.paper.title}\n{entry.paper.abstract}"

    def _entries(self, ids: Sequence[str]) -> Iterator[Entry]:
        yield from self.library.entries(ids).values()


@dataclass(frozen=True, slots=True)
class _Plan:
    preview: Preview
    unknown: set[str]  # hashes of the texts that must be embedded

    @property
    def changed(self) -> list[Paper]:
        return [*self.preview.added, *self.preview.updated]

    @property
    def report(self) -> IngestReport:
        preview = self.preview
        return IngestReport(
            added=tuple(paper.id for paper in preview.added),
            updated=tuple(paper.id for paper in preview.updated),
            unchanged=tuple(paper.id for paper in preview.unchanged),
            problems=preview.problems,
            embedded=len(self.unknown),
            duplicates=preview.duplicates,
        )


def _plan(readings: Iterable[readers.Reading], library: Library, fingerprint: str) -> _Plan:
    """Tell new, changed and unchanged papers apart; two papers that claim one id are a problem."""
    stored = library.hashes()
    papers: dict[str, Paper] = {}
    problems: list[Problem] = []
    duplicates: list[Problem] = []
    works: _Works | None = None
    for reading in readings:
        problems += reading.problems
        for paper in reading.papers:
            if paper.id not in stored and paper.id not in papers:
                works = works or _Works(library)
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
    return _Plan(preview, texts - library.embedded(texts, fingerprint))


class _Works:
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


def _split(paper: Paper) -> tuple[Sentence, ...]:
    return sentences.split(paper.abstract, title=paper.title)


def _batches(items: Sequence[T], size: int) -> Iterator[tuple[Sequence[T], int]]:
    """Yield slices of at most ``size`` items, each with how many came before it."""
    for start in range(0, len(items), size):
        yield items[start : start + size], start
