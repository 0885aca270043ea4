"""Reads what a model writes, sentence by sentence, and checks each before anybody sees it."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rag.grounding.repair import Grounder
from rag.models import Reply
from rag.records import Support
from rag.text.citations import Anchor, Source
from rag.text.readable import without_controls
from rag.text.replies import Piece, Reader
from rag.text.talk import is_no_answer, is_refusal
from rag.text.words import say_the_same

MOST = 100  # sentences of a reply that are read; 1,200 tokens are about 40
CIRCLES = 3  # sentences in a row that were all said before, after which a reply is ended


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a model after its check.

    ``lead`` is what stood before it; ``faulted`` tells that a rule speaks against it, ``verbatim``
    that it is cited nearly word for word.
    """

    lead: str
    text: str
    anchors: tuple[Anchor, ...]
    support: Support
    faulted: bool = False
    verbatim: bool = False


@dataclass(slots=True)
class Draft:
    """A text of a model under way, and what had to be put right in it.

    ``hits`` are the ids of the papers whose sentences are looked at first; the others only with
    ``elsewhere``. ``instructions`` are the part of the prompt that a model may repeat instead of
    answering. ``refused`` is true when the model says that its sources do not tell. Reading ends
    once ``stopped`` is set, and when the reply goes round in circles.
    """

    grounder: Grounder
    hits: Sequence[str]
    elsewhere: bool = True
    instructions: str = ""
    refused: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    restarts: int = 0
    _given: int = 0
    _waiting: list[Statement] = field(default_factory=list)
    _said: set[str] = field(default_factory=set)
    _repeated: int = 0  # sentences in a row

    def read(self, reply: Reply, sources: Sequence[Source]) -> Iterator[Statement]:
        """Read a reply, yielding its sentences; what it left unfinished is dropped.

        When all before turns out to have been a thought, ``restarts`` grows, and what has been
        yielded is to be forgotten.

        Raises:
            ModelError: the endpoint failed; what came before has been yielded.
        """
        reader = Reader(sources)
        for delta in reply:
            if self.stopped.is_set():
                return
            if reply.withdrawn > self.restarts:
                reader = self._restarted(reply, sources)
            for piece in reader.feed(without_controls(delta)):
                yield from self._take(piece)
            if reader.is_over or self._is_enough(reader):
                return
        if reply.withdrawn > self.restarts:
            reader = self._restarted(reply, sources)
        yield from self._rest(reader)

    def read_text(self, text: str, sources: Sequence[Source]) -> Iterator[Statement]:
        """Read a text that is there as a whole, yielding its sentences."""
        reader = Reader(sources)
        for piece in reader.feed(without_controls(text)):
            yield from self._take(piece)
        yield from self._rest(reader)

    def _rest(self, reader: Reader) -> Iterator[Statement]:
        for piece in reader.close():
            yield from self._take(piece)

    def _restarted(self, reply: Reply, sources: Sequence[Source]) -> Reader:
        """Forget all that was read."""
        self.restarts = reply.withdrawn
        self.refused, self._given, self._repeated = False, 0, 0
        for known in (self.counts, self.notes, self._waiting, self._said):
            known.clear()
        return Reader(sources)

    def _is_enough(self, reader: Reader) -> bool:
        """Whether a reply is to be ended here."""
        if self._given >= MOST:
            self.notes.append(f"The reply was cut after {self._given} sentences.")
        elif reader.is_endless or self._repeated >= CIRCLES:
            self.notes.append("The reply went round in circles and was ended.")
        else:
            return False
        return True

    def settle(self, before: Sequence[Support], after: Sequence[Support]) -> None:
        """Note what a judge has made of the marks."""
        for mark in ("unsupported", "unchecked"):
            self.counts[mark] += [*after].count(mark) - [*before].count(mark)

    def notice(self) -> str:
        """Say what had to be put right."""
        return put_right(self.counts, self.notes)

    def _take(self, piece: Piece) -> Iterator[Statement]:
        """Check a sentence.

        Unsupported ones wait for the first that is not, so that a reply which has nothing to do
        with the sources shows nothing.
        """
        if self._is_repeated(piece.text):
            return
        self.counts["invented"] += len(piece.unknown)
        if is_no_answer(piece.text) or is_refusal(piece.text, cites=bool(piece.anchors)):
            self.refused = not self._given
            return
        checked = self.grounder.check(
            piece.text, piece.anchors, self.hits, elsewhere=self.elsewhere
        )
        if checked.moved:
            self.counts["moved" if piece.anchors else "found"] += 1
        self.counts["unsupported"] += checked.support == "unsupported"
        self.counts["unchecked"] += checked.support == "unchecked"
        found = Statement(
            piece.lead or " ",
            piece.text,
            checked.anchors,
            checked.support,
            checked.faulted,
            checked.verbatim,
        )
        if checked.support == "unsupported" and not checked.anchors and not self._given:
            self._waiting.append(found)
            return
        ready = [*self._waiting, found]
        self._waiting.clear()
        self._given += len(ready)
        yield from ready

    def _is_repeated(self, text: str) -> bool:
        """Whether a sentence was said before, or is one of the prompt's own."""
        plain = "".join(char for char in text.casefold() if char.isalnum())
        again = plain in self._said
        self._said.add(plain)
        self._repeated = self._repeated + 1 if again else 0
        return again or any(say_the_same(text, rule) for rule in _sentences(self.instructions))


@lru_cache(maxsize=64)
def _sentences(instructions: str) -> tuple[str, ...]:
    """Return the sentences of a prompt, what it quotes as an example by itself."""
    return tuple(part for part in re.split(r"[.:\"“”\n]+", instructions) if part.strip())


def put_right(counts: Counter[str], notes: Sequence[str] = ()) -> str:
    """Say what had to be put right in what a model wrote, by the counts of drafts."""
    said = [
        _count(counts["invented"], "made-up source id was", "made-up source ids were")
        + " removed.",
        _count(counts["moved"], "citation was", "citations were")
        + " moved to the sentence that supports the claim.",
        _count(counts["found"], "sentence without a source got", "sentences without a source got")
        + " the one that supports it.",
        _count(counts["unsupported"], "sentence is", "sentences are")
        + " not supported by the library.",
        _count(counts["unchecked"], "sentence is", "sentences are")
        + " in another language than the source and could not be checked.",
    ]
    return " ".join([*(line for line in said if not line.startswith("0 ")), *notes])


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
