"""What every reader gives back: papers with their identity, links found, problems listed."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.errors import InputError
from rag.intake.readers import clean
from rag.intake.readers.raw import Raw
from rag.records import Paper, Problem

# Of the words of the shorter of two titles, in the other; of all words of two abstracts, in both.
_ALIKE, _NEARLY = 0.6, 0.9
_ENOUGH_WORDS = 12  # different words of an abstract; fewer are alike by chance
_EDGE = 8  # words
MAX_TITLE = 1_000  # characters; longer is not a title
MAX_ABSTRACT = 20_000  # characters; the longest real abstracts stay below 6,000

# "https://a.org/x", "HTTP://a.org" up to a space, quote or bracket such as "<"; not "ftp://a.org",
# "www.a.org".
_TEX = re.compile(r"[${}^_\\]")
_LINK = re.compile(r"https?://[^\s<>\"'{}|\\^`]+", re.IGNORECASE)
# "mine-1", "10.1/x", "ü"; not "a b", nor 201 characters.
_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")


@dataclass(frozen=True, slots=True)
class Reading:
    """Papers of one file in its order, the lines where they begin, and what was left out of it."""

    path: str
    papers: tuple[Paper, ...] = ()
    problems: tuple[Problem, ...] = ()
    lines: tuple[int | None, ...] = ()

    @classmethod
    def failed(cls, path: Path, message: str, *, line: int | None = None) -> Reading:
        """Return the reading of a file that cannot be used at all."""
        return cls(str(path), problems=(Problem(str(path), line, message),))


def complete(raw: Raw, path: str, *, initials_behind: bool = False) -> Paper:
    """Make a paper of a record: tidied, checked, with an id and its abstract's links.

    Nothing is lost for a bad year, an odd name or a broken letter.

    Raises:
        InputError: no title, no abstract, one of them too long, or an id that is not one word.
    """
    doi = clean.doi(raw.doi) or _doi_of(raw.url)
    abstract = clean.text(raw.abstract)
    if not abstract and (said := " ".join(str(raw.abstract or "").split())):
        raise InputError(f"has no abstract: {said[:40]!r} is none")
    arxiv_id = clean.arxiv_id(raw.arxiv_id) or clean.arxiv_id(raw.url) or _arxiv_of(doi)
    return finish(
        Paper(
            id=raw.id.strip(),
            title=clean.line(raw.title),
            abstract=abstract,
            authors=clean.people(raw.authors, initials_behind=initials_behind),
            year=clean.year(raw.year),
            venue=clean.line(raw.venue),
            doi=doi,
            arxiv_id=arxiv_id,
            url=raw.url.strip() if clean.line(raw.url) else "",
            source=raw.source or file_name(path),
            links=clean.several(raw.links),
            pmid=clean.pmid(raw.pmid),
            keywords=clean.several(raw.keywords),
            citation_key=raw.citation_key.strip(),
            collections=clean.several(raw.collections),
        )
    )


def finish(paper: Paper) -> Paper:
    """Check a paper as it was read, derive its id if it has none, and add its abstract's links.

    Raises:
        InputError: no title, no abstract, one of them too long, or an id that is not one word.
    """
    title, abstract = paper.title.strip(), paper.abstract.strip()
    if not title:
        raise InputError("has no title")
    if not abstract:
        raise InputError("has no abstract")
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


def _doi_of(url: str) -> str:
    return clean.doi(url) if "doi.org/" in url.lower() else ""


def _arxiv_of(doi: str) -> str:
    return clean.arxiv_id(doi) if doi.lower().startswith("10.48550/") else ""


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


def is_same_work(one: Paper, other: Paper) -> str:
    """Say by what two papers are the same work, nothing where they are not.

    By identifier (DOI without case, arXiv id without version, PubMed id), by title and what goes
    with it, or by nearly identical abstracts. Chapters under the DOI of their book are two: a DOI
    proves nothing against other titles and abstracts. A preprint and its publication are one.
    """
    if one.arxiv_id and _unversioned(one.arxiv_id) == _unversioned(other.arxiv_id):
        return f"arXiv {_unversioned(one.arxiv_id)}"
    if one.pmid and one.pmid == other.pmid:
        return f"PubMed id {one.pmid}"
    alike = _are_alike(one, other)
    if one.doi and one.doi.lower() == other.doi.lower() and alike:
        return f"DOI {other.doi}"
    if _same_title(one, other):
        return "title and authors"
    if alike == "abstract" and not differ_in_ids(one, other):
        return "nearly the same abstract"
    return ""


def _are_alike(one: Paper, other: Paper) -> str:
    """Tell whether titles or abstracts of two papers are mostly the same words."""
    ours, theirs = set(title_key(one.title).split()), set(title_key(other.title).split())
    alike = ours and len(ours & theirs) >= _ALIKE * min(len(ours), len(theirs))
    ours, theirs = set(title_key(one.abstract).split()), set(title_key(other.abstract).split())
    if min(len(ours), len(theirs)) >= _ENOUGH_WORDS and len(ours & theirs) >= _NEARLY * len(
        ours | theirs
    ):
        return "abstract"
    return "title" if alike else ""


def _same_title(one: Paper, other: Paper) -> bool:
    """Whether two papers of one title are the same work: nothing both of them say differs.

    Years may lie one apart. Titles of one or two words prove nothing.
    """
    words = title_key(one.title)
    if words != title_key(other.title) or words.count(" ") < 2 or differ_in_ids(one, other):
        return False
    if one.authors and other.authors and not _share_a_name(one.authors[0], other.authors[0]):
        return False
    return one.year is None or other.year is None or abs(one.year - other.year) <= 1


def differ_in_ids(one: Paper, other: Paper) -> bool:
    """Whether both have an identifier of a kind and not the same; arXiv's own DOI is none."""
    dois = {paper.doi.lower() for paper in (one, other) if paper.doi}
    arxiv_ids = {_unversioned(paper.arxiv_id) for paper in (one, other) if paper.arxiv_id}
    pmids = {paper.pmid for paper in (one, other) if paper.pmid}
    published = {doi for doi in dois if not doi.startswith("10.48550/")}
    return len(published) > 1 or len(arxiv_ids) > 1 or len(pmids) > 1


