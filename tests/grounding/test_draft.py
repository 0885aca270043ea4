"""A model's text under way: what is shown and when, and what is told of what was put right."""

from __future__ import annotations

from collections import Counter
from typing import cast

import pytest

from rag.errors import ModelDownError
from rag.grounding import Draft, Grounder, Statement, put_right
from rag.text.citations import Source
from tests.support.endpoint import ScriptedEndpoint, Step, broken_stream, chat_model
from tests.support.evidence import Trusting, anchor, paper, source

CORALS = paper("Corals", "Corals grow. Corals fade.")


def draft(*, elsewhere: bool = True) -> tuple[Draft, Trusting]:
    grounder = Trusting(finds=(anchor(CORALS, 2),))
    return Draft(cast(Grounder, grounder), ["corals"], elsewhere), grounder


def sources() -> list[Source]:
    return [source(CORALS)]


def read(text: str) -> tuple[Draft, list[str]]:
    made, _ = draft()
    return made, [statement.text for statement in made.read_text(text, sources())]


def test_a_sentence_is_checked_against_what_it_cites() -> None:
    made, grounder = draft(elsewhere=False)
    found = [*made.read_text("- Corals grow [P1.1].\n- They fade, partly [P1.2].", sources())]
    assert found == [
        Statement("- ", "Corals grow.", (anchor(CORALS, 1),), "supported"),
        Statement("\n- ", "They fade, partly.", (anchor(CORALS, 2),), "partial"),
    ]
    assert grounder.asked == [
        ("Corals grow.", ["corals"], False),
        ("They fade, partly.", ["corals"], False),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Just so. And so. Good [P1.1].", ["Just so.", "And so.", "Good."], id="waits"),
        pytest.param("Just so. And so.", [], id="waits in vain"),
        pytest.param("All wrong [P1.1].", ["All wrong."], id="cites something: does not wait"),
        pytest.param("Good [P1.1]. Just so.", ["Good.", "Just so."], id="not first: does not wait"),
    ],
)
def test_unsupported_first_sentences_wait_for_a_better_one(text: str, shown: list[str]) -> None:
    made, texts = read(text)
    assert texts == shown
    assert made.counts["unsupported"] == text.count("so.") + text.count("wrong")


@pytest.mark.parametrize(
    ("text", "refused", "shown"),
    [
        pytest.param("NO ANSWER", True, [], id="at once"),
        pytest.param("**No answer.**", True, [], id="in another dress"),
        pytest.param("Just so.\nNO ANSWER", True, [], id="behind what is not shown"),
        pytest.param("Good [P1.1].\nNO ANSWER", False, ["Good."], id="behind an answer"),
        pytest.param("No answer [P1.1].", True, [], id="with a source"),
        pytest.param("The sources do not say so.", True, [], id="in other words"),
        pytest.param("Good [P1.1].", False, ["Good."], id="not at all"),
    ],
)
def test_a_refusal(text: str, refused: bool, shown: list[str]) -> None:
    made, texts = read(text)
    assert (made.refused, texts) == (refused, shown)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        pytest.param("Good [P1.1].", {}, id="nothing"),
        pytest.param("Good [P1.1][P7.1][P1.9].", {"invented": 2}, id="ids that are made up"),
        pytest.param("Good [P1.1][3].", {"invented": 1}, id="numbers of its own"),
        pytest.param("It moved [P1.1].", {"moved": 1}, id="cited anew"),
        pytest.param("It was found.", {"found": 1}, id="cited at all"),
        pytest.param("All wrong [P1.1].", {"unsupported": 1}, id="unsupported"),
        pytest.param("NO ANSWER", {}, id="refused"),
    ],
)
def test_what_is_put_right_is_counted(text: str, counts: dict[str, int]) -> None:
    made, _ = read(text)
    assert +made.counts == counts
    assert made.notice() == put_right(Counter(counts))


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param({"invented": 1}, "1 made-up source id was removed.", id="one id"),
        pytest.param({"invented": 10}, "10 made-up source ids were removed.", id="ids"),
        pytest.param(
            {"moved": 1},
            "1 citation was moved to the sentence that supports the claim.",
            id="one citation",
        ),
        pytest.param(
            {"moved": 2},
            "2 citations were moved to the sentence that supports the claim.",
            id="citations",
        ),
        pytest.param(
            {"found": 1},
            "1 sentence without a source got the one that supports it.",
            id="one without a source",
        ),
        pytest.param(
            {"found": 3},
            "3 sentences without a source got the one that supports it.",
            id="without a source",
        ),
        pytest.param(
            {"unsupported": 1},
            "1 sentence is not supported by the library.",
            id="one unsupported",
        ),
        pytest.param(
            {"unsupported": 2, "invented": 1},
            "1 made-up source id was removed. 2 sentences are not supported by the library.",
            id="several, in one order",
        ),
    ],
)
def test_what_was_put_right_is_told(counts: dict[str, int], told: str) -> None:
    assert put_right(Counter(counts)) == told


def test_notes_are_told_last() -> None:
    made, _ = read("Good [P1.1][P7.1].")
    made.notes.append("It broke off.")
    assert made.notice() == "1 made-up source id was removed. It broke off."


# -- from a model --------------------------------------------------------------------------------


def stream(step: Step, *, stop_after: int = 9) -> tuple[list[str], str]:
    """Read a reply, setting ``stopped`` after so many sentences."""
    made, _ = draft()
    shown: list[str] = []
    with chat_model(ScriptedEndpoint([step])).reply("s", "u") as reply:
        for statement in made.read(reply, sources()):
            shown.append(statement.text)
            if len(shown) == stop_after:
                made.stopped.set()
    return shown, reply.failure


def test_a_reply_is_read_as_it_comes() -> None:
    assert stream("Corals \x07grow [P1.1]. They fade [P1.2].") == (
        ["Corals grow.", "They fade."],
        "",
    )


def test_what_a_broken_reply_left_unfinished_is_dropped() -> None:
    shown, failure = stream(broken_stream("Corals grow [P1.1]. They fade [P1.2]. So", after=6))
    assert shown == ["Corals grow."]
    assert "broke off" in failure


def test_a_broken_reply_is_an_error_outside_of_with() -> None:
    made, _ = draft()
    reply = chat_model(ScriptedEndpoint([500])).reply("s", "u")
    with pytest.raises(ModelDownError):
        list(made.read(reply, sources()))


def test_reading_ends_once_it_is_stopped() -> None:
    text = "Corals grow [P1.1]. They fade [P1.2]. They glow [P1.1]. They rest [P1.1]."
    assert stream(text, stop_after=2)[0] == ["Corals grow.", "They fade."]
