"""Late interaction: every token of a question takes its best match among a paper's tokens. Pure.

After ColBERT (Khattab and Zaharia 2020), on the embedding model's own token states. The tokens of a
question are weighted by the rarity of their words in the library; without that half of the gain is
lost. Measured with all else as it is here (nDCG@10, dev single, dev multi, CISI): without late
interaction 0.79, 0.83, 0.45; with it 0.87, 0.88, 0.47.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.library import Term, Tokens
from rag.models import blas_flags_ignored
from rag.text.words import word_pairs

_SCALE = np.float32(127.0)  # the length of a stored token
_TITLED = 0.95  # of a token's weight goes where the title matches it fully


@dataclass(frozen=True, slots=True)
class QuestionTokens:
    """The tokens of a question's content words: a unit row each, and their weights, in all 1.

    ``places`` tells where each stands in the question, in characters.
    """

    matrix: NDArray[np.float32]
    weights: NDArray[np.float32]
    places: NDArray[np.intp]

    @classmethod
    def of(
        cls,
        matrix: NDArray[np.float32],
        words: Sequence[str],
        terms: Sequence[Term],
        places: NDArray[np.intp] | None = None,
    ) -> QuestionTokens | None:
        """Weigh tokens by the rarity (idf) of their words; None where no word is left."""
        idf = {term.stem: term.idf for term in terms}
        rarity = [
            max((idf.get(stem, 0.0) for _, stem in word_pairs(word)), default=0.0) for word in words
        ]
        total = sum(rarity)
        if total <= 0.0:
            return None
        if places is None:
            places = np.arange(len(words), dtype=np.intp)
        return cls(matrix, np.asarray([one / total for one in rarity], dtype=np.float32), places)

    def within(
        self, spans: Sequence[tuple[int, int]], *, but: Sequence[tuple[int, int]] = ()
    ) -> QuestionTokens | None:
        """Return the tokens that stand in these spans of the question, and not in those of ``but``.

        None where none of them weighs anything.
        """
        kept = _inside(self.places, spans) & ~_inside(self.places, but)
        total = float(self.weights[kept].sum())
        if total <= 0.0:
            return None
        return QuestionTokens(self.matrix[kept], self.weights[kept] / total, self.places[kept])


@dataclass(frozen=True, slots=True)
class Late:
    """What late interaction says of one paper; all values are cosines, weighted by rarity.

    ``paper`` takes each token's best match anywhere in the paper, ``sentence`` within the best
    sentence, ``meaning`` is the best sentence's by the mean of its tokens, and ``least`` the lower
    quartile over the question's tokens of ``paper``'s matches. ``sentences`` tells the sentences of
    this paper apart (the title first): what the title says already counts for none of them.
    """

    paper: float
    sentence: float
    meaning: float
    least: float
    sentences: NDArray[np.float32]


@blas_flags_ignored
def interact(question: QuestionTokens, papers: Sequence[Tokens]) -> list[Late]:
    """Compare a question with papers; nothing is found in one without tokens."""
    full = [one for one in papers if len(one.matrix)]
    if not full:
        return [_nothing(one) for one in papers]
    # Every token against every token of the question, paper by paper: as float32 a paper's tokens
    # fit the processor's cache, all papers' do not. Then where the sentences that have some begin.
    against = np.ascontiguousarray(question.matrix.T)
    each = np.concatenate([one.matrix.astype(np.float32) @ against for one in full])
    counts = np.concatenate([one.counts for one in full])
    has = counts > 0
    starts = _starts(counts[has])
    begin = _starts([len(one.counts) for one in full])
    papers_begin: NDArray[np.intp] = np.cumsum(has)[begin] - has[begin]
    # The best match in each sentence, and in each paper.
    matches = np.asarray(np.maximum.reduceat(each, starts, axis=0) / _SCALE, dtype=np.float32)
    in_paper = np.maximum.reduceat(matches, papers_begin, axis=0)
    best_sentence = np.maximum.reduceat(matches @ question.weights, papers_begin)
    least = np.sort(in_paper, axis=1)[:, (in_paper.shape[1] - 1) // 4]
    # What the question means as a whole, the sum of its weighted tokens, against the sum of each
    # sentence's tokens.
    meant = max(float(np.linalg.norm(question.weights @ question.matrix)), 1e-9)
    lengths = meant * np.maximum(np.concatenate([one.lengths for one in full])[has], 1e-9)
    meanings = np.add.reduceat(each @ question.weights, starts) / lengths
    meaning = np.maximum.reduceat(meanings, papers_begin)
    telling = np.zeros(len(counts), dtype=np.float32)
    telling[has] = _telling(question, matches, papers_begin, has[begin])
    whole = in_paper @ question.weights
    values = zip(
        whole.tolist(),
        best_sentence.tolist(),
        meaning.tolist(),
        least.tolist(),
        np.split(telling, begin[1:]),
        strict=True,
    )
    found = iter([Late(*row) for row in values])
    return [next(found) if len(one.matrix) else _nothing(one) for one in papers]


def _telling(
    question: QuestionTokens,
    matches: NDArray[np.float32],
    papers_begin: NDArray[np.intp],
    titled: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Tell the sentences of a paper apart: a token weighs as much as its title leaves of it.

    ``matches`` has a row a sentence, the title's first where a paper is ``titled``.
    """
    titles = np.where(titled[:, None], matches[papers_begin], 0.0)
    left = question.weights * (1.0 - _TITLED * np.clip(titles, 0.0, 1.0))
    left /= np.maximum(left.sum(axis=1, keepdims=True), 1e-9)
    sizes = np.diff([*papers_begin.tolist(), len(matches)])
    return np.asarray(np.einsum("ij,ij->i", matches, np.repeat(left, sizes, axis=0)))


def _inside(places: NDArray[np.intp], spans: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    found = np.zeros(len(places), dtype=bool)
    for start, end in spans:
        found |= (places >= start) & (places < end)
    return found


def _nothing(tokens: Tokens) -> Late:
    return Late(0.0, 0.0, 0.0, 0.0, np.zeros(len(tokens.counts), dtype=np.float32))


def _starts(sizes: Sequence[int] | NDArray[np.intp]) -> NDArray[np.intp]:
    return np.cumsum([0, *sizes[:-1]])
