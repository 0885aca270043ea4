"""Opens the library that questions are asked of: the user's own, or one made for the occasion."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag import config
from rag.assistant import Assistant
from rag.errors import ReadError
from rag.evaluation.sources import Source, read_corpus
from rag.records import Problem, Progress, no_progress


@contextlib.contextmanager
def open_library(
    sources: Sequence[Source],
    papers: Sequence[Path] = (),
    *,
    settings: config.Settings | None = None,
    progress: Progress = no_progress,
) -> Iterator[tuple[Assistant, tuple[Problem, ...]]]:
    """Open what the questions of these sources are asked of; also gives what was left out of it.

    That is ``papers``, files and folders brought into a library that is gone afterwards; else the
    papers that the sources bring, likewise, unless the settings' library has them all; else the
    settings' library.

    Raises:
        RagError: a file, a setting or the library cannot be used.
    """
    settings = settings or config.load()
    corpora = [source.corpus for source in sources if source.corpus]
    with contextlib.ExitStack() as stack:
        if papers:
            yield stack.enter_context(_made_of(papers, settings, progress))
            return
        if corpora:
            rows, problems = _rows(corpora)
            if not _holds(settings, {row["id"] for row in rows}):
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                path = folder / "corpus.jsonl"
                path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
                made = _made_of([path], settings, progress)
                assistant, more = stack.enter_context(made)
                yield assistant, (*problems, *more)
                return
        yield stack.enter_context(Assistant.open(settings, progress=progress)), ()


@contextlib.contextmanager
def _made_of(
    paths: Sequence[Path], settings: config.Settings, progress: Progress
) -> Iterator[tuple[Assistant, tuple[Problem, ...]]]:
    """Bring files into a library of their own, under the settings otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        own = settings.model_copy(update={"home": Path(folder) / "library", "seeds": ""})
        with Assistant.open(own, progress=progress) as assistant:
            report = assistant.ingest(*paths, progress=progress)
            left_out = (*report.problems, *report.duplicates)
            if not report.added:
                first = f"; the first: {left_out[0]}" if left_out else ""
                raise ReadError(f"{paths[0]} holds no paper that can be used{first}")
            yield assistant, left_out


def _rows(corpora: Sequence[Path]) -> tuple[list[dict[str, str]], list[Problem]]:
    rows: list[dict[str, str]] = []
    problems: list[Problem] = []
    for corpus in corpora:
        more, left_out = read_corpus(corpus)
        rows += more
        problems += left_out
    return rows, problems


def _holds(settings: config.Settings, ids: set[str]) -> bool:
    """Whether the settings' library is there and has all these papers; makes none."""
    if not settings.home.is_dir():
        return False
    with Assistant.open(settings, first_use=False) as assistant:
        return ids <= {paper.id for paper in assistant.papers()}
