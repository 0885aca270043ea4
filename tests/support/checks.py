"""What must hold of every citation, answer and summary, whoever wrote it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rag import Assistant
from rag.records import Answer, Citation, Claim, Summary


def check_citations(assistant: Assistant, citations: Sequence[Citation]) -> None:
    """Every citation is exactly a sentence of its paper, or its title."""
    for citation in citations:
        paper = assistant.paper(citation.paper_id)
        assert citation.title == paper.title
        if citation.start == -1:
            assert (citation.sentence, citation.end) == (paper.title, -1)
        else:
            assert paper.abstract[citation.start : citation.end] == citation.sentence


def check_anchors(assistant: Assistant, answer: Answer) -> None:
    """Every citation is exactly a sentence, and every claim points at its citations."""
    check_citations(assistant, answer.citations)
    for claim in answer.claims:
        numbers = dict.fromkeys(answer.citations[place].number for place in claim.anchors)
        assert claim.citations == tuple(numbers)
        assert all(f"[{number}]" in answer.text for number in claim.citations)


def check_summary(assistant: Assistant, summary: Summary) -> None:
    """Anchors are exact, nothing is said twice, and the text holds what the fields say."""
    check_citations(assistant, summary.citations)
    places = [(c.paper_id, c.start) for c in summary.citations]
    assert len(places) == len(set(places))
    for claim in summary.claims:
        assert claim.anchors or claim.support == "unsupported"
        numbers = dict.fromkeys(summary.citations[place].number for place in claim.anchors)
        assert claim.citations == tuple(numbers)
        assert all(f"[{number}]" in summary.text for number in claim.citations)
    assert not repeated(summary)
    known = {c.paper_id: c.number for c in summary.citations}
    assert sorted(known.values()) == list(range(1, len(known) + 1))
    used = {considered.paper_id for considered in summary.coverage.used}
    assert used == set(known)
    assert not used & {considered.paper_id for considered in summary.coverage.left_out}
    for row in summary.table:
        assert row.number == known[row.paper_id]
        for cell in (row.idea, row.setting, row.result):
            if cell is not None:
                (place,) = cell.anchors
                assert cell.text in summary.citations[place].sentence


def repeated(summary: Summary) -> list[str]:
    """Return the sentences that a summary shows twice.

    The words of a setting may be those of the result beside it.
    """
    settings = {id(row.setting) for row in summary.table}
    own = [c for c in summary.claims if _is_whole(summary, c) and id(c) not in settings]
    counts = Counter(summary.citations[claim.anchors[0]].sentence for claim in own)
    texts = Counter(claim.text.casefold() for claim in summary.claims if id(claim) not in settings)
    return [text for text, count in (*counts.items(), *texts.items()) if count > 1]


def _is_whole(summary: Summary, claim: Claim) -> bool:
    """Whether a claim is a sentence of an abstract, not words of a model."""
    if len(claim.anchors) != 1:
        return False
    sentence = summary.citations[claim.anchors[0]].sentence.casefold()
    return claim.text.casefold() in sentence
