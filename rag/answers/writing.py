"""Writes one answer: refuses, extracts, or lets a model write and checks every sentence of it."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.answers.context import AnswerContext, AnswerParts
from rag.answers.quoting import quote
from rag.errors import PromptTooLongError
from rag.grounding import Draft, Grounder, Judge, Statement
from rag.models import ChatModel, Prompt, Reply, claims_schema, fitting, source_lines
from rag.records import Answer, Usage
from rag.text.citations import Builder, Numbering, Source
from rag.text.notices import EMPTY, NOTHING_LEFT, joined, no_paper_mentions, quoted

CLOSEST = 3  # papers named when there is no answer


ATTEMPTS = 3  # with all papers that should fit, half of them, and a quarter


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked: both messages, the sources they number, and the reply's schema."""

    system: str
    user: str
    sources: Sequence[Source]
    schema: Mapping[str, Any] | None


@dataclass(slots=True)
class _Attempt:
    """What came of asking a model once."""

    asked: Request
    reply: Reply
    draft: Draft
    builder: Builder
    statements: list[Statement] = field(default_factory=list)

    @property
    def was_too_long(self) -> bool:
        """Whether the endpoint refused the prompt for its length, or read only part of it."""
        return self.reply.read_short or isinstance(self.reply.error, PromptTooLongError)

    def begin_anew(self, builder: Builder) -> None:
        """Forget what was said: it was a thought."""
        self.builder = builder
        self.statements.clear()


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes answers with a model, or without one."""

    model: ChatModel | None
    prompt: Prompt
    grounder: Grounder
    judge: Judge | None = None

    def write(self, context: AnswerContext) -> AnswerParts:
        """Write an answer; the text comes first, piece by piece.

        Raises:
            ModelKeyError: the endpoint refuses the key. Every other failure of a model ends in an
                extractive answer.
        """
        if not context.is_answerable:
            return (yield from _abstain(context))
        if self.model is None:
            return (yield from quote(context))
        return (yield from self._ask(self.model, context))

    def request(
        self, context: AnswerContext, *, room: int, in_schema: bool = False, papers: int = 0
    ) -> Request:
        """Return what a model is asked: as many papers as fit into ``room`` tokens, or ``papers``.

        With ``in_schema`` the reply is to be in one.
        """
        system = (
            self.prompt.in_schema if in_schema and self.prompt.in_schema else self.prompt.system
        )
        fixed = len(system) + len(self.prompt.user) + len(context.asked)
        evidence = context.evidence[: papers or None]
        every = [Source(one.paper, one.sentences, one.best) for one in evidence]
        sources = fitting(every, room=room, fixed=fixed)
        user = self.prompt.fill(sources=source_lines(sources), question=context.asked)
        schema = claims_schema(sources) if system != self.prompt.system else None
        return Request(system, user, sources, schema)

    def _attempt(
        self, model: ChatModel, context: AnswerContext, papers: int
    ) -> Generator[str, None, _Attempt]:
        """Let the model write once, about so many papers at most (0: as many as fit)."""
        asked = self.request(context, room=model.room, in_schema=model.takes_schema, papers=papers)
        hits = [hit.paper.id for hit in context.hits]
        made = _Attempt(
            asked,
            model.reply(asked.system, asked.user, schema=asked.schema),
            Draft(self.grounder, hits, instructions=asked.system),
            Builder(Numbering.after(context.history)),
        )
        restarts = 0
        with made.reply:
            for statement in made.draft.read(made.reply, asked.sources):
                if made.draft.restarts > restarts:
                    restarts = made.draft.restarts
                    made.begin_anew(Builder(Numbering.after(context.history)))
                made.statements.append(statement)
                yield made.builder.add(
                    statement.text, statement.anchors, statement.support, lead=statement.lead
                )
        if made.draft.restarts > restarts:
            made.begin_anew(Builder(Numbering.after(context.history)))
        return made

    def _ask(self, model: ChatModel, context: AnswerContext) -> AnswerParts:
        """Let the model write; whatever goes wrong on the way, an answer in the same shape.

        What it cannot read at once it is asked again about with half of the papers; what has been
        shown of the reply before is no part of the answer then.
        """
        papers, usage = 0, Usage(prompt_digest=self.prompt.digest)
        for _ in range(ATTEMPTS):
            made = yield from self._attempt(model, context, papers)
            reply, draft, builder = made.reply, made.draft, made.builder
            usage = usage.plus(Usage(reply.input_tokens, reply.output_tokens))
            if not made.was_too_long or len(made.asked.sources) < 2:
                break
            papers = len(made.asked.sources) // 2
        usage = usage.plus(self._judge(made.statements, draft, builder))
        if papers:
            draft.notes.append(
                f"{model.name} reads about {model.window:,} tokens, so it was given "
                f"{len(made.asked.sources)} papers; set RAG_LLM_CONTEXT to that."
            )
        if draft.refused and not reply.failure:
            if context.is_clear:
                notice = f"{model.name} found no answer; these are the abstracts' own sentences."
                return (yield from quote(context, notice=notice, usage=usage))
            return (yield from _abstain(context, model=model.name, usage=usage))
        if not builder.claims:
            said = "rests on no source sentence" if reply.text.strip() else "is empty"
            why = reply.failure or f"the reply of {model.name} {said}"
            notice = f"Answered from the abstracts' own sentences, without the model: {why}."
            return (yield from quote(context, notice=notice, usage=usage))
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
            follow_ups=context.follow_ups(builder.citations),
            usage=usage,
            notice=joined(
                draft.notice(), context.read_as, no_paper_mentions(context.unknown_names)
            ),
            missing=context.unknown_names,
        )

    def _judge(self, statements: Sequence[Statement], draft: Draft, builder: Builder) -> Usage:
        """Let the judge settle the marks, if there is one; return what that cost."""
        if self.judge is None or not statements:
            return Usage()
        marks, spent = self.judge.marks(statements)
        draft.settle([one.support for one in statements], marks)
        builder.mark(marks)
        return spent


def _abstain(context: AnswerContext, *, model: str = "", usage: Usage | None = None) -> AnswerParts:
    """Say that the papers do not say, and which come closest."""
    text = "The papers in this library do not answer this."
    closest = [hit.paper for hit in context.hits[:CLOSEST]]
    missing = context.missing if closest else ()
    come_closest = f"Closest are {quoted(paper.title for paper in closest)}."
    nothing = NOTHING_LEFT if context.filtered else "" if context.by_words else EMPTY
    notice = (no_paper_mentions(missing), come_closest) if closest else (nothing,)
    yield text
    return Answer(
        question=context.question,
        text=text,
        grounded=False,
        mode="llm" if model else "extractive",
        model=model,
        hits=context.hits,
        follow_ups=context.follow_ups(()),
        usage=usage or Usage(),
        notice=joined(context.read_as, *notice),
        missing=missing,
        closest=tuple(paper.id for paper in closest),
    )
