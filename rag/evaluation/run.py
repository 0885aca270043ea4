"""Asks a library its questions, and reports what came out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from rag import __version__
from rag.assistant import Assistant
from rag.errors import InputError, QuestionError
from rag.evaluation import measures
from rag.evaluation.judging import (
    ANSWERED,
    REFUSED,
    Row,
    cited_papers,
    judge_cited,
    judge_turn,
    violations,
)
from rag.evaluation.questions import Dialog, Question, QuestionSet
from rag.evaluation.report import About, Report
from rag.records import Answer, Paper, Problem, Progress, no_progress

PARTS = ("retrieval", "answers", "refusals", "conversations")
LATER_TURN = "later turn"  # the kind of what is asked after the first turn of a conversation


def evaluate(
    assistant: Assistant,
    asked: QuestionSet,
    *,
    k: int = 10,
    parts: Sequence[str] = PARTS,
    progress: Progress = no_progress,
) -> Report:
    """Ask a library questions with known answers and report what came out.

    ``k`` is how many papers a search returns. ``parts`` are some of ``PARTS``. Questions that
    cannot be asked at all (too long, without a word to look for) are left out and told.

    Raises:
        InputError: a part is unknown, nothing is left to ask in these parts, or ir-measures is
            missing.
        RagError: the library or the model cannot be used.
    """
    check_parts(parts)
    papers = {paper.id: paper for paper in assistant.papers()}
    if not papers:
        raise InputError("the library holds no paper; `rag ingest PATH` brings some in")
    assistant.warm_up()  # so that the first question is no slower than the others
    asker = _Asker(assistant, papers, k=k, parts=parts)
    wanted = [question for question in asked.questions if asker.wants(question)]
    dialogs = asked.dialogs if "conversations" in parts else ()
    everything: list[Question | Dialog] = [*wanted, *dialogs]
    rows: list[Row] = []
    left_out = list(asked.left_out)
    for done, one in enumerate(everything, 1):
        try:
            rows += asker.converse(one) if isinstance(one, Dialog) else [asker.ask(one)]
        except QuestionError as error:
            left_out.append(Problem(f"question {one.id}", None, str(error)))
        progress("asking", done, len(everything))
    if not rows:
        reason = f"; the first: {left_out[0]}" if left_out else ""
        raise InputError(f"nothing to ask for {', '.join(parts)}{reason}")
    if "retrieval" in parts:
        rows = _measured(rows, k)
    drafted = sum(question.drafted for question in wanted)
    about = _about(assistant, k=k, parts=parts, papers=len(papers), drafted=drafted)
    return Report(about, tuple(rows), tuple(left_out))


def check_parts(parts: Sequence[str]) -> None:
    """Check that these parts can be evaluated here.

    Raises:
        InputError: a part is unknown, or ir-measures is missing.
    """
    if unknown := [part for part in parts if part not in PARTS]:
        raise InputError(f"no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    if "retrieval" in parts:
        measures.library()


class _Asker:
    """Asks one assistant, and judges what comes back."""

    def __init__(
        self, assistant: Assistant, papers: dict[str, Paper], *, k: int, parts: Sequence[str]
    ) -> None:
        self._assistant = assistant
        self._papers = papers
        self._k = k
        self._parts = parts

    def wants(self, question: Question) -> bool:
        """Whether a question belongs to the parts."""
        if "refusals" in self._parts:
            return True
        return question.answerable and bool({"retrieval", "answers"} & set(self._parts))

    def ask(self, question: Question) -> Row:
        row = Row(
            question.id,
            question.kind,
            question.text,
            question.answerable,
            gold=dict(question.grades),
        )
        if {"retrieval", "refusals"} & set(self._parts):
            start = time.perf_counter()
            hits = self._assistant.search(question.text, self._k)
            spent = _since(start)
            found = tuple((hit.paper.id, hit.score) for hit in hits)
            row = replace(row, found=found, search_ms=spent)
        if {"answers", "refusals"} & set(self._parts):
            answer, row = self._answer(row, question.text, ())
            values: dict[str, float] = {}
            if question.answerable and "answers" in self._parts:
                values |= judge_cited(question, answer)
            if "refusals" in self._parts:
                name = ANSWERED if question.answerable else REFUSED.format(question.kind)
                values[name] = float(answer.grounded == question.answerable)
            row = replace(row, values=values, answered=answer.grounded)
        return row

    def converse(self, dialog: Dialog) -> list[Row]:
        """Ask in turn; the turns after the first are judged, by the papers found."""
        history: list[Answer] = []
        rows: list[Row] = []
        for number, (text, gold) in enumerate(dialog.turns, 1):
            row = Row(f"{dialog.id}/{number}", LATER_TURN, text, True, gold=dict.fromkeys(gold, 2))
            answer, row = self._answer(row, text, history)
            if history and gold:
                found = tuple((hit.paper.id, hit.score) for hit in answer.hits)
                rows.append(replace(row, values=judge_turn(answer, gold), found=found))
            history.append(answer)
        return rows

    def _answer(self, row: Row, text: str, history: Sequence[Answer]) -> tuple[Answer, Row]:
        start = time.perf_counter()
        answer = self._assistant.ask(text, history)
        spent = _since(start)
        return answer, replace(
            row,
            cited=cited_papers(answer),
            sentences=len(answer.claims),
            citations=len(answer.citations),
            violations=tuple(violations(answer, self._papers)),
            ask_ms=spent,
        )


def _measured(rows: Sequence[Row], k: int) -> list[Row]:
    """Add the measures of the rankings."""
    searched = [row for row in rows if row.search_ms is not None and row.answerable]
    values = measures.per_question(
        {row.id: [paper for paper, _ in row.found] for row in searched},
        {row.id: row.gold for row in searched},
        k=k,
    )
    return [replace(row, values={**values.get(row.id, {}), **row.values}) for row in rows]


def _about(
    assistant: Assistant, *, k: int, parts: Sequence[str], papers: int, drafted: int
) -> About:
    settings, model = assistant.settings, assistant.model
    return About(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        papers=papers,
        fingerprint=assistant.embedder.fingerprint,
        mode=settings.mode,
        model=settings.llm_model if model else "",
        k=k,
        parts=tuple(parts),
        threads=settings.worker_threads,
        drafted=drafted,
    )


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1e3
