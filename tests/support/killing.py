"""Processes that are killed at a random moment of what they do, cheaply enough for hundreds.

A process forked from one that has imported everything starts in some 30 ms; embedding is a look-up
in a model of a few words.
"""

from __future__ import annotations

import multiprocessing
import os
import time
import traceback
from collections.abc import Callable
from multiprocessing import forkserver
from pathlib import Path
from typing import Any
from unittest import mock

from tests.support.places import ROOT

PRELOADED = ["rag.assistant", "chromadb", "tantivy", "onnxruntime", "tests.intake.killed"]
PATIENCE = 60  # seconds for one process

Note = Callable[[object], None]  # what has been acknowledged
Act = Callable[[Path, Note], None]


def started(act: Act, home: Path) -> Any:
    """Start a process that acts on a library and notes what it has done beside it."""
    process = _context().Process(target=_act, args=(act, home), daemon=True)
    process.start()
    return process


def seconds(act: Act, home: Path) -> float:
    """Return how long it takes when nobody kills it, from the start of the process."""
    begin = time.perf_counter()
    process = started(act, home)
    process.join(PATIENCE)
    assert process.exitcode == 0, act
    return time.perf_counter() - begin


def killed(act: Act, home: Path, *, after: float) -> list[str]:
    """Kill who acts on a library after so many seconds; return what had been acknowledged."""
    process = started(act, home)
    process.join(after)
    process.kill()
    process.join(PATIENCE)
    # 255: killed before the server that forks had its number (multiprocessing.popen_forkserver).
    assert process.exitcode in (0, -9, 255), f"{act.__name__} ended with {process.exitcode}"
    log = _log(home)
    return log.read_text().splitlines() if log.exists() else []


def found(check: Callable[[Path, list[str]], None], home: Path, noted: list[str]) -> str:
    """Let a fresh process look at what is left; return what is wrong with it."""
    ours, theirs = _context().Pipe(duplex=False)
    process = _context().Process(target=_check, args=(check, home, noted, theirs), daemon=True)
    process.start()
    told = str(ours.recv()) if ours.poll(PATIENCE) else "the look at it hangs"
    process.kill()
    process.join()
    return told


def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with mock.patch.dict(os.environ, PYTHONPATH=str(ROOT)):  # it takes no path of ours else
        forkserver.ensure_running()
    return context


def _log(home: Path) -> Path:
    return home.with_name(f"{home.name}.log")


def _act(act: Act, home: Path) -> None:
    log = os.open(_log(home), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    act(home, lambda what: (os.write(log, f"{what}\n".encode()), None)[1])


def _check(
    check: Callable[[Path, list[str]], None], home: Path, noted: list[str], told: Any
) -> None:
    try:
        check(home, noted)
        told.send("")
    except BaseException:  # noqa: BLE001  # whatever it is, the test tells it
        told.send(traceback.format_exc())
