"""What Crossref, OpenAlex, arXiv and PubMed answer, in their own shapes."""

from __future__ import annotations

from typing import Any

from rag.intake.services import Service, Services
from tests.support.web import Web


def places(web: Web) -> Services:
    """Return the services, all of them at one server, without pauses."""
    return Services(
        crossref=Service("Crossref", f"{web.url}/crossref"),
        openalex=Service("OpenAlex", f"{web.url}/openalex"),
        arxiv=Service("arXiv", f"{web.url}/arxiv"),
        pubmed=Service("PubMed", f"{web.url}/pubmed"),
    )


def crossref(doi: str, title: str, abstract: str = "", **fields: Any) -> dict[str, Any]:
    """Return a work as Crossref gives it; an abstract is in JATS."""
    work: dict[str, Any] = {
        "DOI": doi,
        "URL": f"https://doi.org/{doi}",
        "type": "journal-article",
        "publisher": "Example Press",
        "title": [title],
        "container-title": ["Journal of Examples"],
        "author": [{"given": "Ada", "family": "Archer", "sequence": "first", "affiliation": []}],
        "issued": {"date-parts": [[2021, 5, 3]]},
        "reference": [{"key": "1", "article-title": "Another work", "DOI": "10.1000/other"}],
        "subject": [],
        **fields,
    }
    if abstract:
        work["abstract"] = f"<jats:p>{abstract}</jats:p>"
    return {"status": "ok", "message-type": "work", "message-version": "1.0.0", "message": work}


def openalex(doi: str, title: str, abstract: str = "") -> dict[str, Any]:
    """Return a work as OpenAlex gives it; an abstract is an index of words."""
    index: dict[str, list[int]] = {}
    for place, word in enumerate(abstract.split()):
        index.setdefault(word, []).append(place)
    return {
        "id": "https://openalex.org/W2741809807",
        "doi": f"https://doi.org/{doi}",
        "title": title,
        "display_name": title,
        "publication_year": 2021,
        "ids": {"openalex": "https://openalex.org/W2741809807", "doi": f"https://doi.org/{doi}"},
        "primary_location": {
            "landing_page_url": f"https://doi.org/{doi}",
            "source": {"display_name": "Journal of OpenAlex"},
        },
        "authorships": [{"author": {"display_name": "Ada B. Archer"}, "raw_author_name": "A"}],
        "keywords": [{"id": "https://openalex.org/keywords/x", "display_name": "Examples"}],
        "abstract_inverted_index": index or None,
    }


def arxiv(*entries: tuple[str, str, str]) -> str:
    """Return a feed of arXiv with (id, title, summary)."""
    return _FEED.format("".join(_ENTRY.format(*entry) for entry in entries))


def arxiv_error(arxiv_id: str) -> str:
    """Return what arXiv answers to an id that cannot be."""
    why = f"incorrect id format for {arxiv_id}"
    return _FEED.format(
        f"<entry><id>https://arxiv.org/api/errors#{why.replace(' ', '_')}</id>"
        f"<title>Error</title><summary>{why}</summary></entry>"
    )


def pubmed(*articles: tuple[str, str, str]) -> str:
    """Return a set of PubMed with (PMID, title, abstract)."""
    return _SET.format("".join(_ARTICLE.format(*article) for article in articles))


_FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <link href="http://arxiv.org/api/query?id_list=x" rel="self" type="application/atom+xml"/>
  <title type="html">ArXiv Query: search_query=&amp;id_list=x&amp;start=0&amp;max_results=10</title>
  <id>http://arxiv.org/api/cHxbiOdZaP56ODnBPIenZhzg5f8</id>
  <updated>2026-03-30T00:00:00-04:00</updated>
  {}
</feed>
"""
_ENTRY = """<entry>
    <id>http://arxiv.org/abs/{0}</id>
    <updated>2023-04-18T14:10:29Z</updated>
    <published>2023-03-29T14:28:41Z</published>
    <title>{1}</title>
    <summary>  {2}
</summary>
    <author><name>Limin Wang</name></author>
    <link title="pdf" href="http://arxiv.org/pdf/{0}" rel="related" type="application/pdf"/>
    <arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.CV"/>
    <category term="cs.CV" scheme="http://arxiv.org/schemas/atom"/>
  </entry>
"""
_SET = """<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" \
"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">
<PubmedArticleSet>{}</PubmedArticleSet>
"""
_ARTICLE = """<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">
<PMID Version="1">{0}</PMID><Article PubModel="Print"><Journal><Title>Sleep</Title>
<JournalIssue CitedMedium="Print"><PubDate><Year>2019</Year></PubDate></JournalIssue></Journal>
<ArticleTitle>{1}</ArticleTitle><Abstract><AbstractText>{2}</AbstractText></Abstract>
<AuthorList CompleteYN="Y"><Author ValidYN="Y"><LastName>Svensson</LastName>
<ForeName>Karin</ForeName></Author></AuthorList></Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">{0}</ArticleId></ArticleIdList></PubmedData>
</PubmedArticle>
"""
