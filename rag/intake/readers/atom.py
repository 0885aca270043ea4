"""Reads Atom feeds as arXiv's API answers with, entry by entry.

Each entry is parsed by itself, so that one that is broken does not end the feed, and pages of
answers may stand one behind the other in a file.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import TextIO
from xml.etree.ElementTree import Element, ParseError  # defusedxml parses

from defusedxml import DefusedXmlException  # type: ignore[import-untyped, unused-ignore]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped, unused-ignore]

from rag.intake.readers.raw import Fault, Raw, Source

NAME = "Atom"
MAX_ENTRY = 4_000_000  # characters; one with 3,000 authors has 200,000
_CHUNK = 1 << 18  # characters read at once
_ATOM = "http://www.w3.org/2005/Atom"

# What may stand before the first element: '<?xml version="1.0"?>', "<!-- c -->".
_PROLOG = re.compile(r"\ufeff?\s*(?:<\?[^>]*>\s*|<!--(?:(?!-->).)*-->\s*)*", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE", re.IGNORECASE)
# "<feed xmlns='…'>", "<atom:feed>"; not "<feedback>", "<feed/>".
_FEED = re.compile(r"<((?:\w+:)?feed)(?:\s[^<>]*)?(?<!/)>")
_ROOT = re.compile(r"<(?:\w+:)?(?:feed|entry)\s[^<>]*>")
_ENTRY = re.compile(r"<(?:\w+:)?entry(?=[\s>])")  # "<entry>", "<atom:entry x='y'>"
# Where an entry ends: at "</entry>", or where the next begins.
_END = re.compile(rf"</(?:\w+:)?entry\s*>|{_ENTRY.pattern}")
# The id of a paper in the address that is its entry's id: "http://arxiv.org/abs/2303.16727v2".
_ID = re.compile(r"arxiv\.org/abs/(\S+)")
# A title in an entry that is not XML: "<title>A</title>".
_TITLE = re.compile(r"<(?:\w+:)?title\b[^<>]*>([^<]*)<")
# What XML has no place for: a form feed, a null; not tab and line feed.
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def sniff(head: str) -> bool:
    """Whether a text begins as an Atom feed or entry does."""
    begin = _PROLOG.match(head)
    rest = head[begin.end() :] if begin else head
    root = _ROOT.search(rest) if _DOCTYPE.match(rest) else _ROOT.match(rest)
    return root is not None and _ATOM in root.group()


def read(source: Source) -> Iterator[Raw | Fault]:
    """Read the entries of a feed; one with a DOCTYPE is refused, and nothing of it expanded."""
    with source.text() as stream:
        for number, (feed, entry) in enumerate(_entries(stream), 1):
            if not entry:
                yield Fault("has a DOCTYPE, which may hide what a feed says; remove it")
                return
            yield _parsed(feed, entry, number)


def _entries(stream: TextIO) -> Iterator[tuple[str, str]]:
    """Yield each entry with the start of its feed, which tells its namespaces.

    An empty entry stands for a DOCTYPE; one that never ends is cut at ``MAX_ENTRY``.
    """
    feed, text, at, is_all = "", "", 0, False
    while True:
        begin = _ENTRY.search(text, at)
        between = text[at : begin.start()] if begin else text[at:]
        if _DOCTYPE.search(between):
            yield feed, ""
            return
        for found in _FEED.finditer(between):
            feed = found.group()
        if begin:
            start = begin.start()
            if end := _END.search(text, begin.end()):
                at = end.end() if end.group().startswith("</") else end.start()
                yield feed, text[start:at]
                continue
            if is_all or len(text) - start > MAX_ENTRY:
                at = begin.end()
                yield feed, text[start : start + MAX_ENTRY]
                continue
        elif is_all:
            return
        else:  # a tag that is cut here may go on
            cut = text.rfind("<", at)
            start = cut if cut >= 0 and len(text) - cut < MAX_ENTRY else len(text)
        text, at = text[start:], 0
        more = stream.read(max(_CHUNK, len(text)))
        text, is_all = text + more, not more


def _parsed(feed: str, entry: str, number: int) -> Raw | Fault:
    opened = feed or f'<feed xmlns="{_ATOM}">'
    name = match[1] if (match := _FEED.match(opened)) else "feed"
    try:
        root = fromstring(_NO_XML.sub("", f"{opened}{entry}</{name}>"), forbid_dtd=True)
        return _raw(root[0], number)
    except (ParseError, DefusedXmlException, ValueError, IndexError) as error:
        title = _TITLE.search(entry)
        told = " ".join(html.unescape(title[1]).split())[:300] if title else ""
        return Fault(f"is not XML ({error})", told, number=number)


def _raw(entry: Element, number: int) -> Raw | Fault:
    texts: dict[str, str] = {}
    authors: list[str] = []
    keywords: list[str] = []
    for child in entry:
        name = _local(child)
        if name == "author":
            authors += ["".join(one.itertext()) for one in child if _local(one) == "name"]
        elif name == "category":
            keywords.append(child.get("term") or "")
        else:
            texts.setdefault(name, "".join(child.itertext()))
    address = texts.get("id", "").strip()
    if "arxiv.org/api/errors" in address:
        return Fault(f"is an error of arXiv ({texts.get('summary', '').strip()})", number=number)
    arxiv = _ID.search(address)
    return Raw(
        title=texts.get("title", ""),
        abstract=texts.get("summary", "") or texts.get("content", ""),
        authors=tuple(name.strip() for name in authors if name.strip()),
        year=texts.get("published", "").strip().partition("T")[0] or None,
        venue=texts.get("journal_ref", ""),
        doi=texts.get("doi", "").strip(),
        arxiv_id=arxiv[1] if arxiv else "",
        url=address,
        keywords=tuple(word for word in keywords if word),
        number=number,
    )


def _local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
