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

# "https://a.org/x", "HTTP://a.org" up to a space, quote or bracket such as "<"; not "ftp://a.org",
# "www.a.org".
_LINK = re.compile(r"https?://[^\s<>\"'{}|\\^`]+", re.IGNORECASE)
# "mine-1", "10.1/x", "ü"; not "a b", nor 201 characters.
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
        identity = "arxiv:" + _unversioned(paper.arxiv_id)
    else:
        first = paper.authors[0] if paper.authors else ""
        identity = "\n".join(_fold(part) for part in (paper.title, first, str(paper.year or "")))
    digest = hashlib.sha256(identity.encode()).hexdigest()[:10]
    words = re.findall(r"[a-z0-9]+", _fold(paper.title))[:3]
    return "-".join([*words, digest])


def has_derived_id(paper: Paper) -> bool:
    """Whether a paper's id was derived from what it says, not given by its source."""
    return paper.id == derive_id(paper)


def title_key(title: str) -> str:
    """Fold a title for comparison: its words without case, accents, LaTeX and punctuation."""
    return " ".join(re.findall(r"\w+", _fold(title)))


def is_same_work(one: Paper, other: Paper) -> bool:
    """Whether two papers of one title are the same work: nothing both of them say differs.

    A preprint and its publication are the same work, so years may lie one apart and arXiv's own DOI
    (10.48550/…) beside a publisher's. Titles of one or two words prove nothing.
    """
    words = title_key(one.title)
    if words != title_key(other.title) or words.count(" ") < 2:
        return False
    dois = {paper.doi.lower() for paper in (one, other) if paper.doi}
    arxiv_ids = {_unversioned(paper.arxiv_id) for paper in (one, other) if paper.arxiv_id}
    if len({doi for doi in dois if not doi.startswith("10.48550/")}) > 1 or len(arxiv_ids) > 1:
        return False
    if one.authors and other.authors and not _share_a_name(one.authors[0], other.authors[0]):
        return False
    return one.year is None or other.year is None or abs(one.year - other.year) <= 1


def completed(paper: Paper, other: Paper) -> Paper:
    """Return a paper with what it lacks taken from another record of the same work."""
    names = ("authors", "year", "venue", "doi", "arxiv_id", "url")
    missing = {name: getattr(other, name) for name in names if not getattr(paper, name)}
    return replace(paper, **missing)


def find_links(text: str) -> list[str]:
    """Return the web addresses in a text in order, without the punctuation that closes them."""
    found = (match.group().rstrip(".,;:!?)]") for match in _LINK.finditer(text))
    return list(dict.fromkeys(found))


def _fold(text: str) -> str:
    """Lower case, no accents, no LaTeX braces or dollars, single spaces."""
    plain = unicodedata.normalize("NFKD", re.sub(r"[${}^_\\]", "", text))
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(kept.casefold().split())


def _unversioned(arxiv_id: str) -> str:
    return re.sub(r"v\d+$", "", arxiv_id.lower())


def _share_a_name(one: str, other: str) -> bool:
    """Whether two spellings of a name ("Wang, L.", "Limin Wang") have a whole name in common."""
    names = [set(re.findall(r"\w{2,}", _fold(who))) for who in (one, other)]
    return bool(names[0] & names[1])
