"""The sentence-id protocol: the grammar of ids, numbering papers, building citations. Pure.

What a model makes of the protocol is read in ``replies``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.records import Answer, Citation, Claim, Paper, Sentence, Support


@dataclass(frozen=True, slots=True)
class Source:
    """A paper as it stands in a prompt: its sentences by index, and its best one."""

    paper: Paper
    sentences: Sequence[Sentence]
    best: int

    def has(self, index: int) -> bool:
        """Whether the paper has a sentence of this index (0 the title)."""
        return 0 <= index < len(self.sentences)


@dataclass(frozen=True, slots=True)
class Anchor:
    """One sentence of one paper."""

    paper: Paper
    sentence: Sentence

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from every other sentence: the paper's id, and its index there."""
        return self.paper.id, self.sentence.index

    def cited(self, number: int) -> Citation:
        """Return the citation of it under its paper's number."""
        paper, sentence = self.paper, self.sentence
        return Citation(
            number=number,
            paper_id=paper.id,
            title=paper.title,
            sentence=sentence.text,
            start=sentence.start,
            end=sentence.end,
            url=address(paper),
        )


# -- the grammar of ids --------------------------------------------------------------------------

OPENING, _CLOSE = r"[\[(【［（〔<{]", r"[\])】］）〕>}]"
_RANGE = r"\s*+(?:-|–|—|\bto\b)\s*+"
# What models put before an id inside its brackets, and behind it: "[ID:P1.5]", "[**P1.5**]",
# "(see Paper 1.5)", "【P1.5†source】".
_BEFORE = r"(?:\*\*)?(?:(?:[Ii][Dd]s?|[Ss]ources?|[Ss]entences?|[Ss]ee|[Cc]f\.?)\s*+[:=]?\s*+)?"
_BEHIND = r"(?:\*\*)?(?:†\w*+)?"
_DOT = r"(?:\s?\.\s?|,?\s?[Ss]entence\s?)"  # "P3.2", "P3, sentence 2"
_ONE = rf"{_BEFORE}[Pp](?:aper)?\s?\d{{1,3}}(?:{_DOT}\d{{1,3}})?{_BEHIND}"
_ITEM = rf"{_ONE}(?:{_RANGE}(?:{_ONE}|\d{{1,3}}(?:\.\d{{1,3}})?))?"
_BETWEEN = r"(?:\s*+(?:[,;，；、&]|\band\b)\s*+|\s++)"
GROUP = rf"\\?{OPENING}{{1,2}}\s*+{_ITEM}(?:{_BETWEEN}{_ITEM})*+\s*+\\?{_CLOSE}{{1,2}}"
_BARE = r"(?<![\w.-])[Pp]\d{1,3}\.\d{1,3}(?![\w%]|\.\d)"
_BARE_PAPER = r"(?<![\w.-])P\d{1,3}(?=\s*[.!?]?\s*$)"
# "[P3.2]", "(P3.2, P5.1)", "[P1-P3]", a bare "P3.2", "P2" at the end; not "P-value", "a P3 node",
# "[3]", "3.2".
MARKER = re.compile(rf"{GROUP}|{_BARE}|{_BARE_PAPER}")
# Inside a marker: "P3.2", "p 3", "Paper 1.3", "P1-P3", "P2.1 to 2.3"; not "P", "3.2".
_ID = re.compile(
    rf"[Pp](?:aper)?\s?(\d{{1,3}})(?:{_DOT}(\d{{1,3}}))?"
    rf"(?:{_RANGE}(?:[Pp](?:aper)?\s?)?(\d{{1,3}})(?:{_DOT}(\d{{1,3}}))?)?"
)


def ranks(text: str) -> list[int]:
    """Return the ranks of the papers that a text names by their ids, each once, in order."""
    return list(dict.fromkeys(rank for _, rank, _ in ids_in(text)))


