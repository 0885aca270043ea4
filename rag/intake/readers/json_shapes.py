"""Makes a record of a JSON object, whatever made it: told by its keys. Pure.

The project's own shape and tables turned to JSON, Semantic Scholar, OpenAlex, Crossref, CSL-JSON,
Europe PMC and arXiv's metadata snapshot.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from rag.intake.readers.raw import Fault, Raw
from rag.intake.readers.tables import columns, people, words
from rag.text.readable import readable

Record = Mapping[str, Any]

# The id of a work in its address: "http://arxiv.org/abs/2401.00009v2",
# "https://arxiv.org/pdf/math/0309002"; not "https://doi.org/10.48550/arxiv.2401.00009".
_ARXIV_URL = re.compile(
    r"arxiv\.org/(?:abs|pdf)/((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?)"
)
# What Zotero writes into "number" and "note": "arXiv:2303.16727", "arXiv:2303.16727 [cs]".
_ARXIV_NOTE = re.compile(r"\s*arXiv:\s*(\S+)", re.IGNORECASE)
# The year and month in which an arXiv id was given: "0704" of "0704.9001", "0309" of
# "math/0309002".
_ARXIV_MONTH = re.compile(r"(?:.*/)?(\d\d)\d\d[\d.]{3,}", re.DOTALL)
_PMID = re.compile(r"(\d{1,9})/?\s*$")  # "https://pubmed.ncbi.nlm.nih.gov/29456894"
# Ids of CSL-JSON that are no citation keys: "http://zotero.org/users/1/items/AB", "12/ABCD1234",
# "ITEM-1"; not "smith2020", "10.1000/x".
_NO_KEY = re.compile(r".*://.*|\d+/[A-Z0-9]{8}|ITEM-\d+", re.DOTALL)
# An affiliation in arXiv's list of authors, which holds no other: "(Smith College)".
_AFFILIATION = re.compile(r"\([^()]*\)")
# The heading over a whole abstract in JATS: "<jats:title>Abstract</jats:title>"; not
# "<jats:title>Background</jats:title>".
_HEADING = re.compile(
    r"\s*<jats:title>\s*(?:abstract|summary)\s*[.:]?\s*</jats:title>", re.IGNORECASE
)
# The label of a part of an abstract at Europe PMC: "<h4>Background</h4>", "<h4>Results:</h4>".
_LABEL = re.compile(r"<h4>\s*([^<>]{1,80}?)[\s:.]*</h4>\s*", re.IGNORECASE)
_OWN = (
    "title abstract authors year venue doi arxiv_id pmid url citation_key keywords collections"
).split()
_TITLES = ("title", "display_name")


def raw(record: Record, *, line: int | None = None, number: int | None = None) -> Raw | Fault:
    """Make a record of an object; one without anything like a title is a fault."""
    if not has_title(record):
        return Fault("has no title", line=line, number=number)
    fields = _SHAPES[_shape(record)](record)
    return Raw(**fields, line=line, number=number)


def has_title(record: Record) -> bool:
    """Whether an object has a key for a title, even if nothing stands there."""
    return any(name in record for name in _TITLES) or "title" in _columns(tuple(record))


def _shape(record: Record) -> str:
    keys = record.keys()
    if "authors_parsed" in keys or {"id", "categories", "versions"} <= keys:
        return "arxiv"
    named = text(record.get("id")).startswith("https://openalex.org/")
    if named or "abstract_inverted_index" in keys or "authorships" in keys:
        return "openalex"
    if "paperId" in keys or "externalIds" in keys:
        return "semantic scholar"
    if keys & _EUROPE_PMC and "source" in keys:
        return "europe pmc"
    if "title" in keys and "authors" not in keys and keys & _CSL:
        return "csl"
    return "own"


_EUROPE_PMC = frozenset({"authorString", "journalInfo", "abstractText"})
_CSL = frozenset("DOI container-title issued type citation-key".split())


@lru_cache(maxsize=256)
def _columns(keys: tuple[str, ...]) -> dict[str, str]:
    return columns(keys)


# -- values --------------------------------------------------------------------------------------


def text(value: Any) -> str:
    """Return a value as text; what has none (null, NaN, an object) is empty."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value.bit_length() < 10_000 else ""  # Python prints no longer ones
    if isinstance(value, list):
        return "\n".join(item for item in value if isinstance(item, str))
    return ""


def _first(*values: Any) -> str:
    """Return the first value that has any text."""
    return next((found for value in values if (found := text(value))), "")


