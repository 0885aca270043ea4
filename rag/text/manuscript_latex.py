"""Takes LaTeX apart into paragraphs of plain words: commands, comments and formulas go. Pure.

Left out with all that is in them: the preamble, headings, displayed formulas, tables, figures,
listings and the bibliography.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from rag.errors import InputError
from rag.text.manuscript import Block
from rag.text.readable import readable

# "cite", "citep", "parencites", "Citet", a journal's own "shortcite"; not "exciting".
_CITES = re.compile(r"[a-z]{0,12}[Cc]ite(?![a-z]*[gd]$)[a-z]{0,8}")
_NO_CITES = frozenset({"nocite", "citestyle", "citereset", "citename", "defcitealias"})
# Those that stand as a word of their sentence: "\citet{a} show".
_WORDS = re.compile(r"[Cc]ite(?:t|author)[a-z]*|[Tt]extcites?")
_HEADINGS = frozenset(
    "part chapter section subsection subsubsection paragraph subparagraph title author date thanks"
    " affiliation address email institute keywords caption bibliographystyle bibliography".split()
)
_SILENT = frozenset(
    "label ref eqref cref Cref autoref pageref includegraphics usepackage documentclass input"
    " include newcommand renewcommand def vspace hspace url href nocite maketitle hline"
    " tableofcontents pagestyle setlength graphicspath".split()
)
_LEFT_OUT = frozenset(
    "equation align gather multline eqnarray displaymath math split flalign alignat table tabular"
    " tabularx longtable figure wrapfigure tikzpicture verbatim lstlisting minted algorithm"
    " algorithmic thebibliography comment filecontents".split()
)
_LAST_ALONE = frozenset("textcolor colorbox href hyperref".split())
# "\newcommand{\dist}{DiST}", "\def\dist{DiST}"; not with arguments, or with braces inside.
_DEFINED = re.compile(
    r"\\(?:(?:re)?newcommand\*?\s?\{?\s?|def\s?)\\([A-Za-z]{1,40})\s?\}?\s?\{([^{}#]{1,80})\}"
)
_NO_KEYS = re.compile(r"[^\s,]\s+[^\s,]")  # "key DiST uses"; not "a, b"
_PLAIN = {"~": " ", "``": "“", "''": "”", "--": "–", "---": "—"}
_PARAGRAPH = re.compile(r"\n\s*\n")
_KEY = re.compile(r"[^\s,{}]+")
# Commands of other packages whose arguments pylatexenc does not know.
_BIBLATEX = (
    "parencite parencites textcite textcites autocite autocites footcite smartcite supercite "
    "fullcite Parencite Textcite Autocite"
).split()


def paragraphs(source: str) -> Iterator[Block]:
    """Yield the paragraphs of a document, or of a part of one, in order.

    Raises:
        InputError: its braces are nested too deeply to be read.
    """
    from pylatexenc.latexwalker import LatexWalker

    try:
        nodes = LatexWalker(source, _commands(), tolerant_parsing=True).get_latex_nodes()[0]
        document = next((n for n in nodes if getattr(n, "environmentname", "") == "document"), None)
        reading = _Reading(source)
        reading.read(nodes if document is None else document.nodelist)
    except RecursionError as error:
        raise InputError(
            "the LaTeX cannot be read: braces stand in braces hundreds of times; close them"
        ) from error
    yield from reading.done()


class _Reading:
    """A document under way: the paragraphs so far, and the one that is being read."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._block = Block(source)
        self._found: list[Block] = []
        # What the document calls by a name of its own: "\\dist" for "DiST".
        self._own = {m[1]: readable(m[2]) for m in _DEFINED.finditer(source)}

    def done(self) -> list[Block]:
        """Return all paragraphs."""
        self._end()
        return self._found

    def read(self, nodes: Any) -> None:
        """Read nodes one after another."""
        waiting = ""  # a citation whose command pylatexenc does not know
        gone = 0  # arguments of a command it does not know, which are no words of the text
        for node in nodes or ():
            if node is None:
                continue
            kind = type(node).__name__
            if gone and kind in ("LatexGroupNode", "LatexMacroNode"):
                gone -= 1
                continue
            gone = 0
            if waiting and kind == "LatexGroupNode":
                self._cite(waiting, node, node)
                waiting = waiting if waiting.endswith("s") else ""
                continue
            waiting = ""
            if kind == "LatexMacroNode":
                waiting = self._macro(node)
                gone = 0 if node.nodeargd and node.nodeargd.argnlist else _gone(node.macroname)
            else:
                self._rest(kind, node)

    def _rest(self, kind: str, node: Any) -> None:
        """Read what is no command."""
        if kind == "LatexCharsNode":
            self._characters(node.chars, node.pos)
        elif kind == "LatexSpecialsNode":
            self._special(node)
        elif kind == "LatexGroupNode":
            self.read(node.nodelist)
        elif kind == "LatexMathNode":
            self._maths(node)
        elif kind == "LatexEnvironmentNode":
            self._environment(node)

    def _characters(self, chars: str, pos: int) -> None:
        start = 0
        for match in _PARAGRAPH.finditer(chars):
            self._block.add(chars[start : match.start()], pos + start)
            self._end()
            start = match.end()
        self._block.add(chars[start:], pos + start)

    def _special(self, node: Any) -> None:
        if "\n" in node.specials_chars:
            self._end()
        else:
            text = _PLAIN.get(node.specials_chars, node.specials_chars)
            self._block.add(text, node.pos, node.pos + node.len)

    def _maths(self, node: Any) -> None:
        if node.displaytype == "inline":
            inside = readable(self._source[node.pos : node.pos + node.len].strip("$"))
            self._block.add(inside, node.pos, node.pos + node.len)

    def _environment(self, node: Any) -> None:
        name = node.environmentname.rstrip("*")
        if name in ("equation", "align", "displaymath", "gather", "multline"):
            return  # the sentence goes on behind it
        self._end()
        if name not in _LEFT_OUT:
            self.read(node.nodelist)
        self._end()

    def _macro(self, node: Any) -> str:
        """Read a command; return its name where its argument is still to come."""
        name = node.macroname
        arguments = [one for one in (node.nodeargd.argnlist or ()) if one] if node.nodeargd else []
        if _CITES.fullmatch(name) and name not in _NO_CITES:
            if not arguments:
                return str(name)
            self._cite(name, node, arguments[-1])
            return str(name) if name.endswith("s") else ""  # "\\parencites{a}{b}"
        if name in _HEADINGS or name == "item":
            self._end()
        elif name == "footnote":
            outer, self._block = self._block, Block(self._source)
            self.read(arguments)
            self._end()
            self._block = outer
        elif name in ("%", "&", "_", "#", "$", "{", "}", " ", ",", "\\", "quad"):
            text = name if name in "%&_#${}" else " "
            self._block.add(text, node.pos, node.pos + node.len)
        elif name in self._own:
            self._block.add(self._own[name], node.pos, node.pos + node.len)
        elif name in _LAST_ALONE:
            self.read(arguments[-1:])
        elif name not in _SILENT:
            self._other(node, arguments)
        return ""

    def _other(self, node: Any, arguments: list[Any]) -> None:
        """Read the words inside a command, or the letter that it stands for."""
        verbatim = self._source[node.pos : node.pos + node.len]
        accented = len(node.macroname) == 1
        if arguments and not accented:
            self.read(arguments)
            return
        shown = readable(verbatim) if accented or not arguments else ""
        self._block.add("" if shown == verbatim else shown, node.pos, node.pos + node.len)

    def _cite(self, name: str, node: Any, keys: Any) -> None:
        text = self._source[keys.pos : keys.pos + keys.len]
        if _NO_KEYS.search(text.strip("{} \n")):  # a brace that is not closed: words, no keys
            self.read([keys])
            return
        end = max(node.pos + node.len, keys.pos + keys.len)
        is_word = bool(_WORDS.fullmatch(name))
        self._block.cite(_KEY.findall(text), node.pos, end, is_word=is_word)

    def _end(self) -> None:
        self._found.append(self._block)
        self._block = Block(self._source)


def _gone(name: str) -> int:
    """Return how many things behind a command are its arguments, where nobody knows of them."""
    if name in ("def", "newcommand", "renewcommand"):
        return 2
    return 1 if name in _HEADINGS or name in _SILENT or name in _LAST_ALONE else 0


@cache
def _commands() -> Any:
    """Return what commands take, those of biblatex among them."""
    from pylatexenc.latexwalker import get_default_latex_context_db
    from pylatexenc.macrospec import std_macro

    known = get_default_latex_context_db()
    specs = [std_macro(name, "*[[{") for name in _BIBLATEX]
    known.add_context_category("biblatex", macros=specs, prepend=True)
    return known
