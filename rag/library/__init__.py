"""The truth on disk: papers with their sentences and vectors, and conversations, in SQLite."""

from rag.library.conversations import Conversations
from rag.library.entries import Embedded, Entry, Matrix, Version, record_hash, text_hash
from rag.library.store import Library

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
