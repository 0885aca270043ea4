"""Makes a record of an item as Zotero's API gives it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rag.intake.readers import Raw

# What is no paper: it hangs on one, or on nothing.
_NO_PAPERS = frozenset({"attachment", "note", "annotation"})
_TITLES = ("title", "caseName", "nameOfAct", "subject")
_VENUES = (
    "publicationTitle",
    "proceedingsTitle",
    "conferenceName",
    "bookTitle",
    "encyclopediaTitle",
    "dictionaryTitle",
    "websiteTitle",
    "university",
    "institution",
    "repository",
    "journalAbbreviation",
    "publisher",
)
# A line of the field "Extra": "PMID: 123", "arXiv: 2303.16727 [cs]"; not "PMCID: PMC1".
_EXTRA = re.compile(
    r"^[ \t]*(DOI|PMID|arXiv|Citation Key)[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE
)
_ARXIV = re.compile(r"arxiv:\s*(\S+)", re.IGNORECASE)  # "arXiv:2303.16727" of "archiveID"


def is_paper(item: Mapping[str, Any]) -> bool:
    """Whether an item stands for a work; attachments and notes do not."""
    return _data(item).get("itemType") not in _NO_PAPERS


def raw(item: Mapping[str, Any], collections: Mapping[str, str], source: str) -> Raw:
    """Make a record of an item; ``collections`` are names by key, ``source`` where it is from."""
    data = _data(item)
    extra = {name.lower(): value for name, value in _EXTRA.findall(_text(data, "extra"))}
    archived = _ARXIV.search(_text(data, "archiveID"))
    return Raw(
        title=_text(data, *_TITLES),
        abstract=_text(data, "abstractNote"),
        authors=_authors(data.get("creators")),
        year=_text(data, "date") or None,
        venue=_text(data, *_VENUES),
        doi=_text(data, "DOI") or extra.get("doi", ""),
        arxiv_id=archived[1] if archived else extra.get("arxiv", ""),
        pmid=_text(data, "PMID") or extra.get("pmid", ""),
        url=_text(data, "url"),
        citation_key=_text(data, "citationKey") or extra.get("citation key", ""),
        keywords=tuple(_text(tag, "tag") for tag in _objects(data.get("tags"))),
        collections=tuple(
            collections[key] for key in _list(data.get("collections")) if key in collections
        ),
        source=source,
    )


def _data(item: Mapping[str, Any]) -> Mapping[str, Any]:
    data = item.get("data")
    return data if isinstance(data, dict) else {}


def _authors(creators: object) -> tuple[str, ...]:
    """Return who wrote it; where nobody did (edited volumes, talks), all who made it."""
    people = _objects(creators)
    wrote = [one for one in people if one.get("creatorType") == "author"]
    return tuple(filter(None, map(_name, wrote or people)))


def _name(creator: Mapping[str, Any]) -> str:
    whole = _text(creator, "name")
    if whole:
        return f"{{{whole}}}" if "," in whole else whole
    family, given = _text(creator, "lastName"), _text(creator, "firstName")
    return f"{family}, {given}" if family and given else family or given


def _text(record: Mapping[str, Any], *names: str) -> str:
    """Return the first of some fields that has any text."""
    found = (record.get(name) for name in names)
    return next((value.strip() for value in found if isinstance(value, str) and value.strip()), "")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in _list(value) if isinstance(one, dict)]
