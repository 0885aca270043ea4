"""Splitting and chunking: exact offsets, known traps, and properties on any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.models.embed_local import minilm
from rag.text.sentences import MAX_SENTENCE, chunk, split
from tests.support.seeds import seed_papers


@pytest.mark.parametrize(
    "sentences",
    [
        ["One.", "Two!", "Three?", "Four"],
        ["We use e.g. Swin, cf. Fig. 3 of Li et al.", "They agree."],
        ["It gains 3.5% vs. 2.1% on V1.", "J. Smith agrees."],
        ['We call them "soups."', "They work."],
        ["A new state of the art.", "Furthermore, it is fast."],
        ["We ask two.", "(i) First one.", "(ii) Second one."],
        ["It costs ~10 FPS. iPhone users win."],
        ["Code is at https://x.org/a.b.", "It runs."],
        ["Audio, video, etc.", "We test all."],
        ["Wait... what?", "Yes."],
        ["We tell type A.", "They tell vitamin C.", "All do."],
        [],
    ],
    ids=lambda sentences: sentences[0][:30] if sentences else "nothing",
)
def test_split(sentences: list[str]) -> None:
    assert [sentence.text for sentence in split(" ".join(sentences))[1:]] == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("结果很好。我们提出。", ["结果很好。", "我们提出。"]),
        ("First part.\n\nsecond part", ["First part.", "second part"]),
        ("  One.\n Two. ", ["One.", "Two."]),
        (
            "We beat methods.Our results on Node.js show.",
            ["We beat methods.", "Our results on Node.js show."],
        ),
        ("  \n ", []),
    ],
    ids=["no spaces", "paragraphs", "line breaks", "missing space", "white space"],
)
def test_split_by_other_marks(text: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in split(text)[1:]] == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        pytest.param("One (two.) Three", ["One (two.)", "Three"], id="a closing bracket"),
        pytest.param("One? Two", ["One?", "Two"], id="a question"),
        pytest.param("One?! Two", ["One?!", "Two"], id="two marks"),
        pytest.param("真的吗？是", ["真的吗？", "是"], id="no space in Chinese"),
        pytest.param("Our ways.We win", ["Our ways.", "We win"], id="no space before a capital"),
        pytest.param("It gains 3.5 points", ["It gains 3.5 points"], id="a decimal"),
        pytest.param("Use Node.js here", ["Use Node.js here"], id="no space and no capital"),
        pytest.param("Use v1.Net here", ["Use v1.Net here"], id="no word before"),
        pytest.param("One: two; three", ["One: two; three"], id="other marks"),
    ],
)
def test_a_sentence_ends_at_its_mark(text: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in split(text)[1:]] == sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("See (cf. Swin).", 1, id="behind a bracket"),
        pytest.param("See “cf. Swin”.", 1, id="behind a quote"),
        pytest.param("See [Fig. 3].", 1, id="behind a square bracket"),
        pytest.param("See a-cf. Swin.", 2, id="a hyphen is of the word"),
        pytest.param("See bcf. Swin.", 2, id="a longer word"),
    ],
)
def test_the_word_before_a_full_stop_tells_an_abbreviation(text: str, count: int) -> None:
    assert len(split(text)[1:]) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("By J. Smith.", 1, id="one"),
        pytest.param("The U.S. Army.", 1, id="two"),
        pytest.param("Of J.-P. Sartre.", 1, id="with a hyphen"),
        pytest.param("On AB. Smith.", 2, id="two capitals"),
        pytest.param("By Li. Smith.", 2, id="a name"),
    ],
)
def test_initials_end_no_sentence(text: str, count: int) -> None:
    assert len(split(text)[1:]) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("One. (ii) two.", 2, id="roman"),
        pytest.param("One. (b) two.", 2, id="a letter"),
        pytest.param("One. (ab) two.", 1, id="a word"),
        pytest.param("One. (see b) two.", 1, id="more words"),
        pytest.param("One. ii) two.", 1, id="half a bracket"),
    ],
)
def test_enumerators_start_a_sentence(text: str, count: int) -> None:
    assert len(split(text)[1:]) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("one\n\ntwo", 2, id="an empty line"),
        pytest.param("one\n \t\ntwo", 2, id="a blank line"),
        pytest.param("one\ntwo", 1, id="a line break"),
        pytest.param("one  two", 1, id="spaces"),
    ],
)
def test_blank_lines_end_a_sentence(text: str, count: int) -> None:
    assert len(split(text)[1:]) == count


def test_the_title_is_sentence_zero() -> None:
    title = split("One.", title="A title")[0]
    assert (title.index, title.text, title.start, title.end) == (0, "A title", -1, -1)


@given(st.text(alphabet=st.sampled_from("Ab .!?\n(\"'1e,;。"), max_size=400))
def test_spans_cover_all_but_white_space(text: str) -> None:
    end = 0
    for number, sentence in enumerate(split(text)[1:], 1):
        assert sentence.index == number
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip() != ""
        assert not text[end : sentence.start].strip()
        end = sentence.end
    assert not text[end:].strip()


@given(st.integers(1, 5000), st.sampled_from(["x", "word ", "part, ", "clause; "]))
def test_no_sentence_is_endless(count: int, word: str) -> None:
    assert all(len(sentence.text) <= MAX_SENTENCE for sentence in split(word * count)[1:])


def test_seed_abstracts_split_where_a_reader_would() -> None:
    sentences = [s for paper in seed_papers() for s in split(paper.abstract)[1:]]
    assert 900 < len(sentences) < 950
    assert all(len(s.text) >= 15 for s in sentences)
    assert not [s.text for s in sentences if s.text[0].islower() and s.text.split()[0] != "i.e."]


# -- chunks --------------------------------------------------------------------------------------


def _count(text: str) -> int:
    return len(text.split())


def test_a_short_abstract_is_one_chunk_with_its_title() -> None:
    assert chunk("T", ["a b.", "c d."], limit=50, count=_count) == ["T. a b. c d."]


def test_windows_overlap_and_the_last_ends_the_text() -> None:
    sentences = [f"s{i} b c d." for i in range(6)]
    chunks = chunk("T", sentences, limit=18, count=_count)
    assert chunks == [f"T. {' '.join(sentences[:4])}", f"T. {' '.join(sentences[2:])}"]


@given(st.lists(st.integers(1, 40), max_size=30), st.integers(5, 60))
def test_every_sentence_is_in_a_chunk_and_chunks_keep_the_limit(
    sizes: list[int], limit: int
) -> None:
    sentences = [" ".join([f"s{i}x{n}" for n in range(size)]) for i, size in enumerate(sizes)]
    chunks = chunk("T", sentences, limit=limit, count=_count)
    assert all(any(sentence in text for text in chunks) for sentence in sentences)
    assert all(
        _count(text) <= limit or text.removeprefix("T. ") in sentences or text == "T"
        for text in chunks
    )


def test_an_abstract_without_sentences_is_its_title() -> None:
    assert chunk("T", [], limit=10, count=_count) == ["T"]


def test_seed_papers_need_two_chunks_at_most() -> None:
    model = minilm(2)
    for paper in seed_papers()[:20]:
        body = [sentence.text for sentence in split(paper.abstract)[1:]]
        chunks = chunk(paper.title, body, limit=model.limit, count=model.count)
        assert 1 <= len(chunks) <= 2
