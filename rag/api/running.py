"""Runs what is synchronous beside the event loop, and stops it when nobody listens any more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")
THREADS = 32  # that compute or wait for a model at once; Gradio has others


class Runner:
    """Threads of their own, so that the page and the API do not wait for each other."""

    def __init__(self) -> None:
        self._limiter: anyio.CapacityLimiter | None = None

    async def run(self, function: Callable[..., T], *given: Any, **named: Any) -> T:
        """Call a function in a thread.

        Raises:
            Exception: what the function raises.
        """
        if self._limiter is None:  # belongs to the event loop that it is made in
            self._limiter = anyio.CapacityLimiter(THREADS)
        call = partial(function, *given, **named)
        return await anyio.to_thread.run_sync(call, limiter=self._limiter)

    async def pieces(self, parts: Generator[str, None, None]) -> AsyncIterator[str]:
        """Yield what a generator yields; leaving it, at a client's going, ends the generator."""
        try:
            while (piece := await self.run(next, parts, None)) is not None:
                yield piece
        finally:
            with anyio.CancelScope(shield=True):
                await self.run(parts.close)
