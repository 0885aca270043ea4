"""The command line. Each command is a few lines: it asks the assistant and prints records."""

from __future__ import annotations

import contextlib
import enum
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from rag.assistant import Assistant
    from rag.records import Answer, IngestReport, Preview

TYPICAL = 3  # papers listed of a topic
WIDTH = 100  # columns at most, and 80 when the output is not a terminal

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


@app.command()
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
) -> None:
    """Answer a question from the papers, with citations."""
    from rag.records import to_json

    with _assistant() as assistant:
        if export is not None:
            answer = assistant.ask(question)
            sys.stdout.write(assistant.export(export.value, answer))
            if not answer.citations:
                sys.stderr.write("rag: the papers do not answer this; nothing is cited\n")
            return
        if show_prompt:
            from rag.text.readable import without_controls

            sys.stdout.write(without_controls(assistant.prompt(question)) + "\n")
            return
        if as_json:
            _print_json(to_json(assistant.ask(question)))
            return
        stream = assistant.stream(question)
        _print_stream(iter(stream))
        _print_sources(stream.answer)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.", show_default=False)],
    k: Annotated[int, typer.Option("-k", help="Papers to return.", min=1, max=1000)] = 10,
    year_from: Annotated[int | None, typer.Option(help="First year.")] = None,
    year_to: Annotated[int | None, typer.Option(help="Last year.")] = None,
    author: Annotated[str, typer.Option(help="Part of an author's name.")] = "",
    venue: Annotated[str, typer.Option(help="Part of the venue.")] = "",
    as_json: AsJson = False,
) -> None:
    """Find papers, best first, with the reason each was found."""
    from rag.records import to_json

    given = {"year_from": year_from, "year_to": year_to, "author": author, "venue": venue}
    filters = {name: value for name, value in given.items() if value not in (None, "")}
    with _assistant() as assistant:
        hits = assistant.search(query, k, filters=filters)
    if as_json:
        _print_json(to_json(hits))
        return
    console = _console()
    for hit in hits:
        _print(console, _indented(f"{hit.rank:>3}. {hit.paper.title}", 0, hang=5), style="bold")
        _print(console, f"     {hit.paper.id}", style="cyan")
        _print(console, _indented(hit.sentence, 5))
        _print(console, _indented(hit.reason, 5), style="dim")
    if not hits:
        _print(console, "No paper found.")


@app.command()
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
) -> None:
    """Review a topic: its themes, what each paper contributes, how they compare."""
    from rag.errors import InputError
    from rag.records import to_json

    if as_json and export is not None:
        raise InputError("--json and --export are two forms of the same; choose one")
    with _progress() as progress, _assistant() as assistant:
        summary = assistant.summarize(topic, progress=progress)
        if export is not None:
            sys.stdout.write(assistant.export_summary(export.value, summary))
            if not summary.citations:
                sys.stderr.write("rag: the papers do not cover this topic; nothing is cited\n")
            return
    if as_json:
        _print_json(to_json(summary))
    else:
        _print_markdown(summary.text)


@app.command()
def topics(as_json: AsJson = False) -> None:
    """List the topics of the whole library, with the papers most typical of each."""
    from rag.records import to_json

    with _assistant() as assistant:
        found = assistant.topics()
        titles = assistant.library.titles()
    if as_json:
        _print_json(to_json(found))
        return
    console = _console()
    for topic in found:
        size = f"{len(topic.paper_ids)} paper{'' if len(topic.paper_ids) == 1 else 's'}"
        _print(console, _indented(f"{topic.label} ({size})", 0, hang=2), style="bold")
        for paper_id in topic.paper_ids[:TYPICAL]:
            _print(console, _indented(titles.get(paper_id, paper_id), 2, hang=4), style="dim")
    _print(console, f"{len(found)} topics" if found else "The library holds no paper yet.")


