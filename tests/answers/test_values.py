"""Single facts: which a question asks for, and which sentence gives them."""

from __future__ import annotations

import pytest

from rag.answers.asking import values_asked
from rag.answers.values import gives


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many GPUs, and for how many days, did it take?", ["how many GPUs", "how many days"]),
        ("How many fine-tuned models were averaged?", ["how many fine-tuned models"]),
        ("At how many frames per second does it run?", ["how many frames per second"]),
        ("What batch size was used?", ["what batch size"]),
        ("What is the learning rate?", ["what learning rate"]),
        ("What top-1 accuracy does it reach?", ["what top-1 accuracy"]),
        ("What's the mAP on COCO?", ["what mAP"]),
        ("Which FPGA board was it built on?", ["which FPGA board"]),
        ("Which five benchmark datasets was it tested on?", ["which five benchmark datasets"]),
        ("Which games were the encoders evaluated on?", ["which games"]),
        ("By how much faster does it get?", ["how much faster"]),
        ("How many times smaller is it?", ["how many times smaller"]),
        ("number of QA pairs in AVBench", ["how many QA pairs"]),
        ("What did it cost to print the catalogue?", ["what it costs"]),
        (
            "Where did they get the images, and how many were used?",
            ["where that is from", "how many"],
        ),
        ("How does it work?", []),
        ("What is accuracy?", []),
        ("Which methods are used for pruning?", []),
        ("Which methods were evaluated on reefs?", []),
        ("reducing the number of tokens", []),
        ("How well does it do?", []),
    ],
)
def test_what_is_asked(question: str, expected: list[str]) -> None:
    assert [value.phrase for value in values_asked(question)] == expected


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who wrote X?", "record"),
        ("Who proposed X and when?", "record"),
        ("What year did X appear?", "record"),
        ("When was X published?", "record"),
        ("Which journal published X?", "record"),
        ("Who are the authors of X?", "record"),
        ("Who introduced X?", "origin"),
    ],
)
def test_what_a_record_tells(question: str, kind: str) -> None:
    assert [value.kind for value in values_asked(question)] == [kind]


@pytest.mark.parametrize(
    "question", ["Which journals are cited most?", "Who reads books?", "Which years were good?"]
)
def test_what_a_record_does_not_tell(question: str) -> None:
    assert not {value.kind for value in values_asked(question)} & {"record", "origin"}


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How many parameters does it have?", "It has 30B parameters."),
        ("How many parameters does it have?", "With only 436M it wins."),
        ("How many parameters does it have?", "A model with a billion parameters is trained."),
        ("How many images were used?", "We train on 266,340 labelled chest images."),
        ("How many clips does it hold?", "It holds two million long-take videos."),
        ("How many people took part?", "Forty participants were asked."),
        ("At how many frames per second does it run?", "It runs at ~10 FPS."),
        ("What accuracy does it reach?", "It reaches 83.5% top1 on ImageNet."),
        ("What mAP does it get?", "It gains 5.5 mAP."),
        ("What accuracy does it reach?", "It achieves 84.8% with few labels."),
        ("What accuracy does it reach?", "We get 90.0% on K400."),
        ("How much data is used?", "We pre-train on 266,340 chest X-rays."),
        ("How much data is used?", "Training takes 20K hours of film clips."),
        ("What share is masked?", "A smaller proportion (10% vs. 25%) is masked."),
        ("By how much faster does it get?", "It gets 2.62x faster."),
        ("How many times smaller is it?", "Sizes shrink by up to 28.9 times."),
        ("Which dataset was it trained on?", "It is trained on the SA-V dataset."),
        ("Which datasets were used?", "We use datasets such as DAVIS and YouTube-VOS."),
        ("Which GPU was used?", "Training took a day on one NVIDIA A100 GPU."),
        ("Which optimizer is used?", "The optimizer (AdamW) has no restarts."),
        ("Which loss is used?", "We minimise a contrastive loss."),
        ("Where did the images come from?", "The images were collected from Flickr."),
        ("What batch size was used?", "A batch size of 256 was used."),
    ],
)
def test_a_sentence_that_gives_it(question: str, sentence: str) -> None:
    assert gives(values_asked(question)[0], sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        pytest.param("How many GPUs were used?", "It has 30B parameters.", id="another noun"),
        pytest.param("How many models were averaged?", "Many models are averaged.", id="no number"),
        pytest.param("How many experts took part?", "In 3 studies, experts took part.", id="apart"),
        pytest.param("What batch size was used?", "The batch has 256 images.", id="half of it"),
        pytest.param("What accuracy does it reach?", "Its accuracy is high.", id="no figure"),
        pytest.param(
            "What accuracy does it reach?",
            "It needs a smaller proportion of an image (10% vs. 25%).",
            id="a share of something else",
        ),
        pytest.param("How much data is used?", "A model of 1,200 parameters.", id="no data"),
        pytest.param("Which board was used?", "The first board for tracking.", id="no name"),
        pytest.param("Which board was used?", "Boards age while Xilinx grows.", id="a name apart"),
        pytest.param(
            "Which five datasets was it tested on?",
            "Extensive experiments on five benchmark datasets show it.",
            id="the capital of the sentence",
        ),
        pytest.param("Which loss is used?", "We propose a new loss.", id="tells nothing"),
        pytest.param("How many parameters does it have?", "We train on 12M images.", id="a size"),
        pytest.param("Where did the images come from?", "Images are made larger.", id="no source"),
        pytest.param(
            "At how many frames per second does it run?", "It takes 16 frames.", id="frames alone"
        ),
    ],
)
def test_a_sentence_that_does_not(question: str, sentence: str) -> None:
    assert not gives(values_asked(question)[0], sentence)


def test_the_name_of_the_thing_itself_is_no_answer() -> None:
    (value,) = values_asked("Which benchmark is it tested on?")
    sentence = "IML-ViT may become a benchmark on IML benchmarks."
    assert not gives(value, sentence, not_names=["IML-ViT"])


def test_how_many_without_a_noun_counts_what_was_asked_before() -> None:
    _, value = values_asked("How many images were made, and how many were used?")
    assert gives(value, "We use 300 images.")
