import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.intake.readers import bibtex
from rag.intake.readers.raw import HEAD, Fault, Raw, Source

CASES = Path(__file__).parents[2] / "data" / "cases"
BROKEN = "has a brace that is opened and not closed"


def source(text: str) -> Source:
    data = text.encode()
    return Source("x.bib", lambda: io.BytesIO(data), "utf-8", head=text[:HEAD])


def read(text: str) -> list[Raw | Fault]:
    return list(bibtex.read(source(text)))


def one(fields: str, kind: str = "article") -> Raw:
    (record,) = read(f"@{kind}{{key,\n{fields}\n}}\n")
    assert isinstance(record, Raw), record
    return record


def title(value: str) -> str:
    return one(f"title = {{{value}}}").title


@pytest.mark.parametrize(
    ("tex", "plain"),
    [
        (r"Probing {BERT}: {A} {T}urkish", "Probing BERT: A Turkish"),
        (r"{{All Of It}}", "All Of It"),
        (r"Na{\"\i}ve Na{\"{\i}}ve Na\"{\i}ve Na\"ive", "Naïve Naïve Naïve Naïve"),
        (r"Ay{\c{s}}e \c{S} \c c {\v S}", "Ayşe Ş ç Š"),
        (r"Mu\~noz Mu{\~n}oz {\'E}. {\AA}sa {\o}re {\ss} \L{}odz", "Muñoz Muñoz É. Åsa øre ß Łodz"),
        (r"Nguy{\~{\^{e}}}n Th{\'{u}}y", "Nguyễn Thúy"),
        (r"5\% R\&D file\_x \$8 \#1 {\%} {\$}8", "5% R&D file_x $8 #1 % $8"),
        (r"p {\textless} 0.05, {\textasciitilde}30, a{\textbar}b", "p < 0.05, ~30, a|b"),
        (r"5~\textmu m, TNF-\textalpha{}, \alpha-helix", "5 μm, TNF-α, α-helix"),
        (r"\textit{any} \emph{b} {\em c} CO\textsubscript{2}", "any b c CO2"),
        (r"\unknown{kept} and \textcolor{red}{x}", "kept and x"),
        (r"see \href{https://x.org/a}{this}\cite[p. 1]{key}", "see this"),
        (r"``know?{''} it's 3--15 --- \textquotesingle", "“know?” it's 3–15 — '"),
        (r"1.4{\,}GB a\ b", "1.4 GB a b"),
        (r"\{x\} C:{\textbackslash}a", r"{x} C:\a"),
        (r"100% & more ^ # a_b ~30 $5 and 6 of $7", "100% & more ^ # a_b  30 $5 and 6 of $7"),
        (
            r"a $\mathcal{O}(n \log n)$ and {$F_1 = {x}$}",
            r"a $\mathcal{O}(n \log n)$ and $F_1 = {x}$",
        ),
        (r"\alpha of \(x_1\), $k$ or $$y$$", r"αof \(x_1\), $k$ or $$y$$"),
        ("first\n\n  second", "first\n\n  second"),
    ],
)
def test_tex_becomes_text_and_maths_stays(tex: str, plain: str) -> None:
    assert title(tex) == plain


def test_commands_too_deep_for_pylatexenc_are_left_out() -> None:
    assert title("a " + r"\frac{" * 3_000 + "x" + "}" * 3_000) == "a x"


def test_a_value_is_joined_of_parts() -> None:
    text = """@string{acl = {Meeting of the }}
@STRING{long = acl # "Association"}
@inproceedings{k, booktitle = LONG # " (Volume " # 1 # {)}, title = un # " x", year = 2021}"""
    (record,) = read(text)
    assert record == Raw(
        title="un x",
        venue="Meeting of the Association (Volume 1)",
        year="2021",
        citation_key="k",
        line=3,
    )


def test_strings_that_double_do_not_fill_memory() -> None:
    doubled = "".join(f"@string{{a{i + 1} = a{i} # a{i}}}\n" for i in range(60))
    (record,) = read(f'@string{{a0 = "xxxxxxxxxx"}}\n{doubled}@misc{{k, title = a60 # a60}}')
    assert isinstance(record, Raw)
    assert len(record.title) == 2 * bibtex.MOST_STRING


