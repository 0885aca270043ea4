"""What formats of tags at the start of lines share: how they are told, and what identifiers are."""

from __future__ import annotations

import re

_MOST_PROSE = 2_000  # characters before the first record

# "10.1000/sedat.2019.7", as in "http://dx.doi.org/10.1000/sedat.2019.7"; not "article".
DOI = re.compile(r"10\.\d{4,9}/\S+")
# What a base is called whose numbers are PubMed's: "PubMed", "NLM", "Ovid MEDLINE"; not "Embase".
PUBMED = re.compile(r"pubmed|medline|nlm", re.IGNORECASE)


def begins(head: str, record: re.Pattern[str]) -> bool:
    """Whether a record stands at the start of a text, or after a few lines of something else."""
    match = record.search(head)
    return match is not None and len(head[: match.start()].strip()) <= _MOST_PROSE
