import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.intake.readers import medline
from rag.intake.readers.raw import HEAD, Fault, Raw, Source

CASES = Path(__file__).parents[2] / "data" / "cases"


def read(text: str) -> list[Raw | Fault]:
    data = text.encode()
    return list(medline.read(Source("x.nbib", lambda: io.BytesIO(data), "utf-8", head=text[:HEAD])))


def one(*lines: str) -> Raw:
    (record,) = read("\n".join(("PMID- 1", *lines)))
    assert isinstance(record, Raw)
    return record


def test_fields() -> None:
    record = one(
        "OWN - NLM",
        "DP  - 2024 Dec",
        "TI  - A title that PubMed ",
        "      wraps.",
        "LID - e12 [pii]",
        "LID - 10.1000/x [doi]",
        "AB  - BACKGROUND: One",
        "      AND- two.",
        "OAB - Other",
        "TA  - J",
        "JT  - Journal",
        "MH  - *Sleep/*physiology",
        "OT  - *nap",
        "PMC - PMC1",
        "AID - 10.1000/y [doi]",
        "SO  - J. 2024;1. doi: 10.1000/z.",
    )
    assert record == Raw(
        title="A title that PubMed wraps.",
        abstract="BACKGROUND: One AND- two.",
        year="2024 Dec",
        venue="Journal",
        doi="10.1000/x",
        pmid="1",
        keywords=("nap", "Sleep/physiology"),
        line=1,
    )


@pytest.mark.parametrize(
    ("lines", "name", "value"),
    [
        (("FAU - Rao, Murali", "AU  - Rao M", "AU  - Li X"), "authors", ("Rao, Murali", "Li X")),
        (("FAU - A, B", "FAU - C, D", "AU  - A B", "AU  - C D"), "authors", ("A, B", "C, D")),
        (("AU  - Li X", "CN  - Sleep Group"), "authors", ("Li X", "Sleep Group")),
        (("CN  - Group, UK",), "authors", ("{Group, UK}",)),
        (("FED - Editor, E",), "authors", ()),
        (("TT  - Le repos.",), "title", "Le repos."),
        (("TI  - [Nap].", "TT  - Le repos."), "title", "[Nap]."),
        (("TI  - [Not Available].", "TT  - Le repos."), "title", "Le repos."),
        (("BTI - The Book",), "title", "The Book"),
        (("BTI - The Book",), "venue", ""),
        (("TI  - Chapter", "BTI - The Book"), "venue", "The Book"),
        (("TA  - J Abbr",), "venue", "J Abbr"),
        (("OAB - Other",), "abstract", "Other"),
        (("AB  - First", "", "      second"), "abstract", "First second"),
        (("AB  - First", "not indented"), "abstract", "First not indented"),
        (("AB  - First", "", "Rubbish"), "abstract", "First"),
        (("AID - arXiv:2403.01234v2 [pii]",), "arxiv_id", "2403.01234v2"),
        (("AID - 10.1000/y [doi]",), "doi", "10.1000/y"),
        ((), "year", None),
    ],
)
def test_a_field(lines: tuple[str, ...], name: str, value: object) -> None:
    assert getattr(one(*lines), name) == value


def test_where_records_begin() -> None:
    text = """
PMID- 1
TI  - A

DP  - 2020

PMID- 2
TI  - B
PMID- 3
TI  - C

TI  - D
AB  - d

TI  - E
"""
    assert read(text) == [
        Raw(title="A", year="2020", pmid="1", line=2),
        Raw(title="B", pmid="2", line=7),
        Raw(title="C", pmid="3", line=9),
        Raw(title="D", abstract="d", line=12),
        Raw(title="E", line=15),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends(newline: str) -> None:
    text = "PMID- 1\nTI  - A\n\nPMID- 2\nTI  - B\n".replace("\n", newline)
    assert read(text) == [Raw(title="A", pmid="1", line=1), Raw(title="B", pmid="2", line=4)]


def test_a_record_holds_no_more_than_so_many_lines() -> None:
    record = one("AB  - x", *["      y"] * (medline.MOST_LINES + 10))
    assert len(record.abstract) <= 2 * medline.MOST_LINES


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("\nPMID- 39600001\nOWN - NLM\n", True),
        ("PMID- 1\n\nTI  - x\n", True),
        ("STAT- Publisher\nDP  - 2025\n", True),
        ("PMID: 39600001\nTI  - x", False),
        ("PMID- 39600001", False),
        ("x\n" * 3_000 + "PMID- 1\nTI  - x\n", False),
        ("TY  - JOUR\nTI  - x\nER  - ", False),
        ("@article{k,\n title = {x}}", False),
        ("pmid,title\n1,b", False),
        ("<PubmedArticleSet>", False),
        ("", False),
    ],
)
def test_sniff(text: str, is_it: bool) -> None:
    assert medline.sniff(text) is is_it


def test_sample() -> None:
    data = (CASES / "pubmed.nbib").read_bytes()
    records = list(medline.read(Source("x.nbib", lambda: io.BytesIO(data))))
    assert [record.line for record in records] == [1, 32, 46, 65]
    raws = {record.title: record for record in records if isinstance(record, Raw)}
    expected = (CASES / "pubmed.nbib.expected.jsonl").read_text("utf-8").splitlines()
    for row in map(json.loads, expected):
        raw = raws[row["title"]]
        assert raw.abstract == row["abstract"]
        assert str(raw.year).split()[0] == str(row["year"])
        assert (raw.venue, raw.doi) == (row["venue"], row["doi"])
        assert sorted(" ".join(raw.authors).replace(",", "").split()) == sorted(
            " ".join(row["authors"]).split()
        )
    assert raws["Is sleep medicine going the dinosaur way?"].abstract == ""


@given(
    st.text(max_size=3_000)
    | st.lists(
        st.sampled_from(
            ["PMID- 1", "TI  - a", "FAU - b, c", "AU  - b", "", "      x", "AB  -", "y"]
        )
    ).map("\n".join)
)
@settings(deadline=2_000, max_examples=150)
def test_any_text_is_read(text: str) -> None:
    clean = text.encode(errors="replace").decode()
    for whole in (clean, f"PMID- 1\nAB  - {clean}"):
        medline.sniff(whole)
        for record in read(whole):
            assert record.line
