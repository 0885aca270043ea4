"""Reads a question: what it asks for, whether it can be asked, and which papers it may return."""

from __future__ import annotations

import re
from typing import Literal

from rag.errors import QuestionError
from rag.records import MAX_QUERY
from rag.text.words import content_words

Scope = Literal["fact", "phrase", "survey", "compare"]

# What a question calls the papers it is after, in the plural.
WORKS = (
    r"(?:papers|works|studies|methods|approaches|models|systems|techniques|frameworks|generators"
    r"|architectures|schemes|strategies|teams|groups|articles|abstracts|algorithms)"
)
# "compare", "differ", "vs", "two new methods", "A and B each"; not "comparing", "different",
# "one method", "four steps".
_COMPARES = re.compile(
    r"\b(?:compare[ds]?|comparisons?|contrast|differ(?:s|ences?)?|versus|vs|(?:dis)?agree)\b"
    r"|\bwhich (?:one )?of (?:the |these |those )?(?:two|three)\b"
    rf"|\b(?:two|three|four|five) (?:[\w-]+ ){{0,2}}{WORKS}\b|\band [\w-]+ each\b",
    re.IGNORECASE,
)
# "which paper", "What method", "which light-weight ViT gets", "which one"; not "which papers".
ONE_WORK = re.compile(
    r"\b(?:which|what)\s+(?:of (?:the|these|those)\s+)?(?:[\w-]+\s+){0,2}?"
    r"(?:one|paper|work|study|method|approach|model|system|technique|framework|architecture"
    r"|network|transformer|vit|scheme|strategy|survey|dataset|data set|benchmark|metric|article"
    r"|author|team|algorithm)\s+(?!of\b|and\b|is there|has been|exists)",
    re.IGNORECASE,
)
# "which recent models" where a question begins or before its mark, "papers", "list the methods" at
# the start; not "what is", "which status", "new methods", "an account of which ideas …".
_SURVEYS = re.compile(
    r"(?:^\W*|(?=.*\?))\b(?:which|what)(?:[^\w-]+[\w-]+){0,2}?[^\w-]+(?!(?:is|was|does|has|becomes"
    r"|happens|makes|gets|goes|works|helps|causes|drives|means|matters|comes|remains|keeps|lets|allows|gives"
    r"|takes|needs|sits|decides|determines|explains|limits|prevents|enables|turns|runs|uses|wins"
    r"|says|shows|speaks|tells|looks|counts)\b)"
    r"[\w-]+(?<![sui])s\b"
    r"|\bpapers\b|^\W*(?:is there any(?:thing|body|one)|are there any"
    r"|what (?:has been|is being|can be) done|what is known|who (?:has|have) (?!the\b)"
    r"|what (?:work|research|evidence|literature) (?:is|are|exists|has)\b|(?:in )?what ways"
    r"|(?:how|what) (?:have|do|are|can) (?:people|researchers|authors|others|papers|one)\b)"
    r"|^(?:(?:all|any|the|some|list|find|show|give|me|an?)\s+)*"
    r"(?:methods|approaches|studies|techniques|overview|survey|review)\b",
    re.IGNORECASE,
)

# "…?", "How …", "Explain …"; not "shows", "explained", "video generation".
_ASKS = re.compile(
    r"\?\s*$|^(?:how|what|which|who|why|when|where|can|could|is|are|do|does|did|has|have|will"
    r"|should|explain|describe|tell|compare|contrast|list|name|find|show|give)\b",
    re.IGNORECASE,
)


def scope(question: str) -> Scope:
    """Tell what a question wants: one fact, a comparison, a survey, or just names a topic."""
    if _COMPARES.search(question):
        return "compare"
    if _SURVEYS.search(question) and not ONE_WORK.search(question):
        return "survey"
    return "fact" if _ASKS.search(question.strip()) else "phrase"


# What the name of a topic mostly does not have: "so that they fit", "how tall it is".
_CLAUSE = re.compile(
    r"\b(?:so|who|how|when|while|because|although|if|that|which|where|they|them|it|you|i|we)\b",
    re.IGNORECASE,
)
_CLAUSES, _FEW_WORDS, _MANY_WORDS = 2, 6, 8  # content words


def describes(phrase: str) -> bool:
    """Whether a phrase describes one thing in clauses, or at length, and does not name a topic."""
    words = len(content_words(phrase))
    in_clauses = len(_CLAUSE.findall(phrase)) >= _CLAUSES and words >= _FEW_WORDS
    return in_clauses or words > _MANY_WORDS


def check_question(text: str, *, what: str = "question") -> None:
    """Refuse a question that is empty or too long; ``what`` is how messages call it.

    Raises:
        QuestionError: it is.
    """
    if not isinstance(text, str):
        raise QuestionError(f"a {what} is text, not {type(text).__name__}")
    if not any(char.isalnum() for char in text):
        raise QuestionError(f"the {what} is empty; ask something about the papers")
    if len(text) > MAX_QUERY:
        raise QuestionError(
            f"the {what} has {len(text):,} characters, at most {MAX_QUERY:,} are read; shorten it"
        )


def check_searchable(text: str, *, what: str = "question") -> None:
    """Refuse a question that has no word to look for.

    Raises:
        QuestionError: it has none.
    """
    if not content_words(text):
        start = text.strip()[:60]
        raise QuestionError(f"the {what} {start!r} has no word to look for; name what it is about")
