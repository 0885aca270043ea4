"""Writes one answer: refuses, extracts, or lets a model write and checks every sentence of it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from rag.answers.extractive import extract
from rag.answers.suggest import follow_ups
from rag.grounding import Draft, Grounder
from rag.models import ANSWER_TOKENS, ChatModel, Prompt, as_data, fitting, source_lines
from rag.records import Answer, Hit, Usage
from rag.search import Evidence, Signals, is_answerable
from rag.text.citations import (
    Anchor,
    Builder,
    Numbering,
    Reader,
    Source,
)
from rag.text.names import short_title
from rag.text.notices import EMPTY, no_paper_mentions, quoted
from rag.text.readable import readable
from rag.text.rhetoric import without_connective

CLOSEST = 3  # papers named when there is no answer

AnswerParts = Generator[str, None, Answer]
"""The text of an answer piece by piece, and the answer itself at the end."""


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """A question with all that is known for its answer.

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
    def unknown_names(self) -> tuple[str, ...]:
        """The names that no paper has, none but words missing: an answer is then about others."""
        return self.missing if self.signals and self.signals.names else ()

    @property
    def asked(self) -> str:
        """The question as a model reads it."""
        return as_data(self.query if self.history else self.question)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes answers with a model, or without one."""

    model: ChatModel | None
    prompt: Prompt
    grounder: Grounder

    def write(self, context: AnswerContext) -> AnswerParts:
        """Write an answer; the text comes first, piece by piece.

        Raises:
            ModelKeyError: the endpoint refuses the key. Every other failure of a model ends in an
                extractive answer.
        """
        if not context.is_answerable:
            return (yield from _abstain(context))
        if self.model is None:
            return (yield from _extract(context))
        return (yield from self._ask(self.model, context))

    def messages(self, context: AnswerContext, *, window: int) -> tuple[str, str, list[Source]]:
        """Return the system and the user message for a question, and the sources they number."""
        sources = _sources(context, room=window - ANSWER_TOKENS, prompt=self.prompt)
        user = self.prompt.fill(sources=source_lines(sources), question=context.asked)
        return self.prompt.system, user, sources

    def _ask(self, model: ChatModel, context: AnswerContext) -> AnswerParts:
        """Let the model write; whatever goes wrong on the way, an answer in the same shape."""
        system, user, sources = self.messages(context, window=model.window)
        reply = model.reply(system, user)
        draft = Draft(self.grounder, [hit.paper.id for hit in context.hits])
        builder = Builder(Numbering.after(context.history))
        with reply:
            for statement in draft.read(reply, Reader(sources)):
                yield builder.add(
                    statement.text, statement.anchors, statement.support, lead=statement.lead
                )
        usage = Usage(reply.input_tokens, reply.output_tokens, self.prompt.digest)
        if draft.refused and not reply.failure:
            return (yield from _abstain(context, model=model.name, usage=usage))
        if not builder.claims:
            said = "rests on no source sentence" if reply.text.strip() else "is empty"
            why = reply.failure or f"the reply of {model.name} {said}"
            notice = f"Answered from the abstracts' own sentences, without the model: {why}."
            return (yield from _extract(context, notice=notice, usage=usage))
        if reply.failure:
            draft.notes.append(f"The reply broke off: {reply.failure}.")
        return Answer(
            question=context.question,
            text=builder.text,
            grounded=any(claim.support != "unsupported" for claim in builder.claims),
            mode="llm",
            model=model.name,
            claims=tuple(builder.claims),
            citations=tuple(builder.citations),
            hits=context.hits,
            follow_ups=follow_ups(context.question, builder.citations, context.hits),
            usage=usage,
            notice=_joined(draft.notice(), no_paper_mentions(context.unknown_names)),
            missing=context.unknown_names,
        )


def _extract(
    context: AnswerContext, *, notice: str = "", usage: Usage | None = None
) -> AnswerParts:
    """Answer with the abstracts' own sentences."""
    chosen = extract(context.question, context.evidence, background=context.background)
    builder = Builder(Numbering.after(context.history))
    several = len({anchor.paper.id for anchor in chosen}) > 1
    before: Anchor | None = None
    for anchor in chosen:
        new = before is None or before.paper.id != anchor.paper.id
        name = short_title(readable(anchor.paper.title))
        lead = f"\n- {name}: " if several and new else " "
        text = without_connective(anchor.sentence.text) if new else anchor.sentence.text
        yield builder.add(text, [anchor], "supported", lead=lead)
        before = anchor
    return Answer(
        question=context.question,
        text=builder.text,
        grounded=True,
        mode="extractive",
        model="",
        claims=tuple(builder.claims),
        citations=tuple(builder.citations),
        hits=context.hits,
        follow_ups=follow_ups(context.question, builder.citations, context.hits),
        usage=usage or Usage(),
        notice=_joined(notice, no_paper_mentions(context.unknown_names)),
        missing=context.unknown_names,
    )


def _abstain(context: AnswerContext, *, model: str = "", usage: Usage | None = None) -> AnswerParts:
    """Say that the papers do not say, and which come closest."""
    text = "The papers in this library do not answer this."
    closest = [hit.paper for hit in context.hits[:CLOSEST]]
    missing = context.missing if closest else ()
    come_closest = f"Closest are {quoted(paper.title for paper in closest)}."
    notice = (no_paper_mentions(missing), come_closest) if closest else (EMPTY,)
    yield text
    return Answer(
        question=context.question,
        text=text,
        grounded=False,
        mode="llm" if model else "extractive",
        model=model,
        hits=context.hits,
        follow_ups=follow_ups(context.question, (), context.hits),
        usage=usage or Usage(),
        notice=_joined(*notice),
        missing=missing,
        closest=tuple(paper.id for paper in closest),
    )


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _sources(context: AnswerContext, *, room: int, prompt: Prompt) -> list[Source]:
    """Return as many papers, best first, as fit into ``room`` tokens with the prompt."""
    fixed = len(prompt.system) + len(prompt.user) + len(context.asked)
    all_sources = [Source(one.paper, one.sentences, one.best) for one in context.evidence]
    return fitting(all_sources, room=room, fixed=fixed)
