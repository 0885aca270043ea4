"""The ledger of a summary: said once, numbered as cited, counted, and told at the end."""

from __future__ import annotations

from collections import Counter

import pytest

from rag.grounding import Statement
from rag.records import Claim, Usage
from rag.summaries.ledger import Ledger
from rag.summaries.sections import SectionReply
from tests.support.evidence import anchor, paper

ALPHA = paper("Alpha", "Corals grow. However, corals die. Also, corals fade.")
BETA = paper("Beta", "Moreover, whales sing. Whales sleep.")


def texts(claims: tuple[Claim, ...]) -> list[str]:
    return [claim.text for claim in claims]


def statement(text: str) -> Statement:
    return Statement(" ", text, (anchor(BETA, 2),), "partial")


@pytest.mark.parametrize(
    ("indices", "expected"),
    [
        pytest.param([1, 2], ["Corals grow.", "However, corals die."], id="in order: keeps it"),
        pytest.param([1, 3], ["Corals grow.", "Corals fade."], id="a gap before it: loses it"),
        pytest.param([2, 3], ["Corals die.", "Also, corals fade."], id="first of all: loses it"),
        pytest.param([3, 2], ["Corals fade.", "Corals die."], id="turned round: loses it"),
    ],
)
def test_a_tie_to_the_sentence_before(indices: list[int], expected: list[str]) -> None:
    assert texts(Ledger().quote([anchor(ALPHA, index) for index in indices])) == expected


def test_a_sentence_of_another_paper_is_no_sentence_before() -> None:
    found = Ledger().quote([anchor(ALPHA, 1), anchor(BETA, 1)])
    assert texts(found) == ["Corals grow.", "Whales sing."]


def test_what_was_said_is_left_out_and_ties_the_next_to_nothing() -> None:
    ledger = Ledger()
    ledger.quote([anchor(ALPHA, 1)])
    assert texts(ledger.quote([anchor(ALPHA, 1), anchor(ALPHA, 2)])) == ["Corals die."]
    assert texts(ledger.quote([anchor(ALPHA, 2)])) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("Corals die.", True, id="the same"),
        pytest.param("CORALS  die!", True, id="in another dress"),
        pytest.param("However, corals die.", True, id="tied to another"),
        pytest.param("Corals die out.", False, id="more"),
    ],
)
def test_what_counts_as_said(text: str, said: bool) -> None:
    ledger = Ledger()
    ledger.add("Corals die.", [anchor(ALPHA, 2)], "supported")
    assert ledger.is_said(text) is said


def test_papers_are_numbered_as_they_are_cited_and_sentences_cited_once() -> None:
    ledger = Ledger()
    first = ledger.add("Both.", [anchor(BETA, 2), anchor(ALPHA, 1)], "supported")
    second = ledger.add("One.", [anchor(ALPHA, 1)], "unsupported")
    assert first == Claim("Both.", (1, 2), "supported", (0, 1))
    assert second == Claim("One.", (2,), "unsupported", (1,))
    assert [one.sentence for one in ledger.builder.citations] == ["Whales sleep.", "Corals grow."]


def test_statements_of_a_model_are_taken_once_with_what_was_put_right() -> None:
    ledger = Ledger()
    reply = SectionReply(
        [statement("Whales rest."), statement("whales  rest")], counts=Counter(moved=2)
    )
    assert ledger.take(reply) == (Claim("Whales rest.", (1,), "partial", (0,)),)
    assert ledger.by_model
    moved = "2 citations were moved to the sentence that supports the claim."
    assert [*ledger.told()] == [moved]
    assert ledger.take(reply) == ()  # nothing new: what was put right in it is not told
    assert [*ledger.told()] == [moved]


def test_nothing_taken_is_nothing_of_a_model() -> None:
    ledger = Ledger()
    assert ledger.take(SectionReply(counts=Counter(moved=1))) == ()
    assert not ledger.by_model
    assert [*ledger.told()] == []


def test_what_sections_cost_is_added_up() -> None:
    ledger = Ledger(Usage(prompt_digest="d"))
    ledger.spend(Usage(10, 2))
    ledger.spend(Usage(5, 1, "other"))
    assert (ledger.usage, ledger.done) == (Usage(15, 3, "d"), 2)


def test_failures_are_told_together_by_their_reason() -> None:
    ledger = Ledger()
    ledger.fail("the overview", "broke off")
    ledger.fail("“Corals”", "no sign of life")
    ledger.fail("“Whales”", "broke off")
    (told,) = ledger.told()
    assert told == (
        "From the abstracts' own sentences, without the model: the overview, “Whales” "
        "(broke off); “Corals” (no sign of life)."
    )