def near_key(paper: Paper) -> tuple[str, str]:
    """Return how an abstract begins and ends, which nearly identical ones share in one of both."""
    words = title_key(paper.abstract).split()
    return " ".join(words[:_EDGE]), " ".join(words[-_EDGE:])


def completed(paper: Paper, other: Paper) -> Paper:
    """Return a paper with what it lacks taken from another record of the same work.

    Of two versions on arXiv the later one's words are kept.
    """
    if _version(other.arxiv_id) > _version(paper.arxiv_id) > 0:
        newer = replace(other, id=paper.id, source=paper.source)
        return completed(newer, replace(paper, arxiv_id=""))
    names = ("authors", "year", "venue", "doi", "arxiv_id", "url", "pmid", "citation_key")
    missing: dict[str, Any] = {
        name: getattr(other, name) for name in names if not getattr(paper, name)
    }
    lists: dict[str, Any] = {
        name: tuple(dict.fromkeys([*getattr(paper, name), *getattr(other, name)]))
        for name in ("keywords", "collections")
    }
    return replace(paper, **missing, **lists)


def find_links(text: str) -> list[str]:
    """Return the web addresses in a text in order, without the punctuation that closes them."""
    found = (match.group().rstrip(".,;:!?)]") for match in _LINK.finditer(text))
    return list(dict.fromkeys(found))


def _fold(text: str) -> str:
    """Lower case, no accents, no LaTeX braces or dollars, single spaces."""
    kept = _TEX.sub("", text)
    if not kept.isascii():
        plain = unicodedata.normalize("NFKD", kept)
        kept = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(kept.casefold().split())


def _unversioned(arxiv_id: str) -> str:
    return re.sub(r"v\d+$", "", arxiv_id.lower())


def _version(arxiv_id: str) -> int:
    """Return the version in an arXiv id; 0 without an id, 1 where it names none."""
    match = re.search(r"v(\d+)$", arxiv_id)
    return int(match.group(1)) if match else int(bool(arxiv_id))


def _share_a_name(one: str, other: str) -> bool:
    """Whether two spellings of a name ("Wang, L.", "Limin Wang") have a whole name in common."""
    names = [set(re.findall(r"\w{2,}", _fold(who))) for who in (one, other)]
    return bool(names[0] & names[1])
