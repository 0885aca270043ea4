"""The command line as a whole: its options, and the assistant that commands work with."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

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
    "endpoint or service, 5 settings, 130 interrupted.",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_FILTERS: dict[str, tuple[Any, str | None]] = {
    "year_from": (Annotated[int | None, typer.Option(help="First year.")], None),
    "year_to": (Annotated[int | None, typer.Option(help="Last year.")], None),
    "author": (Annotated[str, typer.Option(help="Part of an author's name.")], ""),
    "venue": (Annotated[str, typer.Option(help="Part of the venue.")], ""),
    "source": (Annotated[str, typer.Option(help="Part of the file's name.")], ""),
    "collection": (Annotated[str, typer.Option(help="Part of a collection's name.")], ""),
    "topic": (Annotated[str, typer.Option(help="A topic of the map, by id or label.")], ""),
    "ids": (
        Annotated[list[str] | None, typer.Option("--paper", help="A paper's id; several times.")],
        None,
    ),
}
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


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that filter; it gets those that are set as ``filters``.

    One that it has as an argument of its own is left out.
    """
    own = inspect.signature(command, eval_str=True).parameters
    named_so = {name: option for name, option in _FILTERS.items() if name not in own}

    @functools.wraps(command)
    def with_filters(**given: object) -> None:
        named = {name: given.pop(name) for name in named_so}
        filters = {name: value for name, value in named.items() if value not in (None, "", [])}
        command(**given, filters=filters)

    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in named_so.items()
    ]
    kept = [one for one in own.values() if one.name != "filters"]
    with_filters.__signature__ = inspect.Signature([*kept, *options])  # type: ignore[attr-defined]
    with_filters.__annotations__ = {one.name: one.annotation for one in (*kept, *options)}
    return with_filters


@contextlib.contextmanager
def open_assistant() -> Iterator[Assistant]:
    """Open the library that the settings name, with a progress bar for the first use."""
    from rag.assistant import Assistant

    with progress_bar() as progress, Assistant.open(progress=progress) as assistant:
        yield assistant
