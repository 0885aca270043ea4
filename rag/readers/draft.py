"""What every reader gives back: papers with their identity, links found, problems listed."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import InputError
from rag.records import Paper, Problem

MAX_TITLE = 1_000  # characters; longer is not a title
MAX_ABSTRACT = 20_000  # characters; the longest real abstracts stay below 6,000

_LINK = re.compile(r"https?://[^\s<>\"'{}|\\^`]+", re.IGNORECASE)
_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")


@dataclass(frozen=True, slots=True)
class Reading:
    """The papers of one file in its order, and what was left out of it."""

    path: str
    papers: tuple[Paper, ...] = ()
    problems: tuple[Problem, ...] = ()

    @classmethod
    def failed(cls, path: Path, message: str, *, line: int | None = None) -> Reading:
        """Return the reading of a file that cannot be used at all."""
        return cls(str(path), problems=(Problem(str(path), line, message),))


def draft(
    title: str,
    abstract: str,
    *,
    source: str,
    given_id: str = "",
    authors: Sequence[str] = (),
    year: int | None = None,
    venue: str = "",
    doi: str = "",
    arxiv_id: str = "",
    url: str = "",
    links: Sequence[str] = (),
) -> Paper:
    """Make a paper, deriving its id when none is given and its links from the abstract.

    Raises:
        InputError: no title, no abstract, one of them too long, or an id that is not one word.
    """
    title, abstract = title.strip(), abstract.strip()
    if not title:
        raise InputError("has no title")
    if not abstract:
        raise InputError(f"has no abstract: {title[:60]!r}")
    if len(title) > MAX_TITLE:
        raise InputError(f"has a title of {len(title):,} characters (at most {MAX_TITLE:,})")
    if len(abstract) > MAX_ABSTRACT:
        raise InputError(
            f"has an abstract of {len(abstract):,} characters (at most {MAX_ABSTRACT:,})"
        )
    if given_id and not _ID.fullmatch(given_id):
        raise InputError(f"has an id that is not one word of at most 200 characters: {given_id!r}")
    authors = tuple(authors)
    return Paper(
        id=given_id or derive_id(title, authors=authors, year=year, doi=doi, arxiv_id=arxiv_id),
        title=title,
        abstract=abstract,
        authors=authors,
        year=year,
        venue=venue,
        doi=doi,
        arxiv_id=arxiv_id,
        url=url,
        source=source,
        links=tuple(dict.fromkeys([*links, *find_links(abstract)])),
    )


def derive_id(
    title: str,
    *,
    authors: Sequence[str] = (),
    year: int | None = None,
    doi: str = "",
    arxiv_id: str = "",
) -> str:
    """Derive an id that is the same on every machine and survives a changed abstract.

    The identity is the DOI, else the arXiv id without version, else title, first author and year.
    The id is a few words of the title and ten hexadecimal digits of SHA-256 of that identity.
    """
    if doi:
        identity = "doi:" + doi.lower()
    elif arxiv_id:
        identity = "arxiv:" + re.sub(r"v\d+$", "", arxiv_id.lower())
    else:
        first = authors[0] if authors else ""
        identity = "\n".join(_fold(part) for part in (title, first, str(year or "")))
    digest = hashlib.sha256(identity.encode()).hexdigest()[:10]
    words = re.findall(r"[a-z0-9]+", _fold(title))[:3]
    return "-".join([*words, digest])


def find_links(text: str) -> list[str]:
    """Return the web addresses in a text in order, without the punctuation that closes them."""
    found = (match.group().rstrip(".,;:!?)]") for match in _LINK.finditer(text))
    return list(dict.fromkeys(found))


def _fold(text: str) -> str:
    """Lower case, no accents, no LaTeX braces or dollars, single spaces."""
    plain = unicodedata.normalize("NFKD", re.sub(r"[${}^_\\]", "", text))
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(kept.casefold().split())
