"""Where a model is, and the client that asks it.

Answers (`llm`) and embeddings (`embed`) go through here. Nothing of the openai package is imported
before a request: most never send one, and it takes 0.4 s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from rag.errors import ModelError

if TYPE_CHECKING:
    import openai
    import tenacity

OPENAI_URL = "https://api.openai.com/v1"
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

    def client(self, on_response: Callable[[httpx.Response], None] | None = None) -> openai.OpenAI:
        """Build the client; nothing is sent yet. ``on_response`` is given each response's head."""
        import openai

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
        from rag.models import failures

        return failures.attempts(self.timeout)

    @contextmanager
    def translated(self, model: str) -> Iterator[None]:
        """Turn every error of a request into a ``ModelError`` that says what to do."""
        try:
            yield
        except ModelError:
            raise
        except Exception as error:
            from rag.models import failures

            raise failures.translate(error, self, model) from error

    @property
    def key_name(self) -> str:
        """The setting of its key."""
        return "OPENAI_API_KEY" if self.prefix == "RAG_LLM" else f"{self.prefix}_API_KEY"

    @property
    def url_name(self) -> str:
        """The setting of its address."""
        return "OPENAI_BASE_URL" if self.prefix == "RAG_LLM" else f"{self.prefix}_BASE_URL"
