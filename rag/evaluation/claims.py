"""Labelled claims for the verifier, and the table of how it marks them.

``python -m rag.evaluation.claims [PARAPHRASES.jsonl]`` prints the table for the library of the
current settings. A line of the file holds ``answer`` and its ``evidence``, a list of
``{"n": position of the paper, "text": exact part of its abstract}``.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag.assistant import Assistant
from rag.grounding import Verdict, verify
from rag.library import Entry
from rag.records import Support

Kind = Literal["true", "number", "negated", "turned", "other paper", "paraphrase"]

# A number that says how many or how much: no enumerator, exponent, or part of a name ("SAM 2").
_NUMBER = re.compile(
    r"(?<![\w.^{(/-])(?<![A-Z]\s)(?<![\d]~)\d[\d,]*(?:\.\d+)?(?![\d.]*\))(?![\d,.]*[\w-]*[A-Za-z}])"
)
# "is", "can", "outperforms", "improve"; not "this", "cannot", "improved".
_VERB = re.compile(
    r"\b(is|are|can|does|do|will|has|have|achieves?|outperforms?|improves?|reduces?)\b"
)
_TURNS = {
    "higher": "lower",
    "improves": "degrades",
    "better": "worse",
    "reduces": "increases",
    "larger": "smaller",
    "faster": "slower",
    "more": "less",
    "outperforms": "underperforms",
}
# Words that mean the same, for paraphrases that keep a sentence's content.
_SAME = {
    "propose": "introduce",
    "introduce": "present",
    "present": "describe",
    "demonstrate": "show",
    "achieves": "reaches",
    "significantly": "markedly",
    "novel": "new",
    "In this paper, we": "The authors",
    "In this work, we": "The authors",
    "we": "the authors",
    "We": "The authors",
    "our": "their",
    "Our": "Their",
    "extensive": "many",
    "outperforms": "beats",
    "utilize": "use",
    "employ": "use",
    "various": "several",
    "state-of-the-art": "best known",
}


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim with the sentence it cites (its text and its paper's title), and what it is."""

    kind: Kind
    claim: str
    cited: str
    title: str

    @property
    def should_pass(self) -> bool:
        """Whether the cited sentence supports the claim."""
        return self.kind in ("true", "paraphrase")


def build(entries: Sequence[Entry], *, seed: int = 7) -> Iterator[LabelledClaim]:
    """Build cases from every sentence of a library; the same for the same library and seed."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    for entry in entries:
        title = entry.paper.title
        for sentence in entry.sentences[1:]:
            text = sentence.text
            yield LabelledClaim("true", text, text, title)
            if (changed := _change_number(text, chance)) is not None:
                yield LabelledClaim("number", changed, text, title)
            if (negated := _negate(text)) is not None:
                yield LabelledClaim("negated", negated, text, title)
            if (turned := _turn(text)) is not None:
                yield LabelledClaim("turned", turned, text, title)
            if (same := _paraphrase(text)) is not None:
                yield LabelledClaim("paraphrase", same, text, title)
            other = chance.choice([e for e in entries if e.paper.id != entry.paper.id])
            wrong = chance.choice(other.sentences[1:])
            yield LabelledClaim("other paper", text, wrong.text, other.paper.title)


def read_paraphrases(path: Path, entries: Sequence[Entry]) -> Iterator[LabelledClaim]:
    """Read people's answers with the evidence they rest on."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        cited, titles = [], []
        for evidence in row["evidence"]:
            entry = entries[evidence["n"] - 1]
            start = entry.paper.abstract.index(evidence["text"])
            stop = start + len(evidence["text"])
            cited += [s.text for s in entry.sentences[1:] if s.start < stop and start < s.end]
            titles.append(entry.paper.title)
        yield LabelledClaim("paraphrase", row["answer"], "\n".join(cited), "\n".join(titles))


def mark(cases: Sequence[LabelledClaim], assistant: Assistant) -> list[Verdict]:
    """Verify every case."""
    texts = list(dict.fromkeys([c.claim for c in cases] + [t for c in cases for t in _lines(c)]))
    rows = dict(zip(texts, assistant.embedder.embed(texts), strict=True))
    return [
        verify(
            case.claim,
            _lines(case),
            context=case.title,
            cosine=max(float(rows[case.claim] @ rows[line]) for line in _lines(case)),
        )
        for case in cases
    ]


def table(cases: Iterable[LabelledClaim], verdicts: Iterable[Verdict]) -> str:
    """Return how many cases of each kind got each mark, in per cent."""
    counts: dict[str, dict[Support, int]] = {}
    for case, verdict in zip(cases, verdicts, strict=True):
        row = counts.setdefault(case.kind, {"supported": 0, "partial": 0, "unsupported": 0})
        row[verdict.support] += 1
    lines = [f"{'kind':<12} {'cases':>6} {'supported':>10} {'partial':>8} {'unsupported':>12}"]
    for kind, row in counts.items():
        total = sum(row.values())
        shares = [100 * row[name] / total for name in ("supported", "partial", "unsupported")]
        lines.append(
            f"{kind:<12} {total:>6} {shares[0]:>9.1f}% {shares[1]:>7.1f}% {shares[2]:>11.1f}%"
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
            shares.append(100 * sum(score >= threshold for score in scores) / len(scores))
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
        cases = list(build(entries))
        verdicts = mark(cases, assistant)
        print(f"{table(cases, verdicts)}\n\n{sweep(cases, verdicts)}")
        for name in sys.argv[1:]:
            written = list(read_paraphrases(Path(name), entries))
            print(f"\n{name}\n{table(written, mark(written, assistant))}")


def _lines(case: LabelledClaim) -> list[str]:
    return case.cited.split("\n")


def _change_number(text: str, chance: random.Random) -> str | None:
    match = _NUMBER.search(text)
    if match is None:
        return None
    value = match.group().replace(",", "")
    places = len(value.partition(".")[2])
    changed = f"{float(value) * chance.choice((0.5, 0.9, 1.1, 2.0)) + 1:.{places}f}"
    if float(changed) == float(value):
        return None
    return text[: match.start()] + changed + text[match.end() :]


def _negate(text: str) -> str | None:
    match = _VERB.search(text)
    if match is None:
        return None
    verb = match.group()
    if verb in ("is", "are", "can", "does", "do", "will", "has", "have"):
        negated = "cannot" if verb == "can" else f"{verb} not"
    else:
        negated = f"does not {verb.rstrip('s')}"
    return text[: match.start()] + negated + text[match.end() :]


def _turn(text: str) -> str | None:
    for word, opposite in _TURNS.items():
        turned, count = re.subn(rf"\b{word}\b", opposite, text, count=1)
        if count:
            return turned
    return None


def _paraphrase(text: str) -> str | None:
    changed = text
    for word, same in _SAME.items():
        changed = re.sub(rf"\b{word}\b", same, changed)
    return changed if changed != text else None


if __name__ == "__main__":
    main()
