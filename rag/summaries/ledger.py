"""What has been said, cited and spent so far while a summary is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rag.grounding import put_right
from rag.records import Claim, Support, Usage
from rag.summaries.cells import plain
from rag.summaries.sections import SectionReply
from rag.text.citations import Anchor, Builder, Numbering
from rag.text.rhetoric import without_connective


@dataclass(slots=True)
class Ledger:
    """All that changes while a summary is written.

    Invariant: claims are added in the order of the text. Papers are numbered as they are first
    cited, and what has been said once is left out later.
    """

    usage: Usage = field(default_factory=Usage)
    builder: Builder = field(default_factory=lambda: Builder(Numbering()))
    by_model: bool = False  # whether any of it is a model's
    done: int = 0  # sections
    _said: set[str] = field(default_factory=set)
    _counts: Counter[str] = field(default_factory=Counter)
    _failures: dict[str, list[str]] = field(default_factory=dict)  # sections by why there is none

    def is_said(self, text: str) -> bool:
        """Whether a text has been said, with or without what ties it to another."""
        return bool({plain(text), plain(without_connective(text))} & self._said)

    def add(self, text: str, anchors: Sequence[Anchor], support: Support) -> Claim:
        """Add one claim."""
        self._said.add(plain(text))
        self.builder.add(text, anchors, support)
        return self.builder.claims[-1]

    def quote(self, anchors: Sequence[Anchor]) -> tuple[Claim, ...]:
        """Add sentences of the abstracts; those that tied to the one before lose the tie."""
        claims: list[Claim] = []
        before: Anchor | None = None
        for anchor in anchors:
            text = anchor.sentence.text
            if self.is_said(text):
                continue
            follows = before is not None and (
                anchor.paper.id == before.paper.id
                and anchor.sentence.index == before.sentence.index + 1
            )
            shown = text if follows else without_connective(text)
            claims.append(self.add(shown, [anchor], "supported"))
            before = anchor
        return tuple(claims)

    def take(self, reply: SectionReply) -> tuple[Claim, ...]:
        """Add a model's statements, leaving out what has been said before."""
        claims = tuple(
            self.add(statement.text, statement.anchors, statement.support)
            for statement in reply.statements
            if not self.is_said(statement.text)
        )
        if claims:
            self.by_model = True
            self._counts.update(reply.counts)
        return claims

    def spend(self, usage: Usage) -> None:
        """Note what a section cost, and that it is done."""
        self.usage = self.usage.plus(usage)
        self.done += 1

    def fail(self, section: str, why: str) -> None:
        """Note that the model has not written a section."""
        self._failures.setdefault(why, []).append(section)

    def told(self) -> Iterator[str]:
        """Say what the model left to us, and what had to be put right in what it wrote."""
        if self._failures:
            told = "; ".join(f"{', '.join(what)} ({why})" for why, what in self._failures.items())
            yield f"From the abstracts' own sentences, without the model: {told}."
        if said := put_right(self._counts):
            yield said
