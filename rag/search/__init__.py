"""From a query to ranked papers, the evidence in them, and whether it is enough."""

from rag.search.abstain import (
    ANY_EMBEDDER,
    Signals,
    is_answerable,
    is_clear,
    is_covered,
    unknown_names,
)
from rag.search.evidence import COVERAGE_WEIGHT, Evidence, Survey
from rag.search.fusion import Found, fuse
from rag.search.late import Late
from rag.search.limits import Limits, read_limits
from rag.search.model_rerank import ModelReranker
from rag.search.query import (
    ONE_WORK,
    WORKS,
    Scope,
    check_question,
    check_searchable,
    describes,
    scope,
)
from rag.search.question import Question
from rag.search.retriever import BACKGROUND, FilteredRetriever, PaperRetriever
from rag.search.spelling import Meant, Spelling

__all__ = [
    "ANY_EMBEDDER",
    "BACKGROUND",
    "COVERAGE_WEIGHT",
    "ONE_WORK",
    "WORKS",
    "Evidence",
    "FilteredRetriever",
    "Found",
    "Late",
    "Limits",
    "Meant",
    "ModelReranker",
    "PaperRetriever",
    "Question",
    "Scope",
    "Signals",
    "Spelling",
    "Survey",
    "check_question",
    "check_searchable",
    "describes",
    "fuse",
    "is_answerable",
    "is_clear",
    "is_covered",
    "read_limits",
    "scope",
    "unknown_names",
]
