"""Tells which language a text is in, or says nothing where it cannot be told. Pure.

By its script, and between languages of the Latin script by their function words: questions here are
short and full of names, which says nothing to statistical detectors, and a wrong guess costs a
request to a model and a mark. No function word, no answer. On the 929 sentences of the packaged
papers and 220 English questions and topics no other language is told.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

ENGLISH = "en"

NAMES: Mapping[str, str] = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "pl": "Polish",
    "sv": "Swedish",
    "tr": "Turkish",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
    "ru": "Russian",
    "ar": "Arabic",
    "he": "Hebrew",
    "hi": "Hindi",
    "th": "Thai",
    "el": "Greek",
}

# How Unicode's names of letters begin, and the language that a text in them is taken for.
_SCRIPTS = {
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CYRILLIC": "ru",
    "ARABIC": "ar",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "THAI": "th",
    "GREEK": "el",
}
# Share of a text's letters from which on another script is its language: names stay Latin, and one
# sign of a Chinese or Korean text says as much as two or three letters. Greek letters are symbols.
_SHARE = 0.2
_SHARE_OF_SYMBOLS = 0.5
_LETTERS = 3  # fewer are a name or a symbol

# Words of grammar that stand in nearly every sentence; those of two languages count for both, but
# those that English texts have too ("a", "as", "per", "com" of an address) for none.
_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the of and to is are was were what which how does do did that this these those "
        "with for from by it its we our they their has have had can be been on at as an "
        "not or than who why when where there between into both but if such in",
        "de": "der die das den dem des und ist sind wie welche welcher welches wird werden was "
        "habe wurde wurden ein eine einen einem einer für mit von zu auf nicht auch sich bei im "
        "als es wir durch wer warum zwischen über gibt hat haben kann oder aus nach zum zur "
        "viele bessere besser",
        "fr": "le les des du une et sont que qui quel quelle quels quelles dans la de comment "
        "leur leurs nos combien avons pour avec sur ce cette ces il elle nous ne pas au aux "
        "pourquoi entre ont été être comme",
        "es": "el los las del una y es que qué cuál cuáles cómo para por este esta la de en "
        "cuántos cuántas tiene tienen fue estos estas más su sus entre cuando dónde quién "
        "hay han ser como lo",
        "it": "il lo gli le dei delle della del dello una e è sono che chi quale quali la di i "
        "nei su da questo questa nel nella più tra perché dove hanno essere alla",
        "pt": "um uma e é são que qual quais como em nos nas para por este esta de tem foram não "
        "mais entre quando onde quem há foi ser da dos das ao pela pelo",
        "nl": "het een zijn wat welke hoe wordt worden voor met op te niet ook bij als de werd "
        "wij wie waarom tussen heeft hebben kan uit naar dat deze dit er",
        "pl": "w z jest są co jaki jaka jakie jak się nie dla od przez który która które czy na "
        "oraz po ten ta między kto gdzie dlaczego",
        "sv": "och är som vad vilken vilka hur för med av på inte att det den ett från till vi de "
        "mellan varför kan har eller när",
        "tr": "ve bir bu için ile ne nasıl hangi olan olarak daha da mi mı neden arasında gibi "
        "çok kadar",
    }.items()
}
_WORD = re.compile(r"[^\W\d_]+")
# Function words of another language than English, and their share of all words, from which on it is
# that language.
_LEAST = 2
_PART = 0.15


def language_of(text: str) -> str:
    """Return the language of a text as its ISO 639-1 code, empty where it cannot be told.

    "Wie viele Parameter hat VideoMAE V2?" is German, "VideoMAE V2" is nothing.
    """
    letters = [char for char in text if char.isalpha()]
    scripts = Counter(_script(char) for char in letters if not char.isascii())
    scripts.pop("", None)
    for language, count in _read_by_script(scripts):
        share = _SHARE_OF_SYMBOLS if language == "el" else _SHARE
        if count >= _LETTERS and count >= share * len(letters):
            return language
    words = _WORD.findall(text.lower())
    counts = {one: sum(word in known for word in words) for one, known in _WORDS.items()}
    best = max(counts, key=lambda one: counts[one])  # the first, English, of equal ones
    if best == ENGLISH:
        return best if counts[best] else ""
    # "Les déchets plastiques": one is enough beside an accent, where nothing is English.
    least = 1 if not counts[ENGLISH] and not text.isascii() else _LEAST
    return best if counts[best] >= max(least, _PART * len(words)) else ""


def differ(one: str, other: str) -> bool:
    """Whether two texts are surely in two languages."""
    mine, theirs = language_of(one), language_of(other)
    return bool(mine and theirs) and mine != theirs


def _read_by_script(scripts: Counter[str]) -> list[tuple[str, int]]:
    """Return the languages of scripts, most letters first; beside kana, Han is Japanese."""
    found = dict(scripts)
    if "ja" in found and "zh" in found:
        found["ja"] += found.pop("zh")
    return sorted(found.items(), key=lambda pair: -pair[1])


def _script(char: str) -> str:
    name = unicodedata.name(char, "")
    return next((code for start, code in _SCRIPTS.items() if name.startswith(start)), "")
