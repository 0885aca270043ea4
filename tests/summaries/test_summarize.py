"""Cited summaries: from the abstracts' own sentences, by a scripted model, and when it fails."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from pybtex.database import parse_string

from rag import Assistant, Settings
from rag.errors import InputError, ModelKeyError, QuestionError
from rag.records import Paper, Summary, Topic, to_json
from rag.summaries.layout import FORMATS
from rag.summaries.sections import _themes
from tests.support.checks import check_summary
from tests.support.endpoint import Gated, OpenWith, ScriptedEndpoint, Step

TOPIC = "post-training quantization of vision transformers"


@pytest.fixture(scope="module")
def summary(seeded: Assistant) -> Summary:
    return seeded.summarize(TOPIC)


# -- extractive ----------------------------------------------------------------------------------


def test_it_has_all_its_parts(seeded: Assistant, summary: Summary) -> None:
    check_summary(seeded, summary)
    assert (summary.grounded, summary.mode, summary.model, summary.notice) == (
        True, "extractive", "", "",
    )  # fmt: skip
    assert summary.topic == TOPIC
    assert 1 <= len(summary.overview) <= 3
    assert len(summary.themes) >= 2
    placed = [paper_id for theme in summary.themes for paper_id in theme.paper_ids]
    assert len(placed) == len(set(placed)) >= 6
    assert all(theme.claims and theme.label for theme in summary.themes)
    assert len(summary.table) >= 6
    assert sum(row.idea is not None for row in summary.table) >= 6
    assert sum(row.result is not None for row in summary.table) >= 6
    for heading in ("Overview", "Comparison", "References", "Coverage"):
        assert f"\n## {heading}\n" in summary.text
    assert "9 of" not in summary.notice


def test_it_is_the_same_twice_and_streams_what_it_says(seeded: Assistant, summary: Summary) -> None:
    stream = seeded.stream_summary(TOPIC)
    pieces = list(stream)
    assert len(pieces) > 5
    assert "".join(pieces) == stream.summary.text
    assert stream.summary == summary


def test_sections_say_whose_the_sentences_are(seeded: Assistant, summary: Summary) -> None:
    assert "- **RepQ-ViT**: We propose RepQ-ViT, a novel PTQ framework" in summary.text


def test_a_cell_without_a_sentence_is_empty(
    empty: Assistant, tmp_path: Any, make_paper: Callable[..., Paper]
) -> None:
    bring_in(
        empty,
        tmp_path,
        ("Reef A: Corals in warm water", "We study corals. We propose ReefNet for corals."),
        ("Corals of the south", "Corals grow there slowly, as everybody who dives knows."),
    )
    found = empty.summarize("corals")
    check_summary(empty, found)
    cells = {row.name: (row.idea, row.setting, row.result) for row in found.table}
    idea, setting, result = cells["Reef A"]
    assert idea is not None
    assert idea.text == "Corals in warm water"
    assert (setting, result) == (None, None)


def test_open_questions_and_disagreements_come_from_sentences_that_say_so(
    empty: Assistant, tmp_path: Any
) -> None:
    harms = "Noise in a reef does great harm to young corals."
    denies = "Contrary to common belief, noise in a reef does no harm to young corals."
    unclear = "Why corals react remains unclear."
    bring_in(
        empty,
        tmp_path,
        ("Corals and noise", f"{harms} We propose NoiseNet for reefs. {unclear}"),
        ("Reef noise and corals", f"We introduce SilenceNet for corals. {denies}"),
    )
    found = empty.summarize("reef noise and corals")
    check_summary(empty, found)
    assert [c.text for c in found.open_questions] == [unclear]
    assert [c.text for c in found.disagreements] == [denies, harms]


def bring_in(assistant: Assistant, folder: Any, *papers: tuple[str, str]) -> None:
    path = folder / "papers.jsonl"
    rows = [json.dumps({"title": title, "abstract": text}) for title, text in papers]
    path.write_text("\n".join(rows), encoding="utf-8")
    assistant.ingest(path)


def test_what_was_left_out_is_told_with_the_reason(seeded: Assistant) -> None:
    found = seeded.summarize("video object segmentation")
    assert found.coverage.left_out
    assert all("less close than the papers used" in p.reason for p in found.coverage.left_out)
    assert f"Left out ({len(found.coverage.left_out) + found.coverage.more})" in found.text


def test_more_papers_than_fit_are_told(seeded: Assistant) -> None:
    found = seeded.summarize("vision transformers")
    check_summary(seeded, found)
    if len(found.coverage.used) == 12:
        assert all("one too many" in p.reason for p in found.coverage.left_out)


def test_a_topic_of_the_map_is_reviewed_from_its_own_papers(seeded: Assistant) -> None:
    for topic in seeded.topics():
        found = seeded.summarize(topic)
        check_summary(seeded, found)
        cited = {citation.paper_id for citation in found.citations}
        assert cited <= set(topic.paper_ids)
        assert len(cited) == min(len(topic.paper_ids), 12)
        assert found.topic == topic.label


@pytest.mark.parametrize("count", [1, 2, 3])
def test_small_libraries(empty: Assistant, tmp_path: Any, count: int) -> None:
    papers = [
        (f"Reef {i}: Corals at depth {i}", f"Corals are old. We propose ReefNet{i} for corals.")
        for i in range(count)
    ]
    bring_in(empty, tmp_path, *papers)
    found = empty.summarize("corals")
    check_summary(empty, found)
    assert len({citation.paper_id for citation in found.citations}) == count
    assert bool(found.table) == (count > 1)
    assert len(empty.topics()) == 1


# -- bad input -----------------------------------------------------------------------------------


def test_a_topic_that_is_not_covered_is_refused_with_the_nearest(seeded: Assistant) -> None:
    found = seeded.summarize("sourdough bread fermentation")
    assert (found.grounded, found.citations, found.themes) == (False, (), ())
    labels = {topic.label for topic in seeded.topics()}
    assert found.nearest
    assert set(found.nearest) <= labels
    assert found.nearest[0] in found.notice
    assert found.nearest[0] in found.text


@pytest.mark.parametrize(
    "topic", ["", "   ", "?!", "of the and", "x " * 5_000, "quantization" * 900]
)
def test_what_is_no_topic_is_refused(seeded: Assistant, topic: str) -> None:
    with pytest.raises(QuestionError):
        seeded.summarize(topic)


def test_a_question_is_told_where_answers_are(seeded: Assistant) -> None:
    found = seeded.summarize("How does VideoMAE V2 cut the cost of pre-training?")
    check_summary(seeded, found)
    assert found.grounded
    assert "`ask`" in found.notice


def test_a_library_without_papers(empty: Assistant) -> None:
    found = empty.summarize("corals")
    assert (found.grounded, found.notice) == (False, "The library holds no paper yet.")
    assert empty.topics() == []


def test_markup_in_papers_and_topics_stays_text(empty: Assistant, tmp_path: Any) -> None:
    bring_in(
        empty,
        tmp_path,
        (
            "Evil: <img src=x> | [link](http://evil.example)",
            "We propose <script>alert(1)</script> for corals | reefs. It improves `all` by 5%.",
        ),
        ("Good: corals on reefs", "We propose GoodNet for corals. It improves corals by 3%."),
    )
    found = empty.summarize("corals <b>reefs</b>")
    check_summary(empty, found)
    assert "<script>" not in found.text.replace(r"\<script\>", "")
    assert "[link](" not in found.text
    rows = [line for line in found.text.splitlines() if line.startswith("| ")]
    assert {line.replace(r"\|", "").count("|") for line in rows} == {4}  # none tells a setting


# -- exports -------------------------------------------------------------------------------------


def test_exports_hold_exactly_the_cited_papers(seeded: Assistant, summary: Summary) -> None:
    cited = {seeded.paper(c.paper_id).title for c in summary.citations}
    assert len(parse_string(seeded.export_summary("bibtex", summary), "bibtex").entries) == len(
        cited
    )
    items = json.loads(seeded.export_summary("csl-json", summary))
    assert {item["title"] for item in items} == cited
    assert seeded.export_summary("ris", summary).count("ER  -") == len(cited)
    assert seeded.export_summary("markdown", summary) == summary.text + "\n"
    with pytest.raises(InputError, match="csv"):
        seeded.export_summary("word", summary)


def test_the_table_as_csv(seeded: Assistant, summary: Summary) -> None:
    rows = list(csv.DictReader(io.StringIO(seeded.export_summary("csv", summary))))
    assert [row["Id"] for row in rows] == [row.paper_id for row in summary.table]
    assert [row["Idea"] for row in rows] == [r.idea.text if r.idea else "" for r in summary.table]


def test_csv_cells_are_no_formulas(empty: Assistant, tmp_path: Any) -> None:
    bring_in(
        empty,
        tmp_path,
        ("Reef: =HYPERLINK(1) corals", "We propose ReefNet for corals. It gains 3%."),
        ("Sea: corals again", "We propose SeaNet for corals. It gains 4%."),
    )
    found = empty.summarize("corals")
    assert "'=HYPERLINK" in empty.export_summary("csv", found)


def test_every_format_is_known_everywhere(seeded: Assistant, summary: Summary) -> None:
    for form in FORMATS:
        assert seeded.export_summary(form, summary)


def test_a_summary_is_plain_json(summary: Summary) -> None:
    told = json.loads(json.dumps(to_json(summary)))
    names = ("topic", "text", "themes", "citations", "coverage", "mode", "model")
    assert all(name in told for name in names)
    assert set(told["coverage"]) == {"used", "left_out", "more", "told"}


# -- with a model --------------------------------------------------------------------------------

OUTLINE = (
    "RepQ-ViT is a PTQ framework based on quantization scale reparameterization [P{repq}.3]. "
    "I-ViT quantizes the whole computational graph to integers [P{ivit}.3].\n"
    "THEME: post-training quantization | {first}\n"
    "THEME: integer-only inference | P{ivit}\n"
)


def scripted(*, section: Callable[[dict[str, Any]], Step], outline: str = OUTLINE) -> Any:
    """Return a step that answers outlines and sections by what they ask for."""

    def step(body: dict[str, Any]) -> Step:
        user = body["messages"][-1]["content"]
        if "THEME lines" not in user:
            return section(body)
        ranks = {
            line.split("]")[1].split(":")[0].strip(): line[2 : line.index(".")]
            for line in user.splitlines()
            if line.startswith("[P") and line.split("]")[0].endswith(".0")
        }
        others = " ".join(f"P{r}" for name, r in ranks.items() if name != "I-ViT")
        return outline.format(repq=ranks["RepQ-ViT"], ivit=ranks["I-ViT"], first=others)

    return step


def first_sentence(body: dict[str, Any]) -> Step:
    """Write a section that says what sentence 3 of its first paper says."""
    user = body["messages"][-1]["content"]
    if "disagree" in user or "unsolved" in user:
        return "NO ANSWER"
    lines = [line for line in user.splitlines() if line.startswith("[P1.3]")]
    return f"{lines[0].split('] ')[1].rstrip('.')} [P1.3]."


def test_a_model_writes_outline_and_sections(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint([scripted(section=first_sentence)])
    assistant = with_model(endpoint)
    steps: list[tuple[str, int, int]] = []
    found = assistant.summarize(TOPIC, progress=lambda *step: steps.append(step))
    check_summary(assistant, found)
    assert (found.mode, found.model) == ("llm", "scripted")
    assert [theme.label for theme in found.themes] == [
        "Post-training quantization", "Integer-only inference",
    ]  # fmt: skip
    assert {theme.mode for theme in found.themes} == {"llm"}
    assert len(found.overview) == 2
    assert found.themes[1].claims[0].support == "supported"
    assert (found.disagreements, found.open_questions) == ((), ())
    assert found.usage.input_tokens > 321 * 5
    assert found.usage.output_tokens == 45 * 5
    assert found.usage.prompt_digest
    assert steps[-1][1] == steps[-1][2] == 5
    assert "without the model" not in found.notice
    sections = [b["messages"][-1]["content"] for b in endpoint.asked[1:]]
    own = next(s for s in sections if "This section: Integer-only inference" in s)
    assert "[P1." in own
    assert "[P2." not in own  # from its own evidence


def test_a_section_that_fails_is_extractive_and_says_so(with_model: OpenWith) -> None:
    def section(body: dict[str, Any]) -> Step:
        return 500 if "Integer-only" in body["messages"][-1]["content"] else first_sentence(body)

    assistant = with_model(ScriptedEndpoint([scripted(section=section)]), llm_timeout=2)
    found = assistant.summarize(TOPIC)
    check_summary(assistant, found)
    assert [theme.mode for theme in found.themes] == ["llm", "extractive"]
    assert found.mode == "llm"
    assert "“Integer-only inference”" in found.notice
    assert found.themes[1].claims
    assert "Integer-only inference" in found.text


@pytest.mark.parametrize("step", [500, 429, "gibberish about nothing", "NO ANSWER", ""])
def test_a_model_that_is_no_use_leaves_it_extractive(with_model: OpenWith, step: Step) -> None:
    assistant = with_model(ScriptedEndpoint([step]), llm_timeout=2)
    found = assistant.summarize(TOPIC)
    check_summary(assistant, found)
    assert (found.mode, found.model) == ("extractive", "")
    assert {theme.mode for theme in found.themes} == {"extractive"}
    assert "without the model" in found.notice


def test_a_refused_key_is_an_error(with_model: OpenWith) -> None:
    assistant = with_model(ScriptedEndpoint([401]))
    with pytest.raises(ModelKeyError):
        assistant.summarize(TOPIC)


def test_claims_of_a_model_are_checked(with_model: OpenWith) -> None:
    def section(body: dict[str, Any]) -> Step:
        found = str(first_sentence(body))
        return f"{found} It is 99.9% better than everything on Mars [P1.1]. It is so [P77.3]."

    assistant = with_model(ScriptedEndpoint([scripted(section=section)]))
    found = assistant.summarize(TOPIC)
    check_summary(assistant, found)
    marks = [claim.support for theme in found.themes for claim in theme.claims]
    assert "unsupported" in marks
    assert "(unsupported)" in found.text
    assert "made-up source id" in found.notice


def test_themes_of_a_model_hold_every_paper_once(with_model: OpenWith) -> None:
    outline = (
        "I-ViT quantizes the whole computational graph to integers [P{ivit}.3].\n"
        "**Theme 1:** integer-only quantization: P{ivit}, P99\n"
        "- THEME: pizza toppings | P{repq} and P{ivit}\n"
        "THEME: | P1\n"
    )
    assistant = with_model(ScriptedEndpoint([scripted(section=first_sentence, outline=outline)]))
    found = assistant.summarize(TOPIC)
    check_summary(assistant, found)
    placed = [paper_id for theme in found.themes for paper_id in theme.paper_ids]
    assert len(placed) == len(set(placed)) >= 6
    assert found.themes[0].label == "Integer-only quantization"
    assert not any("pizza" in theme.label.lower() for theme in found.themes)


def test_sections_are_written_at_the_same_time(with_model: OpenWith) -> None:
    together = threading.Barrier(4, timeout=10)  # two themes, disagreements, open questions

    def section(body: dict[str, Any]) -> Step:
        together.wait()
        return first_sentence(body)

    assistant = with_model(ScriptedEndpoint([scripted(section=section)]))
    assert {theme.mode for theme in assistant.summarize(TOPIC).themes} == {"llm"}


@pytest.mark.parametrize("asked", [1, 2], ids=["in the outline", "in a section"])
def test_stopping_stops_the_model(with_model: OpenWith, asked: int) -> None:
    gated = Gated("RepQ-ViT is a PTQ framework", " for ViTs [P1.3].")
    silent: Step = gated.response() if asked == 1 else scripted(section=lambda _: gated.response())
    endpoint = ScriptedEndpoint([silent])
    stream = with_model(endpoint).stream_summary(TOPIC)
    parts: list[str] = []
    reading = threading.Thread(target=lambda: parts.extend(stream))
    reading.start()
    deadline = time.monotonic() + 20
    while len(endpoint.asked) < asked and time.monotonic() < deadline:
        time.sleep(0.01)
    stream.stop()
    reading.join(10)  # although the model is silent
    assert not reading.is_alive()
    assert len(parts) == asked  # the heading, and the overview if there was one
    gated.gate.set()
    assert gated.closed.wait(10)
    with pytest.raises(RuntimeError, match="stopped"):
        _ = stream.summary


def test_a_stream_tells_its_error_again(seeded: Assistant) -> None:
    stream = seeded.stream_summary("?!")
    with pytest.raises(QuestionError, match="topic"):
        list(stream)
    with pytest.raises(QuestionError, match="topic"):
        _ = stream.summary


def test_a_stopped_stream_ends_although_nothing_is_slow(seeded: Assistant) -> None:
    stream = seeded.stream_summary(TOPIC)
    parts = iter(stream)
    next(parts)
    stream.stop()
    assert list(parts) == []
    before = seeded.stream_summary(TOPIC)
    before.stop()
    assert list(before) == []


# -- found by trying to break it -----------------------------------------------------------------


def quantized(body: dict[str, Any]) -> Step:
    """Write what the outline says already, and nothing else."""
    ranks = body["messages"][-1]["content"]
    line = next(line for line in ranks.splitlines() if line.startswith("[P1.3]"))
    return f"{line.split('] ')[1].rstrip('.')} [P1.3]."


def test_an_outline_of_white_space_takes_no_time() -> None:
    start = time.monotonic()
    assert _themes("THEME" + " " * 20_000 + "\n" + "THEME:" + "x |" * 7_000, 9)[0] == []
    assert time.monotonic() - start < 2  # it took minutes


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("THEME: masked training | P1 P3", ("masked training", (0, 2))),
        ("1. THEME: masked training - P1, P3", ("masked training", (0, 2))),
        ("2) **THEME**: masked training (P1, P3)", ("masked training", (0, 2))),
        ("- Theme 4 — masked training: P1 and P3, P99", ("masked training", (0, 2))),
        ("THEME: 3D scenes with SAM 2 | P1 P3", ("3D scenes with SAM 2", (0, 2))),
        ("THEME: P1 P3", None),
        ("THEME: nothing at all", None),
        ("THEME: " + "long " * 50 + "| P1", None),
    ],
    ids=range(8),
)
def test_themes_are_read_however_they_are_dressed(line: str, found: Any) -> None:
    themes, prose = _themes(line, 5)
    assert [(theme.label, theme.places) for theme in themes] == ([found] if found else [])
    assert prose == ""


def test_a_topic_whose_papers_are_gone_is_refused(empty: Assistant, tmp_path: Any) -> None:
    bring_in(empty, tmp_path, ("Corals one", "We study corals."), ("Corals two", "We see corals."))
    (topic,) = empty.topics()
    empty.remove(*topic.paper_ids)
    found = empty.summarize(topic)
    assert (found.grounded, found.notice) == (False, "Its papers are no longer in the library.")


def test_every_topic_of_the_map_can_be_reviewed(empty: Assistant, tmp_path: Any) -> None:
    bring_in(
        empty,
        tmp_path,
        ("What is it?", "Corals bleach. We propose ReefNet."),
        ("Why?", "Whales sing."),
        ("How so " * 200, "Bread rises slowly."),
    )
    for topic in empty.topics():
        assert len(topic.label) <= 60
        found = empty.summarize(topic)
        check_summary(empty, found)
        assert found.grounded


def test_a_section_that_repeats_the_overview_becomes_extractive(with_model: OpenWith) -> None:
    outline = (
        "We propose RepQ-ViT, a novel PTQ framework for ViTs [P{repq}.3].\n"
        "THEME: quantization scales | P{repq}\nTHEME: integers | {first} P{ivit}\n"
    )

    def section(body: dict[str, Any]) -> Step:
        return "We propose RepQ-ViT, a novel PTQ framework for ViTs [P1.3]."

    assistant = with_model(ScriptedEndpoint([scripted(section=section, outline=outline)]))
    found = assistant.summarize(TOPIC)
    check_summary(assistant, found)
    assert all(theme.claims for theme in found.themes)
    assert "not said before" in found.notice


def test_what_a_model_quotes_is_not_shown_again_in_the_table(with_model: OpenWith) -> None:
    def everything(body: dict[str, Any]) -> Step:
        user = body["messages"][-1]["content"]
        if "disagree" in user or "unsolved" in user:
            return 500
        lines = [line for line in user.splitlines() if re.match(r"\[P\d+\.[1-9]", line)]
        return " ".join(
            f"{text.rstrip('.')} {mark}]." for mark, text in (line.split("] ", 1) for line in lines)
        )

    assistant = with_model(ScriptedEndpoint([scripted(section=everything)]), llm_timeout=20)
    found = assistant.summarize(TOPIC)
    check_summary(assistant, found)
    assert "llm" in {theme.mode for theme in found.themes}


def test_a_disagreement_must_be_one(with_model: OpenWith) -> None:
    def section(body: dict[str, Any]) -> Step:
        return quantized(body)

    assistant = with_model(ScriptedEndpoint([scripted(section=section)]))
    found = assistant.summarize(TOPIC)
    check_summary(assistant, found)
    assert (found.disagreements, found.open_questions) == ((), ())


def test_chatter_around_an_outline_is_left_out(with_model: OpenWith) -> None:
    outline = "Sure! Here is the review.\n**Overview**\n" + OUTLINE
    assistant = with_model(ScriptedEndpoint([scripted(section=first_sentence, outline=outline)]))
    found = assistant.summarize(TOPIC)
    assert len(found.overview) == 2
    assert not any("Sure" in claim.text or "Overview" in claim.text for claim in found.overview)


def test_a_section_cites_only_papers_of_the_topic(with_model: OpenWith) -> None:
    def section(body: dict[str, Any]) -> Step:
        away = "Video masked autoencoder (VideoMAE) is a scalable self-supervised pre-trainer"
        return f"{first_sentence(body)} {away} [P40.2]."

    assistant = with_model(ScriptedEndpoint([scripted(section=section)]))
    found = assistant.summarize(TOPIC)
    assert not any("VideoMAE" in citation.title for citation in found.citations)


def test_refusing_asks_no_model(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint([401])
    found = with_model(endpoint).summarize("sourdough bread fermentation")
    assert not found.grounded
    assert found.nearest
    assert endpoint.asked == []


def test_a_paper_removed_meanwhile_is_told(
    seed_home: Path, tmp_path: Path, with_model: OpenWith
) -> None:
    shutil.copytree(seed_home, tmp_path / "library")
    with Assistant.open(Settings(home=tmp_path / "library")) as other:
        victim = next(p.id for p in other.papers() if p.title.startswith("I-ViT"))

        def section(body: dict[str, Any]) -> Step:
            if other.library.paper(victim):
                other.remove(victim)
            return first_sentence(body)

        endpoint = ScriptedEndpoint([scripted(section=section)])
        found = with_model(endpoint, home=tmp_path / "library").summarize(TOPIC)
    assert "Removed from the library while this was written: “I-ViT" in found.notice


def test_words_that_no_paper_has_are_told(seeded: Assistant) -> None:
    found = seeded.summarize("quantization of coral reefs")
    if found.grounded:
        assert "No paper mentions coral, reefs" in found.notice


def test_line_breaks_in_abstracts_make_no_headings(empty: Assistant, tmp_path: Any) -> None:
    bring_in(
        empty,
        tmp_path,
        ("Reef corals", "Corals are old animals\n===\nin the sea. We propose corals."),
        ("3. Corals in reefs", "We present corals and reefs."),
    )
    text = empty.summarize("corals").text
    assert "\n===" not in text
    assert "**3\\. Corals in reefs**" in text


def test_the_papers_of_a_topic_add_up(empty: Assistant, tmp_path: Any) -> None:
    papers = [(f"Corals {i}", f"We propose Reef{i} for corals number {i}.") for i in range(60)]
    bring_in(empty, tmp_path, *papers)
    ids = tuple(paper.id for paper in empty.papers())
    places, size = (0.5,) * len(ids), len(ids)
    found = empty.summarize(Topic("corals", "Corals", ("corals",), ids, places, places))
    coverage = found.coverage
    assert len(coverage.used) + len(coverage.left_out) + coverage.more == size
    begins = f"{len(coverage.used)} of {size} papers of this topic are in this summary: at most 12"
    assert coverage.told.startswith(begins)
    assert coverage.told in found.text
    assert f"Left out ({size - len(coverage.used)}):" in found.text
    assert f"… and {coverage.more} more" in found.text


# -- of some papers only -------------------------------------------------------------------------


@pytest.fixture
def dated(seeded: Assistant, empty: Assistant, tmp_path: Path) -> Assistant:
    """Thirty of the packaged papers, every other one of 2020 and of 2024."""
    with (tmp_path / "dated.jsonl").open("w") as file:
        for n, paper in enumerate(seeded.papers()[:30]):
            row = {"title": paper.title, "abstract": paper.abstract, "year": 2020 + 4 * (n % 2)}
            file.write(json.dumps(row) + "\n")
    empty.ingest(tmp_path / "dated.jsonl")
    return empty


def years(assistant: Assistant, ids: Iterable[str]) -> set[int | None]:
    return {assistant.paper(paper_id).year for paper_id in ids}


def test_a_large_library_refuses_without_finding_its_topics_first(
    dated: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.topics.library_topics.AT_HAND", 10)
    found = dated.summarize("sourdough bread fermentation")
    assert found.nearest == ()
    assert "The closest papers are “" in found.notice
    dated.topics()
    assert dated.summarize("sourdough bread fermentation").nearest
    with Assistant.open(dated.settings) as again:  # they are there, and only read
        assert again.summarize("sourdough bread fermentation").nearest


def test_a_summary_of_filtered_papers_has_no_other(dated: Assistant) -> None:
    found = dated.summarize("video understanding", filters={"year_from": 2021})
    check_summary(dated, found)
    assert years(dated, (citation.paper_id for citation in found.citations)) == {2024}
    both = dated.summarize("video understanding")
    assert years(dated, (citation.paper_id for citation in both.citations)) == {2020, 2024}


def test_years_in_the_topic_limit_it_and_that_is_told(dated: Assistant) -> None:
    found = dated.summarize("video understanding since 2021")
    assert years(dated, (citation.paper_id for citation in found.citations)) == {2024}
    assert "Only papers from 2021 on were looked at" in found.notice
    refused = dated.summarize("sourdough bread fermentation since 2021")
    assert not refused.grounded
    assert refused.notice.startswith("Only papers from 2021 on were looked at")


def test_a_topic_of_the_map_is_narrowed_too(dated: Assistant) -> None:
    largest = max(dated.topics(), key=lambda topic: len(topic.paper_ids))
    assert years(dated, largest.paper_ids) == {2020, 2024}
    found = dated.summarize(largest, filters={"year": 2020})
    assert years(dated, (citation.paper_id for citation in found.citations)) == {2020}


def test_filters_that_leave_nothing_are_told(dated: Assistant) -> None:
    topic = dated.topics()[0]
    for about in ("video understanding", topic):
        found = dated.summarize(about, filters={"author": "nobody"})
        assert (found.grounded, found.notice) == (False, "No paper meets the filters.")
    with pytest.raises(InputError, match="colour"):
        dated.summarize("video", filters={"colour": "red"})


def test_topics_and_retriever_of_filtered_papers(dated: Assistant) -> None:
    everything, narrowed = dated.topics(), dated.topics(filters={"year": 2024})
    kept = [paper_id for topic in narrowed for paper_id in topic.paper_ids]
    assert (len(kept), years(dated, kept)) == (15, {2024})
    assert {topic.id for topic in narrowed} <= {topic.id for topic in everything}
    assert all(len(topic.x) == len(topic.y) == len(topic.paper_ids) for topic in narrowed)
    sizes = [len(topic.paper_ids) for topic in narrowed]
    assert sizes == sorted(sizes, reverse=True)
    assert dated.topics(filters={"author": "nobody"}) == []
    nodes = dated.retriever(filters={"year": 2020}).retrieve("video understanding")
    assert {node.metadata["year"] for node in nodes} == {2020}
    assert {node.metadata["year"] for node in dated.retriever().retrieve("video")} == {2020, 2024}
