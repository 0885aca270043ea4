"""Reads a model's growing reply sentence by sentence: what each says, and what it cites.

Replies come in many dialects: ids before or behind a sentence, in brackets of all kinds, in JSON;
with talk around them, headings, references at the end. Each is read rightly or dropped. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.text.citations import GROUP, MARKER, OPENING, Anchor, Source, ids_in
from rag.text.json_replies import MAYBE, START, JsonClaims
from rag.text.talk import begins_references, is_aside, is_talk, without_label


@dataclass(frozen=True, slots=True)
class Piece:
    """One sentence of a reply: its text without ids, what it cites, and ids that are made up.

    ``lead`` is what stands before it: a line break, a list mark, a space.
    """

    lead: str
    text: str
    anchors: tuple[Anchor, ...]
    unknown: tuple[str, ...] = ()


# "cost. [P3.2]", "cost.[P3.2][P1.1]"; not "cost [P3.2].", "cost. [3]".
_EARLY_MARK = re.compile(rf"([.!?。！？])(\s*)((?:(?:{GROUP})\s*)+)(?=\s|$)")
# "One. Two", "so.” Two", "one.[P1.1]", "很好。", a line feed; not "3.5", "Node.js", "one.[3]".
_END = re.compile(rf"[.!?][\"'”’)\]]*(?=\s|{GROUP})|[。！？]|\n")
# " ", "- ", "1. ", "\n\n12) "; not "123. ", "1.5", "-x".
_LEAD = re.compile(r"\s*(?:(?:[-*•+]|\d{1,2}[.)])\s+)?")
# A model's own reference numbers would be taken for ours, and other systems' marks mean nothing:
# "[2]", "[1, 3]", "[^1]", "【4:0†source】", "[source]"; not "[0, 1]", "[2020]", "(2)".
_FOREIGN = re.compile(
    r"\[\^?[1-9]\d{0,2}(?:\s*[,–-]\s*[1-9]\d{0,2})*\]|\[\^\s*\]|【[^】]{0,60}†[^】]{0,60}】"
    r"|[\[(](?:source|sources|citation|citation needed|ref)[\])]",
    re.IGNORECASE,
)
# "[P1.", "(see P1", which the next delta may close; not "[P1]", "a [P1".
_UNCLOSED = re.compile(rf"\\?{OPENING}[^\])】］）〕>}}]{{0,200}}$")
# "et al.", "Fig.", "i.e.", "J."; not "so.", "config.", "AB.".
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|vs|cf|fig|eq|sec|no|approx|resp)|\b[A-Z])\.$", re.IGNORECASE
)
# Who says it, in front of what is said: "According to [P1.3], ", "[P1.3] states that ", "P1.3: ";
# not "According to Lee, ".
_ONES = rf"(?:{MARKER.pattern})(?:\s*+(?:(?:,|and|&)\s*+)?(?:{MARKER.pattern}))*+"
_KIND = r"(?:the\s+)?(?:(?:source|sentence|paper|abstract)s?\s*)?"
_ATTRIBUTED = re.compile(
    rf"^\W*(?:(?:according to|as (?:stated|shown|described|noted|reported|mentioned) (?:in|by)"
    rf"|based on|per|from|in)\s+{_KIND}{_ONES}\s*,\s*"
    rf"|{_KIND}{_ONES}\s+(?:states?|says?|shows?|reports?|mentions?|notes?|explains?|indicates?"
    rf"|suggests?|finds?|found|showed)\s+that\s+"
    rf"|(?:{MARKER.pattern})\s*[:–—-]\s+)",
    re.IGNORECASE,
)
# What is left of "as stated in [P1.3]."; not "as stated in Lee".
_SAID_IN = re.compile(
    r",?\s*+(?:as\s++)?(?:stated|shown|described|noted|reported|mentioned|discussed|outlined)"
    r"\s++(?:in|by)\s*+(?=[.,;]|$)",
    re.IGNORECASE,
)
_FIRST = re.compile(rf"\s*(?:[-*•+]\s+|\d{{1,2}}[.)]\s+)?(?:{MARKER.pattern})")
# "<answer>", "</claim>"; not "<5 %", "<a href='x'>".
_TAG = re.compile(r"</?[A-Za-z][\w-]{0,20}>")
_LONGEST = 4_000  # characters; a sentence that does not end by then never will


class Reader:
    """Cuts a growing reply into sentences, each given out once its ids are complete.

    What has been given out is never taken back, so it may be shown at once. Where a reply begins
    with an id, ids stand before their sentences, else behind.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._rest = ""
        self._ids_first: bool | None = None
        self._json: JsonClaims | None = None
        self.is_over = False  # what follows is no part of the answer
        self.is_endless = False  # a sentence goes on and on

    def feed(self, delta: str) -> Iterator[Piece]:
        """Take more of the reply and yield the sentences that it completes."""
        if self._json is not None:
            yield from self._claims(self._json.feed(delta))
            return
        self._rest += delta
        if start := START.search(self._rest):
            before, after = self._rest[: start.start()], self._rest[start.end() :]
            self._rest, self._json = "", JsonClaims()
            yield from self._sentences(before)
            yield from self._read(self._take_rest())
            yield from self._claims(self._json.feed(after))
            return
        if not MAYBE.fullmatch(self._rest):
            yield from self._sentences("")

    def close(self) -> Iterator[Piece]:
        """Yield what is left when the reply has ended."""
        if self._json is not None:
            yield from self._claims(self._json.close())
            return
        yield from self._sentences("\n")
        yield from self._read(self._take_rest())

    def _take_rest(self) -> str:
        rest, self._rest = self._rest, ""
        return rest

    def _sentences(self, more: str) -> Iterator[Piece]:
        self._rest += more
        if self._ids_first is None and (begun := self._rest.lstrip()) and len(begun) > _ID_LENGTH:
            self._ids_first = bool(_FIRST.match(begun))
        # A marker may still follow the last full stop: keep one sentence back.
        while (cut := _cut(self._rest, ids_first=bool(self._ids_first))) is not None:
            piece, self._rest = self._rest[:cut], self._rest[cut:]
            yield from self._read(piece)
        self.is_endless = len(self._rest) > _LONGEST

    def _claims(self, found: Iterator[tuple[str, tuple[str, ...]]]) -> Iterator[Piece]:
        """Read the sentences of each claim; the ids beside it are those of all of them."""
        for text, ids in found:
            inner = Reader(self._sources)
            marks = [_as_marker(one) for one in ids]
            cited, unknown = self._anchors(" ".join(marks))
            stray = tuple(
                one for one, mark in zip(ids, marks, strict=True) if not MARKER.search(mark)
            )
            for piece in [*inner.feed(text), *inner.close()]:
                own = {anchor.key for anchor in piece.anchors}
                more = tuple(anchor for anchor in cited if anchor.key not in own)
                lead = piece.lead if piece.lead.strip() else " "
                made_up = (*piece.unknown, *unknown, *stray)
                yield Piece(lead, piece.text, (*piece.anchors, *more), made_up)
                unknown, stray = (), ()

    def _read(self, raw: str) -> Iterator[Piece]:
        if begins_references(raw):
            self.is_over = True  # a list of references was not asked for and follows
        if self.is_over:
            return
        lead = _LEAD.match(raw)
        start = lead.group() if lead else ""
        said = _IDS_BELOW.sub(lambda m: f" {m['ids'].strip()}", f"{raw[len(start) :]}\n").rstrip(
            "\n"
        )
        body = _EARLY_MARK.sub(lambda m: f" {m[3].strip()}{m[1]}", without_label(_in_cells(said)))
        anchors, unknown = self._anchors(body)
        said = _ATTRIBUTED.sub("", body, count=1)
        if said != body:
            said = said[:1].upper() + said[1:]
        bare = MARKER.sub("", said)
        foreign = tuple(_FOREIGN.findall(bare))
        text = _tidy(_FOREIGN.sub("", bare))
        claims = any(char.isalnum() for char in text) and not is_aside(text)
        is_head = raw.lstrip().startswith("|")  # a row of a table that cites nothing
        if claims and (anchors or not (is_head or is_talk(text))):
            yield Piece(start, text, anchors, unknown + foreign)

    def _anchors(self, text: str) -> tuple[tuple[Anchor, ...], tuple[str, ...]]:
        anchors: dict[tuple[str, int], Anchor] = {}
        unknown: list[str] = []
        for marker in MARKER.finditer(text):
            for written, rank, index in ids_in(marker.group()):
                source = self._sources[rank - 1] if 0 < rank <= len(self._sources) else None
                if source is None or (index is not None and not source.has(index)):
                    unknown.append(written)
                    continue
                sentence = source.sentences[source.best if index is None else index]
                anchor = Anchor(source.paper, sentence)
                anchors[anchor.key] = anchor
        return tuple(anchors.values()), tuple(unknown)


