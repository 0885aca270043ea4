"""Asks services on the web for records: politely, within bounds, and with failures told clearly.

One room for httpx here, because all services fail alike and the same must be said of them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any

import httpx

from rag.errors import ServiceError

MOST_BYTES = 20_000_000  # of one reply, unpacked; 200 records of PubMed have about 4,000,000
MOST_REDIRECTS = 5
_CONNECT_SECONDS = 10.0
_MOST_BACKOFF = 60.0  # seconds, though a service may ask for a longer pause
_MISSING = 404


@dataclass(frozen=True, slots=True)
class Service:
    """A service: what messages call it, its address, and the seconds between two requests to it.

    ``unreachable`` and ``refused`` say, in place of the usual, that it does not answer or does not
    let us in, and what to do then.
    """

    name: str
    url: str
    wait: float = 0.0
    unreachable: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Services:
    """Where records are fetched by identifier. The waits are what the services ask for."""

    crossref: Service = Service("Crossref", "https://api.crossref.org", 0.1)
    openalex: Service = Service("OpenAlex", "https://api.openalex.org", 0.1)
    arxiv: Service = Service("arXiv", "https://export.arxiv.org/api", 3.0)
    pubmed: Service = Service("PubMed", "https://eutils.ncbi.nlm.nih.gov/entrez/eutils", 0.34)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request may take, in seconds.

    ``timeout`` is without a sign of life, ``deadline`` all attempts together with the waits
    between them; ``first_wait`` is doubled from try to try when the service names no time itself.
    """

    timeout: float = 30.0
    deadline: float = 90.0
    attempts: int = 3
    first_wait: float = 1.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered."""

    service: Service
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def is_missing(self) -> bool:
        """Whether there is no such thing."""
        return self.status == _MISSING

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            ServiceError: it is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise no_sense(self.service, "is not JSON") from error

    def number(self, header: str) -> int:
        """Return a header that is a whole number; 0 where it is missing or none."""
        value = self.headers.get(header, "")
        return int(value) if value.isascii() and value.isdigit() else 0


class _PassingError(Exception):
    """What may be over in a moment; ``after`` are the seconds that the service asks for."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Client:
    """Asks services; nothing is sent, nor any connection opened, before the first ``get``."""

    def __init__(
        self,
        agent: str,
        *,
        mailto: str = "",
        patience: Patience | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.mailto = mailto
        self._agent = f"{agent} (mailto:{mailto})" if mailto else agent
        self._patience = patience or Patience()
        self._most_bytes = most_bytes
        self._clients: dict[bool, httpx.Client] = {}
        self._free: dict[str, float] = {}  # when the next request to a service may be sent

    def close(self) -> None:
        """Release the connections."""
        for client in self._clients.values():
            client.close()
        self._clients = {}

    def get(
        self,
        service: Service,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        allowed: Collection[int] = (),
    ) -> Reply:
        """Return what is at a path of a service; ``allowed`` are statuses that are an answer too.

        Raises:
            ServiceError: it cannot be reached, refuses, is over its limit or silent, or answers
                far too much.
        """
        import tenacity

        url = httpx.URL(service.url + path).copy_merge_params(params or {})
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_PassingError),
            stop=tenacity.stop_after_attempt(self._patience.attempts)
            | tenacity.stop_before_delay(self._patience.deadline),
            wait=self._wait,
            reraise=True,
        )
        ends = time.monotonic() + self._patience.deadline
        try:
            return attempts(self._translated, service, url, dict(headers or {}), allowed, ends)
        except _PassingError as error:
            raise ServiceError(str(error)) from error

    # -- inside ----------------------------------------------------------------------------------

    def _translated(
        self,
        service: Service,
        url: httpx.URL,
        headers: dict[str, str],
        allowed: Collection[int],
        ends: float,
    ) -> Reply:
        """Try once; what httpx raises is translated."""
        try:
            return self._once(service, url, headers, allowed, ends)
        except httpx.TimeoutException as error:
            if isinstance(error, httpx.ConnectTimeout):
                raise ServiceError(_unreachable(service)) from error
            seconds = f"{self._patience.timeout:g} s"
            raise ServiceError(
                f"{service.name} gave no sign of life for {seconds}; try again later"
            ) from error
        except httpx.ConnectError as error:
            if _is_here(httpx.URL(service.url)):  # nothing listens, and that does not pass
                raise ServiceError(_unreachable(service)) from error
            raise _PassingError(_unreachable(service)) from error
        except httpx.TransportError as error:
            raise _PassingError(f"{service.name} broke off; try again later") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise no_sense(service, f"cannot be read ({type(error).__name__})") from error

    def _once(
        self,
        service: Service,
        url: httpx.URL,
        headers: dict[str, str],
        allowed: Collection[int],
        ends: float,
    ) -> Reply:
        for _ in range(MOST_REDIRECTS + 1):
            self._pace(service)
            with self._client(url).stream("GET", url, headers=headers) as response:
                self._heed(service, response)
                if response.has_redirect_location:
                    there = _redirected(service, url, response.headers["location"])
                    if _origin(there) != _origin(url):
                        headers = {}  # a key is for its own service
                    url = there
                    continue
                if not response.is_success and response.status_code not in allowed:
                    raise _failed(service, response)
                body = self._read(service, response, ends)
                return Reply(service, response.status_code, response.headers, body)
        raise ServiceError(f"{service.name} sends from address to address; try again later")

    def _read(self, service: Service, response: httpx.Response, ends: float) -> bytes:
        parts: list[bytes] = []
        total = 0
        for part in response.iter_bytes():
            total += len(part)
            if total > self._most_bytes:
                most = f"{self._most_bytes / 1e6:g} MB"
                raise ServiceError(f"{service.name} sent more than {most}; ask for fewer at once")
            if time.monotonic() > ends:
                seconds = f"{self._patience.deadline:g} s"
                raise ServiceError(
                    f"{service.name} had not sent all after {seconds}; try again later"
                )
            parts.append(part)
        return b"".join(parts)

    def _client(self, url: httpx.URL) -> httpx.Client:
        """Return the client for an address; what is on this machine is reached without a proxy."""
        here = _is_here(url)
        if here not in self._clients:
            timeout = self._patience.timeout
            self._clients[here] = httpx.Client(
                headers={"User-Agent": self._agent},
                timeout=httpx.Timeout(timeout, connect=min(_CONNECT_SECONDS, timeout)),
                follow_redirects=False,
                trust_env=not here,
            )
        return self._clients[here]

    def _pace(self, service: Service) -> None:
        """Wait until a service may be asked again."""
        if (left := self._free.get(service.name, 0.0) - time.monotonic()) > 0:
            time.sleep(left)
        self._free[service.name] = time.monotonic() + service.wait

    def _heed(self, service: Service, response: httpx.Response) -> None:
        """Note that a service asks for a pause, though it has answered, as Zotero's does."""
        if pause := _seconds(response.headers.get("backoff", "")):
            self._free[service.name] = time.monotonic() + min(pause, _MOST_BACKOFF)

    def _wait(self, state: Any) -> float:
        error = state.outcome.exception()
        if isinstance(error, _PassingError) and error.after is not None:
            return error.after
        return float(self._patience.first_wait * 2.0 ** (state.attempt_number - 1))


