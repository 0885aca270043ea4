"""The library on disk: SQLite is the truth, and two indexes are derived from it."""

from rag.library import backup
from rag.library.access import is_read_only
from rag.library.backup import Backup, Restored
from rag.library.chroma_server import CLOUD, ChromaServer
from rag.library.conversations import Conversations
from rag.library.entries import (
    BuiltFrom,
    Embedded,
    Entry,
    Matrix,
    Tokens,
    Version,
    record_hash,
    text_hash,
)
from rag.library.filters import Filters
from rag.library.lexicon import Lexicon, Term, coverage, matched
from rag.library.placed import Atlas, Cluster, Finding, Place, Placed
from rag.library.remote_vectors import RemoteVectors
from rag.library.stars import LONGEST_NOTE, Stars
from rag.library.store import Library
from rag.library.vectors import Vectors

__all__ = [
    "CLOUD",
    "LONGEST_NOTE",
    "Atlas",
    "Backup",
    "BuiltFrom",
    "ChromaServer",
    "Cluster",
    "Conversations",
    "Embedded",
    "Entry",
    "Filters",
    "Finding",
    "Lexicon",
    "Library",
    "Matrix",
    "Place",
    "Placed",
    "RemoteVectors",
    "Restored",
    "Stars",
    "Term",
    "Tokens",
    "Vectors",
    "Version",
    "backup",
    "coverage",
    "is_read_only",
    "matched",
    "record_hash",
    "text_hash",
]