def ids_in(marker: str) -> Iterator[tuple[str, int, int | None]]:
    """Yield ``(as written, paper rank, sentence index or None)`` for every id of a marker."""
    for match in _ID.finditer(marker):
        rank, index = int(match[1]), None if match[2] is None else int(match[2])
        written = f"P{rank}" if index is None else f"P{rank}.{index}"
        yield written, rank, index
        if match[3] is None:
            continue
        if index is None:
            last_rank, last = int(match[3]), None
        else:
            last_rank = int(match[3]) if match[4] else rank
            last = int(match[4] or match[3])
        if last_rank == rank and index is not None and last is not None:
            for between in range(index + 1, min(last, index + 20) + 1):
                yield f"P{rank}.{between}", rank, between
        elif index is None:
            for between in range(rank + 1, min(last_rank, rank + 20) + 1):
                yield f"P{between}", between, None
        else:
            yield f"P{last_rank}.{last}", last_rank, last


# -- numbering and building --------------------------------------------------------------------


@dataclass(slots=True)
class Numbering:
    """Numbers papers by first appearance; a number once given stays for the conversation."""

    numbers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def after(cls, history: Iterable[Answer]) -> Numbering:
        """Go on from the numbers that earlier answers gave."""
        numbers = {c.paper_id: c.number for answer in history for c in answer.citations}
        return cls(numbers)

    def number(self, paper: Paper) -> int:
        """Return the paper's number, giving it the next free one at first appearance."""
        following = max(self.numbers.values(), default=0) + 1
        return self.numbers.setdefault(paper.id, following)


@dataclass(slots=True)
class Builder:
    """Puts an answer together sentence by sentence: text, claims, citations."""

    numbering: Numbering
    text: str = ""
    claims: list[Claim] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    _places: dict[tuple[str, int], int] = field(default_factory=dict)
    _leads: list[str] = field(default_factory=list)

    def add(
        self, text: str, anchors: Sequence[Anchor], support: Support, *, lead: str = " "
    ) -> str:
        """Append a sentence with its markers and return what was appended to the text."""
        places = tuple(self._place(anchor) for anchor in anchors)
        numbers = tuple(dict.fromkeys(self.citations[place].number for place in places))
        self.claims.append(Claim(text, numbers, support, places))
        self._leads.append(lead if self.text else lead.lstrip())
        shown = self._leads[-1] + with_markers(text, numbers, support)
        self.text += shown
        return shown

    def mark(self, marks: Sequence[Support]) -> None:
        """Give all claims their marks anew, in the text too."""
        self.claims[:] = [
            replace(claim, support=support)
            for claim, support in zip(self.claims, marks, strict=True)
        ]
        self.text = "".join(
            lead + with_markers(claim.text, claim.citations, claim.support)
            for lead, claim in zip(self._leads, self.claims, strict=True)
        )

    def _place(self, anchor: Anchor) -> int:
        if anchor.key not in self._places:
            self._places[anchor.key] = len(self.citations)
            self.citations.append(anchor.cited(self.numbering.number(anchor.paper)))
        return self._places[anchor.key]


_MARKS: dict[Support, str] = {
    "supported": "",
    "partial": "[partly supported]",
    "unsupported": "[unsupported]",
    "unchecked": "[not checked]",
}


def with_markers(text: str, numbers: Sequence[int], support: Support = "supported") -> str:
    """Put ``[n]`` markers, and the mark of a doubtful claim, before a sentence's closing mark."""
    markers = "".join(f"[{number}]" for number in numbers)
    markers = " ".join(part for part in (markers, _MARKS[support]) if part)
    if not markers:
        return text
    body, end = split_end(text)
    return f"{body} {markers}{end}"


def split_end(text: str) -> tuple[str, str]:
    """Split a sentence into what stands before its markers and the closing mark behind them."""
    match = re.search(r"(?<![.!?])[.!?。！？]$", text)
    return (text[: match.start()], match.group()) if match else (text, "")


def claims_in_place(answer: Answer) -> Iterator[tuple[str, Claim]]:
    """Yield the claims of an answer in order, each with what stands before it in the text."""
    start = 0
    for claim in answer.claims:
        shown = with_markers(claim.text, claim.citations, claim.support)
        place = answer.text.find(shown, start)
        yield (answer.text[start:place] if place >= 0 else " "), claim
        start = place + len(shown) if place >= 0 else start


def address(paper: Paper) -> str:
    """Return where to read a paper: its own address, else DOI, else arXiv, else empty."""
    if paper.url.lower().startswith(("https://", "http://")):  # never a script or a local file
        return paper.url
    if paper.doi:
        return f"https://doi.org/{paper.doi}"
    return f"https://arxiv.org/abs/{paper.arxiv_id}" if paper.arxiv_id else ""
