"""Takes Markdown, and plain text, apart into paragraphs of plain words. Pure.

Left out: headings, tables, code, HTML and pictures. Citations are Pandoc's, ``[@key]`` and
``@key``; bare numbers in brackets name no paper and go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import Any

from markdown_it import MarkdownIt

from rag.text.manuscript import Block

_NAME = r"@(?:\{[^{}\s]{1,200}\}|\w(?:[\w:.#$%&+?<>~/-]{0,200}\w)?)"
# "[@wang2023]", "[see @a, p. 3; -@b]"; not "[1]", "a@b.org".
_BRACKETED = re.compile(rf"\[[^\[\]@\n]{{0,200}}(?<![\w@]){_NAME}[^\[\]]{{0,400}}\]")
# "@wang2023", "@wang2023 [p. 3]"; not "me@home.org", "@wang2023 [a note]".
_KEY = re.compile(rf"(?<![\w@\\]){_NAME}(?: \[(?:pp?\.|ch|sec|fig|tab)[^\[\]]{{0,60}}\])?")
_BARE = re.compile(rf"(?<![\w@\\]){_NAME}")
# "[1]", "[2, 3]", "[4–6]", "[^note]"; not "[a]".
_NUMBERS = re.compile(r" ?\[(?:\^[\w-]{1,50}|\d{1,4}(?:\s?[,–-]\s?\d{1,4}){0,30})\](?![(:])")
# "[^1]: " before a note; "$$x = a$$" by itself; the dollars of "$90.0\%$", not of "$5 and $6".
_NOTE = re.compile(r"^[ \t]{0,3}\[\^[\w-]{1,50}\]:[ \t]?", re.MULTILINE)
_FORMULA = re.compile(r"\$\$[^$]{1,2000}\$\$")
_FIGURE_IN_DOLLARS = re.compile(r"\$(\d[\d.,]{0,20}(?:\\?%)?)\$")
_BREAKS = {"softbreak": "\n", "hardbreak": "\n"}
# What stands for a citation while Markdown is read, each as long as what it hides.
_WORD, _ASIDE, _GONE = "\ue000", "\ue001", "\ue002"
_HIDDEN = re.compile(f"([{_WORD}{_ASIDE}]?){_GONE}*")


def paragraphs(source: str) -> Iterator[Block]:
    """Yield the paragraphs of a text in order."""
    hidden = _hide(source)
    # As Markdown counts lines: a form feed, which a text out of a PDF has, ends none.
    starts = [0, *accumulate(len(line) + 1 for line in hidden.split("\n"))]
    starts[-1] = len(hidden)
    outside = ""
    for token in _parser().parse(hidden.replace("\r", " ")):
        if token.type.endswith("_open"):
            outside = token.type
        elif token.type == "inline" and outside == "paragraph_open" and token.map:
            first, last = (min(line, len(starts) - 1) for line in token.map)
            yield _Reading(source, hidden, starts[first], starts[last]).read(token.children)


class _Reading:
    """A paragraph under way, and how far it has been read."""

    def __init__(self, source: str, hidden: str, start: int, end: int) -> None:
        self._source, self._hidden = source, hidden
        self._at, self._end = start, end
        self._block = Block(source)

    def read(self, tokens: Any) -> Block:
        """Read the pieces that Markdown makes of it."""
        for token in tokens or ():
            if token.type in ("text", "code_inline"):
                self._words(token.content, is_code=token.type == "code_inline")
            elif token.type == "text_special":  # an escape or an entity
                place = self._found(token.markup)
                self._block.add(token.content, place, place + len(token.markup))
            elif token.type in _BREAKS:
                place = self._found("\n")
                self._block.add(_BREAKS[token.type], place)
            elif token.type == "html_inline":
                place = self._found(token.content)
                self._block.add(" ", place, place + len(token.content))
            elif token.type == "image":
                self._found("](")
                self._at -= 2
                self._behind_address()
            elif token.type == "link_close":
                self._behind_address()
        return self._block

    def _found(self, text: str) -> int:
        """Return where a piece stands, and go on behind it."""
        place = self._hidden.find(text, self._at, self._end)
        place = self._at if place < 0 else place
        self._at = min(place + len(text), self._end)
        return place

    def _words(self, content: str, *, is_code: bool) -> None:
        place = self._found(content)
        done = 0
        for match in _HIDDEN.finditer(content):
            if not match.group():
                continue
            self._block.add(content[done : match.start()], place + done)
            start, end = place + match.start(), place + match.end()
            done = match.end()
            if is_code:
                self._block.add(self._source[start:end], start)
            elif match[1]:
                keys = [key[1:].strip("{}") for key in _BARE.findall(self._source[start:end])]
                self._block.cite(keys, start, end, is_word=match[1] == _WORD)
        self._block.add(content[done:], place + done)

    def _behind_address(self) -> None:
        """Go behind the address of a link: ``](…)``, ``][…]``."""
        if self._hidden.startswith("](", self._at):
            depth = 0
            for place in range(self._at + 1, self._end):
                depth += {"(": 1, ")": -1}.get(self._hidden[place], 0)
                if not depth:
                    self._at = place + 1
                    return
        elif self._hidden.startswith("][", self._at):
            close = self._hidden.find("]", self._at + 2, self._end)
            self._at = close + 1 if close >= 0 else self._at


def _hide(source: str) -> str:
    """Put signs in place of citations, so that Markdown takes nothing in them for its own."""

    def sign(char: str) -> Any:
        return lambda match: char + _GONE * (len(match.group()) - len(char))

    text = re.sub(f"[{_WORD}{_ASIDE}{_GONE}]", " ", source)
    for pattern in (_NOTE, _FORMULA):
        text = pattern.sub(sign(""), text)
    text = _FIGURE_IN_DOLLARS.sub(lambda m: _GONE + m[1] + _GONE, text)
    text = _BRACKETED.sub(sign(_ASIDE), text)
    return _NUMBERS.sub(sign(""), _KEY.sub(sign(_WORD), text))


@cache
def _parser() -> MarkdownIt:
    # Not "code": a text that is indented is no program. Escapes stay pieces of their own, since
    # what is joined to its neighbours is not found in the source.
    return MarkdownIt("commonmark").enable("table").disable(["code", "text_join"])
