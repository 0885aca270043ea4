"""A real server on loopback, in a thread of the tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from rag import Assistant, api
from rag.config import keep_uploads_in
from rag.web import listening, serve
from rag.work import Work


@contextmanager
def serving(
    assistant: Assistant, options: serve.Options | None = None, *, with_api: bool = False
) -> Iterator[str]:
    """Serve the page, and the API beside it if that is wanted, and give the address."""
    keep_uploads_in(assistant.settings.home / "uploads")
    assistant.warm_up()
    work = Work()
    door = api.build(assistant, work) if with_api else None
    with listening.listen("127.0.0.1", 0) as taken:
        config = uvicorn.Config(
            serve.build(assistant, options, work, door),
            log_level="critical",
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
