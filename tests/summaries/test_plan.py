"""Planning a summary: which sentence of its papers stands where, each of them once."""

from __future__ import annotations

from collections.abc import Sequence

from rag.records import Paper
from rag.summaries.cells import Cell
from rag.summaries.gather import Candidate
from rag.summaries.plan import plan
from rag.text.citations import Anchor
from tests.support.evidence import anchor, candidate, evidence, paper

ALPHA = paper(
    "AlphaNet: Corals in warm water",
    "Existing work on corals struggles. We propose AlphaNet for corals. AlphaNet merges maps of "
    "heat. It runs on the ReefSet-2 dataset. Experiments show that AlphaNet improves recall by 3%.",
)
BETA = paper(
    "How corals grow at night",
    "We propose to look at corals. Further, we present BetaNet for the night. Contrary to common "
    "belief, depth helps. Why corals bleach remains unclear.",
)


def found(made: Paper, relevance: Sequence[float] | None = None) -> Candidate:
    return candidate(evidence(made, relevance=relevance))


def indices(anchors: Sequence[Anchor]) -> list[tuple[str, int]]:
    return [one.key for one in anchors]


def test_every_sentence_has_one_place() -> None:
    made = plan([found(ALPHA), found(BETA)])
    alpha, beta = made.profiles
    assert indices(alpha.said) == [("alphanet", 2), ("alphanet", 3)]
    assert alpha.idea == Cell("Corals in warm water", anchor(ALPHA, 0))
    assert alpha.setting == Cell("the ReefSet-2 dataset", anchor(ALPHA, 4))
    assert alpha.result == Cell("AlphaNet improves recall by 3%.", anchor(ALPHA, 5))
    assert indices(beta.said) == [("how", 1), ("how", 3)]
    assert beta.idea == Cell("we present BetaNet for the night.", anchor(BETA, 2))
    assert (beta.setting, beta.result) == (None, None)
    assert indices(made.overview) == [("alphanet", 1)]
    assert indices(made.dissent) == []  # nobody else speaks of depth
    assert indices(made.open) == [("how", 4)]


def test_a_single_paper_is_not_compared() -> None:
    (profile,) = plan([found(ALPHA)]).profiles
    assert (profile.idea, profile.setting, profile.result) == (None, None, None)
    assert indices(profile.said) == [("alphanet", 2), ("alphanet", 3)]


def test_what_a_paper_says_stands_in_its_own_order() -> None:
    text = "AlphaNet merges maps of heat. We use corals. We propose AlphaNet."
    (profile,) = plan([found(paper("AlphaNet: Corals", text), [0, 0.1, 0.8, 0.9])]).profiles
    assert indices(profile.said) == [("alphanet", 2), ("alphanet", 3)]


def test_a_result_may_tell_its_setting_too() -> None:
    text = "We propose AlphaNet. AlphaNet improves recall by 3% on the ReefSet-2 dataset."
    made = paper("AlphaNet: Corals", text)
    profile = plan([found(made), found(BETA)]).profiles[0]
    assert profile.result == Cell(text[21:], anchor(made, 2))
    assert profile.setting == Cell("the ReefSet-2 dataset", anchor(made, 2))


def test_three_papers_speak_for_all_those_worth_most_one_sentence_each() -> None:
    names = ["Ann", "Bea", "Cem", "Dan"]
    near = {"Ann": 0.3, "Bea": 0.6, "Cem": 0.5, "Dan": 0.4}
    papers = [
        paper(f"{name}: Corals", f"Existing {name} fails. Current {name} fails. We propose {name}.")
        for name in names
    ]
    used = [found(one, [0, near[one.title[:3]], 0.2, 0.9]) for one in papers]
    assert indices(plan(used).overview) == [("bea", 1), ("cem", 1), ("dan", 1)]


def test_a_disagreement_is_of_two_papers_about_one_thing() -> None:
    says = paper("Reefs: Noise", "We propose A. Noise in a reef does great harm to young corals.")
    denies = paper(
        "Tanks: Noise",
        "We propose B. Contrary to common belief, noise in a reef does no harm to young corals.",
    )
    apart = paper("Seas: Whales", "We propose C. Whales sing at night.")
    made = plan([found(apart), found(denies), found(says)])
    assert indices(made.dissent) == [("tanks", 2), ("reefs", 2)]
    assert indices(plan([found(apart), found(denies)]).dissent) == []


def test_what_nobody_says_is_empty() -> None:
    made = plan([found(paper("Ann: Corals", "We propose Ann."))])
    assert (made.overview, made.dissent, made.open) == ((), (), ())


def test_nothing_is_planned_from_nothing() -> None:
    made = plan([])
    assert (made.overview, made.profiles, made.dissent, made.open) == ((), (), (), ())
