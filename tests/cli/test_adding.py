"""`rag add` and `rag ingest zotero:` as they are typed, from servers on loopback."""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from rag import Assistant
from tests.cli.test_commands import Done, rag
from tests.support.places import ROOT
from tests.support.services import arxiv, crossref, places, pubmed
from tests.support.web import Answer, Web, serving_web
from tests.support.zotero import ZoteroLibrary

SAID = "We present an example of a paper. It is 3 times as short as others."


@pytest.fixture
def web() -> Iterator[Web]:
    """The services, and Zotero, at one server; commands are led to it."""
    with serving_web() as web:

        @contextlib.contextmanager
        def led() -> Iterator[Assistant]:
            with Assistant.open(services=places(web)) as assistant:
                yield assistant

        with mock.patch("rag.cli.papers.open_assistant", led):
            yield web


def run(home: Path, *arguments: str, code: int = 0, **environment: str) -> Done:
    """Run a command on a library that begins empty."""
    return rag(home, *arguments, code=code, RAG_SEEDS="", **environment)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "library"


def test_add_tells_what_came_and_what_did_not(web: Web, home: Path) -> None:
    web.on("/crossref/works/10.1000%2Fx", Answer(crossref("10.1000/x", "An Example", SAID)))
    web.on("/arxiv/query", Answer(arxiv()))
    given = ("add", "10.1000/x", "arxiv:2303.16727", "--collection", "thesis")
    done = run(home, *given)
    assert done.stdout.startswith("1 added, 0 updated, 0 unchanged, 1 left out.")
    assert "left out: arxiv:2303.16727: is not known to arXiv" in done.stdout
    (paper,) = json.loads(run(home, "papers", "--json", "--collection", "thesis").stdout)
    assert paper["doi"] == "10.1000/x"


def test_add_in_json(web: Web, home: Path) -> None:
    web.on("/crossref/works/10.1000%2Fx", Answer(crossref("10.1000/x", "An Example", SAID)))
    report = json.loads(run(home, "add", "--json", "10.1000/x").stdout)
    assert len(report["added"]) == 1


def test_add_dry_run(web: Web, home: Path) -> None:
    web.on("/crossref/works/10.1000%2Fx", Answer(crossref("10.1000/x", "An Example", SAID)))
    done = run(home, "add", "--dry-run", "10.1000/x")
    assert "new: An Example" in done.stdout
    assert "Nothing was changed." in done.stdout
    assert json.loads(run(home, "papers", "--json").stdout) == []
    preview = json.loads(run(home, "add", "--dry-run", "--json", "10.1000/x").stdout)
    assert preview["added"][0]["title"] == "An Example"


def test_add_with_nothing_that_can_be_used(web: Web, home: Path) -> None:
    done = run(home, "add", "10.1000/none", code=2)
    assert "left out: doi:10.1000/none: is known neither to Crossref" in done.stdout
    assert web.asked
    done = run(home, "add", "library.bib", code=2)
    assert "'library.bib' is no identifier" in done.stderr


def test_add_offline_is_one_line(home: Path) -> None:
    with serving_web() as gone:
        services = places(gone)

    @contextlib.contextmanager
    def offline() -> Iterator[Assistant]:
        with Assistant.open(services=services) as assistant:
            yield assistant

    with mock.patch("rag.cli.papers.open_assistant", offline):
        done = run(home, "add", "10.1000/x", code=4)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "Crossref cannot be reached at 127.0.0.1; check the network" in done.stderr


def test_zotero_as_it_is_typed(web: Web, home: Path) -> None:
    zotero = ZoteroLibrary(web, "users/12", key="test-key")
    zotero.collection("AAAA1111", "My Thesis")
    zotero.put("ONE11111", title="An Example", abstractNote=SAID, collections=["AAAA1111"])
    zotero.put("BARE1111", title="Bare")
    settings = {
        "RAG_ZOTERO_URL": web.url,
        "RAG_ZOTERO_KEY": "test-key",
        "RAG_ZOTERO_LIBRARY": "users/12",
    }

    def zotero_run(*given: str, code: int = 0) -> Done:
        return run(home, "ingest", *given, code=code, **settings)

    done = zotero_run("zotero:", "--dry-run")
    assert "new: An Example" in done.stdout
    done = zotero_run("zotero:my thesis")
    assert done.stdout.startswith("1 added")
    done = zotero_run("zotero:")
    assert "1 unchanged, 1 left out" in done.stdout
    assert "left out: zotero:users/12: 'Bare' has no abstract" in done.stdout
    done = zotero_run("zotero:")
    assert done.stdout.startswith("0 added, 0 updated, 0 unchanged, 0 left out.")
    done = zotero_run("zotero:Theses", code=2)
    assert "there are 'My Thesis'" in done.stderr
    zotero.drop("ONE11111")
    zotero.put("TWO22222", title="Tea", abstractNote="It is hot.")
    done = zotero_run("zotero:", "--prune")
    assert done.stdout.startswith("1 added, 0 updated, 0 unchanged, 1 removed")
    assert "test-key" not in done.stdout + done.stderr


def test_the_ways_in_without_a_file_that_the_readme_shows(web: Web, home: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme[readme.index("Papers also come without a file") :]
    commands = shown[shown.index("```sh") + 5 :].partition("```")[0].strip().splitlines()
    web.on("/crossref/works/10.1000%2Fx", Answer(crossref("10.1000/x", "An Example", SAID)))
    web.on("/arxiv/query", Answer(arxiv(("2303.16727v2", "VideoMAE V2", "It is masked twice."))))
    web.on("/pubmed/efetch.fcgi", Answer(pubmed(("29456894", "Sleep", "People sleep 7 hours."))))
    zotero = ZoteroLibrary(web)
    zotero.collection("AAAA1111", "My Thesis")
    zotero.put("TEA11111", title="Tea", abstractNote="It is hot.", collections=["AAAA1111"])
    said = [
        run(home, *shlex.split(line, comments=True)[1:], RAG_ZOTERO_URL=web.url).stdout
        for line in commands
    ]
    begins = [text.partition(",")[0] for text in said]
    assert begins == ["3 added", "1 added", "0 added"]


def test_a_file_that_is_called_like_zotero_is_a_file(home: Path) -> None:
    Path("zotero:").write_text('{"title": "Tea", "abstract": "It is hot."}')
    assert run(home, "ingest", "./zotero:").stdout.startswith("1 added")


def test_nothing_else_asks_a_service(web: Web, home: Path) -> None:
    Path("mine.jsonl").write_text('{"title": "Tea", "abstract": "It is hot.", "doi": "10.1000/x"}')
    run(home, "ingest", "mine.jsonl", RAG_ZOTERO_URL=web.url)
    run(home, "papers")
    run(home, "ask", "How hot is tea?")
    assert not web.asked
