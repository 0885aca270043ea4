"""Waiting for a summary, and ceasing to."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Timer

import pytest

from rag.summaries.watcher import StoppedError, Watcher


def future(value: int | Exception | None = None) -> Future[int]:
    made: Future[int] = Future()
    if isinstance(value, Exception):
        made.set_exception(value)
    elif value is not None:
        made.set_result(value)
    return made


def test_what_is_done_is_returned() -> None:
    assert Watcher().wait_for(future(7)) == 7


def test_what_failed_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        Watcher().wait_for(future(ZeroDivisionError()))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="it never ends"),
        pytest.param(7, id="it is done"),
        pytest.param(ZeroDivisionError(), id="it failed"),
    ],
)
def test_nobody_waits_for_what_is_under_way(value: int | Exception | None) -> None:
    watcher = Watcher()
    watcher.stopped.set()
    under_way = future(value)
    late = Timer(5, under_way.cancel)  # so that a test that fails does not hang
    late.start()
    with pytest.raises(StoppedError):
        watcher.wait_for(under_way)
    late.cancel()


def test_work_goes_on_while_somebody_waits() -> None:
    watcher = Watcher()
    watcher.check()
    watcher.stopped.set()
    with pytest.raises(StoppedError):
        watcher.check()


def test_two_watchers_stop_each_for_itself() -> None:
    Watcher().stopped.set()
    Watcher().check()
