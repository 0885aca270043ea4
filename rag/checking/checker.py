"""Checks a text against a library, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rag.checking.keys import papers_by_key
from rag.checking.reading import Form, form_of, passages
from rag.checking.records import Check, CheckedClaim, CitedKey, Suggestion
from rag.checking.weighing import CITED, Opinion, judged
from rag.errors import QuestionError
from rag.grounding import LONGEST, NEW, ClaimCheck, Grounder, Judge, Statement, Weighed
from rag.library import Entry, Filters
from rag.records import Citation, Paper, Progress, no_progress
from rag.text import export
from rag.text.citations import Anchor, Numbering
from rag.text.languages import differ
from rag.text.manuscript import Passage, states_something

PAPERS = 8  # of the library that a claim is compared with
SENTENCES = 8  # of them all that are weighed
_MARKUP: Mapping[Form, str] = {"latex": "\\cite{%s}", "markdown": "[@%s]"}
_ANOTHER_LANGUAGE = "the papers nearest to it are in another language, which no rule compares"
_NOT_BY_MODEL = "the model that judges finds that the sentences do not say it"


class Checker:
    """Checks texts against one library."""

    def __init__(self, grounder: Grounder, judge: Judge | None = None, model: str = "") -> None:
        self._grounder = grounder
        self._judge = judge
        self._model = model

    def check(
        self,
        text: str,
        *,
        form: Form | None = None,
        filters: Filters | None = None,
        progress: Progress = no_progress,
    ) -> Check:
        """Check every sentence of a text that states something.

        Raises:
            InputError: there is no text, it is too long, or cannot be taken apart.
        """
        form = form or form_of(text)
        read = passages(text, form)
        stated = [one for one in read if states_something(one.text)]
        known = papers_by_key(
            self._grounder.parts.library, (key for one in stated for key in one.keys)
        )
        found = []
        for done, passage in enumerate(stated):
            progress("checking", done, len(stated))
            found.append(_Claim(passage, known, self._grounder, filters).found())
        progress("checking", len(stated), len(stated))
        found = self._by_model(found)
        numbering = Numbering()
        return Check.of(
            form,
            tuple(_told(one, numbering, form) for one in found),
            model=self._model if self._judge else "",
            left_out=len(read) - len(stated),
        )

    def _by_model(self, found: list[_Found]) -> list[_Found]:
        """Let a model lower what the rules let pass, and settle what is partly so."""
        asked = [one for one in found if one.opinion.finding in ("supported", "partial")]
        if self._judge is None or not asked:
            return found
        marks, _ = self._judge.marks([one.statement for one in asked])
        settled = dict(zip(map(id, asked), marks, strict=True))
        return [_settled(one, settled[id(one)]) if id(one) in settled else one for one in found]


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found for one passage."""

    passage: Passage
    opinion: Opinion
    keys: tuple[CitedKey, ...]
    better: Paper | None  # states it and is not cited

    @property
    def statement(self) -> Statement:
        """The claim with the sentences for it, as a judge is asked about it."""
        opinion = self.opinion
        return Statement(
            "",
            self.passage.text,
            tuple(one.anchor for one in opinion.supporting),
            "supported" if opinion.finding == "supported" else "partial",
            faulted=any(one.verdict.excess for one in opinion.supporting),
            verbatim=opinion.is_verbatim,
        )


