"""Shows the conversations before: each with its date, and with what can be done with it. Pure."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape

from rag.records import Conversation
from rag.web.markup import button, shown


def history(
    conversations: Sequence[Conversation],
    current: str,
    *,
    now: float,
    sought: str = "",
    named: str = "",
    doubted: str = "",
) -> str:
    """List the conversations, the open one marked; ``now`` in seconds since 1970.

    Of ``named`` the title can be typed, of ``doubted`` it is asked whether it is to be deleted.
    """
    if not conversations:
        none = "No conversation has these words." if sought else "What you ask is kept here."
        return f'<p class="hint" role="status">{none}</p>'
    items = "".join(
        _named(one)
        if one.id == named
        else _doubted(one)
        if one.id == doubted
        else _item(one, current, now)
        for one in conversations
    )
    return f'<nav aria-label="Conversations"><ul class="history">{items}</ul></nav>'


def _item(one: Conversation, current: str, now: float) -> str:
    identity, here = escape(one.id), " aria-current=page" if one.id == current else ""
    deeds = "".join(
        f'<button type="button" data-do="{event}" data-id="{identity}" title="{what}" '
        f'aria-label="{what}: {shown(one.title)}">{sign}</button>'
        for event, what, sign in (("edit", "Rename", "✎"), ("undo", "Delete", "×"))
    )
    return (
        f'<li><a href="?c={identity}" data-do="select" data-id="{identity}"{here}>'
        f'<span class="name">{shown(one.title)}</span><small>{when(one.changed, now)}</small></a>'
        f'<span class="deeds">{deeds}</span></li>'
    )


def _named(one: Conversation) -> str:
    return (
        f'<li><form data-rename="{escape(one.id)}">'
        '<label class="unseen" for="renamed">Title</label>'
        f'<input id="renamed" name="title" maxlength="120" autocomplete="off" '
        f'value="{escape(one.title)}"><p class="actions"><button type="submit">Save</button>'
        f"{button('clear', 'Cancel')}</p></form></li>"
    )


def _doubted(one: Conversation) -> str:
    return (
        f'<li><p class="failure" role="alert">Delete “{shown(one.title)}” for good? '
        f"{button('delete', 'Delete it', id=one.id)} {button('clear', 'Keep it')}</p></li>"
    )


def when(moment: float, now: float) -> str:
    """Write a moment for people: the time of today, else the date."""
    then, today = time.localtime(moment), time.localtime(now)
    return time.strftime("%H:%M" if then[:3] == today[:3] else "%Y-%m-%d", then)