_ID_LENGTH = 24  # characters; no id with its brackets is longer
_OWN_LINE = ("evidence", "source", "sources", "id", "ids", "source ids", "citation", "citations")
# A line of nothing but ids that belongs to the sentence before: "Evidence: P3.2", "- ids: [P1.1]";
# not "Sources:", "Evidence: it grows [P1.1]".
_IDS_BELOW = re.compile(
    rf"\n\s*+(?:[-*•]\s*+)?[*_]*(?:{'|'.join(_OWN_LINE)})[*_]*\s*+:[*_]*\s*+"
    rf"(?P<ids>(?:(?:{MARKER.pattern})[ \t,;]*+)++)\.?[ \t]*(?=\n)",
    re.IGNORECASE,
)
_UNDRESSED = re.compile(r"\n\s*+(?:[-*•]\s*+)?[*_]*+([^\n:*_]{0,12}+)[*_]*+\s*+(:[^\n]{0,60})?$")


def _cut(text: str, *, ids_first: bool) -> int | None:
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
        ids = None if ids_first else re.match(rf"[ \t]*(?:{GROUP}[ \t]*[.,;]?[ \t]*)*", rest)
        behind = ids.end() if ids else 0
        tail = rest[behind:]
        if below := _IDS_BELOW.match(tail):
            return stop + behind + below.end()
        if not tail.strip(" \t\\") or (_UNCLOSED.match(tail) and not ids_first):
            return None
        return None if _may_be_ids(tail) else stop + behind
    return None


