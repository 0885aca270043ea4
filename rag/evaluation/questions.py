"""Questions with known answers: as a file has them, and with the library's papers looked up. Pure.

A file may name a paper by its id, its DOI, its exact title, or its position in the library (from
1). A number is always a position; text is one only when no paper has it as its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.errors import InputError
from rag.records import Paper, Problem

Reference = int | str
"""How a file names a paper."""

UNANSWERABLE = ("off_topic", "near_miss", "missing_detail")
"""Kinds of questions that the papers do not answer, which is why they name none."""

MUST = 2  # the grade of a paper that an answer must cite
LISTED = 5  # unknown papers that a message names


@dataclass(frozen=True, slots=True)
class Written:
    """A question, or a conversation, as a file has it, and where.

    ``judged`` tells that the grades come from qrels: pools judge papers that a library may lack,
    so unknown ones are passed over, where a question that people wrote is left out.
    """

    id: str
    path: str
    line: int
    text: str = ""
    kind: str = ""
    grades: tuple[tuple[Reference, int], ...] = ()
    evidence: tuple[tuple[Reference, str], ...] = ()
    turns: tuple[tuple[str, tuple[Reference, ...]], ...] = ()
    judged: bool = False
    drafted: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A marked part of a paper's abstract."""

    paper_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the grades of its relevant papers by id (2 must be cited, 1 may be).

    ``grades`` is empty for a question of ``UNANSWERABLE`` kind, and only for those.
    """

    id: str
    text: str
    kind: str
    grades: Mapping[str, int] = field(default_factory=dict)
    evidence: tuple[Span, ...] = ()
    drafted: bool = False

    @property
    def answerable(self) -> bool:
        """Whether the papers answer it."""
        return bool(self.grades)

    @property
    def must(self) -> frozenset[str]:
        """The papers that an answer must cite: those of grade 2, else all relevant ones."""
        best = frozenset(paper for paper, grade in self.grades.items() if grade >= MUST)
        return best or frozenset(self.grades)


@dataclass(frozen=True, slots=True)
class Dialog:
    """A conversation: what is asked in turn, each with the ids of the papers it is about."""

    id: str
    turns: tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """What can be asked of a library, and what was left out of the files with where and why."""

    questions: tuple[Question, ...] = ()
    dialogs: tuple[Dialog, ...] = ()
    left_out: tuple[Problem, ...] = ()


class Finder:
    """Finds the papers of a library by what a file calls them."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers = papers
        self._ids = {paper.id for paper in papers}
        self._named: dict[str, str] = {}
        for paper in papers:
            for name in (paper.doi, paper.title):
                self._named.setdefault(_folded(name), paper.id)

    def find(self, reference: Reference, *, by_id: bool = False) -> str | None:
        """Return a paper's id, or None when the library does not have it.

        ``by_id`` takes it for an id and nothing else.
        """
        if by_id:
            return str(reference) if reference in self._ids else None
        if isinstance(reference, int):
            inside = 1 <= reference <= len(self._papers)
            return self._papers[reference - 1].id if inside else None
        if reference in self._ids:
            return reference
        named = self._named.get(_folded(reference)) if reference.strip() else None
        if named is None and reference.isdecimal():
            return self.find(int(reference))
        return named


