"""What an endpoint says when it refuses: the length, the option, the model or the path. Pure.

Servers of one protocol say the same in many words; the patterns here take what OpenAI, Azure, vLLM,
SGLang, TGI, llama.cpp, llama-cpp-python, Ollama, LM Studio, OpenRouter, litellm, Groq, DeepSeek,
DashScope, Fireworks, Mistral, Gemini and Anthropic answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MOST = 4_000  # characters of a body that are looked at
_NAMED = frozenset({"param", "code", "type", "n_ctx"})  # told with their names
_ECHOED = frozenset({"input", "ctx", "url", "request_id", "id"})  # what was sent, and numbers
_SPOKEN = ("message", "msg", "error", "detail", "errors")

# A page for people: "<!DOCTYPE html>", "<html>", "  <head>"; not "<think>", "{…}".
_PAGE = re.compile(r"\s*<(?:!doctype|html|head|body)\b", re.IGNORECASE)
# Too long: "maximum context length", "exceed_context_size_error", "prompt is too long", "input (999
# tokens) is too large", "n_keep: 9 >= n_ctx", "must be at least 1, got -186" (vLLM, of max_tokens,
# where the prompt leaves no room), "`inputs` tokens + `max_new_tokens` must be <= 4096" (TGI); not
# "max_tokens is too large", "context deadline exceeded".
_TOO_LONG = re.compile(
    r"context[ _](?:length|size|window|limit)"
    r"|(?:prompt|inputs?)(?: text| tokens?)?(?: \(\d+ tokens\))? (?:is|are) too (?:long|large)"
    r"|n_keep\b.*\bn_ctx|must be at least 1, got -|`inputs` tokens \+|request too large"
    r"|input (?:length|token count)\b.*(?:exceed|\[\d+, ?\d+\])|reduce the length of"
    r"|maximum (?:input|prompt|sequence) length|inputs?`? must have less than \d+ tokens"
    r"|exceed\w* the (?:maximum )?(?:number of )?(?:input )?tokens",
    re.IGNORECASE | re.DOTALL,
)
# The context that is named: "n_ctx: 4096", "maximum context length is 16,384 tokens", "context
# length of only 32768", "context size (4096 tokens)", "211180 tokens > 200000 maximum", "must be <=
# 4096", "tokens allowed (1048576)", "[1, 30720]"; not "(4390 tokens) exceeds", "code: 400".
_ROOM = re.compile(
    r"n_ctx\W{1,4}(\d[\d,]*)|context (?:length|size|window|limit)(?: is| of)?(?: only)?\W{1,3}"
    r"(\d[\d,]*)|> ?(\d[\d,]*) maximum|must be <= ?(\d[\d,]*)|tokens allowed \((\d[\d,]*)\)"
    r"|input length should be \[\d+, ?(\d+)\]",
    re.IGNORECASE,
)
# What a refusal may be about, each with how it is written:
OPTIONS: dict[str, re.Pattern[str]] = {
    # "stream_options", "#/stream_options", "include_usage"; not "stream".
    "usage": re.compile(r"stream_options|include_usage", re.IGNORECASE),
    # "'max_tokens'", "max_completion_tokens", "max_new_tokens"; not "maximum tokens".
    "limit": re.compile(r"max(?:_completion|_new|_output)?_tokens", re.IGNORECASE),
    # "'temperature' does not support 0", "invalid temperature"; not "temper".
    "temperature": re.compile(r"\btemperature\b", re.IGNORECASE),
    # "response_format.type `json_schema` is unavailable", "structured outputs", "grammar";
    # not "JSON body".
    "schema": re.compile(
        r"response_?format|json[_ ]?schema|structured[_ ]outputs?|guided[_ ](?:json|decoding)"
        r"|\bgrammar\b|\bschema\b",
        re.IGNORECASE,
    ),
    # "System role not supported", "messages[0].role' does not support 'system'", "roles must
    # alternate", "Developer instruction is not enabled"; not "system overloaded".
    "system": re.compile(
        r"\bsystem[ _'\"`]{0,2}(?:role|message|instruction|prompt)"
        r"|developer (?:instruction|message)|\brole\b.{0,40}['\"`]system['\"`]"
        r"|roles must alternate",
        re.IGNORECASE,
    ),
    # "must be verified to stream this model", "streaming is not supported", "stream" as the param;
    # not "stream_options", "upstream".
    "stream": re.compile(r"\bstream(?:ing|ed)?\b", re.IGNORECASE),
}
# The most that may be asked for: "at most 16384 completion tokens", "range of max_tokens is [1,
# 8192]", "less than or equal to 4096", "max_tokens: 9000 > 8192, which"; not "got 20000".
_AT_MOST = re.compile(
    r"(?:at most|less than or equal to|<=|max_tokens: \d+ >|\[\d+,) ?(\d[\d,]*)",
    re.IGNORECASE,
)
# "Invalid model name", "The model `x` does not exist", "model 'x' not found, try pulling it",
# "DeploymentNotFound"; not "invalid request", "The models were not found".
_NO_MODEL = re.compile(
    r"(?:invalid|unknown|no such) model|model\b.*\b(?:not found|does not exist)|model_not_found"
    r"|deploymentnotfound|API deployment for this resource",
    re.IGNORECASE | re.DOTALL,
)
# "404 page not found", "Not Found", "Resource not found", "Unexpected endpoint or method", "Invalid
# URL (POST /v1/x)", "Cannot POST /x"; not "model not found", "scripted 404".
_NO_PATH = re.compile(
    r"\W*(?:404\W+)?(?:(?:page|resource|file|route|path|url) )?not found\b|unexpected endpoint"
    r"|invalid url\b|cannot post\b|no (?:such )?route|unrecognized request url|method not allowed"
    r"|unknown (?:url|path|endpoint|route)|no static resource",
    re.IGNORECASE,
)
# "batch size is invalid, it should not be larger than 10", "batch size 100 > maximum allowed batch
# size 32", "array too long", "too many inputs", "max 300000 tokens per request"; not "increase the
# physical batch size" (llama.cpp's, about the length of one).
_TOO_MANY = re.compile(
    r"(?<!physical )batch[ _]size|too many (?:inputs?|texts?|items)|array too long|at most \d+"
    r"|payload too large|length limit exceeded|(?:inputs?|texts?|tokens) per (?:request|batch)"
    r"|request entity too large",
    re.IGNORECASE,
)
# "insufficient_quota", "exceeded your current quota", "credit balance"; not "rate limit reached".
_NO_QUOTA = re.compile(
    r"insufficient[_ ](?:quota|balance|credits?|funds)|exceeded your current quota"
    r"|credit balance|billing",
    re.IGNORECASE,
)


class SaidError(Exception):
    """An error that an endpoint told with a good status: in the body, or within a stream."""

    def __init__(self, content: str) -> None:
        super().__init__(content)
        self.content = content


class NoReplyError(Exception):
    """What an endpoint sent is no reply; the text says what it is."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal: its status, all that it says in one line, and its own message."""

    status: int
    said: str
    message: str
    is_page: bool = False
    is_api: bool = True  # it is JSON

    @classmethod
    def read(cls, status: int, content: str) -> Refusal:
        """Read the body of a refusal, whatever its shape."""
        if _PAGE.match(content):
            return cls(status, "", "", is_page=True, is_api=False)
        try:
            body = json.loads(content)
        except ValueError:
            text = " ".join(content[:_MOST].split())
            return cls(status, text, text, is_api=False)
        return cls(status, " ".join(_words(body))[:_MOST], _message(body))

    @property
    def is_too_long(self) -> bool:
        """Whether the prompt is longer than the model can read."""
        return bool(_TOO_LONG.search(self.said))

    @property
    def room(self) -> int | None:
        """The context that it names, in tokens."""
        found = _ROOM.search(self.said)
        return _number(next(filter(None, found.groups()))) if found else None

    @property
    def most(self) -> int | None:
        """The most tokens that it allows for a reply."""
        found = _AT_MOST.search(self.said)
        return _number(found[1]) if found else None

    @property
    def names_no_model(self) -> bool:
        """Whether the model's name is not known there."""
        return bool(_NO_MODEL.search(self.said))

    @property
    def names_no_path(self) -> bool:
        """Whether the address is not that of an API: no such path, or a page for people."""
        if self.status not in (200, 404, 405) or self.names_no_model:
            return False
        if self.status == 200:
            return self.is_page or bool(_NO_PATH.match(self.message))
        return not self.is_api or bool(_NO_PATH.match(self.message))

    @property
    def is_too_many(self) -> bool:
        """Whether more texts were sent at once than it takes."""
        return self.status == 413 or bool(_TOO_MANY.search(self.said))

    @property
    def is_no_quota(self) -> bool:
        """Whether nothing is left to be spent, which waiting does not mend."""
        return bool(_NO_QUOTA.search(self.said))

    def option(self, sent: frozenset[str]) -> str:
        """Return which of the options that were sent it is about, empty: none."""
        places = {
            name: found.start()
            for name, pattern in OPTIONS.items()
            if name in sent and (found := pattern.search(self.said))
        }
        return min(places, key=lambda name: places[name]) if places else ""


