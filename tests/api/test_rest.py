"""``/api``: searching, asking, checking, the library, and who may change it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.api.conftest import KEYS, READER, WRITER

QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"
Serve = Callable[..., httpx.Client]


def events(response: httpx.Response) -> list[tuple[str, Any]]:
    """Return the events of a stream, with what they carry."""
    found = []
    for block in response.text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_searching(client: httpx.Client) -> None:
    hits = client.post("/api/search", json={"query": "dual masking of video", "k": 3}).json()[
        "hits"
    ]
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert hits[0]["paper"]["title"].startswith("VideoMAE V2")
    few = {"query": "dual masking of video", "filters": {"ids": [hits[2]["paper"]["id"]]}}
    assert len(client.post("/api/search", json=few).json()["hits"]) == 1


def test_asking_and_going_on(client: httpx.Client) -> None:
    first = client.post("/api/ask", json={"question": QUESTION}).json()
    assert (first["grounded"], first["mode"]) == (True, "extractive")
    second = client.post(
        "/api/ask", json={"question": "What does UniFormerV2 propose?", "history": [first]}
    ).json()
    assert second["citations"][0]["number"] == 2
    streamed = client.post("/api/ask", json={"question": QUESTION, "stream": True})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    *pieces, (last, answer) = events(streamed)
    assert {name for name, _ in pieces} == {"text"}
    assert (last, answer) == ("answer", first)
    assert "".join(piece["text"] for _, piece in pieces) == first["text"]


def test_summarizing(client: httpx.Client) -> None:
    asked = {"topic": "masked autoencoders for video"}
    whole = client.post("/api/summarize", json=asked).json()
    assert whole["grounded"] is True
    *pieces, (last, summary) = events(client.post("/api/summarize", json=asked | {"stream": True}))
    assert (last, summary["text"]) == ("summary", whole["text"])
    assert "".join(piece["text"] for _, piece in pieces) == whole["text"]


def test_checking(client: httpx.Client) -> None:
    text = "VideoMAE V2 uses dual masking. VideoMAE V2 does not use dual masking."
    found = client.post("/api/check", json={"text": text}).json()
    assert [one["finding"] for one in found["claims"]] == ["supported", "contradicted"]
    assert found["share"] == 0.5


def test_the_library(client: httpx.Client) -> None:
    page = client.get("/api/papers", params={"text": "video", "limit": 1}).json()
    assert (len(page["papers"]), page["total"] >= 2) == (1, True)
    paper = page["papers"][0]
    assert client.get(f"/api/papers/{paper['id']}").json() == paper
    assert client.get("/api/papers/nope").status_code == 404
    topics = client.get("/api/topics").json()
    assert sum(len(topic["paper_ids"]) for topic in topics) == 95


def test_exporting(client: httpx.Client) -> None:
    answer = client.post("/api/ask", json={"question": QUESTION}).json()
    done = client.post("/api/export", json={"form": "bibtex", "answers": [answer]})
    assert done.headers["content-type"].startswith("application/x-bibtex")
    assert done.text.startswith("@misc{")
    ids = [answer["citations"][0]["paper_id"]]
    assert client.post("/api/export", json={"form": "bibtex", "ids": ids}).text == done.text
    listed = client.post("/api/export", json={"ids": ids}).text
    assert listed.startswith("[1] VideoMAE V2")
    assert client.post("/api/export", json={"form": "bibtex"}).status_code == 400
    assert client.post("/api/export", json={"ids": ["nope"]}).status_code == 404
    assert client.post("/api/export", json={"answers": [{"x": 1}]}).status_code == 400


def test_it_is_described(client: httpx.Client) -> None:
    described = client.get("/api/openapi.json").json()
    assert {
        "/v1/chat/completions",
        "/v1/models",
        "/api/search",
        "/api/ask",
        "/api/summarize",
        "/api/check",
        "/api/papers",
        "/api/papers/{paper_id}",
        "/api/topics",
        "/api/export",
        "/api/ingest",
    } <= set(described["paths"])
    for schema in ("SearchRequest", "AskRequest", "SummarizeRequest", "CheckRequest"):
        fields = described["components"]["schemas"][schema]["properties"].values()
        assert any("examples" in one for one in fields), schema


PAPER = b'{"id": "n/1", "title": "Nets", "abstract": "Nets catch fish in rivers and in lakes."}\n'


def test_a_writing_key_changes_the_library(serve_with: Serve) -> None:
    client = serve_with(api_keys=KEYS)
    client.headers["authorization"] = f"Bearer {WRITER}"
    files = {"files": ("nets.jsonl", PAPER)}
    dry = client.post("/api/ingest", files=files, data={"dry_run": "true"}).json()
    assert [paper["id"] for paper in dry["added"]] == ["n/1"]
    assert client.get("/api/papers").json()["total"] == 2
    done = client.post("/api/ingest", files=files, data={"collection": "fish"}).json()
    assert done["added"] == ["n/1"]
    paper = client.get("/api/papers/n/1").json()
    assert (paper["source"], paper["collections"]) == ("nets.jsonl", ["fish"])
    assert client.delete("/api/papers/n/1").json() == {"removed": ["n/1"]}
    assert client.delete("/api/papers/n/1").status_code == 404
    for name in ("../../x.jsonl", "..", "a" * 300 + ".jsonl", "\\\\host\\x.jsonl"):
        client.post("/api/ingest", files={"files": (name, PAPER)})
        assert client.delete("/api/papers/n/1").status_code in (200, 404)


def test_a_file_of_no_kind_is_told(serve_with: Serve) -> None:
    client = serve_with(api_keys=KEYS)
    client.headers["authorization"] = f"Bearer {WRITER}"
    done = client.post("/api/ingest", files={"files": ("x.bin", b"\0\1\2")})
    (problem,) = done.json()["problems"]
    assert problem["path"] == "x.bin"
    assert "tmp" not in done.text
    done = client.post("/api/ingest", files={"files": ("y.csv", b"a,b\n1,2\n")})
    assert "tmp" not in done.text
    assert "y.csv" in done.text
    assert client.post("/api/ingest").status_code == 400


def test_a_reading_key_changes_nothing(serve_with: Serve) -> None:
    client = serve_with(api_keys=KEYS)
    client.headers["authorization"] = f"Bearer {READER}"
    refused = client.post("/api/ingest", files={"files": ("nets.jsonl", PAPER)})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "read_only")
    assert client.delete("/api/papers/p").status_code == 403
    assert client.get("/api/papers").json()["total"] == 2


@pytest.mark.parametrize(
    ("path", "body", "status", "param"),
    [
        ("search", {"query": "", "k": 3}, 400, "query"),
        ("search", {"query": "video", "k": 0}, 400, "k"),
        ("search", {"query": "video", "k": 1_000}, 400, "k"),
        ("search", {"query": "video", "filters": {"year": "soon"}}, 400, "filters.year"),
        ("search", {"query": "video", "filters": {"topic": "no such"}}, 400, None),
        ("search", {"query": "x" * 4_001}, 400, "query"),
        ("ask", {"question": QUESTION, "history": ["x"]}, 400, "history[0]"),
        ("ask", {"question": QUESTION, "more": 1}, 400, "more"),
        ("summarize", {"topic": "???"}, 400, None),
        ("check", {"text": "x", "form": "word"}, 400, "form"),
    ],
)
def test_what_cannot_be_used_is_told(
    client: httpx.Client, path: str, body: Any, status: int, param: str | None
) -> None:
    done = client.post(f"/api/{path}", json=body)
    assert (done.status_code, done.json()["error"]["param"]) == (status, param)
