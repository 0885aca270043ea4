"""The commands around the page: serve, doctor."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import AsJson, app, open_assistant
from rag.cli.printing import (
    indented,
    open_console,
    print_json,
    print_line,
)

if TYPE_CHECKING:
    from rag.api import Door
    from rag.assistant import Assistant
    from rag.config import Settings
    from rag.work import Work


Metrics = Annotated[
    bool, typer.Option("--metrics", help="Give figures for Prometheus at /metrics.")
]
NoApi = Annotated[bool, typer.Option("--no-api", help="Serve the page alone, no API and no MCP.")]


class AccessLog(StrEnum):
    """What is written of each request."""

    NONE = "none"
    JSON = "json"


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65_535)] = 7860,
    browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    root_path: Annotated[
        str, typer.Option(help="Path that a proxy serves the page under, as /rag.")
    ] = "",
    forwarded_allow_ips: Annotated[
        str, typer.Option(help="Addresses of proxies that are believed, with commas; * for all.")
    ] = "",
    access_log: Annotated[
        AccessLog, typer.Option(help="What is written of each request.")
    ] = AccessLog.NONE,
    metrics: Metrics = False,
    no_api: NoApi = False,
) -> None:
    """Serve the chat page, and beside it the API: /v1, /api, /mcp."""
    from rag import config
    from rag.library import is_read_only

    settings = config.load()
    if not is_read_only(settings.home):
        config.keep_uploads_in(settings.home / "uploads")
    config.silence_libraries()
    from rag.web import listening, serve
    from rag.work import Work

    options = serve.Options.of(
        root_path=root_path,
        trusted=forwarded_allow_ips,
        access_log=access_log is AccessLog.JSON,
        metrics=metrics,
    )
    with listening.listen(host, port) as taken, open_assistant() as assistant:
        name = f"[{host}]" if ":" in host else host
        address = f"http://{name}:{taken.getsockname()[1]}"
        _warn(host, settings)

        def ready() -> None:
            sys.stdout.write(f"The page is at {address} (end with Ctrl-C)\n")
            sys.stdout.flush()
            if browser:
                typer.launch(address)

        assistant.warm_up()
        work = Work()
        door = None if no_api else _door(assistant, work)
        listening.run(assistant, taken, options=options, work=work, door=door, ready=ready)


def _warn(host: str, settings: Settings) -> None:
    """Tell who serves to others without a login what they may do."""
    if host not in ("127.0.0.1", "localhost", "::1") and not settings.logins:
        sys.stderr.write(
            "rag: who reaches this address may ask, add and remove; RAG_AUTH sets a login\n"
        )


def _door(assistant: Assistant, work: Work) -> Door:
    from rag import api

    return api.build(assistant, work)


@app.command()
def mcp() -> None:
    """Serve the library as tools over the standard input and output (MCP)."""
    from rag import api
    from rag.api import tools
    from rag.assistant import Assistant

    with Assistant.open() as assistant:  # its progress would be written between the messages
        assistant.warm_up()
        tools.serve_stdio(assistant, api.Pages(assistant.settings.public_url))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check what is configured, what answers and what is missing, with the fix for each."""
    from rag.doctor import examine
    from rag.records import to_json

    checks = examine()
    if as_json:
        print_json(to_json(checks))
    else:
        console = open_console()
        for check in checks:
            mark, style = ("ok  ", "green") if check.ok else ("FAIL", "red")
            line = f"{mark}  {check.name}: {check.found}"
            print_line(console, indented(line, 0, hang=6), style=style)
            if check.fix:
                print_line(console, indented(f"fix: {check.fix}", 6))
    if not all(check.ok for check in checks):
        raise typer.Exit(1)
