"""Checking claims: what must never pass, and what must not be flagged."""

from __future__ import annotations

import pytest

from rag.grounding.checks import Verdict, verify

SOURCE = (
    "ElasticViT-S1 runs 2.62x faster than EfficientNet-B0 with 0.1% higher accuracy, and needs no "
    "extra data on 3 devices for 10 hours."
)


def check(claim: str, *sentences: str, cosine: float = 0.7, context: str = "") -> Verdict:
    return verify(claim, sentences or (SOURCE,), context=context, cosine=cosine)


@pytest.mark.parametrize(
    "claim",
    [
        SOURCE,
        "ElasticViT-S1 is 2.62 times faster than EfficientNet-B0.",
        "It is 2.62× faster than EfficientNet-B0 and 0.1 percent more accurate.",
        "Without extra data ElasticViT-S1 has higher accuracy on three devices.",
        "ElasticViT-S1 needs 10 hours on three devices.",
    ],
)
def test_faithful_claims_pass(claim: str) -> None:
    verdict = check(claim)
    assert (verdict.support, verdict.faults) == ("supported", ())


@pytest.mark.parametrize(
    ("claim", "fault"),
    [
        ("ElasticViT-S1 runs 2.72x faster than EfficientNet-B0.", "2.72times"),
        ("ElasticViT-S1 runs 2.62x faster with 0.2% higher accuracy.", "0.2%"),
        ("ElasticViT-S1 needs no extra data on 4 devices.", "4 is not"),
        ("ElasticViT-S1 needs no extra data on five devices.", "“five”"),
        ("ElasticViT-S1 runs on 3 devices for 10 days.", "10days"),
        ("ElasticViT-S2 runs 2.62x faster than EfficientNet-B0.", "ElasticViT-S2"),
        ("ElasticViT-S1 does not run faster than EfficientNet-B0 with higher accuracy.", "negates"),
        ("ElasticViT-S1 needs extra data on 3 devices.", "leaves out"),
        ("ElasticViT-S1 runs 2.62x slower than EfficientNet-B0.", "turns “faster”"),
        ("ElasticViT-S1 runs 2.62x faster with 0.1% lower accuracy.", "turns “higher”"),
    ],
)
def test_changed_facts_never_pass(claim: str, fault: str) -> None:
    verdict = check(claim, cosine=0.99)
    assert verdict.support == "unsupported"
    assert any(fault in one for one in verdict.faults), verdict.faults


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("It has 2 million clips.", "The set has 2,000,000 clips."),
        ("It has 2.5 billion parameters.", "A model with 2.5B parameters."),
        ("It reaches 90.0% on Kinetics-400.", "It gets 90.0% on K400."),
        ("It was trained for 20 thousand hours.", "Training took 20K hours."),
        ("The label-free method works.", "The method works without labels."),
        ("It is not only fast but accurate.", "It is fast and accurate."),
        ("Two stages are used.", "A 2-stage procedure is used."),
        ("Higher accuracy is reached.", "It reaches higher accuracy at lower cost."),
        ("VideoMAE V2 masks both.", "VideoMAE masks both."),
        ("It runs at 10 FPS.", "It runs at ~10 frames per second."),
        ("Images of 476 by 476 pixels are used.", "It uses 476x476 pixels."),
        ("It is 3.72 to 4.11 times faster.", "A 3.72sim4.11times faster model."),
        ("It has about 2,500 questions.", "It has 2,543 questions."),
        ("It is 8x smaller without sacrificing quality.", "It is 8x smaller, maintaining quality."),
        ("It saves more than 80% of the work.", "A reduction of over 80% of the work."),
    ],
)
def test_other_spellings_of_the_same_fact_have_no_fault(claim: str, source: str) -> None:
    assert check(claim, source, context="VideoMAE V2: Masking").faults == ()


def test_a_number_of_a_source_vouches_once() -> None:
    source = "It cuts GFLOPs by 43% and improves speed by 40%."
    assert check("It cuts GFLOPs by 40% and improves speed by 40%.", source).support != "supported"


def test_words_and_meaning_decide_beyond_that() -> None:
    assert check("ElasticViT-S1 is fast.", cosine=0.8).support == "supported"
    assert check("Bananas ripen early.", cosine=0.1).support == "unsupported"
    assert check("Fast models please bananas and phones.", cosine=0.6).support == "partial"


def test_a_claim_without_a_source_is_unsupported() -> None:
    verdict = verify("x", (), context="", cosine=1.0)
    assert verdict == Verdict("unsupported", 0.0, ("cites nothing",))


def test_sentences_support_together() -> None:
    claim = "It runs 2.62x faster and was trained on 266,340 X-rays."
    second = "We pre-train on 266,340 chest X-rays."
    assert check(claim).support == "unsupported"
    assert check(claim, SOURCE, second).support == "supported"


def test_another_papers_method_is_never_supported() -> None:
    verdict = verify(SOURCE, [SOURCE], context="", cosine=0.99, foreign=["DiST"])
    assert (verdict.support, verdict.faults) == (
        "unsupported",
        ("DiST is not in the cited papers",),
    )


def test_a_name_with_a_digit_may_stand_anywhere_in_the_abstract() -> None:
    claim, cited = "VideoMAE V2 masks both.", ["It masks both."]
    assert verify(claim, cited, context="", cosine=0.9, abstracts="").faults
    assert not verify(claim, cited, context="", cosine=0.9, abstracts="VideoMAE V2 is new.").faults


@pytest.mark.parametrize(
    ("claim", "source", "fits"),
    [
        ("It halves the cost.", "It reduces the cost by 50%.", True),
        ("It halves the cost.", "It cuts the cost by 48%.", True),
        ("It halves the cost.", "It lowers the cost by 2x.", True),
        ("It halves the cost.", "It reduces the cost by 30%.", False),
        ("It halves the cost.", "It addresses the cost.", False),
        ("It doubles the speed.", "It is 2x faster, a gain in speed.", True),
        ("It doubles the speed.", "It is 1.3x faster, a gain in speed.", False),
        ("It is an order of magnitude faster.", "It is 10x faster.", True),
        ("It is an order of magnitude faster.", "It is 3x faster.", False),
        ("It holds two million clips.", "It holds 2M clips.", True),
        ("It holds two million clips.", "It holds 3M clips.", False),
        ("It is comparable to SAM 2.", "It is comparable to SAM 2 with 40 FPS.", True),
    ],
)
def test_words_that_are_numbers(claim: str, source: str, fits: bool) -> None:
    assert (not check(claim, source).faults) == fits
