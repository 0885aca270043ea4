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
from rag.text.words import word_pairs

_SCALE = 127.0  # the length of a stored token
_TITLED = 0.95  # of a token's weight goes where the title matches it fully


@dataclass(frozen=True, slots=True)
class QuestionTokens:
    """The tokens of a question's content words: a unit row each, and their weights, in all 1."""

    matrix: NDArray[np.float32]
    weights: NDArray[np.float32]

    @classmethod
    def of(
        cls, matrix: NDArray[np.float32], words: Sequence[str], terms: Sequence[Term]
    ) -> QuestionTokens | None:
        """Weigh tokens by the rarity (idf) of their words; None where no word is left."""
        idf = {term.stem: term.idf for term in terms}
        rarity = [
            max((idf.get(stem, 0.0) for _, stem in word_pairs(word)), default=0.0) for word in words
        ]
        total = sum(rarity)
        if total <= 0.0:
            return None
        return cls(matrix, np.asarray([one / total for one in rarity], dtype=np.float32))


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


def interact(question: QuestionTokens, papers: Sequence[Tokens]) -> list[Late]:
    """Compare a question with papers; nothing is found in one without tokens."""
    full = [one for one in papers if len(one.matrix)]
    if not full:
        return [_nothing(one) for one in papers]
    # All tokens in one matrix, and where the sentences that have some begin in it.
    tokens = np.concatenate([one.matrix for one in full]).astype(np.float32)
    counts = np.concatenate([one.counts[one.counts > 0] for one in full])
    starts = _starts(counts)
    papers_begin = _starts([int((one.counts > 0).sum()) for one in full])
    # Every token against every token of the question, then the best of each sentence and paper.
    matches = np.maximum.reduceat(tokens @ question.matrix.T / _SCALE, starts, axis=0)
    in_paper = np.maximum.reduceat(matches, papers_begin, axis=0)
    whole, best = in_paper @ question.weights, matches @ question.weights
    best_sentence = np.maximum.reduceat(best, papers_begin)
    least = np.quantile(in_paper, 0.25, axis=1)
    # What the question means as a whole, against the sum of each sentence's tokens.
    meant = question.weights @ question.matrix
    meant /= max(float(np.linalg.norm(meant)), 1e-9)
    lengths = np.concatenate([one.lengths[one.counts > 0] for one in full])
    meaning = np.maximum.reduceat(
        np.add.reduceat(tokens @ meant, starts) / np.maximum(lengths, 1e-9), papers_begin
    )
    # Within a paper a token weighs as much as its title leaves of it.
    titles = np.where([[one.counts[0] > 0] for one in full], matches[papers_begin], 0.0)
    left = question.weights * (1.0 - _TITLED * np.clip(titles, 0.0, 1.0))
    left /= np.maximum(left.sum(axis=1, keepdims=True), 1e-9)
    sizes = np.diff([*papers_begin, len(matches)])
    telling = (matches * np.repeat(left, sizes, axis=0)).sum(axis=1)
    values = zip(
        whole.tolist(), best_sentence.tolist(), meaning.tolist(), least.tolist(), strict=True
    )
    rows = iter(zip(values, np.split(telling, papers_begin[1:]), strict=True))
    return [_late(one, *next(rows)) if len(one.matrix) else _nothing(one) for one in papers]


def _late(
    tokens: Tokens, values: tuple[float, float, float, float], telling: NDArray[np.float32]
) -> Late:
    sentences = np.zeros(len(tokens.counts), dtype=np.float32)
    sentences[tokens.counts > 0] = telling
    paper, sentence, meaning, least = values
    return Late(paper, sentence, meaning, least, sentences)


def _nothing(tokens: Tokens) -> Late:
    return Late(0.0, 0.0, 0.0, 0.0, np.zeros(len(tokens.counts), dtype=np.float32))


def _starts(sizes: Sequence[int] | NDArray[np.intp]) -> NDArray[np.intp]:
    return np.cumsum([0, *sizes[:-1]])
