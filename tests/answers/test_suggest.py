"""Questions to ask next, and first ones: about papers of the library, by their names."""

from __future__ import annotations

import pytest

from rag.answers.asked import read
from rag.answers.suggest import examples, follow_ups
from rag.search import Evidence
from tests.support.evidence import evidence, paper

WHOLE = "However, it is hard. We propose it. It outperforms others by 3 points."


def found(title: str, abstract: str = WHOLE) -> Evidence:
    return evidence(paper(title, abstract, title))


A, B, C, D, E = (f"{name}: Corals" for name in ("ANet", "BNet", "CNet", "DNet", "ENet"))
PLAIN = "A study of corals"


@pytest.mark.parametrize(
    ("citations", "titles", "expected"),
    [
        pytest.param([], [], [], id="nothing at hand"),
        pytest.param([PLAIN], [PLAIN], [], id="no names"),
        pytest.param(
            [A],
            [A],
            ["What results does ANet report?", "What problem does ANet address?"],
            id="one cited",
        ),
        pytest.param(
            [A, B],
            [A, B],
            [
                "What results does ANet report?",
                "How do ANet and BNet differ?",
                "What problem does ANet address?",
            ],
            id="two cited",
        ),
        pytest.param(
            [PLAIN, A],
            [PLAIN, A, B],
            [
                "What results does ANet report?",
                "How do ANet and BNet differ?",
                "What does BNet propose?",
            ],
            id="the first cited has no name",
        ),
        pytest.param(
            [],
            [PLAIN, B, C, D, E],
            ["What does BNet propose?", "What does CNet propose?", "What does DNet propose?"],
            id="none cited",
        ),
    ],
)
def test_follow_ups(citations: list[str], titles: list[str], expected: list[str]) -> None:
    assert follow_ups(read("Why?"), citations, [*map(found, titles)]) == tuple(expected)


def test_what_was_asked_is_not_suggested() -> None:
    papers = [found(A), found(B)]
    assert follow_ups(read("what results does anet REPORT?"), [A], papers) == (
        "How do ANet and BNet differ?",
        "What does BNet propose?",
        "What problem does ANet address?",
    )
    assert "What does BNet propose?" not in follow_ups(read("What does BNet do?"), [A], papers)


@pytest.mark.parametrize(
    ("abstract", "missing"),
    [
        ("However, it is hard. We propose it. It is blue.", "What results does ANet report?"),
        ("However, it is hard. It is blue. It outperforms it by 3 points.", "differ"),
        ("We propose it. It is blue. It outperforms it by 3 points.", "What problem"),
    ],
)
def test_what_an_abstract_does_not_say_is_not_suggested(abstract: str, missing: str) -> None:
    ideas = follow_ups(read("Why?"), [A], [found(A, abstract), found(B)])
    assert ideas
    assert not any(missing in idea for idea in ideas)


FILLING = [f"N{i}et: Thing{chr(97 + i)} other{chr(97 + i)}" for i in range(10)]


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        pytest.param([], [], id="no paper"),
        pytest.param([PLAIN], [PLAIN], id="no name: a title"),
        pytest.param([A, PLAIN], ["What does ANet propose?", A, PLAIN], id="a name, then titles"),
        pytest.param(
            ["ANet: x", "BNet: y", "CNet: z"],
            ["What does BNet propose?", "What results does ANet report?", "ANet: x"],
            id="names by their place",
        ),
        pytest.param(
            ["ANet: video coral", "BNet: video corals", "CNet: video corals", *FILLING[:7]],
            ["What does N2et propose?", "What results does CNet report?", "ANet: video coral"],
            id="a pair that too many titles share",
        ),
        pytest.param(
            ["ANet: video corals", "BNet: video corals", *FILLING[:8]],
            [
                "Which papers are about video corals?",
                "What does N3et propose?",
                "What results does N0et report?",
            ],
            id="a pair that some titles share",
        ),
        pytest.param(
            ["ANet: video corals", "BNet: video coral", "CNet: Video Corals", *FILLING, *FILLING],
            [
                "Which papers are about video corals?",
                "What does N8et propose?",
                "What results does N2et report?",
            ],
            id="singular and plural together",
        ),
        pytest.param(
            ["ANet: sea of corals", "BNet: sea of corals", *FILLING[:8]],
            ["What does N3et propose?", "What results does N0et report?", "ANet: sea of corals"],
            id="no pair across a stop word",
        ),
    ],
)
def test_first_questions(titles: list[str], expected: list[str]) -> None:
    assert examples(titles) == expected


def test_latex_in_titles_is_made_readable() -> None:
    assert examples(["M$^{2}$Net: Corals"]) == ["What does M²Net propose?", "M²Net: Corals"]