@dataclass(frozen=True)
class _Claim:
    """One passage under its check."""

    passage: Passage
    known: Mapping[str, Paper]
    grounder: Grounder
    filters: Filters | None

    def found(self) -> _Found:
        """Check it against what it cites, or against the library."""
        cited = [self.known[key] for key in self.passage.keys if key in self.known]
        if not cited:
            opinion = self._elsewhere
            keys = tuple(CitedKey(key, "", "", "unchecked") for key in self.passage.keys)
            missing = tuple(f"no paper of the library has the key {key.key}" for key in keys)
            opinion = replace(opinion, reasons=(*opinion.reasons, *missing))
            return _Found(self.passage, opinion, keys, self._stating(()))
        return self._cited({paper.id: paper for paper in cited})

    def _cited(self, papers: Mapping[str, Paper]) -> _Found:
        entries = list(self.grounder.parts.library.entries(list(papers)).values())
        weighed = {entry.paper.id: self._weighed([entry]) for entry in entries}
        each = {paper_id: self._judged(some, cited=True) for paper_id, some in weighed.items()}
        whole = self._judged([one for some in weighed.values() for one in some], cited=True)
        if whole.finding != "supported":
            whole = self._together(entries, CITED) or whole
        keys = []
        for key in self.passage.keys:
            paper = self.known.get(key)
            of_paper = each.get(paper.id) if paper else None
            finding = of_paper.finding if of_paper else "unchecked"
            if paper and finding != "supported" and _is_among(paper, whole):
                finding = "supported"
            keys.append(
                CitedKey(key, paper.id if paper else "", paper.title if paper else "", finding)
            )
        better = None
        if whole.finding in ("not_stated", "partial", "contradicted"):
            better = self._stating(papers)
        return _Found(self.passage, whole, tuple(keys), better)

    @cached_property
    def _elsewhere(self) -> Opinion:
        """What the papers of the library nearest to the claim say to it."""
        try:
            found = self.grounder.parts.retriever.search(
                self.passage.text[:LONGEST], PAPERS, filters=self.filters
            )
        except QuestionError:  # no word of it can be looked for
            return Opinion("not_stated")
        entries = [one.entry for one in found]
        opinion = self._judged(self._weighed(entries))
        if opinion.finding in ("not_stated", "partial"):
            return self._together(entries, NEW) or opinion
        return opinion

    def _stating(self, cited: Iterable[str]) -> Paper | None:
        """Return the paper that states the claim where none that is cited does."""
        opinion = self._elsewhere
        if opinion.finding != "supported":
            return None
        papers = [one.anchor.paper for one in opinion.supporting]
        return next((paper for paper in papers if paper.id not in set(cited)), None)

    def _weighed(self, entries: Sequence[Entry]) -> list[Weighed]:
        return self._check().weighed(entries, SENTENCES)

    def _judged(self, weighed: Sequence[Weighed], *, cited: bool = False) -> Opinion:
        if weighed and all(differ(self.passage.text, one.anchor.sentence.text) for one in weighed):
            return Opinion("unchecked", near=tuple(weighed[:1]), reasons=(_ANOTHER_LANGUAGE,))
        return judged(weighed, cited=cited)

    def _together(self, entries: Sequence[Entry], bar: float) -> Opinion | None:
        """Return what several sentences of one paper say together, where that is the claim."""
        for entry in entries[:2]:
            weighed = self._check().weighed([entry], 1)
            if not weighed or weighed[0].verdict.faults or weighed[0].foreign:
                continue
            if bar == NEW and not (weighed[0].shares and weighed[0].is_own):
                continue
            wider = self._check((weighed[0].anchor,)).widened()
            if wider is None:
                continue
            verdict = self._check().verdict(wider)
            if verdict.support == "supported" and verdict.score >= bar:
                first = weighed[0]
                return Opinion(
                    "supported", tuple(replace(first, anchor=a, verdict=verdict) for a in wider)
                )
        return None

    def _check(self, anchors: tuple[Anchor, ...] = ()) -> ClaimCheck:
        return ClaimCheck(self.passage.text, anchors, self.grounder.parts)


def _is_among(paper: Paper, opinion: Opinion) -> bool:
    return any(one.anchor.paper.id == paper.id for one in opinion.supporting)


def _settled(found: _Found, mark: str) -> _Found:
    """Return what was found after the opinion of a model."""
    opinion = found.opinion
    if mark == "unsupported":
        opinion = Opinion("not_stated", near=opinion.supporting, reasons=(_NOT_BY_MODEL,))
    elif mark == "supported":
        opinion = Opinion("supported", opinion.supporting)
    elif mark == "partial" and opinion.finding == "supported":
        told = "the model that judges finds only some of it in the sentences"
        opinion = Opinion("partial", opinion.supporting, reasons=(told,))
    return replace(found, opinion=opinion)


def _told(found: _Found, numbering: Numbering, form: Form) -> CheckedClaim:
    """Write down what was found, with papers numbered by first appearance."""

    def citations(sentences: Sequence[Weighed]) -> tuple[Citation, ...]:
        return tuple(one.anchor.cited(numbering.number(one.anchor.paper)) for one in sentences)

    opinion, passage = found.opinion, found.passage
    better = found.better if found.keys or opinion.finding == "supported" else None
    return CheckedClaim(
        passage.text,
        passage.start,
        passage.end,
        opinion.finding,
        citations(opinion.supporting),
        citations(opinion.against),
        citations(opinion.near),
        tuple(map(_of_sentences, opinion.reasons)),
        found.keys,
        _suggestion(better, form) if better else None,
    )


def _of_sentences(reason: str) -> str:
    """Return a fault, as checks of answers tell it, of sentences that nobody cited."""
    told = reason.replace("the cited sentences", "the sentence")
    return told.replace("the cited papers", "its paper")


def _suggestion(paper: Paper, form: Form) -> Suggestion:
    key = paper.citation_key or export.key(paper)
    return Suggestion(key, paper.id, _MARKUP[form] % key, export.described(paper))
