"""Prints records on the console, fitted to its width."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rag.cli.streams import escaped
from rag.text.readable import without_controls

if TYPE_CHECKING:
    from rich.console import Console

    from rag.checking import Check, CheckedClaim, Finding
    from rag.records import Answer, Citation, IngestReport, Preview


_STYLES: dict[Finding, str] = {
    "supported": "green",
    "partial": "yellow",
    "contradicted": "red",
    "not_stated": "magenta",
    "unchecked": "dim",
}
SHOWN = 20  # lines of a kind
WIDTH = 100  # columns at most, and 80 when the output is not a terminal
_UNITS = {
    "writing": "sections",
    "asking": "questions",
    "checking": "claims",
}  # of what is under way; else papers


class Bar:
    """A progress bar on stderr that appears with the first step and goes with the last."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far something is."""
        if not total or not sys.stderr.isatty():
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.start()
        if what not in self._tasks:
            unit = _UNITS.get(what, "papers")
            self._tasks[what] = self._bar.add_task(f"{what} {total:,} {unit}", total=total)
        self._bar.update(self._tasks[what], completed=done)
        if done >= total:
            self.stop()

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar, self._tasks = None, {}


@contextlib.contextmanager
def progress_bar() -> Iterator[Bar]:
    """Show how far something is, and take the bar away at the end, whatever happens."""
    bar = Bar()
    try:
        yield bar
    finally:
        bar.stop()


