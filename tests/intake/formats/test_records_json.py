"""JSON and JSON Lines: every shape told by its keys, what is broken reported, the rest read."""

from __future__ import annotations

import io
import json
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.intake.readers import records_json
from rag.intake.readers.draft import complete
from rag.intake.readers.raw import HEAD, Fault, Raw, Source
from rag.records import Paper
from rag.text.export import Reference, csl

CASES = Path(__file__).parents[2] / "data" / "cases"


def read(text: str) -> list[Raw | Fault]:
    data = text.encode("utf-8", "replace")
    head = data[:HEAD].decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return list(records_json.read(Source("x.json", lambda: io.BytesIO(data), "utf-8", head)))


def one(value: Any) -> Raw:
    (found,) = read(json.dumps([value]))
    assert isinstance(found, Raw)
    return found


def told(raw: Raw) -> dict[str, Any]:
    """Return what a record says."""
    said = {field.name: getattr(raw, field.name) for field in fields(raw)}
    return {name: value for name, value in said.items() if value and name not in ("line", "number")}


def brief(text: str) -> list[tuple[str, str]]:
    """Return each record's title, and where and of what title each fault is."""
    return [
        (each.title, "")
        if isinstance(each, Raw)
        else (each.title, f"line {each.line}" if each.line else f"number {each.number}")
        for each in read(text)
    ]


# -- samples -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "arxiv-metadata-oai-snapshot.json",
        "openalex_works.jsonl",
        "pandas.jsonl",
        "identities.jsonl",
    ],
)
def test_samples_are_read_as_they_are(name: str) -> None:
    found = read((CASES / name).read_text("utf-8"))
    assert [each.line for each in found] == list(range(1, len(found) + 1))
    papers: dict[str, Paper] = {}
    for raw in found:
        assert isinstance(raw, Raw)
        if raw.title.strip() and raw.abstract.strip():
            paper = complete(raw, name)
            papers.setdefault(" ".join(paper.title.split()), paper)
    for line in (CASES / f"{name}.expected.jsonl").read_text("utf-8").splitlines():
        right = json.loads(line)
        paper = papers[right["title"]]
        said = {key: getattr(paper, key) for key in right}
        assert {**said, "authors": list(paper.authors)} == {"authors": [], **right}


def test_a_page_of_languages_is_read_to_the_letter() -> None:
    text = (CASES / "languages.jsonl").read_text("utf-8")
    rights = [json.loads(line) for line in text.splitlines()]
    assert [told(raw) for raw in read(text) if isinstance(raw, Raw)] == [
        {**right, "authors": tuple(right["authors"])} for right in rights
    ]


# -- shapes --------------------------------------------------------------------------------------


def test_our_own_records_come_back_whole() -> None:
    own = {
        "id": "mine",
        "title": "A",
        "abstract": "a <i>b</i>\n\nc",
        "authors": ["Li, Wei", "WHO"],
        "year": 2024,
        "venue": "V",
        "doi": "10.1000/x",
        "arxiv_id": "2401.00001",
        "url": "https://a.org",
        "source": "old.txt",
        "links": ["https://b.org"],
        "pmid": "12",
        "keywords": ["k", "l"],
        "citation_key": "li2024",
        "collections": ["c"],
    }
    right = {name: tuple(v) if isinstance(v, list) else v for name, v in own.items()}
    assert told(one(own)) == right


@pytest.mark.parametrize(
    ("given_", "right"),
    [
        pytest.param({"id": 17}, {"id": "17"}, id="a number as id"),
        pytest.param({"id": 17.0}, {"id": "17"}, id="a fraction as id"),
        pytest.param({"id": float("nan"), "doi": float("nan")}, {}, id="no numbers"),
        pytest.param({"id": None, "doi": None, "authors": None, "year": None}, {}, id="nulls"),
        pytest.param({"year": "2022-05-01"}, {"year": "2022-05-01"}, id="a date"),
        pytest.param({"year": 2024.0}, {"year": 2024.0}, id="a year as a fraction"),
        pytest.param({"authors": "A B; C D"}, {"authors": ("A B", "C D")}, id="a list as text"),
        pytest.param(
            {"authors": "['B, A', 'D, C']"}, {"authors": ("B, A", "D, C")}, id="as Python"
        ),
        pytest.param(
            {
                "authors": [
                    {"name": "A B"},
                    {"given": "C", "family": "D"},
                    {"first": "E", "last": "F"},
                ]
            },
            {"authors": ("A B", "C D", "E F")},
            id="authors as objects",
        ),
        pytest.param({"keywords": "a; b"}, {"keywords": ("a", "b")}, id="keywords as text"),
        pytest.param({"abstract": ["a", "b"]}, {"abstract": "a\nb"}, id="paragraphs"),
        pytest.param({"summary": "a"}, {"abstract": "a"}, id="another name"),
        pytest.param({"links": "https://a.org", "keywords": {"a": 1}}, {}, id="no lists"),
        pytest.param({"abstract": "\ud835x"}, {"abstract": "\ud835x"}, id="half a surrogate pair"),
    ],
)
def test_fields_are_taken_as_they_stand(given_: dict[str, Any], right: dict[str, Any]) -> None:
    assert told(one({"title": "T", **given_})) == {"title": "T", **right}