def resolve(
    written: Sequence[Written], papers: Sequence[Paper], *, left_out: Sequence[Problem] = ()
) -> QuestionSet:
    """Look up the papers of questions; what cannot be asked of this library is left out and told.

    Raises:
        InputError: no question is left; the message tells why.
    """
    finder = Finder(papers)
    abstracts = {paper.id: paper.abstract for paper in papers}
    problems = list(left_out)
    questions: list[Question] = []
    dialogs: list[Dialog] = []
    unknown: list[Reference] = []
    passed_over: dict[str, dict[Reference, None]] = {}
    for one in _each_once(written, problems):
        missing = _missing(one, finder)
        known = any(finder.find(reference, by_id=one.judged) for reference, _ in one.grades)
        if missing and not (one.judged and known):
            unknown += missing
            problems.append(Problem(one.path, one.line, f"names {_unknown(missing)}"))
            continue
        passed_over.setdefault(one.path, {}).update(dict.fromkeys(missing))
        if one.turns:
            dialogs.append(_dialog(one, finder))
        elif one.grades or one.kind in UNANSWERABLE:
            questions.append(_question(one, finder, abstracts, problems))
        else:
            problems.append(_without_gold(one))
    for path, papers_there in passed_over.items():
        if papers_there:
            what = f"judgements, which count for nothing, of {_unknown(list(papers_there))}"
            problems.append(Problem(path, None, what))
    if not questions and not dialogs:
        raise InputError(_nothing_left(unknown, problems, len(papers)))
    return QuestionSet(tuple(questions), tuple(dialogs), tuple(problems))


def _each_once(written: Iterable[Written], problems: list[Problem]) -> Iterator[Written]:
    """Yield the questions whose id is not taken yet."""
    seen: dict[str, Written] = {}
    for one in written:
        if one.id in seen:
            first = seen[one.id]
            what = f"has the id of {first.path}:{first.line}, {one.id!r}; give each its own"
            problems.append(Problem(one.path, one.line, what))
            continue
        seen[one.id] = one
        yield one


def _missing(one: Written, finder: Finder) -> list[Reference]:
    named = [reference for reference, _ in (*one.grades, *one.evidence)]
    named += [reference for _, references in one.turns for reference in references]
    return [r for r in dict.fromkeys(named) if finder.find(r, by_id=one.judged) is None]


def _dialog(one: Written, finder: Finder) -> Dialog:
    found = (
        (text, frozenset(paper for r in references if (paper := finder.find(r))))
        for text, references in one.turns
    )
    return Dialog(one.id, tuple(found))


def _question(
    one: Written, finder: Finder, abstracts: Mapping[str, str], problems: list[Problem]
) -> Question:
    grades: dict[str, int] = {}
    for reference, grade in one.grades:
        if paper := finder.find(reference, by_id=one.judged):
            grades[paper] = max(grade, grades.get(paper, 0))
    spans: list[Span] = []
    for reference, text in one.evidence:
        paper = finder.find(reference) or ""
        start = abstracts[paper].find(text)
        if start < 0:
            what = f"has evidence that is not in the abstract of {paper}; copy it exactly"
            problems.append(Problem(one.path, one.line, what))
            continue
        spans.append(Span(paper, start, start + len(text)))
    asked = Question(one.id, one.text, one.kind or "question", drafted=one.drafted)
    return replace(asked, grades=grades, evidence=tuple(spans))


def _without_gold(one: Written) -> Problem:
    if one.judged:
        return Problem(one.path, one.line, f"{one.id!r} has no relevant paper in the qrels")
    kinds = ", ".join(UNANSWERABLE)
    what = f'{one.id!r} names no paper; add "papers", or one of these as its "kind": {kinds}'
    return Problem(one.path, one.line, what)


def _unknown(references: Sequence[Reference]) -> str:
    listed = ", ".join(str(reference) for reference in references[:LISTED])
    more = f" and {len(references) - LISTED} more" if len(references) > LISTED else ""
    return f"{'a paper' if len(references) == 1 else 'papers'} not in the library: {listed}{more}"


def _nothing_left(unknown: Sequence[Reference], problems: Sequence[Problem], papers: int) -> str:
    if unknown:
        several = list(dict.fromkeys(unknown))
        return (
            f"no question is about this library of {papers:,} papers; they name "
            f"{_unknown(several)}; choose the library with --library or RAG_HOME"
        )
    first = f"; the first: {problems[0]}" if problems else ""
    return f"no question is left to ask{first}"


def _folded(name: str) -> str:
    """Fold a DOI or a title: white space, case, and the address before a DOI."""
    plain = " ".join(name.split()).casefold()
    for address in ("https://doi.org/", "http://doi.org/", "https://dx.doi.org/", "doi:"):
        plain = plain.removeprefix(address)
    return plain
