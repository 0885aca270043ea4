"""Questions under way: each is noted, answered in a thread, and watched by the page that asked."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from rag.assistant import Assistant
from rag.records import Exchange
from rag.search import check_question
from rag.web.jobs import Job, Jobs
from rag.work import Work

AT_ONCE = 8  # questions answered at the same time; the others wait


@dataclass(frozen=True, slots=True)
class Wish:
    """A question as it is asked on the page.

    ``replaced`` is the exchange whose answer it shall replace, ``filters`` say which papers are
    looked at, ``without`` which of the question's own limits shall not hold.
    """

    question: str
    conversation: str = ""
    replaced: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()


class Asking:
    """The questions of all visitors that are being answered."""

    def __init__(self, assistant: Assistant, work: Work) -> None:
        self._assistant = assistant
        self._work = work
        self._conversations = assistant.library.conversations
        self._jobs: Jobs[Exchange] = Jobs("answer", at_once=AT_ONCE, work=work)
        self._beginning = threading.Lock()
        self._watching: dict[str, Job[Exchange]] = {}  # what each page waits for, by its session

    def ask(self, wish: Wish, visitor: str, owner: str) -> Job[Exchange] | None:
        """Begin to answer a question; None when the page, or another of the same, waits already.

        Raises:
            QuestionError: the question is none.
        """
        with self._beginning:
            # Else a second Enter, whose box the first one may have emptied meanwhile.
            if (known := self._watching.get(visitor)) is not None and not known.done:
                return None
            if not {*wish.filters} & {"ids", "topic"}:  # which may say what is asked about
                check_question(wish.question)
            job = self._begin(replace(wish, question=wish.question.strip()), owner)
            if job is not None:
                self._watching[visitor] = job
        return job

    def of(self, conversation: str) -> Job[Exchange] | None:
        """Return what is under way in a conversation."""
        return self._jobs.of(conversation)

    def stop(self, conversation: str) -> None:
        """Stop what is under way in a conversation."""
        self._jobs.stop(conversation)

    def watch(self, visitor: str, job: Job[Exchange]) -> None:
        """Note what a page waits for."""
        self._watching[visitor] = job

    def is_watched(self, visitor: str, job: Job[Exchange]) -> bool:
        """Whether a page still waits for this."""
        return self._watching.get(visitor) is job

    def leave(self, visitor: str, job: Job[Exchange] | None = None) -> None:
        """Note that a page has turned to something else; the answer goes on."""
        if job is None or self.is_watched(visitor, job):
            self._watching.pop(visitor, None)

    def _begin(self, wish: Wish, owner: str) -> Job[Exchange] | None:
        """Note a question and begin to answer it; an earlier answer is replaced when it is done.

        None when another page of the same conversation waits for an answer.
        """
        old = self._conversations.exchange(wish.replaced) if wish.replaced else None
        if old is not None and self._conversations.get(old.conversation, owner) is None:
            old = None
        if self._jobs.of(old.conversation if old else wish.conversation):
            return None
        if old is None:
            exchange = self._conversations.ask(wish.question, wish.conversation, owner)
        else:
            exchange = replace(old, question=wish.question)
        before = takewhile(
            lambda e: e.id != exchange.id,
            self._conversations.exchanges(exchange.conversation, owner),
        )
        history = [e.answer for e in before if e.answer is not None]

        def answer() -> Generator[str, None, None]:
            with self._work.answering() as done:
                stream = self._assistant.stream(
                    wish.question, history, wish.filters or None, without=wish.without
                )
                yield from stream
                self._conversations.answer(exchange.id, stream.answer)
                done(stream.answer)

        return self._jobs.start(exchange.conversation, exchange, answer())