def _may_be_ids(tail: str) -> bool:
    """Whether the line below a sentence may still become one of its ids."""
    line = _UNDRESSED.match(tail)
    if line is None:
        return False
    word = line[1].strip().lower()
    return word in _OWN_LINE if line[2] else any(one.startswith(word) for one in _OWN_LINE)


def _as_marker(written: str) -> str:
    """Return an id of a list as it would stand in a text; a bare 3.2 can only be P3.2."""
    bare = written.strip("[]() ")
    return f"[P{bare}]" if re.fullmatch(r"\d{1,3}\.\d{1,3}", bare) else f"[{bare}]"


def _in_cells(line: str) -> str:
    """Return a row of a table as a text, "X: it cuts cost"; another line as it is."""
    if not line.lstrip().startswith("|"):
        return line
    return ": ".join(cell.strip() for cell in line.split("|") if cell.strip(" -:\n"))


def _tidy(text: str) -> str:
    """Close the gaps that removed markers leave."""
    text = re.sub(r"\s+", " ", text).strip()
    text = _SAID_IN.sub("", _TAG.sub("", text))
    text = re.sub(r"\[\s*:[^\]]*\]|\^(?=\s*[.!?]?$)", "", text)  # a quotation behind an id; "^"
    text = re.sub(r"^[:;,]\s*", "", text)
    text = re.sub(r"\s?(?:\*\*){2}|__\s?__", "", text)  # bold type around what was removed
    text = re.sub(r"\((?:see|cf\.?|e\.g\.)?[\s,;]*\)|\[[\s,;]*\]", "", text)
    text = re.sub(r"[\[(【]\s*(?=[.!?]?$)", "", text)
    text = re.sub(r"\s+([.,;:!?。！？])", r"\1", text)
    return re.sub(r"([.,;:!?])(?:[,;]|(?<!\.)\.(?=\s*$))+", r"\1", text).strip()
