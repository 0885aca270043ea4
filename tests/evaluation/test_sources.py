"""Question files: the forms that are known, and what is said of those that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.errors import InputError, ReadError
from rag.evaluation.questions import Written
from rag.evaluation.sources import read_corpus, read_sources
from rag.evaluation.trec import read_qrels, read_table, read_topics, write_run

TOPICS = """<top>
<num> Number: 301
<title> Topic: Coral
counts
<desc> Description:
How many?
</top>
<TOP><num>302</num><title>Owls</title></TOP>
<top><num> 303 <desc> no title
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def rows(path: Path, *given: dict[str, Any]) -> Path:
    return write(path, "".join(json.dumps(row) + "\n" for row in given))


def beir(folder: Path, qrels: str = "query-id\tcorpus-id\tscore\n1\td1\t2\n") -> Path:
    rows(folder / "queries.jsonl", {"_id": "1", "text": "Corals?"}, {"_id": "2", "text": "Owls?"})
    rows(folder / "corpus.jsonl", {"_id": "d1", "title": "T", "text": "Corals."})
    write(folder / "qrels" / "test.tsv", qrels)
    return folder


def only(path: Path, qrels: Path | None = None) -> tuple[Written, ...]:
    (source,) = read_sources([path], qrels)
    return source.written


def test_a_question_is_read_with_all_it_has(tmp_path: Path) -> None:
    path = rows(
        tmp_path / "q.jsonl",
        {"id": "a", "question": "Q?", "style": "name", "gold": [2], "drafted": True},
        {"question": "Q?", "papers": ["p", 3], "evidence": [{"n": 3, "text": "x"}]},
        {"id": 7, "question": "Q?", "kind": "topic", "grades": {"1": 2, "p": 1, "z": 0}},
        {"id": "d", "turns": [{"user": "Q?", "gold": [1]}, {"user": "And?", "papers": ["p"]}]},
    )
    where = str(path)
    assert only(path) == (
        Written("a", where, 1, "Q?", "name", ((2, 2),), drafted=True),
        Written("q:2", where, 2, "Q?", "", (("p", 2), (3, 2)), ((3, "x"),)),
        Written("7", where, 3, "Q?", "topic", (("1", 2), ("p", 1))),
        Written("d", where, 4, turns=(("Q?", (1,)), ("And?", ("p",)))),
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param("{", "is not JSON", id="broken"),
        pytest.param("[1]", "is not a JSON object", id="a list"),
        pytest.param('{"question": "\\ud800?"}', "not valid Unicode", id="half a character"),
        pytest.param('{"id": "x"}', 'has no "question"', id="no question"),
        pytest.param('{"question": " "}', 'has no "question"', id="a blank question"),
        pytest.param('{"question": "Q?", "gold": 3}', '"gold" that are no list', id="gold"),
        pytest.param('{"question": "Q?", "papers": [true]}', '"papers" that are no', id="papers"),
        pytest.param('{"question": "Q?", "grades": {"a": "2"}}', '"grades" that are', id="grades"),
        pytest.param('{"question": "Q?", "evidence": ["x"]}', '"evidence" that is', id="evidence"),
        pytest.param('{"turns": []}', '"turns" that are no list', id="no turns"),
        pytest.param('{"turns": [{"gold": [1]}]}', 'a turn without "user"', id="a silent turn"),
    ],
)
def test_a_line_that_cannot_be_used_is_told_and_left_out(
    tmp_path: Path, line: str, says: str
) -> None:
    path = write(tmp_path / "q.jsonl", f'{{"question": "Q?", "gold": [1]}}\n\n{line}\n')
    (source,) = read_sources([path])
    assert [one.line for one in source.written] == [1]
    assert str(source.problems[0]).startswith(f"{path}:3: ")
    assert says in source.problems[0].message
    with pytest.raises(ReadError, match="nothing that can be used; the first: "):
        read_sources([write(tmp_path / "bad.jsonl", '{"question": ""}\n')])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "is empty; write questions into it", id="empty"),
        pytest.param(b" \n", "is empty; write questions into it", id="blank"),
        pytest.param(b"\xff\xfe{", "is not UTF-8", id="not UTF-8"),
        pytest.param(b"just prose", "holds no questions as JSON Lines", id="no known form"),
        pytest.param(b"1\tWhat?\n", "name their judgements with --qrels", id="topics alone"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(data)
    with pytest.raises(InputError, match=says):
        read_sources([path])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"q\.jsonl does not exist; check the spelling"):
        read_sources([tmp_path / "q.jsonl"])


def test_a_beir_folder_is_read_with_its_judged_questions(tmp_path: Path) -> None:
    (source,) = read_sources([beir(tmp_path / "b")])
    assert [(one.id, one.text, one.grades, one.judged) for one in source.written] == [
        ("1", "Corals?", (("d1", 2),), True)
    ]
    assert source.corpus == tmp_path / "b" / "corpus.jsonl"
    assert "1 of 2 questions have no judgements" in str(source.problems[0])


