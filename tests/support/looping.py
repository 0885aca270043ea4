"""An event loop of its own for what is awaited in a test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(awaited: Coroutine[Any, Any, T]) -> T:
    """Await something in a thread: a browser of earlier tests leaves its loop in this one."""
    return elsewhere(lambda: asyncio.run(awaited))


def elsewhere(call: Callable[[], T]) -> T:
    """Call something in a thread, where no loop is."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


async def ticks_while(awaited: Coroutine[Any, Any, Any]) -> int:
    """Return how often the loop comes round, every hundredth of a second, while it waits."""
    work, ticks = asyncio.ensure_future(awaited), 0
    while not work.done():
        await asyncio.sleep(0.01)
        ticks += 1
    await work
    return ticks
