"""Atom feeds of arXiv: each entry by itself, what is broken reported, nothing fetched."""

from __future__ import annotations

import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.intake.readers import atom
from rag.intake.readers.raw import HEAD, Fault, Raw, Source

FEED = '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
ENTRY = """  <entry>
    <id>http://arxiv.org/abs/2303.16727v2</id>
    <updated>2023-04-18T17:59:59Z</updated>
    <published>2023-03-29T14:28:41Z</published>
    <title>Scaling video &amp;
  masks</title>
    <summary>  We scale $x&lt;5$.
It works.
</summary>
    <author><name>Limin Wang</name>
      <arxiv:affiliation xmlns:arxiv="http://arxiv.org/schemas/atom">Nanjing</arxiv:affiliation>
    </author>
    <author><name>Ana Gómez</name></author>
    <arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">10.1000/x</arxiv:doi>
    <link title="doi" href="http://dx.doi.org/10.1000/x" rel="related"/>
    <arxiv:comment xmlns:arxiv="http://arxiv.org/schemas/atom">CVPR 2023</arxiv:comment>
    <arxiv:journal_ref xmlns:arxiv="http://arxiv.org/schemas/atom">CVPR 2023</arxiv:journal_ref>
    <arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.CV"/>
    <category term="cs.CV" scheme="http://arxiv.org/schemas/atom"/>
    <category term="cs.LG" scheme="http://arxiv.org/schemas/atom"/>
  </entry>
"""
HEADER = "<link href='x'/><title type='html'>ArXiv Query: all:video</title><id>x</id>\n"


def entry(title: str) -> str:
    return f"<entry><id>http://arxiv.org/abs/math/0309002</id><title>{title}</title></entry>\n"


def read(text: str) -> list[Raw | Fault]:
    data = text.encode("utf-8", "replace")
    head = data[:HEAD].decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return list(atom.read(Source("x.xml", lambda: io.BytesIO(data), "utf-8", head)))


def brief(text: str) -> list[tuple[str, int | None, bool]]:
    return [(one.title, one.number, isinstance(one, Raw)) for one in read(text)]


def test_an_answer_of_arxiv_is_read_as_it_is() -> None:
    assert read(f"{FEED}{HEADER}{ENTRY}</feed>") == [
        Raw(
            title="Scaling video &\n  masks",
            abstract="  We scale $x<5$.\nIt works.\n",
            authors=("Limin Wang", "Ana Gómez"),
            year="2023-03-29",
            venue="CVPR 2023",
            doi="10.1000/x",
            arxiv_id="2303.16727v2",
            url="http://arxiv.org/abs/2303.16727v2",
            keywords=("cs.CV", "cs.LG"),
            number=1,
        )
    ]


def test_old_ids_prefixes_and_markup_are_read() -> None:
    text = (
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry a:x="1">'
        "<a:id>http://arxiv.org/abs/math/0309002</a:id>"
        '<a:title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <i>b</i></div></a:title>'
        "<a:content><![CDATA[a < b]]></a:content></a:entry></a:feed>"
    )
    address = "http://arxiv.org/abs/math/0309002"
    assert read(text) == [
        Raw(title="A b", abstract="a < b", arxiv_id="math/0309002", url=address, number=1)
    ]


def test_pages_of_answers_may_stand_one_behind_the_other() -> None:
    page = f"{FEED}{HEADER}{entry('A')}{entry('B')}</feed>\n"
    assert [title for title, *_ in brief(page + page)] == ["A", "B", "A", "B"]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param("<entry><title>X</title><summary>a < b</summary></entry>", id="a bare sign"),
        pytest.param("<entry><title>X</title><summary>a", id="an open entry"),
        pytest.param("<entry><title>X</title><x:y>a</x:y></entry>", id="no namespace"),
        pytest.param("<entry><title>X</title><z>&nope;</z></entry>", id="an unknown entity"),
        pytest.param("<entry><title>X</title></b></entry>", id="a wrong end"),
    ],
)
def test_a_broken_entry_is_reported_and_the_rest_read(bad: str) -> None:
    assert brief(f"{FEED}{HEADER}{entry('A')}{bad}\n{entry('B')}</feed>") == [
        ("A", 1, True),
        ("X", 2, False),
        ("B", 3, True),
    ]


def test_a_control_character_is_no_reason_to_lose_an_entry() -> None:
    assert brief(FEED + entry("A\x0b\x00b")) == [("Ab", 1, True)]


def test_an_error_of_arxiv_is_no_paper() -> None:
    error = (
        "<entry><id>http://arxiv.org/api/errors#incorrect_id_format_for_x</id>"
        "<title>Error</title><summary>incorrect id format for x</summary></entry>"
    )
    (fault,) = read(f"{FEED}{error}</feed>")
    assert fault == Fault("is an error of arXiv (incorrect id format for x)", number=1)


LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>\n'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n'


@pytest.mark.parametrize("doctype", [LAUGHS, OUTSIDE, '<!doctype x SYSTEM "http://a.org/x.dtd">'])
def test_a_doctype_is_refused_and_nothing_expanded(doctype: str) -> None:
    text = FEED.replace("<feed", f"{doctype}<feed") + entry("&a;&b;") + "</feed>"
    assert atom.sniff(text)
    (fault,) = read(text)
    assert isinstance(fault, Fault)
    assert "DOCTYPE" in fault.why
    (inside,) = read(FEED + entry(f"{doctype}A"))
    assert isinstance(inside, Fault)


@pytest.mark.parametrize("size", range(1, 30))
def test_entries_may_be_cut_anywhere(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(atom, "_CHUNK", size)
    text = f"{FEED}{HEADER}{entry('A')}{ENTRY}{entry('B')}</feed>"
    assert [(title[:7], is_read) for title, _, is_read in brief(text)] == [
        ("A", True),
        ("Scaling", True),
        ("B", True),
    ]


@pytest.mark.parametrize(
    ("text", "is_atom"),
    [
        (FEED, True),
        ('\ufeff<!-- a -->\n<feed a="b"\n xmlns="http://www.w3.org/2005/Atom">', True),
        ("<entry xmlns='http://www.w3.org/2005/Atom'><title>A</title></entry>", True),
        ("<feed><entry/></feed>", False),
        ("<?xml version='1.0'?><PubmedArticleSet></PubmedArticleSet>", False),
        ("<html><body>http://www.w3.org/2005/Atom</body></html>", False),
        ('{"feed": "http://www.w3.org/2005/Atom"}', False),
        ("A title\n\nAn abstract of a <feed>.\n", False),
        ("", False),
    ],
)
def test_a_feed_is_told_by_its_root(text: str, is_atom: bool) -> None:
    assert atom.sniff(text) is is_atom


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "<entry>" * 100_000,
        "<feed " * 200_000,
        FEED + "<entry>" + "<a>" * 500_000,
        FEED + "<entry " + "x" * 9_000_000,
        "<?" * 200_000,
        "<!--" * 200_000,
        " " * 1_000_000 + "<entry>",
        "<entry><title " * 50_000,
    ],
)
def test_nothing_takes_long(text: str) -> None:
    began = time.monotonic()
    atom.sniff(text)
    read(text)
    assert time.monotonic() - began < 20


@given(
    st.text(alphabet=st.sampled_from("<>/&;!-[]'\" aentry\x00:") | st.characters(), max_size=200)
)
def test_no_text_breaks_the_reader(text: str) -> None:
    for start in ("", FEED, f"{FEED}<entry>", f"{FEED}<entry><title>"):
        atom.sniff(start + text)
        for one in read(f"{start}{text}</entry>"):
            assert isinstance(one, (Raw, Fault))
