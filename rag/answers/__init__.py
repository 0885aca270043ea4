"""From a question with its evidence to an answer whose every sentence is cited."""

from rag.answers import suggest
from rag.answers.asking import is_told_first
from rag.answers.conversation import of_papers
from rag.answers.engine import AnswerStream, CitedSynthesizer, Turn, query_engine
from rag.answers.rewriting import Rewriter, adds_to
from rag.answers.translating import Translator
from rag.answers.writing import Writer

__all__ = [
    "AnswerStream",
    "CitedSynthesizer",
    "Rewriter",
    "Translator",
    "Turn",
    "Writer",
    "adds_to",
    "is_told_first",
    "of_papers",
    "query_engine",
    "suggest",
]
