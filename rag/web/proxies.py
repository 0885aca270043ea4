"""Proxies in front of the page: what they say is believed of those that are trusted only.

Inside, a request always looks as the visitor sent it: its host, scheme and address, and a path
below the prefix that the page is served under, whether the proxy strips that prefix or keeps it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rag.errors import ConfigError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LOOPBACK: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)
_EVERYBODY: tuple[Network, ...] = (
    ipaddress.ip_network("0.0.0.0/0"),
    ipaddress.ip_network("::/0"),
)
# "/rag", "/tools/rag-2"; not "rag", "/", "/rag/", "//x", "/a/../b", "/a b", nor "/static", which is
# a place of the page's own.
_PREFIX = re.compile(
    r"(?!/(?:static|assets|svelte|gradio_api)(?:/|$))(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+"
)
# "papers.example.org", "10.0.0.7:8080", "[::1]:7860"; not "a/b", "a b", "a@b".
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?")
_SAID = {
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-forwarded-prefix",
    b"x-gradio-server",  # Gradio 6.31 believes it of anybody
}


@dataclass(frozen=True, slots=True)
class Proxies:
    """Where the page is seen from outside: a fixed prefix, and who may say more of a request.

    A proxy on this machine may name host, scheme and visitor; the prefix only who was named.
    """

    root_path: str = ""
    named: tuple[Network, ...] = field(default=())

    @classmethod
    def of(cls, root_path: str, trusted: str) -> Proxies:
        """Read them from options: ``/rag``, and addresses or networks with commas, or ``*``.

        Raises:
            ConfigError: one of them is none.
        """
        root = root_path.rstrip("/")
        if root and not _PREFIX.fullmatch(root):
            raise ConfigError(f"--root-path {root_path} is no path; write it as /rag")
        if trusted.strip() == "*":
            return cls(root, _EVERYBODY)
        given = [one.strip() for one in trusted.split(",") if one.strip()]
        try:
            return cls(root, tuple(ipaddress.ip_network(one, strict=False) for one in given))
        except ValueError as error:
            raise ConfigError(
                f"--forwarded-allow-ips cannot be used ({error}); write addresses or networks of "
                "proxies, several with commas"
            ) from error

    def prefix_of(self, client: str, said: dict[bytes, bytes]) -> str:
        """Return the prefix of a request: the fixed one, or what a named proxy says."""
        if self.root_path or not _is_in(client, self.named):
            return self.root_path
        prefix = _first(said.get(b"x-forwarded-prefix", b"")).rstrip("/")
        return prefix if _PREFIX.fullmatch(prefix) else ""

    def trusts(self, client: str) -> bool:
        """Whether what this one says of host, scheme and visitor is believed."""
        return _is_in(client, (*_LOOPBACK, *self.named))

    def visitor(self, client: str, forwarded: bytes) -> str:
        """Return who sent a request: the last address that no trusted proxy added."""
        for one in reversed([part.strip() for part in forwarded.decode("latin-1").split(",")]):
            named = _PORT.sub(r"\1", one).strip("[]")
            if not _is_address(named):
                return UNKNOWN  # somebody else, whoever it is
            client = named
            if not self.trusts(one):
                break
        return client


NO_PROXIES = Proxies()


# "203.0.113.9:4711", "[2001:db8::1]:4711"; not "2001:db8::1".
_PORT = re.compile(r"^(\[[^\]]*\]|[\d.]+):\d{1,5}$")
UNKNOWN = "unknown"


class Forwarded:
    """Makes of every request the one that the visitor sent (ASGI)."""

    def __init__(self, app: Any, proxies: Proxies) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = self._seen(scope)
        prefix = seen["root_path"]
        if prefix and scope["path"] == prefix:  # its own links are beside it, not below it
            await _redirect(send, f"{prefix}/", scope.get("query_string", b""))
            return
        await self._app(seen, receive, send)

    def _seen(self, scope: Any) -> dict[str, Any]:
        """Return a request as the visitor sent it; what was said of it is left out."""
        headers: list[tuple[bytes, bytes]] = list(scope["headers"])
        said: dict[bytes, bytes] = {}
        for name, value in headers:  # several lines of a name are one
            if name in _SAID:
                said[name] = said[name] + b"," + value if name in said else value
        headers = [(name, value) for name, value in headers if name not in _SAID]
        client = (scope.get("client") or ("", 0))[0]
        seen = {**scope, "peer": client}
        if self._proxies.trusts(client):
            host = _first(said.get(b"x-forwarded-host", b""))
            if _HOST.fullmatch(host):
                headers = [(k, v) for k, v in headers if k != b"host"]
                headers.append((b"host", host.encode()))
            scheme = _first(said.get(b"x-forwarded-proto", b"")).lower()
            if scheme in ("http", "https"):
                seen["scheme"] = scheme
            if b"x-forwarded-for" in said:
                seen["client"] = (self._proxies.visitor(client, said[b"x-forwarded-for"]), 0)
        prefix = self._proxies.prefix_of(client, said)
        below = scope["path"]
        if prefix and below.startswith(f"{prefix}/"):
            below = below[len(prefix) :]
        seen.update(headers=headers, root_path=prefix, path=prefix + below)
        seen["raw_path"] = None  # nobody reads it; it would tell of the path before
        return seen


def below_prefix(scope: Any) -> str:
    """Return the path of a request below the prefix that the page is served under."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


async def _redirect(send: Any, path: str, query: bytes) -> None:
    location = path.encode() + (b"?" + query if query else b"")
    headers = [(b"location", location), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 308, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _first(value: bytes) -> str:
    return value.decode("latin-1").split(",")[0].strip()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_in(client: str, networks: Iterable[Network]) -> bool:
    if not _is_address(client):
        return False
    address = ipaddress.ip_address(client)
    return any(address in network for network in networks)
