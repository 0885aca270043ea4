"""Puts a follow-up as it stands alone: by the model if there is one, else by rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answers import conversation
from rag.models import ChatModel, Prompt
from rag.records import MAX_QUERY, Answer
from rag.text.readable import without_controls
from rag.text.words import share_a_word

_REMEMBERED = 4  # answers that a model is told of when it rewrites a follow-up
_LONGEST = 500  # characters; longer is not a question


@dataclass(frozen=True, slots=True)
class Rewriter:
    """Rewrites follow-ups with a model, or without one."""

    model: ChatModel | None
    prompt: Prompt

    def standing_alone(self, question: str, history: Sequence[Answer]) -> str:
        """Return the question as it would be asked without what came before.

        Raises:
            ModelKeyError: the endpoint refuses the key. After any other failure, and for a reply
                that is no question of this conversation, the rules decide.
        """
        by_rules = conversation.standing_alone(question, history)
        if self.model is None or not history or conversation.referenced(question, history):
            return by_rules
        user = _told(self.prompt, question, history)
        with self.model.reply(self.prompt.system, user) as reply:
            reply.read()
        line = "" if reply.failure else " ".join(reply.text.split())
        known = f"{by_rules} {question} " + " ".join(f"{a.question} {a.text}" for a in history)
        fits = share_a_word(line, known) and len(line) <= _LONGEST
        return line if fits else by_rules


def _told(prompt: Prompt, question: str, history: Sequence[Answer]) -> str:
    recent = history[-_REMEMBERED:]
    told = "\n".join(f"Q: {_line(a.question, 300)}\nA: {_line(a.text, 400)}" for a in recent)
    papers = {c.number: c.title for answer in history for c in answer.citations}
    listed = "\n".join(f"[{number}] {_line(title, 200)}" for number, title in papers.items())
    return prompt.fill(history=told, papers=listed or "none", question=_line(question, MAX_QUERY))


def _line(text: str, most: int) -> str:
    return " ".join(without_controls(text).split())[:most]
