"""The words of a sentence that fill a cell of the comparison."""

from __future__ import annotations

import pytest

from rag.summaries.cells import Cell, cell_of, plain, result_words, setting_words, untied
from tests.support.evidence import anchor, paper


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        pytest.param("It is tried on ImageNet-1K and COCO.", "ImageNet-1K and COCO", id="names"),
        pytest.param("It is tried on five video datasets.", "five video datasets", id="count"),
        pytest.param("We read 266,340 chest X-rays.", "266,340 chest X-rays", id="number"),
        pytest.param("We saw 2.5 million video clips.", "2.5 million video clips", id="scale"),
        pytest.param(
            "It is tested on datasets such as COCO and LVIS.",
            "datasets such as COCO and LVIS",
            id="kinds with names",
        ),
        pytest.param(
            "It runs on COCO, then on ADE20K and Kinetics-400.",
            "ADE20K and Kinetics-400",
            id="the longest",
        ),
        pytest.param("It is better than on ImageNet-1K.", "", id="others': than"),
        pytest.param("It is large compared with five datasets.", "", id="others': compared"),
        pytest.param("It gains 3% more than five datasets.", "", id="others': more than"),
        pytest.param("It runs on GPUs.", "", id="a bare device"),
        pytest.param("It builds on ResNet-50.", "", id="an architecture"),
        pytest.param("It runs on corals.", "", id="nothing named"),
    ],
)
def test_words_of_a_setting(sentence: str, words: str) -> None:
    assert setting_words(sentence) == words


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        pytest.param(
            "Extensive experiments show that ReefNet wins.", "ReefNet wins.", id="that it was shown"
        ),
        pytest.param("Moreover, our results demonstrate that A wins.", "A wins.", id="and its tie"),
        pytest.param("Moreover, ReefNet wins.", "ReefNet wins.", id="its tie alone"),
        pytest.param(
            "Experiments show that it wins.", "Experiments show that it wins.", id="not if it leans"
        ),
        pytest.param("ReefNet shows that A wins.", "ReefNet shows that A wins.", id="by a name"),
    ],
)
def test_words_of_a_result(sentence: str, words: str) -> None:
    assert result_words(sentence) == words


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        pytest.param("However, we grow.", "we grow.", id="tied, its case kept"),
        pytest.param("We grow.", "We grow.", id="not tied"),
    ],
)
def test_words_without_their_tie(sentence: str, words: str) -> None:
    assert untied(sentence) == words


@pytest.mark.parametrize(
    ("text", "same"),
    [
        pytest.param("Corals Grow.", "corals grow", id="case and mark"),
        pytest.param(" corals\n  grow ?! ", "corals grow", id="space and marks"),
        pytest.param("3.5", "3.5", id="a number keeps its point"),
    ],
)
def test_what_two_texts_must_share(text: str, same: str) -> None:
    assert plain(text) == same


def test_a_cell_is_of_the_first_sentence_that_leaves_something() -> None:
    made = paper("Corals", "Corals grow. It runs on COCO. It runs on LVIS.")
    anchors = [anchor(made, index) for index in (1, 2, 3)]
    assert cell_of(anchors, setting_words) == Cell("COCO", anchors[1])
    assert cell_of(anchors[:1], setting_words) is None
    assert cell_of([], setting_words) is None
