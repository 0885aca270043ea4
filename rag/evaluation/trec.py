"""Reads TREC's topics and qrels, and writes its runs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from rag.evaluation.questions import Written
from rag.records import Problem

Qrels = dict[str, dict[str, int]]
"""Topic → paper → grade."""

RUN_DIGITS = 6  # of a score in a run

# "<top> … </top>", and one that is never closed, up to the next; not "<topic>".
_TOPIC = re.compile(r"<top>(.*?)(?=</top>|<top>|\Z)", re.DOTALL | re.IGNORECASE)
# "<num> Number: 301", "<num> 301 </num>"; not "<number>".
_NUMBER = re.compile(r"<num>\s*(?:Number:)?\s*([^\s<]+)", re.IGNORECASE)
# "<title> Topic: Foreign minorities", up to the next tag; not "<titles>".
_TITLE = re.compile(r"<title>\s*(?:Topic:)?\s*([^<]*)", re.IGNORECASE)
_HEADS = ("id", "_id", "qid", "query-id", "query_id", "topic", "num")


def read_topics(text: str, path: str) -> tuple[list[Written], list[Problem]]:
    """Read ``<top>`` elements; one without number or title is listed."""
    written: list[Written] = []
    problems: list[Problem] = []
    for topic in _TOPIC.finditer(text):
        line = text.count("\n", 0, topic.start()) + 1
        number, title = _NUMBER.search(topic[1]), _TITLE.search(topic[1])
        asked = " ".join(title[1].split()) if title else ""
        if number is None or not asked:
            problems.append(Problem(path, line, "is a topic without <num> or <title>"))
            continue
        written.append(Written(number[1], path, line, text=asked))
    return written, problems


def read_table(text: str, path: str) -> tuple[list[Written], list[Problem]]:
    """Read topics as ``id<TAB>text``, with or without a line of heads."""
    written: list[Written] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), 1):
        given, asked = (part.strip() for part in line.partition("\t")[::2])
        if not line.strip() or (number == 1 and given.lower() in _HEADS):
            continue
        if not (given and asked):
            problems.append(Problem(path, number, "is not an id, a tab and a question"))
            continue
        written.append(Written(given, path, number, text=asked))
    return written, problems


def read_qrels(text: str, path: str) -> tuple[Qrels, list[Problem]]:
    """Read judgements: TREC's four columns, or BEIR's three with tabs and a line of heads."""
    qrels: Qrels = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        columns = line.split()
        topic, paper, grade = columns[0], columns[-2:-1], columns[-1]
        if len(columns) not in (3, 4) or not grade.lstrip("-").isdecimal():
            if number > 1:
                what = "is not a topic, 0, a paper and a grade (nor a topic, a paper and a grade)"
                problems.append(Problem(path, number, what))
            continue
        qrels.setdefault(topic, {})[paper[0]] = int(grade)
    return qrels, problems


def write_run(rankings: Mapping[str, Sequence[tuple[str, float]]], *, tag: str) -> str:
    """Write rankings as a TREC run, the scores falling so that who sorts by them keeps the order.

    Equal scores, which tools order by the paper's id, are set apart by the last digit. A column is
    one word, so white space in the id of a question becomes "_".
    """
    lines: list[str] = []
    for topic, ranking in rankings.items():
        falling = _falling(score for _, score in ranking)
        given = "_".join(topic.split())
        for rank, ((paper, _), score) in enumerate(zip(ranking, falling, strict=True), 1):
            lines.append(f"{given} Q0 {paper} {rank} {score:.{RUN_DIGITS}f} {tag}\n")
    return "".join(lines)


def _falling(scores: Iterable[float]) -> list[float]:
    least = 10.0**-RUN_DIGITS
    fallen: list[float] = []
    for score in scores:
        ceiling = fallen[-1] - least if fallen else score
        fallen.append(round(min(score, ceiling), RUN_DIGITS))
    return fallen
