"""The sentence-id protocol: reading ids out of a reply, numbering papers, building citations.

All citation grammar is in this file. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class Piece:
    """One sentence of a reply: its text without ids, what it cites, and ids that are made up.

    ``lead`` is what stands before it: a line break, a list mark, a space.
    """

    lead: str
    text: str
    anchors: tuple[Anchor, ...]
    unknown: tuple[str, ...] = ()


# -- reading a reply ---------------------------------------------------------------------------

_OPEN, _CLOSE = r"[\[(【［（〔]", r"[\])】］）〕]"
_RANGE = r"\s*(?:-|–|—|\bto\b)\s*"
_ONE = r"[Pp]\s?\d{1,3}(?:\s?\.\s?\d{1,3})?"
_ITEM = rf"{_ONE}(?:{_RANGE}(?:{_ONE}|\d{{1,3}}(?:\.\d{{1,3}})?))?"
_GROUP = rf"\\?{_OPEN}\s*{_ITEM}(?:\s*(?:[,;，；、&]|\band\b|\s)\s*{_ITEM})*\s*\\?{_CLOSE}"
_BARE = r"(?<![\w.-])[Pp]\d{1,3}\.\d{1,3}(?![\w%]|\.\d)"
_BARE_PAPER = r"(?<![\w.-])P\d{1,3}(?=\s*[.!?]?\s*$)"
# "[P3.2]", "(P3.2, P5.1)", "[P1-P3]", a bare "P3.2", "P2" at the end; not "P-value", "a P3 node",
# "[3]", "3.2".
MARKER = re.compile(rf"{_GROUP}|{_BARE}|{_BARE_PAPER}")
# Inside a marker: "P3.2", "p 3", "P1-P3", "P2.1 to 2.3"; not "P", "3.2".
_ID = re.compile(
    rf"[Pp]\s?(\d{{1,3}})(?:\s?\.\s?(\d{{1,3}}))?"
    rf"(?:{_RANGE}(?:[Pp]\s?)?(\d{{1,3}})(?:\s?\.\s?(\d{{1,3}}))?)?"
)
# "cost. [P3.2]", "cost.[P3.2][P1.1]"; not "cost [P3.2].", "cost. [3]".
_EARLY_MARK = re.compile(rf"([.!?。！？])(\s*)((?:(?:{_GROUP})\s*)+)(?=\s|$)")
# "One. Two", "so.” Two", "one.[P1.1]", "很好。", a line feed; not "3.5", "Node.js", "one.[3]".
_END = re.compile(rf"[.!?][\"'”’)\]]*(?=\s|\\?{_OPEN}\s*[Pp]\s?\d)|[。！？]|\n")
# " ", "- ", "1. ", "\n\n12) "; not "123. ", "1.5", "-x".
_LEAD = re.compile(r"\s*(?:(?:[-*•+]|\d{1,2}[.)])\s+)?")
# What a reply may hold that is no claim: "## Heading", "**Findings:**", "---", "```python",
# "| --- |"; not "It works", "#hash".
_STRUCTURE = re.compile(r"#{1,6}\s.*|\**[^.!?]{1,60}:\**|[\s`~|=*_:-]*|```\w*", re.DOTALL)
# "References", "## Sources:", "**Bibliography**"; not "Sources differ".
_REFERENCES = re.compile(
    r"[#*\s]*(?:references|sources|citations|bibliography)[:*\s]*", re.IGNORECASE
)
# A model's own reference numbers would be taken for ours: "[2]", "[1, 3]", "[^1]";
# not "[0, 1]", "[2020]", "(2)".
_FOREIGN = re.compile(r"\[\^?[1-9]\d{0,2}(?:\s*[,–-]\s*[1-9]\d{0,2})*\]|\[\^\s*\]")
# "[P1.", "(see P1", which the next delta may close; not "[P1]", "a [P1".
_UNCLOSED = re.compile(rf"\\?{_OPEN}[^\])】］）〕]{{0,200}}$")
# "NO ANSWER", "**No answer.**", "no_answer"; not "No answer is given".
_NO_ANSWER = re.compile(r"[\W_]*no[\s_-]*answer[\W_]*", re.IGNORECASE)
# "et al.", "Fig.", "i.e.", "J."; not "so.", "config.", "AB.".
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|vs|cf|fig|eq|sec|no|approx|resp)|\b[A-Z])\.$", re.IGNORECASE
)


def is_no_answer(text: str) -> bool:
    """Whether a reply, or its first line, is the refusal that the prompt asks for."""
    return bool(_NO_ANSWER.fullmatch(text))


def ranks(text: str) -> list[int]:
    """Return the ranks of the papers that a text names by their ids, each once, in order."""
    return list(dict.fromkeys(rank for _, rank, _ in _ids(text)))


class Reader:
    """Cuts a growing reply into sentences, each given out once its ids are complete.

    What has been given out is never taken back, so it may be shown at once.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._rest = ""
        self._over = False

    def feed(self, delta: str) -> Iterator[Piece]:
        """Take more of the reply and yield the sentences that it completes."""
        self._rest += delta
        # A marker may still follow the last full stop: keep one sentence back.
        while (cut := _cut(self._rest)) is not None:
            piece, self._rest = self._rest[:cut], self._rest[cut:]
            yield from self._read(piece)

    def close(self) -> Iterator[Piece]:
        """Yield what is left when the reply has ended."""
        rest, self._rest = self._rest, ""
        yield from self._read(rest)

    def _read(self, raw: str) -> Iterator[Piece]:
        if _REFERENCES.fullmatch(raw):
            self._over = True  # a list of references was not asked for and follows
        if self._over:
            return
        lead = _LEAD.match(raw)
        start = lead.group() if lead else ""
        body = _EARLY_MARK.sub(lambda m: f" {m[3].strip()}{m[1]}", raw[len(start) :])
        anchors, unknown = self._anchors(body)
        bare = MARKER.sub("", body)
        foreign = tuple(_FOREIGN.findall(bare))
        text = _tidy(_FOREIGN.sub("", bare))
        if anchors or not _STRUCTURE.fullmatch(text):
            yield Piece(start, text, anchors, unknown + foreign)

    def _anchors(self, text: str) -> tuple[tuple[Anchor, ...], tuple[str, ...]]:
        anchors: dict[tuple[str, int], Anchor] = {}
        unknown: list[str] = []
        for marker in MARKER.finditer(text):
            for written, rank, index in _ids(marker.group()):
                source = self._sources[rank - 1] if 0 < rank <= len(self._sources) else None
                if source is None or (index is not None and not source.has(index)):
                    unknown.append(written)
                    continue
                sentence = source.sentences[source.best if index is None else index]
                anchor = Anchor(source.paper, sentence)
                anchors[anchor.key] = anchor
        return tuple(anchors.values()), tuple(unknown)


