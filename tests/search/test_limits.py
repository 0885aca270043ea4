"""Years that a question is limited to."""

from __future__ import annotations

import pytest

from rag.search.limits import told, years_said


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
