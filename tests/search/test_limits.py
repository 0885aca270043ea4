"""Years, authors and venues that a question is limited to."""

from __future__ import annotations

import pytest

from rag.library import Filters
from rag.records import Paper
from rag.search.limits import read_limits, told, years_said


@pytest.mark.parametrize(
    ("question", "first", "last", "says"),
    [
        ("What came out since 2021?", 2021, None, "from 2021 on"),
        ("papers from 2019 on", 2019, None, "from 2019 on"),
        ("methods after 2020", 2021, None, "from 2021 on"),
        ("work before 2010 on corals", None, 2009, "until 2009"),
        ("work until 2010", None, 2010, "until 2010"),
        ("between 2018 and 2020", 2018, 2020, "from 2018 to 2020"),
        ("from 2018 to 2020", 2018, 2020, "from 2018 to 2020"),
    ],
)
def test_years_that_limit(question: str, first: int | None, last: int | None, says: str) -> None:
    filters = years_said(question)
    assert filters is not None
    assert (filters.year_from, filters.year_to) == (first, last)
    assert told(filters) == f"Only papers {says} were looked at, as the question says."


@pytest.mark.parametrize(
    "question", ["the challenge in 2012", "from 30 papers", "after 5 days", "GPT-2021 since then"]
)
def test_years_that_limit_nothing(question: str) -> None:
    assert years_said(question) is None


PAPERS = (
    Paper("a", "t", "a", ("Kaiming He", "Anna Müller"), 2021, "NeurIPS 2021"),
    Paper("b", "t", "a", ("Michelle Li-Fei", "Jan van der Berg"), 2015, "Nature Medicine"),
)


def ids(filters: Filters) -> list[str]:
    return [paper.id for paper in PAPERS if filters.keep(paper)]


@pytest.mark.parametrize(
    ("question", "found", "rest"),
    [
        ("What did He et al. find about corals?", ["a"], "What did find about corals?"),
        ("What do muller and colleagues say of corals?", ["a"], "What do say of corals?"),
        ("corals in papers by Kaiming He", ["a"], "corals in papers"),
        ("Which papers by van der Berg study corals?", ["b"], "Which papers study corals?"),
        ("What Müller et al.'s work on corals shows", ["a"], "What work on corals shows"),
        ("How do corals grow in NeurIPS papers?", ["a"], "How do corals grow ?"),
        ("papers at NeurIPS on corals", ["a"], "papers on corals"),
        ("work on corals published in Nature Medicine", ["b"], "work on corals"),
        ("papers by He on corals since 2020", ["a"], "papers on corals since 2020"),
        ("papers by He on corals before 2020", ["a"], "papers on corals before 2020"),  # none is
    ],
)
def test_names_that_limit(question: str, found: list[str], rest: str) -> None:
    limits = read_limits(question, ids)
    assert limits.filters is not None
    assert (ids(limits.filters), limits.rest) == (found, rest)
    assert "as the question says" in limits.told


@pytest.mark.parametrize(
    "question",
    [
        "corals by Smith et al.",  # no author of a paper
        "the method written by Mich",  # no whole word
        "growth driven by He",  # of helium
        "papers in NLP on corals",
        "Which papers are by He?",  # nothing is left to look for
        "corals and others",
    ],
)
def test_names_that_limit_nothing(question: str) -> None:
    limits = read_limits(question, ids)
    assert (limits.filters, limits.told, limits.rest) == (None, "", question)


@pytest.mark.parametrize(
    ("without", "given"),
    [
        ((), {"author": "He", "year_from": 2020}),
        (("author",), {"year_from": 2020}),
        (("year_from", "year_to"), {"author": "He"}),
        (("author", "year_from"), None),
    ],
)
def test_a_limit_is_let_go_and_its_name_is_no_word_to_look_for(
    without: tuple[str, ...], given: dict[str, object] | None
) -> None:
    limits = read_limits("corals in papers by He since 2020", ids, without)
    assert (limits.filters.given() if limits.filters else None) == given
    assert limits.rest == "corals in papers since 2020"
    assert bool(limits.told) == bool(given)


def test_what_limits_is_told_together() -> None:
    limits = read_limits("corals in papers by He since 2020", ids)
    assert limits.told == "Only papers by He from 2020 on were looked at, as the question says."
