"""The logins of the page as Gradio keeps its tokens: a mapping of a browser's secret to a name."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from hashlib import sha256

from rag.library import Library


class _Digest(str):
    """What is kept of a secret."""


class Sessions(MutableMapping[str, str]):
    """Names by secrets, in the library: shared by all pages of it, and there after a restart.

    A login ends when its name or password is taken out of the settings.
    """

    def __init__(self, library: Library, logins: Sequence[tuple[str, str]]) -> None:
        self._kept = library.logins
        # Of a password no more than is needed to tell that it was changed.
        ours = f"{library.identity}:proof"
        self._proofs = {name: _hashed(f"{ours}:{name}:{word}")[:8] for name, word in logins}

    def __getitem__(self, secret: str) -> str:
        found = self._kept.of(_digest(secret)) if secret else None
        if found is None or self._proofs.get(found[0]) != found[1]:
            raise KeyError(secret)
        return found[0]

    def __setitem__(self, secret: str, name: str) -> None:
        self._kept.note(_digest(secret), name, self._proofs[name])

    def __delitem__(self, secret: str) -> None:
        self._kept.forget(_digest(secret))

    def __iter__(self) -> Iterator[str]:
        return (digest for one in self._kept.all() if (digest := _Digest(one)) in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def cookie_of(library: Library) -> str:
    """Return what the cookie is called: the same on every page of a library, not of another."""
    return _hashed(f"{library.identity}:cookie")[:24]


def _digest(secret: str) -> str:
    return secret if isinstance(secret, _Digest) else _hashed(secret)


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()
