"""The words of a sentence that fill a cell of the comparison."""

from __future__ import annotations

import pytest

from rag.summaries.cells import result_words, setting_words


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        pytest.param("We test on ImageNet-1K and COCO.", "ImageNet-1K and COCO", id="names"),
        pytest.param("It wins over the K400 dataset.", "the K400 dataset", id="a kind behind"),
        pytest.param("It wins using sets such as UCF101.", "", id="no kind before"),
        pytest.param("It wins using tasks such as UCF101.", "tasks such as UCF101", id="such as"),
        pytest.param("On datasets (LVIS, COCO).", "", id="a capital at the start"),
        pytest.param("It is on datasets (LVIS, COCO).", "datasets (LVIS, COCO)", id="brackets"),
        pytest.param("We use 12 million pairs.", "12 million pairs", id="a count"),
        pytest.param("It has seven chest scans.", "seven chest scans", id="a count in words"),
        pytest.param("It runs on Monday.", "", id="a plain word"),
        pytest.param("It runs on data.", "", id="no name"),
        pytest.param("It has five ideas.", "", id="a count of something else"),
        pytest.param("We train V2.5 images.", "", id="a digit of a name"),
    ],
)
def test_settings(sentence: str, words: str) -> None:
    assert setting_words(sentence) == words


@pytest.mark.parametrize(
    ("name", "is_setting"),
    [
        pytest.param("the GPU", False, id="a device"),
        pytest.param("ViT-B", False, id="ViT"),
        pytest.param("ResNet-50", False, id="ResNet"),
        pytest.param("CLIP", False, id="CLIP"),
        pytest.param("GPU-Bench", True, id="a name with a device"),
        pytest.param("CLIPS", True, id="a longer name"),
        pytest.param("3 GPUs", True, id="a count of devices"),
    ],
)
def test_devices_and_architectures_are_no_settings(name: str, is_setting: bool) -> None:
    assert setting_words(f"It runs on {name}.") == (name if is_setting else "")


@pytest.mark.parametrize(
    ("before", "is_own"),
    [
        pytest.param("It is small compared with", False, id="compared with"),
        pytest.param("Comparing it for once against", False, id="words between"),
        pytest.param("It has fewer than", False, id="than"),
        pytest.param("It is used instead of", False, id="instead of"),
        pytest.param("It is small compared with the", True, id="the"),
        pytest.param("Unlike others it uses", True, id="unlike others"),
        pytest.param("It is trained by", True, id="by"),
    ],
)
def test_what_is_compared_with_is_no_setting(before: str, is_own: bool) -> None:
    assert setting_words(f"{before} 2,000 images.") == ("2,000 images" if is_own else "")


@pytest.mark.parametrize(
    ("start", "goes"),
    [
        pytest.param("Extensive experiments show that ", True, id="experiments"),
        pytest.param("Our results clearly indicate that ", True, id="results"),
        pytest.param("Both empirical and theoretical analyses prove that ", True, id="two kinds"),
        pytest.param("Simulation results verified that ", True, id="the past"),
        pytest.param("We show that ", False, id="we"),
        pytest.param("Experiments on COCO show that ", False, id="words between"),
        pytest.param("Results show how ", False, id="no that"),
        pytest.param("Authors and results show that ", False, id="another start"),
    ],
)
def test_that_experiments_show_it_goes(start: str, goes: bool) -> None:
    sentence = f"{start}X is fast."
    assert result_words(sentence) == ("X is fast." if goes else sentence)
