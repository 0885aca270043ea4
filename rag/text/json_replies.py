"""Takes claims out of JSON as it grows, in whatever shape a model gives it. Pure.

``{"claims": [{"text": "…", "ids": ["P1.2"]}]}`` is asked for where an endpoint takes a schema;
``{"answer": "…"}``, other names, lists of texts and text around it come where none was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_TEXTS = ("text", "claim", "sentence", "answer", "statement", "content", "response")
_IDS = (
    "ids", "id", "citations", "citation", "sources", "source", "evidence", "references",
    "source_ids", "sentence_ids", "refs",
)  # fmt: skip
_LONGEST = 8_000  # characters of an object that is read
# Where JSON starts: '{"', '[ {', '```json\n{"', '{}'; not "[P1.2] It", "{x} is".
START = re.compile(r"(?:^|\n)[ \t]*(?:```\w*[ \t]*\n\s*)?(?=\{\s*[\"}]|\[\s*[\[{\"\]])")
# What may become such a start with the next delta: "", "```js", "{", "[ "; not "It".
MAYBE = re.compile(r"\s*(?:`{1,3}\w*\s*)?[\[{]?\s*")


@dataclass(slots=True)
class JsonClaims:
    """Reads objects of a text and an id list, each given out once it is closed.

    Time is linear in the text, but for objects within objects, of which only short ones are read.
    """

    _text: str = ""
    _read: int = 0
    _starts: list[int] = field(default_factory=list)
    _last: int = -1  # where the last object that was given out begins
    _in_string: bool = False
    _escaped: bool = False
    _found: bool = False

    def feed(self, delta: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Take more text; yield the claims that it completes, each with its ids as written."""
        self._text += delta
        for place in range(self._read, len(self._text)):
            char = self._text[place]
            if self._in_string:
                if self._escaped or char == "\\":
                    self._escaped = not self._escaped
                elif char == '"':
                    self._in_string = False
            elif char == '"':
                self._in_string = True
            elif char == "{":
                self._starts.append(place)
            elif char == "}" and self._starts:
                yield from self._closed(self._starts.pop(), place + 1)
        self._read = len(self._text)

    def close(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield what is there when the text has ended: texts in a list, or that there is none.

        An empty list of claims is a refusal and yields ``NO ANSWER``.
        """
        if self._found:
            return
        try:
            whole, _ = json.JSONDecoder().raw_decode(self._text.strip())
        except (ValueError, RecursionError):
            return
        texts = [*_texts_in(whole)]
        yield from ((text, ()) for text in texts)
        inside = [*whole.values()] if isinstance(whole, dict) else [whole]
        if not texts and any(part == [] for part in inside):
            yield "NO ANSWER", ()

    def _closed(self, start: int, end: int) -> Iterator[tuple[str, tuple[str, ...]]]:
        if self._last > start or end - start > _LONGEST:
            return  # what holds a claim is none itself
        try:
            found = json.loads(self._text[start:end], strict=False)
        except (ValueError, RecursionError):
            return
        text = next((found[key] for key in _TEXTS if isinstance(found.get(key), str)), "")
        if text.strip():
            self._last, self._found = start, True
            yield text, tuple(str(one) for key in _IDS for one in _listed(found.get(key)))


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [one for one in value if isinstance(one, str | int | float)]
    return [value] if isinstance(value, str) else []


def _texts_in(value: Any) -> Iterator[str]:
    """Yield the sentences that stand in a list, or under the name of a text."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, str) and " " in one)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts_in(inner) if isinstance(inner, list) else ()
