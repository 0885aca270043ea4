"""From any text to what the library says to each of its sentences."""

from rag.checking.checker import Checker
from rag.checking.reading import FORMATS, MAX_TEXT, Form, form_of
from rag.checking.records import LABELS, Check, CheckedClaim, CitedKey, Finding, Suggestion

__all__ = [
    "FORMATS",
    "LABELS",
    "MAX_TEXT",
    "Check",
    "CheckedClaim",
    "Checker",
    "CitedKey",
    "Finding",
    "Form",
    "Suggestion",
    "form_of",
]
