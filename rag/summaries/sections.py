"""Lets a model write a summary: its outline, then each section, every sentence checked."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Literal

from rag.grounding import Draft, Grounder, Judge, Statement
from rag.models import ChatModel, Prompt, as_data, claims_schema, fitting, source_lines
from rag.records import Usage
from rag.summaries.outline import PlannedTheme
from rag.text.citations import Source, ranks
from rag.text.readable import readable

_LONGEST_LABEL = 80  # characters
_MOST_THEMES = 5
_MOST_STATEMENTS = 30  # of one section; a model that goes on and on is cut off

Kind = Literal["theme", "disagreements", "questions"]
"""The kinds of sections; each has a wording in the prompt ``section``."""


@dataclass(frozen=True, slots=True)
class SectionTask:
    """One section for a model to write: of which kind, what it is called, and from what."""

    kind: Kind
    title: str
    sources: tuple[Source, ...]


@dataclass(slots=True)
class SectionReply:
    """What came of one section; ``failure`` says why there are no statements."""

    statements: list[Statement] = field(default_factory=list)
    failure: str = ""
    refused: bool = False
    usage: Usage = field(default_factory=Usage)
    counts: Counter[str] = field(default_factory=Counter)


class Author:
    """A model at work on summaries; safe to share between threads."""

    def __init__(
        self,
        model: ChatModel,
        grounder: Grounder,
        outline: Prompt,
        section: Prompt,
        judge: Judge | None = None,
    ) -> None:
        self.model = model
        self.outline = outline
        self.section = section
        self._grounder = grounder
        self._judge = judge

    @cached_property
    def digest(self) -> str:
        """The wording of both prompts."""
        both = f"{self.outline.digest}{self.section.digest}"
        return hashlib.sha256(both.encode()).hexdigest()[:12]

    def plan(
        self, topic: str, sources: Sequence[Source], stopped: threading.Event
    ) -> tuple[SectionReply, list[PlannedTheme]]:
        """Let the model write the overview and divide the papers into themes.

        Raises:
            ModelKeyError: the endpoint refuses the key.
        """
        known = self._fitting(sources, self.outline, topic)
        user = self.outline.fill(sources=source_lines(known), topic=as_data(topic))
        with self.model.reply(self.outline.system, user) as reply:
            for _ in reply:
                if stopped.is_set():
                    break
        failure = reply.failure
        draft = Draft(
            self._grounder,
            [source.paper.id for source in known],
            elsewhere=False,
            instructions=self.outline.system,
        )
        themes, prose = _themes(reply.text, len(known))
        found = [] if failure else draft.read_text(prose, known)
        checked, spent = self._judged(list(found), draft)
        said = [one for one in checked if one.anchors and one.support != "unsupported"]
        usage = Usage(reply.input_tokens, reply.output_tokens).plus(spent)
        if not failure and not said:
            failure = f"the outline of {self.model.name} rests on no source sentence"
        return SectionReply(said, failure, draft.refused, usage, draft.counts), themes

    def write(self, topic: str, task: SectionTask, stopped: threading.Event) -> SectionReply:
        """Let the model write one section; every failure but of the key is told in the result.

        Raises:
            ModelKeyError: the endpoint refuses the key.
        """
        ask = self.section.tasks[task.kind]
        sources = self._fitting(task.sources, self.section, f"{topic}{task.title}{ask}")
        user = self.section.fill(
            sources=source_lines(sources),
            topic=as_data(topic),
            section=as_data(task.title),
            task=ask,
        )
        section = SectionReply()
        hits = [source.paper.id for source in sources]
        draft = Draft(
            self._grounder,
            hits,
            elsewhere=False,
            stopped=stopped,
            instructions=f"{self.section.system}\n{ask}",
        )
        restarts = 0
        schema = (
            claims_schema(sources) if self.section.in_schema and self.model.takes_schema else None
        )
        system = self.section.in_schema if schema else self.section.system
        with self.model.reply(system, user, schema=schema) as reply:
            for statement in islice(draft.read(reply, sources), _MOST_STATEMENTS):
                if draft.restarts > restarts:
                    restarts = draft.restarts
                    section.statements.clear()
                section.statements.append(statement)
        section.failure = reply.failure
        section.statements, spent = self._judged(section.statements, draft)
        section.refused, section.counts = draft.refused, draft.counts
        section.usage = Usage(reply.input_tokens, reply.output_tokens).plus(spent)
        if not any(s.anchors and s.support != "unsupported" for s in section.statements):
            section.statements = []
            why = "did not answer" if draft.refused else "wrote nothing that its sources support"
            section.failure = section.failure or f"{self.model.name} {why}"
        return section

    def _judged(self, statements: list[Statement], draft: Draft) -> tuple[list[Statement], Usage]:
        """Let the judge settle the marks, if there is one; return them with what that cost."""
        if self._judge is None or not statements:
            return statements, Usage()
        marks, spent = self._judge.marks(statements)
        draft.settle([one.support for one in statements], marks)
        both = zip(statements, marks, strict=True)
        return [replace(one, support=mark) for one, mark in both], spent

    def _fitting(self, sources: Sequence[Source], prompt: Prompt, rest: str) -> list[Source]:
        fixed = len(prompt.system) + len(prompt.user) + len(rest)
        return fitting(sources, room=self.model.room, fixed=fixed)


# -- a model's outline ---------------------------------------------------------------------------

_LONGEST_LINE = 400  # characters of a theme; the rest is not read
# "THEME: …", "2) **Theme 4** …", "- theme …"; not "themes: …", "The theme …", "123. THEME".
_MARK = re.compile(r"\W*(?:\d{1,2}[.)]\W*)?theme(?:\s*\d{1,2})?\b", re.IGNORECASE)
# "P1", "p 3"; not "SAM 2", "GP1", "P-1".
_FIRST_ID = re.compile(r"\b[Pp] ?\d")


def _themes(reply: str, papers: int) -> tuple[list[PlannedTheme], str]:
    """Split an outline into its themes and the rest; papers that do not exist are left out.

    A theme is a line such as "THEME: a title | P1 P3", however it is dressed up; a line that starts
    like one and names no paper is dropped.
    """
    themes: list[PlannedTheme] = []
    prose: list[str] = []
    for line in reply.splitlines():
        short = " ".join(line[:_LONGEST_LINE].split())
        start = _MARK.match(short)
        if not start:
            prose.append(line)
            continue
        found = _FIRST_ID.search(short, start.end())
        if found:
            label = readable(short[start.end() : found.start()]).strip(_DRESS)
            places = tuple(rank - 1 for rank in ranks(short[found.start() :]) if 0 < rank <= papers)
            if label and len(label) <= _LONGEST_LABEL and places and len(themes) < _MOST_THEMES:
                themes.append(PlannedTheme(label, places))
    return themes, "\n".join(prose)


_DRESS = "*_\"“”'`|:.–—-()[]# "
