"""What fits into a model's window."""

from __future__ import annotations

import pytest

from rag.models.budget import Budget


@pytest.mark.parametrize(
    ("window", "limit", "room"),
    [
        pytest.param(16_000, 1_200, 14_800, id="usual"),
        pytest.param(2_000, 1_200, 1_000, id="a small window is shared"),
        pytest.param(2_000, 50_000, 1_000, id="a large limit"),
    ],
)
def test_room_is_what_the_reply_leaves_and_half_at_least(
    window: int, limit: int, room: int
) -> None:
    budget = Budget(window, limit)
    assert budget.room == room
    assert budget.fits(int(room * 3.5), budget.reply(int(room * 3.5)))


def test_a_window_is_never_raised_nor_lowered_to_nothing() -> None:
    budget = Budget(8_000, 1_200)
    budget.narrow(9_000)
    assert budget.window == 8_000
    budget.narrow(1)
    assert budget.window == 512


@pytest.mark.parametrize(
    ("characters", "tokens", "short"),
    [
        (6_000, 1_000, False),
        (6_001, 1_000, True),
        (6_000, 0, False),
        (20_000, 321, False),  # no model reads so little: such a count is made up
        (4, 1, False),
    ],
)
def test_a_prompt_of_six_characters_a_token_was_read_whole(
    characters: int, tokens: int, short: bool
) -> None:
    assert Budget(8_000, 1_200).was_read_short(characters, tokens) is short


def test_a_limit_grows_twice() -> None:
    budget = Budget(100_000, 1_000)
    grown = [(budget.grow(10, None), budget.reply(10)) for _ in range(3)]
    assert grown == [(True, 4_000), (True, 16_000), (False, 16_000)]


def test_a_limit_does_not_grow_where_the_window_ends() -> None:
    assert not Budget(2_400, 1_200).grow(7_000, None)
