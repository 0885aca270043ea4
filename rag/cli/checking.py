"""The command that checks a text: check."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import AsJson, app, filtered, open_assistant
from rag.cli.printing import print_check, print_json, progress_bar
from rag.errors import InputError, ReadError

if TYPE_CHECKING:
    from rag.checking import Form

_ENDINGS = (".tex", ".ltx", ".md", ".markdown", ".txt", ".rst")
_MOST_BYTES = 4_000_000  # of a file; the text itself may have 500,000 characters


class Written(StrEnum):
    """What a text is written in."""

    MARKDOWN = "markdown"
    LATEX = "latex"


AsWritten = Annotated[
    Written | None,
    typer.Option(
        help="What the text is written in; else its ending and its commands tell.",
        show_default=False,
    ),
]
FailUnder = Annotated[
    float | None,
    typer.Option(
        help="Exit with 1 when the papers support less than this share of the claims, in per cent.",
        min=0,
        max=100,
        show_default=False,
    ),
]


@app.command()
@filtered
def check(
    text: Annotated[
        str,
        typer.Argument(
            help="A text, a file (.tex, .md, .txt), or - for stdin.", show_default=False
        ),
    ],
    as_json: AsJson = False,
    form: AsWritten = None,
    fail_under: FailUnder = None,
    *,
    filters: Mapping[str, object],
) -> None:
    r"""Check a text sentence by sentence: supported, contradicted, or not stated by the papers.

    A sentence with \cite{key} or [@key] is checked against that very paper. Exits with 1 when a
    sentence is contradicted.
    """
    from rag.checking import form_of
    from rag.records import to_json

    name, source = _read(text)
    written = form_of(source, name) if form is None else _form(form)
    with progress_bar() as progress, open_assistant() as assistant:
        found = assistant.check(source, form=written, filters=filters, progress=progress)
    if as_json:
        print_json(to_json(found))
    else:
        print_check(found, source, name)
    failed = fail_under is not None and 100 * found.share < fail_under
    if failed:
        told = f"{100 * found.share:.0f} % of the claims are supported"
        sys.stderr.write(f"rag: {told}, {fail_under:g} % is asked for\n")
    if failed or found.found("contradicted"):
        raise typer.Exit(1)


def _form(form: Written) -> Form:
    return "latex" if form is Written.LATEX else "markdown"


def _read(given: str) -> tuple[str, str]:
    """Return the name of the file that is given, if one is, and the text."""
    if given == "-":
        return "", _decoded(sys.stdin.buffer.read(_MOST_BYTES), "the input")
    is_name = "\n" not in given and len(given) < 1_000
    try:
        is_file = is_name and Path(given).is_file()
    except OSError:
        is_file = False
    if is_file:
        try:
            with Path(given).open("rb") as file:
                return given, _decoded(file.read(_MOST_BYTES), given)
        except OSError as error:
            raise ReadError(f"{given} cannot be read ({error.strerror})") from error
    if is_name and given.lower().endswith(_ENDINGS) and " " not in given:
        raise ReadError(f"there is no file {given}")
    return "", given


def _decoded(body: bytes, name: str) -> str:
    if b"\0" in body[:1_000] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{name} is no text; a PDF or a Word file has to be saved as text first")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
