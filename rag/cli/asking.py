"""The commands that ask: ask, search, summarize, topics."""

from __future__ import annotations

import enum
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from rag.cli.options import AsJson, app, filtered, open_assistant
from rag.cli.printing import (
    indented,
    open_console,
    print_export,
    print_json,
    print_line,
    print_markdown,
    print_sources,
    print_stream,
    progress_bar,
)

TYPICAL = 3  # papers listed of a topic


class Export(enum.StrEnum):
    """What an answer can be carried away as."""

    MARKDOWN = "markdown"
    BIBTEX = "bibtex"
    RIS = "ris"
    CSL = "csl-json"


class SummaryExport(enum.StrEnum):
    """What a summary can be carried away as."""

    MARKDOWN = "markdown"
    BIBTEX = "bibtex"
    RIS = "ris"
    CSL = "csl-json"
    CSV = "csv"


@app.command()
@filtered
def ask(
    question: Annotated[str, typer.Argument(help="A question, or a topic.", show_default=False)],
    as_json: AsJson = False,
    export: Annotated[
        Export | None,
        typer.Option(
            help="Print the answer as Markdown, or only the papers it cites.", show_default=False
        ),
    ] = None,
    show_prompt: Annotated[
        bool, typer.Option("--show-prompt", help="Print what a model would be sent; send nothing.")
    ] = False,
    *,
    filters: Mapping[str, object],
) -> None:
    """Answer a question from the papers, with citations."""
    from rag.records import to_json

    with open_assistant() as assistant:
        if export is not None:
            answer = assistant.ask(question, filters=filters)
            print_export(assistant.export(export.value, answer), export)
            if not answer.citations:
                sys.stderr.write("rag: the papers do not answer this; nothing is cited\n")
            return
        if show_prompt:
            from rag.text.readable import without_controls

            sys.stdout.write(without_controls(assistant.prompt(question, filters=filters)) + "\n")
            return
        if as_json:
            print_json(to_json(assistant.ask(question, filters=filters)))
            return
        stream = assistant.stream(question, filters=filters)
        print_stream(iter(stream))
        print_sources(stream.answer)


@app.command()
@filtered
def search(
    query: Annotated[str, typer.Argument(help="What to look for.", show_default=False)],
    k: Annotated[int, typer.Option("-k", help="Papers to return.", min=1, max=1000)] = 10,
    as_json: AsJson = False,
    *,
    filters: Mapping[str, object],
) -> None:
    """Find papers, best first, with the reason each was found."""
    from rag.records import to_json

    with open_assistant() as assistant:
        hits = assistant.search(query, k, filters=filters)
    if as_json:
        print_json(to_json(hits))
        return
    console = open_console()
    for hit in hits:
        print_line(console, indented(f"{hit.rank:>3}. {hit.paper.title}", 0, hang=5), style="bold")
        print_line(console, f"     {hit.paper.id}", style="cyan")
        print_line(console, indented(hit.sentence, 5))
        print_line(console, indented(hit.reason, 5), style="dim")
    if not hits:
        print_line(console, "No paper found.")


@app.command()
@filtered
def summarize(
    topic: Annotated[str, typer.Argument(help="A topic in a few words.", show_default=False)],
    as_json: AsJson = False,
    export: Annotated[
        SummaryExport | None,
        typer.Option(
            help="Print the Markdown as it is, the comparison as CSV, or only what it cites.",
            show_default=False,
        ),
    ] = None,
    *,
    filters: Mapping[str, object],
) -> None:
    """Review a topic: its themes, what each paper contributes, how they compare."""
    from rag.errors import InputError
    from rag.records import to_json

    if as_json and export is not None:
        raise InputError("--json and --export are two forms of the same; choose one")
    with progress_bar() as progress, open_assistant() as assistant:
        summary = assistant.summarize(topic, filters=filters, progress=progress)
        if export is not None:
            print_export(assistant.export_summary(export.value, summary), export)
            if not summary.citations:
                sys.stderr.write("rag: the papers do not cover this topic; nothing is cited\n")
            return
    if as_json:
        print_json(to_json(summary))
    else:
        print_markdown(summary.text)


@app.command()
@filtered
def topics(
    as_json: AsJson = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Find them anew; else they stay as they were found.")
    ] = False,
    *,
    filters: Mapping[str, object],
) -> None:
    """List the topics of the whole library, with the papers most typical of each."""
    from rag.records import to_json
    from rag.text.notices import EMPTY, NOTHING_LEFT

    with open_assistant() as assistant:
        found = assistant.topics(filters=filters, anew=anew)
        titles = assistant.library.titles()
    if as_json:
        print_json(to_json(found))
        return
    console = open_console()
    for topic in found:
        size = f"{len(topic.paper_ids)} paper{'' if len(topic.paper_ids) == 1 else 's'}"
        print_line(console, indented(f"{topic.label} ({size})", 0, hang=2), style="bold")
        for paper_id in topic.paper_ids[:TYPICAL]:
            print_line(console, indented(titles.get(paper_id, paper_id), 2, hang=4), style="dim")
    nothing = NOTHING_LEFT if filters and titles else EMPTY
    print_line(console, f"{len(found)} topics" if found else nothing)
