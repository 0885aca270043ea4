"""Who may use the folder of a library: a lock for its creation, and folders that none may write."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from rag.errors import LockedError, StorageError

FILE = "library.db"
SETTLING = 120.0  # seconds to wait for who creates or upgrades; 100,000 papers take 10 s to upgrade
# All that is written to when a library changes.
_WRITTEN = ("", FILE, "write.lock", "vectors", "lexicon")


def is_read_only(home: Path) -> bool:
    """Whether a library is there but cannot be written: a read-only mount, or another user's.

    Raises:
        StorageError: the folder cannot even be looked into.
    """
    try:
        if not (home / FILE).is_file():
            return False
        there = [place for name in _WRITTEN if (place := home / name).exists()]
    except OSError as error:
        raise no_access(home, error) from error
    return not all(os.access(place, os.W_OK) for place in there)


@contextmanager
def alone(home: Path, *, wait: float = SETTLING) -> Iterator[None]:
    """Be the only process that creates or upgrades a library, waiting for who does so already.

    Raises:
        LockedError: another process has not ended within ``wait`` seconds.
    """
    does = f"has been creating or upgrading {home} for {wait:.0f} seconds"
    with held(filelock.FileLock(home / "create.lock"), home, wait=wait, does=does):
        yield


@contextmanager
def alone_writing(home: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Be the only process that changes a library.

    Raises:
        LockedError: another process holds the writer's lock for longer than ``wait`` seconds.
        StorageError: the library cannot be written.
    """
    if is_read_only(home):
        raise unwritable(home)
    lock, does = filelock.FileLock(home / "write.lock"), f"is writing to {home}"
    with held(lock, home, wait=wait, does=does):
        yield


@contextmanager
def held(lock: filelock.BaseFileLock, home: Path, *, wait: float, does: str) -> Iterator[None]:
    """Hold a lock of a library; ``does`` says what another process does that holds it.

    Raises:
        LockedError: another process holds it for longer than ``wait`` seconds.
    """
    try:
        taken = lock.acquire(timeout=wait)
    except filelock.Timeout as error:
        raise LockedError(f"another process {does}; try again when it has ended") from error
    except OSError as error:
        raise no_access(home, error) from error
    with taken:
        yield


def no_access(home: Path, error: OSError) -> StorageError:
    """Say that a folder cannot be used."""
    return StorageError(
        f"the folder {home} cannot be used ({error.strerror}); check its rights or set RAG_HOME"
    )


def unwritable(home: Path) -> StorageError:
    """Say that a library can be asked but not changed."""
    return StorageError(
        f"the library in {home} is read-only here and cannot be changed; get the right to write "
        "there, or set RAG_HOME to a copy of the folder"
    )
