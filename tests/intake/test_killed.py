"""Killed at random moments of all that writes: nothing acknowledged is lost, all is mended."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from rag import Assistant, Settings
from tests.intake import killed
from tests.support.killing import Act, found, seconds
from tests.support.killing import killed as kill
from tests.support.postgres import on_a_server, schema_url

LANES = 3  # libraries at a time, each with one process that is killed

Check = Callable[[Path, list[str]], None]
# What is killed, the library it begins with, what must hold after it, and how often it is killed.
DEEDS: dict[str, tuple[Act, str, Check, int]] = {
    "first use": (killed.first_use, "", killed.after_first_use, 30),
    "ingest": (killed.bring_in, "base", killed.after_bringing_in, 25),
    "update": (killed.update, "base", killed.after_update, 25),
    "removal": (killed.remove, "base", killed.after_removal, 20),
    "embedding anew": (killed.embed_anew, "base", killed.after_embedding_anew, 25),
    "index rebuilt": (killed.rebuild, "bare", killed.after_rebuilding, 25),
    "schema upgrade": (killed.upgrade, "old", killed.after_upgrade, 20),
    "topics found": (killed.find_topics, "base", killed.after_finding_topics, 10),
    "restore": (killed.restore, "base", killed.after_restoring, 20),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed")
    killed.files(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("deed", DEEDS)
def test_a_kill_at_any_moment_loses_nothing(root: Path, deed: str) -> None:
    act, begin, check, kills = DEEDS[deed]
    seed = random.SystemRandom().randrange(10**6)
    print(f"{deed}: random.Random({seed})")  # shown when it fails
    moments = random.Random(seed)

    def fresh(name: str) -> Path:
        home = root / f"{deed.replace(' ', '-')}-{name}"
        if begin:
            shutil.copytree(root / begin, home)
        return home

    whole = min(seconds(act, fresh(f"whole-{i}")) for i in range(2))

    def once(i: int, after: float) -> str:
        home = fresh(str(i))
        noted = kill(act, home, after=after)
        wrong = found(check, home, noted)
        if not wrong:
            shutil.rmtree(home, ignore_errors=True)
        return wrong and f"{home}, killed after {after:.3f} of {whole:.3f} s, {noted}: {wrong}"

    after = [moments.uniform(0, 1.1 * whole) for _ in range(kills)]
    with ThreadPoolExecutor(LANES) as lanes:
        wrong = [one for one in lanes.map(once, range(kills), after) if one]
    assert not wrong, f"{len(wrong)} of {kills} (random.Random({seed})): " + "\n".join(wrong[:3])


@pytest.mark.slow
@on_a_server
@pytest.mark.parametrize("deed", ["first use", "ingest", "update", "removal"])
def test_a_kill_loses_nothing_of_a_library_on_a_server(root: Path, deed: str) -> None:
    act, begin, check, _ = DEEDS[deed]
    moments, kills = random.Random(3), 10

    def fresh(name: str) -> Path:
        home = root / f"served-{deed.replace(' ', '-')}-{name}"
        url = schema_url(home.name)
        home.with_suffix(".url").write_text(url, encoding="utf-8")
        if begin:
            given = Settings(home=home, database_url=SecretStr(url))
            Assistant.restore(root / "here.zip", given)
        return home

    whole = min(seconds(act, fresh(f"whole-{i}")) for i in range(2))

    def once(i: int, after: float) -> str:
        home = fresh(str(i))
        noted = kill(act, home, after=after)
        assert not (home / "library.db").exists()
        wrong = found(check, home, noted)
        return wrong and f"{home}, killed after {after:.3f} of {whole:.3f} s, {noted}: {wrong}"

    after = [moments.uniform(0, 1.1 * whole) for _ in range(kills)]
    with ThreadPoolExecutor(LANES) as lanes:
        wrong = [one for one in lanes.map(once, range(kills), after) if one]
    assert not wrong, f"{len(wrong)} of {kills}: " + "\n".join(wrong[:3])


def test_it_is_killed_often_enough() -> None:
    assert sum(kills for *_, kills in DEEDS.values()) == 200
