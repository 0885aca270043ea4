"""Shows which papers alone are looked at, as chips that take a limit away. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from textwrap import shorten
from typing import Any

from rag.records import READING, Answer
from rag.text.words import content_words
from rag.web.markup import shown, year

# What one chip stands for: the filters that go together.
LIMITS: Mapping[str, tuple[str, ...]] = {
    "author": ("author",),
    "venue": ("venue",),
    "years": ("year_from", "year_to"),
    "collection": ("collection",),
    "source": ("source",),
    "topic": ("topic",),
    "papers": ("ids",),
}
CHOSEN = 200  # papers that a question can be asked of by name
_LONGEST = 160  # characters of what a question was read as


def described(filters: Mapping[str, Any], names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Say each limit in a few words: "by Müller", "since 2021".

    ``names`` are what papers and topics are called, by their ids.
    """
    first, last = filters.get("year_from"), filters.get("year_to")
    if first and last:
        years = f"in {first}" if first == last else f"{first}–{last}"
    else:
        years = f"since {first}" if first else f"until {last}" if last else ""
    words = {"author": "by", "venue": "in", "collection": "in the collection", "source": "from"}
    texts = {name: str(filters.get(name) or "") for name in words}
    found = {name: f"{words[name]} {text}" for name, text in texts.items() if text}
    if years:
        found["years"] = years
    called = names or {}
    if topic := str(filters.get("topic") or ""):
        found["topic"] = f"on {called.get(topic, topic)}"
    if ids := filters.get("ids"):
        one = shorten(called.get(ids[0], ids[0]), _LONGEST // 2, placeholder=" …")
        found["papers"] = f"“{one}”" if len(ids) == 1 else f"{len(ids):,} that were chosen"
    return {name: found[name] for name in LIMITS if name in found}


def typed(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the filters that were typed, by name; what is empty or no year yet is none."""
    given: dict[str, Any] = {
        name: year(text) if name in LIMITS["years"] else text.strip()
        for name, text in texts.items()
    }
    return {name: value for name, value in given.items() if value}


def left(filters: Mapping[str, Any], limit: str) -> dict[str, Any]:
    """Return filters without those of one limit."""
    gone = LIMITS.get(limit, ())
    return {name: value for name, value in filters.items() if name not in gone}


def let_go(answer: Answer, limit: str) -> tuple[str, ...]:
    """Return what a question shall not be read with, once a limit or its reading is let go."""
    kept = left(answer.limits, limit)
    gone = tuple(name for names in LIMITS.values() for name in names if name not in kept)
    return (*gone, READING) if limit == READING else gone


def of_answer(
    answer: Answer, exchange: str, *, last: bool, names: Mapping[str, str] | None = None
) -> str:
    """Show which papers alone an answer is from; the last one can be asked for without a limit."""
    chips = "".join(
        _chip(limit, text, "Ask without", exchange if last else "")
        for limit, text in described({**answer.filters, **answer.limits}, names).items()
    )
    return _chips(chips)


def of_reading(answer: Answer, exchange: str, *, last: bool) -> str:
    """Show as what a question was read; the last one can be asked as it was typed."""
    if not answer.read_as:
        return ""
    text = shorten(answer.read_as, _LONGEST, placeholder=" …")
    says = bool(content_words(answer.question))  # "Why?" alone could not be searched for
    chip = _chip(READING, text, "Ask as typed, without", exchange if last and says else "")
    return f'<p class="chips"><span class="hint">Read as</span>{chip}</p>'


def of_scope(filters: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """Show which papers alone will be looked at."""
    limits = described(filters, names).items()
    return _chips("".join(_chip(*one, "Leave out", "scope") for one in limits))


def chosen(text: str) -> dict[str, Any]:
    """Read the papers or the topic that were chosen on the page; nothing of any other form."""
    try:
        given = json.loads(text or "{}")
    except ValueError:
        return {}
    if not isinstance(given, dict):
        return {}
    topic, ids = given.get("topic"), given.get("ids")
    if isinstance(topic, str) and topic:
        return {"topic": topic}
    if isinstance(ids, list) and ids and all(isinstance(one, str) for one in ids):
        return {"ids": ids[:CHOSEN]}
    return {}


def title(filters: Mapping[str, Any]) -> str:
    """Say whether all papers will be looked at; which, the chips beside it say."""
    return "Papers: only some" if described(filters) else "Papers: all"


def _chips(chips: str) -> str:
    return f'<p class="chips"><span class="hint">Only papers</span>{chips}</p>' if chips else ""


def _chip(limit: str, text: str, action: str, key: str) -> str:
    remove = (
        f' <button type="button" data-do="clear" data-id="{escape(key)}" data-limit="{limit}" '
        f'aria-label="{escape(action)} ‘{shown(text)}’" title="{escape(action)} this">×</button>'
        if key
        else ""
    )
    return f'<span class="chip">{shown(text)}{remove}</span>'
