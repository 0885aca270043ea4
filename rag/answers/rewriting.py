"""Puts a follow-up as it stands alone: by the model if there is one, else by rules."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answers import conversation
from rag.models import ChatModel, Prompt
from rag.records import MAX_QUERY, Answer
from rag.text.readable import without_controls
from rag.text.words import content_stems, share_a_word

LONGEST = 500  # characters; longer is not a question
_REMEMBERED = 4  # answers that a model is told of when it rewrites a follow-up

# How models introduce what they were asked for: "Rewritten question:", "**Standalone question:**",
# "In English:", "Sure! Here is the rewritten question:"; not "VideoMAE V2: what is it?".
_LABEL = re.compile(
    r"^[\W_]*(?:(?:sure|certainly|of course|okay|ok)\b[^:\n]{0,80}"
    r"|(?:[\w' -]{0,60}\b)?(?:question|rewritten|rewrite|translation|translated|output|answer"
    r"|in [A-Z]\w+))[\W_]*:[\W_]*",
    re.IGNORECASE,
)
# "What …", "Is …", "Compare …"; not "The method …", "VideoMAE is …".
_ASKS = re.compile(
    r"(?:what|which|who|whose|whom|when|where|why|how|is|are|was|were|do|does|did|can|could|has"
    r"|have|should|will|would|in what|in which|to what|for what|on which|by how|compare|list"
    r"|summari[sz]e|describe|explain|name|find|tell|give|show)\b",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^\s*```\w*\s*$")


@dataclass(frozen=True, slots=True)
class Rewriter:
    """Rewrites follow-ups with a model, or without one."""

    model: ChatModel | None
    prompt: Prompt

    def standing_alone(self, question: str, history: Sequence[Answer]) -> str:
        """Return the question as it would be asked without what came before.

        Raises:
            ModelKeyError: the endpoint refuses the key. After any other failure, and for a reply
                that is not this question put in full, the rules decide.
        """
        by_rules = conversation.standing_alone(question, history)
        if self.model is None or not history or conversation.referenced(question, history):
            return by_rules
        user = _told(self.prompt, question, history)
        with self.model.reply(self.prompt.system, user) as reply:
            reply.read()
        line = "" if reply.failure else bare_line(reply.text)
        known = f"{by_rules} {question} " + " ".join(f"{a.question} {a.text}" for a in history)
        fits = share_a_word(line, known) and len(line) <= LONGEST and _keeps(line, question)
        return line if fits and not _repeats(line, question, history) else by_rules


def adds_to(query: str, question: str) -> bool:
    """Whether a question as it stands alone says something that the question itself does not."""
    return not set(content_stems(query)) <= set(content_stems(question))


def bare_line(reply: str) -> str:
    """Return the one line that a model was asked for, out of whatever it wrapped it in.

    That may be JSON, a code fence, quotes, bold type, a label before it, or talk around it; of
    several lines the last that asks something, else the last.
    """
    text = reply.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    if text.startswith(("{", "[", '"')):
        text = _first_string(text) or text
    lines: list[str] = []
    for raw in text.splitlines():
        line = " ".join(_LABEL.sub("", raw, count=1).split()).strip("`*_\"'“”„«»> ")
        if lines and line[:1].islower():  # one question over two lines
            lines[-1] = f"{lines[-1]} {line}"
        elif line and not _FENCE.match(raw):
            lines.append(line)
    asking = [line for line in lines if line.endswith(("?", "？"))]
    return (asking or lines or [""])[-1]


def asks_too(line: str, question: str) -> bool:
    """Whether a line asks something, where the question that it stands for does."""
    asks = line.endswith(("?", "？")) or bool(_ASKS.match(line))
    return asks or not question.rstrip().endswith(("?", "？"))


def _first_string(text: str) -> str:
    """Return the first text in a piece of JSON, empty where it is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return ""
    while isinstance(found, dict | list) and found:
        found = next(iter(found.values() if isinstance(found, dict) else found))
    return found if isinstance(found, str) else ""


def _keeps(line: str, question: str) -> bool:
    """Whether a rewrite asks, where the question did, and has every word that the question has."""
    own = content_stems(conversation.own_words(question))
    return asks_too(line, question) and set(own) <= set(content_stems(line))


def _repeats(line: str, question: str, history: Sequence[Answer]) -> bool:
    """Whether a rewrite is a question that was asked before, and not the one asked now."""
    wanted = content_stems(line)
    if content_stems(question) == wanted:
        return False
    return any(content_stems(answer.question) == wanted for answer in history)


def _told(prompt: Prompt, question: str, history: Sequence[Answer]) -> str:
    recent = history[-_REMEMBERED:]
    told = "\n".join(f"Q: {_line(a.question, 300)}\nA: {_line(a.text, 400)}" for a in recent)
    papers = {c.number: c.title for answer in history for c in answer.citations}
    listed = "\n".join(f"[{number}] {_line(title, 200)}" for number, title in papers.items())
    return prompt.fill(history=told, papers=listed or "none", question=_line(question, MAX_QUERY))


def _line(text: str, most: int) -> str:
    return " ".join(without_controls(text).split())[:most]
