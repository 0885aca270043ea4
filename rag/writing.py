"""Writes one answer: refuses, extracts, or lets a model write and checks every sentence of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from rag.abstain import Signals, is_answerable
from rag.citations import (
    MARKER,
    Anchor,
    Builder,
    Numbering,
    Piece,
    Reader,
    Source,
    is_no_answer,
)
from rag.errors import ModelError, ModelKeyError
from rag.extractive import Choice, Evidence, extract
from rag.grounding import Grounder
from rag.llm import ANSWER_TOKENS, ChatModel, Reply
from rag.prompts import Prompt
from rag.readable import readable, without_controls
from rag.records import Answer, Hit, Usage
from rag.rhetoric import without_connective
from rag.suggest import follow_ups

CLOSEST = 3  # papers named when there is no answer
CLOSEST_ARE = "Closest are"  # how a notice begins to name them
_CHARACTERS = 3.5  # a token, low on purpose: figures and formulae take more tokens than prose

Parts = Generator[str, None, Answer]
"""The text of an answer piece by piece, and the answer itself at the end."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its evidence.

    ``question`` is as typed, ``query`` as it stands alone. ``signals`` and ``missing`` (words that
    no paper has) decide whether it is answered at all.
    """

    question: str
    query: str
    history: tuple[Answer, ...]
    evidence: tuple[Evidence, ...]
    hits: tuple[Hit, ...]
    signals: Signals | None
    missing: tuple[str, ...]
    background: float | None
    fingerprint: str

    @property
    def is_answerable(self) -> bool:
        """Whether the evidence is enough to try."""
        if not self.evidence:
            return False
        return self.signals is None or is_answerable(self.signals, self.fingerprint)

    @property
    def asked(self) -> str:
        """The question as a model reads it."""
        return _plain(self.query if self.history else self.question)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes answers with a model, or without one."""

    model: ChatModel | None
    prompt: Prompt
    grounder: Grounder

    def write(self, case: Case) -> Parts:
        """Write an answer; the text comes first, piece by piece.

        Raises:
            ModelKeyError: the endpoint refuses the key. Every other failure of a model ends in an
                extractive answer.
        """
        if not case.is_answerable:
            return (yield from _abstain(case))
        if self.model is None:
            return (yield from _extract(case))
        return (yield from self._ask(self.model, case))

    def messages(self, case: Case, *, window: int) -> tuple[str, str, list[Source]]:
        """Return the system and the user message for a case, and the sources they number."""
        sources = _sources(case, room=window - ANSWER_TOKENS, prompt=self.prompt)
        user = self.prompt.fill(sources=_lines(sources), question=case.asked)
        return self.prompt.system, user, sources

    def _ask(self, model: ChatModel, case: Case) -> Parts:
        """Let the model write; whatever goes wrong on the way, an answer in the same shape."""
        system, user, sources = self.messages(case, window=model.window)
        reply = model.reply(system, user)
        draft = _Draft(case, self.grounder, Builder(Numbering.after(case.history)))
        failure = ""
        try:
            yield from draft.read(reply, Reader(sources))
        except ModelKeyError:
            raise
        except ModelError as error:
            failure = str(error)
        finally:
            reply.close()
        usage = Usage(reply.input_tokens, reply.output_tokens, self.prompt.digest)
        if draft.refused and not failure:
            return (yield from _abstain(case, model=model.name, usage=usage))
        builder = draft.builder
        if not builder.claims:
            said = "rests on no source sentence" if reply.text.strip() else "is empty"
            why = failure or f"the reply of {model.name} {said}"
            notice = f"Answered from the abstracts' own sentences, without the model: {why}."
            return (yield from _extract(case, notice=notice, usage=usage))
        if failure:
            draft.notes.append(f"The reply broke off: {failure}.")
        return Answer(
            question=case.question,
            text=builder.text,
            grounded=any(claim.support != "unsupported" for claim in builder.claims),
            mode="llm",
            model=model.name,
            claims=tuple(builder.claims),
            citations=tuple(builder.citations),
            hits=case.hits,
            follow_ups=follow_ups(case.question, builder.citations, case.hits),
            usage=usage,
            notice=" ".join(p for p in (draft.notice(), _unknown_names(case)) if p),
        )


