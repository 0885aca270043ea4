"""What is known for one question when its answer is written."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from rag.answers.asked import Asked
from rag.answers.suggest import follow_ups
from rag.models import as_data
from rag.records import Answer, Citation, Hit
from rag.search import Evidence, Signals, is_answerable, is_clear
from rag.text.notices import BY_WORDS, joined, quoted

AnswerParts = Generator[str, None, Answer]
"""The text of an answer piece by piece, and the answer itself at the end."""


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """A question with all that is known for its answer.

    ``question`` is as typed, ``query`` as it stands alone. ``signals`` and ``missing`` (words that
    no paper has) decide whether it is answered at all. ``filtered`` tells that not all papers were
    looked at, ``limited`` says so where the question itself did. ``translated`` is the question in
    the papers' language, where it is in another. ``by_words`` tells that the vector index was away.
    """

    question: str
    asked_for: Asked
    query: str
    history: tuple[Answer, ...]
    evidence: tuple[Evidence, ...]
    hits: tuple[Hit, ...]
    signals: Signals | None
    missing: tuple[str, ...]
    background: float | None
    fingerprint: str
    filtered: bool = False
    limited: str = ""
    translated: str = ""
    by_words: bool = False

    @property
    def is_answerable(self) -> bool:
        """Whether the evidence is enough to try."""
        if not self.evidence:
            return False
        return self.signals is None or is_answerable(self.signals, self.fingerprint)

    @property
    def is_clear(self) -> bool:
        """Whether the evidence is enough beyond doubt."""
        return self.signals is not None and is_clear(self.signals, self.fingerprint)

    @property
    def unknown_names(self) -> tuple[str, ...]:
        """The names that no paper has, none but words missing: an answer is then about others."""
        return self.missing if self.signals and self.signals.names else ()

    def follow_ups(self, citations: Sequence[Citation]) -> tuple[str, ...]:
        """Suggest what could be asked next, after an answer with these citations."""
        return follow_ups(self.asked_for, [c.paper_id for c in citations], self.evidence)

    @property
    def asked(self) -> str:
        """The question as a model reads it."""
        if self.translated:
            return as_data(f"{self.question} ({self.translated})")
        return as_data(self.query if self.history else self.question)

    @property
    def read_as(self) -> str:
        """What is told of how the question was read: translated, limited, or by words alone."""
        told = f"Searched for as {quoted([self.translated])}." if self.translated else ""
        return joined(told, self.limited, BY_WORDS if self.by_words else "")
