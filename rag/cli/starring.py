"""The commands of the reading list: star, unstar, stars."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import AsJson, app, open_assistant
from rag.cli.printing import (
    clean,
    indented,
    open_console,
    print_export,
    print_json,
    print_line,
)

if TYPE_CHECKING:
    from rag.text.reading_list import Star


class ListExport(enum.StrEnum):
    """What a reading list can be carried away as."""

    MARKDOWN = "markdown"
    BIBTEX = "bibtex"
    RIS = "ris"
    CSL = "csl-json"
    CSV = "csv"


_Owner = Annotated[
    str, typer.Option(help="Whose list, where the page has logins.", show_default=False)
]
_Id = Annotated[str, typer.Argument(help="Id as `rag papers` lists it.", show_default=False)]


@app.command()
def star(
    paper: _Id,
    sentence: Annotated[
        str, typer.Option(help="A sentence of it, or a part of one.", show_default=False)
    ] = "",
    note: Annotated[str, typer.Option(help="What to note of it.", show_default=False)] = "",
    owner: _Owner = "",
    as_json: AsJson = False,
) -> None:
    """Put a paper, or one of its sentences, on the reading list; or give it another note."""
    from rag.records import to_json

    with open_assistant() as assistant:
        put = assistant.star(paper, sentence, note, owner=owner)
    if as_json:
        print_json(to_json(put))
    else:
        print_line(open_console(), indented(f"Starred: {put.sentence or put.title}", 0))


@app.command()
def unstar(
    paper: _Id,
    sentence: Annotated[
        str, typer.Option(help="Only this sentence, or a part of it.", show_default=False)
    ] = "",
    owner: _Owner = "",
    as_json: AsJson = False,
) -> None:
    """Take a paper with its sentences, or one sentence, off the reading list."""
    from rag.records import to_json

    with open_assistant() as assistant:
        gone = assistant.unstar(paper, sentence, owner=owner)
    if as_json:
        print_json(to_json(gone))
    else:
        print_line(open_console(), f"{len(gone)} unstarred.")


@app.command()
def stars(
    export: Annotated[
        ListExport | None,
        typer.Option(
            help="Print quotations and references, a table, or only the papers.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write the export to.", show_default=False)
    ] = None,
    owner: _Owner = "",
    as_json: AsJson = False,
) -> None:
    """Show the reading list with its sentences and notes, or carry it away."""
    from rag.errors import InputError
    from rag.records import to_json

    if as_json and export is not None:
        raise InputError("--json and --export are two forms of the same; choose one")
    if out is not None and export is None:
        raise InputError("--out goes with --export; say as what with --export markdown")
    with open_assistant() as assistant:
        if export is not None:
            text = assistant.export_reading_list(export.value, owner=owner)
            _give(text, export, out)
            return
        found = assistant.reading_list(owner)
        here = assistant.starred_papers(owner)
    if as_json:
        print_json(to_json(found))
    else:
        _print(found, {*here})


def _print(found: list[Star], here: set[str]) -> None:
    """Print a reading list, paper by paper."""
    from rag.text.reading_list import GONE, by_paper

    console = open_console()
    papers = by_paper(found)
    for group in papers:
        first = group[0]
        print_line(console, indented(first.title, 0, hang=2), style="bold")
        print_line(console, f"  {clean(first.paper_id)}", style="cyan")
        if first.paper_id not in here:
            print_line(console, f"  {GONE}", style="yellow")
        for one in group:
            if one.sentence:
                print_line(console, indented(f"“{one.sentence}”", 2), style="dim")
            for number, line in enumerate(one.note.splitlines()):
                print_line(console, indented(line if number else f"Note: {line}", 4))
    if not papers:
        print_line(console, "Nothing is starred yet; `rag star ID` does it.")
        return
    print_line(console, f"{len(papers)} paper{'' if len(papers) == 1 else 's'}")


def _give(text: str, form: str, out: Path | None) -> None:
    """Print an export, or write it to a file and say so on stderr."""
    from rag.errors import InputError

    if out is None:
        print_export(text, form)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror}); name another") from error
    sys.stderr.write(f"written: {clean(str(out))}\n")
