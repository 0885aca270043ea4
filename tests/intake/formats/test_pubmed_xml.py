import io
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.intake.readers import pubmed_xml
from rag.intake.readers.raw import HEAD, Fault, Raw, Source

PROLOG = """<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2024//EN"
 "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_240101.dtd">
"""


def read(text: str, encoding: str = "utf-8") -> list[Raw | Fault]:
    data = text.encode(encoding)
    return list(pubmed_xml.read(Source("x", lambda: io.BytesIO(data), encoding, head=text[:HEAD])))


def article(inside: str, citation: str = "", data: str = "") -> str:
    return (
        f"<PubmedArticle><MedlineCitation>{citation}<Article>{inside}</Article></MedlineCitation>"
        f"<PubmedData>{data}</PubmedData></PubmedArticle>\n"
    )


def whole(*records: str) -> str:
    return f"{PROLOG}<PubmedArticleSet>\n{''.join(records)}</PubmedArticleSet>\n"


def one(inside: str, citation: str = "", data: str = "") -> Raw:
    (record,) = read(whole(article(inside, citation, data)))
    assert isinstance(record, Raw), record
    return record


def test_an_article() -> None:
    record = one(
        """<Journal><ISSN>1</ISSN><JournalIssue><PubDate><Year>2024</Year><Month>Dec</Month></PubDate>
        </JournalIssue><Title>Biology letters</Title></Journal>
        <ArticleTitle>H<sub>2</sub>O &amp; <i>E. <b>coli</b></i> at
        <mml:math><mml:mi>x</mml:mi></mml:math>.</ArticleTitle>
        <ELocationID EIdType="pii">e1</ELocationID>
        <ELocationID EIdType="doi" ValidYN="N">10.1000/wrong</ELocationID>
        <ELocationID EIdType="doi" ValidYN="Y">10.1000/x.1</ELocationID>
        <Abstract><AbstractText Label="BACKGROUND" NlmCategory="BACKGROUND">Sleep <b>changes</b>
        p&lt;0.05.</AbstractText><AbstractText Label="UNLABELLED">Two.</AbstractText><AbstractText/>
        <CopyrightInformation>(c) 2024</CopyrightInformation></Abstract>
        <AuthorList><Author ValidYN="Y"><LastName>Lefèvre</LastName><ForeName>Éric</ForeName>
        <Initials>É</Initials></Author><Author><LastName>Smith</LastName><Initials>J</Initials>
        <Suffix>Jr</Suffix></Author><Author ValidYN="N"><LastName>Smiht</LastName></Author>
        <Author><LastName>Plato</LastName></Author>
        <Author><CollectiveName>SLEEP Group</CollectiveName></Author>
        <Author><CollectiveName>Group, UK</CollectiveName></Author></AuthorList>""",
        '<PMID Version="1">39600001</PMID>',
        """<ArticleIdList><ArticleId IdType="doi">10.1000/later</ArticleId></ArticleIdList>""",
    )
    assert " ".join(record.title.split()) == "H2O & E. coli at x."
    assert " ".join(record.abstract.split()) == "BACKGROUND: Sleep changes p<0.05. Two."
    assert record.authors == (
        "Lefèvre, Éric",
        "Smith Jr, J",
        "Plato",
        "SLEEP Group",
        "{Group, UK}",
    )
    assert (record.year, record.venue) == ("2024", "Biology letters")
    assert (record.doi, record.pmid, record.line) == ("10.1000/x.1", "39600001", 5)


def test_what_stands_elsewhere() -> None:
    record = one(
        """<Journal><JournalIssue><PubDate><MedlineDate>2023 Apr-Jun</MedlineDate></PubDate>
        </JournalIssue><ISOAbbreviation>J Abbr</ISOAbbreviation></Journal>
        <ArticleTitle>[Not Available].</ArticleTitle>
        <VernacularTitle>Le repos.</VernacularTitle>""",
        """<OtherAbstract><AbstractText>Other.</AbstractText></OtherAbstract>
        <MeshHeadingList><MeshHeading><DescriptorName>Sleep</DescriptorName>
        <QualifierName>physiology</QualifierName></MeshHeading></MeshHeadingList>
        <KeywordList><Keyword>nap</Keyword><Keyword>Sleep</Keyword></KeywordList>""",
        """<ArticleIdList><ArticleId IdType="pii">arXiv:2403.01234v2</ArticleId>
        <ArticleId IdType="doi">10.1000/x</ArticleId></ArticleIdList><ReferenceList><Reference>
        <ArticleIdList><ArticleId IdType="doi">10.1000/cited</ArticleId></ArticleIdList>
        </Reference></ReferenceList>""",
    )
    assert record == Raw(
        title="Le repos.",
        abstract="Other.",
        year="2023 Apr-Jun",
        venue="J Abbr",
        doi="10.1000/x",
        arxiv_id="2403.01234v2",
        keywords=("Sleep", "nap"),
        line=5,
    )


@pytest.mark.parametrize(
    ("chapter", "title", "venue"),
    [("<ArticleTitle>Chapter</ArticleTitle>", "Chapter", "The Book"), ("", "The Book", "")],
)
def test_a_book(chapter: str, title: str, venue: str) -> None:
    text = f"""<PubmedBookArticle><BookDocument><PMID>2</PMID><ArticleIdList>
    <ArticleId IdType="doi">10.1000/b</ArticleId></ArticleIdList><Book>
    <BookTitle>The Book</BookTitle><PubDate><Year>2020</Year></PubDate><AuthorList Type="editors">
    <Author><LastName>E</LastName></Author></AuthorList></Book>{chapter}
    <AuthorList Type="authors"><Author><LastName>A</LastName>
    <ForeName>B</ForeName></Author></AuthorList><Abstract><AbstractText>Abs.</AbstractText></Abstract>
    <KeywordList><Keyword>k</Keyword></KeywordList></BookDocument></PubmedBookArticle>"""
    assert read(whole(text)) == [
        Raw(
            title=title,
            abstract="Abs.",
            authors=("A, B",),
            year="2020",
            venue=venue,
            doi="10.1000/b",
            pmid="2",
            keywords=("k",),
            line=5,
        )
    ]


