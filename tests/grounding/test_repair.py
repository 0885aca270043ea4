"""Answers of a model that cites wrongly: moved, marked or removed, never passed on."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from rag import Answer, Assistant
from rag.errors import QuestionError
from rag.grounding import Grounder
from rag.grounding.repair import Checked
from rag.library import Entry, Library, Term
from rag.models import Embedder
from rag.records import Claim, Paper, Support
from rag.search import PaperRetriever, Question
from rag.search.late import Late
from rag.text.sentences import split
from tests.support.checks import check_anchors
from tests.support.endpoint import OpenWith, ScriptedEndpoint, Step
from tests.support.evidence import Matrix, anchor, entry, matrix, towards
from tests.support.masking import COST, MASKING, NAMED, QUESTION


def ask(with_model: OpenWith, reply: str, question: str = QUESTION) -> Answer:
    assistant = with_model(ScriptedEndpoint([reply]))
    answer = assistant.ask(question)
    check_anchors(assistant, answer)
    return answer


def sentences_of(answer: Answer, claim: Claim) -> list[str]:
    return [answer.citations[place].sentence for place in claim.anchors]


def test_a_citation_of_the_wrong_paper_is_moved(with_model: OpenWith) -> None:
    answer = ask(with_model, f"{NAMED} [P5.2].")
    (claim,) = answer.claims
    assert claim.support == "supported"
    assert "dual masking strategy" in sentences_of(answer, claim)[0]
    assert answer.notice == "1 citation was moved to the sentence that supports the claim."


def test_a_sentence_without_a_source_gets_one(with_model: OpenWith) -> None:
    answer = ask(with_model, f"{NAMED}. {COST} [P1.6].")
    assert [claim.support for claim in answer.claims] == ["supported", "supported"]
    assert "got the one that supports it" in answer.notice


def test_support_is_looked_for_in_the_whole_library(with_model: OpenWith) -> None:
    claim = "Edge-MoE is the first end-to-end FPGA accelerator for multi-task ViT"
    answer = ask(with_model, f"{COST} [P1.6]. {claim} [P2.1].")
    assert answer.claims[1].support == "supported"
    assert answer.citations[answer.claims[1].anchors[0]].title.startswith("Edge-MoE")


def test_made_up_and_misattributed_ids_are_told_apart(with_model: OpenWith) -> None:
    answer = ask(with_model, f"{NAMED} [P99.1]. VideoMAE V2: {COST} [P4.2].")
    assert "1 made-up source id was removed" in answer.notice
    assert "1 citation was moved" in answer.notice
    assert "1 sentence without a source got" in answer.notice


def test_a_changed_number_is_marked_and_shown_with_what_it_misquotes(with_model: OpenWith) -> None:
    claim = "The billion-parameter video ViT reaches 91.0% on K400 and 89.9% on K600"
    answer = ask(with_model, f"{COST} [P1.6]. {claim} [P1.9].")
    assert answer.claims[1].support == "unsupported"
    assert f"{claim} [1] [unsupported]." in answer.text
    assert "90.0% on K400" in sentences_of(answer, answer.claims[1])[0]


def test_an_idle_citation_is_dropped(with_model: OpenWith) -> None:
    answer = ask(with_model, f"{COST} [P1.6][P6.3].")
    assert len(answer.claims[0].anchors) == 1


def test_a_reply_without_any_id_is_cited_anew(with_model: OpenWith) -> None:
    answer = ask(with_model, f"{NAMED}. VideoMAE V2: {COST}.")
    assert answer.mode == "llm"
    assert all(claim.citations for claim in answer.claims)


def test_all_unsupported_is_not_grounded(with_model: OpenWith) -> None:
    claim = "The billion-parameter video ViT reaches 91.0% on K400 and 89.9% on K600"
    assert not ask(with_model, f"{claim} [P1.9].").grounded


@pytest.mark.slow
def test_wrong_papers_and_changed_numbers_are_caught_by_the_hundred(
    with_model: OpenWith, seeded: Assistant
) -> None:
    """Ninety-five in a hundred at least; and no sound claim is flagged."""
    chance = random.Random(3)
    caught = {"wrong paper": 0, "number": 0, "faithful": 0}
    asked = dict.fromkeys(caught, 0)
    replies: list[str] = []
    endpoint = ScriptedEndpoint([lambda body: replies[-1]])
    assistant = with_model(endpoint)
    for paper in chance.sample(seeded.papers(), 40):
        hits = seeded.search(paper.title, k=8)
        rank = next((h.rank for h in hits if h.paper.id == paper.id), 0)
        if not rank:
            continue
        sentences = [s for s in split(paper.abstract)[2:] if len(s.text) > 60]
        sentence = chance.choice(sentences)
        claim = sentence.text.rstrip(".")
        other = chance.choice([h.rank for h in hits if h.rank != rank])
        replies.append(f"{claim} [P{other}.{chance.randint(1, 5)}].")
        answer = assistant.ask(paper.title)
        asked["wrong paper"] += 1
        moved = [answer.citations[a].paper_id for c in answer.claims for a in c.anchors]
        caught["wrong paper"] += (
            answer.mode == "extractive"
            or paper.id in moved
            or all(c.support != "supported" for c in answer.claims)
        )
        replies.append(f"{claim} [P{rank}.{sentence.index}].")
        answer = assistant.ask(paper.title)
        asked["faithful"] += 1
        caught["faithful"] += all(c.support == "supported" for c in answer.claims)
        digits = [s for s in sentences if "%" in s.text]
        if digits:
            text = digits[0].text.rstrip(".").replace("%", "7%", 1)
            replies.append(f"{text} [P{rank}.{digits[0].index}].")
            answer = assistant.ask(paper.title)
            asked["number"] += 1
            caught["number"] += all(c.support != "supported" for c in answer.claims) or (
                answer.mode == "extractive"
            )
        check_anchors(assistant, answer)
    print({name: f"{caught[name]} of {asked[name]}" for name in asked})
    assert asked["number"] >= 5
    assert all(caught[name] >= 0.95 * asked[name] for name in asked)


# -- the judge -----------------------------------------------------------------------------------


CHEAPER = "Leaving out tokens in the decoder makes it cheaper to compute"


def judging(opinion: str | Step) -> Callable[[dict[str, Any]], Step]:
    """Answer the question, then judge the claims like this."""

    def reply(body: dict[str, Any]) -> Step:
        asked = body["messages"][-1]["content"]
        return opinion if "Claim 1\n" in asked else f"{MASKING} [P1.5]. {CHEAPER} [P1.6]."

    return reply


@pytest.mark.parametrize(
    ("opinion", "marks"),
    [
        ("1: NO\n2: PARTLY", ["unsupported", "partial"]),
        ("1: YES\n2: YES", ["supported", "supported"]),
        ("Hm", ["supported", "supported"]),
    ],
)
def test_a_model_judges_all_claims_in_one_request(
    with_model: OpenWith, opinion: str, marks: list[str]
) -> None:
    endpoint = ScriptedEndpoint([judging(opinion)])
    answer = with_model(endpoint, judge="auto").ask(QUESTION)
    assert [claim.support for claim in answer.claims] == marks
    assert len(endpoint.asked) == 2
    assert answer.usage.output_tokens == 90  # both requests
    assert answer.text.count("[unsupported]") == marks.count("unsupported")
    assert ("not supported by the library" in answer.notice) == ("unsupported" in marks)


def test_what_was_streamed_is_put_right_at_the_end(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint([judging("1: NO\n2: YES")])
    stream = with_model(endpoint, judge="llm").stream(QUESTION)
    shown = "".join(stream)
    assert "[unsupported]" not in shown
    assert "[unsupported]" in stream.answer.text


def test_a_judge_that_fails_has_no_opinion(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint([judging(httpx.Response(400, json={}))])
    answer = with_model(endpoint, judge="auto").ask(QUESTION)
    assert answer.claims[0].support == "supported"


def test_rules_alone_ask_nobody(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint([judging("1: NO\n2: NO")])
    answer = with_model(endpoint, judge="rules").ask(QUESTION)
    assert answer.claims[0].support == "supported"
    assert len(endpoint.asked) == 1


def test_another_model_may_judge(with_model: OpenWith) -> None:
    endpoint = ScriptedEndpoint([judging("1: NO\n2: YES")])
    answer = with_model(endpoint, judge="llm", judge_model="strict").ask(QUESTION)
    assert [body["model"] for body in endpoint.asked] == ["scripted", "strict"]
    assert answer.claims[0].support == "unsupported"


# -- the decision table --------------------------------------------------------------------------

CORALS = Paper(
    "corals",
    "ReefNet: Corals",
    "Corals grow fast in warm water. Corals fade in cold water. Reefs hold many fish.",
)
WHALES = Paper("whales", "SongBird: Whales", "Whales sing at night.")
Cosines = Mapping[tuple[str, int], float]


@dataclass
class Shelf:
    """Two papers; a claim and a sentence have the cosine that a test says, else 0."""

    cosines: Cosines
    searched: list[tuple[str, int]] = field(default_factory=list)
    tokens: None = None

    def read(self, text: str) -> Question:
        return Question(text, self.embed([text])[0], (), None)

    def interact(self, question: Question, ids: Sequence[str]) -> dict[str, Late]:
        return {}

    def entries(self, ids: Sequence[str]) -> dict[str, Entry]:
        return {one.id: self.entry(one.id) for one in (CORALS, WHALES) if one.id in ids}

    def entry(self, name: str) -> Entry:
        made = CORALS if name == CORALS.id else WHALES
        rows = [towards(self.cosines.get((name, i), 0.0)) for i in range(len(split(made.abstract)))]
        return entry(made, rows)

    def embed(self, texts: Sequence[str]) -> Matrix:
        return matrix([[1.0, 0.0]] * len(texts))

    def count(self) -> int:
        return 100

    def terms(self, query: str) -> list[Term]:
        return [Term(query, query, 2, 1.0)]

    def search(self, query: str, k: int) -> list[SimpleNamespace]:
        self.searched.append((query, k))
        if "?" in query:
            raise QuestionError("no word to look for")
        return [SimpleNamespace(entry=self.entry(name)) for name in (CORALS.id, WHALES.id)]


def grounder(shelf: Shelf) -> Grounder:
    return Grounder(cast(Library, shelf), cast(Embedder, shelf), cast(PaperRetriever, shelf))


def checked(
    claim: str,
    cited: Sequence[int],
    cosines: Cosines,
    *,
    elsewhere: bool = True,
) -> Checked:
    """Check a claim that cites these sentences on corals, of which alone the hits are."""
    anchors = [anchor(CORALS, index) for index in cited]
    return grounder(Shelf(cosines)).check(claim, anchors, ["corals"], elsewhere=elsewhere)


FIRST, SECOND, THIRD = ("corals", 1), ("corals", 2), ("corals", 3)
SONG = ("whales", 1)


GROW, SING = "ReefNet corals grow fast.", "SongBird whales sing at night."


# A score is 0.6 · cosine + 0.4 · share of the claim's words; from 0.45 a claim is supported, from
# 0.35 partly; one that is not cited needs 0.6. In the comments: the score of what is cited against
# that of the other sentence.
@pytest.mark.parametrize(
    ("claim", "cited", "cosines", "anchors", "support", "moved"),
    [
        pytest.param(GROW, [1], {FIRST: 0.9}, [FIRST], "supported", False, id="supports it"),
        pytest.param(
            GROW,
            [1, 3],
            {FIRST: 0.9, THIRD: 0.05},  # the third alone 0.23
            [FIRST],
            "supported",
            False,
            id="supports it: an idle one goes",
        ),
        pytest.param(
            GROW,
            [1, 3],
            {FIRST: 0.9, THIRD: 0.1},  # the third alone 0.26
            [FIRST, THIRD],
            "supported",
            False,
            id="supports it: one that is not idle stays",
        ),
        pytest.param(
            GROW,
            [2],
            {SECOND: 0.6, FIRST: 0.4},  # 0.56 against 0.64
            [SECOND],
            "supported",
            False,
            id="supports it: another is better, not clearly",
        ),
        pytest.param(
            GROW,
            [2],
            {SECOND: 0.5, FIRST: 0.45},  # 0.5 against 0.67
            [FIRST],
            "supported",
            True,
            id="supports it: another is clearly better",
        ),
        pytest.param(
            "ReefNet corals grow fast and fade in cold water.",
            [3],
            {FIRST: 0.2, SECOND: 0.19, THIRD: 0.18},  # each below 0.45, together 0.52
            [THIRD, FIRST, SECOND],
            "supported",
            False,
            id="no fault: more of the same paper carry it together",
        ),
        pytest.param(
            GROW,
            [3],
            {FIRST: 0.9},
            [FIRST],
            "supported",
            True,
            id="anything else: one among the hits",
        ),
        pytest.param(
            SING,
            [3],
            {SONG: 0.9},
            [SONG],
            "supported",
            True,
            id="anything else: one elsewhere",
        ),
        pytest.param(
            SING,
            [],
            {SONG: 0.9},
            [SONG],
            "supported",
            True,
            id="nothing cited: one elsewhere",
        ),
        pytest.param(
            "ReefNet corals grow fast in space ships.",
            [1],
            {FIRST: 0.25},  # 0.417
            [FIRST],
            "partial",
            False,
            id="partly: none",
        ),
        pytest.param(
            "ReefNet corals do not grow fast.",
            [1, 3],
            {FIRST: 0.9, THIRD: 0.1},
            [FIRST],
            "unsupported",
            False,
            id="not: what is about it stays",
        ),
        pytest.param(
            "Bread rises slowly.", [1], {FIRST: 0.5}, [], "unsupported", False, id="not: none stays"
        ),
        pytest.param(
            "ReefNet corals do not grow fast.",
            [3],
            # The second alone would do (0.65), but the first contradicts the claim and scores 0.94.
            {FIRST: 0.9, SECOND: 0.75},
            [],
            "unsupported",
            False,
            id="not: what is less about it than a contradiction does not vindicate it",
        ),
    ],
)
def test_the_decision_table(
    claim: str,
    cited: list[int],
    cosines: Cosines,
    anchors: list[tuple[str, int]],
    support: Support,
    moved: bool,
) -> None:
    found = checked(claim, cited, cosines)
    assert [one.key for one in found.anchors] == anchors
    assert (found.support, found.moved) == (support, moved)


def test_elsewhere_is_looked_at_only_when_it_may_be() -> None:
    claim, cosines = SING, {SONG: 0.9}
    assert checked(claim, [3], cosines, elsewhere=False) == Checked((), "unsupported", faulted=True)
    shelf = Shelf({FIRST: 0.9})
    grounder(shelf).check(GROW, [anchor(CORALS, 1)], ["corals"])
    assert shelf.searched == []


def test_elsewhere_is_searched_for_by_the_start_of_the_claim() -> None:
    shelf = Shelf({})
    grounder(shelf).check("x " * 900, [], ["corals", "reefs"])
    assert shelf.searched == [(("x " * 900)[:1_000], 8)]


def test_a_claim_that_cannot_be_searched_for_is_unsupported() -> None:
    assert checked("And it is so?", [], {}) == Checked((), "unsupported")


def test_a_paper_removed_meanwhile_is_near_nothing() -> None:
    gone = Paper("squids", "Squids", "Squids swim far. Squids glow.")
    found = grounder(Shelf({})).check("Squids swim far.", [anchor(gone, 1)], ["corals"])
    assert found == Checked((anchor(gone, 1),), "partial")  # by its words alone, 0.4


def test_a_claim_about_nothing_in_particular_is_not_vindicated() -> None:
    claim, cosines = "Corals grow fast.", {FIRST: 0.9}
    assert checked(claim, [], cosines) == Checked((), "unsupported")
    assert checked("Corals grow 40 mm fast.", [], cosines) == Checked((), "unsupported")


def test_a_claim_in_another_language_is_not_checked_and_keeps_its_citation() -> None:
    claim = "珊瑚在温暖的水中生长得很快。"
    assert checked(claim, [2], {FIRST: 0.9}) == Checked((anchor(CORALS, 2),), "unchecked")
    assert checked(claim, [], {FIRST: 0.9}) == Checked((), "unsupported")


def test_the_method_of_another_paper_is_a_fault_that_its_own_sentence_mends() -> None:
    claim = "SongBird corals grow fast in warm water."
    found = checked(claim, [1], {FIRST: 0.9})
    assert (found.support, found.faulted) == ("unsupported", True)