def _words(body: Any) -> Iterator[str]:
    """Yield what a body says, without what it echoes of the request."""
    if isinstance(body, dict):
        for name, value in body.items():
            if name in _NAMED and isinstance(value, (str, int)):
                yield f"{name}: {value}"
            elif name not in _ECHOED:
                yield from _words(value)
    elif isinstance(body, list):
        if body and all(isinstance(one, (str, int)) for one in body):
            yield ".".join(map(str, body))  # where in the request: "body.stream_options"
        else:
            for one in body:
                yield from _words(one)
    elif isinstance(body, str):
        yield from _words_of_text(body)


def _words_of_text(text: str) -> Iterator[str]:
    if text.lstrip().startswith("{"):  # OpenRouter hands on a provider's own body as text
        try:
            yield from _words(json.loads(text))
        except ValueError:
            yield text
    else:
        yield " ".join(text.split())


def _message(body: Any) -> str:
    """Return the message of a body, the first in the order of the usual names."""
    if isinstance(body, str):
        return " ".join(body.split())
    if isinstance(body, list):
        return next(filter(None, map(_message, body)), "")
    if isinstance(body, dict):
        return next(filter(None, (_message(body.get(name)) for name in _SPOKEN)), "")
    return ""


def _number(written: str) -> int:
    return int(written.replace(",", ""))
