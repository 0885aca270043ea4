"""Everything that asking an endpoint can raise: what is tried again, and what is said of the rest.

One room for the openai package's errors, because answers and embeddings meet the same failures and
must say the same things about them. Imported when something is asked.
"""

from __future__ import annotations

import re
from typing import Protocol

import httpx
import openai
import tenacity

from rag.errors import ModelDownError, ModelError, ModelKeyError, UnknownModelError

ATTEMPTS = 3  # a refused or overloaded request is sent at most twice more, within the timeout
FIRST_WAIT = 0.5  # seconds, doubled from try to try when the endpoint names no time itself

# What may be over in a moment. Not a timeout: waiting once more would double the user's wait.
_PASSING = (openai.RateLimitError, openai.InternalServerError, openai.ConflictError)


class Asked(Protocol):
    """What messages tell of the endpoint that was asked: address, patience, and its settings."""

    @property
    def url(self) -> str:
        """The address."""

    @property
    def timeout(self) -> float:
        """Seconds without a sign of life."""

    @property
    def prefix(self) -> str:
        """How its settings begin."""

    @property
    def key_name(self) -> str:
        """The setting of its key."""

    @property
    def url_name(self) -> str:
        """The setting of its address."""


def attempts(timeout: float) -> tenacity.Retrying:
    """Return the attempts at one request within so many seconds, each a context manager."""
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_passing),
        stop=tenacity.stop_after_attempt(ATTEMPTS) | tenacity.stop_before_delay(timeout),
        wait=_wait,
        reraise=True,
    )


def translate(error: Exception, endpoint: Asked, model: str) -> ModelError:
    """Return what a failed request of a model says to its user."""
    where = f"the endpoint {endpoint.url}"
    if isinstance(error, (openai.AuthenticationError, openai.PermissionDeniedError)):
        return ModelKeyError(f"{where} refuses the key; set {endpoint.key_name} to a valid one")
    if isinstance(error, openai.NotFoundError) or _names_no_model(error):
        return UnknownModelError(
            f"{where} has no model {model!r}; set {endpoint.prefix}_MODEL to one that it has"
        )
    lasting = isinstance(
        error, (openai.APIConnectionError, openai.InternalServerError, httpx.TransportError)
    )
    return ModelDownError(f"{where} {_symptom(error, endpoint)}", lasting=lasting)


def _symptom(error: Exception, endpoint: Asked) -> str:
    if isinstance(error, (openai.APITimeoutError, httpx.TimeoutException)):
        return (
            f"gave no sign of life for {endpoint.timeout:g} s; try again or raise RAG_LLM_TIMEOUT"
        )
    if isinstance(error, (openai.APIConnectionError, httpx.TransportError)):
        return f"cannot be reached or broke off; check that it runs and {endpoint.url_name}"
    if isinstance(error, openai.RateLimitError):
        return "is over its limit (429); wait, or check the quota"
    if isinstance(error, openai.APIStatusError):
        body = error.body if isinstance(error.body, dict) else {}
        said = body.get("message") or error.response.reason_phrase
        return f"answered {error.status_code}: {_first(str(said)).rstrip('.')}"
    return f"sent a reply that makes no sense ({type(error).__name__})"


def _names_no_model(error: Exception) -> bool:
    """Whether a 400 is about the model's name, as litellm and vLLM answer an unknown one."""
    # "Invalid model name", "The model `x` does not exist"; not "invalid request", "model is busy".
    return isinstance(error, openai.BadRequestError) and bool(
        re.search(
            r"(?:invalid|unknown|no such) model|model\b.*\b(?:not found|does not exist)",
            error.message,
            re.IGNORECASE,
        )
    )


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, openai.APITimeoutError):
        return False
    return isinstance(error, (*_PASSING, openai.APIConnectionError))


def _wait(state: tenacity.RetryCallState) -> float:
    """Return the seconds that the endpoint asks for, else half a second, then twice as long."""
    error = state.outcome.exception() if state.outcome else None
    headers = error.response.headers if isinstance(error, openai.APIStatusError) else {}
    for name, scale in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        try:
            return max(float(headers[name]) * scale, 0.0)
        except (KeyError, ValueError):
            continue
    return FIRST_WAIT * 2.0 ** (state.attempt_number - 1)


def _first(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= 200 else line[:199] + "…"
