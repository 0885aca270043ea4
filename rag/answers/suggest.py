"""Follow-up questions that the library can answer, made from the evidence. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from rag.answers.asked import Asked
from rag.search import Evidence
from rag.text.names import title_name
from rag.text.readable import readable
from rag.text.rhetoric import reports_outcome, roles
from rag.text.words import STOP_WORDS, content_stems

MOST = 3
_WIDEST = 0.2  # a phrase that more of the titles have names the library, not a topic in it


def follow_ups(asked: Asked, cited: Sequence[str], evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Suggest up to three questions about cited and nearby papers, none of them asked already.

    Each names a paper of the library by its own name, and asks for what a sentence of its abstract
    does, so that it can be answered. ``cited`` are the ids of the papers cited, in order.
    """
    known = {one.paper.id: one for one in evidence}
    ours = [known[paper] for paper in dict.fromkeys(cited) if paper in known]
    ours = [one for one in ours if title_name(one.paper.title)]
    others = [one for one in evidence if one.paper.id not in cited]
    ideas = [
        *_ideas("What results does {} report?", ours[:1], _reports),
        *_differ([*ours, *others] if ours else []),
        *_ideas("What does {} propose?", others[: 2 * MOST], _proposes),
        *_ideas("What problem does {} address?", ours[:1], _has_a_problem),
    ]
    return tuple(idea for idea in dict.fromkeys(ideas) if not _is_asked(idea, asked))[:MOST]


def _ideas(
    question: str, papers: Sequence[Evidence], says: Callable[[Evidence], bool]
) -> Iterator[str]:
    for one in papers:
        name = readable(title_name(one.paper.title))
        if name and says(one):
            yield question.format(name)


def _differ(papers: Sequence[Evidence]) -> Iterator[str]:
    """Yield a comparison of the first cited paper with the next one that has a name too."""
    named = [one for one in papers if title_name(one.paper.title) and _proposes(one)]
    if len(named) > 1 and named[0] is papers[0]:
        first, second = (readable(title_name(one.paper.title)) for one in named[:2])
        yield f"How do {first} and {second} differ?"


def _reports(one: Evidence) -> bool:
    return any(reports_outcome(s.text) for s in one.sentences[1:])


def _proposes(one: Evidence) -> bool:
    return "approach" in roles(one.sentences)


def _has_a_problem(one: Evidence) -> bool:
    return "problem" in roles(one.sentences)


def _is_asked(idea: str, asked: Asked) -> bool:
    """Whether a suggestion asks what has just been asked, in these words or much like it."""
    words, said = {*content_stems(idea)}, {*content_stems(asked.text)}
    return words <= said or (asked.aim == "meaning" and "propos" in words and len(words - said) < 2)


def examples(titles: Sequence[str]) -> list[str]:
    """Suggest questions for a library at hand: a topic, two papers by name, and one of each kind.

    The topic is the pair of words most titles share, short of a fifth of them.
    """
    names = [readable(name) for title in titles if (name := title_name(title))]
    ideas = [f"Which papers are about {topic}?" for topic in _topics(titles)[:1]]
    if names:
        ideas.append(f"What does {names[len(names) // 2]} propose?")
    if len(names) > 2:
        ideas.append(f"What results does {names[len(names) // 4]} report?")
    ideas += [readable(title) for title in titles[: MOST - len(ideas)]]
    return list(dict.fromkeys(ideas))


def _topics(titles: Sequence[str]) -> list[str]:
    """Return pairs of title words that at least two titles share, the commonest first.

    Singular and plural count together, and the commoner one is returned.
    """
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for title in titles:
        words = re.findall(r"[a-z][a-z-]*[a-z]", readable(title).lower())
        pairs = {f"{a} {b}" for a, b in pairwise(words) if not {a, b} & STOP_WORDS}
        for pair in pairs:
            spellings[pair.removesuffix("s")][pair] += 1
    counts = {stem: found.total() for stem, found in spellings.items()}
    most = max(2, _WIDEST * len(titles))
    ranked = sorted(counts, key=lambda stem: (-counts[stem], stem))
    return [spellings[s].most_common(1)[0][0] for s in ranked if 2 <= counts[s] <= most]
