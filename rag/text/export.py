"""Carries answers away: Markdown with references, and the cited papers as BibTeX, RIS, CSL-JSON.

Pure: citations and papers in, text out.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from rag.records import Answer, Citation, Claim, Paper
from rag.text.citations import address, claims_in_place, split_end
from rag.text.readable import readable, without_controls

Format = Literal["markdown", "bibtex", "ris", "csl-json"]
FORMATS: tuple[Format, ...] = get_args(Format)
SUFFIXES: Mapping[Format, str] = {
    "markdown": ".md",
    "bibtex": ".bib",
    "ris": ".ris",
    "csl-json": ".json",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A cited paper with its number and its key, which no other paper of any library shares."""

    number: int
    paper: Paper
    key: str


def references(citations: Sequence[Citation], papers: Mapping[str, Paper]) -> list[Reference]:
    """Return the cited papers by number; one that ``papers`` lacks is known by its title alone."""
    found: dict[str, Reference] = {}
    for citation in citations:
        bare = Paper(citation.paper_id, citation.title, "", url=citation.url)
        paper = papers.get(citation.paper_id, bare)
        own = paper.citation_key
        taken = {reference.key for reference in found.values()}
        fits = _KEY.fullmatch(own) and own not in taken
        found.setdefault(paper.id, Reference(citation.number, paper, own if fits else key(paper)))
    return sorted(found.values(), key=lambda reference: reference.number)


def key(paper: Paper) -> str:
    """Make a citation key: first author, year and first long word of the title.

    Four hexadecimal digits of the SHA-256 of the paper's id follow, so that a key never depends on
    which other papers are exported beside it.
    """
    family = _family(paper.authors[0]) if paper.authors else ""
    words = [_ascii(word) for word in readable(paper.title).split()]
    word = next((word for word in words if len(word) > 3), "".join(words)[:12])
    digest = hashlib.sha256(paper.id.encode()).hexdigest()[:4]
    return f"{_ascii(family)}{paper.year or ''}{word}-{digest}"


def bibtex(cited: Sequence[Reference]) -> str:
    """Write references as BibTeX in UTF-8; capitals inside words are protected in titles."""
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.model import Entry, Field

    entries: list[Any] = []
    for reference in cited:
        paper = reference.paper
        fields = {
            "title": _CAPITALS.sub(r"{\g<0>}", _latex(paper.title)),
            "author": " and ".join(map(_bibtex_name, paper.authors)),
            "year": str(paper.year or ""),
            "journal": _latex(paper.venue),
            "doi": _verbatim(paper.doi),
            "eprint": _verbatim(paper.arxiv_id),
            "archiveprefix": "arXiv" if paper.arxiv_id else "",
            "url": _verbatim(address(paper)),
            "pmid": paper.pmid,
            "keywords": _latex(", ".join(paper.keywords)),
            "abstract": _latex(paper.abstract),
        }
        kept = [Field(name, value) for name, value in fields.items() if value]
        entries.append(Entry("article" if paper.venue else "misc", reference.key, kept))
    return str(write_string(Library(entries)))


def ris(cited: Sequence[Reference]) -> str:
    """Write references as RIS."""
    from rispy import RisWriter

    class Writer(RisWriter):  # type: ignore[misc]  # rispy ships no types
        """Leaves out the running number that rispy puts before each reference."""

        def set_header(self, count: int) -> str:
            del count
            return ""

    records = []
    for reference in cited:
        paper = reference.paper
        fields = {
            "type_of_reference": "JOUR" if paper.venue else "GEN",
            "id": reference.key,
            "title": one_line(paper.title),
            "authors": [_inverted(name) for name in paper.authors],
            "year": str(paper.year or ""),
            "journal_name": one_line(paper.venue),
            "doi": one_line(paper.doi),
            "urls": [address(paper)] if address(paper) else [],
            "abstract": one_line(paper.abstract),
        }
        records.append({name: value for name, value in fields.items() if value})
    return str(Writer().formats(records)).strip() + "\n"


def csl(cited: Sequence[Reference]) -> str:
    """Write references as CSL-JSON, which Zotero and pandoc read."""
    items: list[dict[str, Any]] = []
    for reference in cited:
        paper = reference.paper
        fields = {
            "id": reference.key,
            "type": "article-journal" if paper.venue else "article",
            "title": one_line(paper.title),
            "author": [_csl_name(name) for name in paper.authors],
            "issued": {"date-parts": [[paper.year]]} if paper.year else None,
            "container-title": one_line(paper.venue),
            "DOI": one_line(paper.doi),
            "URL": address(paper),
            "abstract": one_line(paper.abstract),
        }
        items.append({name: value for name, value in fields.items() if value})
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def markdown(answers: Sequence[Answer], papers: Mapping[str, Paper]) -> str:
    """Write questions and answers with one list of references at the end."""
    parts: list[str] = []
    for answer in answers:
        parts.append(f"## {escaped(one_line(answer.question))}")
        parts.append(_answer(answer))
        if answer.notice:
            parts.append(f"*{escaped(one_line(answer.notice))}*")
    found = references([c for answer in answers for c in answer.citations], papers)
    if found:
        parts += ["## References", *listed(found)]
    return "\n\n".join(parts) + "\n"


