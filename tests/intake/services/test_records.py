"""Papers by identifier, from servers that answer as Crossref, OpenAlex, arXiv and PubMed do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, Settings
from rag.errors import InputError, ServiceError
from rag.intake.services import Service, Services
from rag.records import Paper
from tests.support.services import arxiv, arxiv_error, crossref, openalex, places, pubmed
from tests.support.web import Answer, Web

SAID = "We present an example of a paper. It is 3 times as short as others."
OTHER = "Nobody had ever measured how long examples take to read. We did."
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def library(tmp_path: Path, web: Web) -> Iterator[Assistant]:
    settings = Settings(home=tmp_path / "library", seeds="", mailto="ann@example.org")
    with Assistant.open(settings, services=places(web)) as assistant:
        yield assistant


def only(library: Assistant) -> Paper:
    (paper,) = library.papers()
    return paper


def test_a_doi_with_all_at_crossref(library: Assistant, web: Web) -> None:
    web.on("/crossref/works/10.1000%2Fx", Answer(crossref("10.1000/x", "An Example", SAID)))
    report = library.add("https://doi.org/10.1000/X")
    paper = only(library)
    assert report.added == (paper.id,)
    assert (paper.title, paper.abstract, paper.year) == ("An Example", SAID, 2021)
    assert (paper.authors, paper.venue) == (("Ada Archer",), "Journal of Examples")
    assert (paper.doi, paper.source) == ("10.1000/x", "doi:10.1000/x")
    assert web.paths() == ["/crossref/works/10.1000%2Fx"]  # OpenAlex is not bothered
    assert web.asked[0].params == {"mailto": "ann@example.org"}


@pytest.mark.parametrize(
    ("abstract", "kept"),
    [
        ("<jats:title>Abstract</jats:title><jats:p>We did.</jats:p>", "We did."),
        ("<jats:title>Aim</jats:title><jats:p>We did.</jats:p>", "Aim\n\nWe did."),
        ("<jats:p>Abstract art is measured.</jats:p>", "Abstract art is measured."),
    ],
)
def test_the_heading_over_an_abstract_is_none_of_it(
    library: Assistant, web: Web, abstract: str, kept: str
) -> None:
    work = crossref("10.1000/x", "An Example")
    work["message"]["abstract"] = abstract
    web.on("/crossref/works/10.1000%2Fx", Answer(work))
    library.add("10.1000/x")
    assert only(library).abstract == kept


def test_what_crossref_lacks_comes_from_openalex(library: Assistant, web: Web) -> None:
    web.on("/crossref/works/10.1000%2Fx", Answer(crossref("10.1000/x", "An Example")))
    web.on("/openalex/works/doi:10.1000/x", Answer(openalex("10.1000/x", "AN EXAMPLE", SAID)))
    library.add("10.1000/x")
    paper = only(library)
    assert paper.abstract == SAID
    assert paper.keywords == ("Examples",)
    assert (paper.title, paper.venue) == ("An Example", "Journal of Examples")  # Crossref's stay
    assert paper.authors == ("Ada Archer",)


def test_a_doi_that_crossref_does_not_know(library: Assistant, web: Web) -> None:
    web.on("/openalex/works/doi:10.5281/zenodo.1", Answer(openalex("10.5281/zenodo.1", "D", SAID)))
    library.add("10.5281/zenodo.1")
    assert only(library).authors == ("Ada B. Archer",)


def test_one_that_nobody_knows_stops_no_other(library: Assistant, web: Web) -> None:
    web.on("/crossref/works/10.1000%2Fx", Answer(crossref("10.1000/x", "An Example", SAID)))
    report = library.add("10.1000/none", "10.1000/x")
    assert len(report.added) == 1
    (problem,) = map(str, report.problems)
    assert problem.startswith("doi:10.1000/none: is known neither to Crossref nor to OpenAlex")


def test_a_record_without_an_abstract_is_told_by_its_title(library: Assistant, web: Web) -> None:
    web.on("/crossref/works/10.1000%2Fx", Answer(crossref("10.1000/x", "An Example")))
    web.on("/openalex/works/doi:10.1000/x", Answer(openalex("10.1000/x", "An Example")))
    report = library.add("10.1000/x")
    assert [*map(str, report.problems)] == ["doi:10.1000/x: 'An Example' has no abstract"]
    assert not library.papers()


def test_arxiv_is_asked_for_all_at_once(library: Assistant, web: Web) -> None:
    first = ("cs/0112017v1", "Older Than You", OTHER)  # arXiv answers in any order
    second = ("2303.16727v2", "VideoMAE V2", SAID)
    web.on("/arxiv/query", Answer(arxiv(first, second)))
    report = library.add("arxiv:2303.16727", "cs/0112017", "2303.99999")
    (asked,) = web.asked
    assert asked.params == {"id_list": "2303.16727,cs/0112017,2303.99999", "max_results": "3"}
    assert [paper.arxiv_id for paper in library.papers()] == ["2303.16727v2", "cs/0112017v1"]
    assert library.papers()[0].source == "arxiv:2303.16727"
    (problem,) = map(str, report.problems)
    assert problem == "arxiv:2303.99999: is not known to arXiv; check how it is spelled"


def test_an_id_that_arxiv_refuses_does_not_spoil_the_others(library: Assistant, web: Web) -> None:
    good = Answer(arxiv(("2303.16727v2", "VideoMAE V2", SAID)))
    web.on("/arxiv/query", Answer(arxiv_error("9912.00001"), 400), good, Answer("bad", 400))
    report = library.add("2303.16727", "9912.00001")
    assert [one.params["id_list"] for one in web.asked] == [
        "2303.16727,9912.00001",
        "2303.16727",
        "9912.00001",
    ]
    assert len(report.added) == 1
    assert [*map(str, report.problems)] == [
        "arxiv:9912.00001: is refused by arXiv; check how it is spelled"
    ]


def test_pubmed_is_asked_for_all_at_once(library: Assistant, web: Web) -> None:
    both = pubmed(("123", "Sleep &amp; Work", SAID), ("124", "Work", OTHER))
    web.on("/pubmed/efetch.fcgi", Answer(both))
    report = library.add("pmid:124", "pmid:123", "pmid:125")
    (asked,) = web.asked
    assert (asked.params["id"], asked.params["retmode"]) == ("124,123,125", "xml")
    assert (asked.params["tool"], asked.params["email"]) == ("cited-rag", "ann@example.org")
    assert [paper.title for paper in library.papers()] == ["Work", "Sleep & Work"]
    assert [*map(str, report.problems)] == [
        "pmid:125: is not known to PubMed; check how it is spelled"
    ]


def test_pubmed_without_any_of_them(library: Assistant, web: Web) -> None:
    web.on("/pubmed/efetch.fcgi", Answer("ID list is empty!", 400))
    (problem,) = library.add("pmid:125").problems
    assert "pmid:125: is " in str(problem)


def test_the_same_work_by_two_identifiers_is_one(library: Assistant, web: Web) -> None:
    web.on("/crossref/works/10.1000%2Fx", Answer(crossref("10.1000/x", "An Example Paper", SAID)))
    web.on("/arxiv/query", Answer(arxiv(("2303.16727v1", "An Example Paper", SAID))))
    report = library.add("10.1000/x", "2303.16727", "doi:10.1000/X")
    assert len(web.asked) == 2
    paper = only(library)
    assert (paper.doi, paper.arxiv_id) == ("10.1000/x", "2303.16727v1")
    assert str(report.duplicates[0]).startswith("arxiv:2303.16727: 'An Example Paper' is already")


def test_a_second_time_changes_nothing_and_a_new_version_updates(
    library: Assistant, web: Web
) -> None:
    web.on("/arxiv/query", Answer(arxiv(("2303.16727v1", "VideoMAE V2", SAID))))
    (paper_id,) = library.add("2303.16727").added
    assert library.add("2303.16727").unchanged == (paper_id,)
    web.on("/arxiv/query", Answer(arxiv(("2303.16727v2", "VideoMAE V2", OTHER))))
    assert library.add("2303.16727").updated == (paper_id,)
    assert only(library).abstract == OTHER


def test_two_editorials_of_one_title_stay_two(library: Assistant, web: Web) -> None:
    for doi, said in (("10.1000/x", SAID), ("10.1000/y", OTHER)):
        path = f"/crossref/works/{doi.replace('/', '%2F')}"
        web.on(path, Answer(crossref(doi, "An Editorial of Ours", said)))
        library.add(doi)
    assert [paper.abstract for paper in library.papers()] == [SAID, OTHER]


def test_a_dry_run_fetches_and_changes_nothing(library: Assistant, web: Web) -> None:
    web.on("/crossref/works/10.1000%2Fx", Answer(crossref("10.1000/x", "An Example", SAID)))
    preview = library.preview_add("10.1000/x", "10.1000/none", collection="thesis")
    assert [paper.collections for paper in preview.added] == [("thesis",)]
    assert len(preview.problems) == 1
    assert not library.papers()


def test_a_collection(library: Assistant, web: Web) -> None:
    web.on("/arxiv/query", Answer(arxiv(("2303.16727v1", "VideoMAE V2", SAID))))
    library.add("2303.16727", collection="thesis")
    assert only(library).collections == ("thesis",)


def test_nothing_is_asked_when_one_is_no_identifier(library: Assistant, web: Web) -> None:
    with pytest.raises(InputError, match=r"'library\.bib' is no identifier"):
        library.add("10.1000/x", "library.bib")
    assert not web.asked


def test_a_web_page_instead_of_a_record(library: Assistant, web: Web) -> None:
    web.on("/arxiv/query", Answer("<!DOCTYPE html><html><body>Rate exceeded.</body></html>"))
    with pytest.raises(
        ServiceError, match=r"the reply of arXiv is of no known kind: .* a web page"
    ):
        library.add("2303.16727")
    web.on("/crossref/works/10.1000%2Fx", Answer("<html><body>Sorry</body></html>"))
    with pytest.raises(ServiceError, match=r"the reply of Crossref .* looks like a web page"):
        library.add("10.1000/x")


def test_json_that_is_no_paper(library: Assistant, web: Web) -> None:
    web.on("/crossref/works/10.1000%2Fx", Answer({"status": "failed", "message": {"a": 1}}))
    with pytest.raises(ServiceError, match="the reply of Crossref holds no record of a paper"):
        library.add("10.1000/x")


def test_offline(tmp_path: Path) -> None:
    down = [Service(name, NOBODY) for name in ("Crossref", "OpenAlex", "arXiv", "PubMed")]
    settings = Settings(home=tmp_path / "library", seeds="")
    with (
        Assistant.open(settings, services=Services(*down)) as library,
        pytest.raises(ServiceError, match=r"Crossref cannot be reached .* check the network"),
    ):
        library.add("10.1000/x", "arxiv:2303.16727", "pmid:1")


def test_a_service_that_is_down_does_not_stop_another(tmp_path: Path, web: Web) -> None:
    web.on("/arxiv/query", Answer(arxiv(("2303.16727v1", "VideoMAE V2", SAID))))
    crossref_is_down = Services(
        crossref=Service("Crossref", NOBODY), arxiv=Service("arXiv", f"{web.url}/arxiv")
    )
    settings = Settings(home=tmp_path / "library", seeds="")
    with Assistant.open(settings, services=crossref_is_down) as library:
        report = library.add("10.1000/x", "10.1000/y", "10.1000/z", "2303.16727")
        assert len(report.added) == 1
        told = [*map(str, report.problems)]
        assert [one.partition(": ")[0] for one in told] == [
            "doi:10.1000/x",
            "doi:10.1000/y",
            "doi:10.1000/z",
        ]
        assert all("Crossref cannot be reached" in one for one in told)
