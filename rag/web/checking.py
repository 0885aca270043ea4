"""Texts that are being checked, each in a thread, and what was found of those before."""

from __future__ import annotations

import secrets
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass

from rag.assistant import Assistant
from rag.checking import Check
from rag.web.jobs import Job, Jobs
from rag.work import Work

AT_ONCE = 2  # texts checked at the same time, which takes a processor each; the others wait
KEPT = 100  # checks that can be shown again


@dataclass(slots=True)
class Subject:
    """Whose text is checked, how far that is, and what was found in the end."""

    owner: str
    done: int = 0
    total: int = 0
    check: Check | None = None
    is_left: bool = False


class Checking:
    """The checks of all visitors; each is known by a key that nobody can guess."""

    def __init__(self, assistant: Assistant, work: Work) -> None:
        self._assistant = assistant
        self._jobs: Jobs[Subject] = Jobs("check", at_once=AT_ONCE, work=work)
        self._kept: dict[str, Job[Subject]] = {}

    def begin(self, text: str, owner: str) -> str:
        """Begin to check a text, and return the key of the check."""
        key, subject = secrets.token_hex(8), Subject(owner)

        def leave() -> None:
            subject.is_left = True

        self._kept[key] = self._jobs.start(key, subject, self._parts(text, subject), stop=leave)
        while len(self._kept) > KEPT:
            self._kept.pop(next(iter(self._kept)), None)
        return key

    def of(self, key: str, owner: str) -> Job[Subject] | None:
        """Return a check of an owner's, under way or done; None when it is no longer here."""
        job = self._kept.get(key)
        return job if job is not None and job.subject.owner == owner else None

    def stop(self, key: str, owner: str) -> None:
        """Stop a check at its next claim."""
        if self.of(key, owner) is not None:
            self._jobs.stop(key)

    def _parts(self, text: str, subject: Subject) -> Generator[str, None, None]:
        """Check a text; nothing is written meanwhile."""

        def progress(_what: str, done: int, total: int) -> None:
            if subject.is_left:
                raise _LeftError
            subject.done, subject.total = done, total

        with suppress(_LeftError):
            subject.check = self._assistant.check(text, progress=progress)
        yield from ()


class _LeftError(Exception):
    """Nobody waits for the check any more."""
