"""Reads EndNote's XML, record by record; texts may be in pieces of different styles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from rag.intake.readers.raw import Fault, Raw, Source
from rag.intake.readers.tagged import DOI, PUBMED
from rag.intake.readers.xml_records import Cutter, content, first, parsed

NAME = "EndNote XML"

# "<xml><records><record>"; not "<records>" alone.
_SNIFF = re.compile(r"<xml(?:\s[^<>]{0,200})?>\s*<records(?:\s[^<>]{0,200})?>\s*<record[\s>]")
# "<record>", "</record>", "<records>"; not "<rec-number>".
_MARK = re.compile(r"<(/?)(records?)(?:\s[^<>]{0,900})?(?<!/)>")
# "Sleep" of "<title><style face="normal">Sleep</style></title>".
_TITLE = re.compile(r"<title>\s*(?:<style[^<>]{0,200}>)?([^<]{1,300})")


def sniff(head: str) -> bool:
    """Whether a text is EndNote's XML."""
    return bool(_SNIFF.search(head))


def read(source: Source) -> Iterator[Raw | Fault]:
    """Yield the records of a file, one at a time; one that is not well-formed is a fault."""
    with source.text() as stream:
        for cut in Cutter(_MARK, "records", "EndNote").cut(stream):
            found = parsed(cut, _TITLE)
            yield found if isinstance(found, Fault) else _raw(found, cut.line)


def _raw(record: ET.Element, line: int) -> Raw:
    number = first(record, "accession-num")
    base = first(record, "remote-database-name") + first(record, "remote-database-provider")
    doi = DOI.search(first(record, "electronic-resource-num"))
    years = "dates/year", "dates/pub-dates/date"
    return Raw(
        title=first(record, "titles/title"),
        abstract=first(record, "abstract"),
        authors=_texts(record, "contributors/authors/author"),
        year=first(record, *years) or None,
        venue=first(record, "periodical/full-title", "titles/secondary-title", "publisher"),
        doi=doi.group() if doi else "",
        pmid=number if number.isdecimal() and PUBMED.search(base) else "",
        url=first(record, "urls/related-urls/url", "urls/web-urls/url"),
        keywords=_texts(record, "keywords/keyword"),
        line=line,
    )


def _texts(record: ET.Element, path: str) -> tuple[str, ...]:
    return tuple(text for one in record.findall(path) if (text := content(one)))
