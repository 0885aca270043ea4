"""Reads PubMed's XML, record by record.

Each record is cut out of the text and parsed by itself, so that a broken one costs no other and
memory stays constant. None has a document type, so no entity is ever declared, expanded or fetched;
a file whose document type declares some is refused all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TextIO
from xml.etree import ElementTree as ET

from rag.intake.readers.raw import Fault, Raw, Source

NAME = "PubMed XML"
_CHUNK = 1 << 16  # characters
_MOST_CHUNKS = 64  # of a record: 4 million characters
_MOST_TAG = 1_000  # characters of the tags that are looked for

# "<PubmedArticle>", "</PubmedBookArticle>", "<PubmedArticleSet>"; not "<PubmedData>".
_MARK = re.compile(r"<(/?)(Pubmed(?:Book)?Article(?:Set)?)(?:\s[^<>]{0,900})?(?<!/)>")
_SNIFF = re.compile(r"<(?:!DOCTYPE\s+)?Pubmed(?:Book)?Article(?:Set)?[\s>]")
# "<!DOCTYPE a [", "<!ENTITY"; not '<!DOCTYPE a PUBLIC "b" "c">'.
_DECLARES = re.compile(r"<!DOCTYPE[^<>\[]*\[|<!ENTITY")
# The sign of "R&D" and "&nbsp;"; not that of "&amp;", "&#8211;".
_LOOSE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
# "Sleep" of "<ArticleTitle>Sleep</ArticleTitle>".
_TITLE = re.compile(r"<(?:Article|Book)Title[^<>]{0,200}>([^<]{1,300})")
# Prefixes that may be declared on the root, which a record is cut out of.
_ROOT = (
    '<r xmlns:mml="http://www.w3.org/1998/Math/MathML" '
    'xmlns:xlink="http://www.w3.org/1999/xlink">{}</r>'
)


def sniff(head: str) -> bool:
    """Whether a text is PubMed's XML."""
    return head.lstrip("\ufeff \t\n").startswith("<") and bool(_SNIFF.search(head))


def read(source: Source) -> Iterator[Raw | Fault]:
    """Yield the records of a file, one at a time; one that is not well-formed is a fault."""
    with source.text() as stream:
        for cut in _Cutter().cut(stream):
            yield _record(cut)


@dataclass(frozen=True, slots=True)
class _Cut:
    text: str  # of one record
    line: int
    why: str = ""  # what is wrong with it


@dataclass(slots=True)
class _Cutter:
    """Cuts a text into its records."""

    line: int = 1
    start: int = 0  # the line of the open record; 0 if none is
    parts: list[str] = field(default_factory=list)  # of the open record
    rooted: bool = False  # whether the root is open

    def cut(self, stream: TextIO) -> Iterator[_Cut]:
        rest = ""
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            # What may be half a tag waits for its other half.
            half = text.rfind("<", max(0, len(text) - _MOST_TAG))
            end = half if half >= 0 and text.find(">", half) < 0 else len(text)
            text, rest = text[:end], text[end:]
            place = 0
            for mark in _MARK.finditer(text):
                before, place = text[place : mark.start()], mark.end()
                if not self.start and _DECLARES.search(before):
                    yield self._refused()
                    return
                yield from self._feed(before, mark)
            tail = text[place:]
            if not self.start and _DECLARES.search(tail):
                yield self._refused()
                return
            self.line += tail.count("\n")
            if self.start:
                self.parts.append(tail)
                if len(self.parts) > _MOST_CHUNKS:
                    yield self._closed("is far too long for a record")
        self.parts.append(rest)
        if self.start:
            yield self._closed("is cut off where the file ends; export it again")
        elif self.rooted:
            yield _Cut("", self.line, "ends too early; export it again, records may be missing")

    def _feed(self, before: str, mark: re.Match[str]) -> Iterator[_Cut]:
        """Take in a tag and the text before it."""
        self.line += before.count("\n")
        closing, root = bool(mark[1]), mark[2].endswith("Set")
        if self.start:
            self.parts.append(before)
            if closing and not root:
                self.parts.append(mark[0])
                yield self._closed()
            else:
                yield self._closed("is not closed")
        if root:
            self.rooted = not closing
        elif not closing:
            self.start, self.parts = self.line, [mark[0]]
        self.line += mark[0].count("\n")

    def _closed(self, why: str = "") -> _Cut:
        cut = _Cut("".join(self.parts), self.start, why)
        self.start, self.parts = 0, []
        return cut

    def _refused(self) -> _Cut:
        return _Cut("", self.line, "declares entities, as PubMed's files never do; not read")


