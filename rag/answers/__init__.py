"""From a question with its evidence to an answer whose every sentence is cited."""

from rag.answers import suggest
from rag.answers.asking import asks_for_a_fact
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
    "asks_for_a_fact",
    "of_papers",
    "query_engine",
    "suggest",
]
