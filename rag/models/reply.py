"""A reply of a model as it comes: what is visible of it, what it cost, and what went wrong."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from types import TracebackType

from rag.errors import ModelError


@dataclass(frozen=True, slots=True)
class Part:
    """What became known of a reply: more text, that all before was a thought, its cost so far."""

    text: str = ""
    withdraws: bool = False
    tokens_in: int = 0
    tokens_out: int = 0
    in_schema: bool | None = None
    read_short: bool = False


@dataclass(slots=True)
class Reply:
    """A reply under way: iterate it to stream, then read ``text`` and what it cost.

    Only what is meant to be seen is given. ``withdrawn`` counts how often everything given so far
    turned out to have been a thought; ``text`` begins anew then. ``in_schema`` tells that the
    request that was answered carried the schema, ``read_short`` that the endpoint read less of the
    prompt than was sent.

    Read inside ``with``, a failure is told in ``failure`` instead of raised, but for one that ends
    everything (a refused key), and kept in ``error``; and the model stops when the block is left,
    however that happens.
    """

    _parts: Generator[Part, None, None]
    text: str = ""
    failure: str = ""
    error: ModelError | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    withdrawn: int = 0
    in_schema: bool = False
    read_short: bool = False

    def __iter__(self) -> Iterator[str]:
        """Yield the text as it comes.

        Raises:
            ModelError: the endpoint failed; what came before is in ``text``.
        """
        for part in self._parts:
            self.input_tokens = part.tokens_in or self.input_tokens
            self.output_tokens = part.tokens_out or self.output_tokens
            self.in_schema = self.in_schema if part.in_schema is None else part.in_schema
            self.read_short = self.read_short or part.read_short
            if part.withdraws:
                self.text = ""
                self.withdrawn += 1
            if part.text:
                self.text += part.text
                yield part.text

    def read(self) -> str:
        """Read the reply to its end and return the text.

        Raises:
            ModelError: as iterating does.
        """
        for _ in self:
            pass
        return self.text

    def close(self) -> None:
        """Stop the model: what it would still have written is not read."""
        self._parts.close()

    def __enter__(self) -> Reply:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Stop the model, and keep what failed."""
        self.close()
        if not isinstance(error, ModelError) or error.ends_everything:
            return False
        self.failure, self.error = str(error), error
        return True
