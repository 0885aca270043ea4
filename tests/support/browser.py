"""A real server on loopback and a real Chromium in front of it, which must stay on this machine."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
# As root, without a graphics card, and without what Chromium itself would call home for.
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
# "AbortError: signal is aborted …", "Unexpected error Connection errored out."; no other error.
_BROKEN_OFF = re.compile(r"AbortError\b|Unexpected error Connection errored out")
PATIENCE = 6_000  # milliseconds; two busy cores are slow


@dataclass
class Visit:
    """One visitor's page, with what it asked for and complained about."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    loads: int = 0
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        self.page.goto(self.address + path)
        self.page.locator("#dialogue :is(.welcome, .turn)").first.wait_for()
        return self.page

    def ask(self, question: str, *, key: str = "Enter") -> None:
        """Ask and wait for the answer."""
        before = self.page.locator("#dialogue .turn").count()
        box = self.page.locator("#question textarea")
        box.fill(question)
        box.press(key)
        self.page.locator("#dialogue .turn").nth(before).wait_for()
        self.page.locator("#live .turn").wait_for(state="detached")

    def reload(self) -> None:
        """Load the page once more."""
        self.page.wait_for_timeout(100)  # milliseconds
        self.page.reload()

    def begin(self, question: str) -> None:
        """Ask and wait until the first text is there."""
        self.page.locator("#question textarea").fill(question)
        self.page.locator("#question textarea").press("Enter")
        self.page.locator("#live .streaming").wait_for()

    def press(self, name: str) -> None:
        """Press the last button of this name."""
        self.page.get_by_role("button", name=name, exact=True).last.click()

    def check(self) -> None:
        """Fail when anything left the machine or the console complained."""
        outside = [
            url for url in self.requests if not url.startswith((self.address, "data:", "blob:"))
        ]
        assert not outside, outside
        if self.loads > 1:  # what was under way is then broken off, which Gradio tells
            self.complaints = [one for one in self.complaints if not _BROKEN_OFF.match(one)]
        assert not self.complaints, self.complaints


@contextmanager
def visiting(browser: Browser, address: str, **context: Any) -> Iterator[Visit]:
    """Open a fresh visitor's page, and check at the end that it kept to itself."""
    fresh = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **context})
    fresh.set_default_timeout(PATIENCE)
    page = fresh.new_page()
    visit = Visit(page, address)
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("domcontentloaded", lambda _: setattr(visit, "loads", visit.loads + 1))
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            visit.complaints.append(f"{message.text} {message.location.get('url')}")
            if message.type == "error"
            else None
        ),
    )
    try:
        yield visit
        visit.check()
    finally:
        fresh.close()
