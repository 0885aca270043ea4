"""What is known of how good all this is: questions with answers, measures, fitted thresholds."""

from rag.evaluation.compare import (
    Comparison,
    Floor,
    below,
    check_floors,
    compare,
    comparison_json,
    comparison_markdown,
    read_floor,
    read_values,
)
from rag.evaluation.figures import by_kind, figures
from rag.evaluation.judging import Row
from rag.evaluation.libraries import open_library
from rag.evaluation.make import draft
from rag.evaluation.measures import per_question
from rag.evaluation.questions import Dialog, Question, QuestionSet
from rag.evaluation.report import About, Report, to_json, to_markdown
from rag.evaluation.run import PARTS, check_parts, evaluate
from rag.evaluation.sources import Source, asked_of, read_sources
from rag.evaluation.trec import write_run

__all__ = [
    "PARTS",
    "About",
    "Comparison",
    "Dialog",
    "Floor",
    "Question",
    "QuestionSet",
    "Report",
    "Row",
    "Source",
    "asked_of",
    "below",
    "by_kind",
    "check_floors",
    "check_parts",
    "compare",
    "comparison_json",
    "comparison_markdown",
    "draft",
    "evaluate",
    "figures",
    "open_library",
    "per_question",
    "read_floor",
    "read_sources",
    "read_values",
    "to_json",
    "to_markdown",
    "write_run",
]
