"""The command line. Each command is a few lines: it asks the assistant and prints records."""

from rag.cli.options import app
from rag.cli.run import main

__all__ = ["app", "main"]
