"""Tells what a text is written in, and reads its sentences. Pure."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal, get_args

from rag.errors import InputError
from rag.text import manuscript_latex, manuscript_markdown
from rag.text.manuscript import Passage

Form = Literal["markdown", "latex"]
"""Plain text is read as Markdown."""
FORMATS: tuple[Form, ...] = get_args(Form)
MAX_TEXT = 500_000  # characters; a thesis has about as many
# What would be read as something else than it is: its commands as words, or nothing of it.
_KINDS = {
    "a page of HTML": re.compile(r"\s*<(?:!doctype html|html|\?xml)\b", re.IGNORECASE),
    "RTF": re.compile(r"\s*\{\\rtf"),
    "a PDF": re.compile(r"\s*%PDF-"),
}
_ENDINGS: dict[str, Form] = {".tex": "latex", ".ltx": "latex", ".md": "markdown"}
# "\cite{", "\citep[3]{", "\begin{document}", "\section*{"; not "C:\begin".
_LATEX = re.compile(
    r"\\(?:[a-z]{0,12}cite[a-z]{0,8}\*?(?:\[[^\]\n]{0,80}\]){0,2}\{|(?:begin|documentclass|section"
    r"|subsection|emph|textbf|textit)\*?[\[{])",
    re.IGNORECASE,
)


def form_of(text: str, name: str = "") -> Form:
    """Return what a text is written in, by the name of its file or else by its commands."""
    known = _ENDINGS.get(PurePath(name).suffix.lower())
    return known or ("latex" if _LATEX.search(text) else "markdown")


def passages(text: str, form: Form) -> list[Passage]:
    """Return the sentences of a text in order.

    Raises:
        InputError: it is empty, too long, of another kind, or cannot be taken apart.
    """
    if not text.strip():
        raise InputError("there is no text to check")
    for name, kind in _KINDS.items():
        if kind.match(text):
            raise InputError(f"this is {name}; save it as plain text, Markdown or LaTeX first")
    if len(text) > MAX_TEXT:
        raise InputError(
            f"the text has {len(text):,} characters, {MAX_TEXT:,} are the most; check it in parts"
        )
    read = manuscript_latex if form == "latex" else manuscript_markdown
    return [one for block in read.paragraphs(text) for one in block.passages()]
