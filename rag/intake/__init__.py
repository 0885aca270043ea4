"""From files and services to papers in the library, with both indexes kept true to it."""

from rag.intake import readers, services
from rag.intake.indexes import Indexes
from rag.intake.ingest import Ingest
from rag.intake.restoring import restore

__all__ = [
    "Indexes",
    "Ingest",
    "readers",
    "restore",
    "services",
]
