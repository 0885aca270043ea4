"""The command line, where each command asks the assistant and prints records."""

from rag.cli.options import app
from rag.cli.run import main

__all__ = ["app", "main"]
