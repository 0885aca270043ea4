"""Checks a claim against the sentences it cites: numbers, negation, direction, words, meaning.

Pure. A changed number, an added "not" or a turned direction is never supported, however alike the
rest is; beyond that words and meaning decide together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.records import Support

# Support is judged by ``SIMILARITY · cosine + (1 - SIMILARITY) · share of the claim's words``.
# Chosen on claims made from the seed papers, with the sweep that rag.evaluation.claims prints: at
# 0.45 all true and reworded claims pass, and 1.2 % of those cited to another paper. 0.50 would
# halve that, but pass 32 instead of 34 of 39 answers that people wrote.
SIMILARITY = 0.6
SUPPORTED = 0.45
PARTIAL = 0.35
VERBATIM = 0.8  # share of a claim's words from which it is taken to keep its source's wording

Words = Callable[[str], Sequence[str]]
"""The content words of a text, stemmed, in their order."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far sentences support a claim: the mark, its score (0 to 1), and what speaks against."""

    support: Support
    score: float
    faults: tuple[str, ...] = ()


class Judge(Protocol):
    """A second opinion, on claims that the rules find no fault with: a model, or a classifier."""

    def judge(self, claim: str, sentences: Sequence[str]) -> Support | None:
        """Return how far the sentences support the claim, or None for no opinion."""


def verify(
    claim: str, sentences: Sequence[str], *, context: str, cosine: float, words: Words
) -> Verdict:
    """Check a claim against the sentences it cites.

    ``context`` is what else the claim may take names from: the cited papers' titles. ``cosine`` is
    the greatest between the claim and one of the sentences.
    """
    if not sentences:
        return Verdict("unsupported", 0.0, ("cites nothing",))
    source = "\n".join(sentences)
    wanted = list(words(claim))
    known = {*words(source), *words(context)}
    share = sum(word in known for word in wanted) / len(wanted) if wanted else 0.0
    score = SIMILARITY * max(cosine, 0.0) + (1 - SIMILARITY) * share
    verbatim = share >= VERBATIM
    faults = (
        *_number_faults(claim, source, context),
        *_negation_faults(claim, source, words, verbatim=verbatim),
        *_direction_faults(claim, source, words, verbatim=verbatim),
    )
    if faults:
        return Verdict("unsupported", score, faults)
    if score >= SUPPORTED:
        return Verdict("supported", score)
    return Verdict("partial" if score >= PARTIAL else "unsupported", score)


# -- numbers -----------------------------------------------------------------------------------

_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "g": 1e9,
    "hundred": 1e2,
}
_UNITS = {
    "%": "%",
    "percent": "%",
    "percentage": "%",
    "x": "times",
    "×": "times",
    "times": "times",
    "fold": "times",
    "fps": "fps",
    "hour": "hours",
    "hours": "hours",
    "h": "hours",
    "day": "days",
    "days": "days",
    "week": "weeks",
    "weeks": "weeks",
    "year": "years",
    "years": "years",
    "minute": "minutes",
    "minutes": "minutes",
    "second": "seconds",
    "seconds": "seconds",
    "ms": "ms",
    "frames": "frames",
    "gpus": "gpus",
    "gb": "gb",
    "mb": "mb",
    "bit": "bits",
    "bits": "bits",
}
_WORD_NUMBERS = {
    word: float(value)
    for value, names in {
        2: "two twice double dual pair both second twofold",
        3: "three triple third thrice",
        4: "four fourth quadruple",
        5: "five fifth",
        6: "six sixth",
        7: "seven seventh",
        8: "eight eighth",
        9: "nine ninth",
        10: "ten tenth",
        11: "eleven",
        12: "twelve",
        20: "twenty",
    }.items()
    for word in names.split()
}
# Of these a claim asserts a number; the others only tell that a source does.
_COUNTING = frozenset("two three four five six seven eight nine ten eleven twelve twenty".split())
_QUANTITY = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)(?P<value>\d[\d,]*(?:\.\d+)?)\s?-?(?P<after>%|×|[A-Za-z]+)?"
    r"(?:[\s-]+(?P<next>[A-Za-z]+))?"
)
_NAME = re.compile(r"(?<![\w-])(?=[\w.-]*[A-Za-z])[A-Za-z][\w.-]*\d[\w-]*")
_DIGITS = re.compile(r"\d+")
_ENUMERATOR = re.compile(r"(?<![\w.])\(?\d{1,2}\)(?=\s)")  # "(1) we …; 2) they …"
_SPELLINGS = [
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"[\^{}$]", ""),  # M^{3}ViT
        (r"frames per second|frames/s\b", "FPS"),
        (r"(?<=\d)\s?(?:x|×|by)\s?(?=\d)", " and "),  # 476x476, 476 by 476
        (r"(?<=\d)\s?(?:\\?sim|~)\s?(?=\d)", " to "),  # what is left of LaTeX's \sim
        (r"\bsim\s?(?=\d)", ""),
        (r"\b(?:an |one )order of magnitude", "ten times"),
        (r"\bper cent\b", "%"),
        (r"\b(\d)d\b", r"\1-dimensional"),
    )
]
# "about 2,500" for 2,543: a hedge allows so much.
_HEDGE = re.compile(
    r"(?:about|around|roughly|approximately|nearly|almost|over|under|some|(?:more|less|fewer) than"
    r"|~|≈)\s*$",
    re.IGNORECASE,
)
_HEDGED = 0.03
_SPELLED = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class _Quantity:
    value: float
    unit: str  # one of ``_UNITS``' values, or empty
    is_hedged: bool

    def fits(self, other: _Quantity) -> bool:
        share = _HEDGED if self.is_hedged else 1e-9
        same = abs(self.value - other.value) <= share * abs(other.value)
        return same and (not self.unit or not other.unit or self.unit == other.unit)


