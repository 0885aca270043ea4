"""What a summary will be made of: its papers, their sentences by place, and its themes. Pure."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.records import Paper
from rag.summaries.gather import Gathered
from rag.summaries.plan import Plan
from rag.text.citations import Source
from rag.text.names import short_title
from rag.text.readable import readable
from rag.text.words import share_a_word

_LONGEST_NAME = 32  # characters of a paper's name in a heading


@dataclass(frozen=True, slots=True)
class PlannedTheme:
    """A theme before it is written: its label, and its papers by their places among the used."""

    label: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """All that is settled before anything is written; ``notes`` are for the notice."""

    topic: str
    gathered: Gathered
    plan: Plan
    themes: tuple[PlannedTheme, ...]
    notes: tuple[str, ...] = ()

    def paper(self, place: int) -> Paper:
        """Return one of the used papers."""
        return self.gathered.used[place].evidence.paper

    def sources(self, places: Sequence[int] | None = None) -> tuple[Source, ...]:
        """Return used papers, all unless some are named, as a prompt numbers them."""
        used = self.gathered.used
        chosen = used if places is None else [used[place] for place in places]
        evidence = [one.evidence for one in chosen]
        return tuple(Source(one.paper, one.sentences, one.best) for one in evidence)

    def label(self, theme: PlannedTheme) -> str:
        """Return what a theme is called: its phrases, else its papers' names."""
        if theme.label:
            return theme.label[0].upper() + theme.label[1:]
        if len(self.themes) == 1:
            return "Contributions"
        titles = [short_title(readable(self.paper(place).title)) for place in theme.places]
        names = [textwrap.shorten(title, _LONGEST_NAME, placeholder=" …") for title in titles]
        if len(names) > 2:
            names = [*names[:2], f"{len(names) - 2} more"]
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    def with_themes(self, proposed: Sequence[PlannedTheme]) -> Outline:
        """Return this outline with themes that a model proposed, every used paper in exactly one.

        A paper that it forgot joins the theme that most of its own group here went to, else a theme
        of the rest. A label that shares no word with its papers is dropped.
        """
        placed: dict[int, int] = {}
        for number, theme in enumerate(proposed):
            for place in theme.places:
                placed.setdefault(place, number)
        everywhere = range(len(self.gathered.used))
        ours = {place: theme for theme in self.themes for place in theme.places}
        missing = [place for place in everywhere if place not in placed]
        for place in missing:
            votes = Counter(placed[other] for other in ours[place].places if other in placed)
            if votes:
                placed[place] = min(votes, key=lambda number: (-votes[number], number))
        members: list[list[int]] = [[] for _ in range(len(proposed) + 1)]
        for place in everywhere:
            members[placed.get(place, len(proposed))].append(place)
        labels = [*(theme.label for theme in proposed), ""]
        themes = tuple(
            PlannedTheme(label if self._fits(label, places) else "", tuple(places))
            for label, places in zip(labels, members, strict=True)
            if places
        )
        return replace(self, themes=themes)

    def _fits(self, label: str, places: Sequence[int]) -> bool:
        papers = [self.paper(place) for place in places]
        return share_a_word(label, " ".join(f"{paper.title} {paper.abstract}" for paper in papers))
