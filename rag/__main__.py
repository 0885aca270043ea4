"""Runs the command line as ``python -m rag``."""

from rag.cli import main

main()
