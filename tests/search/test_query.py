"""Reading a question: what it wants, whether it can be asked, and which papers it allows."""

from __future__ import annotations

from typing import Any, cast

import pytest

from rag.errors import InputError, QuestionError
from rag.library import Filters
from rag.records import MAX_QUERY, Paper
from rag.search.query import Scope, check_question, check_searchable, scope


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        pytest.param("Corals versus whales", "compare", id="versus"),
        pytest.param("corals vs. whales", "compare", id="vs"),
        pytest.param("What is the difference between A and B?", "compare", id="difference"),
        pytest.param("Do these papers disagree?", "compare", id="disagree"),
        pytest.param("Which three coral papers are there?", "compare", id="a number of things"),
        pytest.param("What do A and B each do?", "compare", id="each"),
        pytest.param("three coral studies", "compare", id="a number of things without a verb"),
        pytest.param("Which corals are old?", "survey", id="which, plural"),
        pytest.param("What new coral methods exist?", "survey", id="what, two words on"),
        pytest.param("list all methods for corals", "survey", id="list"),
        pytest.param("an overview of corals", "survey", id="overview"),
        pytest.param("papers on corals", "survey", id="papers"),
        pytest.param("What is a coral?", "fact", id="what is"),
        pytest.param("What does this do?", "fact", id="does is no plural"),
        pytest.param("Which bus is old?", "fact", id="a singular in s"),
        pytest.param("Corals grow?", "fact", id="a question mark"),
        pytest.param("  describe corals", "fact", id="a bidding, after space"),
        pytest.param("corals that describe", "phrase", id="a verb that does not lead"),
        pytest.param("corals of the south", "phrase", id="names"),
        pytest.param("different corals", "phrase", id="different is no difference"),
        pytest.param("", "phrase", id="nothing"),
    ],
)
def test_what_a_question_wants(question: str, wanted: Scope) -> None:
    assert scope(question) == wanted


# -- what cannot be asked ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "the topic is empty; ask something about the papers", id="nothing"),
        pytest.param("?! …", "the topic is empty; ask something about the papers", id="marks"),
        pytest.param(
            "x" * (MAX_QUERY + 1),
            "the topic has 4,001 characters, at most 4,000 are read; shorten it",
            id="too long",
        ),
        pytest.param(7, "a topic is text, not int", id="no text"),
        pytest.param(None, "a topic is text, not NoneType", id="none"),
    ],
)
def test_a_topic_that_cannot_be_asked_is_told_as_a_topic(text: Any, says: str) -> None:
    with pytest.raises(QuestionError) as caught:
        check_question(cast(str, text), what="topic")
    assert str(caught.value) == says


def test_a_question_is_called_a_question_unless_it_is_something_else() -> None:
    with pytest.raises(QuestionError, match=r"^the question is empty"):
        check_question("")
    with pytest.raises(QuestionError, match=r"^the question 'the of' has no word"):
        check_searchable("the of")


@pytest.mark.parametrize("text", ["x" * MAX_QUERY, "7", "何"], ids=["longest", "digit", "sign"])
def test_what_can_be_asked(text: str) -> None:
    check_question(text, what="topic")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("  who the what ", "'who the what'", id="stop words"),
        pytest.param("which papers", "'which papers'", id="papers are no topic"),
        pytest.param("the " * 30, repr("the " * 15), id="cut at sixty characters"),
    ],
)
def test_a_topic_without_a_word_is_told(text: str, shown: str) -> None:
    with pytest.raises(QuestionError) as caught:
        check_searchable(text, what="topic")
    says = f"the topic {shown} has no word to look for; name what it is about"
    assert str(caught.value) == says


def test_one_word_is_enough() -> None:
    check_searchable("the corals", what="topic")


# -- filters (more of what they keep is in test_retriever) -----------------------------------------

PAPER = Paper("p", "t", "a", ("Ann Lee", "Bo Li"), 2021, "NeurIPS", source="x.jsonl")
BARE = Paper("q", "t", "a")


@pytest.mark.parametrize(
    ("filters", "keeps", "keeps_bare"),
    [
        pytest.param(Filters(), True, True, id="none"),
        pytest.param(Filters(year_from=2021), True, False, id="from its year"),
        pytest.param(Filters(year_to=2021), True, False, id="to its year"),
        pytest.param(Filters(author="ANN LEE"), True, False, id="author in capitals"),
        pytest.param(Filters(author="Lee Bo"), False, False, id="not of two authors"),
        pytest.param(Filters(ids=()), False, False, id="of no id"),
        pytest.param(Filters(ids=("q",)), False, True, id="of its id alone"),
        pytest.param(Filters(ids=("P",)), False, False, id="an id has its case"),
        pytest.param(Filters(year_from=2020, venue="x"), False, False, id="one of two"),
    ],
)
def test_which_papers_filters_keep(filters: Filters, keeps: bool, keeps_bare: bool) -> None:
    assert (filters.keep(PAPER), filters.keep(BARE)) == (keeps, keeps_bare)


@pytest.mark.parametrize(
    ("values", "filters"),
    [
        pytest.param(None, None, id="none"),
        pytest.param({}, None, id="empty"),
        pytest.param({"year": 2021}, Filters(year_from=2021, year_to=2021), id="a year"),
        pytest.param({"ids": ["a", "b"]}, Filters(ids=("a", "b")), id="a list of ids"),
        pytest.param(
            {"year_from": None, "author": "Lee"}, Filters(author="Lee"), id="a year left open"
        ),
    ],
)
def test_filters_are_read_from_a_mapping(
    values: dict[str, Any] | None, filters: Filters | None
) -> None:
    assert Filters.parse(values) == filters


@pytest.mark.parametrize(
    ("values", "says"),
    [
        pytest.param(
            {"colour": 1, "b": 2},
            "unknown filter b, colour; known are year, year_from, year_to, venue, author, source, "
            "collection, ids, topic",
            id="unknown",
        ),
        pytest.param(
            {"year": "2021"}, "the filter year_from takes a year, not '2021'", id="a year as text"
        ),
        pytest.param(
            {"year_to": 2021.5}, "the filter year_to takes a year, not 2021.5", id="half a year"
        ),
    ],
)
def test_filters_that_are_none(values: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as caught:
        Filters.parse(values)
    assert str(caught.value) == says
