"""Late interaction in exact small numbers: tokens on the axes of a plane, made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rag.library import Term, Tokens
from rag.search.late import QuestionTokens, interact

X, Y, AWAY = (127, 0), (0, 127), (-127, 0)


def tokens(*sentences: Sequence[tuple[int, int]]) -> Tokens:
    """Make a paper of these sentences, the title first; each is a list of its tokens."""
    rows = [row for sentence in sentences for row in sentence]
    matrix = np.array(rows, dtype=np.int8).reshape(len(rows), 2)
    return Tokens.of(matrix, [len(sentence) for sentence in sentences])


def asked(*weights: float) -> QuestionTokens:
    """Ask with a token on each axis."""
    weighed = np.array(weights, dtype=np.float32)
    return QuestionTokens(np.eye(2, dtype=np.float32), weighed, np.array([0, 10]))


def test_every_token_takes_its_best_match() -> None:
    (found,) = interact(asked(0.75, 0.25), [tokens([AWAY], [X, AWAY], [Y])])
    assert found.paper == pytest.approx(1.0)  # x in the first sentence, y in the second
    assert found.sentence == pytest.approx(0.75)  # in one sentence there is x alone
    assert found.least == pytest.approx(1.0)


def test_rare_words_weigh_more() -> None:
    with_x, with_y = tokens([], [X]), tokens([], [Y])
    first, second = interact(asked(0.75, 0.25), [with_x, with_y])
    assert (first.paper, second.paper) == pytest.approx((0.75, 0.25))


def test_the_meaning_of_a_sentence_is_that_of_its_mean_token() -> None:
    # The question means (0.5, 0.5); x and y together do so too, x alone has a cosine of √½ to it.
    (found,) = interact(asked(0.5, 0.5), [tokens([], [X, Y])])
    assert found.meaning == pytest.approx(1.0, abs=1e-3)
    (found,) = interact(asked(0.5, 0.5), [tokens([], [X])])
    assert found.meaning == pytest.approx(0.5**0.5, abs=1e-3)


def test_the_least_matched_quarter_is_told() -> None:
    question = QuestionTokens(
        np.array([[1, 0], [1, 0], [1, 0], [1, 0], [0, 1]], dtype=np.float32),
        np.full(5, 0.2, dtype=np.float32),
        np.arange(5),
    )
    (found,) = interact(question, [tokens([], [X])])
    assert found.least == pytest.approx(1.0)  # one token of five has no match
    (found,) = interact(question, [tokens([], [Y])])
    assert found.least == pytest.approx(0.0)  # four have none


def test_what_the_title_says_tells_no_sentence_apart() -> None:
    (found,) = interact(asked(0.5, 0.5), [tokens([X], [X], [Y])])
    assert found.sentences[1] == pytest.approx(0.05 / 1.05)  # a twentieth of x's weight is left
    assert found.sentences[2] == pytest.approx(1.0 / 1.05)
    (found,) = interact(asked(0.5, 0.5), [tokens([], [X], [Y])])
    assert found.sentences.tolist() == pytest.approx([0.0, 0.5, 0.5])


def test_papers_do_not_touch_each_other() -> None:
    papers = [tokens([X], [Y, AWAY], []), tokens([], []), tokens([AWAY], [], [X, Y])]
    question = asked(0.6, 0.4)
    together = interact(question, papers)
    for one, alone in zip(
        together, (interact(question, [paper])[0] for paper in papers), strict=True
    ):
        np.testing.assert_allclose(one.sentences, alone.sentences)
        assert (one.paper, one.sentence, one.meaning) == pytest.approx(
            (alone.paper, alone.sentence, alone.meaning)
        )


def test_without_tokens_nothing_is_found() -> None:
    (found,) = interact(asked(0.5, 0.5), [tokens([], [], [])])
    assert (found.paper, found.sentence, found.meaning, found.least) == (0.0, 0.0, 0.0, 0.0)
    assert found.sentences.tolist() == [0.0, 0.0, 0.0]
    assert interact(asked(0.5, 0.5), []) == []


def term(stem: str, idf: float) -> Term:
    return Term(stem, stem, 1, idf)


@pytest.mark.parametrize(
    ("words", "weights"),
    [
        pytest.param(["coral", "reef"], [0.75, 0.25], id="by rarity"),
        pytest.param(["corals", "reefs"], [0.75, 0.25], id="by their stems"),
        pytest.param(["coral", "coral", "reef"], [3 / 7, 3 / 7, 1 / 7], id="two pieces of a word"),
        pytest.param(["coral", "unheard"], [1.0, 0.0], id="a word that has no rarity"),
    ],
)
def test_tokens_weigh_what_their_words_do(words: list[str], weights: list[float]) -> None:
    rows = np.ones((len(words), 2), dtype=np.float32)
    found = QuestionTokens.of(rows, words, [term("coral", 3.0), term("reef", 1.0)])
    assert found is not None
    assert found.weights.tolist() == pytest.approx(weights)


def test_a_question_without_a_known_word_has_no_tokens() -> None:
    rows = np.ones((1, 2), dtype=np.float32)
    assert QuestionTokens.of(rows, ["unheard"], [term("coral", 3.0)]) is None
    assert QuestionTokens.of(rows[:0], [], []) is None


def test_a_flag_that_blas_leaves_set_is_no_warning() -> None:
    # As a product of finite numbers has left it on some machines; an infinite weight does so here.
    with np.errstate(invalid="raise"):
        interact(asked(np.inf, 0.5), [tokens([X, AWAY], [X, Y])])
