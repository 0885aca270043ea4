"""Checks that a claim neither negates nor turns round what its sources say. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.text.words import content_stems

_NEGATORS = frozenset(
    "not no never cannot without neither nor none hardly barely nothing lack lacks lacked lacking"
    " fail fails failed failing avoid avoids avoided avoiding".split()
)

# What may stand for a negation in a paraphrase: "without labels", "label-free", "avoids labels",
# "unsupervised", "incapable"; not "unified", "informal", "carefree".
_SOFT = re.compile(
    r"n't\b|\b(?:not|no|never|cannot|without|neither|nor|none|hardly|barely|nothing|free|avoid\w*"
    r"|eliminat\w*|remov\w*|prevent\w*|lack\w*|fail\w*|unlike|unable|independent\w*|absen\w*|skip\w*"
    r"|incomplete\w*|vulnerab\w*|un(?:supervised|labell?ed|reliable|available|necessary|stable|affected"
    r"|changed|explored|known|clear|able)|in(?:capab|suffic|adequ)\w*)\b",
    re.IGNORECASE,
)

# "more than 80 %" and "less than ~5" bound a number and turn nothing; "more than others" may.
_COMPARED = re.compile(r"\b(?:more|less|fewer|higher|lower|larger|smaller|better) than (?=[~\d])")

# "don't", "isn’t", "1,000" are one token each; "ViT-B" is two, and so is "model's".
_TOKEN = re.compile(r"[A-Za-z]+(?:['’]t)?|\d[\d.,]*")

# "Replaces attention" may stand for "does not rely on attention", but not the other way round.
# "instead of", "discards", "only"; not "commonly", "always".
_INSTEAD = re.compile(r"\b(?:replac\w*|instead|rather|discard\w*|away|only)\b", re.IGNORECASE)

# Negations that negate nothing: "not only", "no more than", "without sacrificing"; not "not one",
# "without labels".
_NOT_ONLY = re.compile(
    r"\bnot (?:only|just|merely)\b|\bno (?:more|less|fewer) than\b"
    r"|\bwithout (?:sacrific|compromis|los|degrad|hurt|harm)\w*",
    re.IGNORECASE,
)

# Each line: words of one direction, a bar, words of the other.
_OPPOSITES = [
    tuple(frozenset(side.split()) for side in line.split("|"))
    for line in """
    increase increases increased increasing raise raises rise rises grow grows larger largest bigger higher highest longer longest double doubles triple triples lengthen lengthens widen widens soar elevate elevates | decrease decreases decreased decreasing reduce reduces reduced reducing reduction reductions lower lowers lowest smaller smallest shorter shortest halve halves halved shrink shrinks shorten shortens fall falls drops narrows
    improve improves improved improving improvement improvements boost boosts enhance enhances better best superior outperform outperforms outperforming outperformed surpass surpasses surpassing exceed exceeds beat beats gain gains advantage strong stronger strongest | degrade degrades degraded degrading degradation worsen worsens hurt hurts harm harms worse worst inferior underperform underperforms underperforming trail trails behind lag lags disadvantage weak weaker weakest
    more most | less least fewer fewest
    higher greater | less fewer
    high | low
    large | small
    faster fastest fast quicker accelerate accelerates speedup speedups | slower slowest slow slows slowdown
    easy easier simple simpler | difficult hard harder complex challenging
    efficient effective | inefficient ineffective
    robust | fragile vulnerable
    supervised | unsupervised selfsupervised
    jointly together simultaneously | separately independently individually
    frozen | tuned finetuned unfrozen
    above over | below under
    before | after
    enable enables allow allows | prevent prevents
    sufficient | insufficient
    possible | impossible
    significant | insignificant negligible
    reliable | unreliable
    promote promotes promoted promoting activate activates activated activation stimulate stimulates stimulated induce induces induced upregulate upregulates upregulated upregulation | inhibit inhibits inhibited inhibiting inhibition suppress suppresses suppressed suppression inactivate inactivates inactivated inactivation repress represses downregulate downregulates downregulated downregulation attenuate attenuates attenuated
    positive positively | negative negatively
    beneficial benefits protective protects | harmful detrimental adverse
    agree agrees consistent | disagree disagrees inconsistent
    relevant | irrelevant
    accurate | inaccurate
    common frequent frequently often | rare rarely seldom uncommon
    """.strip().split("\n")  # noqa: E501  # a pair a line
]

DIRECTIONS = frozenset(word for pair in _OPPOSITES for side in pair for word in side)
_AROUND = 5  # words on each side of what may stand for a negation that it may be about
_SCOPE = 3  # content words after a negator or direction word that it is about


def negation_faults(claim: str, source: str, *, verbatim: bool) -> Iterator[str]:
    """Yield a fault when the claim negates what its source does not, or the other way round.

    A claim that keeps its source's words must keep its negations one for one. A freer one may turn
    "without labels" into "label-free", so there only a negation without any counterpart counts.
    """
    known, said = set(content_stems(source)), set(content_stems(claim))
    in_claim, in_source = _negations(claim), _negations(source)
    unmatched = [
        scope
        for scope in in_claim
        if scope & known and not any(scope & other for other in in_source)
    ]
    if verbatim:
        added = bool(unmatched) or len(in_claim) > len(in_source)
    else:
        soft = _near_soft(source)
        added = any(not any(scope & near for near in soft) for scope in unmatched)
    dropped = False
    if not (_SOFT.search(_NOT_ONLY.sub(" ", claim)) or _INSTEAD.search(claim)):
        dropped = any(len(scope & said) >= 2 for scope in in_source)
    if added:
        yield "negates what the cited sentences say"
    if dropped:
        yield "leaves out a negation of the cited sentences"


def _negations(text: str) -> list[set[str]]:
    """Return what each plain negation of a text is about."""
    found = []
    tokens = _TOKEN.findall(_NOT_ONLY.sub(" ", text))
    for i, token in enumerate(tokens):
        if token.lower() in _NEGATORS or token.lower().endswith(("n't", "n’t")):
            after = content_stems(" ".join(tokens[i + 1 : i + 9]))
            found.append(set(after[:_SCOPE]))
    return found


def _near_soft(text: str) -> list[set[str]]:
    """Return the content words around each word that may stand for a negation, itself included."""
    plain = _NOT_ONLY.sub(" ", text)
    return [
        set(content_stems(" ".join(plain[: match.start()].split()[-_AROUND:])))
        | set(content_stems(match.group()))
        | set(content_stems(" ".join(plain[match.end() :].split()[:_AROUND])))
        for match in _SOFT.finditer(plain)
    ]


def direction_faults(claim: str, source: str, *, verbatim: bool) -> Iterator[str]:
    """Yield a fault when the claim turns a direction of its source round ("higher", "lower").

    Between texts of the same words the counts tell; otherwise the two directions must be about a
    common word.
    """
    ours, theirs = _directions(claim), _directions(source)
    for pair in _OPPOSITES:
        for one, other in (pair, pair[::-1]):
            gained = [scope for word, scope in ours if word in one]
            had = [scope for word, scope in theirs if word in one]
            lost = [scope for word, scope in theirs if word in other]
            kept = [scope for word, scope in ours if word in other]
            turned = len(gained) > len(had) and len(lost) > len(kept)
            about = any(scope & there for scope in gained for there in lost)
            if turned and (verbatim or (not had and about)):
                yield f"turns “{_first(theirs, other)}” into “{_first(ours, one)}”"


def _first(found: list[tuple[str, set[str]]], side: frozenset[str]) -> str:
    return next(word for word, _ in found if word in side)


def _directions(text: str) -> list[tuple[str, set[str]]]:
    """Return each direction word of a text with the content words around it."""
    lower = text.lower().replace("self-supervised", "selfsupervised")
    tokens = _TOKEN.findall(_COMPARED.sub(" ", lower))
    return [
        (token, set(content_stems(" ".join(tokens[max(i - 3, 0) : i] + tokens[i + 1 : i + 5]))))
        for i, token in enumerate(tokens)
        if token in DIRECTIONS
    ]
