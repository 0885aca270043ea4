"""Asks a model whether sentences support a claim."""

from __future__ import annotations

from collections.abc import Sequence

from rag.models import ChatModel, Prompt
from rag.records import Support


class ModelJudge:
    """Asks a model whether sentences support a claim; no opinion when it fails."""

    def __init__(self, model: ChatModel, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt

    def judge(self, claim: str, sentences: Sequence[str]) -> Support | None:
        """Return the model's opinion.

        Raises:
            ModelKeyError: the endpoint refuses the key.
        """
        user = self._prompt.fill(claim=claim, sentences="\n".join(f"- {s}" for s in sentences))
        with self._model.reply(self._prompt.system, user) as reply:
            reply.read()
        said = "" if reply.failure else reply.text.strip().upper()
        marks: dict[str, Support] = {
            "YES": "supported",
            "PARTLY": "partial",
            "NO": "unsupported",
        }
        return next((mark for word, mark in marks.items() if said.startswith(word)), None)
