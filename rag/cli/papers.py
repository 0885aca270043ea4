"""The commands that change or list the library: ingest, add, papers, remove."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import AsJson, app, filtered, open_assistant
from rag.cli.printing import (
    clean,
    first_author,
    indented,
    open_console,
    print_json,
    print_line,
    print_preview,
    print_report,
)

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.records import IngestReport, Paper, Preview

# What a folder may bring in unasked.
_MANY_PAPERS, _MANY_FILES = 1_000, 100


@app.command()
def ingest(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files or folders; zotero: or zotero:COLLECTION reads Zotero.", show_default=False
        ),
    ] = None,
    re_embed: Annotated[
        bool, typer.Option("--re-embed", help="Embed the library with the model now set.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would happen; change nothing.")
    ] = False,
    collection: Annotated[
        str, typer.Option(help="Put all of them into this collection.", show_default=False)
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Bring in a folder of very many papers without asking.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what these files held before and no longer do.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring papers in: BibTeX, RIS, PubMed, Web of Science, CSV, JSON, arXiv, digests, Zotero."""
    from rag.records import IngestReport, to_json

    given = paths or []
    _check_wish(given, re_embed=re_embed, dry_run=dry_run)
    with open_assistant() as assistant:
        if dry_run:
            _tell(assistant.preview(*given, collection=collection, prune=prune), as_json, given)
            return
        if not yes:
            _ask_first(assistant, given, collection)
        again = assistant.re_embed() if re_embed else 0
        report = (
            assistant.ingest(*paths, collection=collection, prune=prune)
            if paths
            else IngestReport(embedded=again)
        )
    if as_json:
        print_json(to_json(report))
    else:
        if re_embed:
            print_line(open_console(), f"{again} papers embedded anew.")
        if paths:
            print_report(report)
    _refuse_all_bad(report)


@app.command()
def add(
    identifiers: Annotated[
        list[str],
        typer.Argument(help="DOIs, arXiv ids (arxiv:…), PubMed ids (pmid:…), or their addresses."),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Fetch, and tell what would happen; change nothing.")
    ] = False,
    collection: Annotated[
        str, typer.Option(help="Put all of them into this collection.", show_default=False)
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Fetch papers by identifier from Crossref, OpenAlex, arXiv and PubMed."""
    from rag.records import to_json

    with open_assistant() as assistant:
        if dry_run:
            _tell(assistant.preview_add(*identifiers, collection=collection), as_json)
            return
        report = assistant.add(*identifiers, collection=collection)
    if as_json:
        print_json(to_json(report))
    else:
        print_report(report)
    _refuse_all_bad(report)


@app.command()
@filtered
def papers(as_json: AsJson = False, *, filters: Mapping[str, object]) -> None:
    """List the papers of the library, each under its place in it."""
    from rag.records import to_json
    from rag.text.notices import NOTHING_LEFT

    with open_assistant() as assistant:
        found = assistant.papers(filters=filters)
        places = {paper_id: place for place, paper_id in enumerate(assistant.library.titles(), 1)}
    if as_json:
        print_json(to_json(found))
        return
    console = open_console()
    for paper in found:
        number = places.get(paper.id, 0)
        print_line(console, indented(f"{number:>4}. {paper.title}", 0, hang=6))
        about = ", ".join(
            part for part in (first_author(paper.authors), str(paper.year or "")) if part
        )
        print_line(
            console, f"      {paper.id}" + (f"  {clean(about)}" if about else ""), style="dim"
        )
    print_line(console, f"{len(found)} papers" if found or not filters else NOTHING_LEFT)


@app.command()
def remove(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Ids as `rag papers` lists them.", show_default=False)
    ] = None,
    source: Annotated[
        str, typer.Option(help="Remove all that came from this file.", show_default=False)
    ] = "",
    last_ingest: Annotated[
        bool, typer.Option("--last-ingest", help="Remove all that the last ingest brought in.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove papers; they are never cited again."""
    from rag.errors import InputError

    unique = list(dict.fromkeys(ids or ()))
    if (len(unique) > 0) + bool(source) + last_ingest != 1:
        raise InputError("name papers by their ids, or one of --source FILE and --last-ingest")
    with open_assistant() as assistant:
        if not unique:
            found = assistant.of_source(source) if source else assistant.last_added()
            if not found:
                raise InputError("the last ingest brought nothing in that is still there")
            what = f"{_counted(found)} that came " + (f"from {source}" if source else "in last")
            _confirm(f"Remove {what}?", yes)
            unique = [paper.id for paper in found]
        assistant.remove(*unique)
    if as_json:
        print_json({"removed": unique})
    else:
        print_line(open_console(), f"{len(unique)} removed.")


def _check_wish(paths: Sequence[str], *, re_embed: bool, dry_run: bool) -> None:
    """Refuse what does not go together.

    Raises:
        InputError: there is nothing to do, or nothing to tell about.
    """
    from rag.errors import InputError

    if not paths and not re_embed:
        raise InputError("nothing to ingest; name a file or a folder, or zotero:")
    if dry_run and (re_embed or not paths):
        raise InputError("--dry-run tells about files; it does not go with --re-embed")


def _ask_first(assistant: Assistant, paths: Sequence[str], collection: str) -> None:
    """Ask before a folder brings in more than is brought in by mistake."""
    folders = [path for path in paths if Path(path).is_dir()]
    if not folders:
        return
    new = assistant.preview(*folders, collection=collection).added
    files = len({paper.source for paper in new})
    if len(new) > _MANY_PAPERS or files > _MANY_FILES:
        where = ", ".join(clean(folder) for folder in folders)
        told = f"{_counted(new)} of {files:,} files in and below {where}"
        _confirm(f"Bring in {told}?", False)


def _confirm(question: str, yes: bool) -> None:
    """Ask, and end where the answer is no.

    Raises:
        InputError: nobody is there to answer.
    """
    from rag.errors import InputError

    if yes:
        return
    if not sys.stdin.isatty():
        what = question[0].lower() + question[1:].rstrip("?")
        raise InputError(f"it would {what}; say --yes, or look first with --dry-run")
    if not typer.confirm(clean(question), err=True):
        raise typer.Exit(1)


def _counted(papers: Sequence[Paper]) -> str:
    return f"{len(papers):,} paper{'' if len(papers) == 1 else 's'}"


def _tell(preview: Preview, as_json: bool, paths: Sequence[str] = ()) -> None:
    """Print what would happen."""
    from rag.records import to_json

    if as_json:
        print_json(to_json(preview))
    else:
        _tell_columns([Path(path) for path in paths])
        print_preview(preview)


def _tell_columns(paths: Sequence[Path]) -> None:
    """Tell which columns of tables are taken for what."""
    from rag.intake import readers

    for path in paths:
        if taken := readers.columns(path) if path.is_file() else {}:
            told = ", ".join(f"{field} from {column!r}" for field, column in taken.items())
            print_line(open_console(), indented(f"columns: {path.name}: {told}", 0, hang=4))


def _refuse_all_bad(report: IngestReport) -> None:
    """End with the code for bad input when nothing of what was given could be used."""
    used = report.added or report.updated or report.unchanged or report.duplicates
    if report.problems and not used:
        raise typer.Exit(2)
