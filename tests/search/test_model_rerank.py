"""The first papers of a search, ordered anew by a model."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from rag import Assistant
from rag.evaluation import asked_of, evaluate, read_sources
from tests.support.endpoint import OpenWith, ScriptedEndpoint, Step
from tests.support.places import DATA

QUESTION = "How is post-training quantization of vision transformers done?"


def numbered(body: dict[str, Any]) -> dict[int, str]:
    """Return the papers of a prompt by their numbers."""
    lines = re.findall(r"^(\d+)\. (.*)$", body["messages"][-1]["content"], re.MULTILINE)
    return {int(number): line for number, line in lines}


def ids(found: Assistant, k: int = 10) -> list[str]:
    return [hit.paper.id for hit in found.search(QUESTION, k)]


@pytest.mark.parametrize(
    "reply", ["3, 1", "[3, 1]", '{"papers": [3, 1, 99, 0]}', "3 > 1 > 3", "Papers 3 and 1 do."]
)
def test_what_the_model_names_comes_first(
    with_model: OpenWith, seeded: Assistant, reply: str
) -> None:
    before = ids(seeded)
    endpoint = ScriptedEndpoint([reply])
    after = ids(with_model(endpoint, rerank="llm"))
    assert after == [before[2], before[0], before[1], *before[3:]]
    assert len(numbered(endpoint.asked[0])) == 20
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize("reply", ["", "none", 400, "{}"])
def test_what_names_none_changes_nothing(
    with_model: OpenWith, seeded: Assistant, reply: Step
) -> None:
    assert ids(with_model(ScriptedEndpoint([reply]), rerank="llm")) == ids(seeded)


def test_it_is_off_unless_wanted(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint(["3"])
    ids(with_model(endpoint))
    assert endpoint.asked == []


def test_a_model_that_knows_better_is_measured_to(with_model: OpenWith, seeded: Assistant) -> None:
    """One that always names the right papers first lifts the right paper to the first place."""
    sources = read_sources([DATA / "single.jsonl"])
    papers = seeded.papers()
    gold = {
        row["question"]: {papers[n - 1].title for n in row["gold"]}
        for row in map(json.loads, (DATA / "single.jsonl").read_text().splitlines())
    }

    def best(body: dict[str, Any]) -> str:
        question = body["messages"][-1]["content"].split("Question: ")[1].split("\n")[0]
        right = gold.get(question, set())
        told = numbered(body).items()
        return ", ".join(str(n) for n, line in told if any(line.startswith(t) for t in right))

    asked = asked_of(sources, papers)
    endpoint = ScriptedEndpoint([best])
    reports = [
        evaluate(one, asked, parts=["retrieval"])
        for one in (seeded, with_model(endpoint, rerank="llm"))
    ]
    found = [report.figures["nDCG@10"] for report in reports]
    print(f"\nnDCG@10 without and with a model that knows: {found[0]:.3f}, {found[1]:.3f}")
    assert found[1] >= 0.95 > found[0]
