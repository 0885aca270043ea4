"""Keeps the two derived indexes true to the library: checked, brought up to it, or rebuilt."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from rag.errors import DamagedIndexError, IndexDownError
from rag.library import BuiltFrom, Lexicon, Library, Vectors
from rag.records import Progress

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
INDEX_BATCH = 500  # papers read at once while an index is rebuilt


@dataclass(frozen=True, slots=True)
class Indexes:
    """The vector and the word index of a library; who changes them holds the writer's lock."""

    library: Library
    vectors: Vectors
    lexicon: Lexicon

    def _target(self) -> BuiltFrom:
        library = self.library
        return BuiltFrom(library.identity, library.sequence, library.fingerprint)

    def are_usable(self) -> bool:
        """Whether both indexes belong to this library and embedding, up to date or not.

        Vectors whose server is away are none to wait for.
        """
        target = self._target()
        try:
            words = self.lexicon.state()
            if words is None or words.identity != target.identity:
                return False
            built = self.vectors.state()
        except IndexDownError:
            return True
        except DamagedIndexError:
            return False
        return (
            built is not None
            and built.identity == target.identity
            and built.fingerprint == target.fingerprint
        )

    def are_true(self, *, counted: bool = True) -> bool:
        """Whether both hold exactly what the library does, and can be searched.

        Not ``counted``, the vector index is believed that it holds what it is stamped with, the
        last step of every change; counting 100,000 papers takes it 0.7 s, and the library 0.4.
        """
        try:
            return self._vectors_true(counted=counted) and self._lexicon_true()
        except IndexDownError:
            return False

    def _vectors_true(self, *, counted: bool = True) -> bool:
        if not self.library.sequence:
            return True
        try:
            if self.vectors.state() != self._target():
                return False
            if counted and self.vectors.count() != self.library.count_chunks():
                return False
            if self.library.dimension():
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

    def sync(self, progress: Progress, *, own: bool = False) -> None:
        """Bring both indexes to the library's state: the changes only, or all when in doubt.

        Vectors whose server is away are left for when it is back; those on a server at all, if only
        the ``own`` ones of this folder are to be brought up.
        """
        if not self.library.sequence:
            return
        try:
            if not (own and self.vectors.is_shared):
                self._sync_vectors(progress)
        except IndexDownError:
            _LOG.warning("what changed is stored; the vector index follows once its server is back")
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
            self._put(self.library.ids(), progress)
            self.vectors.stamp(target)

    def _put(self, ids: Sequence[str], progress: Progress) -> None:
        for batch, done in batches(ids, INDEX_BATCH):
            progress("indexing", done, len(ids))
            self.vectors.put(self.library.chunks(batch))

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
            self.lexicon.update(self._texts(self.library.ids()), (), state=target)

    def _texts(self, ids: list[str]) -> Iterator[tuple[str, str]]:
        for batch, _ in batches(ids, INDEX_BATCH):
            yield from self.library.texts(batch)


def batches(items: Sequence[T], size: int) -> Iterator[tuple[Sequence[T], int]]:
    """Yield slices of at most ``size`` items, each with how many came before it."""
    for start in range(0, len(items), size):
        yield items[start : start + size], start
