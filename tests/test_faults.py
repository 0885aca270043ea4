"""A model endpoint that fails in every way: bounded in time and requests, and nothing lost."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from rag.errors import ModelDownError, UnknownModelError
from rag.models.endpoint import Endpoint
from rag.models.llm import REST, ChatModel
from tests.support.checks import check_anchors
from tests.support.endpoint import (
    Gated,
    OpenWith,
    ScriptedEndpoint,
    Step,
    delta,
    events,
    finished,
    refusal,
    strict,
)
from tests.support.masking import COST, MASKING, QUESTION

GOOD = f"{MASKING} [P1.5]."


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def model(endpoint: ScriptedEndpoint, clock: Clock, *, timeout: float = 5.0) -> ChatModel:
    place = Endpoint(
        "http://127.0.0.1:1/v1", "k", timeout, "RAG_LLM", httpx.MockTransport(endpoint)
    )
    return ChatModel("scripted", place, window=8_000, clock=clock)


def status(code: int, **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(code, json={"error": {"message": "x"}}, headers=given)


@pytest.mark.parametrize(
    "first",
    [status(429, retry_after_ms="1"), status(429, retry_after="0"), status(503, retry_after="0")],
    ids=["429 ms", "429 s", "503"],
)
def test_a_passing_fault_is_waited_out(first: Step) -> None:
    endpoint = ScriptedEndpoint([first, GOOD])
    assert "".join(model(endpoint, Clock()).reply("s", "u")) == GOOD
    assert len(endpoint.asked) == 2


def test_a_429_without_a_time_is_tried_again_after_half_a_second() -> None:
    endpoint = ScriptedEndpoint([status(429), GOOD])
    start = time.monotonic()
    assert "".join(model(endpoint, Clock()).reply("s", "u")) == GOOD
    assert time.monotonic() - start >= 0.5


def test_a_wait_longer_than_the_timeout_is_not_waited() -> None:
    endpoint = ScriptedEndpoint([status(429, retry_after="3600")])
    with pytest.raises(ModelDownError, match="429"):
        list(model(endpoint, Clock()).reply("s", "u"))
    assert len(endpoint.asked) == 1


def test_a_timeout_is_not_tried_again() -> None:
    endpoint = ScriptedEndpoint([httpx.ReadTimeout("slow")])
    with pytest.raises(ModelDownError, match="no sign of life"):
        list(model(endpoint, Clock()).reply("s", "u"))
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize("fault", [httpx.ConnectTimeout("dead"), httpx.ReadTimeout("slow"), 500])
def test_a_dead_endpoint_is_left_alone_for_a_while(fault: Step) -> None:
    endpoint, clock = ScriptedEndpoint([fault]), Clock()
    chat = model(endpoint, clock)
    with pytest.raises(ModelDownError):
        list(chat.reply("s", "u"))
    asked = len(endpoint.asked)
    for _ in range(3):
        with pytest.raises(ModelDownError, match="failed a moment ago"):
            list(chat.reply("s", "u"))
    assert len(endpoint.asked) == asked
    clock.now += REST + 1
    endpoint.replies = [GOOD]
    assert "".join(chat.reply("s", "u")) == GOOD


@pytest.mark.parametrize("fault", [404, 429, httpx.Response(200, text="<html>")])
def test_other_faults_do_not_stop_the_next_question(fault: Step) -> None:
    endpoint = ScriptedEndpoint([fault])
    chat = model(endpoint, Clock(), timeout=0.4)
    with pytest.raises(Exception, match=r"."):
        list(chat.reply("s", "u"))
    endpoint.replies = [GOOD]
    assert "".join(chat.reply("s", "u")) == GOOD


def test_a_reply_that_trickles_ends_at_the_timeout() -> None:
    clock = Clock()
    endpoint = ScriptedEndpoint([GOOD * 50])
    read: list[str] = []

    def read_slowly() -> None:
        for part in model(endpoint, clock).reply("s", "u"):
            read.append(part)
            clock.now += 1.0

    with pytest.raises(ModelDownError, match="took more than 5 s"):
        read_slowly()
    assert len(read) < 10


def test_an_endless_reply_is_cut_and_what_it_said_is_kept(with_model: OpenWith) -> None:
    endless = f"{MASKING} [P1.5]. {COST} [P1.6]. " + "blah " * 40_000
    endpoint = ScriptedEndpoint([endless])
    assistant = with_model(endpoint)
    answer = assistant.ask(QUESTION)
    assert answer.text == f"{MASKING} [1]. {COST} [1]."
    assert "went round in circles" in answer.notice
    check_anchors(assistant, answer)


def test_a_reply_that_repeats_itself_is_ended(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint([f"{MASKING} [P1.5]. " * 400])
    answer = with_model(endpoint).ask(QUESTION)
    assert answer.text == f"{MASKING} [1]."
    assert "went round in circles" in answer.notice


@pytest.mark.slow
def test_a_reply_that_says_ever_new_things_is_cut(with_model: OpenWith) -> None:
    endless = f"{MASKING} [P1.5]. " + " ".join(f"Word{n} is said." for n in range(3_000))
    answer = with_model(ScriptedEndpoint([endless])).ask(QUESTION)
    assert "cut after 100 sentences" in answer.notice
    assert len(answer.claims) == 100


def test_what_a_model_repeats_of_the_prompt_is_no_claim(with_model: OpenWith) -> None:
    rule = (
        "Keep figures, units and names exactly as the source has them, and keep negations [P1.2]."
    )
    answer = with_model(ScriptedEndpoint([f"{rule} {MASKING} [P1.5]."])).ask(QUESTION)
    assert answer.text == f"{MASKING} [1]."


def test_an_unknown_model_may_come_as_a_bad_request() -> None:
    body = {"error": {"message": "Invalid model name passed in model=scripted"}}
    endpoint = ScriptedEndpoint([httpx.Response(400, json=body)])
    with pytest.raises(UnknownModelError, match="RAG_LLM_MODEL"):
        list(model(endpoint, Clock()).reply("s", "u"))


@pytest.mark.parametrize(
    "garbage",
    [
        httpx.Response(200, content=b"\x00\xff\xfe garbage"),
        httpx.Response(
            200, text="data: {not json}\n\n", headers={"content-type": "text/event-stream"}
        ),
        httpx.Response(
            200, text='data: {"choices": 5}\n\n', headers={"content-type": "text/event-stream"}
        ),
        httpx.Response(200, json={"error": "no"}),
        httpx.Response(204),
        finished("", "stop"),
        finished("\x1b[2J" * 50, "stop"),
        finished("{}" * 500, "stop"),
    ],
    ids=["bytes", "no json", "odd json", "json", "204", "nothing", "escapes", "braces"],
)
def test_garbage_ends_in_an_extractive_answer(
    with_model: OpenWith, garbage: httpx.Response
) -> None:
    answer = with_model(ScriptedEndpoint([garbage])).ask(QUESTION)
    assert (answer.mode, answer.grounded) == ("extractive", True)
    assert "without the model" in answer.notice
    assert "\x1b" not in answer.text + answer.notice


def test_one_dead_endpoint_costs_one_try_for_many_questions(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint([httpx.ConnectTimeout("dead")])
    assistant = with_model(endpoint)
    answers = [assistant.ask(QUESTION) for _ in range(4)]
    assert {answer.mode for answer in answers} == {"extractive"}
    assert len(endpoint.asked) == 1
    assert "failed a moment ago" in answers[-1].notice


# -- follow-ups through a model ------------------------------------------------------------------


def test_a_model_rewrites_a_follow_up(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint(
        [
            "AdaLog is a quantizer [P1.0].",
            "Which FPGA hardware accelerates multi-task ViTs?",
            "Edge-MoE is the first end-to-end FPGA accelerator for multi-task ViT [P1.4].",
        ]
    )
    assistant = with_model(endpoint)
    first = assistant.ask("What quantizer does AdaLog propose?")
    second = assistant.ask("And for that other thing on hardware?", history=[first])
    rewriting = endpoint.asked[1]["messages"][-1]["content"]
    assert "Q: What quantizer does AdaLog propose?" in rewriting
    assert "Last question: And for that other thing on hardware?" in rewriting
    assert second.question == "And for that other thing on hardware?"
    assert second.hits[0].paper.title.startswith("Edge-MoE")


@pytest.mark.parametrize("reply", ["", "of the", "word " * 500, 500, "<html>"])
def test_a_rewriting_that_fails_leaves_the_rules(with_model: OpenWith, reply: Step) -> None:
    endpoint = ScriptedEndpoint(["AdaLog is a quantizer [P1.0].", reply])
    assistant = with_model(endpoint)
    first = assistant.ask("What quantizer does AdaLog propose?")
    second = assistant.ask("Does it work on GELU outputs too?", history=[first])
    assert any(hit.paper.title.startswith("AdaLog") for hit in second.hits)


def test_a_stream_that_is_closed_stops_the_model(with_model: OpenWith) -> None:
    reply = Gated("VideoMAE V2 uses dual masking [P1.5]. " * 2, "Never read.")
    assistant = with_model(ScriptedEndpoint([lambda _: reply.response()]))
    parts = iter(assistant.stream("How does VideoMAE V2 cut the cost of pre-training?"))
    assert "dual masking" in next(parts)
    parts.close()
    assert reply.closed.is_set()


# -- replies in a schema, prompts that are too long, thoughts ------------------------------------

IN_SCHEMA = json.dumps({"claims": [{"text": f"{MASKING}.", "ids": ["P1.5"]}]})


def test_claims_come_in_a_schema_where_the_endpoint_takes_one(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint([IN_SCHEMA])
    assistant = with_model(endpoint)
    stream = assistant.stream(QUESTION)
    shown = [*stream]
    assert "".join(shown) == stream.answer.text == f"{MASKING} [1]."
    (asked,) = endpoint.asked
    schema = asked["response_format"]["json_schema"]["schema"]
    claim = schema["properties"]["claims"]["items"]["properties"]
    assert "P1.5" in claim["ids"]["items"]["enum"]
    assert "Reply in JSON" in asked["messages"][0]["content"]
    check_anchors(assistant, stream.answer)


def test_claims_come_as_text_where_it_does_not(with_model: OpenWith) -> None:
    refused = {"response_format": (400, "response_format is not supported")}
    endpoint = ScriptedEndpoint([strict(refused, f"{MASKING} [P1.5].")])
    assistant = with_model(endpoint)
    assert assistant.ask(QUESTION).text == f"{MASKING} [1]."
    assert assistant.ask(QUESTION).text == f"{MASKING} [1]."
    assert len(endpoint.asked) == 3  # the first was refused, and that is remembered
    assert "NO ANSWER" in endpoint.asked[-1]["messages"][0]["content"]


def test_a_prompt_that_is_refused_is_sent_with_fewer_papers(with_model: OpenWith) -> None:
    def reply(body: dict[str, Any]) -> Step:
        size = sum(len(message["content"]) for message in body["messages"])
        told = "This model's maximum context length is 2048 tokens."
        return refusal(400, told) if size > 6_000 else IN_SCHEMA

    endpoint = ScriptedEndpoint([reply])
    answer = with_model(endpoint).ask(QUESTION)
    assert answer.text == f"{MASKING} [1]."
    assert "RAG_LLM_CONTEXT" in answer.notice
    assert "2,048 tokens" in answer.notice


def test_a_prompt_that_was_read_short_is_sent_with_fewer_papers(with_model: OpenWith) -> None:
    def reply(body: dict[str, Any]) -> Step:
        size = sum(len(message["content"]) for message in body["messages"])
        usage = {"prompt_tokens": min(size // 4, 1_000), "completion_tokens": 9, "total_tokens": 9}
        said = "Nothing of it [P1.1]." if size > 5_000 else IN_SCHEMA
        return events(delta(said), delta(reason="stop"), {"choices": [], "usage": usage})

    endpoint = ScriptedEndpoint([reply])
    answer = with_model(endpoint).ask(QUESTION)
    assert answer.text == f"{MASKING} [1]."
    assert "RAG_LLM_CONTEXT" in answer.notice


def test_what_was_a_thought_is_no_part_of_the_answer(with_model: OpenWith) -> None:
    thought = f"Let me see. {COST} [P1.6]. That is it.</think>"
    endpoint = ScriptedEndpoint([f"{thought}{MASKING} [P1.5]."])
    assistant = with_model(endpoint)
    assert assistant.ask(QUESTION).text == f"{MASKING} [1]."
    stream = assistant.stream(QUESTION)
    assert "".join(stream) == stream.answer.text == f"{MASKING} [1]."  # known by now, and held back


def test_a_thought_without_an_answer_is_none(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint([f"{MASKING} [P1.5].</think>"])
    answer = with_model(endpoint).ask(QUESTION)
    assert answer.mode == "extractive"
    assert "is empty" in answer.notice
