"""How much a model reads and may write: what the settings say, lowered and raised by what is seen.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

_CHARACTERS = 3.5  # a token, low on purpose, as in ``prompting``
# Times the limit, added when thinking used it up: four times as much, then sixteen times.
_MORE = (3, 15)
# A prompt of English has 4 to 5 characters a token and none of ours above 6: an endpoint that
# counts fewer tokens than one in 6 has not read all of it (Ollama cuts a prompt to its context and
# says nothing).
_SPARSE = 6
_LEAST_WINDOW = 512  # tokens; no model reads less, whatever its endpoint counts


@dataclass(slots=True)
class Budget:
    """What a model can read, prompt and reply together, and the limit of a reply; in tokens.

    ``more`` is added to every limit, for what the model thinks before it answers.
    """

    window: int
    limit: int
    more: int = 0

    @property
    def room(self) -> int:
        """The tokens of a prompt: what the window leaves beside the reply, half of it at least."""
        return self.window - min(self.limit + self.more, self.window // 2)

    def reply(self, size: int, wanted: int | None = None) -> int:
        """Return the limit of a reply to so many characters: no more than the window leaves."""
        left = self.window - _estimate(size)
        return min((wanted or self.limit) + self.more, max(left, self.window // 2))

    def fits(self, size: int, tokens: int) -> bool:
        """Whether a prompt of so many characters fits in beside a reply."""
        return _estimate(size) + tokens <= self.window

    def narrow(self, tokens: int) -> None:
        """Keep that the model reads no more than this."""
        self.window = max(min(self.window, tokens), _LEAST_WINDOW)

    def grow(self, size: int, wanted: int | None) -> bool:
        """Raise the limit by the next step; false when there is none, or no room for it."""
        before = self.reply(size, wanted)
        steps = (times * self.limit for times in _MORE)
        self.more = next((step for step in steps if step > self.more), self.more)
        return self.reply(size, wanted) > before

    def crowds(self, size: int) -> bool:
        """Whether a prompt of so many characters takes more than half of the window."""
        return _estimate(size) > self.window // 2

    def was_read_short(self, size: int, tokens: int) -> bool:
        """Whether the tokens that an endpoint counted are far fewer than what was sent.

        If so, the window is lowered to what was read. A count below what any model reads is none:
        proxies and stand-ins send such.
        """
        short = tokens >= _LEAST_WINDOW and tokens * _SPARSE < size
        if short:
            self.narrow(tokens)
        return short


def _estimate(size: int) -> int:
    """Return the tokens of so many characters, more rather than fewer."""
    return int(size / _CHARACTERS)