def test_fields() -> None:
    record = one(
        """Title = "A "quoted" word", subtitle = {B},  % a comment
        journaltitle = {J}, date = {2021-05}
        doi = {10.1000/CAFE\\_2021--7}, pmid = {123}, keywords = {{a b}, c; d, e},
        url = {https://x.org/{\\textasciitilde}me/a%20b--c\\_d~e}, groups = {Mine, Yours},
        file = {Full Text:C\\:\\\\Users\\\\}, title = {another}, abstract = {The quote " stays.},"""
    )
    assert record == Raw(
        title='A "quoted" word: B',
        abstract='The quote " stays.',
        year="2021-05",
        venue="J",
        doi="10.1000/CAFE_2021--7",
        pmid="123",
        url="https://x.org/~me/a%20b--c_d~e",
        citation_key="key",
        keywords=("a b, c", "d, e"),
        collections=("Mine", "Yours"),
        line=1,
    )


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Kaya, Ay{\\c{s}}e  and\n  van der Meer, Pieter", ("Kaya, Ayşe", "van der Meer, Pieter")),
        ("Li Li and others", ("Li Li",)),
        ("A AND {The X and Y Consortium} and B", ("A", "The X and Y Consortium", "B")),
        ("{Barnes and Noble, Inc.}", ("{Barnes and Noble, Inc.}",)),
        ("Sanderson and Anderson", ("Sanderson", "Anderson")),
        ("family=Meer, given=Pieter, prefix=van der, useprefix=true", ("van der Meer, Pieter",)),
        ("", ()),
    ],
)
def test_authors(value: str, names: tuple[str, ...]) -> None:
    assert one(f"author = {{{value}}}").authors == names


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ("eprint = {2403.01234v2}, archivePrefix = {arXiv}", "2403.01234v2"),
        ("eprint = {math/0309002}, eprinttype = {arxiv}", "math/0309002"),
        ("eprint = {123}, eprinttype = {jstor}", ""),
        ("arxivId = {1706.03762}", "1706.03762"),
        ("note = {arXiv:2101.00001 [cs]}", "2101.00001"),
        ("note = {See arXiv:2101.00001}", ""),
        ("number = {arXiv:2101.00001}", "2101.00001"),
        ("journal = {arXiv preprint arXiv:1706.03762}", "1706.03762"),
        ("journal = {CoRR}, volume = {abs/2101.00001}", "2101.00001"),
    ],
)
def test_arxiv(fields: str, found: str) -> None:
    assert one(fields, "misc").arxiv_id == found


def test_url_in_howpublished_and_conference_before_journal() -> None:
    assert one(r"howpublished = {\url{http://x_y}}").url == "http://x_y"
    assert one("howpublished = {Online}").url == ""
    both = "journal = {J}, booktitle = {B}"
    assert (one(both).venue, one(both, "inproceedings").venue) == ("J", "B")


@pytest.mark.parametrize(
    ("start", "key"),
    [
        ("@article{DBLP:journals/tvx/WangL22,", "DBLP:journals/tvx/WangL22"),
        ("@article{ WOS:000900000000001,", "WOS:000900000000001"),
        ("@Article {Möller_2020+a,", "Möller_2020+a"),
        ("@article{,", ""),
        ("@article{", ""),
    ],
)
def test_keys_to_the_letter(start: str, key: str) -> None:
    assert read(f"{start} title = {{T}}}}") == [Raw(title="T", citation_key=key, line=1)]


def test_what_is_no_entry_is_skipped() -> None:
    text = """Made by me@example{x} on a day
% @article{no, title = {x}}
@comment{jabref-meta: {a}; @no{x}}
@preamble{ "\\newcommand{\\noop}[1]{}" }
@misc{a, title = {A}}@misc{b, title = {B}} tail
@comment{an open { brace
@misc{c, title = {C}}"""
    assert read(text) == [
        Raw(title="A", citation_key="a", line=5),
        Raw(title="B", citation_key="b", line=5),
        Raw(title="C", citation_key="c", line=7),
    ]


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ('@a{x,\n title = "T {W}",\n abstract = "15{{\\%}."\n}', Fault(BROKEN, "T W", 2)),
        ("@a{x,\n title = {A}}, author = {B}}", Fault("", "A", 2)),
        ("@a{x,\n booktitle = {B}},\n author = {B}\n}", Fault("", "", 2)),
        ('@a{x, title = "T "so", he said", year = 1}', Fault("", "T ", 2)),
        ("@a{x, title {T}}", Fault("", "", 2)),
        ('@a{x, title = "T}', Fault("", "", 2)),
        ('@string{x = "T}', Fault("", "", 2)),
    ],
)
def test_a_broken_entry_is_told_and_the_next_is_read(broken: str, fault: Fault) -> None:
    found, after = read(f"\n{broken}\n\n  @misc{{y, title = {{Y}}}}\n")
    assert isinstance(found, Fault)
    assert found.line == fault.line
    assert found.title.startswith(fault.title)
    assert not fault.why or found.why == fault.why
    assert isinstance(after, Raw)
    assert after.title == "Y"


