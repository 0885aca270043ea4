"""The vector index on a real Chroma server: the same answers, and none lost when it goes away."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from rag import Assistant, Settings
from rag.doctor import examine
from rag.errors import DamagedIndexError, IndexDownError
from rag.library import (
    BuiltFrom,
    ChromaServer,
    RemoteVectors,
    Vectors,
    chroma_server,
    remote_vectors,
)
from rag.search import retriever as retrieve
from rag.text.notices import BY_WORDS
from tests.support.chroma import CHROMA, ChromaRun, free_port

QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"
STATE = BuiltFrom("library", 3, "print")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaRun]:
    """A server that runs at the start of each test, whatever the one before did to it."""
    if CHROMA is None:
        pytest.skip("there is no chroma command")
    run = ChromaRun(tmp_path_factory.mktemp("chroma"))
    if not run.start():
        pytest.skip("chroma run does not start here")
    yield run
    run.kill()


@pytest.fixture
def vectors(server: ChromaRun, request: pytest.FixtureRequest) -> Iterator[RemoteVectors]:
    name = str(abs(hash(request.node.name)))
    vectors = RemoteVectors(ChromaServer(server.url), lambda: name)
    vectors.recreate()
    yield vectors
    vectors.close()


def unit(*places: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.eye(8, dtype=np.float32)[list(places)]


# -- the index by itself -------------------------------------------------------------------------


def test_it_does_what_the_embedded_one_does(vectors: RemoteVectors) -> None:
    vectors.put([("a", unit(0, 1)), ("b#1", unit(2))])
    assert vectors.state() is None  # put, but not stamped
    vectors.stamp(STATE)
    assert (vectors.count(), vectors.state()) == (3, STATE)
    near = vectors.nearest(unit(1)[0], 3)
    assert next(iter(near)) == "a"
    assert near["a"] == pytest.approx(1.0, abs=1e-5)
    vectors.drop(["a", "unknown"])
    assert list(vectors.nearest(unit(2)[0], 5)) == ["b#1"]
    vectors.recreate()
    assert (vectors.count(), vectors.state()) == (0, None)


def test_a_long_id_is_kept_in_full(vectors: RemoteVectors) -> None:
    long = "https://example.org/" + "ü" * 90
    vectors.put([(long, unit(0))])
    vectors.stamp(STATE)
    assert list(vectors.nearest(unit(0)[0], 1)) == [long]
    collection = vectors._collection()
    assert all(len(i.encode()) <= 128 for i in collection.get()["ids"])


def test_libraries_on_one_server_do_not_meet(server: ChromaRun, vectors: RemoteVectors) -> None:
    vectors.put([("a", unit(0))])
    vectors.stamp(STATE)
    other = RemoteVectors(ChromaServer(server.url), lambda: "another-library")
    other.recreate()
    assert (other.count(), vectors.count()) == (0, 1)
    other.close()


def test_one_that_is_not_finished_is_not_searched(vectors: RemoteVectors) -> None:
    vectors.put([("a", unit(0))])
    with pytest.raises(IndexDownError, match="is being rebuilt"):
        vectors.nearest(unit(0)[0], 1)
    assert vectors.wants_care()


def test_one_that_another_process_has_made_anew_is_found(
    server: ChromaRun, vectors: RemoteVectors
) -> None:
    vectors.put([("a", unit(0))])
    vectors.stamp(STATE)
    assert list(vectors.nearest(unit(0)[0], 1, sequence=3)) == ["a"]
    other = RemoteVectors(ChromaServer(server.url), vectors._identity)
    other.recreate()
    other.put([("b", unit(0))])
    other.stamp(STATE)
    other.close()
    assert list(vectors.nearest(unit(0)[0], 1, sequence=3)) == ["b"]
    assert not vectors.wants_care()


# -- limits and failures, without a server -------------------------------------------------------


Handler = Callable[[httpx.Request], httpx.Response]


def over(handler: Handler, **given: Any) -> RemoteVectors:
    place = ChromaServer(
        given.pop("url", "http://127.0.0.1:1"), transport=httpx.MockTransport(handler), **given
    )
    return RemoteVectors(place, lambda: "x")


def collection(tenant: str, database: str) -> httpx.Response:
    model = {
        "id": "010722a1-967d-4042-89e3-0f57878d5197",
        "name": "cited-rag-x",
        "configuration_json": {"hnsw": {"space": "cosine"}},
        "metadata": {},
        "dimension": 8,
        "tenant": tenant,
        "database": database,
        "log_position": 0,
        "version": 0,
    }
    return httpx.Response(200, json=model)


def test_what_passes_is_tried_again_and_no_more_than_so_often() -> None:
    asked: list[int] = []

    def busy(request: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(503) if len(asked) == 1 else httpx.Response(200, json="1.5.9")

    assert over(busy).look() == "1.5.9"
    assert len(asked) == 2

    def gone(_request: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(503)

    asked.clear()
    with pytest.raises(IndexDownError, match=r"127.0.0.1:1 does not answer .*RAG_CHROMA_URL"):
        over(gone).look()
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (httpx.Response(401), r"refuses the key .*; set RAG_CHROMA_TOKEN"),
        (httpx.Response(403), r"refuses the key .*; set RAG_CHROMA_TOKEN"),
        (httpx.Response(404, text="<html>nothing"), r"in an unknown way \(<html>.*RAG_CHROMA_URL"),
        (httpx.Response(200, text="hello"), r"in an unknown way"),
    ],
    ids=["401", "403", "another server", "no JSON"],
)
def test_a_server_that_is_none_of_ours_is_told(answer: httpx.Response, says: str) -> None:
    with pytest.raises(IndexDownError, match=says):
        over(lambda _request: answer).look()


def test_one_that_is_silent_is_waited_for_so_long_and_then_left_alone() -> None:
    asked: list[float] = []

    def silent(request: httpx.Request) -> httpx.Response:
        asked.append(request.extensions["timeout"]["read"])
        raise httpx.ReadTimeout("silent")

    vectors = over(silent)
    for _ in range(3):
        with pytest.raises(IndexDownError, match="does not answer"):
            vectors.nearest(unit(0)[0], 1)
    assert asked == [10.0]  # then it rests
    assert not vectors.wants_care()


def test_writes_keep_to_the_limits_of_the_cloud() -> None:
    sizes: list[int] = []

    def cloud(request: httpx.Request) -> httpx.Response:
        assert request.headers["x-chroma-token"] == "key"
        path = request.url.path
        if path.endswith("/pre-flight-checks"):
            return httpx.Response(200, json={"max_batch_size": 1_000})
        if path.endswith("/identity"):
            told = {"user_id": "u", "tenant": "t", "databases": ["papers"]}
            return httpx.Response(200, json=told)
        assert "/tenants/t/databases/papers/" in path
        if path.endswith("/upsert"):
            sizes.append(len(json.loads(request.content)["ids"]))
            return httpx.Response(200, json={})
        return collection("t", "papers")

    vectors = over(
        cloud, url="https://api.trychroma.com", headers={"X-Chroma-Token": "key"}, is_cloud=True
    )
    vectors.put((f"p{i}", unit(0, 1)) for i in range(400))
    assert sizes == [300, 300, 200]


def test_no_proxy_leads_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    here = chroma_server.Connection(ChromaServer("http://localhost:1"))
    there = chroma_server.Connection(ChromaServer("http://chroma.lan:8000"))
    mounts = [one._api._session._mounts for one in (here, there)]  # type: ignore[attr-defined]
    assert [bool(mount) for mount in mounts] == [False, True]
    here.close()
    there.close()


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("http://127.evil.org", False),
        ("https://chroma.lan", False),
    ],
)
def test_what_is_on_this_machine(url: str, is_here: bool) -> None:
    assert ChromaServer(url).is_here is is_here


# -- a whole library -----------------------------------------------------------------------------


@pytest.fixture
def settings(
    server: ChromaRun, seed_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The seed papers with their vectors on the server, every search asking it."""
    monkeypatch.setattr(retrieve, "EXACT", 0)
    home = tmp_path / "library"
    shutil.copytree(seed_home, home)
    return Settings(home=home, chroma_url=server.url)


