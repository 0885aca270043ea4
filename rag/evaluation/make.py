"""Drafts questions from a library's own papers, whose answers are known. Pure.

They are easier than those people ask, since they keep the papers' words: for a first look, for
comparing two settings, and as a start for questions of one's own. The same papers give the same
questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from rag.records import Paper
from rag.text.names import title_name, title_parts
from rag.text.rhetoric import leans, proposes, without_connective
from rag.text.sentences import split
from rag.text.words import STOP_WORDS, content_words, word_pairs

STYLES = ("name", "detail", "keyword")
KEYWORDS = 6  # words of a title at most
FEWEST = 4  # topic words that a question from a sentence has at least
LONGEST = 220  # characters of a question

_VERBS = (
    "achieves outperforms surpasses exceeds reduces improves reaches attains obtains delivers"
    " provides enables employs uses requires supports performs integrates generates increases"
    " combines captures learns predicts detects reveals shows yields preserves"
).replace(" ", "|")
_WE = (
    "propose introduce present develop design achieve obtain find discover show demonstrate observe"
    " use collect report describe investigate explore compare estimate conclude measure suggest"
).replace(" ", "|")
# "Experiments show that ", "We find that, "; not "We show a", nor more than 80 characters of it.
_LEAD = re.compile(
    r"^[^.;:]{0,80}?\b(?:show|demonstrate|find|reveal|indicate|confirm|suggest)s?"
    r"(?: empirically)? that,? (?=our\b|the proposed\b|it\b|[A-Z])"
)
# "Our method achieves 84 %", "The proposed block reduces …", "It outperforms …"; not "Models
# outperform", "Their method achieves".
_IT = re.compile(
    rf"^(?:our|the proposed|it)(?: (?!{_VERBS})[\w-]+){{0,3}}? (?:\w+ly )?((?:{_VERBS})\b.+)$",
    re.IGNORECASE,
)
# "we propose a loss", "We further introduce …", "In this work, we present …"; not "we then",
# "they propose".
_WE_DO = re.compile(
    rf"^(?:in this [\w ]+, |here,? )?we (?:\w+ly |also |further )?({_WE})\b (.+)$", re.IGNORECASE
)
# The name in "introduces SN-Netv2, a framework", which is as good without; not "uses CLIP, a".
_CALLED = re.compile(
    r"^(Which paper (?:introduces|proposes|presents)) [\w&+-]*[A-Z][\w&+-]*, (?=an?\b|the\b)"
)
# "investigates limits and introduce a metric", which is no sentence any more; not "and finds".
_SECOND_VERB = re.compile(rf"\band (?:{_WE})\b", re.IGNORECASE)
# What points at other sentences or at who wrote: "our loss", "this idea", "it"; not "its", "item".
_POINTS = re.compile(
    r"\b(?:we|our|ours|us|this|these|those|it|they|them|their|such|above|here|https?)\b",
    re.IGNORECASE,
)


def draft(papers: Sequence[Paper], count: int) -> list[dict[str, Any]]:
    """Return at most ``count`` questions as rows of a question file, spread over the papers.

    No paper has two before each that gives any has one.
    """
    by_name: dict[str, list[str]] = {}
    for paper in papers:
        if name := title_name(paper.title):
            by_name.setdefault(name, []).append(paper.id)

    @cache
    def drafts(place: int) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {style: [] for style in STYLES}
        for row in _drafts(papers[place], by_name):
            found[row["style"]].append(row)
        return found

    rows: list[dict[str, Any]] = []
    places = _spread(len(papers), count)
    while places and len(rows) < count:
        kept = []
        for place in places:
            if len(rows) == count:
                break
            if (row := _next(drafts(place), len(rows))) is not None:
                rows.append({"id": f"draft-{len(rows) + 1:04}", **row, "drafted": True})
                kept.append(place)
        places = kept
    return rows


def ask_sentence(sentence: str, name: str = "") -> str | None:
    """Turn a sentence of an abstract into a question for its paper, without the paper's name.

    None when no rule fits, or what comes out would lean on other sentences or be too little.
    """
    said = _LEAD.sub("", without_connective(sentence).rstrip(" ."), count=1)
    if name and said.startswith(f"{name} "):
        said = f"It {said.removeprefix(name).lstrip()}"
    if found := _IT.match(said):
        asked = f"Which method {found[1]}?"
    elif found := _WE_DO.match(said):
        asked = f"Which paper {found[1].lower()}s {found[2]}?"
    else:
        return None
    asked = _without_name(_CALLED.sub(r"\1 ", asked), name)
    if name and name.casefold() in asked.casefold():
        return None
    if found.re is _WE_DO and _SECOND_VERB.search(asked):
        return None
    if _POINTS.search(asked) or len(asked) > LONGEST or len(content_words(asked)) <= FEWEST:
        return None
    return asked


def _drafts(paper: Paper, by_name: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
    """Yield all questions to a paper, style by style."""
    name = title_name(paper.title)
    sentences = [s.text for s in split(paper.abstract)[1:]]
    if name:
        yield {
            "question": f"What does {name} propose?",
            "style": "name",
            "papers": by_name[name],
            "evidence": [{"paper": paper.id, "text": s} for s in sentences if proposes(s)],
        }
    for sentence in sentences:
        if not leans(sentence) and (asked := ask_sentence(sentence, name)) is not None:
            yield {
                "question": asked,
                "style": "detail",
                "papers": [paper.id],
                "evidence": [{"paper": paper.id, "text": sentence}],
            }
    words = _keywords(title_parts(paper.title)[1])
    if len(words) >= 2:
        yield {
            "question": " ".join(words),
            "style": "keyword",
            "papers": [paper.id],
            "evidence": [],
        }


def _keywords(title: str) -> list[str]:
    words = (word for word, _ in word_pairs(title) if word not in STOP_WORDS and len(word) > 1)
    return list(dict.fromkeys(words))[:KEYWORDS]


def _without_name(asked: str, name: str) -> str:
    """Take a paper's name out of what is asked about it, where the sentence stands without it.

    "a ViT, dubbed MPCViT, to" gives "a ViT to", "introduces Tarsier, a family" "introduces a
    family", "an adapter (DiST) that" "an adapter that"; "the MPCViT model" keeps it.
    """
    if not name:
        return asked
    word = re.escape(name)
    cuts = (
        rf",? (?:called|named|dubbed|termed|coined|namely) {word}s?\b,?",
        rf"\s*\({word}s?\)",
        rf"\b{word}s?, (?=an?\b|the\b)",
    )
    for pattern in cuts:
        asked = re.sub(pattern, "", asked)
    return asked


def _next(drafts: dict[str, list[dict[str, Any]]], turn: int) -> dict[str, Any] | None:
    """Take the next question of a paper, its style by whose turn it is."""
    for step in range(len(STYLES)):
        if waiting := drafts[STYLES[(turn + step) % len(STYLES)]]:
            return waiting.pop(0)
    return None


def _spread(papers: int, count: int) -> list[int]:
    """Return the places of all papers, first as many as are wanted at even distances."""
    first = [place * papers // count for place in range(min(count, papers))] if count else []
    if count > papers:
        first = list(range(papers))
    chosen = set(first)
    return first + [place for place in range(papers) if place not in chosen]
