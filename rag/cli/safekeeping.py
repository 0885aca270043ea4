"""The commands that keep a library safe: backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rag.cli.options import AsJson, app
from rag.cli.printing import indented, open_console, print_json, print_line, progress_bar


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="File to write.", show_default=False)],
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file if it is there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the library into one file, also while others read and write it."""
    from rag import config
    from rag.assistant import Assistant
    from rag.errors import InputError
    from rag.records import to_json

    settings = config.load()
    if not (settings.home / "library.db").exists():
        raise InputError(f"there is no library in {settings.home}; set RAG_HOME to its folder")
    with Assistant.open(settings, first_use=False) as assistant:
        done = assistant.backup(file, force=force)
    if as_json:
        print_json(to_json(done))
    else:
        said = f"{done.papers:,} papers in {done.file} ({done.bytes / 1e6:.1f} MB)"
        print_line(open_console(), indented(said, 0))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="File that `rag backup` wrote.", show_default=False)],
    force: Annotated[
        bool, typer.Option("--force", help="Replace the library that is there; it is kept beside.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a library back from a backup; nothing is embedded anew."""
    from rag.assistant import Assistant
    from rag.records import to_json

    with progress_bar() as progress:
        done = Assistant.restore(file, force=force, progress=progress)
    if as_json:
        print_json(to_json(done))
        return
    console = open_console()
    print_line(console, indented(f"{done.papers:,} papers, as they were {done.made}.", 0))
    if done.kept:
        print_line(console, indented(f"What was there before is in {done.kept}", 0))
