"""Checks of claims whose source is known: what is found, and what must not be."""

from __future__ import annotations

from collections import Counter

import pytest

from rag import Assistant
from rag.checking import Finding
from rag.evaluation import checking
from rag.evaluation.labelled import LabelledClaim


def test_the_table_has_a_line_a_kind() -> None:
    lines = checking.table({"true": Counter({"supported": 3, "partial": 1})}).splitlines()
    assert lines[0].split()[:4] == ["kind", "claims", "supported", "partial"]
    assert lines[1].split() == ["true", "4", "3", "1", "0", "0", "0"]


def test_the_worst_of_a_claims_sentences_counts(seeded: Assistant) -> None:
    both = "VideoMAE V2 uses dual masking. VideoMAE V2 does not use dual masking."
    assert checking.found(LabelledClaim("true", both, ()), seeded) == "contradicted"


@pytest.mark.slow
def test_sound_claims_are_supported_changed_ones_contradicted_foreign_ones_neither(
    seeded: Assistant,
) -> None:
    """Floors; the README has the figures of more claims."""
    rows = checking.rows(seeded, most=25)
    told = checking.table(rows)
    sound = rows["true"] + rows["paraphrase"] + rows["named"]
    assert sound["supported"] >= 0.93 * sound.total(), told
    assert sound["contradicted"] == 0, told
    changed = rows["number"] + rows["negated"] + rows["turned"] + rows["sides swapped"]
    assert changed["contradicted"] >= 0.9 * changed.total(), told
    assert changed["supported"] <= 0.05 * changed.total(), told
    stronger = rows["generalised"] + rows["hedge dropped"]
    assert stronger["supported"] <= 0.15 * stronger.total(), told
    assert rows["cites nothing"]["not_stated"] == rows["cites nothing"].total(), told
    gone: Counter[Finding] = Counter()
    for name, counts in rows.items():
        if name.endswith("paper gone"):
            gone += counts
    assert gone["supported"] + gone["contradicted"] <= 0.03 * gone.total(), told
