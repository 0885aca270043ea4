"""Conversations in the library: kept, listed, renamed, deleted, and each its owner's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from rag import Assistant
from rag.library import Conversations, Library
from rag.records import Answer
from tests.support.postgres import of_a_file


@pytest.fixture
def conversations(tmp_path: Path) -> Iterator[Conversations]:
    library = Library(tmp_path / "home")
    ticks = count(1)
    database = Library(tmp_path / "home")._database
    yield Conversations(database, clock=lambda: float(next(ticks)))
    database.close()
    library.close()


def test_an_answer_comes_back_as_it_was(conversations: Conversations, seeded: Assistant) -> None:
    answer = seeded.ask("How does VideoMAE V2 cut the cost of pre-training?")
    exchange = conversations.ask(answer.question)
    conversations.answer(exchange.id, answer)
    (back,) = conversations.exchanges(exchange.conversation)
    assert back.answer == answer
    assert answer.hits
    assert conversations.exchange(exchange.id) == back


def test_a_question_is_kept_before_it_is_answered(conversations: Conversations) -> None:
    exchange = conversations.ask("What is  new?")
    assert conversations.exchanges(exchange.conversation) == [exchange]
    assert exchange.answer is None
    assert [c.title for c in conversations.all()] == ["What is new?"]


def test_questions_go_on_in_order_and_the_last_changed_is_first(
    conversations: Conversations,
) -> None:
    first = conversations.ask("One?")
    other = conversations.ask("Other?")
    conversations.ask("Two?", first.conversation)
    conversations.ask("Three?", first.conversation)
    asked = [e.question for e in conversations.exchanges(first.conversation)]
    assert asked == ["One?", "Two?", "Three?"]
    assert [c.id for c in conversations.all()] == [first.conversation, other.conversation]


def test_a_question_is_taken_back(conversations: Conversations) -> None:
    first = conversations.ask("One?")
    second = conversations.ask("Two?", first.conversation)
    conversations.ask("Three?", first.conversation)
    conversations.take_back(second.id, owner="somebody else")
    assert len(conversations.exchanges(first.conversation)) == 3
    conversations.take_back(second.id)
    assert [e.question for e in conversations.exchanges(first.conversation)] == ["One?", "Three?"]


def test_an_answer_replaces_the_one_before(conversations: Conversations) -> None:
    exchange = conversations.ask("One?")
    conversations.answer(exchange.id, Answer("One?", "a", True, "llm", "m"))
    conversations.rate(exchange.id, 1)
    conversations.answer(exchange.id, Answer("Uno?", "b", True, "llm", "m"))
    (found,) = conversations.exchanges(exchange.conversation)
    assert (found.question, found.feedback) == ("Uno?", 0)
    assert found.answer == Answer("Uno?", "b", True, "llm", "m")


def test_it_is_renamed_rated_and_deleted(conversations: Conversations) -> None:
    exchange = conversations.ask("One?")
    conversations.rename(exchange.conversation, "  My   topic ")
    conversations.rename(exchange.conversation, "  ")
    conversations.rate(exchange.id, -1)
    assert [c.title for c in conversations.all()] == ["My topic"]
    assert conversations.exchanges(exchange.conversation)[0].feedback == -1
    conversations.delete(exchange.conversation)
    assert conversations.all() == []
    assert conversations.exchange(exchange.id) is None


def test_what_is_another_owners_does_not_exist(conversations: Conversations) -> None:
    mine = conversations.ask("Mine?", owner="ada")
    assert conversations.all("bob") == []
    assert conversations.get(mine.conversation, "bob") is None
    assert conversations.exchanges(mine.conversation, "bob") == []
    conversations.rename(mine.conversation, "Bob's", "bob")
    conversations.delete(mine.conversation, "bob")
    asked = conversations.ask("Bob's?", mine.conversation, owner="bob")
    assert asked.conversation != mine.conversation
    assert [c.title for c in conversations.all("ada")] == ["Mine?"]


def test_an_answer_of_an_unknown_shape_is_no_answer(conversations: Conversations) -> None:
    exchange = conversations.ask("One?")
    conversations._set(exchange.id, answer='{"question": 1}')
    assert conversations.exchanges(exchange.conversation) == [exchange]
    conversations.answer("unknown", Answer("q", "t", True, "llm", "m"))


@of_a_file
def test_a_library_of_the_first_version_gains_them(tmp_path: Path) -> None:
    home = tmp_path / "home"
    Library(home).close()
    with sqlite3.connect(home / "library.db") as old:
        old.execute("DROP TABLE turns")
        old.execute("DROP TABLE conversations")
        old.execute("UPDATE meta SET value = '1' WHERE key = 'schema'")
        identity = old.execute("SELECT value FROM meta WHERE key = 'identity'").fetchone()[0]
    old.close()
    library = Library(home)
    assert library.conversations.all() == []
    assert library.identity == identity
    library.close()


def test_a_conversation_keeps_its_scope(conversations: Conversations) -> None:
    talk = conversations
    asked = talk.ask("Why?", owner="ada")
    talk.limit(asked.conversation, {"ids": ["a"], "year_from": 2020}, "bob")  # not his
    assert talk.get(asked.conversation, "ada").scope == {}  # type: ignore[union-attr]
    talk.limit(asked.conversation, {"ids": ["a"], "year_from": 2020}, "ada")
    found = talk.get(asked.conversation, "ada")
    assert found is not None
    assert found.scope == {"ids": ["a"], "year_from": 2020}
    assert talk.all("ada")[0].scope == found.scope


def test_conversations_are_found_by_title_and_questions(conversations: Conversations) -> None:
    talk = conversations
    first = talk.ask("How do Müller's corals grow?")
    talk.ask("And in the dark?", first.conversation)
    other = talk.ask("What is zebra fish?")
    assert [c.id for c in talk.all(having="MULLER dark")] == [first.conversation]
    assert [c.id for c in talk.all(having="zebra")] == [other.conversation]
    assert talk.all(having="zebra corals") == []
    assert talk.all("bob", having="zebra") == []
