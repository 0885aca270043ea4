"""The addresses of papers on the page, which every paper has."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

HERE = "http://127.0.0.1:7860"  # where ``rag serve`` listens unless told otherwise


# The address that was asked, while it is answered; for tools, which know of no request.
ASKED: ContextVar[str] = ContextVar("asked", default="")


@dataclass(frozen=True, slots=True)
class Pages:
    """Where readers find the page; ``public`` is empty where requests tell."""

    public: str = ""

    def of(self, request: Any) -> Callable[[str], str]:
        """Return what gives a paper's address, below the one that was asked."""
        return self.below(self.public or str(request.base_url).rstrip("/"))

    def below(self, base: str = "") -> Callable[[str], str]:
        """Return what gives a paper's address below an address."""
        root = base or self.public or ASKED.get() or HERE
        return lambda paper_id: f"{root}/?{urlencode({'paper': paper_id})}" if paper_id else root