def order(assistant: Assistant, question: str = QUESTION) -> list[str]:
    return [hit.paper.id for hit in assistant.search(question, k=20)]


def wait_until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not done():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)


def test_searches_are_those_of_the_embedded_index(settings: Settings, seeded: Assistant) -> None:
    with Assistant.open(settings) as assistant:
        for question in (QUESTION, "4 bit vision transformers", "music from video"):
            assert order(assistant, question) == order(seeded, question)
        answer, same = assistant.ask(QUESTION), seeded.ask(QUESTION)
        assert (answer.text, answer.notice) == (same.text, same.notice)
        assert isinstance(assistant.vectors, RemoteVectors)
        assert assistant.vectors.count() == assistant.library.count_chunks()


def test_answers_go_on_while_the_server_is_away_and_it_is_brought_up_again(
    settings: Settings, server: ChromaRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_vectors, "REST", 0.5)
    with Assistant.open(settings) as assistant:
        before = assistant.ask(QUESTION)
        whole = order(assistant)
        assert BY_WORDS not in before.notice
        server.kill()
        server.forget()
        try:
            meanwhile = assistant.ask(QUESTION)
            assert meanwhile.grounded
            assert meanwhile.citations == before.citations
            assert BY_WORDS in meanwhile.notice
            assert BY_WORDS in assistant.summarize("video transformers").notice
            assert BY_WORDS in assistant.ask("zzyzx qwertyish").notice
        finally:
            assert server.start()  # empty
        _never_embed(assistant, monkeypatch)

        def is_back() -> bool:
            return BY_WORDS not in assistant.ask(QUESTION).notice

        wait_until(is_back)
        assert order(assistant) == whole
        assert assistant.vectors.count() == assistant.library.count_chunks()


