"""EndNote's tagged text: values over several lines, and where identifiers stand."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.intake import readers
from rag.intake.readers import refer
from rag.intake.readers.raw import HEAD, Fault, Raw, Source
from rag.intake.readers.sources import held

WHOLE = """%0 Journal Article
%T Growth of Acropora at 30 °C
%A Svensson, Karin
%A van der Meer, P.
%J Coral Reefs
%V 12
%P 1-9
%@ 0001-1
%D 2024
%R doi:10.1000/reef.1
%X Reefs grow slowly.
Heat slows them by 12%.
%K reefs; heat
corals
%M 38100001
%W PubMed
%U https://example.org/reefs
"""


def read(text: str) -> list[Raw | Fault]:
    data = text.encode()
    return list(refer.read(Source("x", lambda: io.BytesIO(data), "utf-8", head=text[:HEAD])))


def one(inside: str) -> Raw:
    (found,) = read(f"%0 Journal Article\n{inside}")
    assert isinstance(found, Raw), found
    return found


def test_a_record() -> None:
    (found,) = read(WHOLE)
    assert isinstance(found, Raw)
    assert found.title == "Growth of Acropora at 30 °C"
    assert found.authors == ("Svensson, Karin", "van der Meer, P.")
    assert found.abstract == "Reefs grow slowly.\nHeat slows them by 12%."
    assert (found.year, found.venue, found.pmid) == ("2024", "Coral Reefs", "38100001")
    assert (found.doi, found.url) == ("10.1000/reef.1", "https://example.org/reefs")
    assert found.keywords == ("reefs", "heat", "corals")


@pytest.mark.parametrize("gap", ["", "\n", "\n\n"])
def test_it_is_told_by_what_it_holds_and_becomes_papers(gap: str) -> None:
    body = WHOLE + gap + WHOLE.replace("Growth", "Death").replace("\n", "\r\n")
    source = held("any.txt", body.encode())
    assert isinstance(source, Source)
    assert readers._format_of(source) is refer
    (reading,) = readers._pieces(source, refer)
    assert [paper.title[:6] for paper in reading.papers] == ["Growth", "Death "]
    assert reading.papers[0].authors == ("Karin Svensson", "P. van der Meer")
    assert not reading.problems


@pytest.mark.parametrize(
    ("inside", "field", "right"),
    [
        ("%T A\n%B Proceedings\n", "venue", "Proceedings"),
        ("%B A Book\n", "title", "A Book"),
        ("%B A Book\n", "venue", ""),
        ("%T A\n%E Lee, Ann\n", "authors", ("Lee, Ann",)),
        ("%T A\n%M WOS:1\n%W Medline\n", "pmid", ""),
        ("%T A\n%M 123\n", "pmid", ""),
        ("%T A\n%U https://doi.org/10.1000/x\n", "doi", "10.1000/x"),
        ("%T 50 % more\n", "title", "50 % more"),
    ],
)
def test_what_stands_elsewhere(inside: str, field: str, right: object) -> None:
    assert getattr(one(inside), field) == right


def test_nothing_but_a_type_is_a_fault() -> None:
    first, second = read("%0 Book\n\n%0 Book\n%T A\n")
    assert isinstance(first, Fault)
    assert isinstance(second, Raw)
    assert second.line == 3


@pytest.mark.parametrize(
    "text", ["% a comment\n% of TeX\n", "%0\t5\n%1\t6\n", "50%0 A\n", "%PDF-1.4\n%T x"]
)
def test_what_is_something_else(text: str) -> None:
    assert not refer.sniff(text)


@given(st.text(alphabet="%0TAXZ \n@a", max_size=300))
def test_nothing_breaks_the_reader(text: str) -> None:
    read(text)
    refer.sniff(text)
