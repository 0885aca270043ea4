"""The commands around the page: serve, doctor."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from rag.cli.options import AsJson, app, open_assistant
from rag.cli.printing import (
    indented,
    open_console,
    print_json,
    print_line,
)


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
    metrics: Annotated[
        bool, typer.Option("--metrics", help="Give figures for Prometheus at /metrics.")
    ] = False,
) -> None:
    """Serve the chat page."""
    from rag import config
    from rag.library import is_read_only

    settings = config.load()
    if not is_read_only(settings.home):
        config.keep_uploads_in(settings.home / "uploads")
    config.silence_libraries()
    from rag.web import serve as web

    options = web.Options.of(
        root_path=root_path,
        trusted=forwarded_allow_ips,
        access_log=access_log is AccessLog.JSON,
        metrics=metrics,
    )
    with web.listen(host, port) as taken, open_assistant() as assistant:
        name = f"[{host}]" if ":" in host else host
        address = f"http://{name}:{taken.getsockname()[1]}"
        if host not in ("127.0.0.1", "localhost", "::1") and not settings.logins:
            sys.stderr.write(
                "rag: who reaches this address may ask, add and remove; RAG_AUTH sets a login\n"
            )

        def ready() -> None:
            sys.stdout.write(f"The page is at {address} (end with Ctrl-C)\n")
            sys.stdout.flush()
            if browser:
                typer.launch(address)

        assistant.warm_up()
        web.run(assistant, taken, options=options, ready=ready)


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
