"""How our HTML and Gradio talk: buttons that trigger events, and what an event carries."""

from __future__ import annotations

from typing import Any

import gradio as gr

Update = dict[gr.components.Component, Any]
"""What a handler changes: new values by component; the others stay."""

# No handler is an endpoint of its own, and none dims what it is going to change.
QUIETLY: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

# Buttons inside our HTML trigger Gradio's events by name and carry their data.
_BUTTONS = """
element.addEventListener('click', (event) => {
  const target = event.target.closest('[data-do]');
  if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  trigger(target.dataset.do, { ...target.dataset });
});
"""


def html(value: str = "", *, elem_id: str) -> gr.HTML:
    """Make a place for our own HTML, whose buttons trigger events."""
    return gr.HTML(value, elem_id=elem_id, js_on_load=_BUTTONS, apply_default_css=False)


def data(event: gr.EventData, name: str) -> str:
    """Return what a button carries; the browser may send anything."""
    value = (event._data or {}).get(name, "") if isinstance(event._data, dict) else ""
    return value if isinstance(value, str) else ""
