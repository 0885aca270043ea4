"""Texts under way: they go on when their page is reloaded or turns to something else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from rag.errors import QuestionError, RagError
from rag.work import Work

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job(Generic[T]):
    """One text under way, about a subject.

    ``text`` grows; ``done`` is true at the end, with ``error`` saying what went wrong and
    ``refused`` that there was no question in it.
    """

    subject: T
    text: str = ""
    error: str = ""
    refused: bool = False
    done: bool = False
    stopped: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, known: str, seconds: float) -> None:
        """Wait until there is more text than is known, or the end, or for so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.done or self.text != known, seconds)

    def add(self, part: str) -> None:
        """Add text."""
        with self._changed:
            self.text += part
            self._changed.notify_all()

    def end(self) -> None:
        """Note that nothing more will come."""
        with self._changed:
            self.done = True
            self._changed.notify_all()


class Jobs(Generic[T]):
    """The texts under way, one a key; so many at once, the others wait."""

    def __init__(self, name: str, *, at_once: int, work: Work) -> None:
        self._work = work
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        self._running: dict[str, tuple[Job[T], Callable[[], None]]] = {}

    def of(self, key: str) -> Job[T] | None:
        """Return what is under way for a key (a conversation, a topic), or None."""
        found = self._running.get(key)
        return found[0] if found else None

    def start(
        self,
        key: str,
        subject: T,
        parts: Generator[str, None, None],
        *,
        stop: Callable[[], None] = lambda: None,
    ) -> Job[T]:
        """Begin to write; ``parts`` yields the text and keeps what comes of it at its end.

        ``stop`` is called when the job is stopped, to end a wait inside ``parts``.
        """
        job = Job(subject)
        self._running[key] = job, stop
        self._pool.submit(self._run, key, job, parts, self._begun())
        return job

    def _begun(self) -> ExitStack:
        """Count a text from when it is waiting; closed when it is done."""
        counted = ExitStack()
        counted.enter_context(self._work.under_way())
        return counted

    def stop(self, key: str) -> None:
        """Stop what is under way; a model is left at its next word."""
        job, stop = self._running.pop(key, (None, None))
        if job is not None and stop is not None:
            job.stopped = True
            job.end()
            stop()

    def _run(
        self, key: str, job: Job[T], parts: Generator[str, None, None], counted: ExitStack
    ) -> None:
        try:
            while not job.stopped and (part := next(parts, None)) is not None:
                job.add(part)
        except QuestionError as error:
            job.error, job.refused = str(error), True
        except RagError as error:
            job.error = str(error)
        except Exception:  # noqa: BLE001  # the page must stay usable whatever happens
            _log.exception("writing failed")
            job.error = "An internal error; the terminal of the server shows it."
        finally:
            parts.close()
            if self.of(key) is job:
                del self._running[key]
            job.end()
            counted.close()
