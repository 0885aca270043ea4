"""Names in a question that no paper has, and the names that they may be misspelled from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from rag.library import Lexicon, Library
from rag.text.names import names_in

_SHORTEST = 6  # letters; of shorter names too many differ in one letter and are two
_LONG = 9  # letters from which on two of them may be wrong
_PAPERS = 20  # that have something like the name, looked at for how they write it
# As difflib compares: 0.93 for "VideMAE" and "VideoMAE", 0.88 for "VidoeMAE", 0.80 for "VideoGPT".
_ALIKE = 0.85
_OFFERED = 3


@dataclass(frozen=True, slots=True)
class Meant:
    """A question as it was probably meant; ``offers`` are the questions where that is not clear."""

    text: str
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spelling:
    """Puts names right that only look like those of papers."""

    library: Library
    lexicon: Lexicon

    def read(self, text: str) -> Meant:
        """Return a question with each unknown name as papers write the one that is like it."""
        offers: list[str] = []
        for name in dict.fromkeys(names_in(text)):
            found = self._like(name)
            if len(found) == 1 and not _is_another(name, found[0]):
                text = _with(text, name, found[0])
            elif found:
                offers += [_with(text, name, one) for one in found]
        return Meant(text, tuple(offers[:_OFFERED]))

    def _like(self, name: str) -> Sequence[str]:
        """Return the names of papers that an unknown one is like, the most frequent first."""
        letters = sum(char.isalpha() for char in name)
        known = self.lexicon.terms(name)
        if letters < _SHORTEST or len(known) != 1 or known[0].papers:
            return ()
        ids = self.lexicon.near(known[0].stem, 2 if letters >= _LONG else 1, k=_PAPERS)
        written = Counter(one for _, text in self.library.texts(ids) for one in set(names_in(text)))
        alike = {one for one in written if _is_alike(name, one)}
        by_letters: Mapping[str, str] = {
            one.casefold(): one for one in sorted(alike, key=lambda one: written[one])
        }
        close = get_close_matches(name.casefold(), by_letters, n=_OFFERED, cutoff=_ALIKE)
        several = {f"{one}s" for one in close}
        return [by_letters[one] for one in close if one not in several]


def _is_alike(name: str, other: str) -> bool:
    """Whether two names begin alike and have the same digits: "ViT2" is not a misspelt "ViT3"."""
    figures = [re.sub(r"\D", "", one) for one in (name, other)]
    return figures[0] == figures[1] and name[0].casefold() == other[0].casefold()


def _is_another(name: str, other: str) -> bool:
    """Whether a letter stands in another's place, as in "VideoMAC", which may well be a name.

    One left out, or two that changed places, is a slip: "VideMAE", "VidoeMAE".
    """
    return len(name) == len(other) and sorted(name.casefold()) != sorted(other.casefold())


def _with(text: str, name: str, other: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda _: other, text)
