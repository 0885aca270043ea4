"""How settings of several parts are written, and what they say. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# "ann@example.org"; not "ann", "Ann <ann@example.org>", "a@b\r\nX: y".
ADDRESS = re.compile(r"[^\s@<>()]{1,64}@[^\s@<>()]{1,250}")
# "X-Team: papers"; not "papers", "X Team: papers", "X-Team:", "X: a\r\nY: b".
HEADER = re.compile(r"[A-Za-z0-9-]+: *[\x21-\x7e][\x20-\x7e]*")
# "lab:0123456789abcdef:read"; not "lab:short:read", "lab:0123456789abcdef".
API_KEY = re.compile(r"[\w.-]{1,40}:[\x21-\x2b\x2d-\x39\x3b-\x7e]{16,200}:(?:read|write)")
# "https://example.org", "http://localhost:3000"; not "*", "https://example.org/".
ORIGIN = re.compile(r"https?://[\w.-]+(?::\d{1,5})?")
ZOTERO_LIBRARY = re.compile(r"(?:users|groups)/\d{1,12}")  # "users/123"; not "123", "users/ann"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of the API, by the name under which its requests are counted."""

    name: str
    key: str = field(repr=False)
    may_write: bool


def parts(given: str, between: str = ",") -> list[str]:
    """Return the parts of a setting."""
    return [part.strip() for part in given.split(between) if part.strip()]


def logins(given: str) -> list[tuple[str, str]]:
    """Return names and passwords, written as ``name:password,name:password``."""
    pairs = (part.partition(":") for part in parts(given))
    return [(name, password) for name, _, password in pairs]


def keys(given: str) -> list[ApiKey]:
    """Return keys, written as ``name:key:read,name:key:write``."""
    found = (one.split(":") for one in parts(given))
    return [ApiKey(name, key, right == "write") for name, key, right in found]


def check_keys(given: str) -> None:
    """Check how keys are written.

    Raises:
        ValueError: one is not written so, or two have one name.
    """
    for one in parts(given):
        if not API_KEY.fullmatch(one):
            raise ValueError(
                "write name:key:read or name:key:write, with a key of 16 characters or more"
            )
    names = [one.partition(":")[0] for one in parts(given)]
    if len({*names}) < len(names):
        raise ValueError("give every key a name of its own")
