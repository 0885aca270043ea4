"""Tells which papers are in a summary and why the others are not, so that it adds up. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rag.records import Citation, Considered, Coverage
from rag.summaries.gather import MOST_PAPERS, Gathered


def coverage(gathered: Gathered, citations: Sequence[Citation]) -> Coverage:
    """Tell the papers that are cited from those that are not, and why they are not."""
    cited = {citation.paper_id for citation in citations}
    used, left, silent = [], [], 0
    for rank, one in enumerate((*gathered.used, *gathered.near), 1):
        paper = one.evidence.paper
        if paper.id in cited:
            used.append(Considered(paper.id, paper.title, f"rank {rank}; {one.reason}"))
            continue
        why = "one too many" if gathered.crowded else "less close than the papers used"
        if rank <= len(gathered.used):
            why = "nothing was taken from it"
            silent += 1
        left.append(Considered(paper.id, paper.title, f"rank {rank}, {why}; {one.reason}"))
    others = len(left) - silent + gathered.more
    told = _told(len(used), silent, others, crowded=gathered.crowded, own=gathered.own)
    return Coverage(tuple(used), tuple(left), gathered.more, told)


def _told(used: int, silent: int, others: int, *, crowded: bool, own: bool) -> str:
    """Say how many papers are in the summary, of how many, and why the others are not."""
    total = used + silent + others
    of = f"{total:,} paper{'' if total == 1 else 's'} {'of' if own else 'near'} this topic"
    reasons = []
    if others:
        one = others == 1
        rest = f"{others:,} {'other is' if one else 'others are'} less "
        rest += "typical of it" if own else "close to it"
        reasons.append(f"at most {MOST_PAPERS} are used, and {rest}" if crowded else rest)
    if silent:
        reasons.append(f"nothing was taken from {silent}")
    why = f": {'; '.join(reasons)}" if reasons else ""
    return f"{used} of {of} {'is' if used == 1 else 'are'} in this summary{why}."