def no_sense(service: Service, why: str) -> ServiceError:
    """Say that a reply is not what the service answers with."""
    return ServiceError(f"the reply of {service.name} {why}; try again later")


def _failed(service: Service, response: httpx.Response) -> Exception:
    """Return what a status that is no answer says to the user."""
    status, name = response.status_code, service.name
    if status == httpx.codes.TOO_MANY_REQUESTS:
        after = _seconds(response.headers.get("retry-after", ""))
        return _PassingError(f"{name} is over its limit (429); wait a while and try again", after)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        after = _seconds(response.headers.get("retry-after", ""))
        return _PassingError(f"{name} answered {status}; try again later", after)
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return ServiceError(
            service.refused or f"{name} refuses the request ({status}); wait a while and try again"
        )
    return ServiceError(f"{name} answered {status} to what it was asked; check what you gave")


def _unreachable(service: Service) -> str:
    return service.unreachable or (
        f"{service.name} cannot be reached at {httpx.URL(service.url).host}; check the network, or "
        "export the records elsewhere and `rag ingest` the file"
    )


def _redirected(service: Service, url: httpx.URL, location: str) -> httpx.URL:
    there = url.join(location)
    if there.scheme not in ("http", "https"):
        raise ServiceError(f"{service.name} sends to {there.scheme}:, which is not followed")
    return there


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _is_here(url: httpx.URL) -> bool:
    try:
        return ip_address(url.host).is_loopback
    except ValueError:
        return url.host == "localhost"


def _seconds(value: str) -> float | None:
    """Return the seconds that a header asks to wait: "5", or a date; None where it says none."""
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max((when - datetime.now(UTC)).total_seconds(), 0.0)
