"""A server on loopback for every test here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.web import Web, serving_web


@pytest.fixture
def web() -> Iterator[Web]:
    with serving_web() as web:
        yield web
