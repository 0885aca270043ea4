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
