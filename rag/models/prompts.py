"""Loads the prompt files and fills them in; a prompt's digest names its exact wording."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from rag.errors import ConfigError
from rag.resources import prompts_folder

# What each prompt file must use, no more and no less: a variable that is missing from the file
# would drop the sources without a word.
VARIABLES: Mapping[str, frozenset[str]] = {
    "answer.system": frozenset({"form"}),
    "answer.user": frozenset({"sources", "question"}),
    "judge.system": frozenset(),
    "judge.user": frozenset({"claims", "form"}),
    "outline.system": frozenset(),
    "outline.user": frozenset({"sources", "topic"}),
    "section.system": frozenset({"form"}),
    "section.user": frozenset({"sources", "topic", "section", "task"}),
    "section.theme": frozenset(),
    "section.disagreements": frozenset(),
    "section.questions": frozenset(),
    "form.text": frozenset(),
    "form.schema": frozenset(),
    "topics.system": frozenset(),
    "topics.user": frozenset({"topics"}),
    "rerank.system": frozenset(),
    "rerank.user": frozenset({"papers", "question"}),
    "rewrite.system": frozenset(),
    "rewrite.user": frozenset({"history", "papers", "question"}),
    "translate.system": frozenset(),
    "translate.user": frozenset({"question", "language"}),
}
PROMPTS = ("answer", "judge", "outline", "rerank", "rewrite", "section", "topics", "translate")
# What the user message of a prompt may ask for, each in a file of its own.
TASKS: Mapping[str, tuple[str, ...]] = {"section": ("theme", "disagreements", "questions")}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A pair of templates: what the model is told to be, and what it is asked.

    ``in_schema`` is the first where the reply is to be in a schema. ``tasks`` are the wordings of
    what the second may ask for, by name. ``digest`` names the exact wording of all of it.
    """

    system: str
    user: str
    digest: str
    tasks: Mapping[str, str] = field(default_factory=dict)
    in_schema: str = ""

    def fill(self, **values: str) -> str:
        """Return the user message with its variables filled in, each exactly once."""
        return Template(self.user).substitute(values)


def load_prompt(name: str, folder: Path | None = None) -> Prompt:
    """Load ``<name>.system.txt``, ``<name>.user.txt`` and the prompt's tasks.

    Raises:
        ConfigError: a file is missing, or uses other variables than it must.
    """
    place = folder or prompts_folder()
    system, user = (_read(place, f"{name}.{part}") for part in ("system", "user"))
    tasks = {task: _read(place, f"{name}.{task}") for task in TASKS.get(name, ())}
    in_schema = ""
    if "form" in VARIABLES[f"{name}.system"]:
        forms = [_read(place, f"form.{form}") for form in ("text", "schema")]
        system, in_schema = (Template(system).substitute(form=form) for form in forms)
    wording = "\0".join([system, user, in_schema, *tasks.values()])
    digest = hashlib.sha256(wording.encode()).hexdigest()[:12]
    return Prompt(system, user, digest, tasks, in_schema)


def _read(folder: Path, name: str) -> str:
    path = folder / f"{name}.txt"
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the prompt {path} cannot be read ({error})") from error
    template = Template(text)
    if not template.is_valid() or set(template.get_identifiers()) != VARIABLES[name]:
        wanted = ", ".join(f"${v}" for v in sorted(VARIABLES[name])) or "no variable"
        raise ConfigError(f"the prompt {path} must use {wanted} and nothing else behind a $")
    return text
