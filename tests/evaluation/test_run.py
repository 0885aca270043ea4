"""A library of four papers asked questions with known answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from rag import Assistant, Settings
from rag.errors import InputError, ReadError
from rag.evaluation import (
    PARTS,
    Report,
    Row,
    asked_of,
    evaluate,
    open_library,
    read_sources,
    to_json,
    to_markdown,
)
from rag.evaluation.figures import Risk, figures, risks, times
from rag.evaluation.questions import Written, resolve
from tests.support.endpoint import ScriptedEndpoint
from tests.support.places import DATA
from tests.support.seeds import seed_papers

QUESTIONS = [
    Written("reef", "f", 1, "What does ReefNet count?", "name", (("reef", 2),)),
    Written("owl", "f", 2, "quieter wind turbines", "keyword", (("owl", 2), ("bridge", 1))),
    Written("law", "f", 3, "Which enzyme unwinds DNA during replication?", "off_topic"),
    Written(
        "talk",
        "f",
        4,
        turns=(("What does ReefNet count?", ("reef",)), ("How accurate is it?", ("reef",))),
    ),
]


def measured(
    assistant: Assistant, *parts: str, written: Sequence[Written] = QUESTIONS, k: int = 10
) -> Report:
    asked = resolve(written, assistant.papers())
    return evaluate(assistant, asked, k=k, parts=parts or PARTS)


@pytest.fixture(scope="module")
def report(small: Assistant) -> Report:
    return measured(small)


def test_figures_of_a_small_library(report: Report) -> None:
    found = report.figures
    assert found["P@1"] == found["RR@10"] == found["first_cited_right"] == 1.0
    assert found["P@1/name"] == 1.0
    assert found["refused_off_topic"] == found["answered"] == 1.0
    assert found["false_refusals"] == found["anchor_violations"] == 0.0
    assert found["turns_R@5"] == 1.0
    assert 0 < found["search_p50_ms"] <= found["search_p95_ms"]
    assert 0 < found["ask_p50_ms"] <= found["ask_p95_ms"]


def test_every_question_has_a_row(report: Report) -> None:
    assert [(row.id, row.kind) for row in report.rows] == [
        ("reef", "name"),
        ("owl", "keyword"),
        ("law", "off_topic"),
        ("talk/2", "later turn"),
    ]
    reef, _, law, _ = report.rows
    assert reef.cited == ("reef",)
    assert reef.found[0][0] == "reef"
    assert (law.answered, law.cited, law.wrong) == (False, (), False)


def test_the_json_has_everything_and_can_be_written(report: Report) -> None:
    found = json.loads(json.dumps(to_json(report)))
    assert found["about"]["papers"] == 4
    assert found["about"]["fingerprint"].startswith("minilm/")
    assert found["about"]["mode"] == "extractive"
    assert found["about"]["k"] == 10
    assert found["about"]["date"][:2] == "20"
    assert [row["id"] for row in found["rows"]] == ["reef", "owl", "law", "talk/2"]
    assert found["rows"][0]["values"]["nDCG@10"] == 1.0
    assert found["figures"] == report.figures
    assert [row["coverage"] for row in found["risk_coverage"]] == [100, 90, 80, 70, 60, 50]


def test_the_markdown_reads_well(report: Report) -> None:
    text = to_markdown(report)
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert heads[1:-1] == ["## Retrieval", "## Answers", "## Refusals", "## Conversations"]
    assert heads[-1].startswith("## Time (")
    assert "| kind | questions | nDCG@10 | R@10 | R@5 | RR@10 | P@1 |" in text
    assert "- 4 questions to 4 papers; nothing left out" in text
    assert "| off_topic | 1 | 1 | 1.000 |" in text
    assert "| answerable (false_refusals) | 2 | 0 | 0.000 |" in text


@pytest.mark.parametrize(
    ("part", "ids", "has", "lacks"),
    [
        pytest.param("retrieval", ["reef", "owl"], "P@1", "answered", id="retrieval"),
        pytest.param("answers", ["reef", "owl"], "cited_recall", "P@1", id="answers"),
        pytest.param("refusals", ["reef", "owl", "law"], "answered", "cited_recall", id="refusals"),
        pytest.param("conversations", ["talk/2"], "turns_R@5", "answered", id="conversations"),
    ],
)
def test_a_part_by_itself(
    small: Assistant, part: str, ids: list[str], has: str, lacks: str
) -> None:
    found = measured(small, part)
    assert [row.id for row in found.rows] == ids
    assert has in found.figures
    assert lacks not in found.figures
    assert to_markdown(found).count("\n## ") == 2  # the part, and the times


def test_parts_that_cannot_be_asked(small: Assistant) -> None:
    with pytest.raises(InputError, match="no part 'speed'; there are retrieval, answers, refusals"):
        measured(small, "speed")
    with pytest.raises(InputError, match="nothing to ask for conversations"):
        measured(small, "conversations", written=QUESTIONS[:1])


def test_a_question_that_cannot_be_asked_is_left_out_and_told(small: Assistant) -> None:
    empty = Written("dots", "f", 9, "???", "name", (("reef", 2),))
    found = measured(small, written=[*QUESTIONS[:1], empty])
    assert [row.id for row in found.rows] == ["reef"]
    assert str(found.left_out[0]).startswith("question dots: ")
    assert "- question dots: " in to_markdown(found)


def test_an_empty_library_says_what_to_do(empty: Assistant) -> None:
    with pytest.raises(InputError, match="rag ingest"):
        evaluate(empty, resolve([Written("x", "f", 1, "What?", "off_topic")], []))


def test_a_shallow_search_is_measured_as_deep_as_it_goes(small: Assistant) -> None:
    found = measured(small, "retrieval", k=1)
    assert set(found.rows[1].values) == {"nDCG@1", "R@1", "RR@1", "P@1"}
    assert found.figures["R@1/keyword"] == 0.5
    assert all(len(ranking) == 1 for ranking in found.rankings().values())


def test_progress_counts_to_the_end(small: Assistant) -> None:
    told: list[tuple[str, int, int]] = []
    asked = resolve(QUESTIONS, small.papers())
    evaluate(small, asked, progress=lambda *step: told.append(step))
    assert told == [("asking", n, 4) for n in range(1, 5)]


def row(confidence: float, *, right: bool = True, answered: bool = True) -> Row:
    return Row(
        str(confidence),
        "k",
        "?",
        True,
        found=(("a", confidence),),
        cited=("a",) if right else ("b",),
        gold={"a": 2},
        answered=answered,
    )


def test_risk_falls_when_the_unsure_are_wrong() -> None:
    sure = [row(9 - n / 10) for n in range(5)]
    unsure = [row(1 - n / 10, right=False) for n in range(4)] + [row(0, answered=False)]
    found = risks([*unsure, *sure])
    assert found[0] == Risk(100, 10, 9, 4)
    assert found[0].risk == pytest.approx(4 / 9)
    assert found[1] == Risk(90, 9, 9, 4)
    assert found[-1] == Risk(50, 5, 5, 0)
    assert risks([]) == ()


def test_violations_are_counted_where_something_is_cited() -> None:
    bad = Row("q", "k", "?", True, citations=2, violations=("x is not y",))
    assert figures([bad])["anchor_violations"] == 1.0
    assert "anchor_violations" not in figures([Row("q", "k", "?", True)])


def test_times_of_one_question_are_its_own() -> None:
    assert times([Row("q", "k", "?", True, ask_ms=3.0)]) == {"ask_p50_ms": 3.0, "ask_p95_ms": 3.0}


def beir(folder: Path) -> Path:
    folder.mkdir()
    corpus = [
        {"_id": "1", "title": "Corals", "text": "Corals grow slowly in warm water."},
        {"_id": "2", "title": "", "text": "Owls fly without a sound at night."},
    ]
    queries = [{"_id": "1", "text": "birds that fly without a sound"}]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)))
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\t2\t1\n")
    return folder


def test_a_beir_corpus_is_asked_in_a_library_of_its_own(tmp_path: Path, small: Assistant) -> None:
    sources = read_sources([beir(tmp_path / "b")])
    with open_library(sources, settings=small.settings) as (assistant, left_out):
        assert [paper.id for paper in assistant.papers()] == ["1", "2"]
        assert not left_out
        home = assistant.settings.home
        found = measured(assistant, "retrieval", written=sources[0].written)
    assert found.figures["P@1"] == 1.0
    assert not home.exists()
    assert len(small.papers()) == 4


def test_looking_for_a_corpus_makes_no_library(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "none")
    with open_library(read_sources([beir(tmp_path / "b")]), settings=settings) as (assistant, _):
        assert len(assistant.papers()) == 2
    assert not settings.home.exists()


def test_a_library_that_has_the_corpus_is_used_as_it_is(tmp_path: Path) -> None:
    sources = read_sources([beir(tmp_path / "b")])
    corpus = tmp_path / "papers.jsonl"
    corpus.write_text(
        '{"id": "1", "title": "Corals", "abstract": "Corals grow."}\n'
        '{"id": "2", "title": "Owls", "abstract": "Owls are quiet."}\n'
        '{"id": "3", "title": "Bread", "abstract": "Bread rises."}\n'
    )
    settings = Settings(home=tmp_path / "own", seeds=str(corpus))
    with Assistant.open(settings):
        pass
    with open_library(sources, settings=settings) as (assistant, _):
        assert assistant.settings.home == settings.home
        assert len(assistant.papers()) == 3


def test_files_make_a_library_for_the_occasion(tmp_path: Path, paper_file: Path) -> None:
    settings = Settings(home=tmp_path / "own", seeds="")
    with open_library((), [paper_file], settings=settings) as (assistant, _):
        assert len(assistant.papers()) == 4
    assert not settings.home.exists()
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\n")
    with (
        pytest.raises(ReadError, match="holds no paper that can be used; the first: "),
        open_library((), [bad], settings=settings),
    ):
        pass


def test_the_dev_questions_can_all_be_asked() -> None:
    names = ("single", "multi", "negative", "dialog")
    sources = read_sources([DATA / f"{name}.jsonl" for name in names])
    asked = asked_of(sources, seed_papers())
    assert (len(asked.questions), len(asked.dialogs), asked.left_out) == (77, 6, ())
    assert sum(len(question.evidence) for question in asked.questions) == 46


def test_the_report_names_the_model_that_wrote(small: Assistant) -> None:
    endpoint = ScriptedEndpoint(["ReefNet counts corals in drone pictures [P1S2]."])
    given = {"home": small.settings.home, "openai_base_url": "http://127.0.0.1:1/v1"}
    settings = Settings(**given, llm_model="scripted")  # type: ignore[arg-type]
    with Assistant.open(settings, transport=httpx.MockTransport(endpoint)) as assistant:
        report = measured(assistant, "answers", written=QUESTIONS[:1])
    assert (report.about.mode, report.about.model) == ("llm", "scripted")
    assert "answers llm (scripted)" in to_markdown(report)
    assert len(endpoint.asked) == 1
