"""What is told of a library where nothing is asked yet."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rag import Assistant, Settings
from rag.web.holding import Holding


def test_titles_are_read_once_for_every_state_of_the_library(
    seed_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(seed_home, tmp_path / "library")
    with Assistant.open(Settings(home=tmp_path / "library")) as assistant:
        holding, library = Holding(assistant), assistant.library
        titles, looks = library.titles, [0]

        def read() -> dict[str, str]:
            looks[0] += 1
            return titles()

        monkeypatch.setattr(library, "titles", read)
        before = holding.examples()
        named = before[1].removeprefix("What does ").removesuffix(" propose?")
        assert holding.examples() == before
        assert looks == [1]
        assistant.remove(*(key for key, title in titles().items() if title.startswith(named)))
        after = holding.examples()
        assert looks == [2]
        assert after
        assert named not in " ".join(after)
        assert holding.holds().papers == len(titles())
