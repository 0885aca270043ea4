"""Answers of a model that cites wrongly: moved, marked or removed, never passed on."""

from __future__ import annotations

import random

import httpx
import pytest

from rag import Answer, Assistant
from rag.records import Claim
from rag.text.sentences import split
from tests.support.checks import check_anchors
from tests.support.endpoint import OpenWith, ScriptedEndpoint
from tests.support.masking import COST, MASKING, QUESTION


def ask(with_model: OpenWith, reply: str, question: str = QUESTION) -> Answer:
    assistant = with_model(ScriptedEndpoint([reply]))
    answer = assistant.ask(question)
    check_anchors(assistant, answer)
    return answer


def sentences_of(answer: Answer, claim: Claim) -> list[str]:
    return [answer.citations[place].sentence for place in claim.anchors]


def test_a_citation_of_the_wrong_paper_is_moved(with_model: OpenWith) -> None:
    answer = ask(with_model, f"{MASKING} [P5.2].")
    (claim,) = answer.claims
    assert claim.support == "supported"
    assert "dual masking strategy" in sentences_of(answer, claim)[0]
    assert answer.notice == "1 citation was moved to the sentence that supports the claim."


def test_a_sentence_without_a_source_gets_one(with_model: OpenWith) -> None:
    answer = ask(with_model, f"{MASKING}. {COST} [P1.6].")
    assert [claim.support for claim in answer.claims] == ["supported", "supported"]
    assert "got the one that supports it" in answer.notice


def test_support_is_looked_for_in_the_whole_library(with_model: OpenWith) -> None:
    claim = "Edge-MoE is the first end-to-end FPGA accelerator for multi-task ViT"
    answer = ask(with_model, f"{COST} [P1.6]. {claim} [P2.1].")
    assert answer.claims[1].support == "supported"
    assert answer.citations[answer.claims[1].anchors[0]].title.startswith("Edge-MoE")


def test_made_up_and_misattributed_ids_are_told_apart(with_model: OpenWith) -> None:
    answer = ask(with_model, f"{MASKING} [P99.1]. {COST} [P4.2].")
    assert "1 made-up source id was removed" in answer.notice
    assert "1 citation was moved" in answer.notice
    assert "1 sentence without a source got" in answer.notice


def test_a_changed_number_is_marked_and_shown_with_what_it_misquotes(with_model: OpenWith) -> None:
    claim = "The billion-parameter video ViT reaches 91.0% on K400 and 89.9% on K600"
    answer = ask(with_model, f"{COST} [P1.6]. {claim} [P1.9].")
    assert answer.claims[1].support == "unsupported"
    assert f"{claim} [1] [unsupported]." in answer.text
    assert "90.0% on K400" in sentences_of(answer, answer.claims[1])[0]


def test_an_idle_citation_is_dropped(with_model: OpenWith) -> None:
    answer = ask(with_model, f"{COST} [P1.6][P6.3].")
    assert len(answer.claims[0].anchors) == 1


def test_a_reply_without_any_id_is_cited_anew(with_model: OpenWith) -> None:
    answer = ask(with_model, f"{MASKING}. {COST}.")
    assert answer.mode == "llm"
    assert all(claim.citations for claim in answer.claims)


def test_all_unsupported_is_not_grounded(with_model: OpenWith) -> None:
    claim = "The billion-parameter video ViT reaches 91.0% on K400 and 89.9% on K600"
    assert not ask(with_model, f"{claim} [P1.9].").grounded


@pytest.mark.slow
def test_wrong_papers_and_changed_numbers_are_caught_by_the_hundred(
    with_model: OpenWith, seeded: Assistant
) -> None:
    """Ninety-five in a hundred at least; and no sound claim is flagged."""
    chance = random.Random(3)
    caught = {"wrong paper": 0, "number": 0, "faithful": 0}
    asked = dict.fromkeys(caught, 0)
    replies: list[str] = []
    endpoint = ScriptedEndpoint([lambda body: replies[-1]])
    assistant = with_model(endpoint)
    for paper in chance.sample(seeded.papers(), 40):
        hits = seeded.search(paper.title, k=8)
        rank = next((h.rank for h in hits if h.paper.id == paper.id), 0)
        if not rank:
            continue
        sentences = [s for s in split(paper.abstract)[2:] if len(s.text) > 60]
        sentence = chance.choice(sentences)
        claim = sentence.text.rstrip(".")
        other = chance.choice([h.rank for h in hits if h.rank != rank])
        replies.append(f"{claim} [P{other}.{chance.randint(1, 5)}].")
        answer = assistant.ask(paper.title)
        asked["wrong paper"] += 1
        moved = [answer.citations[a].paper_id for c in answer.claims for a in c.anchors]
        caught["wrong paper"] += (
            answer.mode == "extractive"
            or paper.id in moved
            or all(c.support != "supported" for c in answer.claims)
        )
        replies.append(f"{claim} [P{rank}.{sentence.index}].")
        answer = assistant.ask(paper.title)
        asked["faithful"] += 1
        caught["faithful"] += all(c.support == "supported" for c in answer.claims)
        digits = [s for s in sentences if "%" in s.text]
        if digits:
            text = digits[0].text.rstrip(".").replace("%", "7%", 1)
            replies.append(f"{text} [P{rank}.{digits[0].index}].")
            answer = assistant.ask(paper.title)
            asked["number"] += 1
            caught["number"] += all(c.support != "supported" for c in answer.claims) or (
                answer.mode == "extractive"
            )
        check_anchors(assistant, answer)
    print({name: f"{caught[name]} of {asked[name]}" for name in asked})
    assert asked["number"] >= 5
    assert all(caught[name] >= 0.95 * asked[name] for name in asked)


# -- the judge -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opinion", "support"),
    [("NO", "unsupported"), ("Partly.", "partial"), ("yes", "supported"), ("Hm", "supported")],
)
def test_a_model_may_judge_what_the_rules_let_pass(
    with_model: OpenWith, opinion: str, support: str
) -> None:
    def reply(body: dict[str, list[dict[str, str]]]) -> str:
        judging = "Claim:" in body["messages"][-1]["content"]
        return opinion if judging else f"{MASKING} [P1.5]. {COST} [P1.6]."

    answer = with_model(ScriptedEndpoint([reply]), judge="llm").ask(QUESTION)
    if opinion == "NO":
        assert answer.mode == "extractive" or not answer.grounded
    else:
        assert answer.claims[0].support == support


def test_a_judge_that_fails_has_no_opinion(with_model: OpenWith) -> None:
    def reply(body: dict[str, list[dict[str, str]]]) -> str | int | Exception:
        judging = "Claim:" in body["messages"][-1]["content"]
        return httpx.ConnectError("gone") if judging else f"{MASKING} [P1.5]."

    answer = with_model(ScriptedEndpoint([reply]), judge="llm").ask(QUESTION)
    assert answer.claims[0].support == "supported"
