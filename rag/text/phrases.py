"""The phrases that a text is about: runs of content words, stemmed, without those of the genre."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from rag.text.names import is_name
from rag.text.readable import readable
from rag.text.words import STOP_WORDS, word_pairs

LONGEST = 3  # words of a phrase; a hyphenated word is one

# What tells that a text is an abstract, whatever it is about: the words of its moves (problem,
# proposal, result, release), of praise, and of counting. They count with all their forms, so words
# whose stem a topic may share are left out ("objective": object, "optimal": optimization).
_GENRE = """
    ability accuracy accurate achieve actual add additional address adopt advance advantage
    aforementioned aim allow almost already alternative amount analogous application apply
    approach appropriate arbitrary article aspect attain attempt author available average aware
    base baseline basic become believe benefit best better beyond brief bring broad call capable
    careful case certain challenge clear close codebase collect combine common comparable compare
    compelling competitive concern consider considerable constitute contribute conventional core
    corresponding create critical crucial current date deal demand demonstrate describe design
    despite detail develop difference different difficult directly discuss distinct due easy
    effect effective efficacy efficient effort employ enable end end-to-end enhance ensure entire
    especially essential establish evaluate even evidence examine example exceed excellent
    exhibit exist expensive experiment experimental experiments extend extensive facilitate fact
    fail far fast faster finally find first firstly flexible focus four framework full
    fundamental furthermore future gain gap general github good great grow handle hard help hence
    high high-quality hinder hold however https idea ideal impact implementation implication
    important impressive improve include incorporate increase indicate individual inspire
    instance instead intensive introduce investigate involve issue key kind lack large
    large-scale last later latest lead less level leverage like limit little long low main
    maintain major make manner many meanwhile method methodology might million minimal mitigate
    modern moreover multiple naive name namely necessary need nevertheless new next notable novel
    number numerous observe obtain offer often open-source opportunity order original otherwise
    outperform overall overcome page paper paradigm particular past perform plausible play
    plug-and-play popular possible potential power practical practice present preserve previous
    primary principle prior problem produce prominent promising promote proper propose prove
    provide public purpose range rapid rate reach ready real real-world realistic recent reduce
    release reliable rely remain remarkable report require researcher respectively result reveal
    rich rigorous role run scenario scheme scope second secondly seek serve set several severe
    shortcoming show showcase significant similar simple simply simultaneous single size slight
    small solution solve sota special specific stage standard start state-of-the-art still
    straightforward strategy strong study subsequent substantial success successful suffer
    sufficient suggest suitable superior surpass systematic tackle take technical technique term
    thereby therefore third three times today together topic total towards traditional true try
    two type typical unclear unified unique unlike unprecedented useful usual utilize valid
    validate valuable various verify version vital way well whereas wide work worse year yield
    zero
"""
# Words that name something together with another one ("language model"), but not by themselves.
_COMPANY = """
    analysis area behavior benchmark code concept cost data dataset deep deeper delve development
    evaluation explore group integration interest knowledge large learn measure model natural
    procedure process project question reduction research review run search series source support
    survey system task test time train user variable view
"""

# "text-to-video", "audio/video", "K400" are a word each; not "2-stage", "vision--language".
_TOKEN = re.compile(r"[^\W\d_]\w*(?:[-/][^\W_]\w*)*|\S")


def phrases(text: str) -> Iterator[tuple[str, str]]:
    """Yield ``(stemmed, as written)`` for every phrase of one to ``LONGEST`` words of a text.

    A phrase never crosses punctuation, a stop word, a number, or a word of the genre ("novel",
    "experiments"). A hyphenated word ("text-to-video") counts as one.
    """
    run: list[str] = []
    for match in _TOKEN.finditer(readable(text)):
        if _carries(token := match.group()):
            run.append(token if is_name(token) else token.lower())
        else:
            yield from _within(run)
            run.clear()
    yield from _within(run)


def parts(phrase: str) -> frozenset[str]:
    """Return the stems that a stemmed phrase is made of."""
    return frozenset(re.split(r"[ -]", phrase))


def _carries(token: str) -> bool:
    if len(token) < 3 or not token[0].isalpha() or token.lower() in STOP_WORDS:
        return False
    return _stem(token) not in _stems(_GENRE)


def _within(run: list[str]) -> Iterator[tuple[str, str]]:
    stemmed = [_stem(token) for token in run]
    for start in range(len(run)):
        for end in range(start + 1, min(start + LONGEST, len(run)) + 1):
            if not _stems(_COMPANY).issuperset(stemmed[start:end]):
                yield " ".join(stemmed[start:end]), " ".join(run[start:end])


@lru_cache(maxsize=50_000)
def _stem(token: str) -> str:
    return "-".join(stem for _, stem in word_pairs(token))


@cache
def _stems(listed: str) -> frozenset[str]:
    return frozenset(map(_stem, listed.split()))
