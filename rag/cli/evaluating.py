"""The command that measures: eval."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import AsJson, app
from rag.cli.printing import clean, print_json, print_markdown, progress_bar
from rag.cli.streams import escaped_lines

if TYPE_CHECKING:
    from rag.evaluation import Floor, Report

_Questions = Annotated[
    list[Path] | None,
    typer.Argument(help="JSON Lines, BEIR folders, or TREC topics.", show_default=False),
]
_Qrels = Annotated[Path | None, typer.Option(help="Judgements of topics.", show_default=False)]
_Papers = Annotated[
    list[Path] | None,
    typer.Option(
        help="Ask these papers, in a library made for the occasion; may be repeated.",
        show_default=False,
    ),
]
_K = Annotated[int, typer.Option("-k", "--k", help="Papers to find.", min=1, max=1000)]
_Only = Annotated[
    str,
    typer.Option(help="Some of retrieval,answers,refusals,conversations.", show_default=False),
]
_Run = Annotated[
    Path | None, typer.Option(help="Write the rankings as a TREC run.", show_default=False)
]
_To = Annotated[
    Path | None, typer.Option(help="Write the report there, as .md or .json.", show_default=False)
]
_Floors = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="End with code 1 when this figure is lower; may be repeated.",
        show_default=False,
    ),
]
_Two = Annotated[
    tuple[Path, Path] | None,
    typer.Option(
        metavar="A.json B.json",
        help="Compare two reports question by question.",
        show_default=False,
    ),
]
_Make = Annotated[
    int | None,
    typer.Option(help="Draft so many questions from the papers.", min=1, show_default=False),
]
_Out = Annotated[
    Path | None, typer.Option(help="Write the drafted questions there.", show_default=False)
]


@app.command("eval")
def evaluate(  # noqa: PLR0913, PLR0917  # typer calls it by name
    questions: _Questions = None,
    qrels: _Qrels = None,
    library: _Papers = None,
    k: _K = 10,
    only: _Only = "",
    run: _Run = None,
    report: _To = None,
    fail_under: _Floors = None,
    compare: _Two = None,
    make: _Make = None,
    out: _Out = None,
    as_json: AsJson = False,
) -> None:
    """Measure search and answers on questions with known answers."""
    from rag.errors import InputError
    from rag.evaluation import check_floors, read_floor

    if sum(map(bool, (questions, compare, make))) != 1:
        raise InputError(
            "name a question file, or two reports with --compare; --make 50 drafts questions"
        )
    if not questions and (qrels or run or only or fail_under):
        raise InputError("--qrels, --run, --only and --fail-under go with a question file")
    if out and not make:
        raise InputError("--out goes with --make; --report says where a report goes")
    if compare:
        _compare(compare, report, as_json=as_json)
    elif make:
        _make(make, library or (), out)
    else:
        floors = [read_floor(text) for text in fail_under or ()]
        check_floors(floors, k=k)
        parts = [part.strip() for part in only.split(",") if part.strip()]
        found = _measure(questions or (), qrels, library or (), k=k, parts=parts)
        if run:
            _write_run(found, run)
        _show(found, report, as_json=as_json)
        _hold(found, floors)


def _measure(
    questions: Sequence[Path],
    qrels: Path | None,
    papers: Sequence[Path],
    *,
    k: int,
    parts: Sequence[str],
) -> Report:
    """Ask the questions; what is wrong with them is told before any paper is read."""
    from rag.evaluation import PARTS, asked_of, check_parts, evaluate, open_library, read_sources

    check_parts(parts or PARTS)
    sources = read_sources(questions, qrels)
    with (
        progress_bar() as progress,
        open_library(sources, papers, progress=progress) as (assistant, left_out),
    ):
        asked = asked_of(sources, assistant.papers(), left_out=left_out)
        return evaluate(assistant, asked, k=k, parts=parts or PARTS, progress=progress)


def _show(found: Report, to: Path | None, *, as_json: bool) -> None:
    from rag.evaluation import to_json, to_markdown

    if to is not None:
        is_json = to.suffix.lower() == ".json"
        _write(to, _dumped(to_json(found)) if is_json else to_markdown(found))
    if as_json:
        print_json(to_json(found))
    elif to is None:
        print_markdown(to_markdown(found).rstrip("\n"))


def _hold(found: Report, floors: Sequence[Floor]) -> None:
    """End with code 1 when a figure is below its floor."""
    from rag.evaluation import below

    if failed := below(found.figures, floors):
        sys.stderr.write(f"rag: {'; '.join(failed)}\n")
        raise typer.Exit(1)


def _write_run(found: Report, to: Path) -> None:
    from rag.errors import InputError
    from rag.evaluation import write_run

    if not (rankings := found.rankings()):
        raise InputError("nothing was searched; --run needs retrieval or refusals in --only")
    _write(to, write_run(rankings, tag=f"cited-rag-{found.about.version}"))


def _compare(paths: tuple[Path, Path], to: Path | None, *, as_json: bool) -> None:
    from rag.evaluation import compare, comparison_json, comparison_markdown, read_values

    first, second = (read_values(path) for path in paths)
    found = compare(first, second)
    text = comparison_markdown(found, (str(paths[0]), str(paths[1])))
    if to is not None:
        is_json = to.suffix.lower() == ".json"
        _write(to, _dumped(comparison_json(found)) if is_json else text)
    if as_json:
        print_json(comparison_json(found))
    elif to is None:
        print_markdown(text.rstrip("\n"))


def _make(count: int, papers: Sequence[Path], out: Path | None) -> None:
    from rag.errors import InputError
    from rag.evaluation import draft, open_library

    with progress_bar() as progress, open_library((), papers, progress=progress) as (assistant, _):
        papers_there = assistant.papers()
        rows = draft(papers_there, count)
    if not rows:
        raise InputError(f"these {len(papers_there)} papers give no question; bring in others")
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if out is None:
        sys.stdout.write(escaped_lines(lines))
    else:
        _write(out, lines)
    if len(rows) < count:
        sys.stderr.write(f"rag: these papers give {len(rows)} questions, not {count}\n")


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _write(path: Path, text: str) -> None:
    """Write a file and say so on stderr, since stdout may be read by a program."""
    from rag.errors import InputError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); name another") from error
    sys.stderr.write(f"written: {clean(str(path))}\n")
