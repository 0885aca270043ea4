"""Claims whose mark is known: built from the sentences of a library, or written by people."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag.library import Entry
from rag.text.citations import Anchor
from rag.text.coined import own_names
from rag.text.names import is_name

Kind = Literal[
    "true",
    "paraphrase",
    "named",
    "number",
    "negated",
    "turned",
    "sides swapped",
    "another name",
    "hedge dropped",
    "generalised",
    "other paper",
    "cites nothing",
]
SOUND: frozenset[Kind] = frozenset({"true", "paraphrase", "named"})

# A number that says how many or how much: no enumerator, exponent, or part of a name ("SAM 2").
_NUMBER = re.compile(
    r"(?<![\w.^{(/-])(?<![A-Z]\s)(?<![\d]~)\d[\d,]*+(?:\.\d++)?(?![\d.]*+\))(?![\d,.]*+[\w-]*[A-Za-z}])"
)
# "is", "can", "outperforms", "improve"; not "this", "cannot", "improved".
_VERB = re.compile(
    r"\b(is|are|can|does|do|will|has|have|achieves?|outperforms?|improves?|reduces?)\b"
)
_TURNS = {
    "higher": "lower",
    "improves": "degrades",
    "better": "worse",
    "reduces": "increases",
    "larger": "smaller",
    "faster": "slower",
    "more": "less",
    "outperforms": "underperforms",
}
# Words that mean the same, for paraphrases that keep a sentence's content.
_SAME = {
    "propose": "introduce",
    "introduce": "present",
    "present": "describe",
    "demonstrate": "show",
    "achieves": "reaches",
    "significantly": "markedly",
    "novel": "new",
    "In this paper, we": "The authors",
    "In this work, we": "The authors",
    "we": "the authors",
    "We": "The authors",
    "our": "their",
    "Our": "Their",
    "extensive": "many",
    "outperforms": "beats",
    "utilize": "use",
    "employ": "use",
    "various": "several",
    "state-of-the-art": "best known",
}


# Sentences that fit any library and none of its papers: no source may be found for them.
FLOATING = (
    "Larger models perform better.",
    "Attention is expensive for long inputs.",
    "Transformers need a lot of data to train well.",
    "Deep learning has changed computer vision.",
    "Pre-training improves results on downstream tasks.",
    "Accuracy and speed must be traded against each other.",
    "The method outperforms all baselines.",
    "The approach is efficient and effective.",
    "Quantization makes models smaller without losing accuracy.",
    "Videos contain redundant information.",
    "Data quality matters more than data quantity.",
    "The results show significant improvements over previous work.",
    "Users prefer simple systems.",
    "Models that are trained longer generalise better.",
    "Small models can be as good as large ones.",
    "Convolutional networks are better on small datasets.",
    "Self-supervised learning removes the need for labels.",
    "Evaluation with people is the most reliable.",
    "The code is publicly available.",
    "Future work should look at larger datasets.",
    "More parameters lead to higher accuracy on every benchmark.",
    "Vision transformers are robust to all kinds of corruption.",
    "Diffusion models generate better videos than any other approach.",
    "Training costs can be reduced by skipping parts of the input.",
    "Tokens that carry little information can be removed.",
    "Knowledge distillation always helps.",
    "Fine-tuning the whole network is unnecessary.",
    "Temporal information is essential for understanding videos.",
    "Hardware limits what can be deployed on phones.",
    "Benchmarks do not reflect how systems are used.",
    "The proposed framework is the first of its kind.",
    "Edge devices cannot run modern networks.",
    "Multi-modal models understand language better than images.",
    "Bigger batches speed up training.",
    "Combining several models is better than using one.",
    "Most errors come from the training data.",
    "Positional information is not needed.",
    "Attention maps explain what a model has learned.",
    "Image models transfer to video without any change.",
    "Human labels are too expensive for large datasets.",
)
# "may improve", "could be"; not "May 2021".
_MAY = re.compile(r"\b(?:may|might|could) (?=[a-z])")
# "some methods", "often"; not "something".
_SOME = re.compile(r"\b(many|most|several|some|often|usually|typically)\b")
_ALWAYS = frozenset({"often", "usually", "typically"})
# "Our method", "the proposed approach", "We" at the start; not "our results".
_OURS = re.compile(
    r"\b(?:[Oo]ur|[Tt]he proposed) (?:proposed )?(?:method|approach|model|framework)\b|^We\b"
)
# Two names around what compares them: "SAM 2 outperforms XMem", "ViTs than CNNs".
_COMPARED = re.compile(
    r"(?P<left>[A-Z](?:-|[^\WA-Z\d])*+[A-Z\d][\w-]*+)(?P<between>(?:[^.,;()]|\.\d){0,60}?"
    r"\b(?:outperform\w*|surpass\w*|beats?|exceed\w*|than|superior to|instead of)\b"
    r"(?:[^.,;()]|\.\d){0,40}?)(?P<right>[A-Z](?:-|[^\WA-Z\d])*+[A-Z\d][\w-]*+)"
)


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim with the sentences it cites, and what it is."""

    kind: Kind
    claim: str
    anchors: tuple[Anchor, ...]

    @property
    def should_pass(self) -> bool:
        """Whether the cited sentences support the claim."""
        return self.kind in SOUND


