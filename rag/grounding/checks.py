"""Checks a claim against the sentences it cites: subject, numbers, negation, direction, roles.

Pure. A changed number, an added "not", a turned direction or another paper's method is never
supported, however alike the rest is; what goes further than its sources is supported partly; beyond
that words and meaning decide together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.grounding.numbers import number_faults
from rag.grounding.polarity import direction_faults, negation_faults
from rag.grounding.roles import role_faults
from rag.grounding.strength import overstatements
from rag.records import Support
from rag.text.words import content_stems

# Support is judged by ``SIMILARITY · cosine + (1 - SIMILARITY) · share of the claim's words``.
# Chosen on claims made from the seed papers, with the sweep that rag.evaluation.claims prints: at
# 0.45 all true and reworded claims pass, and 1.2 % of those cited to another paper. 0.50 would
# halve that, but pass 32 instead of 34 of 39 answers that people wrote.
SIMILARITY = 0.6
SUPPORTED = 0.45
PARTIAL = 0.35
VERBATIM = 0.8  # share of a claim's words from which it is taken to keep its source's wording


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far sentences support a claim: the mark, its score (0 to 1), and what speaks against.

    ``faults`` rule support out, ``excess`` is what goes further than the sentences do.
    """

    support: Support
    score: float
    faults: tuple[str, ...] = ()
    excess: tuple[str, ...] = ()


def verify(
    claim: str,
    sentences: Sequence[str],
    *,
    context: str,
    cosine: float,
    abstracts: str = "",
    foreign: Sequence[str] = (),
) -> Verdict:
    """Check a claim against the sentences it cites.

    ``context`` is what else the claim may take words from: the cited papers' titles; names and
    what is part of them ("V2") may stand anywhere in their ``abstracts``. ``foreign`` names are
    other papers' own. ``cosine`` is the greatest between the claim and one of the sentences.
    """
    if not sentences:
        return Verdict("unsupported", 0.0, ("cites nothing",))
    source = "\n".join(sentences)
    wanted = content_stems(claim)
    known = {*content_stems(source), *content_stems(context)}
    share = sum(word in known for word in wanted) / len(wanted) if wanted else 0.0
    score = SIMILARITY * max(cosine, 0.0) + (1 - SIMILARITY) * share
    verbatim = share >= VERBATIM
    faults = (
        *(f"{name} is not in the cited papers" for name in foreign),
        *number_faults(claim, source, f"{context}\n{abstracts}"),
        *negation_faults(claim, source, verbatim=verbatim),
        *direction_faults(claim, source, verbatim=verbatim),
        *role_faults(claim, source),
    )
    if faults:
        return Verdict("unsupported", score, faults)
    if score < SUPPORTED:
        return Verdict("partial" if score >= PARTIAL else "unsupported", score)
    excess = tuple(overstatements(claim, source))
    return Verdict("partial" if excess else "supported", score, excess=excess)
