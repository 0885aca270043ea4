"""Opens sources of questions, told by what is in them, and joins them with judgements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.errors import InputError, ReadError
from rag.evaluation.questions import UNANSWERABLE, QuestionSet, Written, resolve
from rag.evaluation.trec import Qrels, read_qrels, read_table, read_topics
from rag.evaluation.written import parse_object, read_rows
from rag.records import Paper, Problem

QUERIES, CORPUS = "queries.jsonl", "corpus.jsonl"


@dataclass(frozen=True, slots=True)
class Source:
    """The questions of a file or folder, what was left out of it, and the papers it brings."""

    path: Path
    written: tuple[Written, ...]
    problems: tuple[Problem, ...] = ()
    corpus: Path | None = None


def read_sources(paths: Sequence[Path], qrels: Path | None = None) -> list[Source]:
    """Read questions: JSON Lines, BEIR folders, TREC topics, or ``id<TAB>text``.

    ``qrels`` judges the questions that name no papers themselves, by their ids.

    Raises:
        ReadError: a path cannot be read, is of no known form, or nothing in it can be used.
        InputError: judgements are missing, or they are about other questions.
    """
    judged, problems = _judgements(qrels) if qrels else ({}, [])
    sources = [_folder(p, judged) if p.is_dir() else _file(p, judged) for p in paths]
    if qrels and not any(one.judged and one.grades for s in sources for one in s.written):
        first = min(judged)
        raise InputError(f"{qrels} judges none of these questions; the first id there is {first!r}")
    if problems and sources:
        sources[0] = replace(sources[0], problems=(*problems, *sources[0].problems))
    return sources


def asked_of(
    sources: Sequence[Source], papers: Sequence[Paper], *, left_out: Sequence[Problem] = ()
) -> QuestionSet:
    """Look up the papers of all questions of these sources in a library; see ``resolve``.

    ``left_out`` is what has been left out before.

    Raises:
        InputError: no question is left.
    """
    problems = [problem for source in sources for problem in source.problems]
    written = [one for source in sources for one in source.written]
    return resolve(written, papers, left_out=[*problems, *left_out])


def read_corpus(path: Path) -> tuple[list[dict[str, str]], list[Problem]]:
    """Read a BEIR corpus as rows of a library's JSON Lines.

    A document without a title gets its first words as one, one without a text its title as text.

    Raises:
        ReadError: it cannot be read, or holds no document.
    """
    rows: list[dict[str, str]] = []
    problems: list[Problem] = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = parse_object(line)
        except InputError as error:
            problems.append(Problem(str(path), number, str(error)))
            continue
        given = str(row.get("_id", ""))
        title, text = (str(row.get(name) or "").strip() for name in ("title", "text"))
        if not given or not (title or text):
            problems.append(Problem(str(path), number, "is a document without id or text"))
            continue
        rows.append(
            {"id": given, "title": title or " ".join(text.split()[:12]), "abstract": text or title}
        )
    if not rows:
        raise ReadError(_nothing(path, problems))
    return rows, problems


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        ReadError: it is missing, not readable, not UTF-8, or empty.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ReadError(f"{path} does not exist; check the spelling") from error
    except IsADirectoryError as error:
        raise ReadError(f"{path} is a folder; name a file") from error
    except OSError as error:
        raise ReadError(f"{path} cannot be read ({error.strerror}); check its rights") from error
    except UnicodeDecodeError as error:
        raise ReadError(f"{path} is not UTF-8 text; save it as UTF-8") from error
    if not text.strip():
        raise ReadError(f"{path} is empty; write questions into it, or draft some with --make")
    return text.replace("\r\n", "\n")


def _file(path: Path, qrels: Qrels) -> Source:
    text = read_text(path)
    start = text.lstrip()[:1]
    if start in ("{", "["):
        written, problems = read_rows(text, str(path), name=path.stem)
        needs_qrels = False
    elif "<top>" in text.lower():
        written, problems = read_topics(text, str(path))
        needs_qrels = True
    elif "\t" in text:
        written, problems = read_table(text, str(path))
        needs_qrels = True
    else:
        raise ReadError(
            f"{path} holds no questions as JSON Lines, TREC topics or id<TAB>text; the README "
            "shows the form"
        )
    if not written:
        raise ReadError(_nothing(path, problems))
    if needs_qrels and not qrels:
        raise InputError(f"{path} holds topics without answers; name their judgements with --qrels")
    return Source(path, tuple(_judge(written, qrels)), tuple(problems))


def _folder(folder: Path, qrels: Qrels) -> Source:
    """Read a folder in BEIR's layout."""
    queries, corpus = folder / QUERIES, folder / CORPUS
    for path in (queries, corpus):
        if not path.is_file():
            raise ReadError(f"{folder} has no {path.name}; a BEIR folder has {QUERIES}, {CORPUS}")
    written, problems = read_rows(read_text(queries), str(queries), name=folder.name)
    found = qrels
    if not found:
        found, more = _judgements(_qrels_of(folder))
        problems += more
    judged = [one for one in _judge(written, found) if one.id in found]
    if not judged:
        raise InputError(f"the qrels of {folder} judge none of the questions in {QUERIES}")
    if without := len(written) - len(judged):
        what = f"{without:,} of {len(written):,} questions have no judgements"
        problems.append(Problem(str(queries), None, what))
    return Source(folder, tuple(judged), tuple(problems), corpus)


def _qrels_of(folder: Path) -> Path:
    """Return a BEIR folder's judgements, those of the test split when there are several."""
    places = [folder / "qrels.tsv", *(folder / "qrels" / f"{n}.tsv" for n in ("test", "dev"))]
    places += sorted((folder / "qrels").glob("*.tsv"))
    for place in places:
        if place.is_file():
            return place
    raise ReadError(f"{folder} has neither qrels.tsv nor qrels/*.tsv; name one with --qrels")


def _judgements(path: Path) -> tuple[Qrels, list[Problem]]:
    qrels, problems = read_qrels(read_text(path), str(path))
    if not qrels:
        raise ReadError(_nothing(path, problems))
    return qrels, problems


def _judge(written: Iterable[Written], qrels: Qrels) -> Iterable[Written]:
    """Give the questions that name no papers the grades of the qrels."""
    for one in written:
        if not qrels or one.grades or one.turns or one.kind in UNANSWERABLE:
            yield one
            continue
        found = qrels.get(one.id, {})
        grades = tuple((paper, grade) for paper, grade in found.items() if grade > 0)
        yield replace(one, grades=grades, judged=True)


def _nothing(path: Path, problems: Sequence[Problem]) -> str:
    first = f"; the first: {problems[0]}" if problems else ""
    return f"{path} holds nothing that can be used{first}"
