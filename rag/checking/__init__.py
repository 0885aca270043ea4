"""From any text to what the library says to each of its sentences."""

from rag.checking.checker import Checker
from rag.checking.reading import FORMATS, MAX_TEXT, Form, form_of
from rag.checking.records import Check, CheckedClaim, CitedKey, Finding, Suggestion

__all__ = [
    "FORMATS",
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
