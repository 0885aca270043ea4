"""The conversation that a client sends along: its questions, and the answers that were given."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from rag.api.dialects import GAP, MOST, REFERENCES, UNKNOWN, markers, without_markers
from rag.api.errors import Refusal
from rag.assistant import Assistant
from rag.errors import QuestionError
from rag.records import Answer, Citation
from rag.text.citations import Anchor
from rag.text.sentences import split

KEPT = 1_000  # answers that are known again; each has its papers with it, about 20 kB
READ_AGAIN = 6  # earlier answers that are read from their text where nobody knows them any more
_SENTENCES = 12  # of each, at most
_HITS = 4  # papers that such a sentence may be from
_ANSWERS: TypeAdapter[Answer] = TypeAdapter(Answer)


class Message(Protocol):
    """A message of a conversation as clients send it."""

    role: str
    content: Any
    id: Any
    rag: Any


@dataclass(slots=True)
class Given:
    """The answers given last, known again by their id and by their text. Safe to share."""

    _by_name: OrderedDict[str, Answer] = field(default_factory=OrderedDict)
    _changing: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, name: str, text: str, answer: Answer) -> None:
        """Remember an answer."""
        with self._changing:
            for one in (name, _digest(text)):
                self._by_name[one] = answer
                self._by_name.move_to_end(one)
            while len(self._by_name) > 2 * KEPT:
                self._by_name.popitem(last=False)

    def find(self, name: str, text: str) -> Answer | None:
        """Return the answer of an id, or else of a text."""
        with self._changing:
            return self._by_name.get(name) or self._by_name.get(_digest(text))


def question_and_history(
    messages: Sequence[Message], given: Given, assistant: Assistant
) -> tuple[str, list[Answer]]:
    """Return the question that is asked now, and the earlier answers, oldest first.

    An answer is known by its id or its text; one that nobody knows any more is read from its text,
    so that its papers keep their numbers. What a system message says is left alone: the question
    and the papers alone decide.

    Raises:
        Refusal: the last message is no question, or one holds what cannot be read.
    """
    texts = [text_of(message, place) for place, message in enumerate(messages)]
    roles = [message.role for message in messages]
    if not roles or roles[-1] != "user":
        raise Refusal(400, "the last message has to be the user's question", "messages")
    pairs: list[tuple[str, Message, str]] = []
    asked = ""
    for message, text in zip(messages[:-1], texts[:-1], strict=True):
        if message.role == "user":
            asked = text
        elif message.role == "assistant" and asked:
            pairs.append((asked, message, text))
            asked = ""
    again = len(pairs) - READ_AGAIN
    answers = [
        _known(question, message, text, given)
        or answer_of_text(question, text, assistant if place >= again else None)
        for place, (question, message, text) in enumerate(pairs)
    ]
    return texts[-1], answers


def text_of(message: Message, place: int) -> str:
    """Return the text of a message.

    Raises:
        Refusal: it has pictures or sounds, or no known role.
    """
    if message.role not in ("system", "developer", "user", "assistant", "tool", "function"):
        raise Refusal(400, f"no role {message.role!r}", f"messages[{place}].role")
    content = message.content
    if content is None or isinstance(content, str):
        return content or ""
    texts = []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        text = part.get("text") if isinstance(part, dict) else None
        if kind not in ("text", "input_text", "output_text") or not isinstance(text, str):
            told = f"a part of the kind {kind!r} is not read; the papers are asked in words"
            raise Refusal(400, told, f"messages[{place}].content")
        texts.append(text)
    return "\n".join(texts)


def answer_of_text(question: str, text: str, assistant: Assistant | None) -> Answer:
    """Read an earlier answer from its text: which paper had which number, by what is said of it."""
    found: dict[int, Citation] = {}
    body = text.split(REFERENCES, maxsplit=1)[0]
    if assistant is not None:
        for sentence in [one.text for one in split(body)[1:]][:_SENTENCES]:
            numbers = list(markers(sentence))
            if numbers and numbers[0] not in found:
                anchor = _anchor(without_markers(sentence), assistant)
                if anchor is not None and all(
                    one.paper_id != anchor.paper.id for one in found.values()
                ):
                    found[numbers[0]] = anchor.cited(numbers[0])
    grounded = bool(found)
    for number in markers(body):  # what is not known again keeps its number to itself
        found.setdefault(number, Citation(number, f"{UNKNOWN}{number}", GAP, "", -1, -1, ""))
    return Answer(
        question=question,
        text=text,
        grounded=grounded,
        mode="extractive",
        model="",
        citations=tuple(found.values()),
    )


def _anchor(claim: str, assistant: Assistant) -> Anchor | None:
    """Return the sentence that a claim says."""
    try:
        hits = [hit.paper.id for hit in assistant.search(claim[:1_000], _HITS)]
    except QuestionError:
        return None
    anchors = assistant.grounder.check(claim, (), hits, elsewhere=False).anchors
    return anchors[0] if anchors else None


def _known(question: str, message: Message, text: str, given: Given) -> Answer | None:
    """Return the answer that a message is, if it came with it or is remembered."""
    if isinstance(message.rag, dict):
        try:
            return _bounded(_ANSWERS.validate_python(message.rag))
        except ValidationError:
            pass
    name = message.id if isinstance(message.id, str) else ""
    found = given.find(name, text)
    return found if found is not None and (name or found.question == question) else None


def _bounded(answer: Answer) -> Answer:
    """Return an answer that a client sends without numbers that no conversation reaches."""
    kept = tuple(one for one in answer.citations if 0 < one.number <= MOST)
    if len(kept) == len(answer.citations):
        return answer
    return replace(answer, claims=(), citations=kept)


def answers_of(values: Sequence[Any], name: str = "history") -> Iterator[Answer]:
    """Read answers from JSON, which came under a name.

    Raises:
        Refusal: one is none.
    """
    for place, value in enumerate(values):
        try:
            yield _bounded(_ANSWERS.validate_python(value))
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            told = f"this is no answer of ours ({where})"
            raise Refusal(400, told, f"{name}[{place}]") from None


def _digest(text: str) -> str:
    return sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()
