"""The reading list's tab, and the stars of all others."""

from __future__ import annotations

import re
import time
from typing import Any

import gradio as gr

from rag.assistant import Assistant
from rag.errors import RagError
from rag.library import LONGEST_NOTE
from rag.text.reading_list import PAPER, Star
from rag.web import reading_html
from rag.web.events import QUIETLY, Update, data, handler
from rag.web.markup import failure
from rag.web.reading_layout import ReadingLayout

SHOWN = 100  # papers at first


class ReadingTab(ReadingLayout):
    """The reading lists of one assistant's library; ``starred`` is where the page hears of stars.

    That place is outside of the tabs, since Gradio makes none before it is turned to.
    """

    def __init__(self, assistant: Assistant, starred: gr.HTML) -> None:
        super().__init__()
        self.assistant = assistant
        self.stars = assistant.library.stars
        self.starred = starred
        self._taken: dict[str, list[Star]] = {}  # by owner, what was removed last

    @handler
    def open(self, count: str, request: gr.Request) -> Update:
        """Show the list when the tab is turned to."""
        return self._list(count, request) | {self.removed: ""}

    @handler
    def more(self, event: gr.EventData, request: gr.Request) -> Update:
        """Show more papers."""
        count = data(event, "count")
        return self._list(count, request) | {self.count: count}

    @handler
    def toggle(self, event: gr.EventData, request: gr.Request) -> Update:
        """Star what is not starred, unstar what is."""
        owner, place = request.username or "", _place(event)
        try:
            on = self.assistant.toggle_star(*place, owner=owner)
        except RagError as error:
            return self._settled([place], str(error), on=place in self.stars.of(owner))
        said = f"{'On' if on else 'Off'} the reading list"
        return self._settled([place], said, on=on)

    @handler
    def note(self, event: gr.EventData, request: gr.Request) -> Update:
        """Keep a note; what else is being typed stays, since nothing is drawn anew."""
        place, owner = _place(event), request.username or ""
        try:
            there = self.stars.note(*place, data(event, "note"), owner)
        except RagError as error:
            return self._settled([], str(error))
        return self._settled([], "Note saved" if there else "This is no longer on the list")

    @handler
    def remove(self, count: str, event: gr.EventData, request: gr.Request) -> Update:
        """Take a sentence, or a paper with all of its sentences, off the list."""
        (paper_id, start), owner = _place(event), request.username or ""
        one = start if data(event, "start") else None
        try:
            taken = self.stars.take_away(paper_id, one, owner)
        except RagError as error:
            return {self.removed: failure(str(error))}
        self._taken[owner] = taken
        told = {self.removed: reading_html.removed(taken)}
        return self._list(count, request) | told | self._settled(_places(taken), "Removed")

    @handler
    def undo(self, count: str, request: gr.Request) -> Update:
        """Put back what was removed last, with its notes."""
        owner = request.username or ""
        taken = self._taken.pop(owner, [])
        try:
            self.stars.put(taken, owner)
        except RagError as error:
            return {self.removed: failure(str(error))}
        told = self._settled(_places(taken), "Put back", on=True)
        return self._list(count, request) | {self.removed: ""} | told

    @handler
    def export(self, event: gr.EventData, request: gr.Request) -> Update:
        """Make a file of the list, or of the papers on it."""
        form, mark = data(event, "form"), str(time.monotonic_ns())
        try:
            text = self.assistant.export_reading_list(form, owner=request.username or "")
        except RagError as error:
            return self._settled([], str(error))
        return {self.file: reading_html.file(form, text, mark=mark)}

    def _list(self, count: str, request: gr.Request) -> Update:
        owner = request.username or ""
        stars, papers = self.assistant.reading_list(owner), self.assistant.starred_papers(owner)
        most = int(count) if re.fullmatch(r"\d{1,6}", count or "", re.ASCII) else SHOWN
        return {self.listing: reading_html.listed(stars, papers, most=most, longest=LONGEST_NOTE)}

    def _settled(self, places: list[tuple[str, int]], said: str, *, on: bool = False) -> Update:
        mark = str(time.monotonic_ns())
        return {self.starred: reading_html.settled(places, on=on, said=said, mark=mark)}

    def wire(self, turned_to: Any, *places: gr.HTML) -> None:
        """Join the events to their handlers; ``turned_to`` is the event of the tab being chosen.

        ``places`` are those of other tabs that have stars.
        """
        tab = [*self.outputs, self.starred]
        turned_to(self.open, [self.count], tab, **QUIETLY)
        each: dict[str, Any] = {"trigger_mode": "multiple", **QUIETLY}
        for place in places:
            place.like(self.toggle, None, [self.starred], **each)
        self.listing.submit(self.note, None, [self.starred], **each)
        self.listing.delete(self.remove, [self.count], tab, **QUIETLY)
        self.listing.expand(self.more, None, tab, **QUIETLY)
        self.removed.undo(self.undo, [self.count], tab, **QUIETLY)
        self.listing.download(self.export, None, [self.file, self.starred], **QUIETLY)


def _place(event: gr.EventData) -> tuple[str, int]:
    """Return the paper and the start that a button names; the paper itself unless it says more."""
    start = data(event, "start")
    place = int(start) if re.fullmatch(r"-?\d{1,9}", start, re.ASCII) else PAPER
    return data(event, "id"), place


def _places(stars: list[Star]) -> list[tuple[str, int]]:
    return [(star.paper_id, star.start) for star in stars]
