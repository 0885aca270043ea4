"""Runs the command line: registers its commands, and turns errors into one line and a code."""

from __future__ import annotations

import os
import sys

import typer

# These register their commands, in the order in which the help lists them.
from rag.cli import (  # noqa: F401
    asking,
    checking,
    deploying,
    evaluating,
    papers,
    safekeeping,
    serving,
    starring,
    streams,
)
from rag.cli.options import app


def main() -> None:
    """Run the command line; every error is one line on stderr and an exit code."""
    from rag.errors import RagError

    streams.prepare()
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


def _fail(message: str, code: int) -> None:
    from rag.text.readable import without_controls

    sys.stderr.write(f"rag: {without_controls(' '.join(message.split()))}\n")
    sys.exit(code)