def test_a_table_turned_to_json_keeps_its_columns() -> None:
    row = {"Title": "T", "Abstract": "a", "Author full names": "Li, Wei (1)", "Source title": "V"}
    assert told(one({**row, "Source": "Scopus", "EID": "2-s2.0-1"})) == {
        "title": "T",
        "abstract": "a",
        "authors": ("Li, Wei",),
        "venue": "V",
    }


def test_semantic_scholar() -> None:
    paper = {
        "paperId": "649def34",
        "externalIds": {"DOI": "10.1/x", "ArXiv": "2401.00001", "PubMed": 12, "CorpusId": 3},
        "title": "T",
        "abstract": "a",
        "authors": [{"authorId": "1", "name": "Wei Li"}, {"authorId": None, "name": "Ana Gómez"}],
        "venue": "",
        "journal": {"name": "V", "volume": "2"},
        "year": 2024,
        "url": "https://www.semanticscholar.org/paper/649def34",
    }
    right = {
        "title": "T",
        "abstract": "a",
        "authors": ("Wei Li", "Ana Gómez"),
        "venue": "V",
        "doi": "10.1/x",
        "arxiv_id": "2401.00001",
        "pmid": "12",
        "year": 2024,
        "url": paper["url"],
    }
    assert told(one(paper)) == right
    assert brief(json.dumps({"total": 2, "next": 1, "data": [paper, paper]})) == [("T", "")] * 2
    assert brief(json.dumps([None, paper])) == [("", "number 1"), ("T", "")]


def test_openalex() -> None:
    work = {
        "id": "https://openalex.org/W1",
        "doi": "https://doi.org/10.1/x",
        "display_name": "T",
        "publication_year": 2024,
        "ids": {
            "openalex": "https://openalex.org/W1",
            "pmid": "https://pubmed.ncbi.nlm.nih.gov/29",
        },
        "primary_location": {"landing_page_url": "https://doi.org/10.1/x", "source": None},
        "locations": [None, {"pdf_url": "https://arxiv.org/pdf/2401.00009v2"}],
        "authorships": [{"author": {"display_name": "Wei Li"}}, {"author": None}, None],
        "keywords": [{"id": "k", "display_name": "Robots"}, {"keyword": "wards"}],
        "concepts": [{"display_name": "Computer science"}],
        "abstract_inverted_index": {"b": [1, 10_000_000_000], "a": [0], "c": None, "d": ["x"]},
    }
    right = {
        "title": "T",
        "abstract": "a b b",
        "authors": ("Wei Li",),
        "year": 2024,
        "doi": "https://doi.org/10.1/x",
        "arxiv_id": "2401.00009v2",
        "pmid": "29",
        "url": "https://doi.org/10.1/x",
        "keywords": ("Robots", "wards"),
    }
    assert told(one(work)) == right
    page = json.dumps({"meta": {"count": 1}, "results": [work], "group_by": []}, indent=2)
    assert brief(page) == [("T", "")]
    del work["keywords"]
    assert one(work).keywords == ("Computer science",)


