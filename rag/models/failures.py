"""Everything that asking an endpoint can raise: what is tried again, and what is said of the rest.

One room for the openai package's errors, because answers and embeddings meet the same failures and
must say the same things about them. Imported when something is asked.
"""

from __future__ import annotations

from typing import Protocol

import httpx
import openai
import tenacity

from rag.errors import (
    ModelDownError,
    ModelError,
    ModelKeyError,
    PromptTooLongError,
    UnknownModelError,
)
from rag.models.refusals import NoReplyError, Refusal, SaidError

ATTEMPTS = 3  # a refused or overloaded request is sent at most twice more, within the timeout
FIRST_WAIT = 0.5  # seconds, doubled from try to try when the endpoint names no time itself

# What may be over in a moment. Not a timeout: waiting once more would double the user's wait.
_PASSING = (openai.RateLimitError, openai.InternalServerError, openai.ConflictError)
_GATEWAY = frozenset({407, 502, 503, 504})  # statuses of what stands between us and the endpoint


class Asked(Protocol):
    """What messages tell of the endpoint that was asked: address, patience, and its settings."""

    @property
    def url(self) -> str:
        """The address."""

    @property
    def key(self) -> str:
        """The key, which no message may show."""

    @property
    def proxy(self) -> str:
        """The proxy of the environment before it; empty: none."""

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


def refusal(error: BaseException) -> Refusal | None:
    """Return what an error says that an endpoint answered, None when it did not answer."""
    if isinstance(error, SaidError):
        return Refusal.read(200, error.content)
    if not isinstance(error, openai.APIStatusError):
        return None
    try:
        content = error.response.text
    except httpx.ResponseNotRead:
        content = ""
    if not content and error.message != f"Error code: {error.status_code}":
        content = error.message
    return Refusal.read(error.status_code, content)


def names_no_path(error: Exception) -> bool:
    """Whether an error says that the address is not that of an API."""
    said = refusal(error)
    return said is not None and said.names_no_path


def is_no_api(error: Exception) -> bool:
    """Whether an error leaves open that there is an API at this address."""
    return isinstance(error, NoReplyError) or refusal(error) is None or names_no_path(error)


def translate(error: Exception, endpoint: Asked, model: str) -> ModelError:
    """Return what a failed request of a model says to its user."""
    where = f"the endpoint {endpoint.url}"
    said = refusal(error)
    if said is None:
        lasting = isinstance(error, (openai.APIConnectionError, httpx.TransportError))
        return ModelDownError(f"{where} {_symptom(error, endpoint)}", lasting=lasting)
    lasting = isinstance(error, openai.InternalServerError)
    if gateway := _gateway(said, endpoint):
        return ModelDownError(f"{where} {gateway}", lasting=lasting)
    if mended := _by_setting(said, endpoint, model):
        return mended
    return ModelDownError(f"{where} {_answered(said, error, endpoint)}", lasting=lasting)


def _by_setting(said: Refusal, endpoint: Asked, model: str) -> ModelError | None:
    """Return what a refusal says that a setting mends, None for the others."""
    where = f"the endpoint {endpoint.url}"
    if said.status in (401, 403):
        return ModelKeyError(f"{where} {_key(endpoint)}")
    if said.is_too_long and endpoint.prefix == "RAG_LLM":
        named = f" (its context is {said.room:,} tokens)" if said.room else ""
        return PromptTooLongError(
            f"{where} refuses the prompt as too long{named}; set RAG_LLM_CONTEXT to what "
            f"{model} reads there, or load it with a larger context",
            room=said.room,
        )
    if said.names_no_path:
        found = "sent a web page instead of a reply" if said.is_page else "has no such path"
        return ModelDownError(f"{where} {found}; {_address(endpoint)}")
    if said.status == 404 or (said.names_no_model and said.status in (200, 400, 422)):
        return UnknownModelError(
            f"{where} has no model {model!r}; set {endpoint.prefix}_MODEL to one that it has"
        )
    return None


def _key(endpoint: Asked) -> str:
    if endpoint.key:
        return f"refuses the key; set {endpoint.key_name} to a valid one"
    return f"refuses requests without a key; set {endpoint.key_name}"


def _address(endpoint: Asked) -> str:
    """Say how to mend an address that is none of an API."""
    if endpoint.url.endswith("/v1"):
        return f"check {endpoint.url_name}"
    return f"check {endpoint.url_name}, which usually ends in /v1: {endpoint.url}/v1"


def _gateway(said: Refusal, endpoint: Asked) -> str:
    """Say what stands before the endpoint and refuses; empty when it is the endpoint itself."""
    if endpoint.proxy and said.status in _GATEWAY:
        return f"was not reached: {_proxy(endpoint)} answered {said.status}; {_past(endpoint)}"
    if said.is_page and said.status not in (200, 404, 405):
        return (
            f"was not reached: a gateway before it answered {said.status} with a web page; try "
            f"again, or check {endpoint.url_name} and what stands in between"
        )
    return ""


def _proxy(endpoint: Asked) -> str:
    return f"the proxy {endpoint.proxy} of the environment"


def _past(endpoint: Asked) -> str:
    host = httpx.URL(endpoint.url).host
    return f"check HTTPS_PROXY, or add {host} to NO_PROXY to go past it"


def _symptom(error: Exception, endpoint: Asked) -> str:
    """Say what went wrong where no answer came."""
    if isinstance(error, (openai.APITimeoutError, httpx.TimeoutException)):
        return (
            f"gave no sign of life for {endpoint.timeout:g} s; try again or raise RAG_LLM_TIMEOUT"
        )
    if isinstance(error.__cause__, httpx.ProxyError) or isinstance(error, httpx.ProxyError):
        return f"was not reached: {_proxy(endpoint)} refuses; {_past(endpoint)}"
    if isinstance(error, (openai.APIConnectionError, httpx.TransportError)):
        through = f" through {_proxy(endpoint)}" if endpoint.proxy else ""
        return (
            f"cannot be reached{through} or broke off; check that it runs and {endpoint.url_name}"
        )
    if isinstance(error, NoReplyError):
        return str(error)
    return f"sent a reply that makes no sense ({type(error).__name__})"


def _answered(said: Refusal, error: Exception, endpoint: Asked) -> str:
    """Say what the endpoint itself answered."""
    if said.is_no_quota and said.status in (402, 429):
        return f"has no quota left ({said.status}); check the account's plan and billing"
    if said.status == 429:
        return "is over its limit (429); wait, or check the quota"
    message = said.message
    if not message and isinstance(error, openai.APIStatusError):
        message = error.response.reason_phrase
    if endpoint.key:
        message = message.replace(endpoint.key, "…")
    verb = "broke off with an error" if said.status == 200 else f"answered {said.status}"
    return f"{verb}: {_first(message).rstrip('.')}"


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, openai.APITimeoutError):
        return False
    if isinstance(error, openai.APIConnectionError):
        return True
    if not isinstance(error, _PASSING):
        return False
    said = refusal(error)
    if said is None:
        return True
    if said.status == 501:  # not implemented, now or later
        return False
    # llama.cpp answers 500 to a prompt or a role that its model cannot take.
    stays = said.is_too_long or said.is_no_quota or said.option(frozenset({"system", "schema"}))
    return not stays


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
