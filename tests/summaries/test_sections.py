"""A model's outline and sections: what is read out of them, and what becomes of a failure."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import cast

import pytest

from rag.errors import ModelKeyError
from rag.grounding import Grounder
from rag.models import Prompt
from rag.records import Usage
from rag.summaries.outline import PlannedTheme
from rag.summaries.sections import Author, Kind, SectionReply, SectionTask
from rag.text.citations import Source
from tests.support.endpoint import ScriptedEndpoint, Step, chat_model
from tests.support.evidence import Trusting, paper, source

CORALS = source(paper("Corals", "Corals grow. Corals fade."))
WHALES = source(paper("Whales", "Whales sing."))
SOURCES = (CORALS, WHALES)
OUTLINE = Prompt("Plan.", "$sources / $topic", "one")
SECTION = Prompt(
    "Write.",
    "$sources / $topic / $section / $task",
    "two",
    {"theme": "About it.", "disagreements": "Who disagrees?", "questions": "What is open?"},
)


class Desk:
    """An author with all it needs at hand."""

    def __init__(self, step: Step, *, window: int = 8_000) -> None:
        self.endpoint = ScriptedEndpoint([step])
        self.grounder = Trusting()
        self.stopped = threading.Event()
        model = chat_model(self.endpoint, window=window)
        self.author = Author(model, cast(Grounder, self.grounder), OUTLINE, SECTION)

    def plan(
        self, sources: Sequence[Source] = SOURCES
    ) -> tuple[SectionReply, list[tuple[str, tuple[int, ...]]]]:
        reply, themes = self.author.plan("reefs", sources, self.stopped)
        assert all(isinstance(theme, PlannedTheme) for theme in themes)
        return reply, [(theme.label, theme.places) for theme in themes]

    def write(self, sources: Sequence[Source] = SOURCES, *, kind: Kind = "theme") -> SectionReply:
        task = SectionTask(kind, "Growth", tuple(sources))
        return self.author.write("reefs", task, self.stopped)


def said(reply: SectionReply) -> list[tuple[str, list[tuple[str, int]]]]:
    return [(one.text, [anchor.key for anchor in one.anchors]) for one in reply.statements]


# -- an outline ----------------------------------------------------------------------------------


def test_an_outline_is_an_overview_and_themes() -> None:
    desk = Desk(
        "Both are old [P1.1][P2.1]. Corals fade [P1.2].\n\n"
        "THEME: warm corals | P1\nTHEME: singing whales | P2 P9\n"
    )
    reply, themes = desk.plan()
    assert said(reply) == [
        ("Both are old.", [("corals", 1), ("whales", 1)]),
        ("Corals fade.", [("corals", 2)]),
    ]
    assert themes == [("warm corals", (0,)), ("singing whales", (1,))]
    assert (reply.failure, reply.refused, reply.usage) == ("", False, Usage(321, 45))
    assert desk.endpoint.prompt == (
        "[P1.0] Corals\n[P1.1] Corals grow.\n[P1.2] Corals fade.\n"
        "[P2.0] Whales\n[P2.1] Whales sing. / reefs"
    )
    assert [hits for _, *hits in desk.grounder.asked] == [[["corals", "whales"], False]] * 2


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param("**Theme 1:** _heat_: P2 and P1", [("heat", (1, 0))], id="dressed up"),
        pytest.param("THEME: heat | P9", [], id="papers that do not exist"),
        pytest.param("THEME: heat", [], id="no papers"),
        pytest.param("THEME: | P1", [], id="no label"),
        pytest.param("THEME: x$^{2}$ | P1", [("x²", (0,))], id="made readable"),
        pytest.param(f"THEME: {'x' * 80} | P1", [("x" * 80, (0,))], id="the longest label"),
        pytest.param(f"THEME: {'x' * 81} | P1", [], id="too long a label"),
        pytest.param(
            "\n".join(f"THEME: t{i} | P1" for i in range(7)),
            [(f"t{i}", (0,)) for i in range(5)],
            id="more than five",
        ),
    ],
)
def test_themes_are_read_out_of_an_outline(
    lines: str, expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    reply, themes = Desk(f"Both are old [P1.1].\n{lines}").plan()
    assert themes == expected
    assert said(reply) == [("Both are old.", [("corals", 1)])]


@pytest.mark.parametrize(
    ("prose", "kept"),
    [
        pytest.param("Good [P1.1]. All wrong [P2.1]. Just so.", ["Good."], id="some of it"),
        pytest.param("Good, partly [P1.1].", ["Good, partly."], id="partly supported"),
        pytest.param("All wrong [P2.1]. Just so.", [], id="nothing"),
        pytest.param("", [], id="no overview"),
    ],
)
def test_an_overview_keeps_what_its_sources_support(prose: str, kept: list[str]) -> None:
    reply, themes = Desk(f"{prose}\nTHEME: heat | P1").plan()
    assert [text for text, _ in said(reply)] == kept
    why = "" if kept else "the outline of scripted rests on no source sentence"
    assert (reply.failure, themes) == (why, [("heat", (0,))])


def test_an_outline_that_fails_is_told() -> None:
    reply, themes = Desk(500).plan()
    assert (said(reply), themes, reply.usage) == ([], [], Usage())
    assert reply.failure == "the endpoint http://127.0.0.1:1/v1 answered 500: scripted 500"


# -- a section -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "ask"),
    [
        pytest.param("theme", "About it.", id="theme"),
        pytest.param("disagreements", "Who disagrees?", id="disagreements"),
        pytest.param("questions", "What is open?", id="questions"),
    ],
)
def test_a_section_is_asked_for_by_its_kind(kind: Kind, ask: str) -> None:
    desk = Desk("Whales are old [P1.1]. Whales hum, moved [P1.1].")
    reply = desk.write([WHALES], kind=kind)
    assert desk.endpoint.prompt == (f"[P1.0] Whales\n[P1.1] Whales sing. / reefs / Growth / {ask}")
    assert said(reply) == [
        ("Whales are old.", [("whales", 1)]), ("Whales hum, moved.", [("whales", 1)]),
    ]  # fmt: skip
    assert (reply.failure, reply.refused, reply.usage) == ("", False, Usage(321, 45))
    assert +reply.counts == {"moved": 1}
    assert [hits for _, *hits in desk.grounder.asked] == [[["whales"], False]] * 2


@pytest.mark.parametrize(
    ("step", "failure", "refused"),
    [
        pytest.param("NO ANSWER", "scripted did not answer", True, id="refused"),
        pytest.param(
            "Just so. All wrong [P1.1].",
            "scripted wrote nothing that its sources support",
            False,
            id="nothing supported",
        ),
        pytest.param("", "scripted wrote nothing that its sources support", False, id="nothing"),
        pytest.param(
            500, "the endpoint http://127.0.0.1:1/v1 answered 500: scripted 500", False, id="broken"
        ),
    ],
)
def test_a_section_that_fails_says_why(step: Step, failure: str, refused: bool) -> None:
    reply = Desk(step).write()
    assert (reply.statements, reply.failure, reply.refused) == ([], failure, refused)


def test_a_section_with_something_supported_shows_the_rest_too() -> None:
    reply = Desk("Corals grow [P1.1]. All wrong [P1.2].").write()
    assert [(one.text, one.support) for one in reply.statements] == [
        ("Corals grow.", "supported"), ("All wrong.", "unsupported"),
    ]  # fmt: skip


def test_a_section_is_cut_off_after_thirty_statements() -> None:
    endless = " ".join(f"Reef {number} grows [P1.1]." for number in range(1, 60))
    reply = Desk(endless).write()
    assert [one.text for one in reply.statements] == [f"Reef {i} grows." for i in range(1, 31)]
    assert reply.failure == ""


# -- both ----------------------------------------------------------------------------------------


def test_a_refused_key_gets_out() -> None:
    with pytest.raises(ModelKeyError):
        Desk(401).plan()
    with pytest.raises(ModelKeyError):
        Desk(401).write()


def test_nothing_is_read_once_nobody_waits() -> None:
    desk = Desk("Corals grow [P1.1]. Corals fade [P1.2].")
    desk.stopped.set()
    assert desk.write().statements == []
    assert desk.plan()[0].statements == []


def test_sources_that_do_not_fit_are_left_out() -> None:
    # Half of 200 tokens are 350 characters: one of these papers, not two.
    long = [source(paper(name, f"{'Corals grow. ' * 10}")) for name in ("Ann", "Bea")]
    for kind in ("plan", "write"):
        desk = Desk("Both grow [P1.1][P2.1].", window=200)
        reply = desk.plan(long)[0] if kind == "plan" else desk.write(long)
        assert "[P1.10]" in desk.endpoint.prompt
        assert "[P2.0]" not in desk.endpoint.prompt
        assert said(reply) == [("Both grow.", [("ann", 1)])]
        assert reply.counts["invented"] == 1
        assert [hits for _, hits, _ in desk.grounder.asked] == [["ann"]]


def test_one_source_is_given_however_long_it_is() -> None:
    desk = Desk("It grows [P1.1].", window=20)
    assert said(desk.write([CORALS])) == [("It grows.", [("corals", 1)])]


def test_the_digest_names_the_wording_of_both_prompts() -> None:
    model, grounder = chat_model(ScriptedEndpoint([""])), cast(Grounder, Trusting())

    def digest(outline: str, section: str) -> str:
        prompts = (Prompt("", "", outline), Prompt("", "", section))
        return Author(model, grounder, *prompts).digest

    assert len(digest("a", "b")) == 12
    assert digest("a", "b") == digest("a", "b")
    assert len({digest("a", "b"), digest("c", "b"), digest("a", "c")}) == 3
