import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.intake.readers import ris
from rag.intake.readers.raw import HEAD, Fault, Raw, Source

CASES = Path(__file__).parents[2] / "data" / "cases"


def read(text: str) -> list[Raw | Fault]:
    data = text.encode()
    return list(ris.read(Source("x.ris", lambda: io.BytesIO(data), "utf-8", head=text[:HEAD])))


def one(*lines: str, kind: str = "JOUR") -> Raw:
    (record,) = read("\n".join((f"TY  - {kind}", *lines, "ER  - ")))
    assert isinstance(record, Raw)
    return record


def test_fields() -> None:
    record = one(
        "TI  - A title",
        "AU  - Ndiaye, A",
        "AU  - van Dijk, T; Rossi, B",
        "A2  - Editor, E",
        "PY  - 2020/09/22",
        "AB  - An abstract.",
        "N2  - Another.",
        "T2  - Journal",
        "DO  - doi:10.1000/x",
        "UR  - https://example.org/1",
        "UR  - https://example.org/2",
        "KW  - music",
        "KW  - sleep; dose",
        "U9  - unknown",
        "N1  - Export Date",
    )
    assert record == Raw(
        title="A title",
        abstract="An abstract.",
        authors=("Ndiaye, A", "van Dijk, T", "Rossi, B"),
        year="2020/09/22",
        venue="Journal",
        doi="doi:10.1000/x",
        url="https://example.org/1",
        keywords=("music", "sleep", "dose"),
        line=1,
    )


@pytest.mark.parametrize(
    ("lines", "name", "value"),
    [
        (("T1  - A",), "title", "A"),
        (("ST  - Short",), "title", "Short"),
        (("T2  - Journal",), "title", ""),
        (("A1  - García M.", "A1  - B, C"), "authors", ("García M.", "B, C")),
        (("A2  - Editor, E",), "authors", ("Editor, E",)),
        (("N2  - Abstract",), "abstract", "Abstract"),
        (("AB  - One.", "AB  - Two."), "abstract", "One.\nTwo."),
        (("Y1  - 2019//",), "year", "2019//"),
        (("DA  - SEP 22", "PY  - 2020"), "year", "2020"),
        ((), "year", None),
        (("JO  - J. Abbr.", "JF  - Full"), "venue", "Full"),
        (("JO  - J. Abbr.", "T2  - Full"), "venue", "Full"),
        (("JA  - J. Abbr.",), "venue", "J. Abbr."),
        (("C3  - 2020 Symposium",), "venue", "2020 Symposium"),
        (("M3  - 10.1000/a.7",), "doi", "10.1000/a.7"),
        (("M3  - Article", "L2  - http://dx.doi.org/10.1000/a.7"), "doi", "10.1000/a.7"),
        (("L3  - 10.1000/a.7",), "doi", "10.1000/a.7"),
        (("M3  - Article",), "doi", ""),
        (("DB  - PubMed", "AN  - 31234567"), "pmid", "31234567"),
        (("DB  - Scopus", "C2  - 31234567"), "pmid", "31234567"),
        (("AN  - WOS:000282053100002",), "pmid", ""),
        (("KW  - one", "two", "three"), "keywords", ("one", "two", "three")),
        (("UR  - https://a.org", "https://b.org"), "url", "https://a.org"),
    ],
)
def test_a_field(lines: tuple[str, ...], name: str, value: object) -> None:
    assert getattr(one("SN  - 1", *lines), name) == value


def test_a_book_is_called_by_its_book_title() -> None:
    book = one("BT  - The Book", kind="BOOK")
    assert (book.title, book.venue) == ("The Book", "")
    chapter = one("TI  - Chapter", "BT  - The Book", kind="CHAP")
    assert (chapter.title, chapter.venue) == ("Chapter", "The Book")


def test_lines_that_go_on() -> None:
    record = one("AB  - One", "   two: x", "three - four", "II - five", "", "Six.", "TI  - T")
    assert record.abstract == "One\ntwo: x\nthree - four\nII - five\n\nSix."
    assert record.title == "T"