def build(entries: Sequence[Entry], *, seed: int = 7) -> Iterator[LabelledClaim]:
    """Build cases from every sentence of a library; the same for the same library and seed."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    names = {entry.paper.id: _name(entry) for entry in entries}
    others = sorted({name for name in names.values() if name})
    for entry in entries:
        text_of_all = f"{entry.paper.title} {entry.paper.abstract}".lower()
        for sentence in entry.sentences[1:]:
            text, cited = sentence.text, (Anchor(entry.paper, sentence),)
            yield LabelledClaim("true", text, cited)
            for kind, change in _CHANGES.items():
                if (changed := change(text, chance)) is not None:
                    yield LabelledClaim(kind, changed, cited)
            foreign = [name for name in others if name.lower() not in text_of_all]
            own = names[entry.paper.id]
            if own and foreign and (named := _named(text, own)) is not None:
                if own not in text:
                    yield LabelledClaim("named", named, cited)
                renamed = named.replace(own, chance.choice(foreign))
                yield LabelledClaim("another name", renamed, cited)
            other = chance.choice([e for e in entries if e.paper.id != entry.paper.id])
            wrong = Anchor(other.paper, chance.choice(other.sentences[1:]))
            yield LabelledClaim("other paper", text, (wrong,))


def floating() -> list[LabelledClaim]:
    """Return sentences about nothing in particular, which cite nothing."""
    return [LabelledClaim("cites nothing", text, ()) for text in FLOATING]


def read_paraphrases(path: Path, entries: Sequence[Entry]) -> Iterator[LabelledClaim]:
    """Read people's answers with the evidence they rest on."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        anchors: list[Anchor] = []
        for evidence in row["evidence"]:
            entry = entries[evidence["n"] - 1]
            start = entry.paper.abstract.index(evidence["text"])
            stop = start + len(evidence["text"])
            anchors += [
                Anchor(entry.paper, sentence)
                for sentence in entry.sentences[1:]
                if sentence.start < stop and start < sentence.end
            ]
        yield LabelledClaim("paraphrase", row["answer"], tuple(anchors))


def _name(entry: Entry) -> str:
    """Return the name of one word that a paper has for its own work, if it is written like one."""
    own = own_names(entry.paper.title, entry.paper.abstract)
    return next((name for name in own if is_name(name) and " " not in name and len(name) > 2), "")


def _named(text: str, own: str) -> str | None:
    """Return a sentence with its paper's name in it, as a claim has to say whose work it is."""
    if re.search(rf"(?<![\w-]){re.escape(own)}(?![\w-])", text):
        return text
    match = _OURS.search(text)
    if match is None:
        return None
    said = f"The authors of {own}" if match.group() == "We" else own
    return text[: match.start()] + said + text[match.end() :]


def _change_number(text: str, chance: random.Random) -> str | None:
    match = _NUMBER.search(text)
    if match is None:
        return None
    value = match.group().replace(",", "")
    places = len(value.partition(".")[2])
    changed = f"{float(value) * chance.choice((0.5, 0.9, 1.1, 2.0)) + 1:.{places}f}"
    if float(changed) == float(value):
        return None
    return text[: match.start()] + changed + text[match.end() :]


def _negate(text: str, _chance: random.Random) -> str | None:
    match = _VERB.search(text)
    if match is None:
        return None
    verb = match.group()
    if verb in ("is", "are", "can", "does", "do", "will", "has", "have"):
        negated = "cannot" if verb == "can" else f"{verb} not"
    else:
        negated = f"does not {verb.rstrip('s')}"
    return text[: match.start()] + negated + text[match.end() :]


def _turn(text: str, _chance: random.Random) -> str | None:
    for word, opposite in _TURNS.items():
        turned, count = re.subn(rf"\b{word}\b", opposite, text, count=1)
        if count:
            return turned
    return None


def _paraphrase(text: str, _chance: random.Random) -> str | None:
    changed = text
    for word, same in _SAME.items():
        changed = re.sub(rf"\b{word}\b", same, changed)
    return changed if changed != text else None


def _swap_sides(text: str, _chance: random.Random) -> str | None:
    match = _COMPARED.search(text)
    if match is None or match["left"] == match["right"]:
        return None
    swapped = match["right"] + match["between"] + match["left"]
    return text[: match.start()] + swapped + text[match.end() :]


def _drop_hedge(text: str, _chance: random.Random) -> str | None:
    changed, count = _MAY.subn("", text, count=1)
    return changed if count else None


def _generalise(text: str, _chance: random.Random) -> str | None:
    def stronger(match: re.Match[str]) -> str:
        return "always" if match[1] in _ALWAYS else "all"

    changed, count = _SOME.subn(stronger, text, count=1)
    return changed if count else None


_CHANGES: dict[Kind, Callable[[str, random.Random], str | None]] = {
    "number": _change_number,
    "negated": _negate,
    "turned": _turn,
    "sides swapped": _swap_sides,
    "hedge dropped": _drop_hedge,
    "generalised": _generalise,
    "paraphrase": _paraphrase,
}
