"""Of which papers a question is asked, in the chat tab: all, or those that limits leave."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import gradio as gr

from rag.web import limits_html
from rag.web.events import QUIETLY, Asked, Update, data, handler
from rag.web.limits_html import LIMITS, chosen, typed
from rag.web.markup import collections
from rag.web.past import Past


class Scoping(Past):
    """The limits above the question box; a conversation keeps them."""

    @handler
    def narrow(self, asked: Asked, request: gr.Request) -> Update:
        """Tell which papers alone will be looked at, once somebody has changed that."""
        filters = self.scope_of(asked)
        self.keep_scope(str(asked[self.current] or ""), filters, request.username or "")
        return self.told(filters)

    @handler
    def choose(self, asked: Asked, event: gr.EventData, request: gr.Request) -> Update:
        """Ask of papers, or of a topic, that were chosen elsewhere on the page."""
        text = data(event, "among")
        filters = self.scope_of({**asked, self.chosen: text})
        self.keep_scope(str(asked[self.current] or ""), filters, request.username or "")
        return {self.chosen: text, **self.told(filters)}

    @handler
    def widen(self, asked: Asked, event: gr.EventData, request: gr.Request) -> Update:
        """Take a limit away from what will be looked at."""
        gone = LIMITS.get(data(event, "limit"), ())
        fields = [field for name, field in self.scope.items() if name in gone]
        fields += [self.chosen] if {*gone} & {"ids", "topic"} else []
        empty: Asked = dict.fromkeys(fields, "")
        filters = self.scope_of({**asked, **empty})
        self.keep_scope(str(asked[self.current] or ""), filters, request.username or "")
        return empty | self.told(filters)

    @handler
    def offer(self) -> Update:
        """Offer the collections that there are."""
        found = collections(self.assistant.library.shelf.collections())
        return {self.scope["collection"]: gr.Dropdown(choices=found, visible=len(found) > 1)}

    def scope_of(self, asked: Asked) -> dict[str, Any]:
        """Return the filters that stand above the question box."""
        boxes = {name: str(asked.get(one) or "") for name, one in self.scope.items()}
        return typed(boxes) | chosen(str(asked.get(self.chosen) or ""))

    def scoped_to(self, filters: Mapping[str, Any]) -> Update:
        """Put filters above the question box."""
        boxes = {one: str(filters.get(name) or "") for name, one in self.scope.items()}
        picked = {name: filters[name] for name in ("topic", "ids") if name in filters}
        text = json.dumps(picked) if picked else ""
        return {**boxes, self.chosen: text, **self.told(filters)}

    def names_in(self, limits: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """Return what the papers and topics that limits name are called, by their ids."""
        found = list(limits)
        names: dict[str, str] = {}
        if any(one.get("topic") for one in found):
            sizes = self.assistant.library.placed.sizes()
            names |= {topic: label for topic, (label, _) in sizes.items()}
        for one in found:
            if ids := one.get("ids"):
                paper = self.assistant.library.paper(ids[0])
                names |= {ids[0]: paper.title} if paper else {}
        return names

    def told(self, filters: Mapping[str, Any]) -> Update:
        """Tell which papers alone are looked at."""
        label = gr.Accordion(label=limits_html.title(filters))
        shown = limits_html.of_scope(filters, self.names_in([filters]))
        return {self.scoped: shown, self.papers: label}

    def keep_scope(self, conversation: str, filters: Mapping[str, Any], owner: str) -> None:
        """Keep with a conversation of which papers alone its questions are asked."""
        known = self.conversations.get(conversation, owner) if conversation else None
        if known is not None and known.scope != filters:
            self.conversations.limit(conversation, filters, owner)

    def wire_scope(self) -> None:
        """Join the events of the limits to their handlers."""
        chat, asked = self.outputs, self.asked
        # Not "change": boxes that are filled when a conversation is opened come one by one, and
        # half of one's limits with half of another's would be kept. What is pasted is no input to
        # Gradio; it is told when the box is left.
        for one in self.scope.values():
            for event in (one.input, one.blur):
                event(self.narrow, asked, chat, trigger_mode="always_last", **QUIETLY)
        self.scoped.clear(self.widen, asked, chat, **QUIETLY)
        self.scoped.select(self.choose, asked, chat, **QUIETLY)
        self.papers.expand(self.offer, None, chat, **QUIETLY)
