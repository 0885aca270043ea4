"""How our HTML and Gradio talk: buttons that trigger events, and what an event carries."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

import gradio as gr

F = TypeVar("F", bound=Callable[..., Any])

Update = dict[gr.blocks.Block, Any]
"""What a handler changes: new values by component; the others stay."""

Asked = dict[gr.blocks.Block, Any]
"""What components say, to a handler that is given a set of them."""

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


def handler(function: F) -> F:
    """Make a method that returns (or yields) an ``Update`` a handler of events.

    Each value goes out as ``gr.update(value=…)``. Gradio 6.31 leaks an entry of the session for
    every component that is left alone in one step and set to a bare value in the next, which is
    what streaming does: 0.4 MB a question.
    """
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def steps(*given: Any) -> Any:
            for update in function(*given):
                yield _as_updates(update)

        return cast(F, steps)

    @functools.wraps(function)
    def step(*given: Any) -> Any:
        return _as_updates(function(*given))

    return cast(F, step)


def _as_updates(update: Update) -> Any:
    if not update:  # Gradio takes an empty dict for a value
        return gr.skip()
    return {
        component: value if isinstance(value, gr.blocks.Block | dict) else gr.update(value=value)
        for component, value in update.items()
    }
