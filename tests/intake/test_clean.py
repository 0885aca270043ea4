"""What a record says, made fit to keep."""

from __future__ import annotations

import pytest

from rag.intake.readers import clean


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        pytest.param("A  b\n c", "A b c", id="white space"),
        pytest.param("One.\n\n Two.", "One.\n\nTwo.", id="a paragraph"),
        pytest.param("<p>CO<sub>2</sub> &amp; H</p>", "CO2 & H", id="tags and entities"),
        pytest.param("<jats:p>A <jats:italic>b</jats:italic></jats:p>", "A b", id="JATS"),
        pytest.param("a &amp;lt; b", "a < b", id="escaped twice"),
        pytest.param("p < 0.05 and q > 2", "p < 0.05 and q > 2", id="signs"),
        pytest.param("x<y and z>w", "x<y and z>w", id="signs without spaces"),
        pytest.param("<5M parameters> here", "<5M parameters> here", id="no tag"),
        pytest.param("a<!-- b -->c", "ac", id="a comment"),
        pytest.param("half \udc63.", "half \ufffd.", id="half a surrogate"),
        pytest.param("soft\u00adhyphen\u200b", "softhyphen", id="what cannot be seen"),
        pytest.param("[No abstract available]", "", id="a placeholder"),
        pytest.param("Abstract not available.", "", id="another"),
        pytest.param("n/a", "", id="n/a"),
        pytest.param("NaN", "", id="NaN as text"),
        pytest.param(float("nan"), "", id="NaN"),
        pytest.param(None, "", id="nothing"),
        pytest.param("None of them is available.", "None of them is available.", id="a sentence"),
    ],
)
def test_texts(raw: object, kept: str) -> None:
    assert clean.text(raw) == kept


@pytest.mark.parametrize(
    ("raw", "year"),
    [
        ("2024", 2024),
        (2024.0, 2024),
        ("2019//", 2019),
        ("2022-05-01", 2022),
        ("Dec 2021", 2021),
        ("n.d.", None),
        ("soon", None),
        (True, None),
        (None, None),
        ("12345", None),
        ("0", None),
    ],
)
def test_years(raw: object, year: int | None) -> None:
    assert clean.year(raw) == year


@pytest.mark.parametrize(
    ("raw", "doi"),
    [
        ("10.1000/Gates.1", "10.1000/Gates.1"),
        ("https://doi.org/10.1000/x", "10.1000/x"),
        ("doi:10.1000/X. ", "10.1000/X"),
        ("http://dx.doi.org/10.1000%2Fx", "10.1000/x"),
        ("10.1000/(x)1-2", "10.1000/(x)1-2"),
        ("(10.1000/x)", "10.1000/x"),
        ("none", ""),
    ],
)
def test_dois(raw: str, doi: str) -> None:
    assert clean.doi(raw) == doi


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("arXiv:2403.05555v3", "2403.05555v3"),
        ("http://arxiv.org/abs/math/0309002", "math/0309002"),
        ("https://arxiv.org/pdf/2403.05555", "2403.05555"),
        ("10.48550/arXiv.2401.00009", "2401.00009"),
        ("2403.05555", "2403.05555"),
        ("page 24.03", ""),
    ],
)
def test_arxiv_ids(raw: str, found: str) -> None:
    assert clean.arxiv_id(raw) == found


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("39600001", "39600001"),
        ("PMID: 39600001", "39600001"),
        ("https://pubmed.ncbi.nlm.nih.gov/39600001/", "39600001"),
        ("PMC123", ""),
    ],
)
def test_pubmed_ids(raw: str, found: str) -> None:
    assert clean.pmid(raw) == found


@pytest.mark.parametrize(
    ("names", "people"),
    [
        (["van der Meer, Pieter"], ("Pieter van der Meer",)),
        (["Smith, Jr., John"], ("John Smith Jr.",)),
        (["Wei Li", "Wei Li"], ("Wei Li",)),
        (["{Barnes and Noble, Inc.}"], ("Barnes and Noble, Inc.",)),
        (["SLEEP, the Study Group"], ("SLEEP, the Study Group",)),
        (["others", "et al.", " ", "[No author name available]"], ()),
        (["... Smith, J."], ("J. Smith",)),
        (["Ann A"], ("Ann A",)),
    ],
)
def test_people(names: list[str], people: tuple[str, ...]) -> None:
    assert clean.people(names) == people


@pytest.mark.parametrize(
    ("name", "turned"),
    [
        ("Svensson K", "K Svensson"),
        ("García-Pérez M. J.", "M. J. García-Pérez"),
        ("van der Meer PA", "PA van der Meer"),
        ("Wei Li", "Wei Li"),
        ("K. Svensson", "K. Svensson"),
        ("NASA", "NASA"),
    ],
)
def test_initials_behind(name: str, turned: str) -> None:
    assert clean.people([name], initials_behind=True) == (turned,)
