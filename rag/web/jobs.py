"""Answers under way: they go on when their page is reloaded or turns to something else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from rag.assistant import Assistant
from rag.errors import QuestionError, RagError
from rag.records import Answer, Exchange

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """One answer under way.

    ``text`` grows; ``done`` is true at the end, with ``error`` saying what went wrong and
    ``refused`` that there was no question in it. A job that is ``stopped`` keeps nothing.
    """

    exchange: Exchange
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


class Jobs:
    """The answers under way, one a conversation; so many at once, the others wait."""

    def __init__(self, assistant: Assistant, *, at_once: int) -> None:
        self._assistant = assistant
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="answer")
        self._running: dict[str, Job] = {}  # by conversation

    def of(self, conversation: str) -> Job | None:
        """Return what is being answered in a conversation, or None."""
        return self._running.get(conversation)

    def start(
        self, exchange: Exchange, history: Sequence[Answer], keep: Callable[[Answer], None]
    ) -> Job:
        """Begin to answer an exchange's question; ``keep`` is called with the finished answer."""
        job = Job(exchange)
        self._running[exchange.conversation] = job
        self._pool.submit(self._run, job, history, keep)
        return job

    def stop(self, conversation: str) -> None:
        """Stop what is being answered; a model is left at its next word."""
        job = self._running.pop(conversation, None)
        if job is not None:
            job.stopped = True
            job.end()

    def _run(self, job: Job, history: Sequence[Answer], keep: Callable[[Answer], None]) -> None:
        try:
            if not job.stopped:
                self._write(job, history, keep)
        except QuestionError as error:
            job.error, job.refused = str(error), True
        except RagError as error:
            job.error = str(error)
        except Exception:  # noqa: BLE001  # the page must stay usable whatever happens
            _log.exception("answering failed")
            job.error = "An internal error; the terminal of the server shows it."
        finally:
            if self._running.get(job.exchange.conversation) is job:
                del self._running[job.exchange.conversation]
            job.end()

    def _write(self, job: Job, history: Sequence[Answer], keep: Callable[[Answer], None]) -> None:
        stream = self._assistant.stream(job.exchange.question, history)
        parts = iter(stream)
        for part in parts:
            if job.stopped:
                parts.close()
                return
            job.add(part)
        if not job.stopped:
            keep(stream.answer)
