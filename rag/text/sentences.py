"""Splits an abstract into sentences with character offsets, and groups them into chunks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from rag.records import Sentence

# A sentence longer than this is cut at its last clause, or space, before it (characters). The
# longest of the seed sentences has 627.
MAX_SENTENCE = 1_000

# Characters around a full stop that tell whether it ends a sentence; looking at all of them takes
# time with the square of their number.
_LOOKED_AT = 100
# Words that end in a full stop without ending the sentence.
_ABBREVIATIONS = frozenset(
    """al approx ca cf ch chap co corp dept dr ed eds e.g eq eqs esp est etc ex fig figs i.e
    inc incl jr ltd max min mr mrs ms no nos p pp prof ref refs resp sec secs sect sr st tab vol
    vols vs viz w.r.t""".split()
)
# Of these a new sentence may well follow: they end one when a capitalised word comes next.
_MAY_END = frozenset("al co corp etc inc jr ltd max min no sec sr".split())
# "One. Two", "“so.” We", "很好。我们", "methods.Our results"; not "3.5", "Node.js". It takes
# "e.g. Swin" too; _ends leaves that together.
_BREAK = re.compile(
    r"""
    (?P<mark>[.!?]+|[。！？]+)      # the closing mark
    (?P<close>["'”’)\]}»]*)          # quotes and brackets that belong to the sentence
    (?P<space>\s+|(?<=[。！？])|$    # white space, which Chinese and Japanese do without
      |(?<=[a-z]{3}\.)(?=[A-Z][a-z]*\s))  # and which is missing in "… methods.Our results …"
    """,
    re.VERBOSE,
)
# What the mark is written to: "e.g" in "(e.g", "C" in "vitamin C", nothing in "so ".
_WORD_BEFORE = re.compile(r"[^\s(\[\"'“‘]*$")
# "J", "U.S", "J.-P"; not "AB", "Li".
_INITIAL = re.compile(r"(?:[A-Z]|[A-Z]\.-?[A-Z])")
# "(ii) From …", "(a) From …", "(3) from …" start a sentence; "(ab) from …" does not.
_ENUMERATOR = re.compile(r"\((?:[ivx]+|[a-z]|\d)\)")
# "One\n\ntwo", "One\n \ntwo"; not "One\ntwo".
_PARAGRAPH = re.compile(r"\n\s*\n")


def split(abstract: str, *, title: str = "") -> tuple[Sentence, ...]:
    """Split an abstract; the title comes first as sentence 0, then 1, 2, … of the abstract.

    For every sentence but the title ``abstract[start:end] == text``; spans are in order, do not
    overlap, and leave out nothing but white space.
    """
    spans = (
        (start, end)
        for paragraph in _paragraphs(abstract)
        for sentence in _sentences(abstract, *paragraph)
        for start, end in _shorten(abstract, *sentence)
    )
    body = (Sentence(i, abstract[a:b], a, b) for i, (a, b) in enumerate(spans, 1))
    return (Sentence(0, title, -1, -1), *body)


def chunk(
    title: str, sentences: Sequence[str], *, limit: int, count: Callable[[str], int]
) -> list[str]:
    """Group sentences into overlapping windows of at most ``limit`` tokens, each with the title.

    ``count`` gives the tokens of a text. A sentence longer than the limit stands alone and is left
    to the model's own truncation.
    """
    found = windows(title, sentences, limit=limit, count=count)
    return [f"{title}. {' '.join(sentences[a:b])}" for a, b in found] or [title]


def windows(
    title: str, sentences: Sequence[str], *, limit: int, count: Callable[[str], int]
) -> list[tuple[int, int]]:
    """Return the windows that ``chunk`` makes, as slices of the sentences."""
    return fitting(count(title) + 1, [count(sentence) for sentence in sentences], limit=limit)


def fitting(title: int, sizes: Sequence[int], *, limit: int) -> list[tuple[int, int]]:
    """Return overlapping slices of sentences that fit into ``limit`` tokens beside the title.

    ``title`` and ``sizes`` are tokens. The first slice starts with the first sentence, and the last
    ends with the last one and reaches back as far as it fits, so a usual abstract gives one slice,
    or two that share their middle. A sentence longer than the limit stands alone.
    """
    room = limit - title
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(sizes):
        end, used = start, 0
        while end < len(sizes) and (end == start or used + sizes[end] <= room):
            used += sizes[end]
            end += 1
        if end == len(sizes):
            while start > 0 and used + sizes[start - 1] <= room:
                start -= 1
                used += sizes[start]
        found.append((start, end))
        start = end
    return found


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _PARAGRAPH.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _sentences(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    begin = start
    for match in _BREAK.finditer(text, start, stop):
        end = match.end("close")
        if end < stop and not _ends(text, begin, match, stop):
            continue
        yield from _trimmed(text, begin, end)
        begin = match.end()
    yield from _trimmed(text, begin, stop)


def _ends(text: str, begin: int, match: re.Match[str], stop: int) -> bool:
    """Whether a closing mark in the middle of the text ends its sentence."""
    rest = text[match.end() : min(match.end() + _LOOKED_AT, stop)]
    follows = "A" if _ENUMERATOR.match(rest) else rest.lstrip("\"'“‘([{«*")[:1]
    if match["mark"] != "." or match["mark"][0] in "。！？":
        return not follows.islower()
    if follows.islower():
        return False
    start = match.start()
    word = _WORD_BEFORE.search(text[max(begin, start - _LOOKED_AT) : start])
    before = word.group() if word else ""
    if match["close"]:
        return True
    if before.lower() in _ABBREVIATIONS:
        return before.lower() in _MAY_END and follows.isupper()
    return not _INITIAL.fullmatch(before) or _is_label(text[max(0, start - _LOOKED_AT) : start])


def _is_label(text: str) -> bool:
    """Whether a lone capital at the end is a label ("vitamin C.") and not an initial ("J. Li")."""
    before = text.split()[-2:-1]
    return bool(before) and before[0].isalpha() and before[0].islower()


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def _shorten(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > MAX_SENTENCE:
        piece = text[start : start + MAX_SENTENCE]
        cut = max(piece.rfind("; "), piece.rfind(", ")) + 1 or piece.rfind(" ") or MAX_SENTENCE
        cut = cut if cut > 0 else MAX_SENTENCE
        yield from _trimmed(text, start, start + cut)
        start += cut
    yield from _trimmed(text, start, end)
