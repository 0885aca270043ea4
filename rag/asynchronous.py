"""The assistant for programs with an event loop: the same methods, run in threads."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from rag.assistant import Assistant
from rag.config import Settings
from rag.records import Answer, Summary

P = ParamSpec("P")
R = TypeVar("R")


def _in_thread(
    method: Callable[Concatenate[Assistant, P], R],
) -> Callable[Concatenate[AsyncAssistant, P], Awaitable[R]]:
    """Make a method of the assistant one that is awaited."""

    async def run(self: AsyncAssistant, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.to_thread(method, self.assistant, *args, **kwargs)

    functools.update_wrapper(run, method)
    return run


def _as_stream(
    method: Callable[Concatenate[Assistant, P], Any], kind: Callable[[Any], R]
) -> Callable[Concatenate[AsyncAssistant, P], Awaitable[R]]:
    """Make a method that gives a text as it comes one whose text is awaited."""

    async def run(self: AsyncAssistant, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return kind(await asyncio.to_thread(method, self.assistant, *args, **kwargs))

    functools.update_wrapper(run, method)
    return run


class AsyncStream:
    """A text as it comes: iterate with ``async for``; leaving it stops the model."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[str]:
        """Yield the text in pieces.

        Raises:
            RagError: as the method that gave it.
        """
        pieces: Iterator[str] = await asyncio.to_thread(iter, self._stream)
        try:
            while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
                yield piece
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                await asyncio.shield(asyncio.to_thread(close))


class AsyncAnswerStream(AsyncStream):
    """The text of an answer as it comes; ``answer()`` is all of it at the end."""

    async def answer(self) -> Answer:
        """Return the finished answer; reads the rest of the text first if need be."""
        answer: Answer = await asyncio.to_thread(lambda: self._stream.answer)
        return answer


class AsyncSummaryStream(AsyncStream):
    """The text of a summary as it comes; ``summary()`` is all of it at the end."""

    async def summary(self) -> Summary:
        """Return the finished summary; reads the rest of the text first if need be."""
        summary: Summary = await asyncio.to_thread(lambda: self._stream.summary)
        return summary


class AsyncAssistant:
    """Questions and answers over one library, awaited. Each call runs in a thread of its own."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant

    @classmethod
    async def open(cls, settings: Settings | None = None, **given: Any) -> Self:
        """Open the library that the settings name; all else as ``Assistant.open``.

        Raises:
            RagError: a setting, the library, or the seeds cannot be used.
        """
        return cls(await asyncio.to_thread(functools.partial(Assistant.open, settings, **given)))

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        await self.close()

    stream = _as_stream(Assistant.stream, AsyncAnswerStream)
    stream_summary = _as_stream(Assistant.stream_summary, AsyncSummaryStream)
    ask = _in_thread(Assistant.ask)
    prompt = _in_thread(Assistant.prompt)
    search = _in_thread(Assistant.search)
    similar = _in_thread(Assistant.similar)
    summarize = _in_thread(Assistant.summarize)
    check = _in_thread(Assistant.check)
    topics = _in_thread(Assistant.topics)
    export = _in_thread(Assistant.export)
    export_summary = _in_thread(Assistant.export_summary)
    papers = _in_thread(Assistant.papers)
    paper = _in_thread(Assistant.paper)
    ingest = _in_thread(Assistant.ingest)
    preview = _in_thread(Assistant.preview)
    add = _in_thread(Assistant.add)
    preview_add = _in_thread(Assistant.preview_add)
    remove = _in_thread(Assistant.remove)
    put_back = _in_thread(Assistant.put_back)
    star = _in_thread(Assistant.star)
    unstar = _in_thread(Assistant.unstar)
    reading_list = _in_thread(Assistant.reading_list)
    backup = _in_thread(Assistant.backup)
    warm_up = _in_thread(Assistant.warm_up)
    close = _in_thread(Assistant.close)
