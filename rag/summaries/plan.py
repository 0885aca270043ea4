"""Plans a summary: which sentence of its papers says what, each used once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rag.summaries.cells import Cell, cell_of, result_words, setting_words, untied
from rag.summaries.gather import Candidate
from rag.summaries.sentences import Sentences, Unused
from rag.text.citations import Anchor
from rag.text.names import title_parts

_ACROSS = 3  # sentences of the overview, of dissent, and of open questions


@dataclass(slots=True)
class Profile:
    """What a summary takes from one paper; no sentence is shown twice.

    ``said`` are sentences for its theme's section: first what it contributes. The words of
    ``setting`` may be part of ``result`` where nothing else tells.
    """

    candidate: Candidate
    said: list[Anchor] = field(default_factory=list)
    idea: Cell | None = None
    setting: Cell | None = None
    result: Cell | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The sentences of a whole summary, by place; every sentence is used once."""

    overview: tuple[Anchor, ...]
    profiles: tuple[Profile, ...]
    dissent: tuple[Anchor, ...]
    open: tuple[Anchor, ...]


def plan(used: Sequence[Candidate]) -> Plan:
    """Choose the sentences of a summary from the papers it uses.

    What each paper contributes comes first, then its row of the comparison, then what several
    papers say together (problems, dissent, open questions), then a second sentence a paper.
    """
    papers = [Sentences(one) for one in used]
    unused = Unused()
    profiles = [Profile(one) for one in used]
    for profile, paper in zip(profiles, papers, strict=True):
        profile.said += unused.take(paper, paper.contributes(), least=0.0)
    for profile, paper in zip(profiles, papers, strict=True):
        if len(used) > 1:
            profile.idea = _idea(paper, unused)
            profile.result = cell_of(unused.take(paper, paper.reports(), least=0.3), result_words)
            # Where no other sentence tells, the result's own words do, in both cells.
            known = [profile.result.anchor] if profile.result else []
            told = unused.take(paper, paper.sets(), least=0.3) or known
            profile.setting = cell_of(told, setting_words)
    dissent = _across(papers, unused, Sentences.dissents)
    unsolved = _across(papers, unused, Sentences.leaves_open)
    overview = _across(papers, unused, Sentences.motivates)
    for profile, paper in zip(profiles, papers, strict=True):
        profile.said += unused.take(paper, paper.explains(profile.said), least=0.35)
        profile.said.sort(key=lambda anchor: anchor.sentence.index)
    return Plan(tuple(overview), tuple(profiles), tuple(dissent), tuple(unsolved))


def _across(
    papers: Sequence[Sentences], unused: Unused, worth: Callable[[Sentences], NDArray[np.float32]]
) -> list[Anchor]:
    """Take the sentences worth most over all papers, one a paper at most."""
    values = [worth(paper) for paper in papers]
    best = sorted(range(len(papers)), key=lambda i: (-float(values[i].max()), i))
    chosen: list[Anchor] = []
    for i in best:
        if len(chosen) == _ACROSS:
            break
        chosen += unused.take(papers[i], values[i], least=0.2)
    return chosen


def _idea(paper: Sentences, unused: Unused) -> Cell | None:
    """Return what the title says beside the name, else a sentence on the approach."""
    name, claim = title_parts(paper.sentences[0].text)
    if name:
        return unused.take_title(paper, claim)
    return cell_of(unused.take(paper, paper.proposes(), least=0.35), untied)
