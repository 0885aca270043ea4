"""Takes a model's thoughts, channel marks and made-up turns out of a reply as it comes. Pure.

Models mark what they think in several ways, and servers pass some of it on: a thought between tags,
a thought of which only the end is marked (the chat template opened it), the channels of gpt-oss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAMES = ("think", "thinking", "thought", "reasoning", "analysis")
_OPEN = frozenset({*(f"<{name}>" for name in _NAMES), "[think]", "◁think▷", "<|begin_of_thought|>"})
_CLOSE = frozenset(
    {*(f"</{name}>" for name in _NAMES), "[/think]", "◁/think▷", "<|end_of_thought|>"}
)
_TURN_ENDS = frozenset(
    {"<|im_end|>", "<|eot_id|>", "</s>", "<|endoftext|>", "<end_of_turn>", "<|return|>"}
)
_HEADS = frozenset({"<|start|>", "<|channel|>"})  # what follows, to <|message|>, names a channel
_DROPPED = frozenset({"<|begin_of_solution|>", "<|end_of_solution|>", "<s>"})
_TAGS = _OPEN | _CLOSE | _TURN_ENDS | _HEADS | _DROPPED | {"<|message|>", "<|end|>"}
_LONGEST = max(map(len, _TAGS))
_BEGINNINGS = frozenset(tag[:length] for tag in _TAGS for length in range(1, len(tag)))
_LONGEST_HEAD = 64  # characters; "assistant", "analysis", "commentary to=functions.x"
# "<think>", "</Thinking>", "[THINK]", "<|im_end|>"; not "<thinks>", "p < 0.05", "[P1.2]".
_TAG = re.compile("|".join(re.escape(tag) for tag in _TAGS), re.IGNORECASE | re.ASCII)

WITHDRAWN = None
"""Stands among what is visible where everything before it turns out to have been a thought."""


class Thoughts:
    """Reads a growing reply and gives what of it is meant to be seen, as soon as that is certain.

    With ``holds`` nothing is given before a thought has ended, for models that are known to begin
    one without a mark. ``unopened`` tells that this one did; ``over`` that the model's turn ended
    and what follows is made up.
    """

    def __init__(self, *, holds: bool = False) -> None:
        self.unopened = False
        self.over = False
        self._holds = holds
        self._held: list[str] = []  # waits for the end of a thought that was not opened
        self._rest = ""  # may be the beginning of a tag
        self._depth = 0
        self._met = False  # a tag of a thought; a further end without a beginning is dropped
        self._said = False
        self._late: list[str] | None = None  # what followed the last end inside another thought
        self._head: str | None = None  # the head of a channel, as far as it came
        self._channel = False
        self._struck = False  # "<s>" was met, so that "</s>" belongs to it
        self.held = 0  # characters

    def feed(self, delta: str) -> Iterator[str | None]:
        """Take more of the reply; yield what is visible, and ``WITHDRAWN``."""
        text, start = self._rest + delta, 0
        for tag in _TAG.finditer(text):
            yield from self._take(text[start : tag.start()])
            yield from self._meet(tag.group())
            start = tag.end()
        rest = text[start:]
        sure = len(rest) - _unsure(rest)
        self._rest = rest[sure:]
        yield from self._take(rest[:sure])

    def close(self, *, cut: bool = False) -> Iterator[str | None]:
        """Yield what is left when the reply has ended; ``cut`` when it reached its limit.

        A thought that is still open is dropped. One that seems open because its tag was mentioned
        in it is not: what follows its end is the reply.
        """
        if cut:
            return
        yield from self._take(self._rest)
        left = self._held if self._holds and not self._met else self._late or []
        self._rest, self._held, self._late = "", [], None
        self._holds, self._depth = False, 0
        yield from self._take("".join(left))

    def _take(self, text: str) -> Iterator[str]:
        if not text or self.over:
            return
        if self._head is not None:
            self._head += text
            if len(self._head) <= _LONGEST_HEAD:
                return
            text, self._head = self._head, None  # no head after all
        if self._depth:
            if self._late is not None:
                self._late.append(text)
            return
        if self._holds and not self._met:
            self._held.append(text)
            self.held += len(text)
            return
        if self._met and not self._said:
            text = text.lstrip()
        self._said = self._said or bool(text.strip())
        if text:
            yield text

    def _meet(self, found: str) -> Iterator[str | None]:
        tag = found.lower()
        if self.over:
            return
        if tag in _OPEN:
            yield from self._open()
        elif tag in _CLOSE:
            yield from self._close()
        elif tag in _HEADS:
            self._head, self._channel = "", True
        elif tag == "<|message|>":
            self._begin_message()
        elif tag == "<|end|>" and self._channel and self._depth:
            self._depth = 0
        elif tag == "<s>":
            self._struck = True
            yield from self._take(found)
        elif tag == "</s>" and self._struck:
            self._struck = False
            yield from self._take(found)
        elif tag in _TURN_ENDS or tag == "<|end|>":
            self.over = True

    def _open(self) -> Iterator[str]:
        held, self._held, self._holds = "".join(self._held), [], False
        yield from self._take(held)
        self._met = True
        self._depth += 1

    def _close(self) -> Iterator[None]:
        if self._depth:
            self._depth -= 1
            self._late = [] if self._depth else None
        elif not self._met:
            self._held, self.held, self._met, self.unopened = [], 0, True, True
            if self._said:
                self._said = False
                yield WITHDRAWN

    def _begin_message(self) -> None:
        """Begin a message of the channel that was named; all but the final one are thoughts."""
        head, self._head = (self._head or "").strip().lower(), None
        self._met = True
        self._depth = int(head.startswith(("analysis", "commentary")))


def _unsure(text: str) -> int:
    """Return how many characters at the end may be the beginning of a tag."""
    for start in range(max(0, len(text) - _LONGEST), len(text)):
        if text[start] in "<[◁" and text[start:].lower() in _BEGINNINGS:
            return len(text) - start
    return 0
