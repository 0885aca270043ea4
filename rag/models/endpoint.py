"""Where a model is, and the client that asks it.

Answers (`llm`) and embeddings (`embed`) go through here. Nothing of the openai package is imported
before a request: most never send one, and it takes 0.4 s.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, urlsplit

import httpx

from rag.config import proxy_of
from rag.errors import ModelError

if TYPE_CHECKING:
    import openai
    import tenacity

T = TypeVar("T")

OPENAI_URL = "https://api.openai.com/v1"
CONNECT_SECONDS = 5.0
_LOOK_SECONDS = 5.0  # for a page that only tells more of an endpoint
# Users copy them along with the address; the client adds them itself.
_METHODS = ("/chat/completions", "/completions", "/embeddings")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is: address, key, seconds without a sign of life, and a stand-in transport.

    ``prefix`` is how the settings that reach it begin, for messages. An address may carry a query
    (Azure's ``?api-version=``), which goes with every request.
    """

    base_url: str
    key: str
    timeout: float
    prefix: str
    transport: httpx.BaseTransport | None = None

    @property
    def _parts(self) -> SplitResult:
        parts = urlsplit(self.base_url or OPENAI_URL)
        path = parts.path.rstrip("/")
        for method in _METHODS:
            path = path.removesuffix(method)
        return parts._replace(path=path)

    @property
    def address(self) -> str:
        """The address that paths are added to, without its query."""
        return self._parts._replace(query="", fragment="").geturl()

    @property
    def url(self) -> str:
        """The address as messages tell it: without query and login, which may hold a key."""
        parts = self._parts
        shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
        return shown.geturl()

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine."""
        host = self._parts.hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    @property
    def proxy(self) -> str:
        """The proxy of the environment that requests go through; empty: none."""
        return "" if self.is_loopback else proxy_of(self.address)

    @property
    def with_v1(self) -> Endpoint | None:
        """The same endpoint with the path that most serve, None where one is given."""
        parts = self._parts
        return None if parts.path else replace(self, base_url=parts._replace(path="/v1").geturl())

    def client(self) -> openai.OpenAI:
        """Build the client; nothing is sent yet."""
        import openai

        parts = self._parts
        query = dict(parse_qsl(parts.query))
        azure = {"api-key": self.key} if "api-version" in query and self.key else {}
        # This machine's own servers are not behind the proxy of the environment.
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        direct = {f"all://{host}": None} if self.is_loopback else None
        return openai.OpenAI(
            base_url=self.address,
            api_key=self.key or "none",
            max_retries=0,  # attempts() retries, within one deadline
            default_query=query,
            default_headers=azure,
            http_client=httpx.Client(
                transport=self.transport,
                timeout=self.patience(self.timeout),
                follow_redirects=True,
                mounts=None if self.transport else direct,
            ),
        )

    def patience(self, seconds: float) -> httpx.Timeout:
        """Return what a request may take of so many seconds: all of them, fewer to connect."""
        return httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))

    def attempts(self, seconds: float | None = None) -> tenacity.Retrying:
        """Return the attempts at one request, each to be entered as a context manager."""
        from rag.models import failures

        return failures.attempts(self.timeout if seconds is None else seconds)

    @contextmanager
    def translated(self, model: str) -> Iterator[None]:
        """Turn every error of a request into a ``ModelError`` that says what to do."""
        with Connection(self).translated(model):
            yield

    @property
    def key_name(self) -> str:
        """The setting of its key."""
        return "OPENAI_API_KEY" if self.prefix == "RAG_LLM" else f"{self.prefix}_API_KEY"

    @property
    def url_name(self) -> str:
        """The setting of its address."""
        return "OPENAI_BASE_URL" if self.prefix == "RAG_LLM" else f"{self.prefix}_BASE_URL"


class Connection:
    """An endpoint being asked: one client, and the address that was found to work.

    An address without a path that turns out to be none of an API is tried once with ``/v1``, and
    that is kept where it is one.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    @cached_property
    def client(self) -> openai.OpenAI:
        """The client, built at the first request."""
        return self.endpoint.client()

    def ask(self, send: Callable[[openai.OpenAI], T], seconds: float | None = None) -> T:
        """Send a request, again after a fault that may pass, within so many seconds.

        Raises:
            Exception: as the client, the transport and ``send`` raise; see ``translated``.
        """
        endpoint = self.endpoint
        try:
            return self._attempts(send, self.client, seconds)
        except Exception as error:
            from rag.models import failures

            if endpoint.with_v1 is None or not failures.names_no_path(error):
                raise
            wider, wrong = endpoint.with_v1, error
        client = self.client.with_options(base_url=wider.address)
        try:
            found = self._attempts(send, client, seconds)
        except Exception as error:
            if failures.is_no_api(error):
                raise wrong from error
            self._keep(wider, client)
            raise
        self._keep(wider, client)
        return found

    @contextmanager
    def translated(self, model: str) -> Iterator[None]:
        """Turn every error of a request into a ``ModelError`` that says what to do."""
        try:
            yield
        except ModelError:
            raise
        except Exception as error:
            from rag.models import failures

            raise failures.translate(error, self.endpoint, model) from error

    def look(self, path: str) -> Any:
        """Return a page of the endpoint as JSON, by its path or address; None if there is none."""
        try:
            found = self.client.get(
                path, cast_to=httpx.Response, options={"timeout": _LOOK_SECONDS}
            )
            return found.json()
        except Exception:  # noqa: BLE001  # whatever it is: it tells nothing more
            return None

    def close(self) -> None:
        """Close the connections."""
        if "client" in self.__dict__:
            self.client.close()

    def _attempts(
        self, send: Callable[[openai.OpenAI], T], client: openai.OpenAI, seconds: float | None
    ) -> T:
        for attempt in self.endpoint.attempts(seconds):
            with attempt:
                found = send(client)
        return found

    def _keep(self, endpoint: Endpoint, client: openai.OpenAI) -> None:
        self.endpoint = endpoint
        self.__dict__["client"] = client  # it shares the connections of the one before
