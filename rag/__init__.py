"""Ask a library of paper abstracts; every sentence of an answer cites the sentence it rests on.

Importing this package loads nothing heavy: names are fetched when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.assistant import Assistant
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
    "Citation",
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
    "Summary",
    "Theme",
    "Topic",
    "UnknownModelError",
    "UnknownPaperError",
    "Usage",
    "to_json",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    if name == "Assistant":
        room = "rag.assistant"
    elif name == "Settings":
        room = "rag.config"
    elif name.endswith("Error"):
        room = "rag.errors"
    elif name == "Star":
        room = "rag.text.reading_list"
    else:
        room = "rag.records"
    return getattr(importlib.import_module(room), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
