"""What one paper is in the library: its record, its sentences, its vectors, and their hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import StorageError
from rag.records import Paper, Sentence

Matrix = NDArray[np.float32]
_FIELDS = tuple(field.name for field in fields(Paper))
_LISTS = ("authors", "links")


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of one paper: a row a chunk, and a row a sentence, the title's first."""

    chunks: Matrix
    sentences: Matrix

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


def text_hash(paper: Paper) -> str:
    """Hash what is embedded of a paper: title and abstract."""
    return hashlib.sha256(f"{paper.title}\n{paper.abstract}".encode()).hexdigest()


def record_hash(paper: Paper) -> str:
    """Hash everything a paper says, but not the file it was read from."""
    said = {name: value for name, value in asdict(paper).items() if name != "source"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def paper_of(row: Mapping[str, Any]) -> Paper:
    """Read a paper from a row of the table of papers."""
    values = {name: row[name] for name in _FIELDS}
    return Paper(**{**values, **{name: tuple(row[name]) for name in _LISTS}})


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Read a paper with its sentences and vectors from a joined row.

    Raises:
        StorageError: the vectors do not fit the sentences: damage.
    """
    paper = paper_of(row)
    body = (
        Sentence(i, paper.abstract[start:end], start, end)
        for i, (start, end) in enumerate(row["spans"], 1)
    )
    chunks, rows = row["chunks"], row["chunks"] + 1 + len(row["spans"])
    matrix = np.frombuffer(row["data"], dtype="<f2").astype(np.float32)
    if len(matrix) != rows * row["dimension"]:
        raise StorageError(
            f"the vectors of {paper.id} are damaged; `rag remove {paper.id}`, then ingest it again"
        )
    matrix = matrix.reshape(rows, -1)
    sentences = (Sentence(0, paper.title, -1, -1), *body)
    return Entry(paper, sentences, Embedded(matrix[:chunks], matrix[chunks:]))
