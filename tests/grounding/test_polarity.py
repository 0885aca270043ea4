"""Which words negate, stand for a negation, or turn a direction round."""

from __future__ import annotations

import pytest

from rag.grounding.polarity import direction_faults, negation_faults


@pytest.mark.parametrize(
    ("word", "negates"),
    [
        pytest.param("label-free", True, id="free"),
        pytest.param("avoided", True, id="avoid"),
        pytest.param("unsupervised", True, id="un-"),
        pytest.param("inadequate", True, id="in-"),
        pytest.param("unified", False, id="un- of another word"),
        pytest.param("informal", False, id="in- of another word"),
        pytest.param("carefree", False, id="part of a word"),
        pytest.param("notable", False, id="not in a word"),
    ],
)
def test_words_that_stand_for_a_negation(word: str, negates: bool) -> None:
    source = f"Labels need {word} care."
    faults = negation_faults("It does not need labels.", source, verbatim=False)
    assert (not list(faults)) is negates


@pytest.mark.parametrize(
    ("end", "turns"),
    [
        pytest.param("80%", False, id="a number"),
        pytest.param("~80%", False, id="about a number"),
        pytest.param("others", True, id="others"),
        pytest.param("the 80", True, id="a word between"),
    ],
)
def test_a_bound_turns_nothing(end: str, turns: bool) -> None:
    claim, source = f"It saves more than {end}.", f"It saves less than {end}."
    assert bool(list(direction_faults(claim, source, verbatim=True))) is turns


@pytest.mark.parametrize(
    ("claim", "negates"),
    [
        pytest.param("It doesn't need labels.", True, id="n't"),
        pytest.param("It doesn’t need labels.", True, id="n’t"),
        pytest.param("It is not-labels need.", True, id="a hyphen parts"),
        pytest.param("It doesnt need labels.", False, id="no apostrophe"),
        pytest.param("It's labels need.", False, id="another apostrophe"),
    ],
)
def test_the_tokens_that_negate(claim: str, negates: bool) -> None:
    assert bool(list(negation_faults(claim, "It needs labels.", verbatim=True))) is negates


@pytest.mark.parametrize(
    ("claim", "is_turned"),
    [
        pytest.param("It replaces dense attention.", True, id="replaces"),
        pytest.param("It works instead of dense attention.", True, id="instead"),
        pytest.param("It moves away from dense attention.", True, id="away"),
        pytest.param("It commonly needs dense attention.", False, id="only in a word"),
        pytest.param("It always needs dense attention.", False, id="way in a word"),
        pytest.param("It places dense attention.", False, id="place"),
    ],
)
def test_a_replacement_stands_for_a_negation(claim: str, is_turned: bool) -> None:
    faults = negation_faults(claim, "It does not need dense attention.", verbatim=False)
    assert (not list(faults)) is is_turned


@pytest.mark.parametrize(
    ("words", "negates"),
    [
        pytest.param("not only fast", False, id="not only"),
        pytest.param("no fewer than fast", False, id="no fewer than"),
        pytest.param("without losing fast", False, id="without losing"),
        pytest.param("not fast", True, id="not"),
        pytest.param("no more fast", True, id="no more"),
        pytest.param("without fast", True, id="without"),
    ],
)
def test_some_negations_negate_nothing(words: str, negates: bool) -> None:
    faults = negation_faults(f"It is {words}.", "It is fast.", verbatim=False)
    assert bool(list(faults)) is negates
