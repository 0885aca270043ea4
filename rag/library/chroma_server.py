"""A Chroma server or Chroma Cloud: the connection, what it can take, and its failures as ours."""

from __future__ import annotations

import ipaddress
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

import httpx
import tenacity

from rag.config import silence_libraries
from rag.errors import DamagedIndexError, IndexDownError

if TYPE_CHECKING:
    from chromadb.api import ServerAPI
    from chromadb.api.models.Collection import Collection

T = TypeVar("T")

CLOUD = "https://api.trychroma.com"
# Chroma Cloud's quotas (docs.trychroma.com/cloud/quotas-limits): 300 records a write, 300 results a
# query. A usual abstract has two chunks, so that 50 papers deleted are about 100 records.
CLOUD_BATCH = 300
CLOUD_DROP = 50  # papers
_CONNECT = 3.0  # seconds
_READ = 10.0  # seconds a question waits
_WRITE = 60.0  # seconds a batch may take
_PASSING = frozenset({429, 502, 503, 504})
_REFUSED = frozenset({401, 403})


class _PassingError(Exception):
    """Something that may be well in a moment."""


class _RefusedError(Exception):
    """The server wants another key."""


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """Where a Chroma server is, and how it is spoken to.

    Empty ``tenant`` and ``database`` are the server's own defaults, in the cloud those of the key.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tenant: str = ""
    database: str = ""
    is_cloud: bool = False
    transport: httpx.BaseTransport | None = None

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine, where no proxy leads to."""
        host = urlsplit(self.url).hostname or ""
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def drop_batch(self) -> int:
        """Papers that are deleted at once."""
        return CLOUD_DROP if self.is_cloud else 200