@dataclass(slots=True)
class _Draft:
    """A model's answer under way, and what had to be put right in it."""

    case: Case
    grounder: Grounder
    builder: Builder
    refused: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    _waiting: list[tuple[str, str]] = field(default_factory=list)

    def read(self, reply: Reply, reader: Reader) -> Generator[str, None, None]:
        """Read a reply sentence by sentence, yielding the text to show.

        What a reply that broke off left unfinished is dropped.
        """
        for delta in reply:
            for piece in reader.feed(without_controls(delta)):
                yield from self._take(piece)
        for piece in reader.close():
            yield from self._take(piece)

    def notice(self) -> str:
        """Say what had to be put right."""
        counts = self.counts
        said = [
            _count(counts["invented"], "made-up source id was", "made-up source ids were")
            + " removed.",
            _count(counts["moved"], "citation was", "citations were")
            + " moved to the sentence that supports the claim.",
            _count(
                counts["found"], "sentence without a source got", "sentences without a source got"
            )
            + " the one that supports it.",
            _count(counts["unsupported"], "sentence is", "sentences are")
            + " not supported by the library.",
        ]
        return " ".join([*(line for line in said if not line.startswith("0 ")), *self.notes])

    def _take(self, piece: Piece) -> Generator[str, None, None]:
        """Check a sentence and add it.

        Unsupported ones wait for the first that is not, so that a reply which has nothing to do
        with the sources shows nothing.
        """
        self.counts["invented"] += len(piece.unknown)
        if is_no_answer(piece.text) and not piece.anchors:
            self.refused = not self.builder.claims
            return
        hits = [hit.paper.id for hit in self.case.hits]
        checked = self.grounder.check(piece.text, piece.anchors, hits)
        if checked.moved:
            self.counts["moved" if piece.anchors else "found"] += 1
        self.counts["unsupported"] += checked.support == "unsupported"
        lead = piece.lead or " "
        if checked.support == "unsupported" and not checked.anchors and not self.builder.claims:
            self._waiting.append((piece.text, lead))
            return
        for text, before in self._waiting:
            yield self.builder.add(text, (), "unsupported", lead=before)
        self._waiting.clear()
        yield self.builder.add(piece.text, checked.anchors, checked.support, lead=lead)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _extract(case: Case, *, notice: str = "", usage: Usage | None = None) -> Parts:
    """Answer with the abstracts' own sentences."""
    chosen = extract(case.question, case.evidence, background=case.background)
    builder = Builder(Numbering.after(case.history))
    several = len({choice.paper.id for choice in chosen}) > 1
    before: Choice | None = None
    for choice in chosen:
        new = before is None or before.paper.id != choice.paper.id
        lead = f"\n- {_name(readable(choice.paper.title))}: " if several and new else " "
        anchor = Anchor(choice.paper, choice.sentence)
        text = without_connective(choice.sentence.text) if new else choice.sentence.text
        yield builder.add(text, [anchor], "supported", lead=lead)
        before = choice
    return Answer(
        question=case.question,
        text=builder.text,
        grounded=True,
        mode="extractive",
        model="",
        claims=tuple(builder.claims),
        citations=tuple(builder.citations),
        hits=case.hits,
        follow_ups=follow_ups(case.question, builder.citations, case.hits),
        usage=usage or Usage(),
        notice=" ".join(part for part in (notice, _unknown_names(case)) if part),
    )


def _unknown_names(case: Case) -> str:
    """Say which names of the question no paper has: the answer is then about something near."""
    if case.signals is None or not case.signals.names:
        return ""
    return f"No paper mentions {', '.join(case.missing[:5])}."


def _abstain(case: Case, *, model: str = "", usage: Usage | None = None) -> Parts:
    """Say that the papers do not say, and which come closest."""
    closest = "; ".join(f"“{readable(hit.paper.title)}”" for hit in case.hits[:CLOSEST])
    text = "The papers in this library do not answer this."
    notice = f"{CLOSEST_ARE} {closest}." if closest else "The library holds no paper yet."
    if case.missing and closest:
        notice = f"No paper mentions {', '.join(case.missing[:5])}. {notice}"
    yield text
    return Answer(
        question=case.question,
        text=text,
        grounded=False,
        mode="llm" if model else "extractive",
        model=model,
        hits=case.hits,
        follow_ups=follow_ups(case.question, (), case.hits),
        usage=usage or Usage(),
        notice=notice,
    )


def _sources(case: Case, *, room: int, prompt: Prompt) -> list[Source]:
    """Return as many papers, best first, as fit into ``room`` tokens with the prompt."""
    fixed = len(prompt.system) + len(prompt.user) + len(case.asked)
    left = room * _CHARACTERS - fixed
    sources: list[Source] = []
    for one in case.evidence:
        left -= sum(len(sentence.text) + 10 for sentence in one.sentences)
        if sources and left < 0:
            break
        sources.append(Source(one.paper, one.sentences, int(one.cosines.argmax())))
    return sources


def _lines(sources: Sequence[Source]) -> str:
    """Write the source sentences, each on its own line behind its id."""
    return "\n".join(
        f"[P{rank}.{sentence.index}] {_plain(sentence.text)}"
        for rank, source in enumerate(sources, 1)
        for sentence in source.sentences
    )


# An id of the prompt starts with a bracket and a P; a text from outside must not look like one.
_ID_START = re.compile(r"[\[(【［（〔]\s*([Pp])\s*(?=\d)")


def _plain(text: str) -> str:
    """Make a text from outside safe inside a prompt: one line, no control codes, no fake ids."""
    one_line = " ".join(without_controls(text).split())
    no_ids = _ID_START.sub(r"(\1-", one_line)
    return MARKER.sub(lambda match: f"({match.group().replace('.', '-')})", no_ids)


def _name(title: str) -> str:
    """Return what a paper is called: the part of its title before a colon, if that is short."""
    name, colon, _ = title.partition(":")
    return name.strip() if colon and len(name) <= 40 else title