def _number_faults(claim: str, source: str, context: str) -> Iterator[str]:
    """Yield a fault for every number of the claim that its sources do not have.

    Digits inside names ("Kinetics-400", "V2") need only stand in some name of sources or titles,
    or by themselves, since names are shortened freely ("K400").
    """
    claim, source = _one_spelling(claim), _one_spelling(source)
    known = list(_quantities(source))
    spelled = {_WORD_NUMBERS[word] for word in _spelled(source) if word in _WORD_NUMBERS}
    in_names = {
        run for name in _NAME.findall(f"{source} {context}") for run in _DIGITS.findall(name)
    }
    digits = in_names | {f"{quantity.value:g}" for quantity in known}
    unused = list(known)
    for quantity in _quantities(claim):
        match = next((other for other in unused if quantity.fits(other)), None)
        if match is not None:  # each number of a source vouches for one of the claim
            unused.remove(match)
            continue
        if quantity.value in spelled or (not quantity.unit and f"{quantity.value:g}" in in_names):
            continue
        yield f"{quantity.value:g}{quantity.unit} is not in the cited sentences"
    for name in _NAME.findall(claim):
        if any(run not in digits for run in _DIGITS.findall(name)):
            yield f"{name} is not in the cited sentences"
    for word in _spelled(claim):
        if word in _COUNTING:
            value = _WORD_NUMBERS[word]
            if value not in spelled and not any(value == other.value for other in known):
                yield f"“{word}” is not in the cited sentences"


def _one_spelling(text: str) -> str:
    """Bring spellings of the same quantity together, and drop the numbers that count list items."""
    text = _ENUMERATOR.sub(" ", text)
    for pattern, replacement in _SPELLINGS:
        text = pattern.sub(replacement, text)
    return text


def _quantities(text: str) -> Iterator[_Quantity]:
    for match in _QUANTITY.finditer(text):
        value = float(match["value"].replace(",", "").rstrip("."))
        after, following = (match["after"] or "").lower(), (match["next"] or "").lower()
        if after in _SCALES:
            value *= _SCALES[after]
            unit = _UNITS.get(following, "")
        else:
            unit = _UNITS.get(after, "")
        yield _Quantity(value, unit, bool(_HEDGE.search(text[: match.start()])))


def _spelled(text: str) -> list[str]:
    return [word.lower() for word in _SPELLED.findall(text)]


# -- negation and direction ----------------------------------------------------------------------

