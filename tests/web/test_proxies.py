"""The page behind reverse proxies, as a visitor in a real Chromium sees it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser
from pydantic import SecretStr

from rag import Assistant, ConfigError, Settings
from rag.cli.deploying import Kind, text_of
from rag.web.proxies import Forwarded, Proxies
from rag.web.serve import Options
from tests.support.browser import CHROMIUM, visiting
from tests.support.nginx import NGINX, nginx
from tests.support.proxy import proxied
from tests.support.serving import serving

QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"
in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install chromium")


@pytest.fixture(scope="module")
def assistant(seed_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    home = tmp_path_factory.mktemp("proxied") / "library"
    shutil.copytree(seed_home, home)
    with Assistant.open(Settings(home=home)) as assistant:
        yield assistant


# -- what is believed ----------------------------------------------------------------------------


def seen(proxies: Proxies, path: str, client: str = "127.0.0.1", **said: str) -> dict[str, Any]:
    """A request as the page sees it, or the status and place that it is sent on to."""
    found: dict[str, Any] = {}

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        kept = {name: scope[name] for name in ("path", "root_path", "scheme", "client")}
        found.update(kept, headers=headers)

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = dict(message["headers"])
            found.update(status=message["status"], location=headers[b"location"].decode())

    headers = [(b"host", b"inside:7860")]
    headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in said.items()]
    scope = {"type": "http", "path": path, "query_string": b"c=1", "headers": headers}
    scope |= {"scheme": "http", "client": (client, 1)}
    with ThreadPoolExecutor(1) as aside:  # the browser's tests leave a loop running in this thread
        aside.submit(lambda: asyncio.run(Forwarded(app, proxies)(scope, None, send))).result()
    return found


@pytest.mark.parametrize(
    "path", ["/rag/browser/main.js", "/browser/main.js"], ids=["kept", "stripped"]
)
def test_a_prefix_may_be_stripped_or_kept(path: str) -> None:
    request = seen(Proxies.of("/rag/", ""), path)
    assert (request["path"], request["root_path"]) == ("/rag/browser/main.js", "/rag")


def test_the_prefix_itself_leads_to_the_page() -> None:
    sent_on = seen(Proxies.of("/rag", ""), "/rag")
    assert (sent_on["status"], sent_on["location"]) == (308, "/rag/?c=1")


@pytest.mark.parametrize(
    ("trusted", "client", "prefix"),
    [
        ("", "127.0.0.1", ""),
        ("127.0.0.1", "127.0.0.1", "/rag"),
        ("10.0.0.0/8", "10.1.2.3", "/rag"),
        ("10.0.0.0/8, ::1", "::1", "/rag"),
        ("10.0.0.0/8", "11.1.2.3", ""),
        ("*", "11.1.2.3", "/rag"),
    ],
)
def test_the_prefix_is_believed_of_those_that_were_named(
    trusted: str, client: str, prefix: str
) -> None:
    request = seen(Proxies.of("", trusted), "/x", client, x_forwarded_prefix="/rag/")
    assert (request["root_path"], request["path"]) == (prefix, f"{prefix}/x")


@pytest.mark.parametrize(
    ("prefix", "is_one"),
    [
        pytest.param("/rag", True, id="one part"),
        pytest.param("/tools/rag-2", True, id="two"),
        pytest.param("rag", False, id="without a slash"),
        pytest.param("//evil.org", False, id="another server"),
        pytest.param("/a/../b", False, id="upwards"),
        pytest.param('/"><script>', False, id="markup"),
        pytest.param("/a\\b", False, id="a backslash"),
        pytest.param("/static", False, id="a place of the page's own"),
        pytest.param("/statics", True, id="a longer name"),
    ],
)
def test_a_prefix_is_a_path(prefix: str, is_one: bool) -> None:
    request = seen(Proxies.of("", "*"), "/x", x_forwarded_prefix=prefix)
    assert request["root_path"] == (prefix if is_one else "")
    if not is_one:
        with pytest.raises(ConfigError, match=r"--root-path .* write it as /rag"):
            Proxies.of(prefix, "")


def test_what_strangers_say_is_left_out() -> None:
    said = {
        "x_forwarded_host": "evil.org",
        "x_forwarded_proto": "https",
        "x_forwarded_for": "1.2.3.4",
        "x_gradio_server": "http://evil.org",
    }
    stranger = seen(Proxies(), "/", "9.9.9.9", **said)
    assert stranger["headers"] == {"host": "inside:7860"}
    assert (stranger["scheme"], stranger["client"]) == ("http", ("9.9.9.9", 1))
    neighbour = seen(Proxies(), "/", "127.0.0.1", **said)
    assert neighbour["headers"] == {"host": "evil.org"}
    assert (neighbour["scheme"], neighbour["client"]) == ("https", ("1.2.3.4", 0))


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        pytest.param("papers.example.org", True, id="a name"),
        pytest.param("10.0.0.7:8080", True, id="with a port"),
        pytest.param("[::1]:7860", True, id="IPv6"),
        pytest.param("a.org/x", False, id="a path"),
        pytest.param("me@a.org", False, id="a login"),
        pytest.param("a b", False, id="two words"),
    ],
)
def test_a_host_is_a_host(host: str, is_one: bool) -> None:
    request = seen(Proxies(), "/", x_forwarded_host=host)
    assert request["headers"]["host"] == (host if is_one else "inside:7860")


def test_the_visitor_is_the_last_whom_no_trusted_proxy_added() -> None:
    proxies = Proxies.of("", "10.0.0.0/8")
    for said, visitor in (
        ("6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
        ("1.2.3.4", "1.2.3.4"),
        ("unknown", "unknown"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("10.0.0.2, 10.0.0.1", "10.0.0.2"),
    ):
        assert seen(proxies, "/", "10.9.9.9", x_forwarded_for=said)["client"][0] == visitor


@pytest.mark.parametrize("trusted", ["nobody", "10.0.0.0/99", "127.0.0.1;::1"])
def test_who_is_trusted_is_an_address(trusted: str) -> None:
    with pytest.raises(ConfigError, match=r"--forwarded-allow-ips .* several with commas"):
        Proxies.of("", trusted)


# -- in a browser --------------------------------------------------------------------------------

FIXED = Proxies.of("/rag", "")
NAMED = Proxies.of("", "127.0.0.1")
USUAL = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "10.0.0.7"}


@in_a_browser
@pytest.mark.parametrize(
    ("proxies", "strips", "told"),
    [
        pytest.param(FIXED, True, USUAL, id="stripped"),
        pytest.param(FIXED, False, USUAL, id="kept", marks=pytest.mark.slow),
        pytest.param(
            NAMED, True, {**USUAL, "X-Forwarded-Prefix": "/rag"}, id="said", marks=pytest.mark.slow
        ),
        pytest.param(
            FIXED,
            True,
            {"X-Forwarded-Host": "{host}", "Host": "inside"},
            id="told host",
            marks=pytest.mark.slow,
        ),
        pytest.param(FIXED, True, {"Host": "inside:1"}, id="another host", marks=pytest.mark.slow),
        pytest.param(NAMED, True, {}, id="nothing said", marks=pytest.mark.slow),
    ],
)
def test_the_page_works_below_a_prefix(
    browser: Browser,
    assistant: Assistant,
    tmp_path: Path,
    proxies: Proxies,
    strips: bool,
    told: dict[str, str],
) -> None:
    with (
        serving(assistant, Options(proxies)) as behind,
        proxied(behind, "/rag", strips=strips, told=told) as address,
        visiting(browser, address) as visit,
    ):
        page = visit.open()
        visit.ask(QUESTION)
        page.locator("#dialogue a.cite").first.click()
        page.locator("mark.lit").wait_for()
        assert page.evaluate("getComputedStyle(document.querySelector('mark.lit')).outlineStyle")
        with page.expect_download() as download:
            page.get_by_role("button", name="BibTeX").first.click()
        assert download.value.suggested_filename == "cited-rag.bib"
        assert page.url.startswith(f"{address}/?c=")
        shared = page.locator("#dialogue a.share").first
        link = shared.evaluate("a => new URL(a.getAttribute('href'), location.href).href")
        assert link.startswith(f"{address}/?answer=")
        page.goto(link)
        page.locator("#dialogue .turn").first.wait_for()
        page.get_by_role("tab", name="Library").click()
        new = tmp_path / "new.jsonl"
        new.write_text('{"title": "Zebra nets", "abstract": "Zebra nets count zebras."}')
        page.locator("#upload input[type=file]").set_input_files(new)
        page.get_by_text("Zebra nets").first.wait_for()


@in_a_browser
def test_a_login_works_below_a_prefix(browser: Browser, assistant: Assistant) -> None:
    settings = assistant.settings.model_copy(update={"auth": SecretStr("ada:s3cret")})
    with (
        Assistant.open(settings) as other,
        serving(other, Options(FIXED)) as behind,
        proxied(behind, "/rag", told=USUAL) as address,
        visiting(browser, address) as visit,
    ):
        page = visit.page
        page.goto(f"{address}/")
        page.get_by_label("username").fill("ada")
        page.get_by_label("password").fill("s3cret")
        page.get_by_role("button", name="Login").click()
        page.locator("#dialogue .welcome").wait_for()
        visit.ask(QUESTION)
        visit.complaints = [one for one in visit.complaints if "401" not in one]


@in_a_browser
@pytest.mark.slow
@pytest.mark.skipif(NGINX is None, reason="no nginx here")
@pytest.mark.parametrize("prefix", ["", "/rag"])
def test_the_page_works_behind_nginx_as_it_is_printed(
    browser: Browser, assistant: Assistant, tmp_path: Path, prefix: str
) -> None:
    with serving(assistant, Options(Proxies.of(prefix, "127.0.0.1"))) as behind:
        text = text_of(Kind.NGINX, [behind.removeprefix("http://")], prefix)
        with (
            nginx(tmp_path / "nginx", text) as server,
            visiting(browser, server + prefix) as visit,
        ):
            page = visit.open()
            visit.ask(QUESTION)
            page.locator("#dialogue a.cite").first.click()
            page.locator("mark.lit").wait_for()
            assert page.url.startswith(f"{server}{prefix}/?c=")
            assert httpx.get(f"{server}{prefix}/readyz").json()["status"] == "ready"
            assert httpx.get(f"{server}{prefix}/metrics").status_code == 404
            answer = httpx.get(f"{server}{prefix}?c=1")
            assert answer.headers.get("location", "/?c=1") == f"{prefix}/?c=1"


def test_the_prefix_without_a_slash_leads_to_the_page(assistant: Assistant) -> None:
    with (
        serving(assistant, Options(FIXED)) as behind,
        proxied(behind, "/rag", strips=False) as address,
    ):
        answer = httpx.get(f"{address}?c=1", follow_redirects=True)
        assert str(answer.url) == f"{address}/?c=1"
        assert answer.is_success
        assert httpx.get(f"{behind}/healthz").json() == {"status": "ok"}