def test_europe_pmc() -> None:
    record = {
        "id": "38100001",
        "source": "MED",
        "pmid": "38100001",
        "doi": "10.1000/reef.1",
        "title": "Reef growth under heat.",
        "authorString": "Svensson K, Reef Group.",
        "authorList": {
            "author": [
                {"fullName": "Svensson K", "firstName": "Karin", "lastName": "Svensson"},
                {"collectiveName": "The Reef Group"},
            ]
        },
        "journalInfo": {"journal": {"title": "Coral Reefs"}},
        "pubYear": "2024",
        "abstractText": "<h4>Background</h4>Reefs grow. <h4>Results: </h4> Heat slows them.",
        "keywordList": {"keyword": ["reefs", "heat"]},
    }
    preprint = {
        "id": "PPR1",
        "source": "PPR",
        "title": "Warm reefs",
        "authorString": "Lee AB, van der Meer P.",
        "journalTitle": "Reefs Today",
        "firstPublicationDate": "2023-05-01",
        "abstractText": "Reefs are warm.",
    }
    page = {"hitCount": 2, "resultList": {"result": [record, preprint]}}
    first, second = read(json.dumps(page))
    assert isinstance(first, Raw)
    assert first.abstract == "Background: Reefs grow. Results: Heat slows them."
    assert first.authors == ("Karin Svensson", "The Reef Group")
    assert (first.year, first.venue, first.pmid) == ("2024", "Coral Reefs", "38100001")
    assert (first.doi, first.keywords) == ("10.1000/reef.1", ("reefs", "heat"))
    assert isinstance(second, Raw)
    assert second.authors == ("AB Lee", "P van der Meer")
    assert (second.year, second.venue) == ("2023-05-01", "Reefs Today")


def test_crossref() -> None:
    work = {
        "DOI": "10.1/x",
        "title": ["T"],
        "abstract": "<jats:p>a</jats:p>",
        "author": [{"given": "Wei", "family": "Li", "sequence": "first"}, {"name": "WHO, Geneva"}],
        "issued": {"date-parts": [[None]]},
        "published-print": {"date-parts": [[2024, 5, 1]]},
        "container-title": ["V", "W"],
        "subject": ["Medicine"],
        "URL": "https://doi.org/10.1/x",
    }
    right = {
        "title": "T",
        "abstract": "<jats:p>a</jats:p>",
        "authors": ("Wei Li", "WHO, Geneva"),
        "year": "2024",
        "venue": "V",
        "doi": "10.1/x",
        "keywords": ("Medicine",),
        "url": "https://doi.org/10.1/x",
    }
    assert told(one(work)) == right
    answer = {"status": "ok", "message-type": "work-list", "message": {"items": [work, work]}}
    assert brief(json.dumps(answer)) == [("T", "")] * 2
    assert brief(json.dumps(answer, indent=1)) == [("T", "")] * 2
    assert brief(json.dumps({"status": "ok", "message": work}, indent=1)) == [("T", "")]
    assert one({"DOI": "10.1/x", "title": [], "author": None}).title == ""


@pytest.mark.parametrize(
    ("given_", "right"),
    [
        ({"id": "li2024"}, {"citation_key": "li2024"}),
        ({"id": "http://zotero.org/users/1/items/ABCD1234"}, {}),
        ({"id": "1/ABCD1234"}, {}),
        ({"id": "ITEM-1"}, {}),
        ({"id": "http://zotero.org/1", "citation-key": "li2024"}, {"citation_key": "li2024"}),
        ({"issued": {"date-parts": [["2024", 5]]}}, {"year": "2024"}),
        ({"issued": {"raw": "May 2024"}}, {"year": "May 2024"}),
        ({"issued": "2024-05"}, {"year": "2024-05"}),
        ({"author": [{"literal": "WHO"}]}, {"authors": ("WHO",)}),
        (
            {"author": [{"given": "Pieter", "non-dropping-particle": "van der", "family": "Meer"}]},
            {"authors": ("Pieter van der Meer",)},
        ),
        ({"keyword": "a, b", "PMID": "12"}, {"keywords": ("a", "b"), "pmid": "12"}),
        ({"number": "arXiv:2401.00001"}, {"arxiv_id": "2401.00001"}),
        ({"note": "arXiv:2401.00001 [cs]"}, {"arxiv_id": "2401.00001"}),
        ({"number": "7", "note": "See arXiv."}, {}),
    ],
)
def test_csl(given_: dict[str, Any], right: dict[str, Any]) -> None:
    assert told(one({"type": "article", "title": "T", **given_})) == {"title": "T", **right}


def test_our_own_export_is_read_back() -> None:
    paper = Paper("x", "T", "a b", ("Wei Li", "Pieter van der Meer"), 2024, "V", "10.1/x")
    (raw,) = read(csl([Reference(1, paper, "li2024t")]))
    assert isinstance(raw, Raw)
    assert told(raw) == {
        "title": "T",
        "abstract": "a b",
        "authors": ("Wei Li", "Pieter van der Meer"),
        "year": "2024",
        "venue": "V",
        "doi": "10.1/x",
        "citation_key": "li2024t",
        "url": raw.url,
    }


