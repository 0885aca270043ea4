"""Takes the words of a sentence that fill a cell of the comparison. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.text.citations import Anchor
from rag.text.rhetoric import (
    leans,
    without_connective,
)

# What names data, tasks or devices: names such as "ImageNet-1K" or "COCO" behind a preposition, and
# counts such as "five benchmark datasets" or "266,340 chest X-rays".
_ONE_NAME = r"(?:[A-Z][\w./+-]*[A-Z\d][\w/+-]*|[A-Z][a-z]+-[A-Z][a-z]+)"
_NAMED = rf"(?>{_ONE_NAME}(?: {_ONE_NAME}| V\d)?)"
_LIST = rf"(?:the )?{_NAMED}(?:, {_NAMED})*(?:,? and (?:the )?{_NAMED})?"
_KINDS = (
    r"(?:data ?sets?|benchmarks?|corpora|collections?|tasks|devices|GPUs?|FPGAs?|accelerators)"
    r"(?![-\w])"
)
_THINGS = (
    r"(?:images|videos|clips|hours|captions|pairs|prompts|samples|X-rays|scans|patients"
    r"|participants|users|documents|articles|abstracts|queries|books|records|sentences"
    r"|examples|libraries|journals|papers|questions|respondents|students)(?![-\w])"
)
_COUNT = (
    r"(?:\d[\d,.]*(?: ?[KMB])?\+?(?: (?:thousand|million|billion))?"
    r"|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
)
# In a sentence: "on ImageNet-1K and COCO", "over the K400 dataset", "on tasks (LVIS, COCO)",
# "12 million pairs"; not "on Monday", "on data", "five ideas".
_SETTING = re.compile(
    rf"\b(?:on|across|over|using|from|with) ((?:the )?(?:[\w-]+ ){{0,4}}?{_KINDS}"
    rf"(?:,? (?:of|such as|like|including|named|called|namely) {_LIST}| \([^()]{{3,120}}\)))"
    rf"|\b(?:on|across|over|from) ({_LIST}(?: (?:[\w-]+ ){{0,2}}{_KINDS})?)"
    rf"|(?<![\w./-])({_COUNT} (?:[\w/-]+,? ){{0,4}}?(?:{_KINDS}|{_THINGS}))"
)
# A bare device says little, and a known architecture is what was tried, not on what:
# "the GPU", "ViT-B", "BERT"; not "3 GPUs", "CLIPS".
_NO_SETTING = re.compile(r"^(?:the )?[CGT]PUs?$|ViT\b|DeiT|SWIN|Swin|ResNet|CLIP\b|BERT|GPT|LLM")
# What stands behind "compared to" or "than" is somebody else's: "compared with …",
# "instead of …"; not "compared with the …", "trained by …".
_OF_OTHERS = re.compile(
    r"\b(?:compar\w+(?:[^,.;]{0,30} (?:to|with|against))?|than|unlike|instead of)\s*$",
    re.IGNORECASE,
)
# "Extensive experiments show that ", "Our results clearly indicate that "; not "We show that ",
# "Experiments on COCO show that ".
_REPORTING = re.compile(
    r"^(?:(?:extensive|comprehensive|thorough|our|the|these|further|both|experimental|empirical"
    r"|quantitative|qualitative|numerical|simulation|theoretical|in-depth|and|also)\s+)*"
    r"(?:experiments?|results?|evaluations?|studies|analys[ie]s|findings|simulations?)"
    r"(?: results?| evaluations?)?\s+(?:clearly |also |further |consistently )?"
    r"(?:show|demonstrate|verify|verified|indicate|reveal|confirm|validate|suggest|prove)(?:s|ed)?"
    r"\s+that\s+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Words of one sentence for a cell of the comparison."""

    text: str
    anchor: Anchor


def cell_of(chosen: Sequence[Anchor], cut: Callable[[str], str]) -> Cell | None:
    """Return a cell of the first of these sentences of which ``cut`` leaves something."""
    for anchor in chosen:
        text = cut(anchor.sentence.text)
        if text:
            return Cell(text, anchor)
    return None


def result_words(sentence: str) -> str:
    """Leave out that experiments show it, and what ties it to the sentence before."""
    alone = untied(sentence)
    rest = _REPORTING.sub("", alone)
    return alone if leans(rest) else rest


def untied(sentence: str) -> str:
    """Leave out what ties a sentence to the one before it; the rest is exactly as it is written."""
    return sentence[len(sentence) - len(without_connective(sentence)) :]


def setting_words(sentence: str) -> str:
    """Return the words that name data, tasks or devices, or nothing."""
    kept = [
        words
        for match in _SETTING.finditer(sentence)
        if (words := next(filter(None, match.groups())))
        and len(words) > 3
        and not _NO_SETTING.search(words)
        and not _OF_OTHERS.search(sentence[: match.start()])
    ]
    return max(kept, key=len, default="").strip(" .")


def plain(text: str) -> str:
    """Return what two texts must share to say the same word for word."""
    return " ".join(text.casefold().split()).rstrip(".!? ")