def _never_embed(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let papers not be embedded from now on."""

    def refuse(*_given: Any, **_named: Any) -> Any:
        raise AssertionError("a paper was embedded")

    monkeypatch.setattr("rag.intake.ingest.embed_papers", refuse)


def test_an_empty_server_is_filled_at_the_start_without_embedding(
    settings: Settings, server: ChromaRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Assistant.open(settings) as assistant:
        whole = order(assistant)
    server.kill()
    server.forget()
    assert server.start()
    with Assistant.open(settings) as assistant:
        _never_embed(assistant, monkeypatch)
        assert order(assistant) == whole


def test_papers_come_in_while_the_server_is_away(
    settings: Settings, server: ChromaRun, tmp_path: Path
) -> None:
    paper = {"title": "Zebra nets", "abstract": "We show that zebra nets count zebras."}
    (tmp_path / "new.jsonl").write_text(json.dumps(paper))
    with Assistant.open(settings) as assistant:
        order(assistant)
        server.kill()
        try:
            assert len(assistant.ingest(tmp_path / "new.jsonl").added) == 1
            assert assistant.ask("What do zebra nets count?").citations[0].title == "Zebra nets"
        finally:
            assert server.start()
    with Assistant.open(settings) as assistant:
        order(assistant)
        assert assistant.vectors.count() == assistant.library.count_chunks()


def test_the_doctor_checks_the_server(settings: Settings, server: ChromaRun) -> None:
    checks = {check.name: check for check in examine(settings)}
    assert checks["vector server"].ok
    assert f"at {server.url} answers in" in checks["vector server"].found
    away = settings.model_copy(update={"chroma_url": f"http://127.0.0.1:{free_port()}"})
    checks = {check.name: check for check in examine(away)}
    assert not checks["vector server"].ok
    assert "does not answer" in checks["vector server"].found
    assert "start it (`chroma run`), or check RAG_CHROMA_URL" in checks["vector server"].fix
    assert not checks["search indexes"].ok
    assert checks["library"].ok


def test_a_ruined_collection_is_told_apart_from_a_server_that_is_away(
    settings: Settings,
) -> None:
    with Assistant.open(settings) as assistant:
        order(assistant)
        vectors = assistant.vectors
        assert isinstance(vectors, RemoteVectors)
        vectors._connected()._api.delete_collection(vectors.name)
        with pytest.raises(DamagedIndexError):
            vectors.count()
        assert vectors.state() is None


def test_without_a_server_the_index_is_on_disk(seeded: Assistant) -> None:
    assert type(seeded.vectors) is Vectors
    assert (seeded.vectors.trouble, seeded.vectors.wants_care()) == ("", False)
