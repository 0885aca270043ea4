"""Follow-up questions that the library can answer, made from the evidence. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.records import Citation, Hit

MOST = 3
_NAME = re.compile(r"[\w&$^{}.+-]{2,30}(?: V?\d{1,2})?")


def follow_ups(
    question: str, citations: Sequence[Citation], hits: Sequence[Hit]
) -> tuple[str, ...]:
    """Suggest up to three questions about cited and nearby papers, none of them asked already.

    Each names a paper of the library by what its title calls it, which is what makes it
    answerable.
    """
    cited = [name for name in map(name_of, dict.fromkeys(c.title for c in citations)) if name]
    known = {citation.paper_id for citation in citations}
    others = [
        name for hit in hits if hit.paper.id not in known and (name := name_of(hit.paper.title))
    ]
    ideas = [f"What results does {name} report?" for name in cited[:1]]
    if cited and (len(cited) > 1 or others):
        ideas.append(f"How do {cited[0]} and {(cited[1:] + others)[0]} differ?")
    ideas += [f"What does {name} propose?" for name in others[:MOST]]
    ideas += [f"What problem does {name} address?" for name in cited[:1]]
    asked = question.casefold()
    return tuple(idea for idea in dict.fromkeys(ideas) if idea.casefold() != asked)[:MOST]


def name_of(title: str) -> str:
    """Return what a title calls its method (the word before a colon), or nothing."""
    name, colon, _ = title.partition(":")
    name = name.strip()
    return name if colon and _NAME.fullmatch(name) else ""
