"""Puts a question into the language of the papers, so that a search for it can find them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from rag.answers.rewriting import LONGEST, asks_too, bare_line
from rag.library import Library
from rag.models import ChatModel, Prompt, as_data
from rag.records import MAX_QUERY
from rag.text.languages import NAMES, language_of
from rag.text.names import names_in

_SAMPLE = 100  # papers from either end of the alphabet that tell a library's languages
_SPOKEN = 0.05  # of the sample, from which on a library holds papers in a language


@dataclass(frozen=True, slots=True)
class Translator:
    """Translates questions with a model; without one nothing is translated."""

    model: ChatModel | None
    prompt: Prompt
    library: Library

    def translated(self, question: str) -> str:
        """Return a question in the language of most papers.

        Empty where it is in a language of the library already, where its language cannot be told,
        and where the model fails or gives something else than a translation.

        Raises:
            ModelKeyError: the endpoint refuses the key.
        """
        language = language_of(question) if self.model is not None else ""
        if not language:
            return ""
        wanted = self._wanted(language)
        if self.model is None or not wanted:
            return ""
        user = self.prompt.fill(language=NAMES[wanted], question=as_data(question)[:MAX_QUERY])
        with self.model.reply(self.prompt.system, user) as reply:
            reply.read()
        line = "" if reply.failure else bare_line(reply.text)
        kept = all(name.lower() in line.lower() for name in names_in(question) if name.isascii())
        fits = kept and asks_too(line, question) and language_of(line) in ("", wanted)
        return line if fits and len(line) <= LONGEST else ""

    def _wanted(self, language: str) -> str:
        """Return the language of most papers, empty where there are some in this one."""
        papers = [
            paper
            for descending in (False, True)
            for paper in self.library.shelf.browse(
                sort="title", descending=descending, limit=_SAMPLE
            )[0]
        ]
        spoken = Counter(language_of(f"{paper.title} {paper.abstract}") for paper in papers)
        known = spoken.total() - spoken.pop("", 0)
        if not known or spoken[language] >= max(1, _SPOKEN * known):
            return ""
        return spoken.most_common(1)[0][0]
