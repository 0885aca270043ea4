"""Of which papers something is asked: all, or those that filters, a topic or the question leave."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from rag.errors import InputError
from rag.records import Topic
from rag.starring import Starring

if TYPE_CHECKING:
    from rag.search import Limits

NAMED = 5  # chosen papers whose titles a question is put in full with; more drown it


class Scoping(Starring):
    """What narrows a question."""

    def _limits(
        self, text: str, filters: Mapping[str, Any] | None, without: Collection[str] = ()
    ) -> Limits:
        """Return which papers may be looked at; where none are given, as the text itself says.

        Raises:
            InputError: an unknown filter.
        """
        from rag.library import Filters
        from rag.search import Limits, read_limits

        given = Filters.parse(self._resolved(filters))
        if given is not None:
            return Limits(given, "", text)
        return read_limits(text, self._parts.library.selection.has, without)

    def _resolved(self, filters: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """Return filters with the papers of the topic that they name.

        Raises:
            InputError: there is no such topic, or papers are named beside it.
        """
        named = str((filters or {}).get("topic") or "")
        if not filters or not named:
            return filters
        if "ids" in filters:
            raise InputError("papers are limited by a topic or by their ids, not by both")
        topic = self._topic(named)
        return {**filters, "topic": topic.id, "ids": topic.paper_ids}

    def _topic(self, named: str) -> Topic:
        """Return the topic of an id or a label.

        Raises:
            InputError: there is none.
        """
        self.make_ready()
        for topic in self._parts.topics.topics():
            if named in (topic.id, topic.label):
                return topic
        raise InputError(f"the library has no topic {named!r}; `rag topics` lists them")

    def _put_to_chosen(self, question: str, filters: Mapping[str, Any] | None) -> str:
        """Put a question that says nothing of its own in full, by what papers were chosen."""
        from rag.answers import of_papers

        given = filters or {}
        if topic := str(given.get("topic") or ""):
            names = [self._topic(topic).label]
        else:
            ids = list(given.get("ids") or ())[: NAMED + 1]
            papers = [self._parts.library.paper(one) for one in ids] if len(ids) <= NAMED else []
            names = [paper.title for paper in papers if paper is not None]
        return of_papers(question, names) if names else question
