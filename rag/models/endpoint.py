"""The client of OpenAI-compatible endpoints and the translation of everything it can raise.

One room for the openai package, because answers (`llm`) and embeddings (`embed`) meet the same
failures and must say the same things about them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import openai
import tenacity

from rag.errors import ModelDownError, ModelError, ModelKeyError, UnknownModelError

OPENAI_URL = "https://api.openai.com/v1"
ATTEMPTS = 3  # a refused or overloaded request is sent at most twice more, within the timeout
CONNECT_SECONDS = 5.0
FIRST_WAIT = 0.5  # seconds, doubled from try to try when the endpoint names no time itself

# What may be over in a moment. Not a timeout: waiting once more would double the user's wait.
_PASSING = (openai.RateLimitError, openai.InternalServerError, openai.ConflictError)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is: address, key, seconds without a sign of life, and a stand-in transport.

    ``prefix`` is how the settings that reach it begin, for messages.
    """

    base_url: str
    key: str
    timeout: float
    prefix: str
    transport: httpx.BaseTransport | None = None

    @property
    def url(self) -> str:
        """The address, OpenAI's own when none is set."""
        return self.base_url or OPENAI_URL

    def client(self, on_response: Callable[[httpx.Response], None] | None = None) -> openai.OpenAI:
        """Build the client; nothing is sent yet. ``on_response`` is given each response's head."""
        return openai.OpenAI(
            base_url=self.url,
            api_key=self.key or "none",
            max_retries=0,  # attempts() retries, within one deadline
            http_client=httpx.Client(
                transport=self.transport,
                timeout=httpx.Timeout(self.timeout, connect=min(CONNECT_SECONDS, self.timeout)),
                follow_redirects=True,
                event_hooks={"response": [on_response] if on_response else []},
            ),
        )

    def attempts(self) -> tenacity.Retrying:
        """Return the attempts at one request, each to be entered as a context manager."""
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_passing),
            stop=tenacity.stop_after_attempt(ATTEMPTS) | tenacity.stop_before_delay(self.timeout),
            wait=_wait,
            reraise=True,
        )

    @contextmanager
    def translated(self, model: str) -> Iterator[None]:
        """Turn every error of a request into a ``ModelError`` that says what to do."""
        try:
            yield
        except ModelError:
            raise
        except Exception as error:
            raise self._translate(error, model) from error

    def _translate(self, error: Exception, model: str) -> ModelError:
        where = f"the endpoint {self.url}"
        if isinstance(error, (openai.AuthenticationError, openai.PermissionDeniedError)):
            return ModelKeyError(f"{where} refuses the key; set {self._key_name} to a valid one")
        if isinstance(error, openai.NotFoundError) or _names_no_model(error):
            return UnknownModelError(
                f"{where} has no model {model!r}; set {self.prefix}_MODEL to one that it has"
            )
        lasting = isinstance(
            error, (openai.APIConnectionError, openai.InternalServerError, httpx.TransportError)
        )
        return ModelDownError(f"{where} {self._symptom(error)}", lasting=lasting)

    def _symptom(self, error: Exception) -> str:
        if isinstance(error, (openai.APITimeoutError, httpx.TimeoutException)):
            return (
                f"gave no sign of life for {self.timeout:g} s; try again or raise RAG_LLM_TIMEOUT"
            )
        if isinstance(error, (openai.APIConnectionError, httpx.TransportError)):
            return f"cannot be reached or broke off; check that it runs and {self._url_name}"
        if isinstance(error, openai.RateLimitError):
            return "is over its limit (429); wait, or check the quota"
        if isinstance(error, openai.APIStatusError):
            body = error.body if isinstance(error.body, dict) else {}
            said = body.get("message") or error.response.reason_phrase
            return f"answered {error.status_code}: {_first(str(said)).rstrip('.')}"
        return f"sent a reply that makes no sense ({type(error).__name__})"

    @property
    def _key_name(self) -> str:
        return "OPENAI_API_KEY" if self.prefix == "RAG_LLM" else f"{self.prefix}_API_KEY"

    @property
    def _url_name(self) -> str:
        return "OPENAI_BASE_URL" if self.prefix == "RAG_LLM" else f"{self.prefix}_BASE_URL"


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
