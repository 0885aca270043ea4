"""Reads PubMed's XML, record by record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

from rag.intake.readers.raw import Fault, Raw, Source
from rag.intake.readers.xml_records import Cut, Cutter, content, first, parsed

NAME = "PubMed XML"
# "<PubmedArticle>", "</PubmedBookArticle>", "<PubmedArticleSet>"; not "<PubmedData>".
_MARK = re.compile(r"<(/?)(Pubmed(?:Book)?Article(?:Set)?)(?:\s[^<>]{0,900})?(?<!/)>")
_SNIFF = re.compile(r"<(?:!DOCTYPE\s+)?Pubmed(?:Book)?Article(?:Set)?[\s>]")
# "Sleep" of "<ArticleTitle>Sleep</ArticleTitle>".
_TITLE = re.compile(r"<(?:Article|Book)Title[^<>]{0,200}>([^<]{1,300})")


def sniff(head: str) -> bool:
    """Whether a text is PubMed's XML."""
    return head.lstrip("\ufeff \t\n").startswith("<") and bool(_SNIFF.search(head))


def read(source: Source) -> Iterator[Raw | Fault]:
    """Yield the records of a file, one at a time; one that is not well-formed is a fault."""
    with source.text() as stream:
        for cut in Cutter(_MARK, "Set", "PubMed").cut(stream):
            yield _record(cut)


def _record(cut: Cut) -> Raw | Fault:
    found = parsed(cut, _TITLE)
    if isinstance(found, Fault):
        return found
    return _article(found, cut.line) if found.tag == "PubmedArticle" else _book(found, cut.line)


def _article(record: ET.Element, line: int) -> Raw:
    article = record.find("MedlineCitation/Article")
    if article is None:
        return Raw(line=line)
    places = article.findall("ELocationID") + record.findall("PubmedData/ArticleIdList/ArticleId")
    words = "MedlineCitation/MeshHeadingList/MeshHeading/DescriptorName"
    title = content(article.find("ArticleTitle"))
    return Raw(
        title=title
        if title.strip(" .[]").lower() not in ("", "not available")
        else content(article.find("VernacularTitle")) or title,
        abstract=_abstract(article.find("Abstract"))
        or _abstract(record.find("MedlineCitation/OtherAbstract")),
        authors=_people(article.find("AuthorList")),
        year=first(
            article,
            "Journal/JournalIssue/PubDate/Year",
            "Journal/JournalIssue/PubDate/MedlineDate",
            "ArticleDate/Year",
        )
        or None,
        venue=first(article, "Journal/Title", "Journal/ISOAbbreviation")
        or first(record, "MedlineCitation/MedlineJournalInfo/MedlineTA"),
        doi=_doi(places),
        arxiv_id=next(
            (content(place)[6:] for place in places if content(place).startswith("arXiv:")), ""
        ),
        pmid=first(record, "MedlineCitation/PMID"),
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
    title, whole = first(book, "ArticleTitle"), first(book, "Book/BookTitle")
    people = book.findall("AuthorList") + book.findall("Book/AuthorList")
    authors = [one for one in people if one.get("Type") != "editors"]
    return Raw(
        title=title or whole,
        abstract=_abstract(book.find("Abstract")),
        authors=_people(next(iter(authors or people), None)),
        year=first(book, "Book/PubDate/Year", "Book/PubDate/MedlineDate", "ContributionDate/Year")
        or None,
        venue=whole if title else "",
        doi=_doi(book.findall("ArticleIdList/ArticleId") + book.findall("Book/ELocationID")),
        pmid=first(book, "PMID"),
        keywords=_words(book.findall("KeywordList/Keyword")),
        line=line,
    )


def _words(elements: Iterable[ET.Element]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(content, elements))))


def _abstract(abstract: ET.Element | None) -> str:
    """Return the sections of an abstract, each with its label, if it has one."""
    if abstract is None:
        return ""
    labelled = (
        (one.get("Label", "").strip(" :"), content(one)) for one in abstract.findall("AbstractText")
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
        family = " ".join(filter(None, (first(author, "LastName"), first(author, "Suffix"))))
        given = first(author, "ForeName", "Initials")
        name = f"{family}, {given}" if family and given else family or given
        if author.get("ValidYN") != "N":
            group = first(author, "CollectiveName")
            names.append(name or (f"{{{group}}}" if "," in group else group))
    return tuple(filter(None, names))


def _doi(elements: Iterable[ET.Element]) -> str:
    """Return the first DOI among the elements with identifiers."""
    dois = (
        content(one)
        for one in elements
        if "doi" in (one.get("EIdType"), one.get("IdType")) and one.get("ValidYN") != "N"
    )
    return next(filter(None, dois), "")
