"""Which language a text is in, and that names, figures and symbols are none."""

from __future__ import annotations

import pytest

from rag.text.languages import differ, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What does IML-ViT propose?", "en"),
        ("De novo design of TNF-α inhibitors", "en"),
        ("The results of Müller et al. on Fréchet distances", "en"),
        ("Wie viele Parameter hat VideoMAE V2?", "de"),
        ("Was ist Masked Autoencoding?", "de"),
        ("IL-6 und TNF-α bei Sepsis", "de"),
        ("Comment fonctionne la quantification des ViT ?", "fr"),
        ("Les déchets plastiques menacent les rivières.", "fr"),
        ("¿Cuántos parámetros tiene VideoMAE V2?", "es"),
        ("Quali sono i metodi per la segmentazione dei video?", "it"),
        ("Quais métodos existem para segmentação de vídeo?", "pt"),
        ("Welke methoden zijn er voor videosegmentatie?", "nl"),
        ("VideoMAE V2 有多少参数？", "zh"),
        ("視頻摘要", "zh"),
        ("動画生成モデルの評価方法は？", "ja"),
        ("비전 트랜스포머의 양자화 방법은 무엇인가?", "ko"),
        ("Какие методы сегментации видео существуют?", "ru"),
        ("VideoMAE V2", ""),
        ("TNF-α, β-catenin", ""),
        ("Müller 2021", ""),
        ("86.1% top-1 (Kinetics-400)", ""),
        ("Visit hila-chefer.github.io/videojam-paper.github.io, a com, os", ""),
        ("", ""),
    ],
)
def test_it_is_told_or_left_open(text: str, language: str) -> None:
    assert language_of(text) == language


def test_two_texts_differ_only_where_both_languages_are_told() -> None:
    assert differ("Die Kosten sind halbiert.", "The cost is halved.")
    assert not differ("The cost is halved.", "The cost is doubled.")
    assert not differ("VideoMAE V2", "Die Kosten sind halbiert.")
