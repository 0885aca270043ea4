"""An outline: what its themes are called, and those of a model laid over our own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.summaries.gather import Gathered
from rag.summaries.outline import Outline, PlannedTheme
from rag.summaries.plan import Plan
from tests.support.evidence import candidate, evidence, paper

PAPERS = (
    paper("AlphaNet: Corals in warm water", "We look at heat."),
    paper("BetaNet: Corals in cold water", "We look at ice."),
    paper("GammaNet: Whales near reefs", "We look at songs."),
    paper("A survey of everything that swims in the seas of the south", "We count."),
)
USED = tuple(candidate(evidence(one, relevance=[0.1, 0.9])) for one in PAPERS)


def outline(*themes: tuple[str, Sequence[int]]) -> Outline:
    planned = tuple(PlannedTheme(label, tuple(places)) for label, places in themes)
    return Outline("seas", Gathered(USED, ()), Plan((), (), (), ()), planned, ("A note.",))


OURS = outline(("corals", [0, 1]), ("whales", [2, 3]))


def merged(
    *proposed: tuple[str, Sequence[int]], ours: Outline = OURS
) -> list[tuple[str, list[int]]]:
    found = ours.with_themes([PlannedTheme(label, tuple(places)) for label, places in proposed])
    assert (found.topic, found.gathered, found.notes) == (ours.topic, ours.gathered, ours.notes)
    return [(theme.label, [*theme.places]) for theme in found.themes]


@pytest.mark.parametrize(
    ("proposed", "expected"),
    [
        pytest.param(
            [("cold corals", [1, 3]), ("whales", [0, 2])],
            [("cold corals", [1, 3]), ("whales", [0, 2])],
            id="every paper once",
        ),
        pytest.param(
            [("corals", [3, 1, 0]), ("whales", [2, 1, 0])],
            [("corals", [0, 1, 3]), ("whales", [2])],
            id="a paper named twice stays where it was first",
        ),
        pytest.param(
            [("whales", [2]), ("corals", [1])],
            [("whales", [2, 3]), ("corals", [0, 1])],
            id="forgotten papers join their group",
        ),
        pytest.param(
            [("corals", [0, 1])],
            [("corals", [0, 1]), ("", [2, 3])],
            id="a group forgotten as a whole stands alone, without a label",
        ),
        pytest.param(
            [("pizza toppings", [0, 1]), ("whales", [2, 3])],
            [("", [0, 1]), ("whales", [2, 3])],
            id="a label without a shared word is dropped",
        ),
        pytest.param(
            [("singing whale", [2, 3]), ("heated places", [0, 1])],
            [("singing whale", [2, 3]), ("heated places", [0, 1])],
            id="a word may be shared in another form, and with an abstract",
        ),
        pytest.param(
            [("corals", [0, 1, 2, 3]), ("whales", [2])],
            [("corals", [0, 1, 2, 3])],
            id="a theme that is left without a paper goes",
        ),
    ],
)
def test_themes_of_a_model_hold_every_paper_exactly_once(
    proposed: list[tuple[str, list[int]]], expected: list[tuple[str, list[int]]]
) -> None:
    assert merged(*proposed) == expected


@pytest.mark.parametrize(
    ("proposed", "home"),
    [
        pytest.param([("corals", [0]), ("whales", [1, 2])], 1, id="most of its group"),
        pytest.param([("corals", [0]), ("whales", [1])], 0, id="a tie goes to the first"),
    ],
)
def test_a_forgotten_paper_joins_most_of_its_group(
    proposed: list[tuple[str, list[int]]], home: int
) -> None:
    found = merged(*proposed, ours=outline(("seas", [0, 1, 2, 3])))
    assert 3 in found[home][1]


LONG = "A survey of everything that …"


@pytest.mark.parametrize(
    ("label", "places", "name"),
    [
        pytest.param("warm corals", [0], "Warm corals", id="its phrases"),
        pytest.param("mRNA", [0], "MRNA", id="only its first letter changes"),
        pytest.param("", [0], "AlphaNet", id="one paper's name"),
        pytest.param("", [0, 1], "AlphaNet and BetaNet", id="two papers' names"),
        pytest.param("", [0, 1, 2], "AlphaNet, BetaNet and 1 more", id="three"),
        pytest.param("", [1, 3], f"BetaNet and {LONG}", id="a long title is cut at a word"),
    ],
)
def test_what_a_theme_is_called(label: str, places: list[int], name: str) -> None:
    assert OURS.label(PlannedTheme(label, tuple(places))) == name


def test_a_single_theme_without_a_label_is_called_contributions() -> None:
    single = outline(("", [0, 1, 2, 3]))
    assert single.label(single.themes[0]) == "Contributions"


def test_sources_are_the_used_papers_as_a_prompt_numbers_them() -> None:
    assert [one.paper for one in OURS.sources()] == [*PAPERS]
    some = OURS.sources([2, 0])
    assert [one.paper for one in some] == [PAPERS[2], PAPERS[0]]
    assert [one.best for one in some] == [1, 1]
    assert [sentence.text for sentence in some[0].sentences] == [
        "GammaNet: Whales near reefs", "We look at songs.",
    ]  # fmt: skip


def test_a_paper_is_known_by_its_place() -> None:
    assert OURS.paper(1) is PAPERS[1]
