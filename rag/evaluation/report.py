"""A report of an evaluation, as JSON with every question, and as Markdown to read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rag.evaluation.figures import Risk, by_kind, figures, risks, times
from rag.evaluation.judging import ANSWERED, CITED, TURNS, Row
from rag.records import Problem

FORM = "cited-rag evaluation 1"  # what a JSON report says it is
TOLD = 20  # of what was left out, and of violations, in Markdown


@dataclass(frozen=True, slots=True)
class About:
    """What was evaluated, how and when.

    ``model`` is empty for extractive answers; ``drafted`` counts the questions that rules wrote.
    """

    date: str
    version: str
    papers: int
    fingerprint: str
    mode: str
    model: str
    k: int
    parts: tuple[str, ...]
    threads: int
    drafted: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What came out of an evaluation, question by question."""

    about: About
    rows: tuple[Row, ...]
    left_out: tuple[Problem, ...] = ()

    @property
    def figures(self) -> dict[str, float]:
        """All figures by name; those of a kind are called ``nDCG@10/detail``."""
        of_kinds = {
            f"{name}/{kind}": value
            for kind, rows in by_kind(self.rows).items()
            for name, value in figures(rows).items()
        }
        return {**figures(self.rows), **times(self.rows), **of_kinds}

    @property
    def risks(self) -> tuple[Risk, ...]:
        """The risk when only the questions with the best scores are answered."""
        return risks(self.rows) if "refusals" in self.about.parts else ()

    def rankings(self) -> dict[str, tuple[tuple[str, float], ...]]:
        """Return the papers found for each question that was searched, with their scores."""
        return {row.id: row.found for row in self.rows if row.search_ms is not None}


def to_json(report: Report) -> dict[str, Any]:
    """Return everything of a report, ready for ``json.dumps``."""
    return {
        "form": FORM,
        "about": asdict(report.about),
        "questions": len(report.rows),
        "figures": report.figures,
        "risk_coverage": [{**asdict(risk), "risk": risk.risk} for risk in report.risks],
        "left_out": [asdict(problem) for problem in report.left_out],
        "rows": [_row(row) for row in report.rows],
    }


def to_markdown(report: Report) -> str:
    """Return a report to read; its tables are headed by the names of the figures."""
    rows = report.rows
    parts = [
        "# How well this library answers\n",
        _preface(report),
        _retrieval(rows, report.about.k) if "retrieval" in report.about.parts else "",
        _answers(rows) if "answers" in report.about.parts else "",
        _anchors(rows),
        _refusals(rows),
        _coverage(report.risks),
        _conversations(rows),
        _times(report),
        _left_out(report.left_out),
    ]
    return "\n".join(part for part in parts if part)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, its columns after the first to the right."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(value: float | None) -> str:
    """Return a share with three digits, or a dash."""
    return "–" if value is None else f"{value:.3f}"


def _row(row: Row) -> dict[str, Any]:
    return {**asdict(row), "found": [list(pair) for pair in row.found]}


def _preface(report: Report) -> str:
    about = report.about
    writer = about.model or "no model"
    drafted = f"- questions drafted by rules, easier than people's: {about.drafted}\n"
    return (
        f"- {len(report.rows)} questions to {about.papers:,} papers; {_counted(report.left_out)}\n"
        f"- embedding {about.fingerprint}; answers {about.mode} ({writer}); k = {about.k}; "
        f"{about.threads} threads\n"
        f"{drafted if about.drafted else ''}"
        f"- cited-rag {about.version}, {about.date}\n"
    )


def _counted(problems: Sequence[Problem]) -> str:
    return f"{len(problems)} left out, listed at the end" if problems else "nothing left out"


def _retrieval(rows: Sequence[Row], k: int) -> str:
    searched = [row for row in rows if row.answerable and f"nDCG@{k}" in row.values]
    names = [name for name in (searched[0].values if searched else ()) if "@" in name]
    return _by_kind("Retrieval", searched, names)


def _answers(rows: Sequence[Row]) -> str:
    answered = [row for row in rows if CITED[0] in row.values]
    text = _by_kind("Answers", answered, CITED, sizes=True)
    if not text:
        return ""
    return (
        f"{text}\nRecall is of the papers that must be cited; held: a cited sentence overlaps the "
        "marked\nevidence; first: the first claim's does.\n"
    )


def _by_kind(title: str, rows: Sequence[Row], names: Sequence[str], *, sizes: bool = False) -> str:
    """Return a section with a line for each kind and one for all."""
    if not rows:
        return ""
    kinds = by_kind(rows)
    groups: Mapping[str, Sequence[Row]] = {"all": rows, **(kinds if len(kinds) > 1 else {})}
    lines = []
    for kind, group in groups.items():
        found = figures(group)
        line = [kind, str(len(group)), *(cell(found.get(name)) for name in names)]
        if sizes:
            line += [f"{sum(len(row.cited) for row in group) / len(group):.1f}"]
            line += [f"{sum(row.sentences for row in group) / len(group):.1f}"]
        lines.append(line)
    heads = ["kind", "questions", *names, *(["papers", "sentences"] if sizes else [])]
    return f"## {title}\n\n{table(heads, lines)}"


def _anchors(rows: Sequence[Row]) -> str:
    citations = sum(row.citations for row in rows)
    if not citations:
        return ""
    found = [violation for row in rows for violation in row.violations]
    listed = "".join(f"- {violation}\n" for violation in found[:TOLD])
    return (
        f"Citations that are exactly what the paper says: {citations - len(found)} of {citations}; "
        f"anchor_violations {len(found)}\n{listed}"
    )


def _refusals(rows: Sequence[Row]) -> str:
    asked = [row for row in rows if row.answered is not None]
    unanswerable = by_kind(row for row in asked if not row.answerable)
    answerable = [row for row in asked if ANSWERED in row.values]
    groups = {**unanswerable, **({"answerable (false_refusals)": answerable} if answerable else {})}
    if not unanswerable and not answerable:
        return ""
    lines = []
    for kind, group in groups.items():
        refused = sum(not row.answered for row in group)
        lines.append([kind, str(len(group)), str(refused), cell(refused / len(group))])
    return f"## Refusals\n\n{table(['kind', 'questions', 'refused', 'share'], lines)}"


def _coverage(found: Sequence[Risk]) -> str:
    if not found:
        return ""
    lines = [
        [f"{r.coverage} %", str(r.questions), str(r.answered), str(r.wrong), cell(r.risk)]
        for r in found
    ]
    return (
        "Only the questions with the best scores, and how many of the answered are wrong (a wrong "
        "paper\ncited first, or no paper answers):\n\n"
        f"{table(['coverage', 'questions', 'answered', 'wrong', 'risk'], lines)}"
    )


def _conversations(rows: Sequence[Row]) -> str:
    turns = [row for row in rows if TURNS in row.values]
    return _by_kind("Conversations", turns, [TURNS])


def _times(report: Report) -> str:
    found = times(report.rows)
    lines = [
        [what, *(f"{found[f'{what}_{name}_ms']:.1f}" for name in ("p50", "p95"))]
        for what in ("search", "ask")
        if f"{what}_p50_ms" in found
    ]
    heads = ["", "p50 ms", "p95 ms"]
    return f"## Time ({report.about.threads} threads)\n\n{table(heads, lines)}" if lines else ""


def _left_out(problems: Sequence[Problem]) -> str:
    if not problems:
        return ""
    listed = "".join(f"- {problem}\n" for problem in problems[:TOLD])
    more = f"- and {len(problems) - TOLD} more\n" if len(problems) > TOLD else ""
    return f"## Left out\n\n{listed}{more}"
