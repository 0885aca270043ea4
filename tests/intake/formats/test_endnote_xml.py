"""EndNote's XML: styled texts, identifiers where EndNote keeps them, and what is broken."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.intake import readers
from rag.intake.readers import endnote_xml
from rag.intake.readers.raw import HEAD, Fault, Raw, Source
from rag.intake.readers.sources import held

PROLOG = '<?xml version="1.0" encoding="UTF-8" ?><xml><records>'


def read(text: str) -> list[Raw | Fault]:
    data = text.encode()
    return list(endnote_xml.read(Source("x", lambda: io.BytesIO(data), "utf-8", head=text[:HEAD])))


def styled(text: str) -> str:
    return f'<style face="normal" font="default" size="100%">{text}</style>'


def record(inside: str) -> str:
    return (
        '<record><database name="My.enl" path="/My.enl">My.enl</database>'
        '<source-app name="EndNote" version="20.6">EndNote</source-app><rec-number>7</rec-number>'
        f'<ref-type name="Journal Article">17</ref-type>{inside}</record>'
    )


def one(inside: str) -> Raw:
    (found,) = read(f"{PROLOG}{record(inside)}</records></xml>")
    assert isinstance(found, Raw), found
    return found


WHOLE = (
    f"<contributors><authors><author>{styled('Svensson, Karin')}</author><author>"
    f"{styled('van der Meer, P.')}</author><author>{styled('World Health Organization,')}</author>"
    f"</authors></contributors><titles><title>{styled('Growth of ')}"
    '<style face="italic" font="default" size="100%">Acropora</style>'
    f"{styled(' at 30 °C &amp; above')}</title><secondary-title>{styled('Coral Reefs')}"
    "</secondary-title></titles><periodical><full-title>Coral Reefs</full-title></periodical>"
    f"<keywords><keyword>{styled('reefs')}</keyword><keyword>heat</keyword></keywords>"
    f"<dates><year>{styled('2024')}</year></dates><accession-num>38100001</accession-num>"
    f"<abstract>{styled('Reefs grow slowly.&#xD;Heat slows them by 12%.')}</abstract>"
    "<urls><related-urls><url>https://example.org/reefs</url></related-urls></urls>"
    "<electronic-resource-num>https://doi.org/10.1000/reef.1</electronic-resource-num>"
    "<remote-database-name>Medline</remote-database-name>"
)


def test_a_record() -> None:
    found = one(WHOLE)
    assert found.title == "Growth of Acropora at 30 °C & above"
    assert found.authors == ("Svensson, Karin", "van der Meer, P.", "World Health Organization,")
    assert found.abstract.split() == "Reefs grow slowly. Heat slows them by 12%.".split()
    assert (found.year, found.venue) == ("2024", "Coral Reefs")
    assert (found.doi, found.pmid, found.url) == (
        "10.1000/reef.1",
        "38100001",
        "https://example.org/reefs",
    )
    assert found.keywords == ("reefs", "heat")


def test_it_is_told_by_what_it_holds_and_becomes_a_paper() -> None:
    body = f"{PROLOG}{record(WHOLE)}\n{record(WHOLE.replace('Growth', 'Death'))}</records></xml>"
    source = held("any.xml", body.encode())
    assert isinstance(source, Source)
    (reading,) = readers._pieces(source, endnote_xml)
    assert readers._format_of(source) is endnote_xml
    assert [paper.title[:6] for paper in reading.papers] == ["Growth", "Death "]
    assert reading.papers[0].authors == (
        "Karin Svensson",
        "P. van der Meer",
        "World Health Organization",
    )


@pytest.mark.parametrize(
    ("inside", "field", "right"),
    [
        ("<electronic-resource-num>S0001-1</electronic-resource-num>", "doi", ""),
        ("<accession-num>WOS:0001</accession-num>", "pmid", ""),
        ("<accession-num>12345</accession-num>", "pmid", ""),  # of no base that is told
        ("<dates><pub-dates><date>May 2021</date></pub-dates></dates>", "year", "May 2021"),
        ("<titles><secondary-title>A Book</secondary-title></titles>", "venue", "A Book"),
        ("", "year", None),
    ],
)
def test_what_stands_elsewhere_or_not_at_all(inside: str, field: str, right: object) -> None:
    assert getattr(one(inside), field) == right


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{PROLOG}{record('<titles><title>Broken')}</records></xml>", "not well-formed"),
        (f"{PROLOG}<record><titles><title>Cut</title>", "cut off where the file ends"),
        (f"<!DOCTYPE xml [<!ENTITY a 'b'>]>{PROLOG}{record('')}", "as EndNote's files never do"),
        (f"{PROLOG}{record(WHOLE)}", "ends too early"),
    ],
)
def test_what_is_broken_is_told(text: str, why: str) -> None:
    last = read(text)[-1]
    assert isinstance(last, Fault)
    assert why in last.why


def test_a_broken_record_costs_no_other() -> None:
    text = f"{PROLOG}{record(WHOLE)}{record('<titles><title>Bad')}{record(WHOLE)}</records></xml>"
    first, bad, third = read(text)
    assert isinstance(bad, Fault)
    assert bad.title == "Bad"
    assert first == third


@given(st.text(alphabet='<>/&;"= recodsxml\n', max_size=300))
def test_nothing_breaks_the_reader(text: str) -> None:
    read(f"{PROLOG}{text}")


def test_a_large_library_is_read_record_by_record() -> None:
    text = f"{PROLOG}{record(WHOLE) * 5_000}</records></xml>"  # all of it is one line
    assert len(read(text)) == 5_000