def test_a_broken_record_costs_no_other() -> None:
    good = article("<ArticleTitle>Good</ArticleTitle>")
    text = whole(
        good,
        article("<ArticleTitle>Bad <i>one</ArticleTitle>"),
        good.replace("</PubmedArticle>", ""),
        article("<ArticleTitle>R&D&nbsp;in &#8211; &lt;5</ArticleTitle>"),
        "<PubmedArticle/><PubmedArticle a='' /><PubmedArticle></PubmedArticle>\n",
        good,
    )
    assert read(text) == [
        Raw(title="Good", line=5),
        Fault("is not well-formed XML (mismatched tag)", "Bad", 6),
        Fault("is not closed", "Good", 7),
        Raw(title="R&D&nbsp;in – <5", line=8),
        Raw(line=9),
        Raw(title="Good", line=10),
    ]


def test_a_file_that_is_cut_off() -> None:
    text = whole(
        article("<ArticleTitle>A</ArticleTitle>"), article("<ArticleTitle>B</ArticleTitle>")
    )
    end = text.index("B</Art") + 6
    assert read(text[:end]) == [
        Raw(title="A", line=5),
        Fault("is cut off where the file ends; export it again", "B", 6),
    ]
    between = read(text[: text.index("</PubmedArticleSet")])
    assert [type(record) for record in between] == [Raw, Raw, Fault]
    assert between[2].line == 7


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE PubmedArticleSet [<!ENTITY a "b">]>',
        '<!DOCTYPE PubmedArticleSet SYSTEM "file:///etc/passwd" [\n<!ENTITY a SYSTEM "x">]>',
        "<!DOCTYPE PubmedArticleSet []>",
        "<!-- " + "x" * 100_000 + ' --><!DOCTYPE PubmedArticleSet [<!ENTITY a "b">]>',
    ],
)
def test_declared_entities_are_refused(declared: str) -> None:
    body = article("<ArticleTitle>&a;</ArticleTitle>")
    (fault,) = read(f"{declared}<PubmedArticleSet>{body}</PubmedArticleSet>")
    assert isinstance(fault, Fault)
    assert fault.why == "declares entities, as PubMed's files never do; not read"


def test_records_across_chunks_are_whole_and_memory_stays_small() -> None:
    body = article(
        f"<ArticleTitle>T</ArticleTitle><Abstract><AbstractText>{'word ' * 400}"
        "</AbstractText></Abstract>",
        "<PMID>1</PMID>",
    )
    text = whole(*[body] * 5_000)
    data = text.encode()
    tracemalloc.start()
    seen = 0
    for record in pubmed_xml.read(Source("x", lambda: io.BytesIO(data))):
        assert isinstance(record, Raw)
        assert (record.title, record.line) == ("T", 5 + seen)
        assert len(record.abstract) == 1_999
        seen += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen == 5_000
    assert peak < 3_000_000  # bytes; the file has 11 million


def test_other_encodings() -> None:
    text = whole(article("<ArticleTitle>Café</ArticleTitle>"))
    for encoding in ("cp1252", "utf-16"):
        assert read(text.replace("?>", f' encoding="{encoding}"?>', 1), encoding) == [
            Raw(title="Café", line=5)
        ]


def test_hostile_files_take_no_time() -> None:
    many = 100_000
    deep = "<a>" * many + "x" + "</a>" * many
    assert one(f"<ArticleTitle>{deep}</ArticleTitle>").title == "x"
    assert read(whole("<PubmedArticle>" * many))
    assert read("<PubmedArticleSet>" + "<" * many)
    (fault, *_) = read(whole("<PubmedArticle>" + "<a>xxxxxxxx</a>" * 500_000 + "</PubmedArticle>"))
    assert fault == Fault("is far too long for a record", "", 5)


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        (PROLOG, True),
        ("\ufeff<PubmedArticleSet>", True),
        ("<PubmedArticle >", True),
        ("<PubmedBookArticle>", True),
        ("<PubmedArticleSetting>", False),
        ("We parse <PubmedArticleSet> in", False),
        ('<feed xmlns="http://www.w3.org/2005/Atom">', False),
        ("<html>", False),
        ("TY  - JOUR\nTI  - x", False),
        ("PMID- 1\nTI  - x\n", False),
        ("", False),
    ],
)
def test_sniff(text: str, is_it: bool) -> None:
    assert pubmed_xml.sniff(text) is is_it


@given(
    st.text(max_size=3_000)
    | st.lists(
        st.sampled_from(
            "<PubmedArticle>|</PubmedArticle>|<PubmedArticleSet>|</PubmedArticleSet>|<|>|&|x|\n|"
            "<MedlineCitation>|</MedlineCitation>|<Article>|</Article>|<PubmedBookArticle>|<!--|"
            "</PubmedBookArticle>|<BookDocument>|</BookDocument>|<![CDATA[|]]>|<?".split("|")
        )
    ).map("".join)
)
@settings(deadline=2_000, max_examples=150)
def test_any_text_is_read(text: str) -> None:
    clean = text.encode(errors="replace").decode()
    for each in (clean, whole(clean), whole(article(f"<ArticleTitle>{clean}</ArticleTitle>"))):
        pubmed_xml.sniff(each)
        for record in read(each):
            assert record.line
