"""The shapes that pass between rooms and leave through every door, the same names in JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Any, Literal

MAX_QUERY = 4_000  # characters of a question; MiniLM reads about the first 1,000

READING = "reading"  # that a question is read as more than it says, which it need not be
Support = Literal["supported", "partial", "unsupported", "unchecked"]
Mode = Literal["extractive", "llm"]
Feedback = Literal[-1, 0, 1]

Progress = Callable[[str, int, int], None]
"""Called as ``progress(what, done, total)`` while something long is under way."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of the library.

    ``id`` is derived from the content (DOI, arXiv id, or title) unless the input gives one.
    ``title`` and ``abstract`` are what the source says, mathematics in LaTeX included; markup of
    its format and of web pages is gone. ``source`` is where it was read (file name), ``links`` the
    addresses found inside the abstract. ``citation_key`` is kept to the letter, ``collections`` are
    what the user has put it into.
    """

    id: str
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str = ""
    doi: str = ""
    arxiv_id: str = ""
    url: str = ""
    source: str = ""
    links: tuple[str, ...] = ()
    pmid: str = ""
    keywords: tuple[str, ...] = ()
    citation_key: str = ""
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a paper: ``abstract[start:end] == text``.

    Index 0 is the title, with ``start == end == -1``; the abstract's sentences count from 1.
    """

    index: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A paper that a search found: its rank (from 1), score, why, and its best sentence.

    ``score`` orders the hits of one search and compares with nothing else.
    """

    paper: Paper
    rank: int
    score: float
    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Citation:
    """The sentence that a claim rests on: ``abstract[start:end] == sentence``.

    For a title ``start == end == -1``. ``number`` belongs to the paper, so several citations may
    share it.
    """

    number: int
    paper_id: str
    title: str
    sentence: str
    start: int
    end: int
    url: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer, with the numbers of the papers it cites.

    ``anchors`` are the positions in ``Answer.citations`` of the very sentences it rests on: a
    number alone names the paper, not the sentence.
    """

    text: str
    citations: tuple[int, ...]
    support: Support
    anchors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost: tokens as the endpoint counted them (0 when it did not say).

    ``prompt_digest`` names the wording of the prompts, empty for extractive answers.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    prompt_digest: str = ""

    def plus(self, other: Usage) -> Usage:
        """Return both together, under the digest of this one."""
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.prompt_digest,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and everything it rests on.

    ``grounded`` is false when the papers do not say; ``notice`` then tells what was not found.
    ``text`` carries the markers ``[n]``; ``notice`` is empty when there is nothing to tell. What it
    tells is also here by itself: ``missing`` are names and words of the question that no paper has,
    ``closest`` the ids of the papers that come closest when the question is refused. Where not all
    papers were looked at, ``filters`` are those that were given, ``limits`` what the question
    itself says, by their names. ``read_as`` is the question as it was searched for, where the
    conversation before it added something, or a name was put right.
    """

    question: str
    text: str
    grounded: bool
    mode: Mode
    model: str
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    follow_ups: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    notice: str = ""
    missing: tuple[str, ...] = ()
    closest: tuple[str, ...] = ()
    filters: dict[str, Any] = field(default_factory=dict, hash=False)
    limits: dict[str, Any] = field(default_factory=dict, hash=False)
    read_as: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A theme of the library: its papers, the most typical first, and where they are on the map.

    ``id`` is made of the label that the words of the papers give. ``terms`` are the phrases that
    set the topic apart. ``x`` and ``y`` have a number a paper, in the order of ``paper_ids``,
    between 0 and 1 over the whole library. ``number`` stays with a topic, and so does its colour.
    """

    id: str
    label: str
    terms: tuple[str, ...]
    paper_ids: tuple[str, ...]
    x: tuple[float, ...]
    y: tuple[float, ...]
    number: int = 0


@dataclass(frozen=True, slots=True)
class Theme:
    """One section of a summary: its papers, and what it says of them.

    ``mode`` tells who wrote it: a model that fails in one section leaves that one extractive.
    """

    label: str
    paper_ids: tuple[str, ...]
    claims: tuple[Claim, ...]
    mode: Mode


@dataclass(frozen=True, slots=True)
class Row:
    """A paper in the comparison of a summary.

    ``idea``, ``setting`` and ``result`` are words of its own sentences, or None where no sentence
    says it.
    """

    number: int
    paper_id: str
    name: str
    idea: Claim | None = None
    setting: Claim | None = None
    result: Claim | None = None


@dataclass(frozen=True, slots=True)
class Considered:
    """A paper that was considered for a summary, and why it was used or left out."""

    paper_id: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a summary rests on and leaves out, best first; ``more`` are left out unnamed."""

    used: tuple[Considered, ...] = ()
    left_out: tuple[Considered, ...] = ()
    more: int = 0
    told: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the papers say about a topic, with citations.

    ``text`` is all of it as Markdown. ``grounded`` is false when the papers do not cover the topic;
    ``notice`` then says so and ``nearest`` names topics that they do cover; ``missing`` are names
    and words of the topic that no paper has. Claims stand in
    ``overview``, ``themes``, ``table``, ``disagreements`` and ``open_questions``; their ``anchors``
    are positions in ``citations``, as in an ``Answer``.
    """

    topic: str
    text: str
    grounded: bool
    mode: Mode
    model: str
    overview: tuple[Claim, ...] = ()
    themes: tuple[Theme, ...] = ()
    table: tuple[Row, ...] = ()
    disagreements: tuple[Claim, ...] = ()
    open_questions: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    nearest: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    notice: str = ""
    missing: tuple[str, ...] = ()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All claims in the order of the text."""
        cells = (cell for row in self.table for cell in (row.idea, row.setting, row.result))
        return (
            *self.overview,
            *(claim for theme in self.themes for claim in theme.claims),
            *(cell for cell in cells if cell is not None),
            *self.disagreements,
            *self.open_questions,
        )


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of a conversation and its answer, None when that was never finished.

    ``feedback`` is 1 for a liked answer, -1 for a disliked one, else 0.
    """

    id: str
    conversation: str
    question: str
    answer: Answer | None = None
    feedback: Feedback = 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as it is listed; ``changed`` in seconds since 1970, ``scope`` as filters."""

    id: str
    title: str
    changed: float
    scope: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in an input that was left out, with where and why. ``line`` counts from 1."""

    path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.message}"


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did; the ids of the papers by what happened to them.

    ``duplicates`` are papers that are here already under another id, ``problems`` what could not be
    used; both were left out, and say why. ``embedded`` counts the texts that had to be embedded,
    ``removed`` are papers that their file no longer has, where that was asked for.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    embedded: int = 0
    duplicates: tuple[Problem, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What an ingest would do: the papers by what would happen to them, and what it would leave."""

    added: tuple[Paper, ...] = ()
    updated: tuple[Paper, ...] = ()
    unchanged: tuple[Paper, ...] = ()
    duplicates: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    removed: tuple[Paper, ...] = ()


def no_progress(_what: str, _done: int, _total: int) -> None:
    """Tell nobody how far something is."""


def to_json(record: Any) -> Any:
    """Turn a record, or a list of them, into plain lists and dicts ready for ``json.dumps``."""
    if is_dataclass(record) and not isinstance(record, type):
        return asdict(record)
    return [to_json(item) for item in record] if isinstance(record, (list, tuple)) else record
