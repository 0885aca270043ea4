"""How fast the page answers, one visitor and twenty at once, and whether memory grows.

Run with ``pip install -e '.[test]'``, Chromium installed, and ``python -m tests.benchmarks.page``.
Everything is extractive, on the packaged papers, through a server process of its own. Browser and
visitors share the machine's cores with the server, so figures are on the high side.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import sync_playwright

from tests.support.browser import CHROMIUM, FLAGS
from tests.support.places import run_environment
from tests.support.questions import questions
from tests.support.visitor import Visitor

AT_ONCE = 20
ROUNDS = 5
IN_A_ROW = 1_000
A_CONVERSATION = 20  # questions, then a new one is begun


def start(home: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "rag", "serve", "--port", "0"],
        env=run_environment(home),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().split()[4]


def resident(process: subprocess.Popen[str]) -> float:
    """Return the resident memory of a process in MB (Linux)."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def first_text(address: str, asked: list[str]) -> list[float]:
    """Measure seconds from Enter to the first text and to the whole answer, in a browser."""
    first, whole = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto(address)
        page.locator("#dialogue .welcome").wait_for()
        box = page.locator("#question textarea")
        for number, question in enumerate(asked):
            box.fill(question)
            page.evaluate(
                """n => { window.seen = [0, 0]; const start = performance.now();
                const watch = new MutationObserver(() => {
                  const text = document.querySelector(
                    '#live .streaming, #dialogue .turn:nth-of-type(' + n + ') .answer');
                  const now = performance.now() - start;
                  if (text && !window.seen[0]) window.seen[0] = now;
                  if (document.querySelectorAll('#dialogue .turn .actions').length >= n)
                    { window.seen[1] = now; watch.disconnect(); } });
                watch.observe(document.body, {childList: true, subtree: true}); }""",
                number + 1,
            )
            box.press("Enter")
            page.wait_for_function("window.seen[1] > 0")
            times = page.evaluate("window.seen")
            first.append(times[0] / 1000)
            whole.append(times[1] / 1000)
        browser.close()
    print(
        f"one visitor: first text after {median(first):.2f} s (most {max(first):.2f} s), "
        f"whole answer after {median(whole):.2f} s"
    )
    return first


def at_once(address: str, asked: list[str]) -> None:
    """Let twenty people ask at the same time, and compare what they get with asking alone."""
    alone = Visitor(address)
    right = {}
    for question in asked:
        alone.conversation = ""
        right[question] = claims(alone.ask(question))
    visitors = [Visitor(address) for _ in range(AT_ONCE)]
    times: list[float] = []
    wrong = 0

    def one(place: int, turn: int) -> tuple[float, bool]:
        visitors[place].conversation = ""
        question = asked[(place * 7 + turn) % len(asked)]
        begun = time.perf_counter()
        said = visitors[place].ask(question)
        return time.perf_counter() - begun, claims(said) == right[question]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for turn in range(ROUNDS):
            for seconds, correct in pool.map(one, range(AT_ONCE), [turn] * AT_ONCE):
                times.append(seconds)
                wrong += not correct
    print(
        f"{AT_ONCE} at once: median {median(times):.2f} s, p95 "
        f"{quantiles(times, n=20)[-1]:.2f} s, {len(times) - wrong} of {len(times)} complete and "
        "the same as alone"
    )


def in_a_row(address: str, process: subprocess.Popen[str], asked: list[str]) -> None:
    """Ask a thousand questions and watch the server's memory."""
    visitor = Visitor(address)
    for question in asked:  # fills the caches
        visitor.ask(question)
    before = resident(process)
    begun = time.perf_counter()
    for number in range(IN_A_ROW):
        if number % A_CONVERSATION == 0:
            visitor.conversation = ""
        visitor.ask(asked[number % len(asked)])
    seconds = time.perf_counter() - begun
    print(
        f"{IN_A_ROW} in a row: {seconds / IN_A_ROW * 1000:.0f} ms each, memory "
        f"{before:.0f} MB before and {resident(process):.0f} MB after"
    )


def claims(said: str) -> list[str]:
    """Return the claims of what a page shows, without the ids that differ from time to time."""
    last = said.rsplit('<article class="turn"', maxsplit=1)[-1]
    return re.findall(r'<span class="claim \w+"[^>]*>(.*?)<span', last)


def main() -> None:
    asked = [question["question"] for kind in ("single", "multi") for question in questions(kind)]
    with tempfile.TemporaryDirectory() as folder:
        process, address = start(Path(folder) / "library")
        try:
            if CHROMIUM:
                first_text(address, asked[:20])
            at_once(address, asked)
            in_a_row(address, process, asked)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
