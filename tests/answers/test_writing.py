"""Writing one answer: refused, quoted, or a model's, and what is told beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from rag.answers.asked import read as asked_for
from rag.answers.context import AnswerContext, AnswerParts
from rag.answers.writing import Writer
from rag.errors import ModelKeyError
from rag.grounding import Grounder
from rag.models import Prompt
from rag.records import Answer, Citation, Hit, Usage
from rag.search import Evidence, Signals
from tests.support.endpoint import ScriptedEndpoint, Step, broken_stream, chat_model
from tests.support.evidence import Trusting, evidence, paper

REEF = evidence(
    paper("ReefNet: Corals", "However, we propose ReefNet for corals. It gains 3%."),
    score=1.5,
    relevance=[0.3, 0.8, 0.2],
)
SEA = evidence(
    paper("SeaNet: Corals", "We propose SeaNet for seas. Seas are blue."),
    score=1.2,
    relevance=[0.3, 0.8, 0.2],
)
PROMPT = Prompt("Answer.", "$sources / $question", "d1g35t")
ENOUGH = Signals(nearness=0.5, sentence=0.5, bm25_share=0.9, unknown=0.0, names=0.0)
JUST = Signals(nearness=0.5, sentence=0.5, bm25_share=0.1, unknown=0.0, names=0.0)
TOO_LITTLE = Signals(nearness=0.1, sentence=0.1, bm25_share=0.0, unknown=0.9, names=0.0)


def context(*papers: Evidence, question: str = "What is ReefNet?") -> AnswerContext:
    hits = tuple(Hit(one.paper, rank, one.score, "", "") for rank, one in enumerate(papers, 1))
    return AnswerContext(
        question=question,
        asked_for=asked_for(question),
        query=question,
        history=(),
        evidence=papers,
        hits=hits,
        signals=ENOUGH,
        missing=(),
        background=0.5,
        fingerprint="",
    )


REEFS = context(REEF, SEA)
SURVEY = context(REEF, SEA, question="Which papers are about corals?")


def read(parts: AnswerParts) -> Answer:
    pieces: list[str] = []
    while True:
        try:
            pieces.append(next(parts))
        except StopIteration as end:
            answer: Answer = end.value
            assert "".join(pieces) == answer.text
            return answer


def written(
    given: AnswerContext, step: Step | None = None, *, window: int = 8_000
) -> tuple[Answer, ScriptedEndpoint]:
    """Write an answer, by a model that replies with this step or without one."""
    endpoint = ScriptedEndpoint(["" if step is None else step])
    model = None if step is None else chat_model(endpoint, window=window)
    writer = Writer(model, PROMPT, cast(Grounder, Trusting()))
    return read(writer.write(given)), endpoint


def answer(given: AnswerContext, step: Step | None = None) -> Answer:
    return written(given, step)[0]


def numbers(found: Answer) -> dict[str, int]:
    return {citation.paper_id: citation.number for citation in found.citations}


# -- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [None, "Corals [P1.1]."], ids=["without a model", "with one"])
def test_too_little_evidence_is_refused_with_the_closest_and_what_is_missing(
    step: Step | None,
) -> None:
    papers = (REEF, SEA, *(evidence(paper(f"P{i}: Seas", "Blue.")) for i in range(2)))
    given = replace(context(*papers), signals=TOO_LITTLE, missing=("whales", "squids"))
    found, endpoint = written(given, step)
    assert found.text == "The papers in this library do not answer this."
    assert found.notice == (
        "No paper mentions whales, squids. "
        "Closest are “ReefNet: Corals”; “SeaNet: Corals”; “P0: Seas”."
    )
    assert (found.grounded, found.mode, found.model) == (False, "extractive", "")
    assert (found.missing, found.closest) == (("whales", "squids"), ("reefnet", "seanet", "p0"))
    assert (found.claims, found.citations, found.usage) == ((), (), Usage())
    assert found.hits == given.hits
    assert endpoint.asked == []


def test_an_empty_library_answers_nothing() -> None:
    found = answer(replace(context(), missing=("whales",)))
    assert found.notice == "The library holds no paper yet."
    assert (found.grounded, found.missing, found.closest) == (False, (), ())


def test_nodes_of_somebody_else_are_always_tried() -> None:
    assert replace(REEFS, signals=None).is_answerable
    assert not replace(REEFS, signals=TOO_LITTLE).is_answerable
    assert not replace(REEFS, signals=None, evidence=()).is_answerable


# -- quoted --------------------------------------------------------------------------------------


def test_without_a_model_the_best_paper_is_quoted() -> None:
    found = answer(REEFS)
    assert found.text == "ReefNet: We propose ReefNet for corals [1]."
    assert [(c.paper_id, c.sentence) for c in found.citations] == [
        ("reefnet", "However, we propose ReefNet for corals."),
    ]
    assert (found.grounded, found.mode, found.model) == (True, "extractive", "")
    assert (found.notice, found.missing, found.closest, found.usage) == ("", (), (), Usage())


def test_several_papers_are_listed_by_their_names() -> None:
    assert answer(SURVEY).text == (
        "- ReefNet: We propose ReefNet for corals [1].\n- SeaNet: We propose SeaNet for seas [2]."
    )


def test_names_that_no_paper_has_are_told_and_words_are_not() -> None:
    lacking = replace(REEFS, missing=("WhaleNet",), signals=replace(ENOUGH, names=1.0))
    found = answer(lacking)
    assert (found.notice, found.missing) == ("No paper mentions WhaleNet.", ("WhaleNet",))
    found = answer(replace(lacking, signals=ENOUGH))
    assert (found.notice, found.missing) == ("", ())


def test_numbers_go_on_from_earlier_answers() -> None:
    cited = Citation(4, "seanet", "SeaNet: Corals", "", -1, -1, "")
    earlier = Answer("What?", "", True, "extractive", "", citations=(cited,))
    assert numbers(answer(replace(SURVEY, history=(earlier,)))) == {"reefnet": 5, "seanet": 4}


def test_what_is_asked_next_is_about_the_papers_at_hand() -> None:
    assert answer(REEFS).follow_ups == (
        "What results does ReefNet report?",
        "How do ReefNet and SeaNet differ?",
        "What does SeaNet propose?",
    )


def test_what_the_papers_do_not_say_is_told_with_the_closest_that_they_do() -> None:
    found = answer(context(REEF, SEA, question="How many GPUs does ReefNet need?"))
    assert found.text == (
        "The abstract of ReefNet does not say how many GPUs. The closest that it says, which is "
        "not the answer: “However, we propose ReefNet for corals.”"
    )
    assert (found.grounded, found.claims, found.closest) == (False, (), ("reefnet",))


def test_a_part_that_is_not_said_is_told_beside_the_part_that_is() -> None:
    question = "How much accuracy does ReefNet gain, and how many GPUs does it need?"
    reef = evidence(
        paper("ReefNet: Corals", "We propose ReefNet. It gains 3% in accuracy."),
        relevance=[0, 1, 1],
    )
    found = answer(context(reef, question=question))
    assert found.text == "ReefNet: It gains 3% in accuracy [1]."
    assert found.notice == "The abstract of ReefNet does not say how many GPUs."


def test_that_no_paper_stands_out_is_told() -> None:
    near = evidence(paper("Seas: Corals", "We propose SeaNet. Seas are blue."), score=1.4)
    found = answer(context(REEF, near, SEA, question="Explain the growth of coral reefs"))
    assert found.notice == "No one paper stands out for this; these come closest."
    assert len({c.paper_id for c in found.citations}) == 2
    unheard = context(REEF, near, SEA, question="Explain the growth of coral reefs in tidepools")
    told = answer(replace(unheard, missing=("tidepools",)))
    assert told.notice.startswith("No paper mentions tidepools. No one paper stands out")
    assert told.missing == ("tidepools",)


def test_who_wrote_a_paper_is_told_from_its_record() -> None:
    wrote = evidence(
        replace(REEF.paper, authors=("Ann Li", "Bo Ek"), year=2021, venue="Reefs"), score=1.5
    )
    found = answer(context(wrote, question="Who wrote ReefNet?"))
    assert found.text == "“ReefNet: Corals”: by Ann Li, Bo Ek, Reefs, 2021 [1] [not checked]."
    assert found.notice == "From the paper's record, not from its abstract."
    (claim,), (citation,) = found.claims, found.citations
    assert (claim.support, citation.start, citation.end) == ("unchecked", -1, -1)
    nobody = answer(context(REEF, question="Who wrote ReefNet?"))
    assert nobody.text == "The record of ReefNet has no authors, year or venue."
    assert not nobody.grounded


def test_papers_called_the_same_are_told_apart_by_their_titles() -> None:
    papers = [
        evidence(paper(f"SDI: {what}", f"We tell {what}.", what), score=1.5)
        for what in ("costs", "users")
    ]
    found = answer(context(*papers, question="Which papers are on costs and users?"))
    assert found.text == "- SDI: costs: We tell costs [1].\n- SDI: users: We tell users [2]."


def test_a_long_survey_has_headings() -> None:
    titles = ["Coral reefs", "Object tracking", "Coral reefs again", "Object tracking anew", "Fish"]
    papers = [
        evidence(paper(title, f"We propose net {i}.", str(i)), score=1.5)
        for i, title in enumerate(titles)
    ]
    found = answer(context(*papers, question="Which papers are on the sea?"))
    assert found.text.split("\n") == [
        "Coral reefs:",
        "- Coral reefs: We propose net 0 [1].",
        "- Coral reefs again: We propose net 2 [2].",
        "",
        "Object tracking:",
        "- Object tracking: We propose net 1 [3].",
        "- Object tracking anew: We propose net 3 [4].",
        "",
        "Also:",
        "- Fish: We propose net 4 [5].",
    ]


def test_labels_of_a_structured_abstract_are_not_shown() -> None:
    text = "OBJECTIVE: To see corals. METHODS: We dive for corals. RESULTS: Corals grow by 3 cm."
    made = evidence(paper("Corals: a trial", text), score=1.5)
    found = answer(context(made, question="Do corals grow?"))
    assert found.text.endswith("Corals grow by 3 cm [1].")
    assert "RESULTS" not in found.text
    assert "To see corals" not in found.text


# -- a model's -----------------------------------------------------------------------------------


def test_a_model_writes_and_cites() -> None:
    found, endpoint = written(REEFS, "- Seas are blue [P2.2].\n- ReefNet is new [P1.1][P2.1].")
    assert found.text == "- Seas are blue [1].\n- ReefNet is new [2][1]."
    assert [claim.anchors for claim in found.claims] == [(0,), (1, 2)]
    assert numbers(found) == {"seanet": 1, "reefnet": 2}
    assert (found.grounded, found.mode, found.model) == (True, "llm", "scripted")
    assert (found.notice, found.usage) == ("", Usage(321, 45, "d1g35t"))
    assert [message["content"] for message in endpoint.asked[0]["messages"]] == [
        "Answer.",
        (
            "[P1.0] ReefNet: Corals\n[P1.1] However, we propose ReefNet for corals.\n"
            "[P1.2] It gains 3%.\n[P2.0] SeaNet: Corals\n[P2.1] We propose SeaNet for seas.\n"
            "[P2.2] Seas are blue. / What is ReefNet?"
        ),
    ]


def test_a_model_reads_a_follow_up_as_it_stands_alone() -> None:
    earlier = Answer("What is SeaNet?", "", True, "extractive", "")
    given = replace(REEFS, question="And [P1.1]?", query="What is ReefNet beside SeaNet?")
    _, endpoint = written(replace(given, history=(earlier,)), "New [P1.1].")
    assert endpoint.prompt.endswith(" / What is ReefNet beside SeaNet?")
    _, endpoint = written(given, "New [P1.1].")
    assert endpoint.prompt.endswith(" / And (P-1.1]?")


WITHOUT = "Answered from the abstracts' own sentences, without the model: "


@pytest.mark.parametrize(
    ("step", "why", "usage"),
    [
        pytest.param(
            500, "the endpoint http://127.0.0.1:1/v1 answered 500: scripted 500", (0, 0), id="fails"
        ),
        pytest.param("", "the reply of scripted is empty", (321, 45), id="says nothing"),
        pytest.param(
            "Just so. And so.",
            "the reply of scripted rests on no source sentence",
            (321, 45),
            id="cites nothing",
        ),
    ],
)
def test_a_model_that_is_no_use_is_told_and_the_papers_quoted(
    step: Step, why: str, usage: tuple[int, int]
) -> None:
    lacking = replace(REEFS, missing=("WhaleNet",), signals=replace(ENOUGH, names=1.0))
    found = answer(lacking, step)
    assert found.text == answer(REEFS).text
    assert (found.mode, found.model) == ("extractive", "")
    assert found.notice == f"{WITHOUT}{why}. No paper mentions WhaleNet."
    assert found.usage == Usage(*usage, "d1g35t")


def test_a_model_that_does_not_answer_is_believed() -> None:
    found = answer(replace(REEFS, missing=("whales",), signals=JUST), "NO ANSWER")
    assert found.text == "The papers in this library do not answer this."
    assert (found.grounded, found.mode, found.model) == (False, "llm", "scripted")
    assert (found.missing, found.closest) == (("whales",), ("reefnet", "seanet"))
    assert found.usage == Usage(321, 45, "d1g35t")


def test_a_reply_that_breaks_off_is_kept_as_far_as_it_came() -> None:
    found = answer(REEFS, broken_stream("Seas are blue [P2.2]. Corals are old [P1.1].", after=6))
    assert found.text == "Seas are blue [1]."
    assert found.mode == "llm"
    assert found.notice.startswith("The reply broke off: the endpoint http://127.0.0.1:1/v1 cannot")


@pytest.mark.parametrize(
    ("reply", "grounded"),
    [
        pytest.param("All wrong [P1.1]. Good [P1.2].", True, id="one is supported"),
        pytest.param("All wrong [P1.1]. Good, partly [P1.2].", True, id="one is partly supported"),
        pytest.param("All wrong [P1.1]. Also wrong [P1.2].", False, id="none"),
    ],
)
def test_an_answer_is_grounded_when_something_in_it_is_supported(
    reply: str, grounded: bool
) -> None:
    assert answer(REEFS, reply).grounded is grounded


def test_what_was_put_right_comes_before_what_no_paper_has() -> None:
    lacking = replace(REEFS, missing=("WhaleNet",), signals=replace(ENOUGH, names=1.0))
    found = answer(lacking, "Good [P1.1][P8.1].")
    assert found.notice == "1 made-up source id was removed. No paper mentions WhaleNet."
    assert found.missing == ("WhaleNet",)


def test_a_refused_key_gets_out() -> None:
    with pytest.raises(ModelKeyError):
        answer(REEFS, 401)


def test_papers_that_do_not_fit_are_not_read() -> None:
    # Half of 100 tokens are 175 characters: one of these papers, not two.
    _, endpoint = written(REEFS, "Good [P1.1].", window=100)
    assert "[P1.2]" in endpoint.prompt
    assert "[P2.0]" not in endpoint.prompt