def _within(record: Any, *path: str) -> Any:
    """Return what lies below keys, or None where they lead nowhere."""
    for key in path:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def _items(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list."""
    return (item for item in (value if isinstance(value, list) else ()) if isinstance(item, dict))


def _words(value: Any, *names: str) -> tuple[str, ...]:
    """Return a list of words: strings, objects with one of some names, or a text to be parted."""
    if not isinstance(value, list):
        return words(plain) if (plain := text(value)) else ()
    found = (
        _first(*(item.get(name) for name in names)) if isinstance(item, dict) else text(item)
        for item in value
    )
    return tuple(word for word in found if word)


def _people(value: Any) -> tuple[str, ...]:
    """Return names: strings, objects with a name or its parts, or a text to be parted."""
    if not isinstance(value, list):
        return people(plain) if (plain := text(value)) else ()
    found = (_name(item) if isinstance(item, dict) else text(item) for item in value)
    return tuple(name for name in found if name.strip())


def _name(person: Record) -> str:
    family = _first(person.get("family"), person.get("last"), person.get("lastName"))
    if not family:
        return _first(person.get("literal"), person.get("name"), person.get("display_name"))
    particles = (person.get("dropping-particle"), person.get("non-dropping-particle"))
    given = _first(person.get("given"), person.get("first"), person.get("firstName"))
    return _joined(given, *map(text, particles), family, text(person.get("suffix")))


def _joined(*parts: str) -> str:
    return " ".join(part.strip() for part in parts if part.strip())


def _date(*values: Any) -> Any:
    """Return the year of the first date that has one: parts, as CSL has them, or as it stands."""
    for value in values:
        parts = _within(value, "date-parts")
        while isinstance(parts, list):
            parts = parts[0] if parts else None
        found = _first(parts, _within(value, "raw"), _within(value, "literal"), value)
        if found:
            return found
    return None


# -- shapes --------------------------------------------------------------------------------------


def _own(record: Record) -> dict[str, Any]:
    names = _columns(tuple(record))
    found = {name: record.get(name, record.get(names.get(name, name))) for name in _OWN}
    if "source" in record and names.get("venue") == "source":
        found["venue"] = None  # where it was read, not where it was published
    year = found["year"]
    lists = {"authors": _people, "keywords": _words, "collections": _words}
    return {
        **{name: lists.get(name, text)(value) for name, value in found.items()},
        "year": _date(year) if isinstance(year, (dict, list)) else year,
        "id": text(record.get("id")),
        "links": tuple(map(text, links)) if isinstance(links := record.get("links"), list) else (),
        "source": text(record.get("source")),
    }


def _semantic_scholar(record: Record) -> dict[str, Any]:
    ids = record.get("externalIds")
    return {
        "title": text(record.get("title")),
        "abstract": text(record.get("abstract")),
        "authors": _people(record.get("authors")),
        "year": record.get("year") or text(record.get("publicationDate")) or None,
        "venue": _first(
            record.get("venue"),
            _within(record, "publicationVenue", "name"),
            _within(record, "journal", "name"),
        ),
        "doi": _first(_within(ids, "DOI"), record.get("doi")),
        "arxiv_id": _first(_within(ids, "ArXiv"), record.get("arxivId")),
        "pmid": _first(_within(ids, "PubMed")),
        "url": text(record.get("url")),
    }


def _openalex(record: Record) -> dict[str, Any]:
    main = record.get("primary_location")
    places = [place for place in (main, *_items(record.get("locations"))) if place]
    addresses = [text(_within(p, key)) for p in places for key in ("landing_page_url", "pdf_url")]
    arxiv = next((match for one in addresses if (match := _ARXIV_URL.search(one))), None)
    pmid = _PMID.search(text(_within(record, "ids", "pmid")))
    venue = (_within(main, "source", "display_name"), _within(record, "host_venue", "display_name"))
    keywords = _words(record.get("keywords"), "display_name", "keyword")
    names = (
        _first(_within(one, "author", "display_name"), one.get("raw_author_name"))
        for one in _items(record.get("authorships"))
    )
    index = record.get("abstract_inverted_index")
    return {
        "title": _first(record.get("title"), record.get("display_name")),
        "abstract": in_order(index) if isinstance(index, dict) else text(record.get("abstract")),
        "authors": tuple(name for name in names if name),
        "year": record.get("publication_year") or text(record.get("publication_date")) or None,
        "venue": _first(*venue),
        "doi": _first(record.get("doi"), _within(record, "ids", "doi")),
        "arxiv_id": arxiv[1] if arxiv else "",
        "pmid": pmid[1] if pmid else "",
        "url": text(_within(main, "landing_page_url")),
        "keywords": keywords or _words(record.get("concepts") or [], "display_name"),
    }


def _europe_pmc(record: Record) -> dict[str, Any]:
    listed = _within(record, "authorList", "author")
    names = (
        _first(
            one.get("collectiveName"), _joined(*map(text, map(one.get, ("firstName", "lastName"))))
        )
        for one in _items(listed)
    )
    journal = _within(record, "journalInfo", "journal")
    return {
        "title": text(record.get("title")),
        "abstract": _LABEL.sub(r"\1: ", text(record.get("abstractText"))),
        "authors": tuple(filter(None, names)) or _authors_of(text(record.get("authorString"))),
        "year": _first(record.get("pubYear"), record.get("firstPublicationDate")) or None,
        "venue": _first(
            _within(journal, "title"),
            record.get("journalTitle"),
            _within(record, "bookOrReportDetails", "publisher"),
        ),
        "doi": text(record.get("doi")),
        "pmid": text(record.get("pmid")),
        "keywords": _words(_within(record, "keywordList", "keyword") or []),
    }


def _authors_of(line: str) -> tuple[str, ...]:
    """Return the names of "Svensson K, Lee AB.", given names first."""
    names = (one.strip(" .").rpartition(" ") for one in line.split(","))
    return tuple(_joined(given, family) for family, _, given in names if given)


def in_order(index: Record) -> str:
    """Return the text of which OpenAlex gives each word with its places."""
    placed = (
        (place, word)
        for word, places in index.items()
        if isinstance(places, list)
        for place in places
        if isinstance(place, int)
    )
    return " ".join(word for _, word in sorted(placed))


def _csl(record: Record) -> dict[str, Any]:
    title, venue = record.get("title"), record.get("container-title")
    key, number = text(record.get("id")), text(record.get("number"))
    noted = _ARXIV_NOTE.match(number) or _ARXIV_NOTE.match(text(record.get("note")))
    heading = _HEADING.match(text(record.get("abstract")))
    dates = ("issued", "published", "published-print", "published-online", "created")
    return {
        "title": _first(*title) if isinstance(title, list) else text(title),
        "abstract": text(record.get("abstract"))[heading.end() if heading else 0 :],
        "authors": _people(record.get("author")),
        "year": _date(*map(record.get, dates)),
        "venue": _first(*venue) if isinstance(venue, list) else text(venue),
        "doi": text(record.get("DOI")),
        "arxiv_id": noted[1] if noted else "",
        "pmid": text(record.get("PMID")),
        "url": text(record.get("URL")),
        "citation_key": text(record.get("citation-key")) or ("" if _NO_KEY.fullmatch(key) else key),
        "keywords": _words(record.get("keyword") or record.get("subject")),
    }


def _arxiv(record: Record) -> dict[str, Any]:
    arxiv_id = text(record.get("id"))
    versions = record.get("versions")
    first = next((text(version.get("created")) for version in _items(versions)), "")
    return {
        "title": text(record.get("title")),
        "abstract": text(record.get("abstract")),
        "authors": tuple(_arxiv_people(record)),
        "year": first or _arxiv_year(arxiv_id),
        "venue": text(record.get("journal-ref")),
        "doi": text(record.get("doi")),
        "arxiv_id": arxiv_id,
        "keywords": tuple(text(record.get("categories")).split()),
    }


def _arxiv_people(record: Record) -> Iterator[str]:
    """Yield names: "Given Family Suffix" of their parts, what follows them is where they work."""
    parsed = record.get("authors_parsed")
    names: Iterable[str]
    if isinstance(parsed, list):
        parts = (list(map(text, one)) + [""] * 3 for one in parsed if isinstance(one, list))
        names = (_joined(given, family, suffix) for family, given, suffix, *_ in parts)
    else:
        listed = _AFFILIATION.sub("", " ".join(text(record.get("authors")).split()))
        names = re.split(r",? and |, ", listed)
    for name in names:
        if name.strip():
            yield (readable(name) if "\\" in name else name).strip()


def _arxiv_year(arxiv_id: str) -> str | None:
    match = _ARXIV_MONTH.fullmatch(arxiv_id)
    if match is None:
        return None
    return f"19{match[1]}" if match[1] >= "91" else f"20{match[1]}"  # arXiv began in 1991


_SHAPES = {
    "arxiv": _arxiv,
    "openalex": _openalex,
    "europe pmc": _europe_pmc,
    "semantic scholar": _semantic_scholar,
    "csl": _csl,
    "own": _own,
}