@pytest.mark.parametrize(
    ("given_", "right"),
    [
        ({"authors_parsed": [["Li", "Wei", "Jr."]]}, {"authors": ("Wei Li Jr.",)}),
        ({"authors_parsed": [['M\\"uller', "J\\'er\\^ome", ""]]}, {"authors": ("Jérôme Müller",)}),
        (
            {"authors": "A. Li (MIT), B. de la Cruz,\n  and C.-P. Yuan"},
            {"authors": ("A. Li", "B. de la Cruz", "C.-P. Yuan")},
        ),
        ({"versions": []}, {"year": "2007"}),
        ({"id": "hep-th/9901001", "versions": []}, {"arxiv_id": "hep-th/9901001", "year": "1999"}),
    ],
)
def test_arxiv(given_: dict[str, Any], right: dict[str, Any]) -> None:
    paper = {
        "id": "0704.0001",
        "title": "T\n  U",
        "abstract": "  a\nb\n",
        "categories": "cs.CV math.CO",
        "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}, {}],
    }
    assert told(one({**paper, **given_})) == {
        "title": "T\n  U",
        "abstract": "  a\nb\n",
        "arxiv_id": "0704.0001",
        "year": "Mon, 2 Apr 2007 19:18:42 GMT",
        "keywords": ("cs.CV", "math.CO"),
        **right,
    }


def test_an_object_without_a_title_is_a_fault() -> None:
    assert read('{"abstract": "a"}\n{"title": null}\n7\n') == [
        Fault("has no title", line=1),
        Raw(line=2),
        Fault("is not a JSON object", line=3),
    ]


# -- lines and arrays ----------------------------------------------------------------------------

A = '{"title": "A", "authors": [{"name": "x"}], "year": NaN}'
B, C = A.replace("A", "B", 1), A.replace("A", "C", 1)


@pytest.mark.parametrize(
    "text",
    [
        f"{A}\n{B}\n{C}\n",
        f"{A}\r\n\r\n{B},\r\n{C}",
        f"\ufeff{A}\n{B}{C}\n",
        f"[{A}, {B}, {C}]",
        f"[\n{A},\n{B},\n{C}\n]\n",
        f"[{A}, {B}]\n[{C}]",
        f'{{"results": [{A}, {B}]}}\n{{"results": [{C}]}}\n',
        f'{{"meta": {{"x": [1]}}, "results": [\n{A},\n{B}, {C}], "next": null}}',
        f'{{"message": {{"items": [{A}, {B},\n {C}], "x": {{}}}}, "status": "ok"}}',
        json.dumps([json.loads(each) for each in (A, B, C)], indent=4),
        "\n".join(json.dumps(json.loads(each), indent=2) for each in (A, B, C)),
    ],
)
def test_records_stand_in_lines_arrays_and_answers(text: str) -> None:
    assert records_json.sniff(text)
    assert brief(text) == [("A", ""), ("B", ""), ("C", "")]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param('{"title": "X", "abstract": "x}', id="an open quote"),
        pytest.param('{"title": "X", "abstract" "x"}', id="no colon"),
        pytest.param('{"title": "X", "abstract": "a "b" c"}', id="quotes inside"),
        pytest.param('{"title": "X", "authors": [{"name": "y"}, {"name": "z"}', id="an open list"),
        pytest.param('{"title": "X", "abstract": "x", }', id="a comma too many"),
        pytest.param('{"title": "X", "y": ' + "[" * 100_000 + "]" * 100_000 + "}", id="deep"),
        pytest.param('{"title": "X", "y": ' + '{"y":' * 100_000 + "}", id="deep objects"),
        pytest.param('{"title": "X", "y": ' + "1" * 5_000 + "}", id="a long number"),
        pytest.param('{"title": "X", "y": bad}', id="a word"),
    ],
)
def test_a_broken_record_is_reported_and_the_rest_read(bad: str) -> None:
    right = [("A", ""), ("X", "line 2"), ("B", ""), ("C", "")]
    assert brief(f"{A}\n{bad}\n{B}\n{C}\n") == right
    assert brief(f"{bad}\n{A}\n{B}\n") == [("X", "line 1"), ("A", ""), ("B", "")]
    numbered = [("A", ""), ("X", "number 2"), ("B", ""), ("C", "")]
    assert brief(f"[{A}, {bad}, {B}, {C}]") == numbered
    assert brief(f"[\n{A},\n{bad},\n{B},\n{C}\n]") == numbered
    if not bad.endswith('"z"}'):  # what follows an open list may be meant to be in it
        assert brief(f'{{"meta": 1, "results": [{A}, {bad}, {B}, {C}]}}') == numbered


