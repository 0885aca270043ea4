"""A folder that cannot be written, also where tests run as root, and a process that obeys it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
# Root may write everywhere by two capabilities, which it can give away for good (prctl 24 is
# PR_CAPBSET_DROP; 1 is CAP_DAC_OVERRIDE, 2 CAP_DAC_READ_SEARCH, 3 CAP_FOWNER).
_OBEY = (
    "import ctypes, os, sys; "
    "[ctypes.CDLL(None).prctl(24, one, 0, 0, 0) for one in (1, 2, 3) if os.getuid() == 0]; "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Take the right to write from a folder and all in it."""
    places = [folder, *folder.rglob("*")]
    modes = [place.stat().st_mode for place in places]
    for place, mode in zip(places, modes, strict=True):
        place.chmod(mode & ~_WRITE)
    try:
        yield
    finally:
        for place, mode in zip(places, modes, strict=True):
            place.chmod(mode)


def obeying(*arguments: str) -> list[str]:
    """Return the command of a process that the rights of files hold for, even where we are root."""
    return [sys.executable, "-c", _OBEY, *arguments]


def obedient(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run such a process to its end."""
    return subprocess.run(
        obeying(*arguments),
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the size and time of change of all files, to tell that nothing was written."""
    return {
        str(place.relative_to(folder)): (place.stat().st_size, place.stat().st_mtime_ns)
        for place in folder.rglob("*")
        if place.is_file()
    }


def can_be_tested() -> bool:
    """Whether this system has rights as these tests need them."""
    return os.name == "posix"
