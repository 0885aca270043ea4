"""What a sentence does in an abstract."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.records import Sentence
from rag.text.rhetoric import (
    _LABELLED,
    Role,
    dissents,
    is_open_question,
    leans,
    proposes,
    reports_outcome,
    roles,
    speaks_of_itself,
    without_connective,
)
from rag.text.sentences import split

ABSTRACT: list[tuple[str, Role]] = [
    ("Video models matter.", "problem"),
    ("However, existing ones suffer from heavy cost.", "problem"),
    ("In this paper, we propose CheapNet, a small model.", "approach"),
    ("Specifically, tokens are merged in pairs.", "other"),
    ("CheapNet achieves 80.1% top-1 accuracy.", "result"),
    ("What remains unclear?", "problem"),
    ("Code is available at https://x.org.", "availability"),
]


def test_roles_of_an_abstract() -> None:
    sentences = split(" ".join(text for text, _ in ABSTRACT), title="CheapNet")
    assert roles(sentences) == ["title", *(role for _, role in ABSTRACT)]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("However, it is slow.", "It is slow."),
        ("In this work, we ask why.", "We ask why."),
        ("However it may be, it is slow.", "However it may be, it is slow."),
        ("iPhones win.", "iPhones win."),
    ],
)
def test_connectives(text: str, rest: str) -> None:
    assert without_connective(text) == rest


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("To address this gap, we propose X.", "We propose X."),
        ("Based on these observations, we merge tokens.", "We merge tokens."),
        ("In response to these challenges, this work merges.", "This work merges."),
        ("(iii) Besides, we present AVBench.", "We present AVBench."),
        ("Third, using an autoencoder helps.", "Using an autoencoder helps."),
        ("To reach 80% accuracy, we train longer.", "To reach 80% accuracy, we train longer."),
    ],
)
def test_what_ties_a_sentence_to_the_one_before_goes(text: str, rest: str) -> None:
    assert without_connective(text) == rest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("But their cost is prohibitive.", True),
        ("These models are large.", True),
        ("In these domains, images are rare.", True),
        ("The second issue with pruning is its cost.", True),
        ("Features are then merged.", True),
        ("However, it fails.", True),
        ("This paper merges tokens.", False),
        ("In this work, tokens are merged.", False),
        ("Vision transformers are large.", False),
        pytest.param("Such models are large.", True, id="such"),
        pytest.param("The former is large.", True, id="the former"),
        pytest.param("We then merge them.", True, id="we then"),
        pytest.param("We merge them.", False, id="we"),
        pytest.param("The second merges them.", False, id="the second, without is"),
        pytest.param("Under this study, it merges.", False, id="under this study"),
    ],
)
def test_sentences_that_cannot_stand_first(text: str, expected: bool) -> None:
    assert leans(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It achieves 82.9% accuracy on ImageNet.", True),
        ("Our method outperforms all others.", True),
        ("We show that merging halves the cost and is faster.", True),
        ("We collect multi-source pairs to obtain a unified encoding.", False),
        ("To achieve a better trade-off, we explore attention.", False),
        ("Our second contribution is a better benchmark.", False),
        ("For instance, researchers can use the prompts to improve models.", False),
        ("X addresses these issues by introducing a quantizer that achieves accuracy.", False),
        ("We introduce X, which runs 2.5x faster than Y.", True),
    ],
)
def test_outcomes(text: str, expected: bool) -> None:
    assert reports_outcome(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Why it works remains unclear.", True),
        ("This calls for more research.", True),
        ("Longer clips are left for future work.", True),
        ("It will contribute to future research.", False),
        ("Existing work is slow.", False),
        pytest.param("It is rarely well studied.", True, id="rarely studied"),
        pytest.param("It is still far from that.", True, id="still far"),
        pytest.param("An open problem is speed.", True, id="open problem"),
        pytest.param("An open model is fast.", False, id="open model"),
        pytest.param("It remains stable.", False, id="remains stable"),
        pytest.param("It is well studied.", False, id="well studied"),
    ],
)
def test_open_questions(text: str, expected: bool) -> None:
    assert is_open_question(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Contrary to common belief, depth hurts.", True),
        ("More data yields diminishing returns.", True),
        ("Surprisingly, this contradicts prior findings.", True),
        ("On the contrary, open models are available.", False),
        ("They encode misleading information.", False),
        ("Surprisingly, it is fast.", False),
        pytest.param("What they expect is surprising.", True, id="a surprise behind a belief"),
        pytest.param("We question whether depth helps.", True, id="question whether"),
        pytest.param("Width matters more than depth.", True, id="matters more"),
        pytest.param("It challenges the belief.", True, id="challenges the belief"),
        pytest.param("It solves visual question answering.", False, id="question answering"),
        pytest.param("It meets the challenges the task has.", False, id="challenges of a task"),
    ],
)
def test_dissent(text: str, expected: bool) -> None:
    assert dissents(text) is expected


def test_sentences_about_their_own_paper() -> None:
    assert speaks_of_itself("In this work, tokens are merged.")
    assert not speaks_of_itself("Tokens are many.")


def role(text: str) -> Role:
    """What a sentence at the end of an abstract does, where its place says nothing."""
    return roles([Sentence(0, "T", -1, -1), Sentence(1, text, 0, len(text))])[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("We design a small model.", "approach", id="what we do"),
        pytest.param("This survey reviews them.", "approach", id="what the paper does"),
        pytest.param("A model called X is small.", "approach", id="a name is given"),
        pytest.param("A model is presented.", "approach", id="passive"),
        pytest.param("It is our key idea.", "approach", id="our idea"),
        pytest.param("They design a model.", "other", id="what others do"),
        pytest.param("We are here. They design it.", "other", id="another clause"),
        pytest.param("It is nicknamed X.", "other", id="part of a word"),
        pytest.param("It is our luck.", "other", id="our something else"),
    ],
)
def test_approaches(text: str, expected: Role) -> None:
    assert role(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("We propose X.", True, id="propose"),
        pytest.param("Here we now introduce X.", True, id="a word between"),
        pytest.param("We are presenting X.", True, id="another form"),
        pytest.param("They propose X.", False, id="others"),
        pytest.param("We do not just develop X.", False, id="three words between"),
        pytest.param("We use X.", False, id="another verb"),
    ],
)
def test_proposals(text: str, expected: bool) -> None:
    assert proposes(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Existing models are large.", "problem", id="a start"),
        pytest.param("In recent years, models grew.", "problem", id="a longer start"),
        pytest.param("Why it works remains unclear.", "problem", id="remains"),
        pytest.param("Training is difficult.", "problem", id="is difficult"),
        pytest.param("It suffers from noise.", "problem", id="suffers"),
        pytest.param("It is, however, small.", "other", id="inside a sentence"),
        pytest.param("Mostly it is small.", "other", id="a longer word"),
        pytest.param("It remains small.", "other", id="remains something else"),
        pytest.param("It is open.", "other", id="is open"),
    ],
)
def test_problems(text: str, expected: Role) -> None:
    assert role(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("It outperforms them.", "result", id="outperforms"),
        pytest.param("It is state-of-the-art.", "result", id="state of the art"),
        pytest.param("A speedup is seen.", "result", id="speed-up"),
        pytest.param("It reduces them.", "result", id="reduces"),
        pytest.param("Experiments were run.", "result", id="experiments"),
        pytest.param("Reducing them is the aim.", "other", id="reducing"),
        pytest.param("It is accurate.", "other", id="accurate"),
        pytest.param("The resulting model is small.", "other", id="resulting"),
        pytest.param("An inaccuracy is seen.", "other", id="part of a word"),
    ],
)
def test_results(text: str, expected: Role) -> None:
    assert role(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("See http://x.org.", "availability", id="a link"),
        pytest.param("Datasets will be released.", "availability", id="released"),
        pytest.param("The project page can be found there.", "availability", id="a page"),
        pytest.param("It uses available models.", "other", id="the other way round"),
        pytest.param("It is encoded when available.", "other", id="part of a word"),
        pytest.param("It is a model. Time is available.", "other", id="another sentence"),
        pytest.param(f"See http://x.org {'so ' * 80}.", "other", id="a long sentence"),
    ],
)
def test_availability(text: str, expected: Role) -> None:
    assert role(text) == expected


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        pytest.param("(iv) We ask.", "We ask.", id="roman"),
        pytest.param("b) We ask.", "We ask.", id="a letter"),
        pytest.param("(3) we ask.", "We ask.", id="a digit"),
        pytest.param("Hence, 2) we ask.", "We ask.", id="behind a connective"),
        pytest.param("(so) We ask.", "(so) We ask.", id="a word"),
        pytest.param("12) We ask.", "12) We ask.", id="two digits"),
        pytest.param("(i)We ask.", "(i)We ask.", id="no space"),
        pytest.param("We ask (i) why.", "We ask (i) why.", id="inside"),
    ],
)
def test_enumerators_go(text: str, rest: str) -> None:
    assert without_connective(text) == rest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Then we merge them.", True, id="we"),
        pytest.param("Our model merges.", True, id="our"),
        pytest.param("This survey lists them.", True, id="this survey"),
        pytest.param("The survey lists them.", False, id="the survey"),
        pytest.param("It takes hours.", False, id="part of a word"),
        pytest.param("This model merges.", False, id="this something else"),
    ],
)
def test_a_paper_speaks_of_itself(text: str, expected: bool) -> None:
    assert speaks_of_itself(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("To be faster, it prunes.", False, id="at the start"),
        pytest.param("In order to be faster, it prunes.", False, id="in order to"),
        pytest.param("Here, to be faster, it prunes.", False, id="behind a comma"),
        pytest.param("It prunes to be faster.", True, id="inside a clause"),
        pytest.param("To be faster; it prunes.", True, id="no comma behind"),
    ],
)
def test_a_purpose_is_no_outcome(text: str, expected: bool) -> None:
    assert reports_outcome(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("It is comparable.", True, id="comparable"),
        pytest.param("Its improvements are seen.", True, id="improvements"),
        pytest.param("Tests reveal that it works.", True, id="reveal that"),
        pytest.param("It is a speed-up.", True, id="speed-up"),
        pytest.param("Improving it is the aim.", False, id="improving"),
        pytest.param("Tests reveal it.", False, id="reveal"),
        pytest.param("We obtain frames.", False, id="obtain"),
        pytest.param("It works again.", False, id="part of a word"),
    ],
)
def test_words_of_an_outcome(text: str, expected: bool) -> None:
    assert reports_outcome(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("We design better ones.", False, id="we design"),
        pytest.param("We then carefully build better ones.", False, id="two words between"),
        pytest.param("It is based on better ones.", False, id="is based on"),
        pytest.param("It makes better ones, which makes it possible.", False, id="makes possible"),
        pytest.param("We see better ones.", True, id="another verb"),
        pytest.param("They design better ones.", True, id="others"),
        pytest.param("Based on it better ones work.", True, id="based on, without is"),
    ],
)
def test_what_is_done_is_no_outcome(text: str, expected: bool) -> None:
    assert reports_outcome(text) is expected


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        pytest.param("3%", True, id="per cent"),
        pytest.param(r"3\%", True, id="LaTeX's per cent"),
        pytest.param("2.5x", True, id="x"),
        pytest.param("2 points", True, id="points"),
        pytest.param("10 FPS", True, id="FPS"),
        pytest.param("more than Y", True, id="than"),
        pytest.param("3 models", False, id="a count"),
        pytest.param("2 xylems", False, id="a longer word"),
        pytest.param("FPS", False, id="no number"),
    ],
)
def test_what_is_measured_is_an_outcome(measure: str, expected: bool) -> None:
    assert reports_outcome(f"We introduce X with gains of {measure}.") is expected


@pytest.mark.parametrize("label", [f"{word}{s}" for word in _LABELLED for s in ("", "S")])
@pytest.mark.parametrize("form", [str.upper, str.lower, str.capitalize, "{} and more".format])
def test_labels_are_known_however_they_are_written(label: str, form: Callable[[str], str]) -> None:
    found = roles(split(f"{form(label)}: We looked at 40 trials. They ended.", title="A study"))
    assert len(found) == 3
