"""When there is not enough to answer, and what is said then."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Assistant
from rag.library.lexicon import Term
from rag.models.embed_local import minilm
from rag.resources import thresholds_file
from rag.search.abstain import ANY_EMBEDDER, Signals, is_answerable, score, unknown_names
from rag.text.names import title_name

GOOD = Signals(0.6, 0.7, 0.6, unknown=0.0, names=0.0, tokens=0.7, least=0.5)
POOR = Signals(0.12, 0.2, 0.02, unknown=0.9, names=1.0, tokens=0.3, least=0.1)
EARLIER = "minilm/window-254/v1"  # libraries of version 0.1, without tokens


@pytest.mark.parametrize("fingerprint", [minilm(1).fingerprint, EARLIER, "some/other/v9"])
def test_clear_cases_under_any_embedding(fingerprint: str) -> None:
    assert is_answerable(GOOD, fingerprint)
    assert not is_answerable(POOR, fingerprint)


def test_the_thresholds_are_stored_with_the_fingerprint_of_the_shipped_model() -> None:
    fitted = json.loads(thresholds_file().read_text())
    assert set(fitted) == {minilm(1).fingerprint, EARLIER, ANY_EMBEDDER}


@pytest.mark.parametrize(
    ("fingerprint", "signals"),
    [
        pytest.param(minilm(1).fingerprint, ("nearness", "tokens", "least"), id="shipped"),
        pytest.param(EARLIER, ("nearness", "sentence", "bm25_share"), id="earlier"),
        pytest.param(ANY_EMBEDDER, ("bm25_share",), id="any other"),
    ],
)
def test_every_signal_pulls_the_way_it_should(fingerprint: str, signals: tuple[str, ...]) -> None:
    base = score(GOOD, fingerprint)
    for name in signals:
        better = {name: getattr(GOOD, name) + 0.1}
        assert score(replace(GOOD, **better), fingerprint) > base
    assert score(replace(GOOD, names=1.0), fingerprint) < base


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("How does ControlNet add edges?", ["ControlNet"]),
        ("What does RAFT get on Sintel?", ["RAFT", "Sintel"]),
        ("Unknown words start here", []),
        ("what of unknown things", []),
        ("How does LookupViT work?", []),
        ("Is GPT-9 better?", ["GPT-9"]),
    ],
)
def test_names_that_no_paper_has(question: str, names: list[str]) -> None:
    known = {"lookupvit", "better", "work", "add", "edges", "get", "start", "here", "things"}
    terms = [
        Term(word.strip("?").lower(), "", 3 if word.strip("?").lower() in known else 0, 1.0)
        for part in question.split()
        for word in part.replace("-", " ").split()
    ]
    assert unknown_names(question, terms) == names


@pytest.mark.parametrize("name", ["Zorbanet", "QuillFormer", "MOLTRA"])
def test_things_the_library_has_never_heard_of(seeded: Assistant, name: str) -> None:
    answer = seeded.ask(f"What does {name} do?")
    assert not answer.grounded
    assert answer.notice.startswith(f"No paper mentions {name}. Closest are “")
    assert answer.notice.count("“") == 3
    assert answer.missing == (name,)


def test_a_small_library_of_something_else(empty: Assistant) -> None:
    path = Path("animals.jsonl")
    rows = [
        {"title": f"Giraffes {i}", "abstract": f"Giraffe number {i} is tall and eats leaves."}
        for i in range(3)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    empty.ingest(path)
    assert empty.ask("What do giraffes eat?").grounded
    assert not empty.ask("Which enzyme unwinds DNA?").grounded
    assert not empty.ask("How fast is the Kestrel-9 compiler?").grounded


def test_suggestions_can_be_answered(seeded: Assistant) -> None:
    asked = [
        "How does VideoMAE V2 cut the cost of pre-training?",
        "Which papers quantize vision transformers?",
        "text-to-video retrieval",
        "Who won the 1998 football World Cup?",
        "what does LookupViT do?",
    ]
    suggested = [idea for question in asked for idea in seeded.ask(question).follow_ups]
    assert len(suggested) >= 10
    for idea in suggested:
        assert seeded.ask(idea).grounded, idea
    assert not set(suggested) & set(asked)


def test_a_suggestion_taken_up_is_about_what_it_names(seeded: Assistant) -> None:
    right = []
    for question in ("what does LookupViT do?", "Which papers quantize vision transformers?"):
        first = seeded.ask(question)
        for idea in first.follow_ups:
            named = [c.title for c in seeded.ask(idea, [first]).citations]
            names = [paper for paper in seeded.papers() if title_name(paper.title) in idea.split()]
            right.append(any(paper.title in named for paper in names))
    assert len(right) >= 5
    assert all(right)
