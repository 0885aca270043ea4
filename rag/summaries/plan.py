"""Plans a summary: which sentence of its papers says what, each used once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rag.summaries.cells import Cell, cell_of, result_words, setting_words, untied
from rag.summaries.gather import Candidate
from rag.summaries.sentences import Place, Sentences, Unused
from rag.text.citations import Anchor
from rag.text.names import title_parts
from rag.text.words import content_stems

_ABOUT_ONE_THING = 5  # content words that two sentences share and few papers have
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
        profile.said += unused.take(paper, "contribution")
    for profile, paper in zip(profiles, papers, strict=True):
        if len(used) > 1:
            profile.idea = _idea(paper, unused)
            profile.result = cell_of(unused.take(paper, "result"), result_words)
            # Where no other sentence tells, the result's own words do, in both cells.
            known = [profile.result.anchor] if profile.result else []
            profile.setting = cell_of(unused.take(paper, "setting") or known, setting_words)
    dissent = _disagreements(papers, unused)
    unsolved = _across(papers, unused, "open")
    overview = _across(papers, unused, "overview")
    for profile, paper in zip(profiles, papers, strict=True):
        said = {anchor.sentence.index for anchor in profile.said}
        profile.said += unused.take(paper, "explanation", said)
        profile.said.sort(key=lambda anchor: anchor.sentence.index)
    return Plan(tuple(overview), tuple(profiles), tuple(dissent), tuple(unsolved))


def _across(papers: Sequence[Sentences], unused: Unused, place: Place) -> list[Anchor]:
    """Take the sentences worth most over all papers, one a paper at most."""
    best = sorted(papers, key=lambda paper: -float(paper.worth(place).max()))
    chosen: list[Anchor] = []
    for paper in best:
        if len(chosen) == _ACROSS:
            break
        chosen += unused.take(paper, place)
    return chosen


def _disagreements(papers: Sequence[Sentences], unused: Unused) -> list[Anchor]:
    """Take what goes against others, with the sentence of another paper that it is set against.

    That one must be about the same thing: share so many words that few of the papers have. Where
    none is, a paper disagrees with somebody who is not here, and nothing is shown.
    """
    stems = [[frozenset(content_stems(text)) for text in paper.texts] for paper in papers]
    having = Counter(stem for one in stems for stem in frozenset().union(*one))
    common = frozenset(stem for stem, count in having.items() if count > max(len(papers) / 2, 2))
    chosen: list[Anchor] = []
    for place in sorted(range(len(papers)), key=lambda i: -float(papers[i].worth("dissent").max())):
        worth = papers[place].worth("dissent")
        index = int(worth.argmax())
        if not np.isfinite(worth[index]) or len(chosen) >= _ACROSS:
            break
        about = stems[place][index] - common
        against = max(
            (
                (len(about & stems[other][i]), -other, -i)
                for other in range(len(papers))
                if other != place
                for i in range(1, len(papers[other].texts))
            ),
            default=(0, 0, 0),
        )
        if against[0] >= _ABOUT_ONE_THING and (taken := unused.take(papers[place], "dissent")):
            other = papers[-against[1]].evidence
            chosen += [*taken, Anchor(other.paper, other.sentences[-against[2]])]
    return chosen


def _idea(paper: Sentences, unused: Unused) -> Cell | None:
    """Return what the title says beside the name, else a sentence on the approach."""
    name, claim = title_parts(paper.texts[0])
    if name:
        return unused.take_title(paper, claim)
    return cell_of(unused.take(paper, "idea"), untied)
