"""Writes one answer: refuses, extracts, or lets a model write and checks every sentence of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answers.context import AnswerContext, AnswerParts
from rag.answers.quoting import quote
from rag.grounding import Draft, Grounder, Judge, Statement
from rag.models import ANSWER_TOKENS, ChatModel, Prompt, fitting, source_lines
from rag.records import Answer, Usage
from rag.text.citations import Builder, Numbering, Source
from rag.text.notices import EMPTY, NOTHING_LEFT, joined, no_paper_mentions, quoted
from rag.text.replies import Reader

CLOSEST = 3  # papers named when there is no answer


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

    def messages(self, context: AnswerContext, *, window: int) -> tuple[str, str, list[Source]]:
        """Return the system and the user message for a question, and the sources they number."""
        sources = _sources(context, room=window - ANSWER_TOKENS, prompt=self.prompt)
        user = self.prompt.fill(sources=source_lines(sources), question=context.asked)
        return self.prompt.system, user, sources

    def _ask(self, model: ChatModel, context: AnswerContext) -> AnswerParts:
        """Let the model write; whatever goes wrong on the way, an answer in the same shape."""
        system, user, sources = self.messages(context, window=model.window)
        reply = model.reply(system, user)
        hits = [hit.paper.id for hit in context.hits]
        draft = Draft(self.grounder, hits, instructions=system)
        builder = Builder(Numbering.after(context.history))
        statements: list[Statement] = []
        with reply:
            for statement in draft.read(reply, Reader(sources)):
                statements.append(statement)
                yield builder.add(
                    statement.text, statement.anchors, statement.support, lead=statement.lead
                )
        spent = self._judge(statements, draft, builder)
        usage = Usage(reply.input_tokens, reply.output_tokens, self.prompt.digest).plus(spent)
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
    nothing = NOTHING_LEFT if context.filtered else EMPTY
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


def _sources(context: AnswerContext, *, room: int, prompt: Prompt) -> list[Source]:
    """Return as many papers, best first, as fit into ``room`` tokens with the prompt."""
    fixed = len(prompt.system) + len(prompt.user) + len(context.asked)
    all_sources = [Source(one.paper, one.sentences, one.best) for one in context.evidence]
    return fitting(all_sources, room=room, fixed=fixed)
