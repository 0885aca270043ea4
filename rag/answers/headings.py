"""Groups the papers of a long survey under the phrases that they share. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rag.answers.asked import Asked
from rag.text.citations import Anchor
from rag.text.phrases import parts, phrases
from rag.text.words import content_stems

MANY = 5  # papers; fewer are read without headings
_MEMBERS = 2  # papers of a group, at least
_WIDEST = 0.6  # of the papers; what more of them share tells none of them apart
_LEFT = 0.4  # of the papers, at most, without a heading of their own
OTHERS = "Also"


def grouped(
    papers: Sequence[Sequence[Anchor]], asked: Asked
) -> list[tuple[str, list[Sequence[Anchor]]]]:
    """Return the papers, each as its chosen sentences, in groups with a heading each.

    A heading is a phrase that stands in the title or the chosen sentences of each of its papers and
    not in the question. One group without a heading where there are few papers, where it is not a
    survey, or where they share nothing. The order of the papers is kept within a group, that of the
    groups by their first paper; the papers left over come last.
    """
    alone: list[tuple[str, list[Sequence[Anchor]]]] = [("", list(papers))]
    if len(papers) < MANY or asked.scope not in ("survey", "phrase"):
        return alone
    written, having = _phrases(papers, frozenset(content_stems(asked.text)))
    left = set(range(len(papers)))
    groups: list[tuple[str, list[int]]] = []
    while len(left) >= _MEMBERS:
        worth = {
            phrase: (len(members & left), len(phrase.split()), -min(members & left))
            for phrase, members in having.items()
            if len(members & left) >= _MEMBERS and len(members) <= _WIDEST * len(papers)
        }
        if not worth:
            break
        phrase = max(sorted(worth), key=lambda one: worth[one])
        groups.append((written[phrase], sorted(having[phrase] & left)))
        left -= having[phrase]
    if len(groups) < 2 or len(left) > _LEFT * len(papers):
        return alone
    groups.sort(key=lambda group: group[1][0])
    if left:
        groups.append((OTHERS, sorted(left)))
    return [(name[:1].upper() + name[1:], [papers[i] for i in places]) for name, places in groups]


def _phrases(
    papers: Sequence[Sequence[Anchor]], asked: frozenset[str]
) -> tuple[dict[str, str], dict[str, set[int]]]:
    """Return the phrases of two words or more as first written, and the papers that have each."""
    written: dict[str, str] = {}
    having: defaultdict[str, set[int]] = defaultdict(set)
    for place, anchors in enumerate(papers):
        text = " . ".join([anchors[0].paper.title, *(a.sentence.text for a in anchors)])
        for stemmed, as_written in phrases(text):
            if " " in stemmed and not parts(stemmed) <= asked:
                written.setdefault(stemmed, as_written)
                having[stemmed].add(place)
    return written, having
