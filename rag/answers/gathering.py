"""Gathers what the retrieved papers hold for a question: as a whole, part by part, side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from rag.answers.asked import Asked, Span
from rag.library import Entry
from rag.models import blas_flags_ignored
from rag.search import Evidence, Late, PaperRetriever, Question
from rag.text.coined import mention

# The words of comparing are no words of what is compared.
_COMPARING = re.compile(
    r"\b(?:compar(?:e[ds]?|isons?)|contrast|differ(?:s|ences?|ent)?|versus|vs)\b", re.IGNORECASE
)


@blas_flags_ignored
def gather(
    asked: Asked, retriever: PaperRetriever, entries: Sequence[Entry], scores: Sequence[float]
) -> list[Evidence]:
    """Return the evidence of each paper, in the order given.

    The names of the papers' own systems are left out when their sentences are compared: whoever
    asks about one wants what is said of it, and every sentence is about it.

    Raises:
        ModelError: an embeddings endpoint failed.
    """
    question = retriever.read(asked.text)
    ids = [entry.paper.id for entry in entries]
    evidence = [
        Evidence.of(
            entry,
            question.terms,
            score=score,
            relevance=entry.vectors.sentences @ question.vector,
        )
        for entry, score in zip(entries, scores, strict=True)
    ]
    named = [*_named(asked.text, evidence), *(m.span() for m in _COMPARING.finditer(asked.text))]
    whole = _interact(retriever, question, ids, [(0, len(asked.text))], named)
    if question.tokens is not None and not whole:  # it asks for nothing but these papers
        return [replace(one, relevance=np.zeros_like(one.relevance)) for one in evidence]
    several = asked.parts if len(asked.parts) > 1 else ()
    parts = [_interact(retriever, question, ids, [part], named) for part in several]
    sides = [_interact(retriever, question, ids, [side]) for side in asked.sides]
    return [_with(one, whole, [part for part in parts if part], sides) for one in evidence]


def _with(
    one: Evidence,
    whole: Mapping[str, Late],
    parts: Sequence[Mapping[str, Late]],
    sides: Sequence[Mapping[str, Late]],
) -> Evidence:
    late = whole.get(one.paper.id)
    if late is None:
        return one
    rows = [part[one.paper.id].sentences for part in parts if one.paper.id in part]
    near = tuple(side[one.paper.id].paper if one.paper.id in side else 0.0 for side in sides)
    return replace(
        one, relevance=late.sentences, parts=np.stack(rows) if rows else None, sides=near
    )


def _interact(
    retriever: PaperRetriever,
    question: Question,
    ids: Sequence[str],
    spans: Sequence[Span],
    but: Sequence[Span] = (),
) -> Mapping[str, Late]:
    if question.tokens is None:
        return {}
    tokens = question.tokens.within(spans, but=but)
    return retriever.interact(replace(question, tokens=tokens), ids) if tokens else {}


def _named(question: str, evidence: Sequence[Evidence]) -> list[Span]:
    """Return where a question has the own names of papers."""
    names = {name for one in evidence for name in one.names}
    return [span for name in sorted(names) if (span := mention(name, question))]
