"""What a server is doing: texts under way, and answers given; for whoever ends or measures it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rag.records import Answer

Given = Callable[[Answer, float], None]
"""Told of an answer, and of the seconds that it took."""


@dataclass(slots=True)
class Work:
    """Texts that are being written, over all tabs.

    ``is_ending`` tells that the server is about to stop, and that nothing new shall begin.
    """

    is_ending: bool = False
    count: int = 0
    _given: list[Given] = field(default_factory=list)
    _changing: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count a text while it is written."""
        with self._changing:
            self.count += 1
        try:
            yield
        finally:
            with self._changing:
                self.count -= 1

    def tell(self, given: Given) -> None:
        """Have somebody told of every answer from now on."""
        self._given.append(given)

    @contextmanager
    def answering(self) -> Iterator[Callable[[Answer], None]]:
        """Take the time of an answer; what this gives is told of it."""
        start = time.perf_counter()

        def done(answer: Answer) -> None:
            for given in self._given:
                given(answer, time.perf_counter() - start)

        yield done
