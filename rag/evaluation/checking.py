"""What a check of a text finds of claims whose source is known, as a table.

``python -m rag.evaluation.checking [PARAPHRASES.jsonl]`` prints it for the library of the current
settings: for every kind of claim (``evaluation.labelled``) without any citation, once with its
paper among those that are searched, and once without it, where nothing may be found for it.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

from rag.assistant import Assistant
from rag.checking import Finding
from rag.evaluation.labelled import LabelledClaim, build, floating, read_paraphrases

MOST = 60  # claims of a kind
FINDINGS: tuple[Finding, ...] = get_args(Finding)


def found(case: LabelledClaim, assistant: Assistant, *, without: Iterable[str] = ()) -> Finding:
    """Return what is found for a claim that cites nothing, ``without`` some papers' ids."""
    gone = set(without)
    left = [paper_id for paper_id in assistant.library.ids() if paper_id not in gone]
    check = assistant.check(case.claim, form="markdown", filters={"ids": left} if gone else None)
    order: list[Finding] = ["contradicted", "not_stated", "partial", "unchecked", "supported"]
    return min((one.finding for one in check.claims), key=order.index, default="unchecked")


def table(counts: Mapping[str, Counter[Finding]]) -> str:
    """Return how many claims of each row got each finding."""
    lines = [f"{'kind':<26} {'claims':>6} " + " ".join(f"{name:>12}" for name in FINDINGS)]
    for name, seen in counts.items():
        cells = " ".join(f"{seen[finding]:>12}" for finding in FINDINGS)
        lines.append(f"{name:<26} {seen.total():>6} {cells}")
    return "\n".join(lines)


def rows(assistant: Assistant, *, most: int = MOST) -> dict[str, Counter[Finding]]:
    """Check up to ``most`` claims of each kind, with their papers and without them."""
    ids = [paper.id for paper in assistant.papers()]
    entries = assistant.library.entries(ids)
    cases = [*build([entries[paper_id] for paper_id in ids]), *floating()]
    random.Random(1).shuffle(cases)  # noqa: S311  # no secret
    counts: dict[str, Counter[Finding]] = {}
    for case in cases:
        seen = counts.setdefault(case.kind, Counter())
        if case.kind == "other paper" or seen.total() >= most:  # those are the true ones again
            continue
        seen[found(case, assistant)] += 1
        own = {anchor.paper.id for anchor in case.anchors}
        if own:
            gone = counts.setdefault(f"{case.kind}, paper gone", Counter())
            gone[found(case, assistant, without=own)] += 1
    return {kind: seen for kind, seen in counts.items() if seen}


def main() -> None:
    """Print the table."""
    with Assistant.open() as assistant:
        counts = rows(assistant)
        ids = [paper.id for paper in assistant.papers()]
        entries = assistant.library.entries(ids)
        ordered = [entries[paper_id] for paper_id in ids]
        for name in map(Path, sys.argv[1:]):
            for case in read_paraphrases(name, ordered):
                counts.setdefault(name.name, Counter())[found(case, assistant)] += 1
                own = {anchor.paper.id for anchor in case.anchors}
                gone = counts.setdefault(f"{name.name}, paper gone", Counter())
                gone[found(case, assistant, without=own)] += 1
        print(table(counts))


if __name__ == "__main__":
    main()
