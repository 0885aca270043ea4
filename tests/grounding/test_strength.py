"""Claims that say more than their sources, and such that do not."""

from __future__ import annotations

import pytest

from rag.grounding.checks import verify
from rag.grounding.strength import overstatements


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("All methods ignore motion.", "Most methods ignore motion."),
        ("Images always have channels.", "Images often have channels."),
        ("Distillation reduces forgetting.", "Distillation may reduce forgetting."),
        ("Larger models generalise.", "Larger models could possibly generalise."),
        ("It is the first open model.", "It is among the first open models."),
        ("It is the only open model.", "It is an open model."),
        ("Whales sing for the first time.", "Whales sing."),
    ],
)
def test_more_than_is_said(claim: str, source: str) -> None:
    assert list(overstatements(claim, source))
    verdict = verify(claim, [source], context="", cosine=0.95)
    assert verdict.support == "partial"
    assert verdict.excess


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("All methods ignore motion.", "All methods ignore motion, most of them colour."),
        ("Most methods ignore motion.", "All methods ignore motion."),
        ("Distillation can reduce forgetting.", "Distillation may reduce forgetting."),
        ("Distillation may reduce forgetting.", "Distillation reduces forgetting."),
        ("Larger models generalise.", "The results suggest that larger models generalise."),
        ("Soups average models.", "Unlike an ensemble, we may average many models."),
        ("Corals fade.", "Corals may grow, and corals fade."),
        ("It is the first open model.", "We present the first open model."),
        ("The first stage is frozen.", "The initial stage is frozen."),
        ("It is among the first open models.", "It is one of the first open models."),
    ],
)
def test_no_more_than_is_said(claim: str, source: str) -> None:
    assert not list(overstatements(claim, source))
