"""What OpenAPI allows, and what it does not, is asked for minutes: no failure inside, no hang."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from rag import Assistant, Settings, api
from rag.work import Work
from tests.api.conftest import KEYS, WRITER

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
LONGEST = 30.0  # seconds of a request: a text of 100,000 characters may be checked
MINUTES = float(os.environ.get("CITED_RAG_FUZZ_MINUTES", "5"))
AT_ONCE = 25  # requests between two looks at the clock
KEY = {"authorization": f"Bearer {WRITER}"}
CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance]


@pytest.fixture(scope="module")
def operations(seed_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    """Everything that can be asked of the API over a copy of the seed papers."""
    home = tmp_path_factory.mktemp("fuzz") / "library"
    shutil.copytree(seed_home, home)
    with Assistant.open(Settings(home=home, api_keys=KEYS, api_rate=0)) as assistant:
        assistant.warm_up()
        door = api.build(assistant, Work())
        schema = schemathesis.openapi.from_asgi("/api/openapi.json", door.app, headers=KEY)
        found: list[Any] = list(schema.get_all_operations())
        yield [one.ok() for one in found]


def test_nothing_fails_inside_and_nothing_hangs(operations: list[Any]) -> None:
    assert len(operations) >= 13
    asked = [_asked(one, MINUTES * 60 / len(operations)) for one in operations]
    assert all(asked), dict(zip([one.label for one in operations], asked, strict=True))
    assert sum(asked) > 100 * MINUTES


def _asked(operation: Any, seconds: float) -> int:
    """Ask one operation all kinds of things for so long; return how many requests that were."""
    end, count = time.monotonic() + seconds, 0

    @settings(
        max_examples=AT_ONCE,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        nonlocal count
        start = time.monotonic()
        response = case.call(headers=KEY)
        count += 1
        assert time.monotonic() - start < LONGEST
        case.validate_response(response, checks=CHECKS)

    while time.monotonic() < end:
        ask()
    return count
