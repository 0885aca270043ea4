"""Answers from the abstracts' own sentences: which papers, and which sentences of them.

Pure: everything comes in as evidence, and what comes out is a choice of sentences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.search import COVERAGE_WEIGHT, Evidence, Scope, scope
from rag.text.citations import Anchor
from rag.text.names import has_figure, names_in
from rag.text.rhetoric import Role, roles
from rag.text.words import content_words, say_the_same

MOST_PAPERS = 8

# How much of the lead over the background a paper must have to be cited. The background is the
# median score of the 40 best papers, so a question that one paper answers leaves the others behind
# whatever its scores.
_LEAD: Mapping[Scope, float] = {"fact": 0.95, "survey": 0.3, "compare": 0.4}
# A phrase of three words names a topic of many papers, one of twelve describes a single one.
_PHRASE_LEAD, _PHRASE_WORD = 0.35, 0.08

# What a sentence is worth beside its relevance to the question: a little for the question's words,
# which late interaction has counted already, and its role. Of the 47 evidence sentences of the dev
# questions 1 states a problem, as 117 of the 397 other sentences of those papers do. The first
# sentence chosen from a gold paper is its evidence in 0.52 of the cases, one of the first two in
# 0.77 and of three in 0.89 (by cosine, with twice these weights: 0.46, 0.67 and 0.80).
_ROLES: Mapping[Role, float] = {
    "approach": 0.06,
    "result": 0.015,
    "other": 0.0,
    "problem": -0.125,
    "availability": -0.15,
    "title": -0.3,
}
_FIGURE_ROLES: Mapping[Role, float] = {**_ROLES, "approach": 0.03}
_COMPARE_ROLES: Mapping[Role, float] = {**_ROLES, "approach": 0.1}
_PROBLEM_ROLES: Mapping[Role, float] = {**_ROLES, "problem": 0.025}
_FIGURE = 0.2  # for a digit, when the question asks for a figure
_SECOND = 0.3  # how far behind the first a second sentence of the same paper may be

# "how many", "how fast", "which top-1 accuracy", "what is the cost"; not "how does", "what method",
# "accuracy" by itself.
_ASKS_FIGURE = re.compile(
    r"\bhow (?:many|much|fast|big|large|small|long|often|far|accurate|well)\b|\bhow \w+ times\b"
    r"|\b(?:what|which) (?:[\w-]+ ){0,2}(?:accuracy|share|percentage|fraction|size|number|scores?"
    r"|rate|error|speed-?up|cost|gain|figures?)\b",
    re.IGNORECASE,
)
# "wrong", "limitations", "why", "difficulty", "failure"; not "limited", "hardware", "tissue".
_ASKS_PROBLEM = re.compile(
    r"\b(?:wrong|problems?|limitations?|limits|drawbacks?|challenges?|issues?|shortcomings?|why"
    r"|difficult\w*|hard|weakness\w*|fail\w*)\b",
    re.IGNORECASE,
)


def choose_papers(
    question: str, evidence: Sequence[Evidence], *, background: float | None = None
) -> list[Evidence]:
    """Return the papers to cite, as many as the question needs; ``evidence`` is sorted.

    A comparison of things that are named gets the best paper of each name. Everything else gets
    the papers that lead the background clearly enough for its scope.
    """
    if not evidence:
        return []
    wanted = scope(question)
    leading = evidence[:MOST_PAPERS]
    if wanted == "compare" and len(named := _named(question, leading)) > 1:
        return named
    scores = [one.score for one in evidence]
    if background is None:  # retrieved by somebody else's retriever
        background = float(np.median(scores)) if len(scores) > 2 else 0.0
    lead = _phrase_lead(question) if wanted == "phrase" else _LEAD[wanted]
    least = background + lead * (scores[0] - background)
    return [one for one in leading if one.score >= least]


def extract(
    question: str, evidence: Sequence[Evidence], *, background: float | None = None
) -> list[Anchor]:
    """Choose the sentences that answer a question, best paper first, in each paper's own order.

    ``background`` is the score of a paper that has nothing special to do with the question.
    """
    papers = choose_papers(question, evidence, background=background)
    compares = scope(question) == "compare"
    chosen: list[Anchor] = []
    taken: list[str] = []
    for rank, one in enumerate(papers):
        most = 2 if compares or not rank else 1  # the leading paper may say more
        for index in _choose_sentences(question, one, taken, most=most):
            chosen.append(Anchor(one.paper, one.sentences[index]))
            taken.append(one.sentences[index].text)
    return chosen


def _phrase_lead(phrase: str) -> float:
    extra = len(content_words(phrase)) - 3
    return min(max(_PHRASE_LEAD + _PHRASE_WORD * extra, _PHRASE_LEAD), _LEAD["fact"])


def _named(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the best paper for each name in the question, in the order of the evidence.

    A name that half of the papers have ("ImageNet") names none of them.
    """
    texts = [f"{one.paper.title}\n{one.paper.abstract}".casefold() for one in evidence]
    best: set[int] = set()
    for name in {name.casefold() for name in names_in(question)}:
        having = [i for i, text in enumerate(texts) if name in text]
        if having and len(having) <= len(evidence) / 2:
            best.add(having[0])
    return [evidence[i] for i in sorted(best)]


def _choose_sentences(
    question: str, one: Evidence, taken: Sequence[str], *, most: int
) -> list[int]:
    """Choose greedily; the words of the question count once, for the first sentence that has them.

    So a second sentence is one that says what the first left open.
    """
    bonus = _bonus(question, one)
    base = one.relevance + bonus
    open_words = np.ones(one.coverage.shape[1], dtype=np.float32)
    texts, others = [sentence.text for sentence in one.sentences], list(taken)
    picked: list[int] = []
    best = 0.0
    while len(picked) < most:
        worth = base + np.float32(COVERAGE_WEIGHT) * (one.coverage @ open_words)
        order = (int(i) for i in np.argsort(-worth, kind="stable"))
        fresh = (i for i in order if not any(say_the_same(texts[i], other) for other in others))
        # What comes second is never what the question does not ask for, as a problem mostly is.
        index = next((i for i in fresh if not picked or bonus[i] >= 0.0), None)
        if index is None or (picked and worth[index] < best - _SECOND):
            break
        best = float(worth[index]) if not picked else best
        picked.append(index)
        others.append(texts[index])
        open_words[one.coverage[index] > 0] = 0.0
    return sorted(picked)


def _bonus(question: str, one: Evidence) -> NDArray[np.float32]:
    """Score the sentences of a paper by what they do; shape ``(sentences,)``."""
    figure = bool(_ASKS_FIGURE.search(question))
    weights = _FIGURE_ROLES if figure else _ROLES
    if scope(question) == "compare":
        weights = _COMPARE_ROLES
    if _ASKS_PROBLEM.search(question):
        weights = _PROBLEM_ROLES
    extra = [weights[role] for role in roles(one.sentences)]
    if figure:
        for i, sentence in enumerate(one.sentences):
            extra[i] += _FIGURE * has_figure(sentence.text)
    return np.asarray(extra, dtype=np.float32)
