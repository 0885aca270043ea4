"""The library on disk: SQLite is the truth, and two indexes are derived from it."""

from rag.library.chroma_server import CLOUD, ChromaServer
from rag.library.conversations import Conversations
from rag.library.entries import Embedded, Entry, Matrix, Tokens, Version, record_hash, text_hash
from rag.library.filters import Filters
from rag.library.lexicon import Lexicon, Term, coverage, matched
from rag.library.remote_vectors import RemoteVectors
from rag.library.store import Library
from rag.library.vectors import Vectors

__all__ = [
    "CLOUD",
    "ChromaServer",
    "Conversations",
    "Embedded",
    "Entry",
    "Filters",
    "Lexicon",
    "Library",
    "Matrix",
    "RemoteVectors",
    "Term",
    "Tokens",
    "Vectors",
    "Version",
    "coverage",
    "matched",
    "record_hash",
    "text_hash",
]
