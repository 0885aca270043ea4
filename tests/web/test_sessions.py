"""Logins are kept with the library, and end with the settings that they were made under."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.library import Library
from rag.library.logins import LONGEST, Logins
from rag.web.sessions import Sessions, cookie_of

ANN, BOB = ("ann", "s3cret"), ("bob", "pa55")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library(tmp_path / "home")
    yield opened
    opened.close()


def test_a_login_outlasts_the_process(library: Library) -> None:
    Sessions(library, [ANN])["token"] = "ann"
    again = Library(library.home)
    assert Sessions(again, [ANN, BOB]).get("token") == "ann"
    assert cookie_of(again) == cookie_of(library)
    again.close()


@pytest.mark.parametrize("logins", [[BOB], [("ann", "another")], []])
def test_it_ends_with_its_name_or_password(library: Library, logins: list[tuple[str, str]]) -> None:
    Sessions(library, [ANN])["token"] = "ann"
    assert Sessions(library, logins).get("token") is None
    assert "token" not in Sessions(library, logins)


@pytest.mark.parametrize("token", ["", "another", None])
def test_what_nobody_was_given_is_nobodys(library: Library, token: Any) -> None:
    sessions = Sessions(library, [ANN])
    sessions["token"] = "ann"
    assert sessions.get(token) is None


def test_logging_out_everywhere_ends_all_of_a_name(library: Library) -> None:
    sessions = Sessions(library, [ANN, BOB])
    sessions.update({"one": "ann", "two": "ann", "three": "bob"})
    for token in list(sessions.keys()):  # as Gradio does it
        if sessions[token] == "ann":
            del sessions[token]
    assert [sessions.get(token) for token in ("one", "two", "three")] == [None, None, "bob"]
    assert len(sessions) == 1


def test_the_secret_itself_is_not_kept(library: Library) -> None:
    Sessions(library, [ANN])["token-of-the-browser"] = "ann"
    kept = b"".join(file.read_bytes() for file in library.home.glob("library.db*"))
    assert b"token-of-the-browser" not in kept
    assert b"s3cret" not in kept


def test_an_old_login_is_none(library: Library) -> None:
    now = 1e9
    logins = Logins(library._talk, clock=lambda: now)
    logins.note("digest", "ann", "proof")
    now += LONGEST + 1
    assert logins.of("digest") is None
    logins.note("other", "ann", "proof")
    assert logins.all() == ["other"]
