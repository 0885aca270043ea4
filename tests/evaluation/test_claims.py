"""Claims built from sentences, to try the verifier on."""

from __future__ import annotations

import numpy as np
import pytest

from rag.evaluation.labelled import build
from rag.library import Embedded, Entry
from rag.records import Paper
from rag.text.sentences import split


def entry(name: str, abstract: str) -> Entry:
    nothing = np.zeros((1, 1), dtype=np.float32)
    return Entry(Paper(name, name, abstract), split(abstract), Embedded(nothing, nothing))


@pytest.mark.parametrize(
    ("sentence", "negated"),
    [
        pytest.param("It is small.", "It is not small.", id="is"),
        pytest.param("It can see.", "It cannot see.", id="can"),
        pytest.param("It outperforms them.", "It does not outperform them.", id="outperforms"),
        pytest.param("Models improve here.", "Models does not improve here.", id="improve"),
        pytest.param("This island works.", None, id="parts of words"),
        pytest.param("It improved them.", None, id="the past"),
        pytest.param("It cannot see.", None, id="cannot"),
    ],
)
def test_a_sentence_is_negated_at_its_verb(sentence: str, negated: str | None) -> None:
    cases = build([entry("a", sentence), entry("b", "Corals grow.")])
    found = [case.claim for case in cases if case.kind == "negated"]
    assert found == ([negated] if negated else [])
