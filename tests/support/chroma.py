"""A real Chroma server on loopback, with a folder of its own, ended by its process id."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

_BESIDE = Path(sys.executable).parent / "chroma"
CHROMA = str(_BESIDE) if _BESIDE.exists() else shutil.which("chroma")
_PATIENCE = 30.0  # seconds until it answers


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class ChromaRun:
    """``chroma run``: started, killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> bool:
        """Start it and wait until it answers; False where it cannot."""
        assert CHROMA is not None
        self.folder.mkdir(parents=True, exist_ok=True)
        place = ["--path", str(self.folder / "data")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [CHROMA, "run", "--host", "127.0.0.1", "--port", str(self.port), *place],
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/api/v2/heartbeat", trust_env=False).is_success:
                    return True
            except httpx.TransportError:
                time.sleep(0.1)
        self.kill()
        return False

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def forget(self) -> None:
        """Lose everything; it must not be running."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
