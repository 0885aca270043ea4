"""Tells whether a sentence gives a single fact that is asked for. Pure.

A count, a measure, a name: the sentence must hold the thing's own noun (or a word that stands for
it) and beside it a value of the right kind. A sentence that only comes near gives another fact.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.text.names import is_name
from rag.text.words import content_stems, word_pairs

Kind = Literal["count", "measure", "ratio", "name", "source", "record", "origin"]


@dataclass(frozen=True, slots=True)
class Value:
    """A fact asked for: "how many GPUs", "what batch size", "which FPGA board".

    ``place`` is where the question asks for it, ``phrase`` how it calls it. Of the stems in
    ``nouns`` one must stand in the sentence (none: any will do), of those in ``all_of`` all.
    With ``of_named`` it asks for a value only where a paper is named: "which FPGA accelerator is
    there" asks for a paper. A ``record`` is what the record of a paper tells (authors, year,
    venue), an ``origin`` who made something, which the record tells if it can, and else the
    abstract.
    """

    kind: Kind
    phrase: str
    nouns: frozenset[str] = frozenset()
    all_of: frozenset[str] = frozenset()
    place: int = 0
    of_named: bool = False


# Words that stand for each other where a value is told. Of general use; a noun that is not here
# stands for itself.
_ALIKE: tuple[str, ...] = (
    "gpu gpus tpu tpus a100 v100 h100 accelerator accelerators",
    "fps frame framerate",
    "parameter parameters params param",
    "participant participants subjects users annotators people patients volunteers respondents",
    "image images pictures picture photos photographs scans",
    "video videos clips clip footage",
    "sample samples examples instances pairs images videos clips items",
    "class classes categories category labels",
    "question questions qas queries pairs",
    "step steps iterations iteration",
    "accuracy accuracies top1 top acc precision",
    "share proportion percentage percent fraction ratio portion",
    "error errors rate",
    "paper papers articles documents abstracts publications",
    "book books volumes titles monographs",
    "day days", "hour hours", "week weeks", "month months", "year years", "minute minutes",
    "dataset datasets corpus corpora collection data",
    "benchmark benchmarks datasets dataset suite",
    "speedup speedups speed faster acceleration times latency throughput fps",
    "cost costs expense expenses price",
    "improvement improvements gain gains increase better",
    "reduction reductions decrease fewer smaller less savings",
    "language languages",
    "backbone backbones encoder encoders model models network",
)  # fmt: skip

_NUMBER_WORDS = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty"
    r"|fifty|sixty|hundreds?|thousands?|millions?|billions?|dozens?|half|twice|double|quarter"
    r"|single|one)"
)
# "90.0", "266,340", "433K", "2.5B", "~10", "×3.2", "a billion", "two"; not "ViT-16", "V2", "1)".
_NUMBER = re.compile(
    rf"(?<![\w.,/-])[~≈<>×x]?\d[\d,]*(?:\.\d+)?(?:\s?[KMBTGk](?![\w]))?(?![\w)]|\.\d)"
    rf"|(?<![\w.,-])[~≈<>×x]?\d[\d,]*(?:\.\d+)?(?=\s?(?:%|\\%|x\b|×|p\b|[KMGBT]?\b|-))"
    rf"|\b(?:a\s+)?{_NUMBER_WORDS}\b",
    re.IGNORECASE,
)
_SIZE = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?\s?[MB](?:illion)?\b(?!\s?(?:\w+\s){0,2}?(?:images?|"
                   r"videos?|clips?|pairs?|samples?|tokens?|FLOPs))")  # fmt: skip
_RATIO = re.compile(
    r"\d\s?(?:x|×|\\times|times|-?fold|%|\\%|percent)|[×x]\s?\d|\b(?:twice|half|double|times"
    r"|order of magnitude|tenth|third|quarter)\b",
    re.IGNORECASE,
)

# What is often told by a usual word before it: "contrastive loss", "cosine schedule".
_COMMON = frozenset(
    content_stems("loss losses activation schedule scheduler encoder decoder hardware")
)
_TELLS_NOTHING = frozenset(
    {"new", "novel", "efficient", "simple", "different", "various", "several"}
)


def gives(value: Value, sentence: str, *, not_names: Sequence[str] = ()) -> bool:
    """Whether a sentence gives a value of the kind that is asked for, beside the thing's noun.

    ``not_names`` are names that cannot be the answer: those of the question and of the paper.
    """
    stems = [stem for _, stem in word_pairs(sentence)]
    if not value.all_of.issubset(stems):
        return False
    if value.kind == "count":
        return _counted(value, sentence)
    if value.kind == "ratio":
        return bool(_RATIO.search(sentence))
    if value.kind == "measure":
        here = not value.nouns or not value.nouns.isdisjoint(stems) or _by_sign(value, sentence)
        return here and bool(_NUMBER.search(sentence))
    if value.kind in ("name", "source"):
        return _named(value, sentence, not_names)
    return False


def alike(stems: Sequence[str]) -> frozenset[str]:
    """Return these stems, and those of the words that stand for them where a value is told."""
    groups = [frozenset(content_stems(group)) for group in _ALIKE]
    return frozenset(stems).union(*(group for group in groups if not group.isdisjoint(stems)))


_SIGNS: Mapping[str, re.Pattern[str]] = {
    # "top-1", "achieves 84.8%", "90.0% on K400"; not "a smaller part of an image (10% vs. 25%)".
    "accuraci": re.compile(
        r"\btop-?[15]\b|\b(?:achiev|reach|obtain|attain|scor|yield|surpass|outperform|perform)\w*\b"
        r"(?:[^.]|\.\d){0,80}?\d[\d.]*\s?(?:\\?%|percent)"
        r"|\d\s?(?:\\?%|percent)[^.]{0,40}?\bon (?-i:[A-Z])",
        re.IGNORECASE,
    ),
    # "266,340 chest X-rays", "2M clips", "20K hours"; not "2.5B parameters", "90 classes".
    "data": re.compile(
        r"(?:\d{1,3}(?:,\d{3})+|\d{4,}|\d(?:\.\d+)?\s?(?:[KMB]|thousand|million|billion))\b\s+"
        r"(?!(?:\w+\s+)?(?:param|FLOP|MAC))(?:[\w-]+\s+){0,3}?[\w-]+s\b",
        re.IGNORECASE,
    ),
    "share": re.compile(r"\d\s?\\?%|percent|\bof the\b", re.IGNORECASE),
    "proport": re.compile(r"\d\s?\\?%|percent", re.IGNORECASE),
    "fps": re.compile(r"\bfps\b|frames per second", re.IGNORECASE),
    "speedup": re.compile(r"\d\s?(?:x|×)\b|\\times|faster", re.IGNORECASE),
    "cost": re.compile(r"\d\s?\\?%|[$€£]\s?\d", re.IGNORECASE),
}


def _by_sign(value: Value, sentence: str) -> bool:
    return any(sign.search(sentence) for stem, sign in _SIGNS.items() if stem in value.nouns)


def _counted(value: Value, sentence: str) -> bool:
    """Whether a number stands before the noun, a few words between, or a size does for it."""
    if "paramet" in value.nouns and _SIZE.search(sentence):
        return True
    if not value.nouns:
        return False
    words = [(match.start(), match.end()) for match in re.finditer(r"[\w'-]+", sentence)]
    for number in _NUMBER.finditer(sentence):
        after = [span for span in words if span[0] >= number.end()][:6]
        for place, (start, end) in enumerate(after):
            between = sentence[number.end() : start]
            if re.search(r"[;:.]\s|\)\s|,\s(?!\w+\s)", between) or (
                place and _NUMBER.search(sentence[after[0][0] : start])
            ):
                break
            stems = {stem for _, stem in word_pairs(sentence[start:end])}
            if not value.nouns.isdisjoint(stems):
                return True
        if re.search(
            r"\b(?:fps|frames per second)\b",
            sentence[number.end() : number.end() + 20],
            re.IGNORECASE,
        ) and ("fps" in value.nouns or "frame" in value.nouns):
            return True
    return False


_BESIDE = 60  # characters behind a noun in which the name that it goes with begins
_BEFORE = 4  # words before it
# "datasets such as X", "optimizer (AdamW)", "backbone is ViT-L"; not "a benchmark for X".
_LISTED = re.compile(
    r"(?:,? (?:of|such as|like|including|named|called|namely|is|was|are|were|e\.g\.,?)"
    r"|:|,| \()\s*(.+)"
)
# "images taken from X", "scans at Y"
_COMES_FROM = re.compile(r"[^.;,]{0,30}?\b(?:from|by|using|via|with|on|at|in)\s+(.{0,40})")


def _named(value: Value, sentence: str, not_names: Sequence[str]) -> bool:
    """Whether a proper name stands beside the noun; for where something is from, behind "from"."""
    apart = {name.casefold() for name in not_names}
    for match in re.finditer(r"[\w'+&^-]+", sentence):
        stems = {stem for _, stem in word_pairs(match.group())}
        if value.nouns.isdisjoint(stems):
            continue
        words = sentence[: match.start()].split()
        behind = sentence[match.end() : match.end() + _BESIDE]
        if value.kind == "source":
            if (found := _COMES_FROM.match(behind)) and _proper(f". {found.group(1)}", apart):
                return True
            continue
        before = " ".join(words[1:][-_BEFORE:])  # the first word has its capital anyhow
        listed = _LISTED.match(behind)
        if _proper(f". {before}", apart) or (listed and _proper(f". {listed.group(1)}", apart)):
            return True
        if words and not _COMMON.isdisjoint(stems) and _modifies(words[-1]):
            return True
    return False


def _modifies(word: str) -> bool:
    """Whether a word before a noun tells which one it is: "contrastive loss"; not "a new loss"."""
    return bool(content_stems(word)) and word.lower() not in _TELLS_NOTHING


def _proper(text: str, apart: set[str]) -> bool:
    for match in re.finditer(r"[\w.+&^/-]*\w", text):
        token = match.group()
        plain = token.casefold()
        if any(plain in re.split(r"[\s-]", name) or name in plain for name in apart if name):
            continue
        if is_name(token) or (token[0].isupper() and match.start() > 0 and len(token) > 2):
            return True
    return False
