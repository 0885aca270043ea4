"""The words of a text and their stems, the way the word index sees them."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from rag.text.fold import in_words

if TYPE_CHECKING:
    import tantivy


# Words that carry no topic in a question: English function words, the verbs of asking, and the
# words for what every document here is.
STOP_WORDS = frozenset(
    """a about above after again against all also am among an and any are around as at be because
    been before being below between both but by can cannot could did do does doing done down during
    each either else etc ever every few for from further get gets getting give given gives go got
    had has have having he her here hers him his how however i if in instead into is it its itself
    just let like made make makes making many may me might mine more most much must my near neither
    no nor not now of off on once one only onto or other others our ours out over own per please
    put puts quite rather really s same say says shall she should show shows since so some such t
    tell than that the their theirs them then there these they thing things this those though
    through thus to too toward towards under until up upon us use used uses using very via was way
    we were what when where whether which while who whom whose why will with within without would
    yet you your yours somebody someone anybody anyone everybody everyone nobody something
    anything everything nothing somewhere anywhere somehow anyway actually basically maybe perhaps
    want wants wanted wanting try tries tried trying look looks looked looking hold holds holding
    rid happen happens happened lot lots bit ways kinds sorts know knows
    paper papers abstract abstracts author authors""".split()
)


_SAME = 0.8  # of the content words of a sentence, in another that says the same
_FEW = 3  # content words; fewer say the same by chance


def word_pairs(text: str) -> list[tuple[str, str]]:
    """Return the words of a text as ``(word, stem)`` in order, the way the index sees them."""
    cut = in_words(text)
    plain = _analyzer(stemmed=False).analyze(cut)
    return list(zip(plain, _analyzer(stemmed=True).analyze(cut), strict=True))


def content_words(text: str) -> list[tuple[str, str]]:
    """Return ``(word, stem)`` of the words that carry a topic, each stem once."""
    kept: dict[str, str] = {}
    for word, stem in word_pairs(text):
        if word not in STOP_WORDS:
            kept.setdefault(stem, word)
    return [(word, stem) for stem, word in kept.items()]


def share_a_word(one: str, other: str) -> bool:
    """Whether two texts have a word in common that carries a topic, in any of its forms."""
    return not set(content_stems(one)).isdisjoint(content_stems(other))


def say_the_same(one: str, other: str) -> bool:
    """Whether nearly all content words of the shorter of two sentences stand in the other."""
    ours, theirs = set(content_stems(one)), set(content_stems(other))
    shorter = min(len(ours), len(theirs))
    return shorter >= _FEW and len(ours & theirs) >= _SAME * shorter


def content_stems(text: str) -> list[str]:
    """Return the stems of the words that carry a topic, in order, repeated as they stand."""
    return [stem for word, stem in word_pairs(text) if word not in STOP_WORDS]


@lru_cache(maxsize=20_000)  # about 2,000 papers' sentences
def stem_set(text: str) -> frozenset[str]:
    """Return the stems of a text's words, function words included."""
    return frozenset(stem for _, stem in word_pairs(text))


@cache
def _analyzer(*, stemmed: bool) -> tantivy.TextAnalyzer:
    """Return tantivy's ``en_stem`` analysis (long words dropped alike), or the same unstemmed."""
    import tantivy

    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(40))
        .filter(tantivy.Filter.lowercase())
    )
    return (builder.filter(tantivy.Filter.stemmer("English")) if stemmed else builder).build()
