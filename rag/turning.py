"""How a question becomes a turn of a conversation: limits, spelling, what came before, language."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.records import MAX_QUERY, READING, Answer
from rag.scoping import Scoping

if TYPE_CHECKING:
    from rag.answers import Turn


class Turning(Scoping):
    """What puts a question together."""

    def _turn(
        self,
        question: str,
        history: Iterable[Answer],
        filters: Mapping[str, Any] | None = None,
        *,
        without: Collection[str] = (),
        streaming: bool = False,
        silent: bool = False,
    ) -> Turn:
        """Put a question together; ``silent`` asks no model, neither now nor for the answer."""
        from rag.answers import Turn, adds_to
        from rag.search import Meant, check_question

        asked = question if READING in without else self._put_to_chosen(question, filters)
        check_question(asked)
        limits = self._limits(question, filters, without)
        earlier = tuple(history)
        rewriter, translator = self._parts.rewriter, self._parts.translator
        if silent:
            rewriter, translator = replace(rewriter, model=None), replace(translator, model=None)
        meant, query = Meant(limits.rest), limits.rest
        if READING not in without:
            meant = self._parts.spelling.read(limits.rest)
            query = rewriter.standing_alone(meant.text, earlier)[:MAX_QUERY]
        if asked != question:
            query = asked[:MAX_QUERY]
        translated = translator.translated(query)
        return Turn(
            question,
            custom_embedding_strs=[translated or query],
            history=earlier,
            streaming=streaming,
            extractive=silent,
            filters=limits.filters,
            limited=limits.told,
            # Without the announcement that the topic changes, where that is all there was to read.
            rest=meant.text if adds_to(query, meant.text) else query,
            translated=translated,
            read_as=query if adds_to(query, limits.rest) else "",
            offers=meant.offers,
        )
