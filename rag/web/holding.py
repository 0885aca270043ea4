"""What the page tells of a library where nothing is asked yet, read once for every state of it."""

from __future__ import annotations

from rag.answers import suggest
from rag.assistant import Assistant
from rag.web.welcome_html import Holds


class Holding:
    """Looks at an assistant's library; all titles are read anew only when papers have changed."""

    def __init__(self, assistant: Assistant) -> None:
        self._library = assistant.library
        self._seen = -1  # the library's sequence, which every change of papers raises
        self._examples: list[str] = []

    def holds(self) -> Holds:
        """Return the number of papers, their years and their topics."""
        shelf = self._library.shelf
        return Holds(self._library.count(), shelf.years(), self._library.placed.sizes())

    def examples(self) -> list[str]:
        """Return questions that the library can answer."""
        sequence = self._library.version().sequence
        if sequence != self._seen:  # two at once do the same twice, which harms nobody
            self._examples = suggest.examples([*self._library.titles().values()])
            self._seen = sequence
        return self._examples
