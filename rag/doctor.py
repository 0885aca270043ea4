"""Looks at everything an answer needs, and says of each what it found and how to mend it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rag import config
from rag.assistant import Assistant
from rag.errors import IndexDownError, RagError, StorageError
from rag.intake import readers
from rag.library import RemoteVectors
from rag.models import PROMPTS, Findings, load_prompt, probe
from rag.resources import seeds_folder


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it works, what was found, and what to do if it does not."""

    name: str
    ok: bool
    found: str
    fix: str = ""


def examine(settings: config.Settings | None = None) -> list[Check]:
    """Run all checks; each failure becomes a ``Check``, none stops the others it can do without.

    Nothing is ingested. The model endpoint is asked for one word, and how much it reads, which is
    the only thing sent anywhere.
    """
    try:
        assistant = Assistant.open(settings, first_use=False)
    except RagError as error:
        return [_failed("library", error), *_run([("prompts", _prompts)])]
    with assistant:
        return examine_assistant(assistant)


def examine_assistant(assistant: Assistant) -> list[Check]:
    """Run the checks of one that is open; see ``examine``."""
    looks: list[tuple[str, Callable[[], str]]] = [
        ("data folder", lambda: _data_folder(assistant)),
        ("library", lambda: _library(assistant)),
        ("embedding", lambda: _embedding(assistant)),
        ("search indexes", lambda: _indexes(assistant)),
        *_servers(assistant),
        ("prompts", _prompts),
        ("seeds", lambda: _seeds(assistant)),
    ]
    return [*_run(looks), *_answers(assistant)]


def _run(looks: list[tuple[str, Callable[[], str]]]) -> Iterator[Check]:
    for name, look in looks:
        try:
            yield Check(name, True, look())
        except RagError as error:
            yield _failed(name, error)


def _failed(name: str, error: RagError) -> Check:
    """Our messages say what is wrong, then, after a semicolon, what to do."""
    found, _, fix = str(error).partition("; ")
    return Check(name, False, found, fix)


def _data_folder(assistant: Assistant) -> str:
    home = assistant.settings.home
    size = sum(file.stat().st_size for file in home.rglob("*") if file.is_file())
    found = f"{home} ({size / 1e6:.1f} MB)"
    if assistant.library.read_only:
        return f"{found}, read-only: it can be asked, and nothing in it be changed"
    if not os.access(home, os.W_OK):
        raise StorageError(f"{home} cannot be written; check its rights or set RAG_HOME")
    return found


def _library(assistant: Assistant) -> str:
    count = assistant.library.count()
    if count:
        return f"{count:,} papers"
    if assistant.library.seeded or assistant.settings.seeds == "":
        return "no paper yet; `rag ingest FILE` brings yours in"
    return "no paper yet; the first `rag ask` brings in the seeds, `rag ingest FILE` your own"


def _embedding(assistant: Assistant) -> str:
    embedder = assistant.embedder
    start = time.perf_counter()
    vector = embedder.embed(["Which paper is this?"])[0]
    seconds = time.perf_counter() - start
    return f"{embedder.name}, {len(vector)} dimensions, first vector after {seconds:.2f} s"


def _indexes(assistant: Assistant) -> str:
    if not assistant.library.count():
        return "nothing to search yet"
    assistant.make_ready(thorough=True)
    if trouble := assistant.vectors.trouble:
        raise IndexDownError(f"words only, the vectors are away; {trouble.partition('; ')[2]}")
    return f"true to the library, embedded as {assistant.library.fingerprint}"


def _servers(assistant: Assistant) -> list[tuple[str, Callable[[], str]]]:
    """Return what to look at where the library or the vector index is on a server."""
    library = assistant.library

    def papers() -> str:
        start = time.perf_counter()
        version = library.server_version()
        took = f"{1e3 * (time.perf_counter() - start):.0f} ms"
        return f"PostgreSQL {version} at {library.place} answers in {took}"

    of_it = [("database server", papers)] if library.is_shared else []
    return [*of_it, *_vector_server(assistant)]


def _vector_server(assistant: Assistant) -> list[tuple[str, Callable[[], str]]]:
    vectors = assistant.vectors
    if not isinstance(vectors, RemoteVectors):
        given = assistant.settings
        if given.chroma_api_key.get_secret_value() and not given.chroma_database:
            unused = "CHROMA_API_KEY is not used, since CHROMA_DATABASE is not set"
            return [("vector server", lambda: f"none, the vectors are on disk; {unused}")]
        return []

    def look() -> str:
        start = time.perf_counter()
        version = vectors.look()
        took = f"{1e3 * (time.perf_counter() - start):.0f} ms"
        count = vectors.count() if assistant.library.count() else 0
        held = f"{count:,} chunks in {vectors.name}"
        return f"Chroma {version} at {vectors.place.url} answers in {took}; {held}"

    return [("vector server", look)]


def _prompts() -> str:
    return ", ".join(f"{name} {load_prompt(name).digest}" for name in PROMPTS)


def _seeds(assistant: Assistant) -> str:
    seeds = assistant.settings.seeds
    if seeds == "":
        return "switched off (RAG_SEEDS is empty)"
    place = seeds_folder() if seeds is None else Path(seeds)
    count = sum(len(reading.papers) for reading in readers.read(place))
    return f"{count} papers in {place}"


def _answers(assistant: Assistant) -> Iterator[Check]:
    """Say who writes answers, and what the endpoint of a model can do."""
    model = assistant.model
    if model is None:
        said = "extractive, no model is configured"
        yield Check("answers", True, f"{said} (OPENAI_API_KEY or OPENAI_BASE_URL switches one on)")
        return
    try:
        found = probe(model)
    except RagError as error:
        yield _failed("answers", error)
        return
    yield Check("answers", True, f"{model.name} at {found.url} answers{_speed(found)}")
    yield Check("endpoint", True, _able(found))
    yield _context(found, assistant.settings.llm_context)


def _speed(found: Findings) -> str:
    rate = f", about {found.tokens / found.seconds:.0f} tokens a second" if found.tokens else ""
    return f" in {found.seconds:.1f} s{rate}"


def _able(found: Findings) -> str:
    streams = "streams" if found.streams else "does not stream: answers come in one piece"
    schema = "holds replies to a schema" if found.in_schema else "does not hold replies to a schema"
    refused = f"; refuses {', '.join(found.refused)}" if found.refused else ""
    return f"{streams}, {schema}{refused}"


def _context(found: Findings, ours: int) -> Check:
    """Compare the context that an endpoint names with the setting."""
    if not found.context:
        said = f"{ours:,} tokens (RAG_LLM_CONTEXT; the endpoint does not say what it reads)"
        return Check("context", True, said)
    if found.context < ours:
        said = f"the endpoint reads {found.context:,} tokens, RAG_LLM_CONTEXT is {ours:,}"
        fix = "load the model with a larger context"
        if found.context >= config.LEAST_CONTEXT:
            fix = f"set RAG_LLM_CONTEXT={found.context}, or {fix}"
        return Check("context", False, said, fix)
    return Check("context", True, f"{ours:,} tokens of the {found.context:,} that it reads")
