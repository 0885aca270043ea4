"""The vector index on a Chroma server: the same as the embedded one, and it may be away for a time.

While it is, searches are told so and go on without it. Once it answers again, whoever keeps the
indexes true is asked to look after it.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from rag.errors import DamagedIndexError, IndexDownError
from rag.library.chroma_server import CLOUD_BATCH, ChromaServer, Connection
from rag.library.entries import BuiltFrom
from rag.library.vectors import CONFIGURATION, Matrix, Vectors, near_of

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

T = TypeVar("T")
_LOG = logging.getLogger(__name__)

REST = 10.0  # seconds in which a server that did not answer is not asked again
_LONGEST_ID = 128  # bytes of a record's id, Chroma Cloud's quota


class RemoteVectors(Vectors):
    """The chunk vectors in a collection of a server, named after the library's identity."""

    is_shared = True

    def __init__(self, place: ChromaServer, identity: Callable[[], str]) -> None:
        self.place = place
        self._identity = identity
        self._opening = threading.RLock()
        self._connection: Connection | None = None
        self._handle: Collection | None = None
        self._sequence: object = None
        self._down: IndexDownError | None = None
        self._rests_until = 0.0
        self._lost = False  # was away, is behind, or is not there
        self._absent = ""  # why there is nothing to search though the server answers
        self._cared = 0.0

    def close(self) -> None:
        """Close the connections."""
        with self._opening:
            if self._connection is not None:
                self._connection.close()
            self._connection = self._handle = None

    @property
    def name(self) -> str:
        """The collection's name: libraries on one server do not meet."""
        return f"cited-rag-{self._identity()}"

    @property
    def trouble(self) -> str:
        """What is wrong with the server, as last seen; empty: nothing."""
        return str(self._down) if self._down else self._absent

    def wants_care(self) -> bool:
        """Whether it was away, or behind, and may be looked after now."""
        return self._lost and time.monotonic() >= max(self._rests_until, self._cared + REST)

    def note_care(self, *, done: bool) -> None:
        """Note that it is being looked after, or has been."""
        self._cared = time.monotonic()
        if done:
            self._lost = False

    def look(self) -> str:
        """Ask the server for its version, at once even if it did not answer a moment ago.

        Raises:
            IndexDownError: it does not answer, or refuses.
        """
        self._rests_until = 0.0
        with self._guarded():
            return self._connected().version()

    def state(self) -> BuiltFrom | None:
        """Return what the index was built from, or None when there is none."""
        try:
            with self._guarded():
                return self._stamped(self._collection())
        except DamagedIndexError:
            return None

    def probe(self, dimension: int) -> None:
        """Run one query, so that an index that opens but cannot search is found out.

        Raises:
            DamagedIndexError: it cannot.
        """
        with self._guarded():
            self._asked(np.full(dimension, dimension**-0.5, dtype=np.float32), 1, None)

    def nearest(self, vector: Matrix, k: int, *, sequence: int | None = None) -> dict[str, float]:
        """Return the papers of the ``k`` nearest chunks with their best cosine, best first.

        Raises:
            IndexDownError: the server does not answer; it is not asked again for ``REST`` seconds.
        """
        try:
            with self._guarded():
                found = self._found(vector, k, sequence)
        except DamagedIndexError as error:
            self._handle, self._lost = None, True
            self._absent = (
                f"the vector index at {self.place.url} is not whole; it is being rebuilt from the "
                "library, wait for it"
            )
            raise IndexDownError(self._absent) from error
        self._absent = ""
        return found

    def stamp(self, state: BuiltFrom) -> None:
        """Record what the index now holds; the last step of every change."""
        super().stamp(state)
        self._lost, self._absent = False, ""

    def recreate(self) -> None:
        """Start an empty collection in place of the one that is there."""
        with self._opening, self._guarded():
            self._handle = None
            self._connected().create(self.name, CONFIGURATION)

    # -- inside ----------------------------------------------------------------------------------

    def _is_there(self) -> bool:
        return True  # whether the collection is, the server says when it is asked

    def _found(self, vector: Matrix, k: int, sequence: int | None) -> dict[str, float]:
        """Search; once more where the collection has been made anew by another process."""
        try:
            return self._asked(vector, k, sequence)
        except DamagedIndexError:
            if self._handle is None:
                raise
            self._handle = None
            return self._asked(vector, k, sequence)

    def _asked(self, vector: Matrix, k: int, sequence: int | None) -> dict[str, float]:
        most = min(k, CLOUD_BATCH) if self.place.is_cloud else k
        collection = self._handle
        if collection is None or sequence is None or sequence != self._sequence:
            collection = self._collection()
            state = self._stamped(collection)
            if state is None:
                raise DamagedIndexError(
                    f"the vector index at {self.place.url} is not finished; start again, it is "
                    "then rebuilt from the library"
                )
            self._sequence, self._handle = state.sequence, collection
            if sequence is not None and self._sequence != sequence:
                self._lost = True  # used as it is, since what it finds is still there
        result = self._connected().ask(
            lambda: collection.query(
                query_embeddings=cast(Any, [vector]),
                n_results=most,
                include=["distances", "metadatas"],
            ),
            patience=10.0,
            tries=2,
        )
        metadatas = result["metadatas"]
        assert metadatas is not None
        return near_of([str(one["paper"]) for one in metadatas[0]], result)

    def _connected(self) -> Connection:
        with self._opening:
            if self._connection is None:
                self._connection = Connection(self.place)
            return self._connection

    def _collection(self) -> Collection:
        return self._connected().collection(self.name)

    def _ask(self, act: Callable[[], T]) -> T:
        return self._connected().ask(act)

    def _batches(self) -> tuple[int, int]:
        return self._connected().batch, self.place.drop_batch

    def _chunk_id(self, paper_id: str, number: int) -> str:
        """Return a record's id; a long one is told by its digest, the metadata has it in full."""
        own = super()._chunk_id(paper_id, number)
        if len(own.encode()) <= _LONGEST_ID:
            return own
        return f"{hashlib.sha256(paper_id.encode()).hexdigest()}#{number}"

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Note when the server is away, and do not ask it again at once."""
        if self._down is not None and time.monotonic() < self._rests_until:
            raise IndexDownError(str(self._down)) from self._down
        try:
            yield
        except IndexDownError as error:
            if self._down is None:
                _LOG.warning("%s; meanwhile papers are found by their words alone", error)
            self._down, self._lost, self._handle = error, True, None
            self._rests_until = time.monotonic() + REST
            raise
        except DamagedIndexError:
            self._down = None
            raise
        if self._down is not None:
            _LOG.warning("the Chroma server at %s answers again", self.place.url)
        self._down = None
