"""The conversations before, in the chat tab: to find, to name, to delete."""

from __future__ import annotations

import time
from typing import Any

import gradio as gr

from rag.assistant import Assistant
from rag.web import past_html
from rag.web.chat_layout import ChatLayout
from rag.web.events import QUIETLY, Update, data, handler


class Past(ChatLayout):
    """The list of an owner's conversations."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__()
        self.assistant = assistant
        self.conversations = assistant.library.conversations

    def listed(self, current: str, owner: str, sought: str = "", **marked: str) -> str:
        """List the conversations that have the words sought, the last changed first."""
        found = self.conversations.all(owner, having=sought)
        return past_html.history(found, current, now=time.time(), sought=sought, **marked)

    @handler
    def find(self, sought: str, current: str, request: gr.Request) -> Update:
        """List those that have some words."""
        return {self.history: self.listed(current, request.username or "", sought)}

    @handler
    def name(self, sought: str, current: str, event: gr.EventData, request: gr.Request) -> Update:
        """Let a title be typed."""
        owner = request.username or ""
        return {self.history: self.listed(current, owner, sought, named=data(event, "id"))}

    @handler
    def doubt(self, sought: str, current: str, event: gr.EventData, request: gr.Request) -> Update:
        """Ask whether one is really to be deleted."""
        owner = request.username or ""
        return {self.history: self.listed(current, owner, sought, doubted=data(event, "id"))}

    @handler
    def rename(self, sought: str, current: str, event: gr.EventData, request: gr.Request) -> Update:
        """Give a conversation another title."""
        owner = request.username or ""
        self.conversations.rename(data(event, "id"), data(event, "title"), owner)
        return {self.history: self.listed(current, owner, sought)}

    def wire_past(self) -> None:
        """Join the events of the list to their handlers."""
        asked, shown = [self.sought, self.current], [self.history]
        self.sought.change(self.find, asked, shown, trigger_mode="always_last", **QUIETLY)
        deeds: dict[str, Any] = {"edit": self.name, "undo": self.doubt, "submit": self.rename}
        for event, deed in deeds.items():
            getattr(self.history, event)(deed, asked, shown, **QUIETLY)
        self.history.clear(self.find, asked, shown, **QUIETLY)
