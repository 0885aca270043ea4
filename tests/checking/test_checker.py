"""Texts that are checked against a library: what is found, and what stands for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, InputError, Settings, to_json
from rag.checking import MAX_TEXT, Finding, form_of
from tests.support.endpoint import OpenWith, ScriptedEndpoint

TRUE = "VideoMAE V2 uses a dual masking strategy for efficient pre-training."
CHANGED = "VideoMAE V2 achieves 80.0% on K400 with a billion parameters."
NEGATED = "VideoMAE V2 does not use dual masking."
FOREIGN = "Winter wheat yields depend on the amount of nitrogen in the soil."
BIB = """
@article{wang2023, title={VideoMAE V2: Scaling Video Masked Autoencoders with Dual Masking},
  abstract={We present a dual masking strategy for efficient pre-training in VideoMAE V2.
  It reaches 90.0% on Kinetics-400. Masking may lower the memory use.}, doi={10.1/vmae}}
@article{wheat2001, title={Winter wheat and nitrogen},
  abstract={Winter wheat yields depend on the amount of nitrogen in the soil.}}
"""


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Assistant]:
    """A library of two papers that have citation keys."""
    (tmp_path / "two.bib").write_text(BIB)
    with Assistant.open(Settings(home=tmp_path / "library", seeds="")) as assistant:
        assistant.ingest(tmp_path / "two.bib")
        yield assistant


def findings(assistant: Assistant, text: str) -> list[Finding]:
    return [one.finding for one in assistant.check(text).claims]


def test_true_changed_and_foreign_sentences_are_told_apart(seeded: Assistant) -> None:
    text = f"{TRUE} {CHANGED} {NEGATED} {FOREIGN} Is this a question? Yes."
    found = seeded.check(text)
    kinds = [one.finding for one in found.claims]
    assert kinds == ["supported", "contradicted", "contradicted", "not_stated"]
    assert (found.left_out, found.share, found.mode, found.form) == (2, 0.25, "rules", "markdown")
    assert [text[one.start : one.end] for one in found.claims] == [TRUE, CHANGED, NEGATED, FOREIGN]
    good, changed, _, foreign = found.claims
    assert "dual masking strategy" in good.supporting[0].sentence
    paper = seeded.paper(good.supporting[0].paper_id)
    for citation in (*good.supporting, *changed.against):
        if citation.start >= 0:
            assert paper.abstract[citation.start : citation.end] == citation.sentence
    assert "90.0% on K400" in changed.against[0].sentence
    assert changed.reasons == ("80% is not in the sentence",)
    assert not foreign.supporting
    assert not foreign.against
    assert len(foreign.near) == 1
    assert json.loads(json.dumps(to_json(found)))["claims"][0]["finding"] == "supported"


def test_every_sentence_of_an_abstract_is_supported_by_it(seeded: Assistant) -> None:
    for paper in seeded.papers()[:5]:
        found = seeded.check(paper.abstract, form="markdown")
        assert {one.finding for one in found.claims} <= {"supported", "unchecked"}
        for claim in found.claims:
            if claim.finding == "supported":
                assert claim.supporting[0].paper_id == paper.id


def test_a_paper_that_states_a_claim_is_suggested(two: Assistant) -> None:
    (claim,) = two.check(TRUE).claims
    assert claim.suggestion is not None
    assert (claim.suggestion.key, claim.suggestion.markup) == ("wang2023", "[@wang2023]")
    assert claim.suggestion.reference.startswith("VideoMAE V2: Scaling")
    (claim,) = two.check(TRUE, form="latex").claims
    assert claim.suggestion is not None
    assert claim.suggestion.markup == "\\cite{wang2023}"


@pytest.mark.parametrize(
    ("text", "finding", "suggested"),
    [
        pytest.param(f"{TRUE[:-1]} \\cite{{wang2023}}.", "supported", "", id="the right one"),
        pytest.param(f"{TRUE[:-1]} [@10.1/vmae].", "supported", "", id="by its DOI"),
        pytest.param(f"{TRUE[:-1]} [@WANG2023].", "supported", "", id="in capitals"),
        pytest.param(f"{TRUE[:-1]} [@wheat2001].", "not_stated", "wang2023", id="the wrong one"),
        pytest.param(
            "VideoMAE V2 reaches 95.0% on Kinetics-400 [@wang2023].",
            "contradicted",
            "",
            id="another figure",
        ),
        pytest.param(
            "Masking lowers the memory use \\cite{wang2023}.", "partial", "", id="without its hedge"
        ),
        pytest.param(
            f"{TRUE[:-1]} \\cite{{wheat2001,wang2023}}.", "supported", "", id="one of two"
        ),
    ],
)
def test_what_is_cited_is_asked(two: Assistant, text: str, finding: str, suggested: str) -> None:
    (claim,) = two.check(text).claims
    assert claim.finding == finding
    assert (claim.suggestion.key if claim.suggestion else "") == suggested
    for citation in (*claim.supporting, *claim.against):
        assert citation.title.startswith("VideoMAE")


def test_each_of_several_keys_is_told(two: Assistant) -> None:
    (claim,) = two.check(f"{TRUE[:-1]} \\cite{{wheat2001,nobody,wang2023}}.").claims
    told = [(key.key, bool(key.paper_id), key.finding) for key in claim.keys]
    assert told == [
        ("wheat2001", True, "not_stated"),
        ("nobody", False, "unchecked"),
        ("wang2023", True, "supported"),
    ]


def test_an_unknown_key_is_told_and_the_library_asked(two: Assistant) -> None:
    (claim,) = two.check(f"{TRUE[:-1]} [@nobody1999].").claims
    assert claim.finding == "supported"
    assert claim.reasons == ("no paper of the library has the key nobody1999",)
    assert claim.suggestion is not None
    assert claim.suggestion.key == "wang2023"


def test_a_key_that_exports_made_names_its_paper(seeded: Assistant) -> None:
    (claim,) = seeded.check(TRUE).claims
    assert claim.suggestion is not None
    (cited,) = seeded.check(f"{TRUE[:-1]} {claim.suggestion.markup}.").claims
    assert cited.keys[0].paper_id == claim.suggestion.paper_id
    assert cited.keys[0].finding == "supported"


def test_several_sentences_may_state_it_together(tmp_path: Path) -> None:
    paper = {
        "id": "p",
        "title": "GRUB: a robot for gardens",
        "abstract": "GRUB digs holes for young trees. It waters the trees with rain from a tank.",
    }
    (tmp_path / "p.jsonl").write_text(json.dumps(paper))
    with Assistant.open(Settings(home=tmp_path / "library", seeds="")) as assistant:
        assistant.ingest(tmp_path / "p.jsonl")
        (claim,) = assistant.check(
            "GRUB digs holes for young trees and waters the trees with rain from a tank."
        ).claims
    assert claim.finding == "supported"


def test_another_language_is_not_judged(seeded: Assistant) -> None:
    text = (
        "VideoMAE V2 verwendet eine doppelte Maskierung, die das Training von Videos beschleunigt."
    )
    (claim,) = seeded.check(text).claims
    assert claim.finding == "unchecked"
    assert seeded.check(text).share == 1.0  # of none


def test_only_some_papers_are_asked(seeded: Assistant) -> None:
    (claim,) = seeded.check(TRUE, filters={"year_to": 1900}).claims
    assert (claim.finding, claim.near) == ("not_stated", ())


def test_progress_is_told(seeded: Assistant) -> None:
    told: list[tuple[str, int, int]] = []
    seeded.check(f"{TRUE} {FOREIGN}", progress=lambda *step: told.append(step))
    assert told == [("checking", 0, 2), ("checking", 1, 2), ("checking", 2, 2)]


@pytest.mark.parametrize("text", ["", " \n", "x" * (MAX_TEXT + 1)])
def test_no_text_and_too_much_of_it(seeded: Assistant, text: str) -> None:
    with pytest.raises(InputError, match="text"):
        seeded.check(text)


@pytest.mark.parametrize(
    "text",
    [
        "\n<!DOCTYPE html><p>VideoMAE V2 uses dual masking.</p>",
        "<html><body>VideoMAE V2 uses dual masking.</body></html>",
        "{\\rtf1\\ansi VideoMAE V2 uses dual masking.\\par}",
        "%PDF-1.7 VideoMAE V2",
    ],
)
def test_what_is_no_text_is_told(seeded: Assistant, text: str) -> None:
    with pytest.raises(InputError, match="save it as plain text"):
        seeded.check(text)


def test_a_text_that_states_nothing(seeded: Assistant) -> None:
    found = seeded.check("# Title\n\nSo? Yes.")
    assert (found.claims, found.left_out, found.share) == ((), 2, 1.0)


def test_an_empty_library_states_nothing(empty: Assistant) -> None:
    assert findings(empty, TRUE) == ["not_stated"]


def test_a_model_has_the_last_word_where_no_rule_has_spoken(with_model: OpenWith) -> None:
    reply = '{"marks": [{"claim": 1, "mark": "not stated"}]}'
    endpoint = ScriptedEndpoint([reply])
    assistant = with_model(endpoint, judge="llm")
    changed = assistant.check(f"{CHANGED} VideoMAE V2 is a dual masking method for videos.")
    assert [one.finding for one in changed.claims] == ["contradicted", "not_stated"]
    assert (changed.mode, changed.model) == ("llm", "scripted")
    assert len(endpoint.asked) == 1
    assert "80.0%" not in json.dumps(endpoint.asked)  # a rule has spoken


@pytest.mark.parametrize(
    ("text", "name", "form"),
    [
        ("a", "x.tex", "latex"),
        ("\\cite{a}", "x.md", "markdown"),
        ("It \\citep[3]{a}.", "", "latex"),
        ("\\begin{document}", "x.txt", "latex"),
        ("C:\\begin", "", "markdown"),
        ("It works [@a].", "", "markdown"),
    ],
)
def test_what_a_text_is_written_in(text: str, name: str, form: str) -> None:
    assert form_of(text, name) == form
