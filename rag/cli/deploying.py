"""The command that prints what a server is set up with: nginx, Compose, systemd."""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from typing import Annotated

import typer

from rag.cli.options import app
from rag.errors import ConfigError
from rag.resources import deployment

# "127.0.0.1:7860", "page-1:7860", "[::1]:7860"; not "page-1", "page:x", "a:1; deny all".
_PAGE = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\]):\d{1,5}")
# "/rag", "/tools/rag"; not "rag", "/rag/", "/a b", "/a;b".
_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
_ENTRY = """
    location = {prefix} {{
        return 308 {prefix}/$is_args$args;
    }}
"""


class Kind(StrEnum):
    """What can be printed."""

    COMPOSE = "compose"
    NGINX = "nginx"
    SYSTEMD = "systemd"


_FILES = {
    Kind.COMPOSE: "compose.yaml",
    Kind.NGINX: "nginx.conf",
    Kind.SYSTEMD: "cited-rag@.service",
}


@app.command()
def deploy(
    kind: Annotated[Kind, typer.Option("--print", help="What to print.")],
    page: Annotated[
        list[str] | None, typer.Option(help="Where nginx finds a page; may be repeated.")
    ] = None,
    root_path: Annotated[str, typer.Option(help="Path to serve the page under, as /rag.")] = "",
) -> None:
    """Print what a server is set up with, ready to be copied."""
    sys.stdout.write(text_of(kind, page or ["127.0.0.1:7860", "127.0.0.1:7861"], root_path))


def text_of(kind: Kind, pages: list[str], root_path: str) -> str:
    """Return a text with its places filled.

    Raises:
        ConfigError: an address or the path is none.
    """
    prefix = root_path.rstrip("/")
    if prefix and not _PREFIX.fullmatch(prefix):
        raise ConfigError(f"--root-path {root_path} is no path; write it as /rag")
    for one in pages:
        if not _PAGE.fullmatch(one):
            raise ConfigError(f"--page {one} is no address; write it as 127.0.0.1:7860")
    option = f" --root-path {prefix}" if prefix else ""
    filled = {
        "@pages@": "\n".join(f"    server {one};" for one in pages),
        "@prefix@": prefix,
        "@entry@": _ENTRY.format(prefix=prefix) if prefix else "",
        "@serve@": option,
        "@options@": option,
    }
    text = deployment(_FILES[kind])
    for place, given in filled.items():
        text = text.replace(place, given)
    return text
