"""Shows what stands around the tabs: the header, the way past it, the keys. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from rag.web.markup import shown

# What one key does, where no text is typed; the page's script has the same keys.
KEYS: Mapping[str, str] = {
    "/": "Go to the box of the tab",
    "n": "New conversation",
    "c": "Chat",
    "t": "Topics",
    "k": "Check",
    "l": "Library",
    "r": "Reading list",
    "Esc": "Back from a lit sentence; leave what is being asked, edited or shown on top",
    "?": "This list",
}
_THEMES: Mapping[str, str] = {"": "As the system", "light": "Light", "dark": "Dark"}


def header(*, model: str, endpoint: str) -> str:
    """Say what this is, and who writes the answers: a model, or the papers' own sentences."""
    if model:
        where = f" at {shown(endpoint)}" if endpoint else ""
        mode = f'<span class="badge llm">llm</span> {shown(model)}{where}'
    else:
        mode = (
            '<span class="badge">extractive</span> the papers’ own sentences; nothing leaves '
            "this machine"
        )
    themes = "".join(
        f'<option value="{value}">{label}</option>' for value, label in _THEMES.items()
    )
    return (
        '<a class="skip" href="#tabs" data-skip>Skip to the box of this tab</a>'
        f'<header><h1>cited-rag</h1><p class="mode">{mode}</p>'
        f'<p class="settings"><label for="theme">Colours</label> <select id="theme">{themes}'
        '</select> <button type="button" data-keys aria-haspopup="dialog">Keys</button></p>'
        f"</header>{_keys()}"
    )


def _keys() -> str:
    rows = "".join(
        f"<div><dt><kbd>{escape(key)}</kbd></dt><dd>{escape(what)}</dd></div>"
        for key, what in KEYS.items()
    )
    return (
        '<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">Keys</h2>'
        f"<dl>{rows}</dl>"
        '<p><label><input type="checkbox" id="single-keys" checked> Single keys do this while '
        "no text is typed</label></p>"
        '<p class="hint">A number of an answer leads to the sentence it rests on; with the focus '
        "or the pointer on it the sentence is shown.</p>"
        '<form method="dialog"><button class="plain">Close</button></form></dialog>'
    )
