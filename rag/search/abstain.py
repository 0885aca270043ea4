"""Decides whether the papers say enough to answer a question at all, before any model is asked."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache

from rag.library import Term
from rag.resources import thresholds_file
from rag.search.evidence import Survey
from rag.text.names import names_in

ANY_EMBEDDER = "*"


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for and against an answer, each between 0 and about 1.

    ``nearness`` and ``sentence`` are the best dense scores of the papers and of their sentences,
    ``bm25_share`` the best share of the question's words, weighted by rarity, ``unknown`` the
    weight of the words that no paper has, and ``names`` is 1 when one of those is a name. By late
    interaction ``tokens`` is the best of a whole paper and ``least`` the best lower quartile over
    the question's tokens. (How far the best paper leads the others tells nothing more.)
    """

    nearness: float
    sentence: float
    bm25_share: float
    unknown: float
    names: float
    tokens: float = 0.0
    least: float = 0.0

    @classmethod
    def of(cls, survey: Survey, terms: Sequence[Term], query: str) -> Signals:
        """Put together what a search saw and what the words of its query say."""
        return cls(
            nearness=survey.best_nearness,
            sentence=survey.best_sentence,
            bm25_share=survey.best_words,
            unknown=unknown_share(terms),
            names=float(bool(unknown_names(query, terms))),
            tokens=survey.best_tokens,
            least=survey.least_tokens,
        )


def unknown_share(terms: Sequence[Term]) -> float:
    """Return the weight of the terms that stand in no paper, 0 to 1."""
    total = sum(term.idf for term in terms)
    return sum(term.idf for term in terms if not term.papers) / total if total else 1.0


def unknown_names(question: str, terms: Sequence[Term]) -> list[str]:
    """Return the names in a question that no paper has, capitalised words among them."""
    missing = {term.word for term in terms if not term.papers}
    return [
        name
        for name in names_in(question, capitalised=True)
        if not missing.isdisjoint(re.findall(r"[^\W_]+", name.lower()))
    ]


def is_answerable(signals: Signals, fingerprint: str) -> bool:
    """Whether the evidence is enough, by the weights fitted for this embedding.

    Under an embedding that nothing was fitted for the dense scores are left out.
    """
    return score(signals, fingerprint) >= 0.0


# Log-odds from which the evidence is enough beyond doubt: two thirds of the dev questions that
# papers answer reach it, and two of the 13 off topic or near misses.
_CLEAR = 4.0


def is_clear(signals: Signals, fingerprint: str) -> bool:
    """Whether the evidence is enough beyond doubt, so that a model's refusal is not believed."""
    return score(signals, fingerprint) >= _CLEAR


# A topic is a few words, so one that no paper has weighs more than in a question. With these none
# of the 30 covered topics that people wrote is refused; of 20 that the papers do not cover the 10
# far off are (9 by a question's threshold), and 5 of 10 from the papers' own field (4).
_TOPIC, _TOPIC_UNKNOWN = 0.5, 1.5


def is_covered(signals: Signals, fingerprint: str) -> bool:
    """Whether the papers are about a topic that is given as a phrase, not asked as a question."""
    return score(signals, fingerprint) >= _TOPIC + _TOPIC_UNKNOWN * signals.unknown


def score(signals: Signals, fingerprint: str) -> float:
    """Return the log-odds, shifted so that 0 is the threshold."""
    fitted = _fitted()
    model = fitted.get(fingerprint) or fitted[ANY_EMBEDDER]
    values = asdict(signals)
    return model["bias"] + math.fsum(
        weight * values[name] for name, weight in model.items() if name != "bias"
    )


@cache
def _fitted() -> Mapping[str, Mapping[str, float]]:
    fitted: dict[str, dict[str, float]] = json.loads(thresholds_file().read_text(encoding="utf-8"))
    return fitted
