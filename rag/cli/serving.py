"""The commands around the page: serve, doctor."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from rag.cli.options import AsJson, app, open_assistant
from rag.cli.printing import (
    indented,
    open_console,
    print_json,
    print_line,
)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65_535)] = 7860,
    browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Serve the chat page."""
    from rag import config
    from rag.library import is_read_only

    settings = config.load()
    if not is_read_only(settings.home):
        config.keep_uploads_in(settings.home / "uploads")
    config.silence_libraries()
    from rag.web import serve as web

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
        web.run(assistant, taken, ready=ready)


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
