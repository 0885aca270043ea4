"""Reads the identifiers that name a paper: DOI, arXiv id, PubMed id, and their addresses. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from rag.errors import InputError

Kind = Literal["doi", "arxiv", "pmid"]

# "2303.16727", "2303.16727v2", "cs/0112017", "math.GT/0309136v1"; not "2313.16727", "10.1000/x".
_ARXIV = (
    r"(?P<arxiv>\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}(?:v\d{1,3})?"
    r"|[a-z-]+(?:\.[a-z]{2})?/\d{2}(?:0[1-9]|1[0-2])\d{3}(?:v\d{1,3})?)"
)
# As in "arXiv:2303.16727", "https://arxiv.org/abs/cs/0112017" or arXiv's own DOI, as in
# "10.48550/arXiv.2303.16727"; not "https://arxiv.org/list/cs.CV/new".
_OF_ARXIV = re.compile(
    r"(?:arxiv:\s*|https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/"
    r"|(?:doi:\s*|https?://(?:dx\.|www\.)?doi\.org/)?10\.48550/arxiv\.)?"
    rf"{_ARXIV}(?:\.pdf)?/?",
    re.IGNORECASE,
)
# As in "10.1000/x", "doi:10.1000/x", "https://doi.org/10.1000/x"; not "10.1/x", "10.1000/a b".
_OF_DOI = re.compile(
    r"(?:doi:\s*|https?://(?:dx\.|www\.)?doi\.org/)?(?P<doi>10\.\d{4,9}/[^\s\"]+)",
    re.IGNORECASE,
)
# "pmid:123", "PMID 123", "https://pubmed.ncbi.nlm.nih.gov/123/"; not "123", "PMC123".
_OF_PUBMED = re.compile(
    r"(?:pmid:?\s*|https?://(?:pubmed\.ncbi\.nlm\.nih\.gov|www\.ncbi\.nlm\.nih\.gov/pubmed)/)"
    r"(?P<pmid>[1-9]\d{0,8})/?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """What names a paper: of which kind it is, and itself without what stands around it."""

    kind: Kind
    value: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


def parse(text: str) -> Identifier:
    """Read an identifier.

    Raises:
        InputError: it is none that is known.
    """
    given = text.strip()
    plain = unquote(given) if given.lower().startswith("http") else given
    if match := _OF_ARXIV.fullmatch(plain):
        return Identifier("arxiv", match["arxiv"].lower())
    if match := _OF_DOI.fullmatch(plain):
        return Identifier("doi", match["doi"].rstrip(".,;").lower())
    if match := _OF_PUBMED.fullmatch(plain):
        return Identifier("pmid", match["pmid"])
    if given.isdigit():
        raise InputError(f"{text!r} is no identifier; write pmid:{given} for a PubMed id")
    raise InputError(
        f"{text!r} is no identifier; write a DOI (10.1000/x), an arXiv id (arxiv:2303.16727), "
        "a PubMed id (pmid:123), or the address of one"
    )
