"""From a question with its evidence to an answer whose every sentence is cited."""

from rag.answers import suggest
from rag.answers.engine import AnswerStream, CitedSynthesizer, Turn, query_engine
from rag.answers.rewriting import Rewriter
from rag.answers.writing import CLOSEST, CLOSEST_ARE, Writer

__all__ = [
    "CLOSEST",
    "CLOSEST_ARE",
    "AnswerStream",
    "CitedSynthesizer",
    "Rewriter",
    "Turn",
    "Writer",
    "query_engine",
    "suggest",
]
