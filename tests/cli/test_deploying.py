"""What `rag deploy` prints, as those read it that it is for: nginx, Compose, systemd."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from rag import ConfigError, config
from rag.cli import app
from rag.cli.deploying import Kind, text_of
from rag.web.listening import ENDING
from rag.web.proxies import Proxies
from tests.support.nginx import NGINX, check

PAGES = ["127.0.0.1:7860", "127.0.0.1:7861"]
PREFIXES = ["", "/rag", "/tools/rag"]


def options_of(command: str) -> dict[str, Any]:
    """Read a command line as `rag` does, which refuses what it does not know."""
    group: Any = typer.main.get_command(app)  # of a click that typer carries itself
    name, *given = shlex.split(command)
    params: dict[str, Any] = group.commands[name].make_context(name, given).params
    return params


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_place_is_filled(kind: Kind, prefix: str) -> None:
    done = CliRunner().invoke(app, ["deploy", "--print", kind, "--root-path", prefix])
    assert done.exit_code == 0
    assert done.stdout == text_of(kind, PAGES, prefix)
    assert not re.findall(r"@(?:pages|prefix|entry|serve|options)@", done.stdout)
    assert (prefix in done.stdout) is True
    assert len(done.stdout.splitlines()) > 30


@pytest.mark.parametrize(
    ("prefix", "is_one"),
    [
        pytest.param("/rag/", True, id="with a slash behind"),
        pytest.param("/tools/rag", True, id="two parts"),
        pytest.param("rag", False, id="no slash"),
        pytest.param("/a b", False, id="two words"),
        pytest.param("/a;deny all", False, id="a directive"),
        pytest.param("/../x", False, id="upwards"),
    ],
)
def test_a_prefix_is_a_path(prefix: str, is_one: bool) -> None:
    if is_one:
        assert "location /" in text_of(Kind.NGINX, PAGES, prefix)
        return
    with pytest.raises(ConfigError, match=r"--root-path .* write it as /rag"):
        text_of(Kind.NGINX, PAGES, prefix)


@pytest.mark.parametrize(
    ("page", "is_one"),
    [
        pytest.param("page-1:7860", True, id="a name"),
        pytest.param("[::1]:7860", True, id="IPv6"),
        pytest.param("page-1", False, id="without a port"),
        pytest.param("a:1; deny all", False, id="a directive"),
    ],
)
def test_a_page_is_an_address(page: str, is_one: bool) -> None:
    if is_one:
        assert f"    server {page};\n" in text_of(Kind.NGINX, [page], "")
        return
    with pytest.raises(ConfigError, match=r"--page .* write it as 127.0.0.1:7860"):
        text_of(Kind.NGINX, [page], "")


@pytest.mark.skipif(NGINX is None, reason="no nginx here")
@pytest.mark.parametrize("prefix", PREFIXES)
def test_nginx_takes_it(prefix: str, tmp_path: Path) -> None:
    assert check(tmp_path / "nginx", text_of(Kind.NGINX, PAGES, prefix)) == ""
    assert "unknown directive" in check(tmp_path / "bad", "nonsense on;")


def test_nginx_streams_and_keeps_visitors_with_one_page() -> None:
    text = text_of(Kind.NGINX, PAGES, "/rag")
    for line in ("ip_hash;", "proxy_buffering off;", 'X-Forwarded-Prefix "/rag";'):
        assert line in text


@pytest.mark.parametrize("prefix", PREFIXES)
def test_compose_names_what_there_is(prefix: str) -> None:
    text = text_of(Kind.COMPOSE, PAGES, prefix)
    compose = yaml.safe_load(text)
    services = compose["services"]
    assert set(services) == {"page-1", "page-2", "postgres", "chroma", "nginx"}
    for page in (services["page-1"], services["page-2"]):
        assert set(page["environment"]) <= set(config.variables())
        program, command = page["command"].split(" ", 1)
        assert program == "rag"
        given = options_of(command)
        assert (given["root_path"], given["metrics"]) == (prefix, True)
        subnet = compose["networks"]["inside"]["ipam"]["config"][0]["subnet"]
        assert given["forwarded_allow_ips"] == subnet
        assert Proxies.of(prefix, subnet).trusts("172.31.240.9")
        assert int(page["stop_grace_period"].rstrip("s")) > ENDING
        assert page["environment"]["RAG_CHROMA_URL"] == "http://chroma:8000"
    named = {volume.split(":")[0] for one in services.values() for volume in one["volumes"]}
    assert named - set(compose["volumes"]) == {"./nginx.conf"}
    printed = re.findall(r"^# +rag (deploy .*?) > ", text, flags=re.MULTILINE)
    assert [options_of(line)["kind"] for line in printed] == [Kind.COMPOSE, Kind.NGINX]
    assert options_of(printed[1])["page"] == ["page-1:7860", "page-2:7860"]


def test_chroma_of_compose_is_the_one_that_is_tested() -> None:
    image = yaml.safe_load(text_of(Kind.COMPOSE, PAGES, ""))["services"]["chroma"]["image"]
    pins = (Path(__file__).parents[2] / "constraints.txt").read_text()
    assert f"chromadb=={image.split(':')[1]}\n" in pins


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_unit_starts_the_page(prefix: str) -> None:
    text = text_of(Kind.SYSTEMD, PAGES, prefix)
    (command,) = re.findall(r"^ExecStart=\S+/rag (.*)$", text, flags=re.MULTILINE)
    given = options_of(command.replace("%i", "7860"))
    assert (given["port"], given["root_path"]) == (7860, prefix)
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, flags=re.MULTILINE)
    assert int(seconds) > ENDING
    set_there = re.findall(r"^Environment=(\w+)=", text, flags=re.MULTILINE)
    assert set(set_there) <= set(config.variables())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_it(tmp_path: Path) -> None:
    text = text_of(Kind.SYSTEMD, PAGES, "/rag")
    unit = tmp_path / "cited-rag@.service"
    unit.write_text(re.sub(r"(?<=^ExecStart=)\S+", sys.executable, text, flags=re.MULTILINE))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit).replace("@.", "@7860.")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert str(tmp_path) not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
