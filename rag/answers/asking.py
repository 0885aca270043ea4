"""Reads which single facts a question asks for: counts, measures, names, records. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.answers.values import Kind, Value, alike, gives
from rag.records import Answer
from rag.search import WORKS
from rag.text.names import names_in
from rag.text.words import content_stems

_ENDS = (
    r"(?=\s+(?:is|are|was|were|be|been|do|does|did|has|have|had|can|could|will|would|should|in|on"
    r"|for|of|at|to|from|with|by|per|that|which|and|or|it|they|we|you|the|a|an|needed|used|required"
    r"|went|took|take|make|made|get|gets|got|reach|reaches|it's|its|per)\b|\s*[?,.;:]|\s*$)"
)
_NOT_BEHIND = r"(?<!\bof )(?<!\babout )(?<!\bon )"  # "takes account of how much is wanted"
# "how many GPUs", "how many fine-tuned models", "by how many percentage points".
_COUNT = re.compile(
    rf"{_NOT_BEHIND}\bhow many(?: of the| different| more| other)?((?:\s+[\w'-]+){{0,5}}?){_ENDS}",
    re.IGNORECASE,
)
# "number of QA pairs in AVBench?" by itself; not "reducing the number of tokens".
_NUMBER_OF = re.compile(
    rf"^\W*(?:the )?(?:total )?number of((?:\s+[\w'-]+){{1,4}}?){_ENDS}", re.IGNORECASE
)
# "what did it cost to", "how much does X cost"
_COSTS = re.compile(r"\bwhat (?:did|does|do|would)\b[^?]{2,80}\bcosts?\b", re.IGNORECASE)
_TIMES = re.compile(
    r"\bhow many times\b(?: (?:smaller|faster|fewer|larger|more|less|cheaper|as))", re.IGNORECASE
)
# "how much faster", "how much memory", "how large", "how long".
_MUCH = re.compile(
    _NOT_BEHIND
    + r"\bhow (much|fast|big|large|small|long|accurate|high|deep|far)\b((?:\s+[\w-]+){0,3}?)"
    + _ENDS,
    re.IGNORECASE,
)
# A word before a noun: no verb, mostly, as "was", "and" and "helps" are.
_WORD = r"(?!(?:is|was|are|were|do|does|did|and|or)\b|[a-z]+[^s\W]s\b)[\w.'-]+"
_MEASURES = (
    r"(?:accurac(?:y|ies)|R(?:ecall)?@\d+|J&F|error(?: rates?)?|rates?|scores?|fps|mAP"
    r"|mIoU|IoU|FID|FVD|PSNR|SSIM|BLEU"
    r"|AUC|AUROC|F1|precision|recall|speed-?ups?|latency|throughput|size|resolution|number|count"
    r"|length|duration|percentage|share|fraction|ratio|proportion|cost|budget|depth|width|dropout"
    r"|temperature|threshold|learning rate|weight decay|improvements?|gains?|reduction|frame rate"
    r"|figures?|price|distance|margin|value|bit-?width)"
)
# "what top-1 accuracy", "which learning rate", "what is the batch size"; not "what is accuracy".
_WHAT_MEASURE = re.compile(
    rf"\b(?:what|which)(?:(?:['’]s|\s+(?:is|was|are|were))\s+the)?\s+"
    rf"((?:{_WORD}\s+){{0,3}}?{_MEASURES})\b(?!-)",
    re.IGNORECASE,
)
_NAMED = (
    r"(?:gpus?|tpus?|fpga|boards?|devices?|hardware|chips?|processors?|accelerators?|phones?"
    r"|optimi[sz]ers?|schedulers?|backbones?|encoders?|decoders?|tokeni[sz]ers?|language models?"
    r"|llms?|teachers?|loss(?: functions?)?|activations?|programming language|toolkits?|compilers?"
    r"|licen[cs]es?|codecs?|countr(?:y|ies)|hospitals?|universit(?:y|ies)|institutions?"
    r"|compan(?:y|ies)|cit(?:y|ies)|data ?sets?|corpus|corpora|benchmarks?|softwares?|databases?"
    r"|journals? )"
)
# "which FPGA board", "what five benchmark datasets", "with what backbone"; not "which datasets are
# used to train" with nothing named.
_WHICH_NAME = re.compile(
    rf"\b(?:what|which)\s+((?:{_WORD}\s+){{0,3}}?{_NAMED}(?:\s+{_NAMED})*)\b(?!-)", re.IGNORECASE
)
# "which games were the encoders evaluated on", "what phones was it tested with"
_WHICH_USED = re.compile(
    r"\b(?:what|which)\s+((?:[\w.'-]+\s+){0,3}?[\w-]+)\s+(?:was|were|is|are|did|does|do|has|have)\s"
    r"[^,?]{2,100}?\b(?:(?:evaluated|tested|trained|run|measured|implemented|collected|recorded"
    r"|deployed|conducted|sampled|drawn|validated)\b|\w+ (?:on|for|in|with|from|at|to)\W*$)",
    re.IGNORECASE,
)
_WHERE = re.compile(
    r"\bwhere (?:did|do|does|was|were|are|is|have)\b((?:\s+[\w'-]+){1,12})", re.IGNORECASE
)
# "who wrote", "the authors of X", "what year", "when was X published", "which journal published",
# "who proposed X and when"; not "who proposed X".
_RECORD = re.compile(
    r"\bwho (?:wrote|are the authors|is the (?:first |last )?author|authored|published)\b"
    r"|\bwho \w+ed\b[^?]{1,80}\band (?:when|in (?:what|which) year|where)\b"
    r"|^\W*(?:what|which) year\b|\bin (?:what|which) year\b|\bauthors? of\b"
    r"|\bwhen (?:was|were|did) .*(?:published|released|appear|written|come out)\b"
    r"|\b(?:what|which) (?:journal|venue|conference)\b.*\b(?:appear|publish|present)",
    re.IGNORECASE,
)
# "who made X", "who introduced X".
_ORIGIN = re.compile(
    r"\bwho (?:made|created|developed|proposed|introduced|built|invented)\b", re.IGNORECASE
)
_WORK = re.compile(rf"\b{WORKS}$", re.IGNORECASE)
_GENERAL = frozenset({"number", "count", "valu", "figur", "amount", "size", "score"})
# What "how fast" and the like are told in.
_TOLD_IN = {
    "fast": "fps speedup second",
    "big": "parameter size image video hour sample",
    "large": "parameter size image video hour sample",
    "small": "parameter size",
    "long": "second minute hour day week frame length month year",
    "accurate": "accuracy error",
}


def values_asked(question: str) -> tuple[Value, ...]:
    """Return the single facts that a question asks for, in its order; mostly none."""
    if match := _RECORD.search(question):
        return (Value("record", match.group()),)
    if match := _ORIGIN.search(question):
        return (Value("origin", match.group()),)
    found: dict[int, Value] = {}
    for pattern, make in _ASKING:
        for match in pattern.finditer(question):
            value = make(match)
            before = found.get(match.start())
            if value and (before is None or (before.of_named and not value.of_named)):
                found[match.start()] = value
    values: list[Value] = []
    for place, value in sorted(found.items()):
        if value.kind == "count" and not value.nouns and values:  # "…, and how many were used?"
            values.append(replace(value, nouns=values[-1].nouns, place=place))
        else:
            values.append(replace(value, place=place))
    return tuple(values)


def is_told_first(answer: Answer) -> bool:
    """Whether the first sentence of an answer gives the one fact that its question asks for.

    False where it is all of the answer, and where something had to be said of it, such as that a
    value is not given.
    """
    values = values_asked(answer.question)
    if len(values) != 1 or len(answer.claims) < 2 or answer.notice:
        return False
    names = names_in(answer.question)
    return gives(values[0], answer.claims[0].text, not_names=names)


# -- what each way of asking asks for --------------------------------------------------------------


def _times(match: re.Match[str]) -> Value:
    return Value("ratio", _lower(match.group()))


def _costs(_match: re.Match[str]) -> Value:
    return Value("measure", "what it costs", alike(["cost"]))


def _count(match: re.Match[str]) -> Value:
    stems = content_stems(match.group(1))
    behind = match.string[match.end() :].lstrip()
    if behind.startswith("per second") or "fps" in stems:
        return Value("measure", "how many frames per second", frozenset({"fps"}))
    if not stems:
        return Value("count", "how many")
    if {"percentag", "point"} & set(stems):
        return Value("ratio", _lower(match.group()))
    return Value("count", f"how many {match.group(1).strip()}", alike(stems[-1:]))


def _much(match: re.Match[str]) -> Value:
    how, rest = match.group(1).lower(), match.group(2).strip()
    stems = content_stems(rest)
    if how == "much" and stems:
        # "how much memory" wants memory, "how much faster" any figure that compares.
        compares = rest.split()[-1].lower().endswith(("er", "better", "more", "less"))
        kind: Kind = "ratio" if compares else "measure"
        return Value(kind, _lower(match.group()), alike(stems[-1:]))
    nouns = content_stems(_TOLD_IN.get(how, ""))
    return Value("measure", _lower(match.group()), alike(nouns))


def _measure(match: re.Match[str]) -> Value:
    phrase, said = f"what {match.group(1)}", content_stems(match.group(1))
    if said and said[-1] in ("number", "count"):
        rest = [stem for stem in said if stem not in _GENERAL]
        return Value("count", phrase, alike(rest[-1:]))
    if said[-2:] in _PAIRS:
        return Value("measure", phrase, frozenset(), frozenset(said[-2:]))
    return Value("measure", phrase, alike(said[-1:]))


def _name(match: re.Match[str]) -> Value:
    stems = content_stems(match.group(1))
    return Value("name", f"which {match.group(1)}", alike(stems[-1:]), of_named=True)


def _used(match: re.Match[str]) -> Value | None:
    if _WORK.search(match.group(1)) or not content_stems(match.group(1)):
        return None
    return replace(_name(match), of_named=False)


def _where(match: re.Match[str]) -> Value:
    return Value("source", "where that is from", frozenset(content_stems(match.group(1))))


_PAIRS = [
    content_stems(pair) for pair in ("learning rate", "weight decay", "batch size", "patch size")
]
_ASKING: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], Value | None]]] = (
    (_TIMES, _times),
    (_NUMBER_OF, _count),
    (_COSTS, _costs),
    (_COUNT, _count),
    (_MUCH, _much),
    (_WHAT_MEASURE, _measure),
    (_WHICH_NAME, _name),
    (_WHICH_USED, _used),
    (_WHERE, _where),
)


def _lower(phrase: str) -> str:
    """Put a phrase as it stands within a sentence: "How many GPUs" → "how many GPUs"."""
    plain = phrase.strip()
    return plain[:1].lower() + plain[1:]
