"""Ask a library of paper abstracts; every sentence of an answer cites the sentence it rests on.

Importing this package loads nothing heavy: names are fetched when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.asynchronous import AsyncAssistant
    from rag.checking import Check, CheckedClaim, CitedKey, Suggestion
    from rag.config import Settings
    from rag.errors import (
        ConfigError,
        DamagedIndexError,
        FingerprintError,
        IndexDownError,
        InputError,
        LibraryError,
        LockedError,
        ModelDownError,
        ModelError,
        ModelKeyError,
        PromptTooLongError,
        QuestionError,
        RagError,
        ReadError,
        ServiceError,
        StorageError,
        UnknownModelError,
        UnknownPaperError,
    )
    from rag.llamaindex import CitedRagQueryEngine, CitedRagRetriever
    from rag.records import (
        Answer,
        Citation,
        Claim,
        Considered,
        Coverage,
        Hit,
        IngestReport,
        Paper,
        Problem,
        Row,
        Sentence,
        Summary,
        Theme,
        Topic,
        Usage,
        to_json,
    )
    from rag.text.reading_list import Star

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Assistant",
    "AsyncAssistant",
    "Check",
    "CheckedClaim",
    "Citation",
    "CitedKey",
    "CitedRagQueryEngine",
    "CitedRagRetriever",
    "Claim",
    "ConfigError",
    "Considered",
    "Coverage",
    "DamagedIndexError",
    "FingerprintError",
    "Hit",
    "IndexDownError",
    "IngestReport",
    "InputError",
    "LibraryError",
    "LockedError",
    "ModelDownError",
    "ModelError",
    "ModelKeyError",
    "Paper",
    "Problem",
    "PromptTooLongError",
    "QuestionError",
    "RagError",
    "ReadError",
    "Row",
    "Sentence",
    "ServiceError",
    "Settings",
    "Star",
    "StorageError",
    "Suggestion",
    "Summary",
    "Theme",
    "Topic",
    "UnknownModelError",
    "UnknownPaperError",
    "Usage",
    "to_json",
]

# Of the names that are in no ``records``.
_ROOMS = {
    "Assistant": "assistant",
    "AsyncAssistant": "asynchronous",
    "Check": "checking",
    "CheckedClaim": "checking",
    "CitedKey": "checking",
    "CitedRagQueryEngine": "llamaindex",
    "CitedRagRetriever": "llamaindex",
    "Settings": "config",
    "Star": "text.reading_list",
    "Suggestion": "checking",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    room = "errors" if name.endswith("Error") else _ROOMS.get(name, "records")
    return getattr(importlib.import_module(f"rag.{room}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
