"""Runs what is synchronous beside the event loop, and stops it when nobody listens any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread

from rag.work import Work

T = TypeVar("T")
THREADS = 32  # that compute or wait for a model at once; Gradio has others


HEAVY = 4  # of them that check a text or bring papers in
_WATCHED = 0.5  # seconds between two looks whether a client is still there


class Gone(Exception):  # noqa: N818  # it is no error of anybody
    """Nobody waits for what is being done."""


class Runner:
    """Threads of their own, so that the page and the API do not wait for each other."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._limiter: anyio.CapacityLimiter | None = None
        self._heavy: anyio.CapacityLimiter | None = None

    async def run(self, function: Callable[..., T], *given: Any, **named: Any) -> T:
        """Call a function in a thread.

        Raises:
            Exception: what the function raises.
        """
        if self._limiter is None:  # belongs to the event loop that it is made in
            self._limiter = anyio.CapacityLimiter(THREADS)
        call = partial(function, *given, **named)
        return await anyio.to_thread.run_sync(call, limiter=self._limiter)

    async def watched(
        self, request: Any, function: Callable[..., T], *given: Any, **named: Any
    ) -> T:
        """Call a function that tells of its progress, and end it when its client has gone.

        Few of these run at once, so that there are threads for everything else.

        Raises:
            Gone: the client went, or the server is about to end.
            Exception: what the function raises.
        """
        if self._heavy is None:
            self._heavy = anyio.CapacityLimiter(HEAVY)
        gone = threading.Event()

        def progress(_what: str, _done: int, _total: int) -> None:
            if gone.is_set() or self._work.is_ending:
                raise Gone

        async def watch() -> None:
            while not await request.is_disconnected():
                await anyio.sleep(_WATCHED)
            gone.set()

        call = partial(function, *given, progress=progress, **named)
        watching = asyncio.ensure_future(watch())
        try:
            return await anyio.to_thread.run_sync(call, limiter=self._heavy)
        finally:
            watching.cancel()

    async def read(self, request: Any, parts: Generator[str, None, None]) -> None:
        """Read a text to its end, or only until its client has gone.

        Raises:
            Gone: the client went.
            Exception: what the generator raises.
        """
        async with aclosing(self.pieces(parts)) as pieces:
            async for _ in pieces:
                if await request.is_disconnected():
                    raise Gone

    async def pieces(self, parts: Generator[str, None, None]) -> AsyncGenerator[str, None]:
        """Yield what a generator yields; leaving it, at a client's going, ends the generator."""
        try:
            while (piece := await self.run(next, parts, None)) is not None:
                yield piece
        finally:
            with anyio.CancelScope(shield=True):
                await self.run(parts.close)
