"""What the API adds to an answer, and how it does with many clients at once.

``python -m tests.benchmarks.api [ROUNDS]`` prints it for the library of the current settings,
served by ``rag serve`` on loopback: the same questions are asked of an ``Assistant`` and of
``/v1``, in turns; then 50 clients stream at once. Both sides share the processor; a search has one
BLAS thread.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx

from rag import Assistant

QUESTIONS = (
    "How does VideoMAE V2 cut the cost of pre-training?",
    "What does UniFormerV2 propose?",
    "Which methods prune vision transformers?",
    "How fast is EfficientTAM on a phone?",
    "What is DVT?",
)
CLIENTS = 50


@contextmanager
def served() -> Iterator[str]:
    """Serve the library in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "rag", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "RAG_API_RATE": "0"},
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        try:
            yield found.group()
        finally:
            process.send_signal(signal.SIGTERM)


def body(question: str, *, stream: bool = False) -> dict[str, Any]:
    """Return a request."""
    return {
        "model": "cited-rag-extractive",
        "messages": [{"role": "user", "content": question}],
        "stream": stream,
    }


def timed(call: Callable[[], Any]) -> float:
    """Return the milliseconds that a call takes."""
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def whole_answer(client: httpx.Client, question: str) -> None:
    """Read an answer that comes at once."""
    client.post("/v1/chat/completions", json=body(question)).raise_for_status()


def first_of_assistant(assistant: Assistant, question: str) -> None:
    """Read the first text of an answer without any server."""
    next(iter(assistant.stream(question)))


def first_of_stream(client: httpx.Client, question: str) -> None:
    """Read a stream up to its first text."""
    with client.stream("POST", "/v1/chat/completions", json=body(question, stream=True)) as reply:
        for line in reply.iter_lines():
            if '"content": "' in line and '"content": ""' not in line:
                return


async def at_once(address: str) -> tuple[float, list[float], int]:
    """Let all clients stream at once; return seconds, seconds to their first text, and answers."""
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=address, timeout=300, limits=limits) as client:

        async def one(number: int) -> tuple[float, bool]:
            asked = body(QUESTIONS[number % len(QUESTIONS)], stream=True)
            first, whole = 0.0, ""
            async with client.stream("POST", "/v1/chat/completions", json=asked) as reply:
                async for line in reply.aiter_lines():
                    whole += line
                    if not first and '"content": "' in line and '"content": ""' not in line:
                        first = time.perf_counter() - start
            return first, "[DONE]" in whole and "[1]" in whole

        start = time.perf_counter()
        done = await asyncio.gather(*map(one, range(CLIENTS)))
        seconds = time.perf_counter() - start
    return seconds, [first for first, _ in done], sum(good for _, good in done)


def main() -> None:
    """Print the figures."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    rows: dict[str, list[float]] = {}
    with Assistant.open() as assistant, served() as address:
        assistant.warm_up()
        with httpx.Client(base_url=address, timeout=60) as client:
            for number in range(rounds + 1):
                for question in QUESTIONS:
                    found = {
                        "Assistant.ask": timed(partial(assistant.ask, question)),
                        "/v1, whole": timed(partial(whole_answer, client, question)),
                        "Assistant.stream, first text": timed(
                            partial(first_of_assistant, assistant, question)
                        ),
                        "/v1, first text": timed(partial(first_of_stream, client, question)),
                    }
                    for name, value in found.items() if number else ():  # the first warms up
                        rows.setdefault(name, []).append(value)
        print(f"{len(assistant.papers()):,} papers, {rounds} rounds of {len(QUESTIONS)} questions")
        for name, values in rows.items():
            print(f"{name:<30} {statistics.median(values):7.1f} ms")
        seconds, firsts, good = asyncio.run(at_once(address))
        print(
            f"{CLIENTS} clients at once: {good} answers in {seconds:.1f} s, first text after "
            f"{statistics.median(firsts):.1f} s (median), {max(firsts):.1f} s (last)"
        )


if __name__ == "__main__":
    main()
