"""Looks at everything an answer needs, and says of each what it found and how to mend it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag import prompts
from rag.assistant import Assistant
from rag.errors import ModelError, RagError
from rag.resources import seeds_folder


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it works, what was found, and what to do if it does not."""

    name: str
    ok: bool
    found: str
    fix: str = ""


def examine(assistant: Assistant) -> list[Check]:
    """Run all checks; each failure becomes a ``Check``, none stops the others.

    The model endpoint is asked for one word, which is the only thing sent anywhere.
    """
    parts: list[tuple[str, Callable[[Assistant], str]]] = [
        ("data folder", _data_folder),
        ("library", _library),
        ("embedding", _embedding),
        ("search indexes", _indexes),
        ("prompts", _prompts),
        ("seeds", _seeds),
        ("answers", _answers),
    ]
    return list(_run(assistant, parts))


def _run(
    assistant: Assistant, parts: list[tuple[str, Callable[[Assistant], str]]]
) -> Iterator[Check]:
    for name, look in parts:
        try:
            yield Check(name, True, look(assistant))
        except RagError as error:
            found, _, fix = str(error).partition("; ")
            yield Check(name, False, found, fix)
        except OSError as error:
            yield Check(name, False, str(error), "check the folder's rights")


def _data_folder(assistant: Assistant) -> str:
    home = assistant.settings.home
    if not os.access(home, os.W_OK):
        raise PermissionError(f"{home} cannot be written")
    size = sum(file.stat().st_size for file in home.rglob("*") if file.is_file())
    return f"{home} ({size / 1e6:.1f} MB)"


def _library(assistant: Assistant) -> str:
    count = assistant.library.count()
    if not count:
        return "no paper yet; the first `rag ask` brings in the seeds, `rag ingest FILE` your own"
    return f"{count:,} papers"


def _embedding(assistant: Assistant) -> str:
    embedder = assistant.embedder
    start = time.perf_counter()
    vector = embedder.embed(["Which paper is this?"])[0]
    seconds = time.perf_counter() - start
    return f"{embedder.name}, {len(vector)} dimensions, first vector after {seconds:.2f} s"


def _indexes(assistant: Assistant) -> str:
    if not assistant.library.count():
        return "nothing to search yet"
    assistant.make_ready()
    return f"true to the library, embedded as {assistant.library.fingerprint}"


def _prompts(_assistant: Assistant) -> str:
    digests = [prompts.load(name).digest for name in ("answer",)]
    return ", ".join(digests)


def _seeds(assistant: Assistant) -> str:
    seeds = assistant.settings.seeds
    if seeds == "":
        return "switched off (RAG_SEEDS is empty)"
    return str(seeds if seeds is not None else seeds_folder())


def _answers(assistant: Assistant) -> str:
    model = assistant.model
    if model is None:
        return (
            "extractive, no model is configured (OPENAI_API_KEY or OPENAI_BASE_URL switches one on)"
        )
    text = "".join(model.reply("Reply with one word.", "Say: ready"))
    if not text.strip():
        raise ModelError(f"{model.name} at {model.url} sent an empty reply; try another model")
    return f"{model.name} at {model.url} answers"
