"""The server: the address that it takes, and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType

import uvicorn

from rag.assistant import Assistant
from rag.errors import ConfigError
from rag.web.serve import Door, Options, build
from rag.work import Work

ENDING = 20.0  # seconds that what is being written may still take when the server shall end


def listen(host: str, port: int) -> socket.socket:
    """Take the address, so that it is known to be free before anything is loaded.

    Raises:
        ConfigError: it is taken, or not an address of this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        taken = socket.socket(family, socket.SOCK_STREAM)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
    except OSError as error:
        raise ConfigError(
            f"{host}:{port} cannot be used ({error.strerror}); choose another with --host or --port"
        ) from error
    return taken


def run(
    assistant: Assistant,
    taken: socket.socket,
    *,
    options: Options | None = None,
    work: Work | None = None,
    door: Door | None = None,
    ready: Callable[[], None],
) -> None:
    """Serve until told to end; ``ready`` is called once the page can be opened.

    ``work`` and ``door`` are those of ``build``.

    What is being written is then finished, for at most ``ENDING`` seconds.
    """
    work = work or Work()
    settings = uvicorn.Config(
        build(assistant, options, work, door),
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # ``Forwarded`` looks after these
        timeout_graceful_shutdown=3,
    )
    _Server(settings, work, ready).run(sockets=[taken])


class _Server(uvicorn.Server):
    """Tells when it has started, and ends when what is under way is finished."""

    def __init__(self, settings: uvicorn.Config, work: Work, ready: Callable[[], None]) -> None:
        super().__init__(settings)
        self._work = work
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End at the first signal when all is finished, at the second at once."""
        if self.should_exit:  # threads that wait for a model would hold up any other way
            os._exit(128 + sig)
        self._work.is_ending = True
        if self._work.count:
            sys.stderr.write(
                f"rag: {self._work.count} under way, ending in at most {ENDING:.0f} s; "
                "once more ends at once\n"
            )
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        end = time.monotonic() + ENDING
        while self._work.count and time.monotonic() < end:
            await asyncio.sleep(0.1)
        await super().shutdown(sockets)
        if not self._work.count:  # else dying by the signal ends the threads that still wait
            ended = [sig for sig in self._captured_signals if sig != signal.SIGTERM]
            self._captured_signals[:] = ended
