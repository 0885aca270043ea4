"""From a topic to a cited summary of what the papers say about it."""

from rag.summaries import layout
from rag.summaries.sections import Author
from rag.summaries.summarize import Summarizer, SummaryStream

__all__ = [
    "Author",
    "Summarizer",
    "SummaryStream",
    "layout",
]
