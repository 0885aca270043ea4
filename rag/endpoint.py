"""The client of OpenAI-compatible endpoints and the translation of everything it can raise.

One room for the openai package, because answers (`llm`) and embeddings (`embed`) meet the same
failures and must say the same things about them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import openai

from rag.errors import ModelDownError, ModelError, ModelKeyError, UnknownModelError

OPENAI_URL = "https://api.openai.com/v1"
# A refused or overloaded request is sent at most this many times more, by the openai client, which
# obeys Retry-After. LlamaIndex's own retry on top is switched off: they would multiply.
RETRIES = 2
CONNECT_SECONDS = 5.0


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

    def client(self) -> openai.OpenAI:
        """Build the client; nothing is sent yet."""
        return openai.OpenAI(
            base_url=self.url,
            api_key=self.key or "none",
            max_retries=RETRIES,
            http_client=httpx.Client(
                transport=self.transport,
                timeout=httpx.Timeout(self.timeout, connect=min(CONNECT_SECONDS, self.timeout)),
                follow_redirects=True,
            ),
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
        if isinstance(error, openai.NotFoundError):
            return UnknownModelError(
                f"{where} has no model {model!r}; set {self.prefix}_MODEL to one that it has"
            )
        return ModelDownError(f"{where} {self._symptom(error)}")

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
            return f"answered {error.status_code}: {_first(str(said))}"
        return f"sent a reply that makes no sense ({type(error).__name__})"

    @property
    def _key_name(self) -> str:
        return "OPENAI_API_KEY" if self.prefix == "RAG_LLM" else f"{self.prefix}_API_KEY"

    @property
    def _url_name(self) -> str:
        return "OPENAI_BASE_URL" if self.prefix == "RAG_LLM" else f"{self.prefix}_BASE_URL"


def _first(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= 200 else line[:199] + "…"
