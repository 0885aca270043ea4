"""The same thing done by several real processes at the same moment, round after round."""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 100  # seconds for all of it; a process that hangs fails the test


def together(
    act: Callable[[Path], object], homes: list[Path], *, processes: int
) -> list[list[object]]:
    """Let all processes call ``act`` with a home at once, one home after the other.

    Returns what came of each home: a value a process, or what was raised as text. They are started
    once and wait for each other before every round, so that they meet as closely as they can.
    """
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(processes), context.Queue()
    workers = [
        context.Process(target=_rounds, args=(act, homes, barrier, results), daemon=True)
        for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    found: list[list[object]] = [[] for _ in homes]
    try:
        for _ in range(processes * len(homes)):
            place, result = results.get(timeout=PATIENCE)
            found[place].append(result)
        for worker in workers:
            worker.join(PATIENCE)
    except queue.Empty:
        raise AssertionError(f"not all came back; so far {found}") from None
    finally:
        for worker in workers:
            worker.kill()
            worker.join()
    return found


def _rounds(act: Callable[[Path], object], homes: list[Path], barrier: Any, results: Any) -> None:
    for place, home in enumerate(homes):
        barrier.wait(PATIENCE)
        try:
            results.put((place, act(home)))
        except Exception as error:  # noqa: BLE001  # whatever it is, the test tells it
            results.put((place, f"{type(error).__name__}: {error}"))
