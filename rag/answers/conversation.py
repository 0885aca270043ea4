"""Understands a follow-up by rules: what it refers to, what it goes on about, or that it is new.

Pure. With a model configured the model rewrites follow-ups, and these rules stand in when it fails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from rag.records import Answer, Citation
from rag.text.names import names_in
from rag.text.words import content_stems, content_words

# What announces a new topic: "OK, unrelated: …", "A different question: …", "By the way, …"; not
# "Different models: …", "By the way what …".
_NEW_TOPIC = re.compile(
    r"^\W*(?:(?:ok|okay|thanks|thank you|great|fine|good|alright|now|and|so)\b\W*)*"
    r"(?:(?:on |an? |something |completely |totally )*"
    r"(?:unrelated|different|new|another|other)"
    r"(?: (?:question|topic|subject|matter|note|thing))?|change of (?:subject|topic)|by the way"
    r"|changing (?:the )?(?:subject|topic)|switching (?:topics?|gears|subjects?)|new topic"
    r"|something else)\s*[:,.;–—-]+\s*",
    re.IGNORECASE,
)
# "[3]", "paper 4", "No. 12"; not "layer 3", "papers 4", "[1234]".
_NUMBERED = re.compile(
    r"\[(\d{1,3})\]|\b(?:paper|reference|source|number|no\.)\s+(\d{1,3})\b", re.IGNORECASE
)
_ORDINALS = {
    "first": 0, "former": 0, "second": 1, "latter": -1, "third": 2, "fourth": 3, "fifth": 4,
    "sixth": 5, "last": -1, "final": -1,
}  # fmt: skip
# "the first", "the second one", "the latter of them"; not "first one", "the last layer".
_ORDINAL = re.compile(
    rf"\bthe ({'|'.join(_ORDINALS)})"
    r"(?: (?:one|paper|method|model|approach|work|study|of (?:these|those|them|the two)))?(?=\W|$)"
    r"(?! (?:stage|step|layer|time|order|frame|image|video|token|dataset|large|to)\b)",
    re.IGNORECASE,
)
# "it", "the methods", "And …", "More …" at the start; not "items", "methods", "do more".
_POINTING = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|that|these|those|there|both|such|same|ones?|he|she)\b"
    r"|\bthe (?:paper|method|model|approach|author|dataset|data set|metric|idea|technique|framework"
    r"|work|study|result|two|others?)s?\b"
    r"|^(?:and|but|so|also|what about|how about|why|how so|really|more)\b",
    re.IGNORECASE,
)
# "that" and "it" that point at nothing before: "methods that …", "is it possible to …",
# "is there"; not "does it work", "methods that compare".
_NOT_POINTING = re.compile(
    r"(?<=\w)[ ,]+that (?=\w+s?\b)(?!compare)"
    r"|\b(?:is|was|does|make|makes) it (?:possible|better|take|easier|harder|to)\b"
    r"|\bis there\b|\bare there\b|\bthere (?:is|are)\b",
    re.IGNORECASE,
)
# "it", "Their", "those"; not "the", "items".
_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|this|that|these|those)\b", re.IGNORECASE)
# What can be asked of any paper: a short question of nothing else goes on about the one before, as
# "What limitations?" and "How fast?" do; "video quality" is a topic of its own.
_FACETS = """
        cost costs price limits limitation limitations drawback weakness weaknesses advantage
        advantages benefit benefits result results finding findings accuracy precision recall speed
        latency throughput memory performance efficiency size parameter parameters data dataset
        datasets training inference evaluation experiment experiments baseline baselines benchmark
        benchmarks metric metrics hardware code implementation architecture motivation method
        methods conclusion conclusions detail details example examples figure figures number
        numbers difference differences year venue loss ablation fast slow big large small good
        better new old expensive cheap robust work works compare compared
        """
# What else says nothing of its own when it is asked of papers that were chosen.
_OF_PAPERS = """
        about propose proposed proposes report reported reports use used uses summarize summarise
        summary describe explain tell show idea ideas contribution contributions main key problem
        problems address addressed solve solved author authors paper papers study evaluated differ
        important read why
        """
_SHORT = 3  # content words; fewer may not say what they are about
_TITLES = 2  # papers whose titles are added; an answer from more has no single subject


def standing_alone(question: str, history: Sequence[Answer]) -> str:
    """Return a question as it would be asked without what came before.

    ``history`` is the earlier answers, oldest first. A question that refers to nothing comes back
    as it is, but for an announcement that the topic changes.
    """
    if not history:
        return question
    fresh = _NEW_TOPIC.sub("", question)
    if fresh != question and fresh.strip():
        return fresh
    named = referenced(question, history)
    if named:
        rest = _ORDINAL.sub(" ", _NUMBERED.sub(" ", question))
        return f"{'; '.join(dict.fromkeys(c.title for c in named))}: {' '.join(rest.split())}"
    if not _refers_back(question):
        return question
    # A follow-up that names something new ("And I-ViT?") is not drowned in the old paper's title.
    points = bool(_PRONOUN.search(question))
    return " ".join([question, *_topic(history, titles=points or not _names_something(question))])


def of_papers(question: str, names: Sequence[str]) -> str:
    """Return a question that is asked of papers that were chosen, as it would be asked by name.

    One that says what it is about ("Is dropout used?") comes back as it is, so that it can still be
    refused; "What results are reported?" alone could be asked of any paper.
    """
    if not names or _names_something(question):
        return question
    stems = {stem for _, stem in content_words(own_words(question))}
    if not stems <= _facets() | _said_of_any():
        return question
    return f"{question} {'; '.join(names)}"


def referenced(question: str, history: Sequence[Answer]) -> list[Citation]:
    """Return the papers that a question names by number or place, a citation of each.

    ``[3]`` is the number that a paper has in the conversation; "the second one" counts the papers
    of the last answer that has so many.
    """
    found: list[Citation] = []
    numbers = {int(match[1] or match[2]) for match in _NUMBERED.finditer(question)}
    by_number = {c.number: c for answer in history for c in answer.citations}
    found += [by_number[number] for number in sorted(numbers) if number in by_number]
    for match in _ORDINAL.finditer(question):
        place = _ORDINALS[match[1].lower()]
        for answer in reversed(history):
            papers = list({c.paper_id: c for c in reversed(answer.citations)}.values())
            papers.sort(key=lambda c: answer.citations.index(_first(answer, c.paper_id)))
            if len(papers) > max(place, 1):  # "the first" of one paper is no choice
                found.append(papers[place])
                break
    return found


def own_words(question: str) -> str:
    """Return a question without what points back, or announces that the topic changes."""
    return _POINTING.sub(" ", _ORDINAL.sub(" ", _NUMBERED.sub(" ", _NEW_TOPIC.sub("", question))))


def _first(answer: Answer, paper_id: str) -> Citation:
    return next(c for c in answer.citations if c.paper_id == paper_id)


def _refers_back(question: str) -> bool:
    if _POINTING.search(_NOT_POINTING.sub(" ", question)):
        return True
    stems = {stem for _, stem in content_words(question)}
    return len(stems) < _SHORT and stems <= _facets() and not _names_something(question)


@cache
def _facets() -> frozenset[str]:
    return frozenset(content_stems(_FACETS))


@cache
def _said_of_any() -> frozenset[str]:
    return frozenset(content_stems(_OF_PAPERS))


def _names_something(question: str) -> bool:
    """Whether a question has a name, or a word with a capital that does not begin a sentence."""
    return bool(names_in(question, capitalised=True))


def _topic(history: Sequence[Answer], *, titles: bool) -> list[str]:
    """Return what a follow-up goes on about.

    That is the questions back to one that stands alone, and the papers the last answer settled on.
    """
    questions: list[str] = []
    for place in range(len(history) - 1, -1, -1):
        earlier = history[place].question
        alone = standing_alone(earlier, history[:place]) if place else earlier
        if alone == earlier or not place:
            questions.append(earlier)
            break
        if not _refers_back(earlier):
            questions.append(alone)
            break
    named = list(dict.fromkeys(c.title for c in history[-1].citations))
    return [*questions, *(named if titles and len(named) <= _TITLES else [])]
