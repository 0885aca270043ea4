"""Conversations in the library: what was asked and answered, and what was thought of it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError

from rag.library.database import Database
from rag.library.schema import CONVERSATIONS, TURNS
from rag.records import Answer, Conversation, Exchange, Feedback, to_json
from rag.text.fold import matching

MOST_LISTED = 200  # conversations, the last changed first
LONGEST_TITLE = 120  # characters


class Conversations:
    """The conversations of a library, each its owner's (empty where nobody has to log in).

    Other than papers they are written without the writer's lock: transactions of one row, which
    SQLite puts in order by itself, so that a question can be asked while papers are coming in.
    What belongs to another owner is treated as if it did not exist.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    # -- reading ---------------------------------------------------------------------------------

    def all(self, owner: str = "", *, having: str = "") -> list[Conversation]:
        """Return an owner's conversations, the last changed first, at most ``MOST_LISTED``.

        With ``having`` those whose title or questions have each of its words, without case and
        accents.
        """
        wanted = matching(having).split()
        query = sa.select(CONVERSATIONS).where(CONVERSATIONS.c.owner == owner)
        query = query.order_by(CONVERSATIONS.c.changed.desc())
        with self._database.reading() as connection:
            rows = connection.execute(query if wanted else query.limit(MOST_LISTED)).all()
            said = self._questions(connection, owner) if wanted else {}
        found = [
            Conversation(row.id, row.title, row.changed, row.scope)
            for row in rows
            if all(word in matching(f"{row.title} {said.get(row.id, '')}") for word in wanted)
        ]
        return found[:MOST_LISTED]

    def get(self, conversation: str, owner: str = "") -> Conversation | None:
        """Return one conversation of an owner, or None."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(CONVERSATIONS).where(*_mine(conversation, owner)))
            found = row.one_or_none()
        if found is None:
            return None
        return Conversation(found.id, found.title, found.changed, found.scope)

    def exchanges(self, conversation: str, owner: str = "") -> list[Exchange]:
        """Return the questions and answers of a conversation, oldest first."""
        joined = TURNS.join(CONVERSATIONS, CONVERSATIONS.c.id == TURNS.c.conversation)
        query = sa.select(TURNS).select_from(joined).where(*_mine(conversation, owner))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(TURNS.c.position)).all()
        return [_exchange(row) for row in rows]

    def exchange(self, exchange: str) -> Exchange | None:
        """Return one question with its answer, whoever asked it: its id is what a link shares."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(TURNS).where(TURNS.c.id == exchange)).one_or_none()
        return _exchange(row) if row else None

    # -- writing ---------------------------------------------------------------------------------

    def ask(self, question: str, conversation: str = "", owner: str = "") -> Exchange:
        """Note a question before it is answered, in a new conversation unless one is named."""
        with self._database.transaction() as connection:
            mine = sa.select(CONVERSATIONS.c.id).where(*_mine(conversation, owner))
            if connection.scalar(mine) is None:
                conversation = uuid.uuid4().hex
                title = " ".join(question.split())[:LONGEST_TITLE]
                values = {"id": conversation, "owner": owner, "title": title, "changed": 0.0}
                connection.execute(sa.insert(CONVERSATIONS).values(values))
            here = TURNS.c.conversation == conversation
            last = sa.select(sa.func.coalesce(sa.func.max(TURNS.c.position), 0)).where(here)
            exchange = Exchange(uuid.uuid4().hex, conversation, question)
            row = {
                "id": exchange.id,
                "position": last.scalar_subquery() + 1,
                "conversation": conversation,
                "question": question,
                "feedback": 0,
            }
            connection.execute(sa.insert(TURNS).values(row))
            self._touch(connection, conversation)
        return exchange

    def answer(self, exchange: str, answer: Answer) -> None:
        """Keep the answer to a question that was noted, in place of one that was there before."""
        text = json.dumps(to_json(answer), ensure_ascii=False)
        self._set(exchange, question=answer.question, answer=text, feedback=0)

    def rate(self, exchange: str, feedback: Feedback, owner: str = "") -> None:
        """Keep what its owner thinks of an answer: 1 liked, -1 disliked, 0 neither."""
        found = self.exchange(exchange)
        if found is not None and self.get(found.conversation, owner) is not None:
            self._set(exchange, feedback=feedback)

    def take_back(self, exchange: str, owner: str = "") -> None:
        """Remove a question from its conversation."""
        found = self.exchange(exchange)
        if found is None or self.get(found.conversation, owner) is None:
            return
        with self._database.transaction() as connection:
            connection.execute(sa.delete(TURNS).where(TURNS.c.id == exchange))

    def rename(self, conversation: str, title: str, owner: str = "") -> None:
        """Give a conversation a title; an empty one changes nothing."""
        title = " ".join(title.split())[:LONGEST_TITLE]
        if not title:
            return
        with self._database.transaction() as connection:
            update = sa.update(CONVERSATIONS).where(*_mine(conversation, owner))
            connection.execute(update.values(title=title))

    def limit(self, conversation: str, scope: Mapping[str, Any], owner: str = "") -> None:
        """Note of which papers alone the questions of a conversation are asked: filters by name."""
        with self._database.transaction() as connection:
            update = sa.update(CONVERSATIONS).where(*_mine(conversation, owner))
            connection.execute(update.values(scope=dict(scope)))

    def delete(self, conversation: str, owner: str = "") -> None:
        """Delete a conversation with its questions and answers."""
        with self._database.transaction() as connection:
            gone = sa.delete(CONVERSATIONS).where(*_mine(conversation, owner))
            if connection.execute(gone).rowcount:
                connection.execute(sa.delete(TURNS).where(TURNS.c.conversation == conversation))

    # -- inside ----------------------------------------------------------------------------------

    def _questions(self, connection: sa.Connection, owner: str) -> dict[str, str]:
        """Return all questions of an owner, by conversation."""
        joined = TURNS.join(CONVERSATIONS, CONVERSATIONS.c.id == TURNS.c.conversation)
        query = sa.select(TURNS.c.conversation, TURNS.c.question).select_from(joined)
        found: dict[str, str] = {}
        for row in connection.execute(query.where(CONVERSATIONS.c.owner == owner)):
            found[row.conversation] = f"{found.get(row.conversation, '')} {row.question}"
        return found

    def _set(self, exchange: str, **values: Any) -> None:
        with self._database.transaction() as connection:
            update = sa.update(TURNS).where(TURNS.c.id == exchange).values(**values)
            conversation = connection.scalar(update.returning(TURNS.c.conversation))
            self._touch(connection, conversation)

    def _touch(self, connection: sa.Connection, conversation: str | None) -> None:
        update = sa.update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation)
        connection.execute(update.values(changed=self._clock()))


def _mine(conversation: str, owner: str) -> tuple[sa.ColumnElement[bool], ...]:
    return CONVERSATIONS.c.id == conversation, CONVERSATIONS.c.owner == owner


def _exchange(row: Any) -> Exchange:
    answer = _read(row.answer) if row.answer else None
    return Exchange(row.id, row.conversation, row.question, answer, row.feedback)


def _read(text: str) -> Answer | None:
    """Read an answer back; None for one of a shape that this version does not know."""
    try:
        return _answers().validate_json(text)
    except ValidationError:
        return None


@cache
def _answers() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)
