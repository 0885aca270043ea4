"""Questions in another language than the papers': put to the search in translation."""

from __future__ import annotations

import pytest

from rag import Assistant
from tests.support.endpoint import OpenWith, ScriptedEndpoint, Step

GERMAN = "Welche Kosten senkt das Verfahren VideoMAE V2 beim Vortraining?"
ENGLISH = "Which cost of pre-training does VideoMAE V2 cut?"
ANSWER = "VideoMAE V2 verwendet eine doppelte Maskierung [P1.5]."


def test_the_search_reads_the_translation_and_the_model_both(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint([ENGLISH, ANSWER])
    answer = with_model(endpoint).ask(GERMAN)
    assert answer.hits[0].paper.title.startswith("VideoMAE V2")
    assert answer.question == GERMAN
    assert f"{GERMAN} ({ENGLISH})" in endpoint.prompt
    assert f"Searched for as “{ENGLISH}”." in answer.notice
    assert "English" in endpoint.asked[0]["messages"][-1]["content"]


def test_a_question_in_the_papers_language_costs_no_request(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint(["VideoMAE V2 uses dual masking [P1.5]."])
    answer = with_model(endpoint).ask("How does VideoMAE V2 cut the cost of pre-training?")
    assert len(endpoint.asked) == 1
    assert "Searched for" not in answer.notice


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("", id="nothing"),
        pytest.param("Welche Kosten hat das Verfahren VideoMAE?", id="not translated"),
        pytest.param("Which cost does the method cut?", id="the name is lost"),
        pytest.param("word " * 200, id="too long"),
        pytest.param(400, id="fails"),
    ],
)
def test_what_is_no_translation_is_not_searched_for(with_model: OpenWith, reply: Step) -> None:
    answer = with_model(ScriptedEndpoint([reply, ANSWER])).ask(GERMAN)
    assert "Searched for" not in answer.notice


def test_a_chinese_question_reaches_the_model(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint([ENGLISH, "VideoMAE V2采用双重掩码策略 [P1.5]。"])
    answer = with_model(endpoint).ask("VideoMAE V2如何降低预训练成本？")
    assert (answer.mode, answer.text) == ("llm", "VideoMAE V2采用双重掩码策略 [1] [not checked]。")
    assert [claim.support for claim in answer.claims] == ["unchecked"]
    assert "in another language than the source and could not be checked" in answer.notice
    assert answer.hits[0].paper.title.startswith("VideoMAE V2")


def test_without_a_model_it_is_searched_for_as_it_stands(seeded: Assistant) -> None:
    assert "Searched for" not in seeded.ask(GERMAN).notice


def test_a_judge_settles_what_is_in_another_language(with_model: OpenWith) -> None:
    replies: list[Step] = [ENGLISH, "VideoMAE V2采用双重掩码策略 [P1.5]。", "1: supported"]
    answer = with_model(ScriptedEndpoint(replies), judge="llm").ask("VideoMAE V2如何降低成本？")
    assert answer.text == "VideoMAE V2采用双重掩码策略 [1]。"
    assert "could not be checked" not in answer.notice
