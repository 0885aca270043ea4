"""Who waits for a summary: is told how far it is, and may stop it from any thread."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import TypeVar

from rag.records import Progress, no_progress

T = TypeVar("T")

_GLANCE = 0.1  # seconds between two looks whether anybody still waits


class StoppedError(Exception):
    """Nobody waits for this summary any longer."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Is told of the sections that are done; ends the summary once ``stopped`` is set."""

    progress: Progress = no_progress
    stopped: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Go on only while somebody waits.

        Raises:
            StoppedError: nobody does.
        """
        if self.stopped.is_set():
            raise StoppedError

    def wait_for(self, future: Future[T]) -> T:
        """Wait for what is under way in another thread, or until nobody waits any longer.

        Raises:
            StoppedError: nobody does.
        """
        while not wait([future], timeout=_GLANCE).done and not self.stopped.is_set():
            pass
        self.check()
        return future.result()
