"""What a check of a text finds, the same names in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rag.records import Citation

Finding = Literal["supported", "partial", "contradicted", "not_stated", "unchecked"]
"""What the library says to a claim; ``unchecked``: no rule can tell, as in another language."""


LABELS: Mapping[Finding, str] = {
    "supported": "supported",
    "partial": "partly supported",
    "contradicted": "contradicted",
    "not_stated": "not stated",
    "unchecked": "not checked",
}


@dataclass(frozen=True, slots=True)
class CitedKey:
    """A key that a claim cites, the paper it means, and what that paper says to the claim.

    ``paper_id`` is empty where the library has no such paper; ``finding`` is ``unchecked`` then.
    """

    key: str
    paper_id: str
    title: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A paper that states a claim and is not cited there, ready to be cited.

    ``markup`` is how the text's own format cites it, ``reference`` describes it in one line.
    """

    key: str
    paper_id: str
    markup: str
    reference: str


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A sentence of the text, where it stands there (``text[start:end]``), and what was found.

    A claim that cites papers of the library is checked against them, any other against the whole
    library. ``supporting`` are the sentences for it, ``against`` those that contradict it, and
    ``near`` the closest one where there is neither. ``reasons`` say what stands in the way.
    """

    text: str
    start: int
    end: int
    finding: Finding
    supporting: tuple[Citation, ...] = ()
    against: tuple[Citation, ...] = ()
    near: tuple[Citation, ...] = ()
    reasons: tuple[str, ...] = ()
    keys: tuple[CitedKey, ...] = ()
    suggestion: Suggestion | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What the library says to a text, claim by claim, in its order.

    ``share`` is the part, between 0 and 1, of the claims that could be checked which the library
    supports; 1 of none. ``form`` is what the text was read as. ``mode`` tells whether rules alone
    have judged (``rules``), or a model too (``llm``). ``left_out`` counts sentences that state
    nothing that could be looked for: questions, and those of a word or two.
    """

    form: str
    claims: tuple[CheckedClaim, ...]
    share: float
    mode: Literal["rules", "llm"]
    model: str
    left_out: int

    @classmethod
    def of(
        cls, form: str, claims: tuple[CheckedClaim, ...], *, model: str = "", left_out: int = 0
    ) -> Check:
        """Put a check together; ``model`` is the one that judged, if one did."""
        checked = [one for one in claims if one.finding != "unchecked"]
        good = sum(one.finding == "supported" for one in checked)
        share = good / len(checked) if checked else 1.0
        return cls(form, claims, share, "llm" if model else "rules", model, left_out)

    def counts(self) -> dict[Finding, int]:
        """Return how many claims there are of each finding that there are any of."""
        counts = {finding: len(self.found(finding)) for finding in LABELS}
        return {finding: count for finding, count in counts.items() if count}

    def told(self) -> str:
        """Say in a line how many claims of each kind there are, and who has judged."""
        if not self.claims:
            return "No sentence of the text states something that could be looked for."
        counts = ", ".join(f"{count:,} {LABELS[one]}" for one, count in self.counts().items())
        claims = "1 claim" if len(self.claims) == 1 else f"{len(self.claims):,} claims"
        return f"{claims}: {counts}; by rules{f' and {self.model}' if self.model else ''}"

    def found(self, finding: Finding) -> list[CheckedClaim]:
        """Return the claims of which this was found."""
        return [one for one in self.claims if one.finding == finding]
