"""Identifiers: every form that people copy, and what is none."""

from __future__ import annotations

import pytest

from rag.errors import InputError
from rag.intake.services.identifiers import parse


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("10.1000/x", "doi:10.1000/x"),
        (" 10.1000/X. ", "doi:10.1000/x"),
        ("doi:10.1000/x(1)", "doi:10.1000/x(1)"),
        ("DOI: 10.1000/x", "doi:10.1000/x"),
        ("https://doi.org/10.1000/x", "doi:10.1000/x"),
        ("http://dx.doi.org/10.1000%2Fx", "doi:10.1000/x"),
        ("10.1002/(SICI)1-8:1<6::AID>3.0.CO;2-2", "doi:10.1002/(sici)1-8:1<6::aid>3.0.co;2-2"),
        ("10.48550/arXiv.2303.16727", "arxiv:2303.16727"),
        ("https://doi.org/10.48550/arXiv.2303.16727", "arxiv:2303.16727"),
        ("arxiv:2303.16727v2", "arxiv:2303.16727v2"),
        ("arXiv: 2303.16727", "arxiv:2303.16727"),
        ("2303.16727", "arxiv:2303.16727"),
        ("0704.0001", "arxiv:0704.0001"),
        ("https://arxiv.org/abs/2303.16727", "arxiv:2303.16727"),
        ("http://arxiv.org/pdf/2303.16727v1.pdf", "arxiv:2303.16727v1"),
        ("cs/0112017", "arxiv:cs/0112017"),
        ("https://arxiv.org/abs/math.GT/0309136v1", "arxiv:math.gt/0309136v1"),
        ("pmid:123", "pmid:123"),
        ("PMID 29456894", "pmid:29456894"),
        ("https://pubmed.ncbi.nlm.nih.gov/29456894/", "pmid:29456894"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/29456894", "pmid:29456894"),
    ],
)
def test_forms(given: str, read: str) -> None:
    assert str(parse(given)) == read


@pytest.mark.parametrize(
    "given",
    [
        "",
        "library.bib",
        "10.1/x",
        "10.1000/",
        "10.1000/a b",
        "2313.16727",  # there is no month 13
        "https://arxiv.org/list/cs.CV/new",
        "https://example.org/10.1000/x",
        "PMC123",
        "pmid:0",
        "zotero:",
    ],
)
def test_anything_else_is_named(given: str) -> None:
    with pytest.raises(InputError, match="is no identifier; write a DOI") as error:
        parse(given)
    assert repr(given) in str(error.value)


def test_a_bare_number_is_asked_back() -> None:
    with pytest.raises(InputError, match="'123' is no identifier; write pmid:123"):
        parse("123")
