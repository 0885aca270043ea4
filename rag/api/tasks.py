"""What chat programs ask of a model beside the user's questions: titles, tags and so on. Pure.

Open WebUI and LibreChat send these to the same model, as a message of the user. They are no
questions to the papers, and are answered from the conversation that they carry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

_LONGEST = 60  # characters of a title
_TASK = "### Task:"
_CHAT = re.compile(r"<chat_history>(.*)</chat_history>", re.DOTALL)
# "USER: What …" up to the next speaker, as Open WebUI and LibreChat write a conversation down.
_SAID = re.compile(r"^(?:user|human):[ \t]*(.+)$", re.IGNORECASE | re.MULTILINE)
_TITLES = ("Provide a concise, 5-word-or-less title", "Analyze this conversation and provide:")


def reply_to_task(question: str, follow_ups: Sequence[str] = ()) -> str | None:
    """Return the reply to a task; None where the question is one to the papers.

    Open WebUI's question about files ("### Task: Respond to the user query …") is one.
    """
    text = question.lstrip()
    if text.startswith(_TITLES):
        return _title(text.partition("Conversation:")[2] or text)
    chat = _CHAT.search(text) if text.startswith(_TASK) and "<user_query>" not in text else None
    if chat is None:
        return None
    replies: dict[str, Any] = {
        "follow_ups": list(follow_ups),
        "tags": [],
        "queries": [],
        "title": _title(chat[1]),
    }
    named = next((name for name in replies if f'"{name}"' in text[: chat.start()]), "")
    return json.dumps({named: replies[named]}, ensure_ascii=False) if named else None


def _title(chat: str) -> str:
    """Return the first question of a conversation, cut at a word."""
    said = _SAID.search(chat)
    line = " ".join((said[1] if said else chat).split())
    if len(line) <= _LONGEST:
        return line
    return line[:_LONGEST].rsplit(" ", 1)[0] + "…"