_NEGATORS = frozenset("not no never cannot without neither nor none hardly barely nothing".split())
# What may stand for a negation in a paraphrase: "without labels", "label-free", "avoids labels".
_SOFT = re.compile(
    r"n't\b|\b(?:not|no|never|cannot|without|neither|nor|none|hardly|barely|nothing|free|avoid\w*"
    r"|eliminat\w*|remov\w*|prevent\w*|lack\w*|fail\w*|unlike|unable|independent\w*|absen\w*|skip\w*"
    r"|incomplete\w*|un(?:supervised|labell?ed|reliable|available|necessary|stable|affected"
    r"|changed|explored|known|clear|able)|in(?:capab|suffic|adequ)\w*)\b",
    re.IGNORECASE,
)
# "more than 80 %" bounds a number and turns nothing.
_COMPARED = re.compile(r"\b(?:more|less|fewer|higher|lower|larger|smaller|better) than (?=[~\d])")
_TOKEN = re.compile(r"[A-Za-z]+(?:['’]t)?|\d[\d.,]*")
# "Replaces attention" may stand for "does not rely on attention", but not the other way round.
_INSTEAD = re.compile(r"\b(?:replac\w*|instead|rather|discard\w*|away|only)\b", re.IGNORECASE)
# Negations that negate nothing: "not only", "without sacrificing".
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
    high | low
    large | small
    faster fastest fast quicker accelerate accelerates speedup speedups | slower slowest slow slows slowdown
    easy easier simple simpler | difficult hard harder complex challenging
    efficient effective | inefficient ineffective
    robust | fragile vulnerable
    supervised | unsupervised
    above over | below under
    before | after
    enable enables allow allows | prevent prevents
    sufficient | insufficient
    possible | impossible
    significant | insignificant negligible
    reliable | unreliable
    """.strip().split("\n")  # noqa: E501  # a pair a line
]
_SCOPE = 3  # content words after a negator or direction word that it is about


def _negation_faults(claim: str, source: str, words: Words, *, verbatim: bool) -> Iterator[str]:
    """Yield a fault when the claim negates what its source does not, or the other way round.

    A claim that keeps its source's words must keep its negations one for one. A freer one may turn
    "without labels" into "label-free", so there only a negation without any counterpart counts.
    """
    known, said = set(words(source)), set(words(claim))
    in_claim, in_source = _negations(claim, words), _negations(source, words)
    unmatched = [
        scope
        for scope in in_claim
        if scope & known and not any(scope & other for other in in_source)
    ]
    if verbatim:
        added = bool(unmatched) or len(in_claim) > len(in_source)
    else:
        added = len(unmatched) > len(_SOFT.findall(_NOT_ONLY.sub(" ", source)))
    dropped = False
    if not (_SOFT.search(_NOT_ONLY.sub(" ", claim)) or _INSTEAD.search(claim)):
        dropped = any(len(scope & said) >= 2 for scope in in_source)
    if added:
        yield "negates what the cited sentences say"
    if dropped:
        yield "leaves out a negation of the cited sentences"


def _negations(text: str, words: Words) -> list[set[str]]:
    """Return what each plain negation of a text is about."""
    found = []
    tokens = _TOKEN.findall(_NOT_ONLY.sub(" ", text))
    for i, token in enumerate(tokens):
        if token.lower() in _NEGATORS or token.lower().endswith(("n't", "n’t")):
            after = words(" ".join(tokens[i + 1 : i + 9]))
            found.append(set(after[:_SCOPE]))
    return found


def _direction_faults(claim: str, source: str, words: Words, *, verbatim: bool) -> Iterator[str]:
    """Yield a fault when the claim turns a direction of its source round ("higher", "lower").

    Between texts of the same words the counts tell; otherwise the two directions must be about a
    common word.
    """
    ours, theirs = _directions(claim, words), _directions(source, words)
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


def _directions(text: str, words: Words) -> list[tuple[str, set[str]]]:
    """Return each direction word of a text with the content words around it."""
    known = frozenset[str]().union(*(side for pair in _OPPOSITES for side in pair))
    tokens = _TOKEN.findall(_COMPARED.sub(" ", text.lower()))
    return [
        (token, set(words(" ".join(tokens[max(i - 3, 0) : i] + tokens[i + 1 : i + 5]))))
        for i, token in enumerate(tokens)
        if token in known
    ]