def test_rubbish_between_records_and_ends_that_are_missing() -> None:
    text = """Exported today

TY  - JOUR
TI  - A
ER  -

Link to the Ovid Full Text: https://x.org
TY  - JOUR
TI  - B
TY  - JOUR
ER  - \t
TI  - C
ER  -
   TY  - CONF
TI  - D"""
    assert read(text) == [
        Raw(title="A", line=3),
        Raw(title="B", line=8),
        Fault("has nothing but its type", line=10),
        Raw(title="C", line=12),
        Raw(title="D", line=14),
    ]


def test_one_blank_before_the_hyphen() -> None:
    assert read("TY - JOUR\nTI - A\nAB - B\nC\nER -\nTY  - JOUR\nTI  - D\nAB  - E\nII - F") == [
        Raw(title="A", abstract="B\nC", line=1),
        Raw(title="D", abstract="E\nII - F", line=6),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends(newline: str) -> None:
    text = "TY  - JOUR\nTI  - A\nER  - \n\nTY  - JOUR\nTI  - B\n".replace("\n", newline)
    assert read(text) == [Raw(title="A", line=1), Raw(title="B", line=5)]


def test_a_record_without_end_holds_no_more_than_so_many_lines() -> None:
    (record, *_) = read("TY  - JOUR\nTI  - A\nAB  - x\n" + "y\n" * (ris.MOST_LINES + 10))
    assert isinstance(record, Raw)
    assert record.abstract.count("\n") <= ris.MOST_LINES


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("TY  - JOUR\nTI  - x", True),
        ("\n\nTY  - CONF\n\nAU  - x", True),
        ("TY - JOUR\nTI - x", True),
        ("Exported by me\nTY  - JOUR\nER  -\n", True),
        ("TY  - JOUR", False),
        ("We read\nTY  - tables\nof types", False),
        ("x\n" * 3_000 + "TY  - JOUR\nTI  - x", False),
        ("PMID- 1\nTI  - x\n", False),
        ("@article{k,\n title = {x}}", False),
        ("title,abstract\nTY,b", False),
        ("<PubmedArticleSet>", False),
        ("", False),
    ],
)
def test_sniff(text: str, is_it: bool) -> None:
    assert ris.sniff(text) is is_it


def test_sample() -> None:
    data = (CASES / "databases_cp1252.ris").read_bytes()
    records = list(ris.read(Source("x.ris", lambda: io.BytesIO(data), "cp1252")))
    raws = {record.title: record for record in records if isinstance(record, Raw)}
    assert [record.line for record in records] == [1, 22, 39, 46]
    expected = (CASES / "databases_cp1252.ris.expected.jsonl").read_text("utf-8").splitlines()
    for row in map(json.loads, expected):
        raw = raws[row["title"]]
        assert str(row["year"]) in str(raw.year)
        assert (raw.venue, raw.doi.removeprefix("doi:")) == (row["venue"], row["doi"])
        assert sorted(" ".join(raw.authors).replace(",", "").split()) == sorted(
            " ".join(row["authors"]).split()
        )
        if "<p>" not in raw.abstract:
            assert " ".join(raw.abstract.split()) == row["abstract"]
    assert raws["Editorial note"].abstract == "[No abstract available]"


@given(
    st.text(max_size=3_000)
    | st.lists(
        st.sampled_from(["TY  - JOUR", "ER  - ", "TI  - a", "AU  - b, c", "", " x", "AB  -", "\r"])
    ).map("\n".join)
)
@settings(deadline=2_000, max_examples=150)
def test_any_text_is_read(text: str) -> None:
    clean = text.encode(errors="replace").decode()
    for whole in (clean, f"TY  - JOUR\nAB  - {clean}"):
        ris.sniff(whole)
        for record in read(whole):
            assert record.line
