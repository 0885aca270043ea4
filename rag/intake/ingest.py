"""Brings papers in: reads, embeds what is new, stores it, and keeps the derived indexes true."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path

from rag.errors import (
    FingerprintError,
    LockedError,
    ReadError,
    UnknownPaperError,
)
from rag.intake import readers
from rag.intake.embedding import embed_papers, split
from rag.intake.indexes import Indexes, batches
from rag.intake.planning import Planner, in_all, summed
from rag.intake.services import Changes, Live
from rag.intake.works import bring_up
from rag.library import Library, text_hash
from rag.models import Embedder
from rag.records import IngestReport, Paper, Preview, Progress, no_progress

_LOG = logging.getLogger(__name__)
BATCH = 32  # papers a transaction; about 0.7 s of embedding on 2 cores, the most a kill can lose
# The digest of the content, the length of a pass and the layout end a fingerprint; what is left is
# what the settings call the model.
_WITHOUT_FORM = re.compile(r"(?:/r\d+|/[0-9a-f]{12})?/(?:window|pass)-\d+/v\d+$")
_OF_A_FOLDER = re.compile(r"/[0-9a-f]{12}/pass-\d+/v\d+$")
COUNTED = 20_000  # papers whose indexes are counted at every opening, which takes 0.3 s
PATIENCE = 120.0  # seconds to wait for another process that is building what this one needs


@cache
def _advise(home: Path) -> None:
    """Say once a process that a library can be made better."""
    _LOG.warning(
        "the library in %s was embedded with an earlier form of the model and works as before; "
        "`rag ingest --re-embed` brings it up to this one, which finds better",
        home,
    )


@dataclass(frozen=True, slots=True)
class Ingest:
    """Writes to the library and its two derived indexes, one writer at a time."""

    library: Library
    indexes: Indexes
    embedder: Embedder

    # -- opening ---------------------------------------------------------------------------------

    def check_fingerprint(self) -> None:
        """Refuse to search or write under another embedding than the library's.

        One of an earlier form of the same model may be searched as it is.

        Raises:
            FingerprintError: the settings name another embedder.
        """
        stored, ours = self.library.fingerprint, self.embedder.fingerprint
        if stored in ("", ours) or self.is_behind:
            return
        name = _WITHOUT_FORM.sub("", stored)
        back = (
            f"set RAG_EMBED_MODEL to the folder of {name} as it was then"
            if _OF_A_FOLDER.search(stored)
            else f"set RAG_EMBED_MODEL={name}"
        )
        raise FingerprintError(
            f"this library was embedded as {stored}, the settings say {ours}; {back} to use it as "
            "it is, or embed it anew with `rag ingest --re-embed`"
        )

    @property
    def is_behind(self) -> bool:
        """Whether the library was embedded with an earlier form of this model."""
        return self.library.fingerprint in self.embedder.earlier

    def refresh(self, *, progress: Progress = no_progress, thorough: bool = False) -> None:
        """Bring the derived indexes up to the library, rebuilding what is missing or broken.

        When another process is writing, an index that can be searched is used as it is. What has
        no vectors in a library that cannot be written is not found there. Where there are more than
        ``COUNTED`` papers they are counted only if this is to be ``thorough``.
        """
        if self.library.read_only:
            if not self.indexes.are_true():
                self.indexes.sync(progress)
            return
        if self.is_behind:
            _advise(self.library.home)
        counted = thorough or self.library.count() <= COUNTED
        bare = self.library.without_vectors() if counted else []
        if not bare and self.indexes.are_true(counted=counted):
            return
        usable = self.indexes.are_usable()
        try:
            with self.library.writing(wait=0.0 if usable else PATIENCE):
                if bare and self.is_behind:
                    self._embed_all(progress)
                elif bare:
                    self._embed_missing(bare, self.library.dimension(), progress)
                self.indexes.sync(progress)
        except LockedError:
            if not usable:
                raise

    def follow(self, *, progress: Progress = no_progress) -> bool:
        """Bring the indexes of this folder up to a library that others change, too.

        Returns whether all of them are true to it by now: one on a server is brought up by who
        changes the library, and may not be yet.
        """
        if not self.indexes.are_true(counted=False):
            with self.library.indexing(wait=PATIENCE):
                self.indexes.sync(progress, own=True)
            self.refresh(progress=progress)
        return self.indexes.are_true(counted=False)

    def re_embed(self, *, progress: Progress = no_progress) -> int:
        """Embed the whole library under the present embedder; return the papers embedded.

        Vectors already computed under it are used. The library stays under the old fingerprint
        until all are there, so an interrupted run loses nothing and is taken up again.
        """
        with self.library.writing():
            embedded = self._embed_all(progress)
            self.indexes.sync(progress)
        return embedded

    # -- changing --------------------------------------------------------------------------------

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        live: Sequence[Live] = (),
        collection: str = "",
        prune: bool = False,
        progress: Progress = no_progress,
    ) -> IngestReport:
        """Read files, folders and live sources, and store what is new or changed.

        The same input twice changes nothing and embeds nothing. Papers are committed in batches
        with their vectors: a run that is killed has kept what it committed, and run again it goes
        on from there. All papers are put into ``collection`` if one is named; ``prune`` removes
        those that came from these files before and are no longer in them. A live source is read
        from where it was left; how far it was read is noted when all of it has been stored.

        Raises:
            ReadError: a path is missing or of no known kind; nothing has been changed then.
            ServiceError: a live source cannot be read; what came before is stored, and read anew.
            FingerprintError: the library was embedded with another model.
            LockedError: another process is writing.
        """
        opened = self._open(live, collection, whole=prune)
        readings = _all(readers.read_all(paths), opened.values(), collection)
        covered = [one for changes in opened.values() for one in changes.sources]
        with self.library.writing():
            report = self.store(readings, prune=prune, progress=progress, covered=covered)
            if report.added:
                self.library.stamps.note_added(report.added)
            for name, changes in opened.items():
                if changes.stamp:
                    self.library.stamps.note(name, changes.stamp)
        return report

    def preview(
        self,
        paths: Sequence[Path],
        *,
        live: Sequence[Live] = (),
        collection: str = "",
        prune: bool = False,
    ) -> Preview:
        """Tell what ``ingest`` would do with these sources; change nothing.

        Raises:
            ReadError: as for ``ingest``.
            ServiceError: a live source cannot be read.
        """
        planner = Planner(self.library, self.embedder.fingerprint)
        opened = self._open(live, collection, whole=prune)
        readings = _all(readers.read_all(paths), opened.values(), collection)
        planner.sources |= {one for changes in opened.values() for one in changes.sources}
        preview = in_all([planner.plan(reading).preview for reading in readings])
        return replace(preview, removed=tuple(planner.gone()) if prune else ())

    def ingest_first(self, path: Path, *, progress: Progress = no_progress) -> None:
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
        self,
        readings: Iterable[readers.Reading],
        *,
        prune: bool = False,
        progress: Progress = no_progress,
        covered: Iterable[str] = (),
    ) -> IngestReport:
        """Store what readers gave; the caller holds the writer's lock.

        ``covered`` are sources that were read in full, even if nothing was in them.
        """
        self.check_fingerprint()
        if self.is_behind:  # what comes in is embedded the new way, and the two do not mix
            self._embed_all(progress)
        reports: list[IngestReport] = []
        before = 0
        planner = Planner(self.library, self.embedder.fingerprint)
        planner.sources |= set(covered)
        for plan in map(planner.plan, readings):
            total = before + len(plan.changed)
            for batch, done in batches(plan.changed, BATCH):
                progress("embedding", before + done, total)
                self._store_batch(batch, plan.unknown)
            before = total
            reports.append(plan.report)
        progress("embedding", before, before)
        gone = [paper.id for paper in planner.gone()] if prune else []
        if gone:
            self.library.remove(gone)
        bring_up(self.library)
        self.indexes.sync(progress)
        return replace(summed(reports), removed=tuple(gone))

    def _store_batch(self, batch: Sequence[Paper], unknown: Collection[str]) -> None:
        """Embed what is new of a batch, and commit all of it."""
        prepared = [(paper, split(paper)) for paper in batch]
        new = [(paper, parts) for paper, parts in prepared if text_hash(paper) in unknown]
        vectors = embed_papers(self.embedder, new, dimension=self.library.dimension())
        self.library.store(prepared, vectors, self.embedder.fingerprint)

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
            self.indexes.sync(no_progress)

    def put_back(self, papers: Sequence[Paper]) -> IngestReport:
        """Store papers that were removed, as they were; one that is here again is left alone.

        Raises:
            FingerprintError: the library was embedded with another model.
            LockedError: another process is writing.
        """
        lines = (None,) * len(papers)
        with self.library.writing():
            return self.store([readers.Reading("", tuple(papers), lines=lines)])

    # -- inside ----------------------------------------------------------------------------------

    def _open(self, live: Sequence[Live], collection: str, *, whole: bool) -> dict[str, Changes]:
        """Ask live sources what has changed since they were last read, by what is noted of them."""
        opened: dict[str, Changes] = {}
        for source in live:
            # What is to be put into a collection has been read for that one only.
            name = f"{source.name} > {collection.strip()}"
            opened[name] = source.changes(self.library.stamps.of(name), whole=whole)
        return opened

    def _embed_all(self, progress: Progress) -> int:
        """Embed what has no vectors under the present embedder, and search under it from then on.

        The library stays under the old fingerprint until all are there.
        """
        # Asked first, so that an endpoint that is down or has changed is found out at once.
        dimension = self.embedder.embed(["How long is a vector?"]).shape[1]
        papers = self.library.papers()
        fingerprint = self.embedder.fingerprint
        hashes = {text_hash(paper) for paper in papers}
        have = self.library.embedded(hashes, fingerprint, dimension=dimension)
        missing = [paper for paper in papers if text_hash(paper) not in have]
        self._embed_missing(missing, dimension, progress)
        self.library.use_fingerprint(fingerprint)
        return len(missing)

    def _embed_missing(self, papers: Sequence[Paper], dimension: int, progress: Progress) -> None:
        for batch, done in batches(papers, BATCH):
            progress("embedding", done, len(papers))
            prepared = [(paper, split(paper)) for paper in batch]
            vectors = embed_papers(self.embedder, prepared, dimension=dimension)
            self.library.store_vectors(vectors, self.embedder.fingerprint)
        progress("embedding", len(papers), len(papers))


def _all(
    files: Iterable[readers.Reading], live: Iterable[Changes], collection: str
) -> Iterator[readers.Reading]:
    """Put one after the other what files and live sources give."""
    return _filed(chain(files, *(changes.readings for changes in live)), collection)


def _filed(readings: Iterable[readers.Reading], collection: str) -> Iterator[readers.Reading]:
    """Put all papers into a collection, if one is named."""
    name = collection.strip()
    for reading in readings:
        if name:
            papers = (
                replace(paper, collections=tuple(dict.fromkeys([*paper.collections, name])))
                for paper in reading.papers
            )
            yield replace(reading, papers=tuple(papers))
        else:
            yield reading
