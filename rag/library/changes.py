"""The steps that change a library, each inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import sqlalchemy as sa

from rag.library.dialects import parts, put
from rag.library.entries import Embedded, record_hash, text_hash
from rag.library.schema import (
    META,
    PAPERS,
    REMOVED,
    TOKENS,
    VECTORS,
    filtered_by,
    set_meta,
)
from rag.records import Paper, Sentence


def next_sequence(connection: sa.Connection) -> int:
    """Raise the number of the newest change by one and return it."""
    value = connection.scalar(sa.select(META.c.value).where(META.c.key == "sequence"))
    sequence = int(value or 0) + 1
    set_meta(connection, "sequence", str(sequence))
    return sequence


def put_papers(
    connection: sa.Connection, papers: Sequence[tuple[Paper, Sequence[Sentence]]], sequence: int
) -> None:
    """Insert papers with their sentences; one with a known id replaces it and keeps its place."""
    ids = [paper.id for paper, _ in papers]
    replaced = _hashes_of(connection, ids)
    rows = [
        {
            **asdict(paper),
            **filtered_by(asdict(paper)),
            "spans": [[s.start, s.end] for s in sentences if s.index > 0],
            "text_hash": text_hash(paper),
            "record_hash": record_hash(paper),
            "sequence": sequence,
        }
        for paper, sentences in papers
    ]
    put(connection, PAPERS, rows, by=["id"])
    for part in parts(ids):
        connection.execute(sa.delete(REMOVED).where(REMOVED.c.id.in_(part)))
    _drop_orphans(connection, replaced)


def drop_papers(connection: sa.Connection, ids: Sequence[str], sequence: int) -> None:
    """Delete papers and their vectors, and note that they are gone since this change."""
    replaced = _hashes_of(connection, ids)
    for part in parts(ids):
        connection.execute(sa.delete(PAPERS).where(PAPERS.c.id.in_(part)))
        rows = [{"id": paper_id, "sequence": sequence} for paper_id in part]
        put(connection, REMOVED, rows, by=["id"])
    _drop_orphans(connection, replaced)


def put_vectors(
    connection: sa.Connection, vectors: Mapping[str, Embedded], fingerprint: str
) -> None:
    """Insert or replace vectors, and tokens where there are any, by text hash and fingerprint."""
    rows = [
        {
            "text_hash": key,
            "fingerprint": fingerprint,
            "chunks": len(value.chunks),
            "dimension": value.sentences.shape[1],
            # Half precision halves the file; cosines move by less than 0.001.
            "data": np.vstack([value.chunks, value.sentences]).astype("<f2").tobytes(),
        }
        for key, value in vectors.items()
    ]
    put(connection, VECTORS, rows, by=["text_hash", "fingerprint"])
    rows = [
        {
            "text_hash": key,
            "fingerprint": fingerprint,
            "counts": value.tokens.counts.tolist(),
            "data": value.tokens.matrix.tobytes(),
        }
        for key, value in vectors.items()
        if value.tokens is not None
    ]
    put(connection, TOKENS, rows, by=["text_hash", "fingerprint"])


def _hashes_of(connection: sa.Connection, ids: Sequence[str]) -> list[str]:
    found: list[str] = []
    for part in parts(ids):
        query = sa.select(PAPERS.c.text_hash).where(PAPERS.c.id.in_(part))
        found.extend(connection.scalars(query))
    return found


def _drop_orphans(connection: sa.Connection, hashes: list[str]) -> None:
    """Delete the vectors and tokens of these texts unless a paper still has the text."""
    for part in parts(hashes):
        used = sa.select(PAPERS.c.text_hash).where(PAPERS.c.text_hash.in_(part))
        for table in (VECTORS, TOKENS):
            gone = table.c.text_hash.in_(part), table.c.text_hash.not_in(used)
            connection.execute(sa.delete(table).where(*gone))
