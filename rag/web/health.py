"""Whether the page can answer: what a supervisor or a balancer asks."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from rag.assistant import Assistant
from rag.errors import RagError
from rag.work import Work

_KNOWN = 5.0  # seconds that a look at a server is good for


@dataclass(slots=True)
class Health:
    """What stands in the way of answers, by names that tell nothing of the machine."""

    assistant: Assistant
    work: Work
    _looked: float = -_KNOWN
    _server: list[str] = field(default_factory=list)
    _looking: threading.Lock = field(default_factory=threading.Lock)

    def missing(self) -> list[str]:
        """Return what is missing: nothing when questions are answered as they should be."""
        found = ["stopping"] if self.work.is_ending else []
        try:
            self.assistant.library.count()
            self.assistant.make_ready()
        except RagError:
            found.append("library")
        except Exception:  # noqa: BLE001  # a damaged file fails in many ways
            found.append("library")
        return [*found, *self._servers()]

    def _servers(self) -> list[str]:
        """Look at the server of the vector index, if there is one, not more often than needed."""
        vectors = self.assistant.vectors
        with self._looking:
            if time.monotonic() - self._looked >= _KNOWN:
                self._server = []
                try:
                    vectors.look()
                except RagError:
                    self._server = ["vector server"]
                self._looked = time.monotonic()
            if not self._server and vectors.trouble:
                return ["vector index, which is being rebuilt"]
            return self._server
