"""The client: polite, patient within bounds, and clear about what failed."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from rag.errors import ServiceError
from rag.intake.services.client import Client, Patience, Service
from tests.support.web import Answer, Web, serving_web

QUICK = Patience(timeout=2.0, deadline=5.0, first_wait=0.01)
NOBODY = "http://127.0.0.1:9"  # discard; nothing listens

Make = Callable[..., Client]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Client] = []

    def make(patience: Patience = QUICK, **given: Any) -> Client:
        made.append(Client("cited-rag/1", patience=patience, **given))
        return made[-1]

    yield make
    for client in made:
        client.close()


def test_who_asks_is_told(web: Web, make: Make) -> None:
    web.on("/x", Answer("fine"))
    assert make().get(Service("It", web.url), "/x", {"a": "b c"}).body == b"fine"
    make(mailto="ann@example.org").get(Service("It", web.url), "/x")
    first, second = web.asked
    assert first.headers["user-agent"] == "cited-rag/1"
    assert first.params == {"a": "b c"}
    assert second.headers["user-agent"] == "cited-rag/1 (mailto:ann@example.org)"


def test_over_the_limit_waits_as_told_and_goes_on(web: Web, make: Make) -> None:
    web.on("/x", Answer("slow down", 429, {"Retry-After": "0.3"}), Answer("fine"))
    assert make().get(Service("It", web.url), "/x").body == b"fine"
    first, second = web.asked
    assert second.at - first.at >= 0.25


def test_a_date_to_come_back_at_is_understood(web: Web, make: Make) -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    web.on("/x", Answer("", 503, {"Retry-After": then}), Answer("fine"))
    assert make().get(Service("It", web.url), "/x").body == b"fine"
    assert web.asked[1].at - web.asked[0].at > 0.5


def test_a_wait_beyond_the_deadline_is_not_waited(web: Web, make: Make) -> None:
    web.on("/x", Answer("", 429, {"Retry-After": "3600"}))
    begin = time.monotonic()
    with pytest.raises(ServiceError, match=r"It is over its limit \(429\); wait a while"):
        make().get(Service("It", web.url), "/x")
    assert time.monotonic() - begin < 2
    assert len(web.asked) == 1


def test_what_always_fails_is_tried_three_times(web: Web, make: Make) -> None:
    web.on("/x", Answer("oops", 500))
    with pytest.raises(ServiceError, match="It answered 500; try again later"):
        make().get(Service("It", web.url), "/x")
    assert len(web.asked) == 3


def test_a_broken_connection_is_tried_again(web: Web, make: Make) -> None:
    web.on("/x", Answer(breaks_off=True), Answer("fine"))
    assert make().get(Service("It", web.url), "/x").body == b"fine"
    web.on("/y", Answer(breaks_off=True))
    with pytest.raises(ServiceError, match="It broke off; try again later"):
        make().get(Service("It", web.url), "/y")


def test_nobody_there(make: Make) -> None:
    with pytest.raises(ServiceError, match=r"It cannot be reached at 127\.0\.0\.1; check the netw"):
        make().get(Service("It", NOBODY), "/x")
    with pytest.raises(ServiceError, match=r"^switch it on$"):
        make().get(Service("It", NOBODY, unreachable="switch it on"), "/x")


def test_a_silent_one_is_given_up(web: Web, make: Make) -> None:
    web.on("/x", Answer("late", delay=1.0))
    with pytest.raises(ServiceError, match=r"It gave no sign of life for 0\.2 s"):
        make(Patience(timeout=0.2)).get(Service("It", web.url), "/x")
    assert len(web.asked) == 1


@pytest.mark.parametrize("packed", [False, True])
def test_far_too_much_is_not_taken(web: Web, make: Make, packed: bool) -> None:
    body = b"x" * 300_000
    sent = Answer(gzip.compress(body), headers={"Content-Encoding": "gzip"}) if packed else body
    web.on("/x", sent if isinstance(sent, Answer) else Answer(sent))
    service = Service("It", web.url)
    assert make(most_bytes=300_000).get(service, "/x").body == body
    with pytest.raises(ServiceError, match=r"It sent more than 0\.2 MB"):
        make(most_bytes=200_000).get(service, "/x")


def test_a_status_that_is_an_answer_is_handed_back(web: Web, make: Make) -> None:
    service = Service("It", web.url)
    assert make().get(service, "/none", allowed=(404,)).is_missing
    with pytest.raises(ServiceError, match="It answered 404"):
        make().get(service, "/none")


def test_a_refusal_says_what_to_do(web: Web, make: Make) -> None:
    web.on("/x", Answer("", 403))
    with pytest.raises(ServiceError, match=r"It refuses the request \(403\)"):
        make().get(Service("It", web.url), "/x")
    with pytest.raises(ServiceError, match=r"^take another key$"):
        make().get(Service("It", web.url, refused="take another key"), "/x")
    assert len(web.asked) == 2  # not tried again


def test_a_key_does_not_go_along_to_another_server(web: Web, make: Make) -> None:
    with serving_web() as other:
        other.on("/there", Answer("fine"))
        web.on("/x", Answer("", 302, {"Location": "/y"}))
        web.on("/y", Answer("", 301, {"Location": f"{other.url}/there"}))
        reply = make().get(Service("It", web.url), "/x", headers={"Zotero-API-Key": "secret"})
        assert reply.body == b"fine"
        assert [one.headers.get("zotero-api-key") for one in web.asked] == ["secret"] * 2
        assert "zotero-api-key" not in other.asked[0].headers


def test_redirects_stay_on_the_web_and_end(web: Web, make: Make) -> None:
    web.on("/x", Answer("", 302, {"Location": "file:///etc/passwd"}))
    with pytest.raises(ServiceError, match="It sends to file:, which is not followed"):
        make().get(Service("It", web.url), "/x")
    web.on("/round", Answer("", 302, {"Location": "/round"}))
    with pytest.raises(ServiceError, match="from address to address"):
        make().get(Service("It", web.url), "/round")


def test_requests_to_one_service_are_apart(web: Web, make: Make) -> None:
    web.on("/x", Answer("fine"))
    client, slow = make(), Service("Slow", web.url, wait=0.3)
    client.get(slow, "/x")
    client.get(Service("Other", web.url), "/x")
    client.get(slow, "/x")
    first, other, second = (one.at for one in web.asked)
    assert second - first >= 0.2
    assert other - first < 0.2


def test_a_pause_that_is_asked_for_is_kept(web: Web, make: Make) -> None:
    web.on("/x", Answer("fine", headers={"Backoff": "0.3"}), Answer("fine"))
    client, service = make(), Service("It", web.url)
    client.get(service, "/x")
    client.get(service, "/x")
    assert web.asked[1].at - web.asked[0].at >= 0.2


def test_this_machine_is_asked_without_a_proxy(
    web: Web, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, NOBODY)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    web.on("/x", Answer("fine"))
    assert make().get(Service("It", web.url), "/x").body == b"fine"
    # Elsewhere the proxy of the environment is used, here one that is not there.
    with pytest.raises(ServiceError, match="cannot be reached"):
        make(Patience(first_wait=0.01)).get(Service("It", "http://service.invalid"), "/x")


def test_json_that_is_none(web: Web, make: Make) -> None:
    web.on("/x", Answer("<!doctype html>"))
    reply = make().get(Service("It", web.url), "/x")
    with pytest.raises(ServiceError, match="the reply of It is not JSON; try again later"):
        reply.json()