def test_a_file_that_ends_too_early_gives_what_it_has() -> None:
    assert brief(f'[{A}, {B}, {{"title": "X", "abs') == [("A", ""), ("B", ""), ("X", "number 3")]
    assert brief('{\n "title": "X",\n "abs') == [("X", "number 1")]
    assert brief(f"[{A}, {B}") == [("A", ""), ("B", ""), ("", "number 3")]
    _whole, cut = read(f'{{"results": [{A},')
    assert isinstance(cut, Fault)
    assert "is the file complete" in cut.why


def test_a_line_without_end_is_a_fault() -> None:
    long = '{"title": "X", "abstract": "' + "x" * (2 * records_json.MAX_RECORD) + '"}'
    assert brief(f"{A}\n{long}\n{B}\n") == [("A", ""), ("X", "line 2"), ("B", "")]
    assert brief(f"[{A}, {long}, {B}]") == [("A", ""), ("X", "number 2"), ("B", "")]


def test_records_larger_than_a_chunk_are_read() -> None:
    text = json.dumps([{"title": f"T{n}", "abstract": "a" * 300_000 + '\\ü"'} for n in range(5)])
    assert brief(text) == [(f"T{n}", "") for n in range(5)]
    assert brief(text[1:-1]) == [(f"T{n}", "") for n in range(5)]


@pytest.mark.parametrize("size", range(1, 40))
def test_records_may_be_cut_anywhere(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(records_json, "_CHUNK", size)
    cut = '{"title": "C\\u00e9\\"", "y": [-1.5e3, true, null, NaN, -Infinity, {}]}'
    assert brief(f'{{"meta": {{}}, "results": [ {A}, {cut} ,{B}] }}') == [
        *[("A", ""), ('Cé"', ""), ("B", "")]
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "[" * 300_000,
        '{"a":' * 300_000,
        '[{"title": "A"}' + ',{"a":[{}' * 200_000,
        '[{"a' * 300_000,
        "[" + '{" ' * 300_000,
        '{"title": "' + "\\" * 300_000,
        '[{"title": ' + " " * 300_000,
        '{"results": [' * 300_000,
        "[" + "1 " * 100_000,
    ],
)
def test_nothing_takes_long(text: str) -> None:
    began = time.monotonic()
    records_json.sniff(text)
    read(text)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("text", "is_json"),
    [
        ('{"title": "A"}', True),
        ('[\n  {\n    "id": 1', True),
        ('[null, {"paperId": "x"}]', True),
        ("\ufeff {}", True),
        ("[]", True),
        ("[1] Smith: A book", False),
        ("{\\rtf1 text}", False),
        ("{A} title in braces", False),
        ("@article{x, title={A}}", False),
        ('"Title","Abstract"\n', False),
        ("TY  - JOUR\n", False),
        ("A title\n\nAn abstract.\n", False),
        ("<feed></feed>", False),
        ("", False),
    ],
)
def test_json_is_told_by_how_it_begins(text: str, is_json: bool) -> None:
    assert records_json.sniff(text) is is_json


_KEYS = st.text(max_size=5) | st.sampled_from(
    """id title display_name abstract authors author year issued doi DOI url links keywords name
    family given authors_parsed versions created categories authorships abstract_inverted_index
    primary_location locations source ids externalIds paperId container-title date-parts type
    results message items data Title keyword note number concepts journal""".split()
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=20,
)


@given(st.lists(st.dictionaries(_KEYS, _VALUES, max_size=8), max_size=4), st.booleans())
def test_no_object_breaks_the_reader(values: list[Any], by_line: bool) -> None:
    lines = [json.dumps(value) for value in values]
    for each in read("\n".join(lines) if by_line else f"[{','.join(lines)}]"):
        assert isinstance(each, (Raw, Fault))
        assert isinstance(each.title, str)
        if isinstance(each, Raw):
            assert all(isinstance(name, str) for name in (*each.authors, *each.keywords))


@given(st.text(alphabet=st.sampled_from('{}[]",:\\\n 1etitle\x00') | st.characters(), max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    for start in ("", "{", "[{", '{"title": "A"}\n', '[{"title": "A"},'):
        records_json.sniff(start + text)
        for each in read(start + text):
            assert isinstance(each, (Raw, Fault))
            assert each.line or each.number
