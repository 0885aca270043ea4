"""Orders the first papers of a search anew by asking a model, where the settings want it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rag.models import ChatModel, Prompt, as_data
from rag.search.fusion import Found

RERANKED_BY_MODEL = 20  # papers in one request: what a reader may still look at
_TOKENS = 200  # of the reply: 20 numbers in JSON and some room
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"papers": {"type": "array", "items": {"type": "integer"}}},
    "required": ["papers"],
    "additionalProperties": False,
}
# "[3, 1]", "3 > 1", '{"papers": [3]}'; not "10.5", "P3".
_NUMBER = re.compile(r"(?<![\w.])\d{1,2}(?![\w.]*\w)")


@dataclass(frozen=True, slots=True)
class ModelReranker:
    """Asks a model once which of the first papers answer a question, best first."""

    model: ChatModel
    prompt: Prompt

    def rerank(self, query: str, found: Sequence[Found]) -> list[Found]:
        """Return the papers with those first that the model names, the others as they were.

        When the model fails, or names none, all stay as they were.

        Raises:
            ModelKeyError: the endpoint refuses the key.
        """
        first = found[:RERANKED_BY_MODEL]
        if len(first) < 2:
            return [*found]
        papers = "\n".join(f"{number}. {_told(one)}" for number, one in enumerate(first, 1))
        user = self.prompt.fill(papers=papers, question=as_data(query))
        with self.model.reply(self.prompt.system, user, schema=SCHEMA, tokens=_TOKENS) as reply:
            reply.read()
        text = "" if reply.failure else reply.text
        named = dict.fromkeys(int(number) - 1 for number in _NUMBER.findall(text))
        places = [place for place in named if 0 <= place < len(first)]
        rest = [place for place in range(len(found)) if place not in places]
        return [found[place] for place in [*places, *rest]]


def _told(one: Found) -> str:
    best = one.entry.sentences[int(np.argmax(one.cosines))]
    title = as_data(one.entry.paper.title)
    return title if best.index == 0 else f"{title}: {as_data(best.text)}"
