"""The assistant for programs with an event loop."""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, AsyncAssistant, QuestionError, Settings
from tests.support.endpoint import OpenWith, ScriptedEndpoint
from tests.support.looping import run, ticks_while

QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"


def test_the_same_is_said(seeded: Assistant) -> None:
    async def ask() -> None:
        rag = AsyncAssistant(seeded)
        answer = await rag.ask(QUESTION)
        assert answer == seeded.ask(QUESTION)
        stream = await rag.stream(QUESTION)
        assert "".join([piece async for piece in stream]) == answer.text
        assert await stream.answer() == answer
        summary = await rag.stream_summary("masked autoencoders")
        text = "".join([piece async for piece in summary])
        assert text == (await summary.summary()).text
        hits, check = await asyncio.gather(
            rag.search("masking", k=2), rag.check("VideoMAE V2 uses dual masking.")
        )
        assert (len(hits), check.claims[0].finding) == (2, "supported")
        with pytest.raises(QuestionError):
            await rag.ask("?")

    run(ask())


def test_no_call_blocks_the_loop(seeded: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    make_ready = seeded.make_ready

    def slow(*args: Any, **kwargs: Any) -> None:
        time.sleep(0.3)
        make_ready(*args, **kwargs)

    monkeypatch.setattr(seeded, "make_ready", slow)
    rag = AsyncAssistant(seeded)
    assert run(ticks_while(rag.search("masking"))) > 10  # type: ignore[arg-type]

    async def read() -> None:
        async for _ in await rag.stream(QUESTION):
            pass

    assert run(ticks_while(read())) > 10


def test_a_library_is_opened_changed_and_closed(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text(
        json.dumps({"id": "p", "title": "Codecs", "abstract": "We propose codecs for audio."})
    )

    async def use() -> None:
        async with await AsyncAssistant.open(Settings(home=tmp_path / "l", seeds="")) as rag:
            assert (await rag.ingest(tmp_path / "p.jsonl")).added == ("p",)
            assert (await rag.paper("p")).title == "Codecs"
            await rag.remove("p")
            assert await rag.papers() == []

    run(use())


def test_leaving_a_text_stops_its_model(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint(["Masking cuts the cost [P1.2].\nIt does so twice [P1.3].\n" * 5])
    assistant = with_model(endpoint)

    async def leave() -> str:
        stream = await AsyncAssistant(assistant).stream(QUESTION)
        pieces = stream.__aiter__()
        first = await anext(pieces)
        await pieces.aclose()  # type: ignore[attr-defined]
        return first

    assert run(leave())


def test_it_has_what_the_assistant_has() -> None:
    """What is added there is added here; parts of it, and what is for the page, are not."""
    own = {name for name, _ in inspect.getmembers(AsyncAssistant) if not name.startswith("_")}
    inner = {"library", "vectors", "embedder", "model", "grounder", "paper_retriever"}
    kept = {"make_ready", "ingest_seeds", "query_engine", "retriever", "papers_of", "papers_cited"}
    page = {"toggle_star", "starred_papers", "export_reading_list", "topics_grown", "re_embed"}
    more = {"last_added", "of_source", "restore"}
    theirs = {name for name in dir(Assistant) if not name.startswith("_")}
    assert theirs - own == inner | kept | page | more
