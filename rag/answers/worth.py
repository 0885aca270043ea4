"""Judges what a sentence of a paper is worth as an answer, by what it says and does. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.answers.asked import Aim, Asked
from rag.search import COVERAGE_WEIGHT, Evidence, describes
from rag.text.names import has_figure, names_in
from rag.text.rhetoric import KEPT, Role, hangs, leans, proposes, roles, without_connective

# What the role of a sentence adds to its relevance. Of the 47 evidence sentences of the dev
# questions 1 states a problem, as 117 of the 397 other sentences of those papers do.
_ROLES: Mapping[Aim, Mapping[Role, float]] = {
    "method": {"approach": 0.06, "result": 0.0, "other": 0.015, "problem": -0.2},
    "result": {"approach": 0.02, "result": 0.06, "other": 0.015, "problem": -0.2},
    "problem": {"approach": 0.02, "result": 0.015, "other": 0.0, "problem": 0.05},
    "meaning": {"approach": 0.06, "result": -0.02, "other": 0.03, "problem": -0.2},
}
_NEVER: Mapping[Role, float] = {"availability": -0.15, "title": -9.0}
# Among many papers each is told by what it brings: its field is known from the question.
_SURVEYED: Mapping[Role, float] = {"approach": 0.1, "result": 0.02, "other": 0.02, "problem": -0.25}
_OF_TOPIC: Mapping[Role, float] = {"approach": 0.2, "result": 0.05, "other": 0.05, "problem": -0.3}
_PROPOSES = 0.05  # for "we propose", on top of its role, in the same place

_FIGURE = 0.2  # for a digit, when the question asks for a figure
_GIVEN = 0.3  # for the figures that the question itself has: "the one with 79.4 %"
_MEANS = 0.15  # for a sentence that says what the thing asked about is
_LEANS = 0.05  # off, for one that leans on the sentence before it
_HANGS = 0.1  # off, for one about "these questions"
_LISTS = 0.08  # off, for a list of data sets, when no result is asked for
_PRAISE = 0.08  # off, for "extensive experiments show the effectiveness", when no result is
_HOPES = 0.1  # off, for what is hoped for
_NAMING = 0.15  # off, for what announces a name and no more
_SETS_UP = 0.15  # off, for saying that a study was made, and not what came out
_ALSO = 0.03  # off, for what comes in addition
_MANY_NAMES = 5  # names; so many in a sentence are a list

# "Extensive experiments demonstrate the effectiveness", "achieves state-of-the-art"; not "we show".
_PRAISES = re.compile(
    r"\b(?:extensive|comprehensive|thorough|experiments?|evaluations?) .{0,80}"
    r"(?:effectiveness|superior\w*|efficacy|advantages?|promising|potential|state-of-the-art)\b"
    r"|\b(?:sets? a new|establish\w* a new|new state[- ]of[- ]the[- ]art)\b",
    re.IGNORECASE,
)
# "We hope", "future research", "sheds light"; not "the future frames".
_HOPE = re.compile(
    r"\bwe (?:hope|believe|envision|expect)\b|\bfuture (?:research|work|studies|directions?)\b"
    r"|\b(?:sheds? light|pav\w+ the way|insights? (?:in|on|for|from)\w*)\b",
    re.IGNORECASE,
)
# "We call this family X", "we name it X"; not "called X, which replaces …".
_NAMES_IT = re.compile(
    r"^(?:we|this \w+|it|our \w+) (?:(?:simply|then) )?(?:is |are )?"
    r"(?:call|name|term|dub|coin|denote)(?:s|ed|ned|bed)?\b",
    re.IGNORECASE,
)
# "A survey was conducted", "This paper describes", "is reported"; not "we describe how".
_SET_UP = re.compile(
    r"\b(?:survey|study|studies|experiments?|investigation|inquiry|paper|article|report|work"
    r"|evaluation|analysis|test|review|attempt|discussion)s?\b[^.;]{0,120}?\b(?:is|are|was|were"
    r"|has been|have been) (?:\w+ )?(?:made|described|reported|conducted|performed|carried out"
    r"|undertaken|presented|discussed|reviewed|given)\b"
    r"|^(?:this|the|in this|our) (?:\w+ )?(?:paper|article|study|report|review|work|book|volume)\b"
    r"[^.;]{0,30}?\b(?:describes?|reports?|reviews?|discusses|deals|attempts|examines|presents|is"
    r" about|is concerned)\b",
    re.IGNORECASE,
)
_IN_ADDITION = re.compile(
    r"^(?:we (?:also|further)|additionally|moreover|furthermore|besides|in addition|finally)\b",
    re.IGNORECASE,
)
# "79.4%", "0.06", "2.62x", "266,340"; not "2", "K400".
_DECIMAL = re.compile(r"(?<![\w.-])\d[\d,]*\.\d+|(?<![\w.-])\d{2,}[\d,]*(?=\s?(?:%|x\b|×))")


def worth(asked: Asked, one: Evidence, relevance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what each sentence of a paper is worth by ``relevance``, its role and its form."""
    added = bonus(asked, one)
    return np.asarray(relevance + COVERAGE_WEIGHT * one.coverage.sum(axis=1) + added)