def open_console() -> Console:
    """Return a console of the width to fit, without markup."""
    from rich.console import Console

    class Quiet(Console):
        """Leaves a closed pipe to ``main``; rich itself would exit with 1."""

        def on_broken_pipe(self) -> None:
            """Tell ``main``."""
            raise BrokenPipeError

    console = Quiet(highlight=False, markup=False, emoji=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else 80
    return console


def print_line(console: Console, text: str, *, style: str = "", whole: bool = False) -> None:
    """Print a text in one style; ``whole`` folds no line, as of a file's name with a place."""
    from rich.text import Text

    console.print(Text(text, style=style), soft_wrap=whole)


def print_preview(preview: Preview) -> None:
    """Print what an ingest would do: a few lines a kind, and how many more there are."""
    console = open_console()
    for what, papers in (
        ("new", preview.added),
        ("changed", preview.updated),
        ("unchanged", preview.unchanged),
        ("removed", preview.removed),
    ):
        print_some(console, [f"{what}: {paper.title} ({paper.id})" for paper in papers])
    for what, problems in (("duplicate", preview.duplicates), ("left out", preview.problems)):
        lines = [f"{what}: {problem}" for problem in problems]
        print_some(console, lines, style="yellow")
    removed = f"{len(preview.removed)} removed, " if preview.removed else ""
    print_line(
        console,
        f"{len(preview.added)} new, {len(preview.updated)} changed, "
        f"{len(preview.unchanged)} unchanged, {removed}{len(preview.duplicates)} duplicates, "
        f"{len(preview.problems)} left out. Nothing was changed.",
    )


def print_report(report: IngestReport) -> None:
    """Print what an ingest did, and what it left out and why."""
    console = open_console()
    duplicates = f"{len(report.duplicates)} duplicates, " if report.duplicates else ""
    removed = f"{len(report.removed)} removed, " if report.removed else ""
    print_line(
        console,
        f"{len(report.added)} added, {len(report.updated)} updated, "
        f"{len(report.unchanged)} unchanged, {duplicates}{removed}{len(report.problems)} left out.",
    )
    print_some(console, [f"removed: {paper_id}" for paper_id in report.removed], style="dim")
    print_some(console, [f"duplicate: {one}" for one in report.duplicates], style="dim")
    print_some(console, [f"left out: {one}" for one in report.problems], style="yellow")


def print_some(console: Console, lines: Sequence[str], *, style: str = "") -> None:
    """Print the first lines of a kind, and how many more there are."""
    for line in lines[:SHOWN]:
        print_line(console, indented(clean(line), 0, hang=4), style=style)
    if len(lines) > SHOWN:
        kind = lines[0].partition(":")[0]
        print_line(console, f"    and {len(lines) - SHOWN:,} more {kind}; --json lists them all")


def print_json(value: Any) -> None:
    """Print a value as JSON, escaped where stdout cannot show all of it."""
    sys.stdout.write(escaped(json.dumps(value, ensure_ascii=False, indent=2) + "\n"))


def print_export(text: str, form: str) -> None:
    """Print an export as it is; JSON is escaped where stdout cannot show all of it."""
    sys.stdout.write(escaped(text) if form == "csl-json" else text)


def print_markdown(text: str) -> None:
    """Print Markdown laid out for a terminal, and as it is when something else reads it."""
    from rag.text.readable import without_controls

    text = without_controls(text)
    if not sys.stdout.isatty():
        sys.stdout.write(f"{text}\n")
        return
    from rich.markdown import Markdown

    open_console().print(Markdown(text, hyperlinks=False))


def print_stream(parts: Iterator[str]) -> None:
    """Print text as it comes, broken between words at the console's width, list items hanging."""
    width = open_console().width
    line = ""
    for part in parts:
        for word in clean(part).replace("\n", " \n ").split(" "):
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


def print_sources(answer: Answer) -> None:
    """Print what an answer rests on, and what could be asked next."""
    console = open_console()
    if answer.read_as:
        print_line(console, "\n" + indented(f"Read as: {answer.read_as}", 0), style="yellow")
    if answer.notice:
        print_line(console, "\n" + indented(answer.notice, 0), style="yellow")
    shown: set[int] = set()
    for citation in sorted(answer.citations, key=lambda c: c.number):
        if not shown:
            print_line(console, "\nSources", style="bold")
        if citation.number not in shown:
            shown.add(citation.number)
            print_line(console, indented(f"[{citation.number}] {citation.title}", 0, hang=4))
            if citation.url:
                print_line(console, f"    {clean(citation.url)}", style="cyan")
        print_line(console, indented(f"“{citation.sentence}”", 4), style="dim")
    if answer.follow_ups:
        print_line(console, "\nNext you could ask", style="bold")
        for idea in answer.follow_ups:
            print_line(console, indented(idea, 4))


def print_check(found: Check, source: str, name: str) -> None:
    """Print what a check found of a text, with its lines where it is a file's."""
    from rag.checking import LABELS

    console = open_console()
    for claim in found.claims:
        line = source.count("\n", 0, claim.start) + 1
        where = f"{name}:{line}: " if name else ""
        mark = f"{where}{LABELS[claim.finding]}"
        print_line(console, mark, style=_STYLES[claim.finding], whole=True)
        print_line(console, indented(claim.text, 2))
        _print_sentences(console, "for", claim.supporting)
        _print_sentences(console, "against", claim.against)
        _print_sentences(console, "closest", claim.near)
        _print_rest(console, claim)
    print_line(console, found.told())


def _print_sentences(console: Console, side: str, citations: tuple[Citation, ...]) -> None:
    for citation in citations:
        told = f"{side}: “{citation.sentence}” [{citation.number}] {citation.title}"
        if citation.start < 0:
            told = f"{side}: the title of [{citation.number}] {citation.title}"
        print_line(console, indented(told, 4, hang=6), style="cyan")


def _print_rest(console: Console, claim: CheckedClaim) -> None:
    from rag.checking import LABELS

    for reason in claim.reasons:
        print_line(console, indented(reason, 4, hang=6), style="dim")
    for key in claim.keys:
        if key.paper_id and len(claim.keys) > 1:
            told = f"{key.key}: {LABELS[key.finding]}"
            print_line(console, indented(told, 4, hang=6), style="dim")
    if claim.suggestion is not None:
        # As it is: LaTeX is made readable everywhere else.
        print_line(console, f"    cite {without_controls(claim.suggestion.markup)}", style="bold")
        print_line(console, indented(claim.suggestion.reference, 6), style="dim")


def indented(text: str, indent: int, *, hang: int = 0) -> str:
    """Fit a text to the console, so many columns in, the lines after the first by ``hang`` more."""
    import textwrap

    return textwrap.fill(
        clean(text),
        width=open_console().width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hang),
        break_long_words=False,
        break_on_hyphens=False,
    )


def first_author(authors: tuple[str, ...]) -> str:
    """Return the first author, with "et al." for the others."""
    return authors[0] + (" et al." if len(authors) > 1 else "") if authors else ""


def clean(text: str) -> str:
    """Make a text from outside safe and readable on a terminal."""
    from rag.text.readable import readable

    return readable(text)
