"""Comparisons that keep their sides, and such that do not."""

from __future__ import annotations

import pytest

from rag.grounding.roles import role_faults


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("XMem outperforms SAM 2.", "SAM 2 outperforms XMem."),
        ("XMem beats SAM 2 on videos.", "On videos SAM 2 surpasses XMem by 3 points."),
        ("SAM is outperformed by XMem.", "SAM outperforms XMem."),
        ("Convolution is faster than attention.", "Attention is faster than convolution."),
        ("Swin needs more memory than ViT.", "ViT needs far more memory than Swin."),
        ("XMem outperforms it.", "Our method outperforms XMem."),
        ("Gains of XMem over SAM are large.", "Gains of SAM over XMem are large."),
        ("Attention is used instead of convolution.", "Convolution is used instead of attention."),
        (
            "Pain was lower in men compared with women.",
            "Pain was lower in women compared with men.",
        ),
        ("Fatigue causes errors.", "Errors cause fatigue, and errors causes fatigue."),
        ("It grows from 74.3 to 70.1.", "It grows from 70.1 to 74.3."),
        ("It transfers from videos to images.", "It transfers from images to videos."),
    ],
)
def test_turned_round(claim: str, source: str) -> None:
    assert list(role_faults(claim, source))


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("SAM 2 outperforms XMem.", "SAM 2 outperforms XMem."),
        ("XMem is outperformed by SAM 2.", "SAM 2 outperforms XMem."),
        ("On videos SAM 2 beats XMem.", "SAM 2 surpasses XMem on videos."),
        ("DiST outperforms XMem.", "Our method outperforms XMem."),
        ("XMem trails SAM 2.", "SAM 2 outperforms XMem."),
        ("ViT is larger than Swin.", "Swin is faster than ViT."),
        ("Accuracy rises from 70.1 to 74.3.", "It improves from 70.1 to 74.3 in accuracy."),
        ("It reaches more than 80 %.", "It reaches more than 80 %."),
        ("Corals grow.", "Corals grow."),
        ("Men had lower pain compared with women.", "Pain was higher in women compared with men."),
        ("Compared with placebo, it cut pain.", "It cut pain compared with placebo."),
    ],
)
def test_not_turned_round(claim: str, source: str) -> None:
    assert not list(role_faults(claim, source))