def bonus(asked: Asked, one: Evidence) -> NDArray[np.float32]:
    """Score the sentences of a paper by what they do; shape ``(sentences,)``."""
    surveys = _surveys(asked)
    weights = {**_NEVER, **(surveys or _ROLES[asked.aim])}
    texts = [sentence.text for sentence in one.sentences]
    extra = [weights[role] for role in roles(one.sentences)]
    figures = asked.aim == "result" or bool(asked.values)
    given = set(_DECIMAL.findall(asked.text))
    means = _definition(asked, one)
    for i, text in enumerate(texts):
        if asked.values and not (given and asked.scope == "survey"):
            extra[i] += _FIGURE * has_figure(text)
        if given:
            extra[i] += _GIVEN * len(given.intersection(_DECIMAL.findall(text))) / len(given)
        if means and means.search(text):
            extra[i] += _MEANS
        extra[i] += _PROPOSES * (bool(surveys) and proposes(text))
        extra[i] -= _form(text, figures=figures or bool(given)) if i else 0.0
    return np.asarray(extra, dtype=np.float32)


def _surveys(asked: Asked) -> Mapping[Role, float]:
    """Return the roles for a survey of many papers or a topic; none for other questions."""
    if asked.most == 1 or asked.aim != "method":
        return {}
    if asked.scope == "survey":
        return _SURVEYED
    is_topic = asked.scope == "phrase" and not describes(asked.text)
    return _OF_TOPIC if is_topic else {}


@lru_cache(KEPT)
def _form(text: str, *, figures: bool) -> float:
    """Return what the form of a sentence takes off."""
    off = (
        _LEANS * leans(text, named=True) + _HANGS * hangs(text) + _HOPES * bool(_HOPE.search(text))
    )
    off += _SETS_UP * bool(_SET_UP.search(without_connective(text)))
    off += _NAMING * bool(_NAMES_IT.search(without_connective(text)))
    off += _ALSO * bool(_IN_ADDITION.search(text))
    if not figures:
        off += _PRAISE * bool(_PRAISES.search(text))
        off += _LISTS * (len(set(names_in(text))) >= _MANY_NAMES)
    return off


def _definition(asked: Asked, one: Evidence) -> re.Pattern[str] | None:
    """Return what tells that a sentence defines what the question asks the meaning of."""
    if asked.aim != "meaning":
        return None
    names = [*names_in(asked.text, capitalised=True), *one.names]
    known = "|".join(re.escape(name) for name in dict.fromkeys(names) if name)
    if not known:
        return None
    return re.compile(
        rf"(?:\b(?:called|named|dubbed|termed|namely|denoted as|propose|introduce|present) "
        rf"(?:the )?"
        rf"|^)(?:{known})\b|\((?:{known})\)|\b(?:{known}),? (?:is|are|an?|the|which|focuses|refers"
        r"|provides|takes|uses|consists|comprises)\b"
    )
