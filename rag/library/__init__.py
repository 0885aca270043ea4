"""The truth on disk: papers with their sentences and vectors, and conversations, in SQLite."""

from rag.library.conversations import Conversations
from rag.library.store import (
    Embedded,
    Entry,
    Library,
    Matrix,
    Version,
    record_hash,
    text_hash,
)

__all__ = [
    "Conversations",
    "Embedded",
    "Entry",
    "Library",
    "Matrix",
    "Version",
    "record_hash",
    "text_hash",
]