def test_an_open_entry_holds_no_more_than_so_many_lines() -> None:
    found, after = read("@a{x, title = {" + "\n" * (bibtex.MOST_LINES + 9) + " @b{y}")
    assert found == Fault("is far too long for an entry", "", 1)
    assert isinstance(after, Raw)


def test_cut_off_at_the_end() -> None:
    assert read("@a{x,\ntitle = {T},\n abstract = {") == [
        Fault("has a brace that is opened and not closed when the file ends", "T", 1)
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends(newline: str) -> None:
    text = "@a{x,\n title = {A\n b}\n}\n\n@a{y, title = {C}}".replace("\n", newline)
    assert [(r.title, r.line) for r in read(text)] == [("A\n b", 1), ("C", 6)]


def test_hostile_files_take_no_time() -> None:
    many = 50_000
    for text in (
        "@a{k,title={" + r"\'{" * many + "a" + "}" * many + "}}",
        "@a{k,title={" + "$x" * many + "}}",
        '@a{k, t="' + '" ' * many,
        "@a{k, " + " ," * many + "=}",
        "@a{" + " " * many,
        "@a{k,author={" + "a and " * many + "}}",
        "@a{k,title={" + "{" * many + "}" * many + "}}",
        "@a{k,title={x}}" * 20_000,
    ):
        assert read(text)
        bibtex.sniff(text[:HEAD])


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("@article{k,\n title = {x}}", True),
        ("% Encoding\n\n  @misc{,\n\ttitle={x}}", True),
        ("@string{acl = {x}}", True),
        ("@Comment{jabref-meta: x}", True),
        ("Automatically generated by Mendeley\n\n@article{k,\n title = {x}}", True),
        ("Mail me@example{k, a = 1} of @article{k, t = 1}", False),
        ("x\n" * 3_000 + "@article{k, title = {x}}", False),
        ("@Test(a, b = 1)\nclass X {", False),
        ('{"a": "\n@article{k, title = {x}}"}', False),
        ("title,abstract\nA,b", False),
        ("TY  - JOUR\nTI  - x", False),
        ("PMID- 1\nTI  - x\n", False),
        ("<PubmedArticleSet>", False),
        ("", False),
    ],
)
def test_sniff(text: str, is_it: bool) -> None:
    assert bibtex.sniff(text) is is_it


def test_sample() -> None:
    data = (CASES / "researcher.bib").read_bytes()
    records = list(bibtex.read(Source("x.bib", lambda: io.BytesIO(data))))
    raws = {record.title: record for record in records if isinstance(record, Raw)}
    expected = (CASES / "researcher.bib.expected.jsonl").read_text("utf-8").splitlines()
    for row in map(json.loads, expected):
        raw = raws[row["title"]] if row["title"] in raws else raws[_wrapped(row["title"], raws)]
        assert " ".join(raw.abstract.split()) == " ".join(row["abstract"].split())
        assert [_given_first(name) for name in raw.authors] == row["authors"]
        assert raw.year == str(row["year"])
        assert raw.venue == row.get("venue", "")
        assert raw.doi.endswith(row.get("doi", ""))
        assert (raw.arxiv_id, raw.url) == (row.get("arxiv_id", ""), row.get("url", ""))
    (fault,) = (record for record in records if isinstance(record, Fault))
    assert fault == Fault(BROKEN, "Multilingual Lemmatizers Under Low Resource", 69)
    assert len(raws) == len(expected) + 2


def _wrapped(wanted: str, titles: dict[str, Raw]) -> str:
    return next(title for title in titles if " ".join(title.split()) == wanted)


def _given_first(name: str) -> str:
    return " ".join(reversed(name.split(", ")))


@given(st.text(max_size=3_000) | st.text("@a{}\"\\$,=# \n~^'`%-ic", max_size=3_000))
@settings(deadline=2_000, max_examples=150)
def test_any_text_is_read(text: str) -> None:
    clean = text.encode(errors="replace").decode()
    for whole in (clean, f"@a{{k, title = {{{clean}}}, author = {{{clean}}}}}"):
        bibtex.sniff(whole)
        for record in read(whole):
            assert record.line


def test_round_brackets_hold_an_entry_too() -> None:
    text = """@string(acl = "Meeting (ACL)")
@inproceedings(k, title = {A {(nested} title)}, booktitle = acl, note = "a ) b", year = 2021)
@Cache(size = 3)
@misc{l, title = {After}}"""
    first, second = read(text)
    assert isinstance(first, Raw)
    assert isinstance(second, Raw)
    assert (first.title, first.venue, first.year) == ("A (nested title)", "Meeting (ACL)", "2021")
    assert (second.title, second.citation_key) == ("After", "l")
    assert bibtex.sniff("@inproceedings(k, title = {A})")
    assert not bibtex.sniff("@cache(size, ttl=3)\ndef f(): ...")