class Connection:
    """Speaks to one server: bounded in time, tried again where that helps, failures as ours.

    Chroma's own client waits for ever, and asks through a proxy whatever the environment says of
    one, so that its HTTP session is replaced; all else is Chroma's.
    """

    def __init__(self, place: ChromaServer) -> None:
        silence_libraries()
        from chromadb.api import ServerAPI
        from chromadb.config import Settings, System

        for name in ("chromadb", "httpx"):
            logging.getLogger(name).setLevel(logging.ERROR)
        parts = urlsplit(place.url)
        secure = parts.scheme == "https"
        settings = Settings(
            anonymized_telemetry=False,
            chroma_api_impl="chromadb.api.fastapi.FastAPI",
            chroma_server_host=place.url,
            chroma_server_http_port=parts.port or (443 if secure else 80),
            chroma_server_ssl_enabled=secure,
        )
        self._place = place
        self._system = System(settings)
        api: Any = self._system.instance(cast(Any, ServerAPI))
        own = api._session
        api._session = httpx.Client(
            headers={**own.headers, **place.headers},
            timeout=httpx.Timeout(_WRITE, connect=_CONNECT),
            trust_env=not place.is_here,
            transport=place.transport,
            event_hooks={"request": [self._bound], "response": [_look]},
        )
        own.close()
        self._patience = threading.local()
        self._api: ServerAPI = api
        self._where: dict[str, Any] = {}
        self._most = 0

    def close(self) -> None:
        """Close the connections."""
        session: httpx.Client = self._api._session  # type: ignore[attr-defined]
        session.close()

    def version(self) -> str:
        """Return the server's version, as ``"1.5.9"``."""
        return self.ask(self._api.get_version, patience=_READ, tries=2)

    @property
    def batch(self) -> int:
        """Records that one write may hold."""
        if not self._most:
            most = self.ask(self._api.get_max_batch_size)
            ours = CLOUD_BATCH if self._place.is_cloud else 2_000
            self._most = min(most, ours) if most > 0 else ours
        return self._most

    def collection(self, name: str) -> Collection:
        """Return a collection.

        Raises:
            DamagedIndexError: the server has none of this name.
        """
        model = self.ask(
            lambda: self._api.get_collection(name, **self._names()), patience=_READ, tries=2
        )
        return self._of(model)

    def create(self, name: str, configuration: Any) -> Collection:
        """Make an empty collection in place of what is there under this name.

        Raises:
            IndexDownError: also where there is no such tenant or database.
        """
        with suppress(DamagedIndexError):  # there was none
            self.ask(lambda: self._api.delete_collection(name, **self._names()))
        try:
            model = self.ask(
                lambda: self._api.get_or_create_collection(
                    name, configuration=configuration, **self._names()
                )
            )
        except DamagedIndexError as error:
            raise IndexDownError(
                f"the Chroma server at {self._place.url} makes no collection "
                f"({error.__cause__ or error}); check CHROMA_TENANT and CHROMA_DATABASE"
            ) from error
        return self._of(model)

    def ask(self, function: Callable[[], T], *, patience: float = _WRITE, tries: int = 4) -> T:
        """Call what asks the server: at most so many seconds a try, tried again where that helps.

        Raises:
            IndexDownError: it does not answer, or refuses; the message says what to do.
            DamagedIndexError: it answers that the collection is not there, or another than ours.
        """
        self._patience.seconds = patience
        again = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((_PassingError, httpx.ConnectError)),
            stop=tenacity.stop_after_attempt(tries),
            wait=tenacity.wait_exponential(multiplier=0.2, max=4.0),
            reraise=True,
        )
        try:
            return again(function)
        except (DamagedIndexError, IndexDownError):
            raise
        except Exception as error:
            raise self._told(error) from error

    # -- inside ----------------------------------------------------------------------------------

    def _bound(self, request: httpx.Request) -> None:
        """Give a request as long as the call in this thread may take."""
        seconds = getattr(self._patience, "seconds", _WRITE)
        request.extensions["timeout"] = httpx.Timeout(seconds, connect=_CONNECT).as_dict()

    def _of(self, model: Any) -> Collection:
        from chromadb.api.models.Collection import Collection

        return Collection(client=self._api, model=model, embedding_function=None)

    def _names(self) -> dict[str, Any]:
        """Return tenant and database; those of the key where the settings name none."""
        if not self._where:
            place = self._place
            tenant, database = place.tenant, place.database
            if place.is_cloud and not (tenant and database):
                known = self.ask(self._api.get_user_identity)
                tenant = tenant or known.tenant or ""
                database = database or next(iter(known.databases or ()), "")
            self._where = {
                "tenant": tenant or "default_tenant",
                "database": database or "default_database",
            }
        return self._where

    def _told(self, error: Exception) -> DamagedIndexError | IndexDownError:
        """Turn what came back into an error that says what to do."""
        from chromadb.errors import InvalidArgumentError, InvalidDimensionException, NotFoundError

        url = self._place.url
        if isinstance(error, NotFoundError | InvalidArgumentError | InvalidDimensionException):
            return DamagedIndexError(
                f"the vector index at {url} cannot be used ({error}); start again, it is then "
                "rebuilt from the library"
            )
        if isinstance(error, _RefusedError):
            key = "CHROMA_API_KEY" if self._place.is_cloud else "RAG_CHROMA_TOKEN"
            said = f"the Chroma server at {url} refuses the key ({error})"
            return IndexDownError(f"{said}; set {key}")
        start = "" if self._place.is_cloud else "start it (`chroma run`), or "
        if isinstance(error, httpx.TransportError | _PassingError):
            what = str(error) or type(error).__name__
            return IndexDownError(
                f"the Chroma server at {url} does not answer ({what}); {start}check "
                f"{'the network' if self._place.is_cloud else 'RAG_CHROMA_URL'}"
            )
        return IndexDownError(
            f"the Chroma server at {url} answers in an unknown way ({_short(str(error))}); check "
            "RAG_CHROMA_URL, and what the server itself has written down"
        )


def _look(response: httpx.Response) -> None:
    """Tell what may pass and what wants another key by the status, before the body is read."""
    if response.status_code in _PASSING:
        raise _PassingError(f"status {response.status_code}")
    if response.status_code in _REFUSED:
        raise _RefusedError(f"status {response.status_code}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:117] + "…"
