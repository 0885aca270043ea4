"""What is visible of a reply: thoughts, channels and made-up turns are not, wherever cut."""

from __future__ import annotations

import time

import pytest

from rag.models.thoughts import WITHDRAWN, Thoughts

CHANNELS = (
    "<|channel|>analysis<|message|>We need [P1.2].<|end|><|start|>assistant"
    "<|channel|>final<|message|>Corals grow.<|return|>"
)


def heard(*deltas: str, holds: bool = False, cut: bool = False) -> list[str | None]:
    thoughts = Thoughts(holds=holds)
    found = [one for delta in deltas for one in thoughts.feed(delta)]
    return [*found, *thoughts.close(cut=cut)]


def visible(found: list[str | None]) -> str:
    """Join what was heard after everything that was withdrawn."""
    last = max((place for place, one in enumerate(found) if one is WITHDRAWN), default=-1)
    return "".join(one or "" for one in found[last + 1 :])


REPLIES = [
    pytest.param("Corals grow [P1.2].", "Corals grow [P1.2].", id="no thought"),
    pytest.param("<think>Hm.\nSo.</think> One.", "One.", id="lines"),
    pytest.param(" <think></think>One.", " One.", id="empty"),
    pytest.param("<think>a</think>One.</think>", "One.", id="an end too many"),
    pytest.param("<think>Hm. One.", "", id="never closed"),
    pytest.param("<thinks> One.", "<thinks> One.", id="another tag"),
    pytest.param("<thinking>a</thinking>One.", "One.", id="thinking"),
    pytest.param("<thought>a</thought>One.", "One.", id="thought"),
    pytest.param("<reasoning>a</reasoning>One.", "One.", id="reasoning"),
    pytest.param("<analysis>a</analysis>One.", "One.", id="analysis"),
    pytest.param("<THINK>a</Think>One.", "One.", id="any case"),
    pytest.param("[THINK]a[/THINK]One.", "One.", id="brackets"),
    pytest.param("◁think▷a◁/think▷One.", "One.", id="triangles"),
    pytest.param(
        "<|begin_of_thought|>a<|end_of_thought|>\n<|begin_of_solution|>One.<|end_of_solution|>",
        "One.",
        id="solution",
    ),
    pytest.param(CHANNELS, "Corals grow.", id="channels"),
    pytest.param(
        "<|channel|>commentary to=f<|message|>a<|end|><|start|>assistant<|message|>One.",
        "One.",
        id="commentary",
    ),
    pytest.param("<|channel|>analysis<|message|>One", "", id="a channel that never ends"),
    pytest.param("Hm. So.</think>\n\nOne.", "One.", id="never opened"),
    pytest.param("<think>a<think>b</think>c</think>One.", "One.", id="nested"),
    pytest.param("<think>a <think> tag.</think>One.", "One.", id="mentioned in a thought"),
    pytest.param("One. <think>a</think>Two.", "One. Two.", id="in the middle"),
    pytest.param("p < 0.05 and a<b [3] ◁x", "p < 0.05 and a<b [3] ◁x", id="signs"),
    pytest.param("so small <", "so small <", id="a sign at the end"),
    pytest.param("One.<|im_end|>\n<|im_start|>user\nTwo?", "One.", id="im_end"),
    pytest.param("One.<|eot_id|>Two.", "One.", id="eot_id"),
    pytest.param("One.</s>Two.", "One.", id="s"),
    pytest.param("One <s>no</s> two.", "One <s>no</s> two.", id="struck out"),
    pytest.param("One.<|endoftext|>Two.", "One.", id="endoftext"),
    pytest.param("One.<end_of_turn>Two.", "One.", id="end_of_turn"),
    pytest.param("One.<|end|>Two.", "One.", id="end"),
]


@pytest.mark.parametrize(("reply", "text"), REPLIES)
def test_what_is_visible(reply: str, text: str) -> None:
    assert visible(heard(reply)) == text


@pytest.mark.parametrize(("reply", "text"), REPLIES)
def test_a_tag_may_be_cut_at_every_place(reply: str, text: str) -> None:
    assert visible(heard(*reply)) == text
    for cut in range(len(reply) + 1):
        assert visible(heard(reply[:cut], reply[cut:])) == text


def test_what_was_shown_before_an_end_without_beginning_is_withdrawn_once() -> None:
    assert heard("Hm.", "</think>One.", "</think>") == ["Hm.", WITHDRAWN, "One."]


def test_nothing_is_withdrawn_where_nothing_was_shown() -> None:
    assert WITHDRAWN not in heard("</think>One.")


@pytest.mark.parametrize(
    ("deltas", "cut", "expected"),
    [
        pytest.param(["Hm.", "</think>", "One."], False, ["One."], id="a thought"),
        pytest.param(["One."], False, ["One."], id="none this time"),
        pytest.param(["<think>", "Hm.</think>One."], False, ["One."], id="opened this time"),
        pytest.param(["Hm."], True, [], id="cut in the thought"),
    ],
)
def test_a_model_that_is_known_is_held_back(
    deltas: list[str], cut: bool, expected: list[str]
) -> None:
    assert heard(*deltas, holds=True, cut=cut) == expected


@pytest.mark.parametrize("delta", ["a < b", "[P1.2]", "<b>", "◁ "])
def test_what_begins_no_tag_is_passed_on_at_once(delta: str) -> None:
    assert "".join(one or "" for one in Thoughts().feed(delta)) == delta


def test_a_turn_that_ended_is_told() -> None:
    thoughts = Thoughts()
    assert list(thoughts.feed("One.<|im_end|>Two.")) == ["One."]
    assert thoughts.over


@pytest.mark.parametrize("piece", ["<", "<think>", "[", "<|channel|>", "a</think>", "<|start|>x"])
def test_long_replies_take_time_in_proportion(piece: str) -> None:
    def seconds(times: int) -> float:
        start = time.perf_counter()
        heard(*([piece] * times))
        heard(piece * times)
        return time.perf_counter() - start

    seconds(1_000)
    short = min(seconds(2_000) for _ in range(3))
    assert seconds(32_000) < 100 * short + 0.5  # 16 times the length; quadratic would be 256
