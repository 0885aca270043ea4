"""The commands that change or list the library: ingest, add, papers, remove."""

from __future__ import annotations

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
    from rag.records import IngestReport, Preview


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
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what these files held before and no longer do.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring papers in: BibTeX, RIS, PubMed, Web of Science, CSV, JSON, arXiv, digests, Zotero."""
    from rag.errors import InputError
    from rag.records import IngestReport, to_json

    if not paths and not re_embed:
        raise InputError("nothing to ingest; name a file or a folder, or zotero:")
    if dry_run and (re_embed or not paths):
        raise InputError("--dry-run tells about files; it does not go with --re-embed")
    with open_assistant() as assistant:
        if dry_run:
            preview = assistant.preview(*(paths or ()), collection=collection, prune=prune)
            _tell(preview, as_json, paths or ())
            return
        again = assistant.re_embed() if re_embed else 0
        report = (
            assistant.ingest(*paths, collection=collection, prune=prune)
            if paths
            else IngestReport(embedded=again)
        )
    if as_json:
        print_json(to_json(report))
        _refuse_all_bad(report)
        return
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
    ids: Annotated[list[str], typer.Argument(help="Ids as `rag papers` lists them.")],
    as_json: AsJson = False,
) -> None:
    """Remove papers; they are never cited again."""
    unique = list(dict.fromkeys(ids))
    with open_assistant() as assistant:
        assistant.remove(*unique)
    if as_json:
        print_json({"removed": unique})
    else:
        print_line(open_console(), f"{len(unique)} removed.")


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
