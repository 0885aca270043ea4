"""What one paper is in the library: its record, its sentences, its vectors, and their hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import StorageError
from rag.records import Paper, Sentence

Matrix = NDArray[np.float32]
_FIELDS = tuple(field.name for field in fields(Paper))
_LISTS = ("authors", "links", "keywords", "collections")
# Fields that came later: left out of a hash while empty, so that an older library knows its papers.
_LATER = frozenset({"pmid", "keywords", "citation_key", "collections"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one paper's content words, as late interaction compares them.

    ``matrix`` has a row a token of length 127 (int8), sentence by sentence, the title's first;
    ``counts`` are the tokens of each sentence, ``lengths`` that of the sum of each sentence's rows
    (float32; 0 without tokens).
    """

    matrix: NDArray[np.int8]
    counts: NDArray[np.intp]
    lengths: Matrix

    @classmethod
    def of(cls, matrix: NDArray[np.int8], counts: Sequence[int]) -> Tokens:
        """Take rows and their counts; what comparing needs of them is worked out once."""
        sizes = np.asarray(counts, dtype=np.intp)
        lengths = np.zeros(len(sizes), dtype=np.float32)
        if len(matrix):
            has = sizes > 0
            starts = np.cumsum([0, *sizes[has][:-1]])
            sums = np.add.reduceat(matrix.astype(np.float32), starts, axis=0)
            lengths[has] = np.linalg.norm(sums, axis=1)
        return cls(matrix, sizes, lengths)


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of one paper: a row a chunk, and a row a sentence, the title's first.

    ``tokens`` are there only for what is being stored; reading asks for them by themselves.
    """

    chunks: Matrix
    sentences: Matrix
    tokens: Tokens | None = None

    @property
    def mean(self) -> Matrix:
        """The mean of the chunks as a vector of length 1, which stands for the whole paper."""
        mean = self.chunks.mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper with its sentences (title first) and its vectors."""

    paper: Paper
    sentences: tuple[Sentence, ...]
    vectors: Embedded


@dataclass(frozen=True, slots=True)
class Version:
    """The library's state at one moment: newest change, embedding, papers, vector length."""

    sequence: int
    fingerprint: str
    count: int
    dimension: int


@dataclass(frozen=True, slots=True)
class BuiltFrom:
    """What a derived index holds: of which library, up to which change, embedded how."""

    identity: str
    sequence: int
    fingerprint: str = ""


def text_hash(paper: Paper) -> str:
    """Hash what is embedded of a paper: title and abstract."""
    return hashlib.sha256(f"{paper.title}\n{paper.abstract}".encode()).hexdigest()


def record_hash(paper: Paper) -> str:
    """Hash everything a paper says, but not the file it was read from."""
    said = {
        name: value
        for name, value in asdict(paper).items()
        if name != "source" and (value or name not in _LATER)
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def paper_of(row: Mapping[str, Any]) -> Paper:
    """Read a paper from a row of the table of papers."""
    values = {name: row[name] for name in _FIELDS}
    return Paper(**{**values, **{name: tuple(row[name]) for name in _LISTS}})


def vectors_of(paper_id: str, chunks: int, dimension: int, data: bytes) -> Embedded:
    """Read the vectors of a paper as they are stored.

    Raises:
        StorageError: they are not of this length: damage.
    """
    matrix = np.frombuffer(data, dtype="<f2").astype(np.float32)
    if not dimension or len(matrix) % dimension or len(matrix) <= chunks * dimension:
        raise _damaged("vectors", paper_id)
    matrix = matrix.reshape(-1, dimension)
    return Embedded(matrix[:chunks], matrix[chunks:])


def entry_of(row: Mapping[str, Any], vectors: Embedded) -> Entry:
    """Read a paper with its sentences from a row, and put its vectors to it.

    Raises:
        StorageError: the vectors do not fit the sentences: damage.
    """
    paper = paper_of(row)
    body = (
        Sentence(i, paper.abstract[start:end], start, end)
        for i, (start, end) in enumerate(row["spans"], 1)
    )
    if len(vectors.sentences) != 1 + len(row["spans"]):
        raise _damaged("vectors", paper.id)
    sentences = (Sentence(0, paper.title, -1, -1), *body)
    return Entry(paper, sentences, vectors)


def tokens_of(row: Mapping[str, Any]) -> Tokens:
    """Read the tokens of a paper from a row of their table.

    Raises:
        StorageError: they do not fit their counts: damage.
    """
    counts = [int(count) for count in row["counts"]]
    data = np.frombuffer(row["data"], dtype=np.int8)
    total = sum(counts)
    if (len(data) % total) if total else len(data):
        raise _damaged("tokens", row["id"])
    return Tokens.of(data.reshape(total, -1) if total else data.reshape(0, 1), counts)


def _damaged(what: str, paper_id: str) -> StorageError:
    return StorageError(
        f"the {what} of {paper_id} are damaged; `rag remove {paper_id}`, then ingest it again"
    )
