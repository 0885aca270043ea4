"""What a source that is not a file gives: its papers, and how far it has been read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from rag.intake.readers import Reading


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed in a source since it was last read.

    ``stamp`` says how far it has been read, to be handed back the next time once all readings have
    been stored; empty where there is no next time. ``sources`` are the papers' sources that the
    readings cover, when they are all there is: what is in the library from these and not in the
    readings is gone.
    """

    readings: Iterable[Reading]
    stamp: str = ""
    sources: tuple[str, ...] = ()


class Live(Protocol):
    """A source that is asked for its papers."""

    @property
    def name(self) -> str:
        """What it is called, the same every time."""

    def changes(self, stamp: str = "", *, whole: bool = False) -> Changes:
        """Return what has changed since a stamp, or all of it.

        Raises:
            InputError: it has not what was asked for.
            ServiceError: it cannot be read.
        """
