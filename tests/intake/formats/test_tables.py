"""Tables of papers: columns by any name, rows that do not fit reported, the rest read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.intake.readers import tables
from rag.intake.readers.draft import complete
from rag.intake.readers.raw import HEAD, Fault, Raw, Source

CASES = Path(__file__).parents[2] / "data" / "cases"


def read(text: str | bytes, encoding: str = "utf-8-sig") -> list[Raw | Fault]:
    data = text if isinstance(text, bytes) else text.encode(encoding, "surrogatepass")
    head = data[:HEAD].decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")
    return list(tables.read(Source("x.csv", lambda: io.BytesIO(data), encoding, head)))


def titles(text: str) -> list[str]:
    return [one.title for one in read(text) if isinstance(one, Raw)]


def faults(text: str) -> list[tuple[int | None, str]]:
    return [(one.line, one.title) for one in read(text) if isinstance(one, Fault)]


def test_scopus_is_read_as_it_is() -> None:
    raws = read((CASES / "scopus.csv").read_bytes())
    assert [one.line for one in raws] == [2, 4, 5, 6]
    kept = [one for one in raws if isinstance(one, Raw) and one.abstract[0] != "["]
    lines = (CASES / "scopus.csv.expected.jsonl").read_text("utf-8").splitlines()
    for raw, right in zip(kept, map(json.loads, lines), strict=True):
        paper = complete(raw, "scopus.csv")
        assert {name: getattr(paper, name) for name in right} == {
            **right,
            "authors": tuple(right["authors"]),
        }
    assert raws[0] == Raw(
        title='Cleaning "robots" on wards, revisited',
        abstract='Robots clean wards.\nInfections fell by 18%, or "nearly a fifth". '
        "© The Author(s) 2024.",
        authors=("Ångström, Lena", "D'Souza, Raj J."),
        year="2024",
        venue="Nature of Wards",
        doi="10.1000/s41467-024-1",
        url="https://www.scopus.example/inward/record.uri?eid=2-s2.0-1&doi=10.1000%2fs41467-024-1",
        keywords=("robots", "wards"),
        line=2,
    )


WOS = (
    "PT\tAU\tAF\tTI\tSO\tDE\tAB\tDI\tPY\tPM\tUT\r\n"
    'J\tLi, W\tLi, Wei; Gómez, Ana\t"Robots" on 5" wards\tWARDS\trobots; wards\t'
    "They clean.\t10.1000/x\t2024\t123\tWOS:1\t\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_web_of_science_is_read_with_its_quotes(encoding: str) -> None:
    assert read(WOS.encode(encoding), encoding) == [
        Raw(
            title='"Robots" on 5" wards',
            abstract="They clean.",
            authors=("Li, Wei", "Gómez, Ana"),
            year="2024",
            venue="WARDS",
            doi="10.1000/x",
            pmid="123",
            keywords=("robots", "wards"),
            line=2,
        )
    ]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(
            "title,abstract,authors,year,doi,venue,url,pmid,keywords,citation_key,arxiv_id",
            "title abstract authors year doi venue url pmid keywords citation_key arxiv_id",
            id="our own",
        ),
        pytest.param(
            "Authors,Author full names,Article Title,Source Title,Abstract,Publication Year",
            "-,authors,title,venue,abstract,year",
            id="Web of Science, Excel",
        ),
        pytest.param(
            "Key,Item Type,Publication Year,Author,Title,Publication Title,DOI,Url,Abstract Note",
            "-,-,year,authors,title,venue,doi,url,abstract",
            id="Zotero",
        ),
        pytest.param(
            "record_id,primary_title,notes_abstract,included", "-,title,abstract,-", id="ASReview"
        ),
        pytest.param(
            "PMID,Title,Authors,Citation,Journal/Book,Publication Year,DOI,Abstract",
            "pmid,title,authors,-,venue,year,doi,abstract",
            id="PubMed",
        ),
        pytest.param("Titel,Kurzfassung,Jahr,Autoren", "title,abstract,year,authors", id="German"),
        pytest.param("TITRE,RÉSUMÉ,Année", "title,abstract,year", id="French"),
        pytest.param("题名,摘要,作者,年", "title,abstract,authors,year", id="Chinese"),
        pytest.param("title,abstract,de,so,id", "title,abstract,-,-,-", id="no codes"),
    ],
)
def test_columns_are_told_by_their_names(header: str, expected: str) -> None:
    names = header.split(",")
    fields = expected.replace(",", " ").split()
    right = {field: name for field, name in zip(fields, names, strict=True) if field != "-"}
    assert tables.columns(names) == right
    assert tables.columns_of(header + "\n1,2\n") == right


@pytest.mark.parametrize(
    ("text", "is_table"),
    [
        ("title,abstract\nA,B\n", True),
        ('"Title";"Abstract"\n', True),
        ("\ufeffTitle|Year|Abstract\n", True),
        ("sep=;\nTitle;Abstract\n", True),
        ("\n\nTI\tAB\n", True),
        ("title,year\nA,2020\n", False),
        ("abstract\n", False),
        ("Title, abstract and figures of a paper are here.\n", False),
        ('{"title": "A", "abstract": "B"}\n', False),
        ("@article{x,\n title = {A},\n abstract = {B}}\n", False),
        ("TY  - JOUR\nTI  - A\nAB  - B\n", False),
        ("PMID- 1\nTI  - A\n", False),
        ("<?xml version='1.0'?><title>A</title>", False),
        ("", False),
    ],
)
def test_a_table_is_told_by_its_first_line(text: str, is_table: bool) -> None:
    assert tables.sniff(text) is is_table


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_separator_and_line_end_will_do(separator: str) -> None:
    rows = [["Title", "Abstract", "Year"], ["A, b; c", 'Says "x"\n\ty | z', "2020"], ["D", "E", ""]]
    written = io.StringIO()
    csv.writer(written, delimiter=separator).writerows(rows)
    assert read(written.getvalue()) == [
        Raw(title="A, b; c", abstract='Says "x"\n\ty | z', year="2020", line=2),
        Raw(title="D", abstract="E", line=4),
    ]


def test_blank_rows_and_the_hint_of_excel_are_no_records() -> None:
    assert read("sep=;\r\nTitle;Abstract\r\n\r\nA;B\r\n;\r\n") == [
        Raw(title="A", abstract="B", line=4)
    ]


def test_a_record_without_abstract_is_given_too() -> None:
    assert titles("title,abstract\nA,\n,B\n") == ["A", ""]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        pytest.param("B,b,2,x", [(3, "B")], id="too many"),
        pytest.param("B,b", [(3, "B")], id="too few"),
        pytest.param('B,"b "x" b",2', [(3, "")], id="quotes inside"),
        pytest.param('B,"b,2', [(3, "")], id="an unclosed quote"),
        pytest.param('"B,b,2', [(3, "")], id="an unclosed quote first"),
        pytest.param('B,"b\nb",2,x', [(3, "B")], id="two lines"),
        pytest.param('B,"b\nb\n\nb",2,x', [(3, "B")], id="four lines"),
        pytest.param('B,"b "x"\nb",2,x', [(3, ""), (4, "")], id="quotes inside of two lines"),
    ],
)
@pytest.mark.parametrize("after", ["C,c,3", '"C","c",3', '"C",c,"3"\n"C","c","3"'])
def test_a_broken_row_is_reported_and_the_rest_read(
    bad: str, told: list[tuple[int, str]], after: str
) -> None:
    text = f"title,abstract,year\nA,a,1\n{bad}\n{after}\n"
    assert titles(text) == ["A"] + ["C"] * after.count("C")
    assert faults(text) == told


def test_an_unclosed_quote_does_not_swallow_a_large_file() -> None:
    rows = "".join(f"T{number},{'word ' * 200},3\n" for number in range(3_000))
    text = f'title,abstract,year\nA,"a,1\n{rows}'
    assert titles(text) == [f"T{number}" for number in range(3_000)]
    assert faults(text) == [(2, "")]


def test_a_long_field_is_read_and_one_without_end_reported() -> None:
    long, endless = "x" * 500_000, "x" * (tables.MAX_FIELD + 1)
    text = f"title,abstract,y\nA,{long},1\nB,{endless},2\nC,c,3\n"
    assert titles(text) == ["A", "C"]
    assert faults(text) == [(3, "")]


def test_a_line_without_end_is_cut() -> None:
    text = "title,abstract\n" + "x" * (2 * tables.MAX_LINE) + "\nC,c\n"
    assert titles(text) == ["C"]


def test_between_tabs_a_quote_may_be_a_letter() -> None:
    assert titles('title\tabstract\n"Robots" clean\ta\nB\tb\n') == ['"Robots" clean', "B"]


def test_a_table_without_abstracts_says_so_once() -> None:
    (only,) = read("PMID,Title,Year\n1,A,2\n3,B,4\n")
    assert isinstance(only, Fault)
    assert "abstracts" in only.why


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ångström, Lena (58975547800); Li, Wei (1)", ["Ångström, Lena", "Li, Wei"]),
        ("[No author name available]", []),
        ("No authors listed", []),
        ("Noam A. Uthor", ["Noam A. Uthor"]),
        ("M&uuml;ller, Jörg; Li, Wei", ["M&uuml;ller, Jörg", "Li, Wei"]),
        ("Smith, John and van der Meer, Pieter", ["Smith, John", "van der Meer, Pieter"]),
        ("Wei Li, Ana Gómez, and Bob Ray", ["Wei Li", "Ana Gómez", "Bob Ray"]),
        ("Wei Li, Ana Gómez", ["Wei Li", "Ana Gómez"]),
        ("Wei Li | Ana Gómez", ["Wei Li", "Ana Gómez"]),
        ("Li W, Gómez AB.", ["Li W", "Gómez AB."]),
        ("Smith, J., Doe, A.-B.", ["Smith, J.", "Doe, A.-B."]),
        ("Smith, J.", ["Smith, J."]),
        ("Smith, John", ["Smith, John"]),
        ("van der Meer, Pieter", ["van der Meer, Pieter"]),
        ("Smith, Jr., John", ["Smith, Jr., John"]),
        ("Anderson", ["Anderson"]),
        ("王小明, 李四", ["王小明", "李四"]),
        ("['Petrova, Olga', \"D'Souza, Raj\", None]", ["Petrova, Olga", "D'Souza, Raj"]),
        ("['Wei Li'\n 'Ana G\\'omez']", ["Wei Li", "Ana G'omez"]),
        ("[]", []),
        ("[Wei Li]", ["[Wei Li]"]),
        ("", []),
        ("[" * 50_000, ["[" * 50_000]),
        (" " * 100_000 + "and", ["and"]),
    ],
)
def test_authors_are_parted_by_what_parts_them(text: str, names: Sequence[str]) -> None:
    assert list(tables.people(text)) == names


def test_keywords_are_parted_by_what_parts_them() -> None:
    assert tables.words("a; b, c;") == ("a", "b, c")
    assert tables.words("a b, c") == ("a b", "c")
    assert tables.words("a|b") == ("a", "b")
    assert tables.words("['a', 'b']") == ("a", "b")
    assert tables.words("") == ()


def test_excel_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    (only,) = tables.read_xlsx(Source("x.xlsx", lambda: io.BytesIO(b"")))
    assert only == Fault("reading .xlsx needs openpyxl; install cited-rag[xlsx]")


def test_an_excel_workbook_is_read() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["notes"])
    sheet = book.create_sheet("papers")
    for row in (
        ["Title", "Abstract", "Year", "Authors"],
        ["A", "a", 2020, "Li, Wei; Gómez, Ana"],
        [],
        ["B", None, None, None],
    ):
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    assert list(tables.read_xlsx(Source("x.xlsx", lambda: io.BytesIO(written.getvalue())))) == [
        Raw(title="A", abstract="a", year="2020", authors=("Li, Wei", "Gómez, Ana"), line=2),
        Raw(title="B", line=4),
    ]
    for data in (b"", b"PK\x03\x04", written.getvalue()[:-100]):
        (broken,) = tables.read_xlsx(Source("x.xlsx", partial(io.BytesIO, data)))
        assert isinstance(broken, Fault)


@given(
    st.text(alphabet=st.sampled_from("ab,\";\t|\n\r ['\\&x\x00é") | st.characters(), max_size=300),
    st.sampled_from(["", "title,abstract,year\n", "TI\tAB\tPY\n", '"Title";"Abstract"\n']),
)
def test_no_text_breaks_the_reader(text: str, header: str) -> None:
    for one in read(header + text):
        assert isinstance(one, (Raw, Fault))
        assert one.line
    tables.sniff(text)
    tables.people(text)
    tables.words(text)
