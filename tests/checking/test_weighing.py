"""What weighed sentences mean for a claim: the decision table."""

from __future__ import annotations

from typing import Any

import pytest

from rag.checking.weighing import judged
from rag.grounding import NOT_CITED, Verdict, Weighed
from rag.records import Support
from tests.support.evidence import anchor, paper

ANCHOR = anchor(paper("Corals", "Corals grow."), 1)
NEGATED, FIGURE = ("negates what the cited sentences say",), (f"80% {NOT_CITED}",)


def weighed(support: Support, score: float, **more: Any) -> Weighed:
    """Return a sentence; ``faults`` and ``excess`` belong to its verdict."""
    told = {name: more.pop(name, ()) for name in ("faults", "excess")}
    given = {"shares": True, "foreign": (), "is_own": False, "has_rival": False, **more}
    return Weighed(ANCHOR, Verdict(support, score, **told), **given)


def wrong(score: float, faults: tuple[str, ...] = NEGATED, **more: Any) -> Weighed:
    return weighed("unsupported", score, faults=faults, **more)


@pytest.mark.parametrize(
    ("sentences", "finding"),
    [
        pytest.param([], "not_stated", id="nothing"),
        pytest.param([weighed("supported", 0.6)], "supported", id="says it"),
        pytest.param([weighed("supported", 0.59)], "not_stated", id="hardly"),
        pytest.param([weighed("supported", 0.8, shares=False)], "not_stated", id="no name"),
        pytest.param([weighed("supported", 0.9, shares=False)], "supported", id="the same words"),
        pytest.param([weighed("supported", 0.9, foreign=("X",))], "not_stated", id="other name"),
        pytest.param([wrong(0.7)], "contradicted", id="negated"),
        pytest.param([wrong(0.69)], "not_stated", id="hardly negated"),
        pytest.param([wrong(0.5, is_own=True)], "contradicted", id="negated, of its paper"),
        pytest.param([wrong(0.8, shares=False)], "not_stated", id="negated, no name"),
        pytest.param([wrong(0.85, shares=False)], "contradicted", id="negated, same words"),
        pytest.param([wrong(0.95, foreign=("X",))], "not_stated", id="of another, negated"),
        pytest.param([wrong(0.5, FIGURE, is_own=True)], "not_stated", id="a figure not there"),
        pytest.param(
            [wrong(0.5, FIGURE, is_own=True, has_rival=True)], "contradicted", id="another figure"
        ),
        pytest.param([weighed("supported", 0.7), wrong(0.8)], "contradicted", id="better against"),
        pytest.param([weighed("supported", 0.8), wrong(0.7)], "supported", id="better for"),
        pytest.param([weighed("partial", 0.6, excess=("all",))], "partial", id="goes too far"),
        pytest.param([weighed("partial", 0.5, is_own=True)], "partial", id="some of it"),
        pytest.param([weighed("partial", 0.5)], "not_stated", id="some, of any paper"),
    ],
)
def test_what_is_found(sentences: list[Weighed], finding: str) -> None:
    found = judged(sentences)
    assert found.finding == finding
    assert bool(found.supporting) is (finding in ("supported", "partial"))
    assert bool(found.against) is (finding == "contradicted")
    assert bool(found.near) is (finding == "not_stated" and bool(sentences))


@pytest.mark.parametrize(
    ("sentence", "finding"),
    [
        (weighed("supported", 0.5), "supported"),
        (weighed("supported", 0.5, shares=False), "partial"),
        (weighed("supported", 0.6, shares=False), "supported"),
        (wrong(0.5), "contradicted"),
        (wrong(0.5, FIGURE), "not_stated"),
        (weighed("unsupported", 0.2), "not_stated"),
    ],
)
def test_what_is_found_in_a_cited_paper(sentence: Weighed, finding: str) -> None:
    assert judged([sentence], cited=True).finding == finding


def test_another_sentence_is_told_only_if_it_is_nearly_as_good() -> None:
    best, close, far = (weighed("supported", score) for score in (0.9, 0.86, 0.8))
    assert judged([far, best]).supporting == (best,)
    assert judged([close, best, far]).supporting == (best, close)
