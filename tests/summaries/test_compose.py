"""Composing a summary: its order, its numbers, and what becomes of each section of a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Event
from types import SimpleNamespace
from typing import cast

import pytest

from rag.errors import ModelKeyError
from rag.grounding import Statement
from rag.library import Library
from rag.records import Considered, Paper, Summary, Support, Usage
from rag.summaries.cells import Cell
from rag.summaries.compose import Composition, SummaryParts
from rag.summaries.gather import Gathered
from rag.summaries.outline import Outline, PlannedTheme
from rag.summaries.plan import Plan, Profile
from rag.summaries.sections import Author, Kind, SectionReply, SectionTask
from rag.summaries.watcher import StoppedError, Watcher
from rag.text.citations import Source
from tests.support.evidence import anchor, candidate, evidence, paper

ALPHA = paper(
    "AlphaNet: Corals in warm water",
    "We propose AlphaNet for corals. It uses heat maps. AlphaNet gains 3% on ReefSet-2.",
)
BETA = paper(
    "BetaNet: Corals in cold water",
    "Contrary to common belief, cold corals grow. We propose BetaNet for corals.",
)
GAMMA = paper(
    "GammaNet: Whales near reefs",
    "We propose GammaNet for whales. Why whales sing remains unclear.",
)
DELTA = paper(
    "DeltaNet: Whales at night",
    "Whales are shy. However, we propose DeltaNet for whales.",
)
NEAR = paper("Squids", "Squids are close.")
USED = (ALPHA, BETA, GAMMA, DELTA)

CORALS, WHALES = PlannedTheme("corals", (0, 1)), PlannedTheme("whales", (2, 3))
_USED = tuple(candidate(evidence(one)) for one in USED)
OUTLINE = Outline(
    topic="reef life",
    gathered=Gathered(_USED, (candidate(evidence(NEAR)),)),
    plan=Plan(
        overview=(anchor(DELTA, 1),),
        profiles=(
            Profile(
                _USED[0],
                said=[anchor(ALPHA, 1), anchor(ALPHA, 2)],
                idea=Cell("Corals in warm water", anchor(ALPHA, 0)),
                setting=Cell("ReefSet-2", anchor(ALPHA, 3)),
                result=Cell("AlphaNet gains 3% on ReefSet-2.", anchor(ALPHA, 3)),
            ),
            Profile(_USED[1], said=[anchor(BETA, 2)]),
            Profile(_USED[2], said=[anchor(GAMMA, 1)]),
            Profile(
                _USED[3],
                said=[anchor(DELTA, 2)],
                idea=Cell("Whales at night", anchor(DELTA, 0)),
            ),
        ),
        dissent=(anchor(BETA, 1),),
        open=(anchor(GAMMA, 2),),
    ),
    themes=(CORALS, WHALES),
)

QUOTED = """\
# reef life

## Overview

Whales are shy [1].

## Corals

- **AlphaNet**: We propose AlphaNet for corals [2]. It uses heat maps [2].
- **BetaNet**: We propose BetaNet for corals [3].

## Whales

- **GammaNet**: We propose GammaNet for whales [4].
- **DeltaNet**: We propose DeltaNet for whales [1].

## Comparison

| Paper | Idea | Setting and data | Main result |
| --- | --- | --- | --- |
| AlphaNet [2] | Corals in warm water [2] | ReefSet-2 [2] | AlphaNet gains 3% on ReefSet-2 [2]. |
| DeltaNet [1] | Whales at night [1] |  |  |

## Disagreements

- Contrary to common belief, cold corals grow [3].

## Open questions

- Why whales sing remains unclear [4].

## References

[1] DeltaNet: Whales at night.

[2] AlphaNet: Corals in warm water.

[3] BetaNet: Corals in cold water.

[4] GammaNet: Whales near reefs.

## Coverage

4 of 5 papers near this topic are in this summary: 1 other is less close to it.

Used (4):

