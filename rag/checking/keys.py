"""Finds the papers that citation keys mean."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.library import Library
from rag.records import Paper
from rag.text import export

# As exports make them: "wang2023videomae-1a2b"; not "wang2023", "smith-2023".
_MADE = re.compile(r".+-[0-9a-f]{4}")


def papers_by_key(library: Library, keys: Iterable[str]) -> dict[str, Paper]:
    """Return the papers of keys: their own, those that exports make, ids, DOIs and arXiv numbers.

    Keys are compared to the letter first, then without case. One that several papers have means
    none of them.
    """
    wanted = list(dict.fromkeys(keys))
    found = library.shelf.named(wanted)
    made = {key for key in wanted if key not in found and _MADE.fullmatch(key)}
    if made:
        for paper in library.each_paper():
            if (key := export.key(paper)) in made:
                found[key] = paper
    return found