def _cut(text: str) -> int | None:
    """Return where the first sentence ends, with the ids behind it; None while it may go on."""
    for end in _END.finditer(text):
        stop = end.start() if end.group() == "\n" else end.end()
        if not text[:stop].strip():
            continue
        if end.group() != "\n" and _ABBREVIATION.search(text[:stop].rstrip("\"'”’)]")):
            continue
        if re.fullmatch(r"\s*\d{1,2}[.)]", text[:stop]):  # the mark of a numbered list
            continue
        rest = text[stop:]
        ids = re.match(rf"[ \t]*(?:{_GROUP}[ \t]*[.,;]?[ \t]*)*", rest)
        behind = ids.end() if ids else 0
        tail = rest[behind:]
        if not tail.strip(" \t\\") or _UNCLOSED.match(tail):
            return None
        return stop + behind
    return None


def _ids(marker: str) -> Iterator[tuple[str, int, int | None]]:
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


def _tidy(text: str) -> str:
    """Close the gaps that removed markers leave."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\((?:see|cf\.?|e\.g\.)?[\s,;]*\)|\[[\s,;]*\]", "", text)
    text = re.sub(r"[\[(【]\s*(?=[.!?]?$)", "", text)
    text = re.sub(r"\s+([.,;:!?。！？])", r"\1", text)
    return re.sub(r"([.,;:!?])(?:[,;]|(?<!\.)\.(?=\s*$))+", r"\1", text).strip()


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

    def add(
        self, text: str, anchors: Sequence[Anchor], support: Support, *, lead: str = " "
    ) -> str:
        """Append a sentence with its markers and return what was appended to the text."""
        places = tuple(self._place(anchor) for anchor in anchors)
        numbers = tuple(dict.fromkeys(self.citations[place].number for place in places))
        self.claims.append(Claim(text, numbers, support, places))
        shown = (lead if self.text else lead.lstrip()) + with_markers(text, numbers, support)
        self.text += shown
        return shown

    def _place(self, anchor: Anchor) -> int:
        paper, sentence = anchor.paper, anchor.sentence
        if anchor.key not in self._places:
            self._places[anchor.key] = len(self.citations)
            self.citations.append(
                Citation(
                    number=self.numbering.number(paper),
                    paper_id=paper.id,
                    title=paper.title,
                    sentence=sentence.text,
                    start=sentence.start,
                    end=sentence.end,
                    url=address(paper),
                )
            )
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