def write(form: Format, answers: Sequence[Answer], papers: Mapping[str, Paper]) -> str:
    """Write answers, or the papers they cite, in one of ``FORMATS``."""
    if form == "markdown":
        return markdown(answers, papers)
    return bibliography(form, [c for answer in answers for c in answer.citations], papers)


def bibliography(form: Format, citations: Sequence[Citation], papers: Mapping[str, Paper]) -> str:
    """Write the cited papers in one of ``FORMATS`` other than Markdown."""
    return _WRITERS[form](references(citations, papers))


def listed(found: Sequence[Reference]) -> list[str]:
    """Write references as lines of Markdown, which a blank line must part."""
    # Not a list: Markdown would count its items anew.
    return [f"[{r.number}] {escaped(described(r.paper))}" for r in found]


def described(paper: Paper) -> str:
    """Describe a paper in one line: authors, title, venue, year, address."""
    names = ", ".join(one_line(name) for name in paper.authors[:3])
    authors = f"{names} et al" if len(paper.authors) > 3 else names
    where = ", ".join(part for part in (one_line(paper.venue), str(paper.year or "")) if part)
    parts = (authors, one_line(paper.title).rstrip("."), where)
    return " ".join([*(f"{part}." for part in parts if part), address(paper)]).strip()


def as_markdown(claim: Claim) -> str:
    """Write a claim as Markdown: its markers, and a mark of doubt, before the closing mark."""
    body, end = split_end(claim.text)
    markers = "".join(f"[{number}]" for number in claim.citations)
    doubt = "" if claim.support == "supported" else f"({claim.support})"
    tail = " ".join(part for part in (markers, doubt) if part)
    return escaped(one_line(body)) + (f" {tail}" if tail else "") + end


def sheet(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table as CSV (RFC 4180), a line a row; no cell is a formula to a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return out.getvalue()


def one_line(text: str) -> str:
    """Make a text readable and one line."""
    return " ".join(readable(text).split())


def escaped(text: str) -> str:
    """Escape what Markdown would read as markup: a paper's text must not become links or HTML."""
    return _NUMBERED.sub(r"\1\\.", _MARKDOWN.sub(r"\\\g<0>", text))


# -- inside --------------------------------------------------------------------------------------

_WRITERS: Mapping[Format, Callable[[Sequence[Reference]], str]] = {
    "bibtex": bibtex,
    "ris": ris,
    "csl-json": csl,
}
_KEY = re.compile(r"[^\s,{}()\"#%=\\~']+")  # what BibTeX takes for a key
# A word with a capital after its first character, or a digit beside a capital: "VideoMAE", "V2";
# not "Scaling", "A", nor what follows a backslash or a brace.
_CAPITALS = re.compile(r"(?<![\\\w{-])(?=[\w-]*[A-Z])(?:\w[\w-]*[A-Z][\w-]*|[A-Z][\w-]*\d[\w-]*)")
# "*", "[", "<" anywhere, "# " and "- " where a line starts; not "a - b", "#1", "(".
_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~]|^[#+=-](?=[\s=-]|$)", re.MULTILINE)
# "1. " where a line starts; not "1.5", "see 1. ". A digit itself cannot be escaped.
_NUMBERED = re.compile(r"^(\d+)\.(?=\s|$)", re.MULTILINE)
# BibTeX counts braces behind a backslash too, so a lone one is written by name.
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def _inert(cell: str) -> str:
    text = " ".join(without_controls(cell).split())
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _answer(answer: Answer) -> str:
    if not answer.claims:
        return escaped(one_line(answer.text))
    return "".join(
        lead.replace("\n", "\n\n" if not place else "\n").lstrip(" " if not place else "")
        + as_markdown(claim)
        for place, (lead, claim) in enumerate(claims_in_place(answer))
    ).strip()


def _latex(text: str) -> str:
    """Write a text as LaTeX that means just its characters."""
    return "".join(_LATEX.get(char, char) for char in one_line(text))


def _verbatim(text: str) -> str:
    """Keep an address as it is, without what would end the field."""
    return "".join(without_controls(text).split()).replace("{", "%7B").replace("}", "%7D")


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(char for char in plain if char.isalnum()).lower()


def _name(name: str) -> Any:
    from bibtexparser.middlewares.names import parse_single_name_into_parts

    plain = re.sub(r"[{}\\~]", "", one_line(name)).strip(" ,")
    return parse_single_name_into_parts(plain, strict=False)


def _family(name: str) -> str:
    parts = _name(name)
    return " ".join([*parts.von, *parts.last])


def _inverted(name: str) -> str:
    """Write a name as RIS wants it: family, given, suffix."""
    parts = _name(name)
    given = " ".join(parts.first)
    return ", ".join(part for part in (_family(name), given, " ".join(parts.jr)) if part)


def _bibtex_name(name: str) -> str:
    parts = _name(name)
    pieces = (_family(name), " ".join(parts.jr), " ".join(parts.first))
    # "and" would start another author.
    return re.sub(r"\band\b", "{and}", ", ".join(_latex(piece) for piece in pieces if piece))


def _csl_name(name: str) -> dict[str, str]:
    parts = _name(name)
    fields = {
        "family": " ".join(parts.last),
        "given": " ".join(parts.first),
        "non-dropping-particle": " ".join(parts.von),
        "suffix": " ".join(parts.jr),
    }
    return {field: value for field, value in fields.items() if value}
