"""What an endpoint takes, found out by asking again without what it refuses, and kept in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.models.refusals import Refusal

TEMPERATURE = 0.1
_LIMITS = ("max_tokens", "max_completion_tokens", "")  # in the order in which they are tried
_REFUSING = frozenset({400, 404, 405, 422, 500, 501})
# A 404 can be about streaming alone; a 500 about what a chat template or a grammar made of it.
_NAMED_BY = {404: frozenset({"stream"}), 500: frozenset({"system", "schema"})}
# How each option is told to users.
_TOLD = {
    "usage": "stream_options",
    "limit": "max_tokens",
    "temperature": "temperature",
    "schema": "response_format",
    "system": "the system role",
    "stream": "streaming",
}


@dataclass(slots=True)
class Abilities:
    """Which options an endpoint takes, as far as is known; safe to share between threads.

    ``limit`` is the name of the reply's limit, empty where there is none; ``most`` the largest that
    it allows; ``in_one_piece`` tells that it was asked to stream and did not.
    """

    limit: str = _LIMITS[0]
    most: int | None = None
    in_one_piece: bool = False
    refused: set[str] = field(default_factory=set)

    def takes(self, option: str) -> bool:
        """Whether it is thought to take an option: a name of ``refusals.OPTIONS``."""
        return option not in self.refused

    @property
    def told(self) -> list[str]:
        """What it refused, as users know it."""
        return [name for option, name in _TOLD.items() if option in self.refused]

    def request(
        self, system: str, user: str, *, schema: Mapping[str, Any] | None, tokens: int
    ) -> dict[str, Any]:
        """Return what to send, with every option that is taken."""
        asked: dict[str, Any] = {"messages": self._messages(system, user)}
        if self.limit:
            asked[self.limit] = min(tokens, self.most or tokens)
        if self.takes("temperature"):
            asked["temperature"] = TEMPERATURE
        if self.takes("stream"):
            asked["stream"] = True
            if self.takes("usage"):
                asked["stream_options"] = {"include_usage": True}
        if schema is not None and self.takes("schema"):
            form = {"name": "reply", "strict": True, "schema": dict(schema)}
            asked["response_format"] = {"type": "json_schema", "json_schema": form}
        return asked

    def _messages(self, system: str, user: str) -> list[dict[str, str]]:
        if self.takes("system"):
            return [{"role": "system", "content": system}, {"role": "user", "content": user}]
        return [{"role": "user", "content": f"{system}\n\n{user}"}]

    def learn(self, refusal: Refusal, sent: Mapping[str, Any]) -> str:
        """Take away what a refusal is about and return it; empty: asking again would not help.

        A 400 or 422 that names nothing is taken as about the schema, if one was sent ("schema?").
        """
        if refusal.status not in _REFUSING or refusal.is_too_long or refusal.names_no_model:
            return ""
        options = _options(sent)
        option = refusal.option(options & _NAMED_BY.get(refusal.status, options))
        if option == "limit":
            return self._learn_limit(refusal, sent)
        if not option and refusal.status == 501 and "stream" in options:
            option = "stream"
        if not option and refusal.status in (400, 422) and "schema" in options:
            self.refused.add("schema")
            return "schema?"
        if option:
            self.refused.add(option)
        return option

    def _learn_limit(self, refusal: Refusal, sent: Mapping[str, Any]) -> str:
        name = next(one for one in _LIMITS if one in sent)
        if refusal.most and refusal.most < sent[name]:
            self.most = min(refusal.most, self.most or refusal.most)
            return "limit"
        self.refused.add("limit")
        self.limit = _LIMITS[_LIMITS.index(name) + 1]
        return "limit"

    def forgive(self, learnt: str) -> None:
        """Take back what was a guess: the refusal stayed when it was left out."""
        if learnt == "schema?":
            self.refused.discard("schema")


def _options(sent: Mapping[str, Any]) -> frozenset[str]:
    """Return the options of a request by the names of ``refusals.OPTIONS``."""
    keys = {
        "usage": "stream_options",
        "temperature": "temperature",
        "schema": "response_format",
        "stream": "stream",
    }
    found = {option for option, key in keys.items() if key in sent}
    if any(name in sent for name in _LIMITS):
        found.add("limit")
    if sent["messages"][0]["role"] == "system":
        found.add("system")
    return frozenset(found)
