"""Reads a question once for all who need it: its vector, its words, and its tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.library import Lexicon, Term
from rag.models import Embedder, Vector, content_tokens, one_blas_thread
from rag.search.late import QuestionTokens

_KEPT = 256  # questions read; a follow-up, its answer and its checks ask for the same


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is searched: ``tokens`` are None where the model gives none."""

    text: str
    vector: Vector
    terms: tuple[Term, ...]
    tokens: QuestionTokens | None


@dataclass(frozen=True, slots=True)
class _Read:
    """What the model says of a question, whatever the library."""

    vector: Vector
    tokens: NDArray[np.float32] | None
    words: tuple[str, ...] = ()
    places: NDArray[np.intp] | None = None


class QuestionReader:
    """Reads questions; safe to share between threads."""

    def __init__(self, embedder: Embedder, lexicon: Lexicon) -> None:
        self._embedder = embedder
        self._lexicon = lexicon
        self._read: Callable[[str], _Read] = lru_cache(_KEPT)(self._pass)

    def read(self, text: str) -> Question:
        """Read a question.

        Raises:
            ModelError: an embeddings endpoint failed.
        """
        read, terms = self._read(text), tuple(self._lexicon.terms(text))
        tokens = None
        if read.tokens is not None:
            tokens = QuestionTokens.of(read.tokens, read.words, terms, read.places)
        return Question(text, read.vector, terms, tokens)

    def _pass(self, text: str) -> _Read:
        model = self._embedder.tokens
        if model is None:
            return _Read(self._embedder.embed_query(text), None)
        prefixed = f"{model.query_prefix}{text}"
        done = model.run(prefixed)
        kept, words = content_tokens(prefixed, done.offsets)
        own = np.flatnonzero(done.offsets[kept, 0] >= len(model.query_prefix))
        with one_blas_thread():
            tokens = model.project(done.states[kept[own]])
        places = done.offsets[kept[own], 0] - len(model.query_prefix)
        return _Read(done.vector, tokens, tuple(words[place] for place in own.tolist()), places)
