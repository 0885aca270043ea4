"""How the verifier marks claims whose mark is known, as a table.

``python -m rag.evaluation.claims [PARAPHRASES.jsonl]`` prints it for the library of the current
settings. A line of the file holds ``answer`` and its ``evidence``, a list of
``{"n": position of the paper, "text": exact part of its abstract}``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rag.assistant import Assistant
from rag.evaluation.labelled import LabelledClaim, build, floating, read_paraphrases
from rag.grounding import Verdict
from rag.records import Support

HITS = 8  # papers that a claim without a source is looked for in first


def mark(cases: Sequence[LabelledClaim], assistant: Assistant) -> list[Verdict]:
    """Judge every claim by what it cites; one that cites nothing is looked for, as in an answer."""
    return [
        assistant.grounder.verdict(case.claim, case.anchors)
        if case.anchors
        else mark_in_full(case, assistant)
        for case in cases
    ]


def mark_in_full(case: LabelledClaim, assistant: Assistant) -> Verdict:
    """Judge a claim as in an answer: other sentences of what it cites may be taken in."""
    hits = [anchor.paper.id for anchor in case.anchors]
    hits = hits or [hit.paper.id for hit in assistant.search(case.claim, HITS)]
    checked = assistant.grounder.check(case.claim, case.anchors, hits)
    return Verdict(checked.support, 0.0)


def table(cases: Iterable[LabelledClaim], verdicts: Iterable[Verdict]) -> str:
    """Return how many cases of each kind got each mark, in per cent."""
    counts: dict[str, dict[Support, int]] = {}
    for case, verdict in zip(cases, verdicts, strict=True):
        row = counts.setdefault(case.kind, {"supported": 0, "partial": 0, "unsupported": 0})
        row[verdict.support] += 1
    lines = [f"{'kind':<14} {'cases':>6} {'supported':>10} {'partial':>8} {'unsupported':>12}"]
    for kind, row in counts.items():
        total = sum(row.values())
        shares = [100 * row[name] / total for name in ("supported", "partial", "unsupported")]
        lines.append(
            f"{kind:<14} {total:>6} {shares[0]:>9.1f}% {shares[1]:>7.1f}% {shares[2]:>11.1f}%"
        )
    return "\n".join(lines)


def sweep(cases: Sequence[LabelledClaim], verdicts: Sequence[Verdict]) -> str:
    """Return what would pass at other thresholds of support, in per cent."""
    lines = [f"{'threshold':<12} {'true':>6} {'paraphrase':>11} {'other paper':>12}"]
    for threshold in (0.35, 0.40, 0.45, 0.50, 0.55, 0.60):
        shares = []
        for kind in ("true", "paraphrase", "other paper"):
            scores = [
                verdict.score if not verdict.faults else 0.0
                for case, verdict in zip(cases, verdicts, strict=True)
                if case.kind == kind
            ]
            passed = sum(score >= threshold for score in scores)
            shares.append(100 * passed / max(len(scores), 1))
        lines.append(
            f"{threshold:<12.2f} {shares[0]:>5.1f}% {shares[1]:>10.1f}% {shares[2]:>11.1f}%"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    with Assistant.open() as assistant:
        ids = [paper.id for paper in assistant.papers()]
        found = assistant.library.entries(ids)
        entries = [found[paper_id] for paper_id in ids]
        cases = [*build(entries), *floating()]
        verdicts = mark(cases, assistant)
        print(f"{table(cases, verdicts)}\n\n{sweep(cases, verdicts)}")
        for name in sys.argv[1:]:
            written = list(read_paraphrases(Path(name), entries))
            marked = [mark_in_full(case, assistant) for case in written]
            print(f"\n{name}\n{table(written, marked)}")


if __name__ == "__main__":
    main()
