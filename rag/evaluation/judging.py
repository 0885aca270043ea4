"""Judges an answer by what is known of its question. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rag.evaluation.questions import Question, Span
from rag.records import Answer, Citation, Paper

TURN_DEPTH = 5  # papers found that a follow-up is judged by
CITED = (
    "cited_recall",
    "cited_precision",
    "first_cited_right",
    "evidence_held",
    "evidence_first",
)
ANSWERED, REFUSED, TURNS = "answered", "refused_{}", f"turns_R@{TURN_DEPTH}"


@dataclass(frozen=True, slots=True)
class Row:
    """What came out for one question, or one later turn of a conversation.

    ``values`` are its measures by name, each between 0 and 1 and the more the better; ``found``
    are the papers of a search with their scores, ``cited`` those that the answer cites, in order;
    ``violations`` tell of citations that are not what their paper says. Times in milliseconds.
    """

    id: str
    kind: str
    question: str
    answerable: bool
    values: dict[str, float] = field(default_factory=dict)
    found: tuple[tuple[str, float], ...] = ()
    cited: tuple[str, ...] = ()
    gold: dict[str, int] = field(default_factory=dict)
    answered: bool | None = None
    sentences: int = 0
    citations: int = 0
    violations: tuple[str, ...] = ()
    search_ms: float | None = None
    ask_ms: float | None = None

    @property
    def confidence(self) -> float:
        """The score of the best paper found; below all others when none was."""
        return self.found[0][1] if self.found else float("-inf")

    @property
    def wrong(self) -> bool:
        """Whether it was answered, but should not have been, or cites a wrong paper first."""
        return bool(self.answered) and not (self.cited and self.cited[0] in self.gold)


def judge_cited(question: Question, answer: Answer) -> dict[str, float]:
    """Return how good an answer's cited papers and sentences are, for an answerable question."""
    cited = cited_papers(answer)
    right = [paper for paper in cited if paper in question.grades]
    values = [
        len(question.must.intersection(cited)) / len(question.must),
        len(right) / max(len(cited), 1),
        float(bool(cited) and cited[0] in question.grades),
    ]
    if question.evidence:
        values.append(_holds(answer.citations, question.evidence))
        values.append(_holds(_of_first_claim(answer), question.evidence))
    return dict(zip(CITED, values, strict=False))


def judge_turn(answer: Answer, gold: frozenset[str]) -> dict[str, float]:
    """Return how many of a later turn's papers are among the first that were found for it."""
    top = {hit.paper.id for hit in answer.hits[:TURN_DEPTH]}
    return {TURNS: len(top & gold) / len(gold)}


def cited_papers(answer: Answer) -> tuple[str, ...]:
    """Return the ids of the cited papers: those of the first claim first, then by number."""
    by_number = sorted(answer.citations, key=lambda citation: citation.number)
    papers = [citation.paper_id for citation in (*_of_first_claim(answer), *by_number)]
    return tuple(dict.fromkeys(papers))


def violations(answer: Answer, papers: Mapping[str, Paper]) -> Iterator[str]:
    """Say which citations are not, character by character, what their paper says."""
    for citation in answer.citations:
        paper = papers.get(citation.paper_id)
        if paper is None:
            yield f"{citation.paper_id} is not in the library"
        elif citation.sentence != _said(citation, paper):
            where = f"[{citation.start}:{citation.end}]"
            yield f"{citation.paper_id}{where} is not {citation.sentence[:60]!r}"


def _said(citation: Citation, paper: Paper) -> str:
    if citation.start < 0:
        return paper.title
    return paper.abstract[citation.start : citation.end]


def _of_first_claim(answer: Answer) -> list[Citation]:
    first = answer.claims[0].anchors if answer.claims else ()
    return [answer.citations[place] for place in first]


def _holds(citations: Sequence[Citation], evidence: Sequence[Span]) -> float:
    """Whether a cited sentence overlaps marked evidence."""
    return float(
        any(
            citation.paper_id == span.paper_id
            and max(citation.start, 0) < span.end
            and span.start < citation.end
            for citation in citations
            for span in evidence
        )
    )
