"""Gradio's files are packed once, and what was packed is sent to those that take it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rag.web import files

NAME = "/assets/Index-Akn07EZk2.js"


class Packer:
    """Stands for Gradio: every reply says how often it was asked."""

    def __init__(self, status: int = 200, size: int = 1) -> None:
        self.asked = 0
        self._status, self._size = status, size

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        self.asked += 1
        await send({"type": "http.response.start", "status": self._status, "headers": []})
        body = b"%d" % self.asked * self._size
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b"."})


def get(app: Any, path: str = NAME, method: str = "GET", **headers: str) -> bytes:
    """Return what is sent for a request; of headers, "_" stands for "-"."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    given = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": given}
    with ThreadPoolExecutor(1) as aside:  # the browser's tests leave a loop running in this thread
        aside.submit(lambda: asyncio.run(app(scope, None, send))).result()
    return b"".join(message.get("body", b"") for message in sent)


def test_a_file_is_sent_again_as_it_was() -> None:
    packer = Packer()
    app = files.Files(packer)
    assert [get(app, accept_encoding="gzip, br") for _ in range(3)] == [b"1."] * 3
    assert packer.asked == 1


def test_each_way_of_packing_is_kept_by_itself() -> None:
    app = files.Files(Packer())
    ways = ("gzip, deflate, br", "gzip, deflate", "", "br;q=1")
    assert [get(app, accept_encoding=way) for way in ways] == [b"1.", b"2.", b"3.", b"1."]


@pytest.mark.parametrize(
    ("request_of", "is_kept"),
    [
        pytest.param({"path": "/assets/Blocks-0aNuD791.css"}, True, id="a sheet"),
        pytest.param({"path": "/static/js/iframe.window.min.js"}, True, id="in a folder"),
        pytest.param({"path": "/assets/../x.js"}, False, id="a way up"),
        pytest.param({"path": "/assets/x/./y.js"}, False, id="another spelling"),
        pytest.param({"path": "/assets/x"}, False, id="no script"),
        pytest.param({"path": "/browser/main.js"}, False, id="our own"),
        pytest.param({"path": "/"}, False, id="the page"),
        pytest.param({"method": "HEAD"}, False, id="a head"),
        pytest.param({"range": "bytes=0-5"}, False, id="a part"),
        pytest.param({"if_none_match": '"1"'}, False, id="whether it is new"),
    ],
)
def test_what_is_kept(request_of: dict[str, str], is_kept: bool) -> None:
    app = files.Files(Packer())
    said = [get(app, **request_of) for _ in range(2)]
    assert said == ([b"1."] * 2 if is_kept else [b"1.", b"2."])


def test_what_is_not_there_is_looked_for_again() -> None:
    packer = Packer(status=404)
    app = files.Files(packer)
    assert [get(app), get(app)] == [b"1.", b"2."]


def test_no_more_is_kept_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST", 50)
    app = files.Files(Packer(size=40))
    first, second = "/assets/a.js", "/assets/b.js"
    assert get(app, first) == get(app, first)
    assert get(app, second) != get(app, second)
