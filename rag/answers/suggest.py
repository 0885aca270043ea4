"""Follow-up questions that the library can answer, made from the evidence. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from rag.records import Citation, Hit
from rag.text.names import title_name
from rag.text.readable import readable
from rag.text.words import STOP_WORDS

MOST = 3
_WIDEST = 0.2  # a phrase that more of the titles have names the library, not a topic in it


def follow_ups(
    question: str, citations: Sequence[Citation], hits: Sequence[Hit]
) -> tuple[str, ...]:
    """Suggest up to three questions about cited and nearby papers, none of them asked already.

    Each names a paper of the library by what its title calls it, which is what makes it
    answerable.
    """
    cited = [name for name in map(title_name, dict.fromkeys(c.title for c in citations)) if name]
    known = {citation.paper_id for citation in citations}
    others = [
        name for hit in hits if hit.paper.id not in known and (name := title_name(hit.paper.title))
    ]
    ideas = [f"What results does {name} report?" for name in cited[:1]]
    if cited and (len(cited) > 1 or others):
        ideas.append(f"How do {cited[0]} and {(cited[1:] + others)[0]} differ?")
    ideas += [f"What does {name} propose?" for name in others[:MOST]]
    ideas += [f"What problem does {name} address?" for name in cited[:1]]
    asked = question.casefold()
    return tuple(idea for idea in dict.fromkeys(ideas) if idea.casefold() != asked)[:MOST]


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