def _record(cut: _Cut) -> Raw | Fault:
    why = cut.why
    for text in (cut.text, _LOOSE_AMPERSAND.sub("&amp;", cut.text)):
        if why:
            break
        try:
            found = ET.fromstring(_ROOT.format(text))[0]  # noqa: S314  # see above
        except ET.ParseError as error:
            broken = f"is not well-formed XML ({error.msg.split(':')[0]})"
            continue
        return _article(found, cut.line) if found.tag == "PubmedArticle" else _book(found, cut.line)
    title = _TITLE.search(cut.text)
    return Fault(why or broken, " ".join(title[1].split()) if title else "", cut.line)


def _article(record: ET.Element, line: int) -> Raw:
    article = record.find("MedlineCitation/Article")
    if article is None:
        return Raw(line=line)
    places = article.findall("ELocationID") + record.findall("PubmedData/ArticleIdList/ArticleId")
    words = "MedlineCitation/MeshHeadingList/MeshHeading/DescriptorName"
    title = _text(article.find("ArticleTitle"))
    return Raw(
        title=title
        if title.strip(" .[]").lower() not in ("", "not available")
        else _text(article.find("VernacularTitle")) or title,
        abstract=_abstract(article.find("Abstract"))
        or _abstract(record.find("MedlineCitation/OtherAbstract")),
        authors=_people(article.find("AuthorList")),
        year=_first(
            article,
            "Journal/JournalIssue/PubDate/Year",
            "Journal/JournalIssue/PubDate/MedlineDate",
            "ArticleDate/Year",
        )
        or None,
        venue=_first(article, "Journal/Title", "Journal/ISOAbbreviation")
        or _first(record, "MedlineCitation/MedlineJournalInfo/MedlineTA"),
        doi=_doi(places),
        arxiv_id=next(
            (_text(place)[6:] for place in places if _text(place).startswith("arXiv:")), ""
        ),
        pmid=_first(record, "MedlineCitation/PMID"),
        keywords=_words(
            record.findall(words) + record.findall("MedlineCitation/KeywordList/Keyword")
        ),
        line=line,
    )


def _book(record: ET.Element, line: int) -> Raw:
    """Return a book, or a chapter with its book as where it appeared."""
    book = record.find("BookDocument")
    if book is None:
        return Raw(line=line)
    title, whole = _first(book, "ArticleTitle"), _first(book, "Book/BookTitle")
    people = book.findall("AuthorList") + book.findall("Book/AuthorList")
    authors = [one for one in people if one.get("Type") != "editors"]
    return Raw(
        title=title or whole,
        abstract=_abstract(book.find("Abstract")),
        authors=_people(next(iter(authors or people), None)),
        year=_first(book, "Book/PubDate/Year", "Book/PubDate/MedlineDate", "ContributionDate/Year")
        or None,
        venue=whole if title else "",
        doi=_doi(book.findall("ArticleIdList/ArticleId") + book.findall("Book/ELocationID")),
        pmid=_first(book, "PMID"),
        keywords=_words(book.findall("KeywordList/Keyword")),
        line=line,
    )


def _text(element: ET.Element | None) -> str:
    """Return the text of an element and of all in it."""
    return "" if element is None else "".join(element.itertext()).strip()


def _first(element: ET.Element, *paths: str) -> str:
    return next((text for path in paths if (text := _text(element.find(path)))), "")


def _words(elements: Iterable[ET.Element]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(_text, elements))))


def _abstract(abstract: ET.Element | None) -> str:
    """Return the sections of an abstract, each with its label, if it has one."""
    if abstract is None:
        return ""
    labelled = (
        (one.get("Label", "").strip(" :"), _text(one)) for one in abstract.findall("AbstractText")
    )
    return " ".join(
        f"{label}: {text}" if label and label != "UNLABELLED" else text
        for label, text in labelled
        if text
    )


def _people(authors: ET.Element | None) -> tuple[str, ...]:
    """Return the authors as "Family, Given", groups as they are called, in braces with a comma."""
    names = []
    for author in [] if authors is None else authors.findall("Author"):
        family = " ".join(filter(None, (_first(author, "LastName"), _first(author, "Suffix"))))
        given = _first(author, "ForeName", "Initials")
        name = f"{family}, {given}" if family and given else family or given
        if author.get("ValidYN") != "N":
            group = _first(author, "CollectiveName")
            names.append(name or (f"{{{group}}}" if "," in group else group))
    return tuple(filter(None, names))


def _doi(elements: Iterable[ET.Element]) -> str:
    """Return the first DOI among the elements with identifiers."""
    dois = (
        _text(one)
        for one in elements
        if "doi" in (one.get("EIdType"), one.get("IdType")) and one.get("ValidYN") != "N"
    )
    return next(filter(None, dois), "")