def test_the_test_split_of_a_beir_folder_is_taken(tmp_path: Path) -> None:
    folder = beir(tmp_path / "b")
    write(folder / "qrels" / "train.tsv", "2\td1\t1\n")
    assert [one.id for one in only(folder)] == ["1"]
    assert [one.id for one in only(folder, folder / "qrels" / "train.tsv")] == ["2"]


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        pytest.param("queries.jsonl", "has no queries.jsonl", id="queries"),
        pytest.param("corpus.jsonl", "has no corpus.jsonl", id="corpus"),
        pytest.param("qrels/test.tsv", "has neither qrels.tsv nor", id="qrels"),
    ],
)
def test_a_folder_that_lacks_something(tmp_path: Path, missing: str, says: str) -> None:
    folder = beir(tmp_path / "b")
    (folder / missing).unlink()
    with pytest.raises(ReadError, match=says):
        read_sources([folder])


def test_judgements_of_other_questions(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"judge none of the questions in queries\.jsonl"):
        read_sources([beir(tmp_path / "b", "9\td1\t1\n")])
    topics = write(tmp_path / "t.tsv", "1\tWhat?\n")
    with pytest.raises(
        InputError, match="judges none of these questions; the first id there is '9'"
    ):
        read_sources([topics], write(tmp_path / "qrels", "9 0 d1 1\n"))


def test_a_corpus_becomes_papers(tmp_path: Path) -> None:
    path = rows(
        tmp_path / "c.jsonl",
        {"_id": "1", "title": "T", "text": "A b."},
        {"_id": "2", "title": "", "text": " ".join(map(str, range(20)))},
        {"_id": "3", "title": "T", "text": None},
        {"title": "T", "text": "no id"},
    )
    papers, problems = read_corpus(path)
    assert [(p["id"], p["title"], p["abstract"][:4]) for p in papers] == [
        ("1", "T", "A b."),
        ("2", "0 1 2 3 4 5 6 7 8 9 10 11", "0 1 "),
        ("3", "T", "T"),
    ]
    assert [str(problem) for problem in problems] == [f"{path}:4: is a document without id or text"]


def test_topics_are_read_with_and_without_closing_tags() -> None:
    written, problems = read_topics(TOPICS, "t")
    assert [(one.id, one.text, one.line) for one in written] == [
        ("301", "Coral counts", 1),
        ("302", "Owls", 8),
    ]
    assert [str(problem) for problem in problems] == ["t:9: is a topic without <num> or <title>"]


@pytest.mark.parametrize(
    ("topic", "found"),
    [
        pytest.param("<top><num> Number: 1\n<title> a b\n</top>", [("1", "a b")], id="old"),
        pytest.param("<top><num>7</num><title>a</title></top>", [("7", "a")], id="closed tags"),
        pytest.param("<top><num>1<title>a<top><num>2<title>b", [("1", "a"), ("2", "b")], id="open"),
        pytest.param("<topic><num>1<title>a</topic>", [], id="another element"),
        pytest.param("<top><number>1<title>a</top>", [], id="another number"),
        pytest.param("<top><num>1<titles>a</top>", [], id="another title"),
    ],
)
def test_what_is_a_topic(topic: str, found: list[tuple[str, str]]) -> None:
    assert [(one.id, one.text) for one in read_topics(topic, "t")[0]] == found


def test_a_table_of_topics() -> None:
    written, problems = read_table("qid\tquery\n1\tWhat?\n\n2\n3\tWho\tis?\n", "t")
    assert [(one.id, one.text) for one in written] == [("1", "What?"), ("3", "Who\tis?")]
    assert [problem.line for problem in problems] == [4]


def test_topics_are_judged_by_qrels(tmp_path: Path) -> None:
    qrels = write(tmp_path / "qrels", "301 0 d1 2\n301 0 d2 0\n302 0 d3 0\nbroken\n")
    (source,) = read_sources([write(tmp_path / "topics", TOPICS)], qrels)
    assert [(one.id, one.grades) for one in source.written] == [("301", (("d1", 2),)), ("302", ())]
    assert f"{qrels}:4: is not a topic, 0, a paper" in str(source.problems[0])


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("1 0 d 2", {"1": {"d": 2}}, id="TREC"),
        pytest.param("1\td\t1", {"1": {"d": 1}}, id="BEIR"),
        pytest.param("1 0 d -1", {"1": {"d": -1}}, id="spam"),
        pytest.param("query-id\tcorpus-id\tscore", {}, id="heads"),
        pytest.param("1 0 d x", {}, id="no grade"),
    ],
)
def test_what_is_a_judgement(line: str, found: dict[str, dict[str, int]]) -> None:
    assert read_qrels(line, "q")[0] == found


def test_a_run_is_parsed_back_in_the_same_order() -> None:
    ranking = (("b", 1.0), ("a", 1.0), ("c", 1.0), ("d", 0.25))
    lines = write_run({"q1": ranking, "q 2": (("x", 0.5),)}, tag="t").splitlines()
    columns = [line.split(" ") for line in lines]
    assert [(c[0], c[1], c[2], c[3], c[5]) for c in columns] == [
        ("q1", "Q0", "b", "1", "t"),
        ("q1", "Q0", "a", "2", "t"),
        ("q1", "Q0", "c", "3", "t"),
        ("q1", "Q0", "d", "4", "t"),
        ("q_2", "Q0", "x", "1", "t"),
    ]
    scores = [float(c[4]) for c in columns[:4]]
    assert scores == sorted(set(scores), reverse=True)
    assert scores[0] == 1.0
    assert scores[3] == 0.25
