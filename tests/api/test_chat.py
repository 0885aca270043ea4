"""``/v1`` as OpenAI's own client asks: answers, citations in every dialect, conversations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from tests.support.looping import run

QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"
NEXT = "What does UniFormerV2 propose?"
NOWHERE = "How are goldfish fed in winter on the moon?"
Ask = dict[str, Any]


@pytest.fixture
def openai_client(served: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{served}/v1", api_key="none", max_retries=0) as client:
        yield client


def asked(*texts: str, **more: Any) -> Ask:
    roles = ("user", "assistant")
    messages = [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]
    return {"model": "cited-rag", "messages": messages, **more}


def test_the_models(openai_client: openai.OpenAI) -> None:
    assert [one.id for one in openai_client.models.list()] == ["cited-rag", "cited-rag-extractive"]
    assert openai_client.models.retrieve("cited-rag").owned_by == "cited-rag"
    with pytest.raises(openai.NotFoundError, match="no model 'x'"):
        openai_client.models.retrieve("x")


def test_an_answer_has_its_citations_in_every_dialect(openai_client: openai.OpenAI) -> None:
    done = openai_client.chat.completions.create(**asked(QUESTION))
    message = done.choices[0].message
    text = message.content or ""
    assert "dual masking strategy" in text
    assert done.choices[0].finish_reason == "stop"
    assert done.usage is not None
    assert done.usage.total_tokens == done.usage.prompt_tokens + done.usage.completion_tokens > 20
    extra: Any = done
    annotations = message.annotations or []
    assert len(annotations) == text.count("[1]") > 1
    for one in annotations:
        found = one.url_citation
        assert text[found.start_index : found.end_index] == "[1]"
        assert found.url == extra.citations[0] == extra.search_results[0]["url"]
        assert found.title == "VideoMAE V2: Scaling Video Masked Autoencoders with Dual Masking"
    assert "dual masking strategy" in extra.search_results[0]["snippet"]
    context: Any = message.model_extra
    assert context["context"]["citations"][0]["url"] == extra.citations[0]
    assert context["context"]["intent"] == QUESTION
    assert extra.sources[0]["source"]["url"] == extra.citations[0]
    assert "dual masking strategy" in extra.sources[0]["document"][0]
    assert extra.rag["text"] == text
    assert [claim["support"] for claim in extra.rag["claims"]] == ["supported", "supported"]
    assert "/?paper=videomae-v2" in extra.citations[0]  # it has no address of its own


def test_the_example_of_the_readme_runs(served: str, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(import openai.*?)^```", readme, re.MULTILINE | re.DOTALL)
    exec(example.replace("http://127.0.0.1:7860", served), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("[1] VideoMAE V2: Scaling")
    assert lines[-1].startswith("supported ")


def test_a_stream_is_the_same_answer(openai_client: openai.OpenAI) -> None:
    whole: Any = openai_client.chat.completions.create(**asked(QUESTION))
    chunks = list(
        openai_client.chat.completions.create(
            **asked(QUESTION), stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    deltas: list[Any] = [c.choices[0].delta for c in chunks if c.choices]
    assert deltas[0].role == "assistant"
    (annotations,) = [d.annotations for d in deltas if getattr(d, "annotations", None)]
    given = [one.model_dump() for one in whole.choices[0].message.annotations]
    assert annotations == given
    (context,) = [d for d in deltas if getattr(d, "context", None)]
    assert context.content is None  # Azure's clients read nothing else beside it
    events: list[Any] = [c for c in chunks if getattr(c, "event", None)]
    assert [one.event["data"]["source"]["url"] for one in events] == whole.citations
    last: Any = chunks[-2]
    assert last.choices[0].finish_reason == "stop"
    assert (last.citations, last.rag["claims"]) == (whole.citations, whole.rag["claims"])
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    assert len({c.id for c in chunks}) == 1


def test_the_asynchronous_client(served: str) -> None:
    async def ask() -> str:
        async with openai.AsyncOpenAI(base_url=f"{served}/v1", api_key="none") as client:
            stream = await client.chat.completions.create(**asked(QUESTION), stream=True)
            return "".join([c.choices[0].delta.content or "" async for c in stream])

    assert "dual masking strategy" in run(ask())


@pytest.mark.parametrize("how", ["text", "id", "rag", "forgotten"])
def test_numbers_stay_in_a_conversation(openai_client: openai.OpenAI, how: str) -> None:
    first: Any = openai_client.chat.completions.create(**asked(QUESTION))
    text = first.choices[0].message.content
    if how == "forgotten":  # as after a restart: it is read from what it says
        text = text.replace("VideoMAE V2: We", "We")
    request = asked(QUESTION, text, NEXT)
    if how == "id":
        request["messages"][1] |= {"content": "…", "id": first.id}
    if how == "rag":
        request["messages"][1] |= {"content": "…", "rag": first.rag}
    second: Any = openai_client.chat.completions.create(**request)
    assert "[2]" in second.choices[0].message.content
    assert second.citations[0] == first.citations[0]
    assert "uniformerv2" in second.citations[1]
    third = asked(QUESTION, text, NEXT, second.choices[0].message.content, "What is said in [1]?")
    third["messages"][1] = request["messages"][1]
    back: Any = openai_client.chat.completions.create(**third)
    assert "[1]" in back.choices[0].message.content
    assert back.citations[0] == first.citations[0]


def test_numbers_of_papers_that_nobody_knows_any_more_stay_theirs(
    openai_client: openai.OpenAI,
) -> None:
    said = "It is all quite plain [1]. Nobody knows what that was [7]. Nor that [9999]."
    done: Any = openai_client.chat.completions.create(**asked("What is it?", said, QUESTION))
    assert done.rag["citations"][0]["number"] == 8
    assert len(done.citations) == 8


def test_a_refusal_is_an_answer(openai_client: openai.OpenAI) -> None:
    done: Any = openai_client.chat.completions.create(**asked(NOWHERE))
    assert done.choices[0].message.content.startswith("The papers in this library do not answer")
    assert "Closest are" in done.choices[0].message.content
    assert done.rag["grounded"] is False
    assert (done.citations, done.choices[0].message.annotations) == ([], [])


def test_references_on_request(openai_client: openai.OpenAI) -> None:
    only = ["uniformerv2-spatiotemporal-learning-6ab894ce6a"]
    own = {"rag": {"references": True, "filters": {"ids": only}}}
    done: Any = openai_client.chat.completions.create(**asked(NEXT), extra_body=own)
    content = done.choices[0].message.content
    text, _, listed = content.partition("\n\n**References**\n\n")
    assert listed.startswith("[1] UniFormerV2: Spatiotemporal Learning")
    assert done.rag["text"] == text
    assert [one["paper_id"] for one in done.rag["citations"]] == only
    stream = openai_client.chat.completions.create(**asked(NEXT), extra_body=own, stream=True)
    assert "".join(c.choices[0].delta.content or "" for c in stream) == content


def test_parts_of_text_and_what_clients_send_beside_it(openai_client: openai.OpenAI) -> None:
    request = asked(QUESTION, temperature=0.2, max_tokens=5, user="ada", seed=3, stop=["\n"])
    request["messages"].insert(0, {"role": "system", "content": "Answer in rhymes."})
    request["messages"][1]["content"] = [{"type": "text", "text": QUESTION}]
    more = {"metadata": {"chat": "1"}, "reasoning": {"effort": "low"}, "tool_choice": "none"}
    done = openai_client.chat.completions.create(**request, extra_body=more)
    assert "dual masking" in (done.choices[0].message.content or "")


TASK = (
    '### Task:\nGenerate a title … JSON: {{ "{}": … }}\n'
    "<chat_history>\nUSER: {}\nASSISTANT: x\n</chat_history>"
)


def test_titles_are_no_questions_to_the_papers(openai_client: openai.OpenAI) -> None:
    done = openai_client.chat.completions.create(**asked(TASK.format("title", QUESTION)))
    assert json.loads(done.choices[0].message.content or "") == {"title": QUESTION}
    stream = openai_client.chat.completions.create(**asked(TASK.format("tags", "x")), stream=True)
    assert "".join(c.choices[0].delta.content or "" for c in stream) == '{"tags": []}'


FORM, COLOUR = {"type": "json_object"}, {"colour": "red"}
PICTURE = [{"type": "image_url", "image_url": {"url": "data:x"}}]


def said(role: str, content: Any) -> Ask:
    return {"model": "cited-rag", "messages": [{"role": role, "content": content}]}


BAD: list[tuple[str, Any, int, str, str | None]] = [
    ("another model", asked(QUESTION, model="gpt-4o"), 404, "no model 'gpt-4o'", "model"),
    ("no model", {"messages": []}, 400, "Field required", "model"),
    ("no message", asked(), 400, "at least 1", "messages"),
    ("n", asked(QUESTION, n=5), 400, "one answer", "n"),
    ("tools", asked(QUESTION, tools=[{"type": "function"}]), 400, "no tools", "tools"),
    ("JSON", asked(QUESTION, response_format=FORM), 400, "", "response_format"),
    ("sound", asked(QUESTION, modalities=["text", "audio"]), 400, "text", "modalities"),
    ("an answer last", asked(QUESTION, "So."), 400, "last message", "messages"),
    ("an unknown role", said("cat", "miaow"), 400, "no role 'cat'", "messages[0].role"),
    ("an empty question", asked("  "), 400, "empty", None),
    ("a question without a word", asked("???"), 400, "empty", None),
    ("a long question", asked("x" * 5_000), 400, "4,000", None),
    ("a filter", asked(QUESTION, rag={"filters": COLOUR}), 400, "Extra", "rag.filters.colour"),
    ("no text", said("user", 3), 400, "string", "messages.0.content.str"),
    ("a half character", said("user", "\ud800 video"), 400, "half of a character", None),
    ("a picture", said("user", PICTURE), 400, "'image_url' is not", "messages[0].content"),
    ("an empty part", said("user", [{"type": "text"}]), 400, "is not read", "messages[0].content"),
    ("no object", [1, 2], 400, "dictionary", None),
]


@pytest.mark.parametrize(
    ("request_", "status", "message", "param"),
    [pytest.param(*rest, id=name) for name, *rest in BAD],
)
def test_what_is_refused_is_told_in_the_clients_shape(
    client: httpx.Client, request_: Any, status: int, message: str, param: str | None
) -> None:
    headers = {"content-type": "application/json"}
    done = client.post("/v1/chat/completions", content=json.dumps(request_), headers=headers)
    assert done.status_code == status, done.text
    error = done.json()["error"]
    assert message in error["message"]
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"
    assert error["request_id"] == done.headers["x-request-id"]


def test_a_body_that_is_no_json(client: httpx.Client) -> None:
    headers = {"content-type": "application/json"}
    done = client.post("/v1/chat/completions", content=b"{", headers=headers)
    assert (done.status_code, done.json()["error"]["message"]) == (400, "the body is no JSON")
    done = client.post("/v1/chat/completions", content=b"{}")
    assert done.status_code == 415
    assert client.get("/v1/chat/completions").status_code == 405
    assert client.get("/v1/embeddings").json()["error"]["message"] == (
        "there is nothing at this address"
    )


def test_a_megabyte_of_messages(client: httpx.Client) -> None:
    done = client.post("/v1/chat/completions", json=asked(*["word " * 1_000] * 250))
    assert done.status_code == 413
    assert "1,000,000 bytes" in done.json()["error"]["message"]
    body = (b"x" * 10_000 for _ in range(200))  # that does not say how long it is
    headers = {"content-type": "application/json"}
    done = client.post("/v1/chat/completions", content=body, headers=headers)
    assert done.status_code == 413
