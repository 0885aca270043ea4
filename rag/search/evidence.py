"""What is known of one retrieved paper for one question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.records import Paper, Sentence

# Of a sentence: what all words of the question together weigh beside its cosine, and the cosine
# from which two sentences say the same. Chosen with the weights of roles in answers/extractive.py.
COVERAGE_WEIGHT = 0.25
SAME = 0.85


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one retrieved paper for one question.

    ``cosines`` are those of its sentences to the question, ``coverage`` has a column a word of the
    question, its weight where the sentence has it and 0 elsewhere (all weights add up to 1), and
    ``vectors`` are the sentences' own. All three have a row a sentence, the title's first.
    """

    paper: Paper
    sentences: Sequence[Sentence]
    score: float
    cosines: NDArray[np.float32]
    coverage: NDArray[np.float32]
    vectors: NDArray[np.float32]