@app.command()
def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders.", show_default=False)
    ] = None,
    re_embed: Annotated[
        bool, typer.Option("--re-embed", help="Embed the library with the model now set.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would happen; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring papers in: digest pages (.txt) and JSON Lines (.jsonl)."""
    from rag.errors import InputError
    from rag.records import IngestReport, to_json

    if not paths and not re_embed:
        raise InputError("nothing to ingest; name a file or a folder")
    if dry_run and (re_embed or not paths):
        raise InputError("--dry-run tells about files; it does not go with --re-embed")
    with _assistant() as assistant:
        if dry_run:
            preview = assistant.preview(*(paths or ()))
            if as_json:
                _print_json(to_json(preview))
            else:
                _print_preview(preview)
            return
        again = assistant.re_embed() if re_embed else 0
        report = assistant.ingest(*paths) if paths else IngestReport(embedded=again)
    if as_json:
        _print_json(to_json(report))
        _refuse_all_bad(report)
        return
    console = _console()
    if re_embed:
        _print(console, f"{again} papers embedded anew.")
    if paths:
        duplicates = f"{len(report.duplicates)} duplicates, " if report.duplicates else ""
        _print(
            console,
            f"{len(report.added)} added, {len(report.updated)} updated, "
            f"{len(report.unchanged)} unchanged, {duplicates}{len(report.problems)} left out.",
        )
    for problem in report.duplicates:
        _print(console, f"duplicate: {_clean(str(problem))}", style="dim")
    for problem in report.problems:
        _print(console, f"left out: {_clean(str(problem))}", style="yellow")
    _refuse_all_bad(report)


@app.command()
def papers(as_json: AsJson = False) -> None:
    """List the papers of the library."""
    from rag.records import to_json

    with _assistant() as assistant:
        found = assistant.papers()
    if as_json:
        _print_json(to_json(found))
        return
    console = _console()
    for number, paper in enumerate(found, 1):
        _print(console, _indented(f"{number:>4}. {paper.title}", 0, hang=6))
        about = ", ".join(part for part in (_authors(paper.authors), str(paper.year or "")) if part)
        _print(console, f"      {paper.id}" + (f"  {_clean(about)}" if about else ""), style="dim")
    _print(console, f"{len(found)} papers")


@app.command()
def remove(
    ids: Annotated[list[str], typer.Argument(help="Ids as `rag papers` lists them.")],
    as_json: AsJson = False,
) -> None:
    """Remove papers; they are never cited again."""
    unique = list(dict.fromkeys(ids))
    with _assistant() as assistant:
        assistant.remove(*unique)
    if as_json:
        _print_json({"removed": unique})
    else:
        _print(_console(), f"{len(unique)} removed.")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65_535)] = 7860,
    browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Serve the chat page."""
    from rag import config

    settings = config.load()
    config.keep_uploads_in(settings.home / "uploads")
    config.silence_libraries()
    from rag.web import serve as web

    with web.listen(host, port) as taken, _assistant() as assistant:
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
        _print_json(to_json(checks))
    else:
        console = _console()
        for check in checks:
            mark, style = ("ok  ", "green") if check.ok else ("FAIL", "red")
            line = f"{mark}  {check.name}: {check.found}"
            _print(console, _indented(line, 0, hang=6), style=style)
            if check.fix:
                _print(console, _indented(f"fix: {check.fix}", 6))
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; every error is one line on stderr and an exit code."""
    from rag.errors import RagError

    try:
        sys.exit(app(standalone_mode=False) or 0)
    except RagError as error:
        _fail(str(error), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        _fail("interrupted; what was committed is kept", 130)
    except BrokenPipeError:
        # The reader of our output has gone: say nothing, not even when Python flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except SystemExit as error:
        if error.code == 130:
            _fail("interrupted; what was committed is kept", 130)
        raise
    except BaseException as error:
        usage = getattr(error, "format_message", None)  # click's own errors: usage, bad values
        if usage is not None:
            _fail(f"{usage().rstrip('.')}; see `rag --help`", getattr(error, "exit_code", 2))
        if "--debug" in sys.argv:
            raise
        _fail(f"internal error ({type(error).__name__}: {error}); `rag --debug …` shows where", 1)


# -- printing ------------------------------------------------------------------------------------


@contextlib.contextmanager
def _assistant() -> Iterator[Assistant]:
    from rag.assistant import Assistant

    with _progress() as progress, Assistant.open(progress=progress) as assistant:
        yield assistant


class _Bar:
    """A progress bar on stderr that appears with the first step and goes with the last."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        if not total or not sys.stderr.isatty():
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.start()
        if what not in self._tasks:
            unit = "sections" if what == "writing" else "papers"
            self._tasks[what] = self._bar.add_task(f"{what} {total:,} {unit}", total=total)
        self._bar.update(self._tasks[what], completed=done)
        if done >= total:
            self.stop()

    def stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar, self._tasks = None, {}


@contextlib.contextmanager
def _progress() -> Iterator[_Bar]:
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.stop()


def _console() -> Console:
    from rich.console import Console

    class Quiet(Console):
        """Leaves a closed pipe to ``main``; rich itself would exit with 1."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    console = Quiet(highlight=False, markup=False, emoji=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else 80
    return console


def _print(console: Console, text: str, *, style: str = "") -> None:
    from rich.text import Text

    console.print(Text(text, style=style))


def _print_preview(preview: Preview) -> None:
    console = _console()
    for what, papers in (
        ("new", preview.added),
        ("changed", preview.updated),
        ("unchanged", preview.unchanged),
    ):
        for paper in papers:
            _print(console, _indented(f"{what}: {paper.title} ({paper.id})", 0, hang=4))
    for what, problems in (("duplicate", preview.duplicates), ("left out", preview.problems)):
        for problem in problems:
            _print(console, _indented(f"{what}: {problem}", 0, hang=4), style="yellow")
    _print(
        console,
        f"{len(preview.added)} new, {len(preview.updated)} changed, "
        f"{len(preview.unchanged)} unchanged, {len(preview.duplicates)} duplicates, "
        f"{len(preview.problems)} left out. Nothing was changed.",
    )


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _print_markdown(text: str) -> None:
    """Print Markdown laid out for a terminal, and as it is when something else reads it."""
    from rag.text.readable import without_controls

    text = without_controls(text)
    if not sys.stdout.isatty():
        sys.stdout.write(f"{text}\n")
        return
    from rich.markdown import Markdown

    _console().print(Markdown(text, hyperlinks=False))


def _print_stream(parts: Iterator[str]) -> None:
    """Print text as it comes, broken between words at the console's width, list items hanging."""
    width = _console().width
    line = ""
    for part in parts:
        for word in _clean(part).replace("\n", " \n ").split(" "):
            shown = word
            if word == "\n":
                line = ""
            elif word and line.strip() and len(line) + 1 + len(word) > width:
                line = ("  " if line.startswith(("- ", "  ")) else "") + word
                shown = "\n" + line
            elif word:
                shown = f" {word}" if line.strip() else word
                line += shown
            sys.stdout.write(shown)
        sys.stdout.flush()
    sys.stdout.write("\n")


def _print_sources(answer: Answer) -> None:
    console = _console()
    if answer.notice:
        _print(console, "\n" + _indented(answer.notice, 0), style="yellow")
    shown: set[int] = set()
    for citation in sorted(answer.citations, key=lambda c: c.number):
        if not shown:
            _print(console, "\nSources", style="bold")
        if citation.number not in shown:
            shown.add(citation.number)
            _print(console, _indented(f"[{citation.number}] {citation.title}", 0, hang=4))
            if citation.url:
                _print(console, f"    {_clean(citation.url)}", style="cyan")
        _print(console, _indented(f"“{citation.sentence}”", 4), style="dim")
    if answer.follow_ups:
        _print(console, "\nNext you could ask", style="bold")
        for idea in answer.follow_ups:
            _print(console, _indented(idea, 4))


def _indented(text: str, indent: int, *, hang: int = 0) -> str:
    import textwrap

    return textwrap.fill(
        _clean(text),
        width=_console().width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hang),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _authors(authors: tuple[str, ...]) -> str:
    return authors[0] + (" et al." if len(authors) > 1 else "") if authors else ""


def _clean(text: str) -> str:
    from rag.text.readable import readable

    return readable(text)


def _refuse_all_bad(report: IngestReport) -> None:
    """End with the code for bad input when nothing of what was given could be used."""
    used = report.added or report.updated or report.unchanged or report.duplicates
    if report.problems and not used:
        raise typer.Exit(2)


def _fail(message: str, code: int) -> None:
    from rag.text.readable import without_controls

    sys.stderr.write(f"rag: {without_controls(' '.join(message.split()))}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
