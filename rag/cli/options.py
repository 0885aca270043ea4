"""The command line as a whole: its options, and the assistant that commands work with."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.printing import (
    progress_bar,
)

if TYPE_CHECKING:
    from rag.assistant import Assistant


app = typer.Typer(
    name="rag",
    help="Ask a library of paper abstracts; every sentence of an answer cites the sentence it "
    "rests on.",
    epilog="Exit codes: 0 done, 1 internal error or a failed check, 2 input, 3 library, 4 model "
    "endpoint, 5 settings, 130 interrupted.",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
YearFrom = Annotated[int | None, typer.Option(help="First year.")]
YearTo = Annotated[int | None, typer.Option(help="Last year.")]
Author = Annotated[str, typer.Option(help="Part of an author's name.")]
Venue = Annotated[str, typer.Option(help="Part of the venue.")]
Source = Annotated[str, typer.Option(help="Part of the file's name.")]
Collection = Annotated[str, typer.Option(help="Part of a collection's name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.callback()
def _options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the full trace of an internal error.")
    ] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    del debug  # main() looks for it, since it is asked about errors after this has returned
    if version:
        from rag import __version__

        sys.stdout.write(f"cited-rag {__version__}\n")
        raise typer.Exit


def filters_of(**given: object) -> dict[str, object]:
    """Return the filters that are given."""
    return {name: value for name, value in given.items() if value not in (None, "")}


@contextlib.contextmanager
def open_assistant() -> Iterator[Assistant]:
    """Open the library that the settings name, with a progress bar for the first use."""
    from rag.assistant import Assistant

    with progress_bar() as progress, Assistant.open(progress=progress) as assistant:
        yield assistant