- AlphaNet: Corals in warm water — rank 1; why alphanet
- BetaNet: Corals in cold water — rank 2; why betanet
- GammaNet: Whales near reefs — rank 3; why gammanet
- DeltaNet: Whales at night — rank 4; why deltanet

Left out (1):

- Squids — rank 5, less close than the papers used; why squids"""


# -- stand-ins -----------------------------------------------------------------------------------


def statement(text: str, *anchored: tuple[Paper, int], support: Support = "supported") -> Statement:
    return Statement(" ", text, tuple(anchor(*one) for one in anchored), support)


def written(*statements: Statement, counts: Mapping[str, int] | None = None) -> SectionReply:
    return SectionReply([*statements], usage=Usage(100, 10), counts=Counter(counts or {}))


def failed(why: str) -> SectionReply:
    return SectionReply(failure=why, usage=Usage(100, 0))


REFUSED = SectionReply(failure="scripted did not answer", refused=True, usage=Usage(100, 2))
OVERVIEW = written(statement("All look at reefs.", (ALPHA, 1), (GAMMA, 1)))
ON_CORALS = written(statement("AlphaNet is about warm corals.", (ALPHA, 1)))
ON_WHALES = written(statement("GammaNet is about whales.", (GAMMA, 1)))


@dataclass
class ScriptedAuthor:
    """Answers by the kind and the title of a section; refuses what it has no reply for."""

    overview: SectionReply = field(default_factory=lambda: OVERVIEW)
    themes: Sequence[PlannedTheme] = ()
    sections: Mapping[tuple[Kind, str], SectionReply | Exception] = field(default_factory=dict)
    stops: bool = False
    digest: str = "d1g35t"
    model: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(name="scripted"))
    tasks: list[SectionTask] = field(default_factory=list)
    planned: list[tuple[str, list[str]]] = field(default_factory=list)

    def plan(
        self, topic: str, sources: Sequence[Source], stopped: Event
    ) -> tuple[SectionReply, list[PlannedTheme]]:
        self.planned.append((topic, [one.paper.id for one in sources]))
        if self.stops:
            stopped.set()
        return self.overview, [*self.themes]

    def write(self, topic: str, task: SectionTask, stopped: Event) -> SectionReply:
        del topic, stopped
        self.tasks.append(task)
        reply = self.sections.get((task.kind, task.title), REFUSED)
        if isinstance(reply, Exception):
            raise reply
        return reply


def author(**sections: SectionReply | Exception) -> ScriptedAuthor:
    """Script the sections of the outline, each by a word; both themes are written if not named."""
    keys: dict[str, tuple[Kind, str]] = {
        "corals": ("theme", "Corals"),
        "whales": ("theme", "Whales"),
        "disagreements": ("disagreements", "Disagreements"),
        "questions": ("questions", "Open questions"),
    }
    given = {"corals": ON_CORALS, "whales": ON_WHALES, **sections}
    return ScriptedAuthor(sections={keys[name]: reply for name, reply in given.items()})


@dataclass
class Shelf:
    """A library of which only the papers are asked for."""

    gone: Sequence[Paper] = ()

    def paper(self, paper_id: str) -> Paper | None:
        return next((one for one in USED if one.id == paper_id and one not in self.gone), None)


def parts(
    by: ScriptedAuthor | None = None,
    *,
    outline: Outline = OUTLINE,
    watcher: Watcher | None = None,
    gone: Sequence[Paper] = (),
) -> SummaryParts:
    composition = Composition(outline, cast("Author | None", by), watcher or Watcher())
    return composition.run(cast(Library, Shelf(gone)))


def read(running: SummaryParts) -> tuple[list[str], Summary]:
    blocks: list[str] = []
    while True:
        try:
            blocks.append(next(running))
        except StopIteration as end:
            return blocks, end.value


def composed(
    by: ScriptedAuthor | None = None,
    *,
    outline: Outline = OUTLINE,
    watcher: Watcher | None = None,
    gone: Sequence[Paper] = (),
) -> Summary:
    return read(parts(by, outline=outline, watcher=watcher, gone=gone))[1]


def theme_texts(summary: Summary) -> list[list[str]]:
    return [[claim.text for claim in theme.claims] for theme in summary.themes]


# -- without a model -----------------------------------------------------------------------------


def test_without_an_author_everything_is_quoted_in_the_order_of_the_text() -> None:
    blocks, summary = read(parts())
    assert "".join(blocks) == summary.text == QUOTED
    assert [block.lstrip("\n").split("\n")[0] for block in blocks] == [
        line for line in QUOTED.split("\n") if line.startswith("#")
    ]
    assert (summary.topic, summary.grounded, summary.notice) == ("reef life", True, "")
    assert (summary.mode, summary.model, summary.usage) == ("extractive", "", Usage())
    assert {theme.mode for theme in summary.themes} == {"extractive"}


def test_papers_are_numbered_by_their_first_citation() -> None:
    numbers = {citation.paper_id: citation.number for citation in composed().citations}
    assert numbers == {"deltanet": 1, "alphanet": 2, "betanet": 3, "gammanet": 4}


def test_what_was_said_is_not_quoted_again() -> None:
    again = replace(
        OUTLINE.plan, overview=(anchor(BETA, 1), anchor(ALPHA, 1)), open=(anchor(ALPHA, 2),)
    )
    summary = composed(outline=replace(OUTLINE, plan=again))
    assert [claim.text for claim in summary.overview] == [BETA.abstract[:44], ALPHA.abstract[:31]]
    assert theme_texts(summary)[0] == ["It uses heat maps.", "We propose BetaNet for corals."]
    assert (summary.disagreements, summary.open_questions) == ((), ())


def test_a_cell_whose_words_were_said_stays_empty() -> None:
    said = replace(OUTLINE.plan, overview=(anchor(ALPHA, 3),))
    summary = composed(outline=replace(OUTLINE, plan=said))
    row = next(row for row in summary.table if row.paper_id == "alphanet")
    assert row.idea is not None
    assert (row.idea.text, row.setting, row.result) == ("Corals in warm water", None, None)


def test_papers_not_cited_are_left_out_with_the_reason() -> None:
    silent = replace(OUTLINE.plan.profiles[1], said=[])
    profiles = (OUTLINE.plan.profiles[0], silent, *OUTLINE.plan.profiles[2:])
    plan = replace(OUTLINE.plan, profiles=profiles, dissent=())
    gathered = replace(OUTLINE.gathered, crowded=True)
    coverage = composed(outline=replace(OUTLINE, plan=plan, gathered=gathered)).coverage
    assert [one.paper_id for one in coverage.used] == ["alphanet", "gammanet", "deltanet"]
    assert coverage.left_out == (
        Considered("betanet", BETA.title, "rank 2, nothing was taken from it; why betanet"),
        Considered("squids", "Squids", "rank 5, one too many; why squids"),
    )


def test_notes_of_the_outline_lead_the_notice() -> None:
    noted = replace(OUTLINE, notes=("One note.", "Another."))
    blocks, summary = read(parts(outline=noted, gone=[DELTA]))
    assert summary.notice == (
        "One note. Another. Removed from the library while this was written: "
        "“DeltaNet: Whales at night”."
    )
    assert blocks[-1] == f"\n\n*{summary.notice}*"


# -- with a model --------------------------------------------------------------------------------


def test_an_author_writes_every_section() -> None:
    by = author(
        disagreements=written(statement("Cold corals grow, contrary to belief.", (BETA, 1))),
        questions=written(statement("Why whales sing remains unclear.", (GAMMA, 2))),
    )
    blocks, summary = read(parts(by))
    assert [block.strip("\n") for block in blocks[:4]] == [
        "# reef life",
        "## Overview\n\nAll look at reefs [1][2].",
        "## Corals\n\nAlphaNet is about warm corals [1].",
        "## Whales\n\nGammaNet is about whales [2].",
    ]
    assert [block.split("\n")[2] for block in blocks[4:]] == [
        "## Comparison", "## Disagreements", "## Open questions", "## References", "## Coverage",
    ]  # fmt: skip
    assert [claim.text for claim in summary.disagreements] == [
        "Cold corals grow, contrary to belief."
    ]
    assert [claim.text for claim in summary.open_questions] == ["Why whales sing remains unclear."]
    assert [(theme.mode, theme.paper_ids) for theme in summary.themes] == [
        ("llm", ("alphanet", "betanet")),
        ("llm", ("gammanet", "deltanet")),
    ]
    assert (summary.mode, summary.model, summary.notice) == ("llm", "scripted", "")


def test_an_author_is_given_the_papers_of_each_section() -> None:
    by = author()
    composed(by)
    assert by.planned == [("reef life", [one.id for one in USED])]
    given = {(task.kind, task.title): [one.paper.id for one in task.sources] for task in by.tasks}
    assert given == {
        ("theme", "Corals"): ["alphanet", "betanet"],
        ("theme", "Whales"): ["gammanet", "deltanet"],
        ("disagreements", "Disagreements"): [one.id for one in USED],
        ("questions", "Open questions"): [one.id for one in USED],
    }


def test_the_themes_are_those_that_the_author_proposes() -> None:
    by = author()
    by.themes = [PlannedTheme("night whales", (3,)), PlannedTheme("pizza", (0, 1, 2))]
    summary = composed(by)
    assert [(theme.label, theme.paper_ids) for theme in summary.themes] == [
        ("Night whales", ("deltanet",)),
        ("AlphaNet, BetaNet and 1 more", ("alphanet", "betanet", "gammanet")),
    ]


def test_usage_is_added_up_over_all_sections() -> None:
    used = composed(author(whales=failed("it broke"))).usage
    # The overview and the corals 100 + 10, the whales 100 + 0, two refusals 100 + 2 each.
    assert used == Usage(500, 24, "d1g35t")


def test_progress_is_told_section_by_section() -> None:
    told: list[tuple[str, int, int]] = []
    composed(author(), watcher=Watcher(lambda *step: told.append(step)))
    assert told == [("writing", done, 5) for done in (1, 2, 3, 4, 5)]


def test_a_theme_that_repeats_the_overview_becomes_extractive_and_is_told() -> None:
    repeated = written(statement("ALL  look at reefs", (ALPHA, 1)))
    summary = composed(author(corals=repeated))
    assert [theme.mode for theme in summary.themes] == ["extractive", "llm"]
    assert theme_texts(summary)[0] == [
        "We propose AlphaNet for corals.", "It uses heat maps.", "We propose BetaNet for corals.",
    ]  # fmt: skip
    assert summary.notice == (
        "From the abstracts' own sentences, without the model: “Corals” (nothing that was not "
        "said before)."
    )


def test_a_cell_whose_words_a_model_said_stays_empty() -> None:
    summary = composed(author(corals=written(statement("Corals in warm water.", (ALPHA, 1)))))
    row = next(row for row in summary.table if row.paper_id == "alphanet")
    assert row.idea is None
    assert row.setting is not None


def test_of_a_theme_only_what_is_new_is_kept() -> None:
    half = written(statement("All look at reefs.", (ALPHA, 1)), statement("Corals!", (BETA, 2)))
    summary = composed(author(corals=half))
    assert theme_texts(summary)[0] == ["Corals!"]
    assert summary.themes[0].mode == "llm"


def test_sections_that_fail_are_extractive_and_told_with_their_reason() -> None:
    summary = composed(author(corals=failed("it broke"), questions=failed("it broke")))
    assert [theme.mode for theme in summary.themes] == ["extractive", "llm"]
    assert [claim.text for claim in summary.open_questions] == ["Why whales sing remains unclear."]
    assert summary.notice == (
        "From the abstracts' own sentences, without the model: “Corals”, “Open questions” "
        "(it broke)."
    )
    assert summary.mode == "llm"


def test_an_overview_that_fails_is_quoted_and_told() -> None:
    by = author()
    by.overview = failed("no sign of life")
    summary = composed(by)
    assert [claim.text for claim in summary.overview] == ["Whales are shy."]
    assert summary.notice == (
        "From the abstracts' own sentences, without the model: the overview (no sign of life)."
    )


def test_papers_need_not_disagree() -> None:
    summary = composed(author(disagreements=REFUSED, questions=REFUSED))
    assert (summary.disagreements, summary.open_questions) == ((), ())
    assert summary.notice == ""


def test_a_theme_of_the_same_name_must_not_be_refused() -> None:
    named = replace(OUTLINE, themes=(CORALS, PlannedTheme("open questions", (2, 3))))
    by = author()  # refuses the theme and the section that share their title
    summary = composed(by, outline=named)
    assert [theme.label for theme in summary.themes] == ["Corals", "Open questions"]
    assert summary.themes[1].mode == "extractive"
    assert summary.open_questions == ()
    assert summary.notice == (
        "From the abstracts' own sentences, without the model: “Open questions” (scripted did not "
        "answer)."
    )


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param(statement("They disagree.", (ALPHA, 2)), True, id="says so itself"),
        pytest.param(statement("Cold corals do grow.", (BETA, 1)), True, id="its source says so"),
        pytest.param(statement("Corals grow.", (ALPHA, 2)), False, id="neither says so"),
        pytest.param(
            statement("They disagree.", (BETA, 1), support="partial"), False, id="partly supported"
        ),
    ],
)
def test_a_disagreement_of_a_model_must_be_one(said: Statement, kept: bool) -> None:
    summary = composed(author(disagreements=written(said)))
    assert [claim.text for claim in summary.disagreements] == ([said.text] if kept else [])


def test_what_was_put_right_is_told_of_what_is_shown() -> None:
    repeated = statement("All look at reefs.", (ALPHA, 1))
    summary = composed(
        author(
            corals=written(statement("Corals!", (ALPHA, 1)), counts={"moved": 1, "invented": 2}),
            whales=written(repeated, counts={"moved": 7}),
        )
    )
    assert summary.notice == (
        "From the abstracts' own sentences, without the model: “Whales” (nothing that was not "
        "said before). 2 made-up source ids were removed. "
        "1 citation was moved to the sentence that supports the claim."
    )


def test_a_model_of_which_nothing_is_used_is_not_named() -> None:
    by = author(corals=failed("it broke"), whales=failed("it broke"))
    by.overview = failed("it broke")
    summary = composed(by)
    assert (summary.mode, summary.model) == ("extractive", "")
    assert summary.usage == Usage(500, 4, "d1g35t")


# -- ending early --------------------------------------------------------------------------------


def test_nothing_is_shown_when_nobody_waits() -> None:
    watcher = Watcher()
    watcher.stopped.set()
    by = author()
    with pytest.raises(StoppedError):
        next(parts(by, watcher=watcher))
    assert by.planned == []


def test_a_stop_while_the_author_writes_ends_it() -> None:
    by = author()
    by.stops = True
    running = parts(by)
    assert next(running) == "# reef life"
    with pytest.raises(StoppedError):
        next(running)
    assert by.tasks == []


def test_a_stop_between_two_blocks_ends_it() -> None:
    watcher = Watcher()
    running = parts(watcher=watcher)
    assert [next(running), next(running)] == [
        "# reef life",
        "\n\n## Overview\n\nWhales are shy [1].",
    ]
    watcher.stopped.set()
    with pytest.raises(StoppedError):
        next(running)


def test_leaving_stops_the_model() -> None:
    watcher = Watcher()
    running = parts(author(), watcher=watcher)
    assert [next(running), next(running)][0] == "# reef life"
    assert not watcher.stopped.is_set()
    running.close()
    assert watcher.stopped.is_set()


def test_an_error_that_ends_everything_stops_the_others() -> None:
    watcher = Watcher()
    with pytest.raises(ModelKeyError, match="refuses"):
        composed(author(whales=ModelKeyError("refuses the key")), watcher=watcher)
    assert watcher.stopped.is_set()
