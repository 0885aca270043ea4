"""What every reader gives back: papers with their identity, links found, problems listed."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import asdict, dataclass, replace
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


def finish(paper: Paper) -> Paper:
    """Check a paper as it was read, derive its id if it has none, and add its abstract's links.

    Raises:
        InputError: no title, no abstract, one of them too long, or an id that is not one word.
    """
    title, abstract = paper.title.strip(), paper.abstract.strip()
    if not title:
        raise InputError("has no title")
    if not abstract:
        raise InputError(f"has no abstract: {title[:60]!r}")
    _refuse_broken_text(paper)
    for name, text, most in (("title", title, MAX_TITLE), ("abstract", abstract, MAX_ABSTRACT)):
        if len(text) > most:
            raise InputError(f"has {len(text):,} characters of {name} (at most {most:,})")
    if paper.id and not _ID.fullmatch(paper.id):
        raise InputError(f"has an id that is not one word of at most 200 characters: {paper.id!r}")
    return replace(
        paper,
        id=paper.id or derive_id(paper),
        title=title,
        abstract=abstract,
        links=tuple(dict.fromkeys([*paper.links, *find_links(abstract)])),
    )


def _refuse_broken_text(paper: Paper) -> None:
    """Refuse half a surrogate pair (JSON can spell one), which no encoding can store."""
    for name, value in asdict(paper).items():
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and any("\ud800" <= char <= "\udfff" for char in text):
                raise InputError(f"has a character in {name} that is not valid Unicode")


def file_name(path: str) -> str:
    """Return the last part of a path, which is what a paper's ``source`` says."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def derive_id(paper: Paper) -> str:
    """Derive an id that is the same on every machine and survives a changed abstract.

    The identity is the DOI, else the arXiv id without version, else title, first author and year.
    The id is a few words of the title and ten hexadecimal digits of SHA-256 of that identity.
    """
    if paper.doi:
        identity = "doi:" + paper.doi.lower()
    elif paper.arxiv_id:
        identity = "arxiv:" + re.sub(r"v\d+$", "", paper.arxiv_id.lower())
    else:
        first = paper.authors[0] if paper.authors else ""
        identity = "\n".join(_fold(part) for part in (paper.title, first, str(paper.year or "")))
    digest = hashlib.sha256(identity.encode()).hexdigest()[:10]
    words = re.findall(r"[a-z0-9]+", _fold(paper.title))[:3]
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
